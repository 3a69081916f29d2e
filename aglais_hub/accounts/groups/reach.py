"""What of a group lies elsewhere: its budget, and its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from aglais_hub.wire.groups import Budget, BudgetRequest

__all__ = ["Budgets", "Folders", "Found"]


class Budgets(Protocol):
    """What is asked of the budgets, which are kept beside the bookings that are charged to them."""

    def get(self, group: str) -> Budget | None: ...

    def of_accounts(self, group: str) -> Mapping[str, tuple[Decimal, Decimal]]: ...

    def give(self, group: str, asked: BudgetRequest) -> None: ...

    def take_away(self, group: str) -> None: ...


class Found(Protocol):
    """How many files there are, and how large they are together, in MiB."""

    @property
    def files(self) -> int: ...

    @property
    def size(self) -> int: ...


class Folders(Protocol):
    """What is asked of the shared folders, wherever they are."""

    def lend(self, groups: Mapping[str, int | None], namespace: str) -> Mapping[str, str | None]: ...

    def measure(self, group: str) -> Found | None: ...

    def remove(self, group: str) -> None: ...
