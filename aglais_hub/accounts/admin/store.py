"""SQL of what admins see and do. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, false, func, or_, select, update

from aglais_hub.accounts.admin.tables import ChangeRow, InvitationRow
from aglais_hub.accounts.rules import EMAIL, beginning
from aglais_hub.accounts.tables import WORDS, AccountRow, CodeRow, IdentityRow, MailRow
from aglais_hub.accounts.workshops.tables import WorkshopRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from aglais_hub.accounts.admin.search import Search

__all__ = ["AdminStore"]

LAST = "\U0010ffff"
"""The last of all characters: what begins with a text lies between it, and it with this behind it."""


class AdminStore:
    """Accounts as admins look for them, the trail of changes, and invitations, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # ---- accounts

    def search(self, wanted: Search, *, place: tuple[Any, str] | None, limit: int, now: datetime) -> list[AccountRow]:
        """At most ``limit`` accounts behind a place in their order."""
        column, is_falling = wanted.order
        ordered = select(AccountRow).where(*_matches(wanted, now))
        ordered = ordered.order_by(column.desc() if is_falling else column, AccountRow.name)
        if place is None:
            return list(self._session.scalars(ordered.limit(limit)))
        # Those of the same value first, then those behind it: two ranges of the index, however far down the place is.
        value, name = place
        beside = ordered.where(column == value, AccountRow.name > name)
        behind = ordered.where(column < value if is_falling else column > value)
        found = list(self._session.scalars(beside.limit(limit)))
        return found + list(self._session.scalars(behind.limit(limit - len(found)))) if len(found) < limit else found

    def total(self, wanted: Search, *, now: datetime) -> int:
        """How many accounts there are that are looked for."""
        found = self._session.scalar(select(func.count()).select_from(AccountRow).where(*_matches(wanted, now)))
        return int(found or 0)

    def known_by(self, address: str) -> set[str]:
        """The accounts that are known by an address: confirmed by us, or verified by a provider."""
        ours = and_(IdentityRow.kind == EMAIL, IdentityRow.subject == address)
        return set(self._session.scalars(select(IdentityRow.account).where(or_(ours, IdentityRow.email == address))))

    # ---- the trail

    def changes(
        self, *, account: str | None, by: str | None, what: str | None, before: int | None, limit: int
    ) -> Sequence[ChangeRow]:
        """At most ``limit`` changes, the latest first, from ``before`` the id of one."""
        rows = select(ChangeRow)
        if account is not None:
            rows = rows.where(ChangeRow.account == account)
        if by is not None:
            rows = rows.where(ChangeRow.by == by)
        if what is not None:
            rows = rows.where(ChangeRow.what == what)
        if before is not None:
            rows = rows.where(ChangeRow.id < before)
        return self._session.scalars(rows.order_by(ChangeRow.id.desc()).limit(limit)).all()

    def forget_changes(self, until: datetime) -> None:
        """Delete the changes that were made before ``until``."""
        self._session.execute(delete(ChangeRow).where(ChangeRow.at < until))

    def erase_changes(self, account: str) -> None:
        """Delete an account's changes, and its name from what it did to others."""
        self._session.execute(delete(ChangeRow).where(ChangeRow.account == account))
        for table in (ChangeRow, InvitationRow, WorkshopRow):
            self._session.execute(update(table).where(table.by == account).values(by=""))

    # ---- invitations

    def invitation(self, id: str) -> InvitationRow | None:
        """An invitation, locked, so that one of two who come by it waits."""
        return self._session.get(InvitationRow, id, with_for_update=True, populate_existing=True)

    def invitations(self, *, email: str | None, before: str | None, limit: int) -> Sequence[InvitationRow]:
        """At most ``limit`` invitations, the latest first, from ``before`` the id of one."""
        rows = select(InvitationRow)
        if email is not None:
            rows = rows.where(InvitationRow.email == email)
        if before is not None:
            rows = rows.where(InvitationRow.id < before)
        return self._session.scalars(rows.order_by(InvitationRow.id.desc()).limit(limit)).all()

    def open_invitation(self, email: str, now: datetime) -> InvitationRow | None:
        """The latest invitation of an address that counts."""
        rows = select(InvitationRow).where(
            InvitationRow.email == email, InvitationRow.over.is_(None), InvitationRow.until > now
        )
        return self._session.scalar(rows.order_by(InvitationRow.id.desc()).limit(1).with_for_update())

    def add(self, row: InvitationRow) -> None:
        self._session.add(row)
        self._session.flush()

    def drop_codes(self, invitation: str) -> None:
        """Void the links of an invitation, and those on their way."""
        self._session.execute(delete(CodeRow).where(CodeRow.kind == "invite", CodeRow.invitation == invitation))
        self._session.execute(delete(MailRow).where(MailRow.kind == "invited", MailRow.invitation == invitation))


def _matches(wanted: Search, now: datetime) -> list[ColumnElement[bool]]:
    has_ended, is_suspended = AccountRow.expires <= now, AccountRow.suspended.is_not(None)
    is_open = or_(AccountRow.expires.is_(None), ~has_ended)
    states = {
        "active": and_(AccountRow.level > 0, AccountRow.suspended.is_(None), is_open),
        # Of many accounts these are few: found by their own index, whatever the list is ordered by.
        "suspended": AccountRow.name.in_(select(AccountRow.name).where(is_suspended)),
        "ended": AccountRow.name.in_(select(AccountRow.name).where(has_ended)),
        "visitor": AccountRow.level == 0,
    }
    found: list[ColumnElement[bool]] = [states[wanted.state]] if wanted.state else []
    if wanted.level is not None:
        found.append(AccountRow.level == wanted.level)
    found += [_has(word) for word in wanted.words]
    return found


def _has(typed: str) -> ColumnElement[bool]:
    """Whether a word of an account begins as what was typed."""
    begins = beginning(typed)
    if not begins:
        return false()
    words = select(WORDS.c.account).where(WORDS.c.word >= begins, WORDS.c.word < begins + LAST)
    return AccountRow.name.in_(words)
