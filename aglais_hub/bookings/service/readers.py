"""What bookings want to know of packages, accounts and clusters: of the services beside them, or of their clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from aglais_hub.wire.packages import Package, PackageRows

__all__ = ["AccountReader", "ClusterReader", "GroupReader", "PackageReader", "Standing"]

Standing = tuple[int, str, "datetime | None"]
"""An account's level, the package that it gets where it names none, and when it ends."""


class PackageReader(Protocol):
    """What is asked of packages."""

    def select(self) -> PackageRows: ...

    def get(self, name: str) -> Package: ...


class AccountReader(Protocol):
    """What is asked of accounts."""

    def standings(self, names: Collection[str]) -> Mapping[str, Standing]:
        """Level, default package and end of each of the accounts."""
        ...

    def check_open(self, name: str) -> None:
        """Raise ``ForbiddenError`` for an account that is suspended."""
        ...


class GroupReader(Protocol):
    """What is asked of groups."""

    def role(self, group: str, account: str) -> str | None:
        """``owner`` or ``member``; ``None`` for whoever is not in the group."""
        ...


class ClusterReader(Protocol):
    """What is asked of clusters."""

    def unverified(self) -> Mapping[str, str]:
        """The clusters on which nothing more is booked for now, with the reason as the end of a sentence."""
        ...
