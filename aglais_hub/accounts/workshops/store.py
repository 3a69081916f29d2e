"""SQL of the workshops. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aglais_hub.accounts.tables import NEVER, AccountRow, LoginTokenRow
from aglais_hub.accounts.workshops.tables import WorkshopCardRow, WorkshopRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

__all__ = ["Count", "WorkshopStore", "matches"]


class Count(NamedTuple):
    """How many accounts of a workshop are there, and in how many of them somebody has logged in."""

    accounts: int
    come: int


IS_LINK = LoginTokenRow.is_once.is_(False)
"""The tokens that are on cards; those for once are for other front ends."""


class WorkshopStore:
    """The rows of workshops, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # ---- workshops

    def open(self, **columns: Any) -> bool:
        """Add a workshop, at once for all callers; false where there is one of this name or key."""
        is_sqlite = self._session.get_bind().dialect.name == "sqlite"
        added = sqlite_insert(WorkshopRow) if is_sqlite else postgresql_insert(WorkshopRow)
        wanted = added.values(**columns).on_conflict_do_nothing().returning(WorkshopRow.id)
        return self._session.execute(wanted).scalar() is not None

    def workshop(self, name: str) -> WorkshopRow | None:
        return self._session.scalar(select(WorkshopRow).where(WorkshopRow.name == name))

    def lock(self, name: str) -> WorkshopRow | None:
        """A workshop, locked, so that one of two changes waits."""
        row = select(WorkshopRow).where(WorkshopRow.name == name).with_for_update()
        return self._session.scalar(row.execution_options(populate_existing=True))

    def lock_key(self, key: str) -> WorkshopRow | None:
        """The workshop that a key has opened, locked."""
        row = select(WorkshopRow).where(WorkshopRow.key == key).with_for_update()
        return self._session.scalar(row.execution_options(populate_existing=True))

    def select(self, *conditions: ColumnElement[bool], q: str, before: str | None, limit: int) -> Sequence[WorkshopRow]:
        """At most ``limit`` workshops in whose name ``q`` is, the latest first, from ``before`` the id of one."""
        rows = select(WorkshopRow).where(*conditions)
        if q:
            rows = rows.where(WorkshopRow.name.contains(q, autoescape=True))
        if before is not None:
            rows = rows.where(WorkshopRow.id < before)
        return self._session.scalars(rows.order_by(WorkshopRow.id.desc()).limit(limit)).all()

    def counts(self, workshops: Collection[str]) -> dict[str, Count]:
        """Of each of the workshops, by its id, how many accounts there are."""
        has_come = func.count().filter(AccountRow.seen > NEVER)
        rows = (
            select(WorkshopCardRow.workshop, func.count(), has_come)
            .join(AccountRow, AccountRow.name == WorkshopCardRow.account)
            .where(WorkshopCardRow.workshop.in_(workshops), AccountRow.ending.is_(None))
            .group_by(WorkshopCardRow.workshop)
        )
        found = {one: Count(accounts, come) for one, accounts, come in self._session.execute(rows)}
        return {one: found.get(one, Count(0, 0)) for one in workshops}

    def forget_before(self, until: datetime) -> None:
        """Delete the workshops that ended before ``until``, and of which no account is left."""
        is_left = select(WorkshopCardRow.workshop)
        self._session.execute(delete(WorkshopRow).where(WorkshopRow.until < until, WorkshopRow.id.not_in(is_left)))

    # ---- their accounts

    def add_card(self, workshop: str, account: str, key: str | None) -> None:
        self._session.add(WorkshopCardRow(workshop=workshop, account=account, key=key))
        self._session.flush()

    def accounts(self, workshop: str) -> list[AccountRow]:
        """The accounts of a workshop that are there, in the order of their numbers."""
        return list(self._session.scalars(self._accounts(workshop)))

    def lock_accounts(self, workshop: str, *, key: str | None = None) -> list[AccountRow]:
        """The same, locked; with ``key`` those that it has opened."""
        rows = self._accounts(workshop)
        if key is not None:
            rows = rows.where(WorkshopCardRow.key == key)
        rows = rows.with_for_update(of=AccountRow)
        return list(self._session.scalars(rows.execution_options(populate_existing=True)))

    @staticmethod
    def _accounts(workshop: str) -> Select[AccountRow]:
        rows = select(AccountRow).join(WorkshopCardRow, WorkshopCardRow.account == AccountRow.name)
        rows = rows.where(WorkshopCardRow.workshop == workshop)
        return rows.order_by(func.length(AccountRow.name), AccountRow.name)

    def links(self, accounts: Collection[str]) -> dict[str, LoginTokenRow]:
        """The newest link of each of the accounts that has one."""
        rows = select(LoginTokenRow).where(LoginTokenRow.account.in_(accounts), IS_LINK)
        return {row.account: row for row in self._session.scalars(rows.order_by(LoginTokenRow.created))}

    def drop_links(self, accounts: Collection[str]) -> None:
        """Delete the links of accounts."""
        self._session.execute(delete(LoginTokenRow).where(LoginTokenRow.account.in_(accounts), IS_LINK))

    def move_links(self, accounts: Collection[str], until: datetime) -> None:
        """Let the links of accounts count until then."""
        self._session.execute(
            update(LoginTokenRow).where(LoginTokenRow.account.in_(accounts), IS_LINK).values(expires=until)
        )


def matches(state: str | None, now: datetime, soon: datetime) -> list[ColumnElement[bool]]:
    """What is so of workshops in a state."""
    states = {
        "open": WorkshopRow.until > soon,
        "ending": (WorkshopRow.until > now) & (WorkshopRow.until <= soon),
        "over": WorkshopRow.until <= now,
    }
    return [states[state]] if state else []
