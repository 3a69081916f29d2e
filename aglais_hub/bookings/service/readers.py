"""What bookings want to know of packages, accounts and clusters: of the services beside them, or of their clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aglais_hub.wire.packages import Package, PackageRows

__all__ = ["AccountReader", "ClusterReader", "LevelAndPackage", "PackageReader"]

LevelAndPackage = tuple[int, str]
"""An account's level, and the package that it gets where it names none."""


class PackageReader(Protocol):
    """What is asked of packages."""

    def select(self) -> PackageRows: ...

    def get(self, name: str) -> Package: ...


class AccountReader(Protocol):
    """What is asked of accounts."""

    def levels_and_packages(self, names: Collection[str]) -> Mapping[str, LevelAndPackage]:
        """The level and default package of each of the accounts."""
        ...


class ClusterReader(Protocol):
    """What is asked of clusters."""

    def unverified(self) -> Mapping[str, str]:
        """The clusters on which nothing more is booked for now, with the reason as the end of a sentence."""
        ...
