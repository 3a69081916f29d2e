"""SQL of merges. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select

from aglais_hub.accounts.merging.tables import MergeRow
from aglais_hub.accounts.tables import DeviceRow, IdentityRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

__all__ = ["MergeStore"]


class MergeStore:
    """Merges, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def merge(self, source: str) -> MergeRow | None:
        return self._session.get(MergeRow, source)

    def all(self) -> Sequence[MergeRow]:
        """Those under way, the oldest first."""
        return self._session.scalars(select(MergeRow).order_by(MergeRow.begun, MergeRow.source)).all()

    def touches(self, *names: str) -> bool:
        """Whether one of the accounts is being merged, on either side."""
        found = select(MergeRow.source).where(or_(MergeRow.source.in_(names), MergeRow.target.in_(names)))
        return self._session.scalar(found.limit(1)) is not None

    def add(self, row: MergeRow) -> None:
        self._session.add(row)
        self._session.flush()

    def finish(self, source: str) -> None:
        self._session.execute(delete(MergeRow).where(MergeRow.source == source))

    def move_ways_in(self, source: str, target: str) -> None:
        """Every way into the source leads into the target; its browsers are strangers."""
        for one in self._session.scalars(select(IdentityRow).where(IdentityRow.account == source)):
            one.account = target
        self._session.flush()
        self._session.execute(delete(DeviceRow).where(DeviceRow.account == source))
