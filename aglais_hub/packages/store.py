"""SQL of the packages. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from aglais_hub.packages.tables import PackageRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = ["PackageStore"]


class PackageStore:
    """The rows of the packages, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def is_empty(self) -> bool:
        """Whether there never was a package."""
        return self._session.scalar(select(PackageRow.name).limit(1)) is None

    def newest(self, name: str | None = None) -> list[PackageRow]:
        """The newest version of every package that is not withdrawn, or of the one called ``name``."""
        last = select(PackageRow.name, func.max(PackageRow.version).label("version")).group_by(PackageRow.name)
        if name is not None:
            last = last.where(PackageRow.name == name)
        newest = last.subquery()
        rows = select(PackageRow).join(
            newest, (PackageRow.name == newest.c.name) & (PackageRow.version == newest.c.version)
        )
        return list(self._session.scalars(rows.where(PackageRow.withdrawn.is_(None))))

    def version(self, name: str, version: int) -> PackageRow | None:
        """One version, withdrawn or not."""
        return self._session.get(PackageRow, (name, version))

    def last_version(self, name: str) -> int:
        """The number of the last version ever made, 0 where there was none."""
        return self._session.scalar(select(func.max(PackageRow.version)).where(PackageRow.name == name)) or 0

    def add(self, row: PackageRow) -> None:
        self._session.add(row)
        self._session.flush()

    def withdraw(self, name: str, now: datetime) -> None:
        """No version of ``name`` can be booked from ``now`` on; bookings that have one keep it."""
        self._session.execute(
            update(PackageRow).where(PackageRow.name == name, PackageRow.withdrawn.is_(None)).values(withdrawn=now)
        )
