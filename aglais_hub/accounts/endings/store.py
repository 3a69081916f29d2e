"""SQL of accounts that end. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from aglais_hub.accounts.admin.tables import InvitationRow
from aglais_hub.accounts.merging.tables import MergeRow
from aglais_hub.accounts.rules import ANONYMOUS
from aglais_hub.accounts.tables import (
    AccountRow,
    ArrivalRow,
    CodeRow,
    DeviceRow,
    IdentityRow,
    LoginTokenRow,
    MailRow,
    NameRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = ["EndingStore"]


MERGED = select(MergeRow.source)
"""The accounts that are becoming part of another, which takes their things before they end."""

TAKING = select(MergeRow.target)
"""The accounts that take another in: what comes to them would go with them."""


class EndingStore:
    """The rows of accounts that end, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ending(self) -> Sequence[AccountRow]:
        """The accounts that are on their way out, the first to begin first; not before another has what is theirs."""
        rows = select(AccountRow).where(AccountRow.ending.is_not(None), AccountRow.name.not_in(MERGED))
        return self._session.scalars(rows.order_by(AccountRow.ending, AccountRow.name)).all()

    def to_erase(self, now: datetime) -> Sequence[str]:
        """The accounts whose time is over, and of which nothing is to stay: visitors', and those opened so."""
        goes = or_(AccountRow.level == ANONYMOUS, AccountRow.erase)
        over = (AccountRow.expires <= now) & AccountRow.ending.is_(None)
        over = over & AccountRow.name.not_in(MERGED) & AccountRow.name.not_in(TAKING)
        due = select(AccountRow.name).where(over, goes)
        return self._session.scalars(due.order_by(AccountRow.name)).all()

    def to_close(self, now: datetime | None) -> Sequence[AccountRow]:
        """The accounts that are no way in, for now or for good, and of which a server may still run.

        Without a time that counts they are those that are suspended.
        """
        is_suspended = AccountRow.suspended.is_not(None)
        over = is_suspended if now is None else or_(AccountRow.expires <= now, is_suspended)
        due = select(AccountRow).where(over, AccountRow.closed.is_(None), AccountRow.ending.is_(None))
        return self._session.scalars(due.order_by(AccountRow.name)).all()

    def takes_in(self, name: str) -> bool:
        """Whether another account is becoming part of this one."""
        return self._session.scalar(TAKING.where(MergeRow.target == name).limit(1)) is not None

    def close(self, name: str, now: datetime) -> None:
        self._session.execute(update(AccountRow).where(AccountRow.name == name).values(closed=now))

    def visitors(self) -> int:
        """How many visitors there are."""
        rows = select(AccountRow.name).where(AccountRow.level == ANONYMOUS, AccountRow.ending.is_(None))
        return len(self._session.scalars(rows).all())

    def delete_ways_in(self, name: str) -> None:
        """Delete what lets somebody into an account, and whatever else is kept of their addresses."""
        identities = self._session.scalars(select(IdentityRow).where(IdentityRow.account == name)).all()
        addresses = {address for one in identities for address in (one.subject, one.email) if address}
        for one in identities:
            self._session.execute(
                delete(ArrivalRow).where(ArrivalRow.kind == one.kind, ArrivalRow.subject == one.subject)
            )
        for table in (CodeRow, MailRow):
            self._session.execute(delete(table).where(or_(table.account == name, table.subject.in_(addresses))))
        invited = or_(InvitationRow.account == name, InvitationRow.email.in_(addresses))
        self._session.execute(delete(InvitationRow).where(invited))
        for owned in (IdentityRow, DeviceRow, LoginTokenRow):
            self._session.execute(delete(owned).where(owned.account == name))

    def delete(self, name: str) -> None:
        """Delete what is left of an account."""
        self._session.execute(delete(AccountRow).where(AccountRow.name == name))

    def forget_name(self, digest: str) -> None:
        """Forget that a name was given."""
        self._session.execute(delete(NameRow).where(NameRow.digest == digest))
