"""Calls about packages."""

from __future__ import annotations

from aglais_hub.client.calls.base import Call, part
from aglais_hub.wire.packages import Package, PackageRows

__all__ = ["package", "packages"]


def packages() -> Call[PackageRows]:
    """The packages, from the smallest to the largest."""
    return Call(PackageRows, "GET", "packages/select")


def package(name: str) -> Call[Package]:
    """The newest version of a package."""
    return Call(Package, "GET", f"packages/{part(name)}")
