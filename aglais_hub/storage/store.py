"""SQL of the storage. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aglais_hub.storage.tables import DeletedRow, HomeRow, ItemRow, LetterRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = ["StorageStore"]


class StorageStore:
    """The rows of the storage, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def home(self, account: str) -> HomeRow | None:
        return self._session.get(HomeRow, account)

    def lock_home(self, account: str) -> HomeRow | None:
        """A home, locked with all that is in it: whoever changes an item holds its home."""
        return self._session.get(HomeRow, account, with_for_update=True, populate_existing=True)

    def make_home(self, account: str, now: datetime) -> HomeRow:
        """A home, locked; made where there is none."""
        is_sqlite = self._session.get_bind().dialect.name == "sqlite"
        insert: Any = (sqlite_insert if is_sqlite else postgresql_insert)(HomeRow)
        empty = insert.values(account=account, measured=now, files=0, size=0, used={}, due=now)
        self._session.execute(empty.on_conflict_do_nothing())
        rows = select(HomeRow).where(HomeRow.account == account).with_for_update()
        return self._session.scalars(rows.execution_options(populate_existing=True)).one()

    def items(self, account: str) -> Sequence[ItemRow]:
        """What is in a home, by space and path."""
        rows = select(ItemRow).where(ItemRow.account == account).order_by(ItemRow.space, ItemRow.path)
        return self._session.scalars(rows).all()

    def item(self, account: str, space: str, path: str) -> ItemRow | None:
        return self._session.get(ItemRow, (account, space, path))

    def add(self, *rows: ItemRow | DeletedRow | LetterRow) -> None:
        """Add rows."""
        self._session.add_all(rows)
        self._session.flush()

    def remove(self, *rows: ItemRow | HomeRow | LetterRow) -> None:
        """Remove rows; with a home all that belongs to it."""
        for row in rows:
            self._session.delete(row)
        self._session.flush()

    def deleted(self, account: str, since: datetime) -> Sequence[DeletedRow]:
        """What was deleted since, last first."""
        rows = select(DeletedRow).where(DeletedRow.account == account, DeletedRow.deleted >= since)
        return self._session.scalars(rows.order_by(DeletedRow.deleted.desc(), DeletedRow.id)).all()

    def forget_deleted_before(self, instant: datetime) -> None:
        """Forget what was deleted before."""
        self._session.execute(delete(DeletedRow).where(DeletedRow.deleted < instant))

    def letters(self, account: str | None = None) -> Sequence[LetterRow]:
        """Letters, of one account or all, oldest first."""
        rows = select(LetterRow).order_by(LetterRow.id)
        return self._session.scalars(rows if account is None else rows.where(LetterRow.account == account)).all()

    def letter(self, number: str) -> LetterRow | None:
        return self._session.get(LetterRow, number)

    def due(self, now: datetime, *, not_after: datetime) -> Sequence[str]:
        """The accounts whose homes are to be looked at: those due by now, or later than any should be."""
        rows = select(HomeRow.account).where(or_(HomeRow.due <= now, HomeRow.due > not_after))
        return self._session.scalars(rows.order_by(HomeRow.due)).all()

    def homes(
        self, after: tuple[int, str] | None, limit: int, accounts: Sequence[str] | None = None
    ) -> Sequence[HomeRow]:
        """At most ``limit`` homes, those with most in them first, behind one of so many bytes and this account."""
        rows = select(HomeRow).order_by(HomeRow.size.desc(), HomeRow.account).limit(limit)
        if accounts is not None:
            rows = rows.where(HomeRow.account.in_(accounts))
        if after is not None:
            size, account = after
            rows = rows.where(or_(HomeRow.size < size, and_(HomeRow.size == size, HomeRow.account > account)))
        return self._session.scalars(rows).all()

    def rename(self, rows: Sequence[DeletedRow], account: str) -> None:
        """Give rows to another account."""
        for row in rows:
            row.account = account
        self._session.flush()
