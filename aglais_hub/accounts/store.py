"""SQL of the accounts. Never commits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, case, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from aglais_hub.accounts.admin.trail import record
from aglais_hub.accounts.tables import (
    AccountRow,
    ArrivalRow,
    CodeRow,
    DeviceRow,
    IdentityRow,
    LimitRow,
    LoginTokenRow,
    MailRow,
    NameRow,
)
from aglais_hub.database.types import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from aglais_hub.accounts.rules import Limit

__all__ = ["AccountStore"]


STANDINGS = {
    # The same words for any number of names, so that a database has to read them once.
    dialect: text(f"SELECT name, level, attributes, expires FROM accounts WHERE name {among}").columns(  # noqa: S608 - ours
        attributes=JSON, expires=UtcDateTime
    )
    for dialect, among in (
        ("postgresql", "= ANY (CAST(:names AS varchar[]))"),
        ("sqlite", "IN (SELECT value FROM json_each(:names))"),
    )
}


class AccountStore:
    """The rows of the accounts, within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def session(self) -> Session:
        """The transaction, for another store within it."""
        return self._session

    def record(
        self,
        now: datetime,
        account: str,
        what: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        note: str = "",
    ) -> None:
        """Enter a change into the trail of an account; see ``accounts.admin.trail``."""
        record(self._session, now, account, what, before=before, after=after, note=note)

    # ---- accounts and names

    def account(self, name: str) -> AccountRow | None:
        return self._session.get(AccountRow, name)

    def standings(self, names: Collection[str]) -> dict[str, tuple[int, dict[str, Any] | None, datetime | None]]:
        """Level, attributes and end alone of those of the accounts that there are: every booking asks for one."""
        connection = self._session.connection()
        dialect, asked = connection.dialect.name, list(names)
        rows = connection.execute(STANDINGS[dialect], {"names": json.dumps(asked) if dialect == "sqlite" else asked})
        return {row.name: (row.level, row.attributes, row.expires) for row in rows}

    def lock_account(self, name: str) -> AccountRow | None:
        """An account, locked, so that one of two changes waits."""
        return self._session.get(AccountRow, name, with_for_update=True, populate_existing=True)

    def saw(self, name: str, now: datetime) -> None:
        """Note that somebody has logged in to an account."""
        self._session.execute(update(AccountRow).where(AccountRow.name == name).values(seen=now))

    def take_name(self, digest: str) -> bool:
        """Take a name for good; false where somebody has, or had, it."""
        wanted = self._insert(NameRow).values(digest=digest).on_conflict_do_nothing().returning(NameRow.digest)
        return self._session.execute(wanted).scalar() is not None

    def taken(self, digests: Collection[str]) -> set[str]:
        """Those of the names, by their digests, that were given to somebody at some time."""
        return set(self._session.scalars(select(NameRow.digest).where(NameRow.digest.in_(digests))))

    def add(self, *rows: AccountRow | IdentityRow | ArrivalRow | CodeRow | MailRow | DeviceRow | LoginTokenRow) -> None:
        """Add rows, in this order."""
        for row in rows:
            self._session.add(row)
            self._session.flush()

    # ---- identities

    def identity(self, kind: str, subject: str) -> IdentityRow | None:
        return self._session.scalar(select(IdentityRow).where(IdentityRow.kind == kind, IdentityRow.subject == subject))

    def identities(self, names: Sequence[str]) -> dict[str, list[IdentityRow]]:
        """The identities of each of the accounts, oldest first."""
        rows = select(IdentityRow).where(IdentityRow.account.in_(names)).order_by(IdentityRow.id)
        found: dict[str, list[IdentityRow]] = {name: [] for name in names}
        for row in self._session.scalars(rows):
            found[row.account].append(row)
        return found

    def lock_identity(self, kind: str, subject: str) -> IdentityRow | None:
        """An identity as it is now, and stays until the transaction ends."""
        row = select(IdentityRow).where(IdentityRow.kind == kind, IdentityRow.subject == subject).with_for_update()
        return self._session.scalar(row.execution_options(populate_existing=True))

    def identity_of(self, account: str, kind: str) -> IdentityRow | None:
        """The account's oldest identity of a kind."""
        rows = select(IdentityRow).where(IdentityRow.account == account, IdentityRow.kind == kind)
        return self._session.scalar(rows.order_by(IdentityRow.id).limit(1))

    def change_secret(self, identity: int, old: str, new: str) -> None:
        """Replace a secret, unless it has changed meanwhile."""
        self._session.execute(
            update(IdentityRow).where(IdentityRow.id == identity, IdentityRow.secret == old).values(secret=new)
        )

    def has_email(self, address: str) -> bool:
        """Whether an account is known by this address: confirmed by us, or verified by a provider."""
        ours = (IdentityRow.kind == "email") & (IdentityRow.subject == address) & IdentityRow.verified.is_not(None)
        found = select(IdentityRow.id).where(ours | (IdentityRow.email == address)).limit(1)
        return self._session.scalar(found) is not None

    def delete_identity(self, identity: int) -> None:
        self._session.execute(delete(IdentityRow).where(IdentityRow.id == identity))

    # ---- arrivals

    def arrival(self, digest: str, now: datetime) -> ArrivalRow | None:
        """An arrival that still counts."""
        return self._session.scalar(select(ArrivalRow).where(ArrivalRow.digest == digest, ArrivalRow.expires > now))

    def take_arrival(self, digest: str, now: datetime) -> ArrivalRow | None:
        """An arrival that still counts, which it does no more: of two at once, one gets it."""
        taken = delete(ArrivalRow).where(ArrivalRow.digest == digest, ArrivalRow.expires > now).returning(ArrivalRow)
        return self._session.scalar(taken)

    def delete_arrivals_before(self, expired: datetime) -> None:
        """Delete arrivals that ended before ``expired``."""
        self._session.execute(delete(ArrivalRow).where(ArrivalRow.expires <= expired))

    # ---- codes

    def code(self, digest: str) -> CodeRow | None:
        return self._session.get(CodeRow, digest)

    def lock_codes(self, subject: str) -> dict[str, CodeRow]:
        """All codes of an address by digest, locked in one order, so that one of two confirmations waits."""
        rows = select(CodeRow).where(CodeRow.subject == subject).order_by(CodeRow.digest).with_for_update()
        return {row.digest: row for row in self._session.scalars(rows.execution_options(populate_existing=True))}

    def newest_code(self, kind: str, subject: str, now: datetime) -> CodeRow | None:
        """The last code of a kind mailed to an address that still counts."""
        rows = select(CodeRow).where(
            CodeRow.kind == kind, CodeRow.subject == subject, CodeRow.used.is_(None), CodeRow.expires > now
        )
        return self._session.scalar(rows.order_by(CodeRow.created.desc()).limit(1))

    def delete_code(self, digest: str) -> None:
        self._session.execute(delete(CodeRow).where(CodeRow.digest == digest))

    def end_other_codes(self, kind: str, subject: str, digest: str, now: datetime) -> None:
        """End the codes of a kind of an address, all but one: they are nobody's, and do nothing any more."""
        others = update(CodeRow).where(CodeRow.kind == kind, CodeRow.subject == subject, CodeRow.digest != digest)
        self._session.execute(others.values(used=now, secret=None, account=None, visitor=None, invitation=None))

    def delete_codes_of(self, account: str, kinds: Collection[str], *, but: str = "") -> None:
        """Delete an account's unused codes of these kinds, all but one."""
        unused = delete(CodeRow).where(CodeRow.account == account, CodeRow.used.is_(None), CodeRow.digest != but)
        self._session.execute(unused.where(CodeRow.kind.in_(kinds)))

    def delete_codes_before(self, expired: datetime) -> None:
        """Delete codes that ended before ``expired``."""
        self._session.execute(delete(CodeRow).where(CodeRow.expires < expired))

    # ---- login tokens, and accounts that end

    def token(self, digest: str) -> LoginTokenRow | None:
        return self._session.get(LoginTokenRow, digest)

    def take_token(self, digest: str, now: datetime) -> str | None:
        """Use a token; gives its account, or ``None`` where it does not count any more, or never did."""
        counts = or_(LoginTokenRow.used.is_(None), LoginTokenRow.is_once.is_(False))
        taken = update(LoginTokenRow).where(LoginTokenRow.digest == digest, LoginTokenRow.expires > now, counts)
        used = taken.values(used=now).returning(LoginTokenRow.account)
        return self._session.execute(used, execution_options={"synchronize_session": False}).scalar()

    def delete_tokens_before(self, expired: datetime) -> None:
        """Delete tokens that ended before ``expired``."""
        self._session.execute(delete(LoginTokenRow).where(LoginTokenRow.expires < expired))

    def has_ended(self, name: str, now: datetime) -> bool:
        """Whether the account is no way in: its time is over, an admin has suspended it, or it is being erased."""
        over = or_(AccountRow.expires <= now, AccountRow.suspended.is_not(None), AccountRow.ending.is_not(None))
        ended = select(AccountRow.name).where(AccountRow.name == name, over)
        return self._session.scalar(ended) is not None

    def suspended(self, name: str) -> str | None:
        """Why an account is suspended; ``None`` for one that is not."""
        reason = select(AccountRow.reason).where(AccountRow.name == name, AccountRow.suspended.is_not(None))
        return self._session.scalar(reason)

    # ---- mails

    def due_mail(self, now: datetime, latest: datetime) -> MailRow | None:
        """The mail that is due longest; none that another process is about to send.

        None is put off until after ``latest``: one that seems so was put down before the clock was set back.
        """
        is_due = or_(MailRow.due <= now, MailRow.due > latest)
        rows = select(MailRow).where(is_due).order_by(MailRow.due, MailRow.id).limit(1)
        return self._session.scalar(rows.with_for_update(skip_locked=True))

    def has_mail_tried_before(self, created: datetime) -> bool:
        """Whether a mail from before ``created`` still waits that was tried already."""
        late = select(MailRow.id).where(MailRow.tries > 0, MailRow.created < created).limit(1)
        return self._session.scalar(late) is not None

    def mail(self, number: int) -> MailRow | None:
        return self._session.get(MailRow, number)

    def delete_mail(self, number: int) -> None:
        self._session.execute(delete(MailRow).where(MailRow.id == number))

    def delete_mails_of(self, account: str, kind: str) -> None:
        self._session.execute(delete(MailRow).where(MailRow.account == account, MailRow.kind == kind))

    # ---- devices

    def device(self, digest: str) -> DeviceRow | None:
        return self._session.get(DeviceRow, digest)

    def delete_devices(self, account: str) -> None:
        self._session.execute(delete(DeviceRow).where(DeviceRow.account == account))

    def delete_devices_before(self, seen: datetime) -> None:
        """Delete the devices that nobody has logged in with since."""
        self._session.execute(delete(DeviceRow).where(DeviceRow.seen < seen))

    # ---- limits

    def count(self, key: str, limit: Limit, now: datetime) -> tuple[int, datetime]:
        """Count one attempt, at once for all callers; gives the count and the end of its window."""
        # A clock that was ahead and is set back must not keep anybody waiting for as long as it was wrong; twice the
        # window leaves room for clocks that differ a little.
        fresh = or_(LimitRow.until <= now, LimitRow.until > now + 2 * limit.window)
        counted = self._insert(LimitRow).values(key=key, count=1, until=now + limit.window)
        counted = counted.on_conflict_do_update(
            index_elements=[LimitRow.key],
            set_={
                "count": case((fresh, 1), else_=LimitRow.count + 1),
                "until": case((fresh, counted.excluded.until), else_=LimitRow.until),
            },
        )
        count, until = self._session.execute(counted.returning(LimitRow.count, LimitRow.until)).one()
        return count, until

    def forget(self, *keys: str) -> None:
        """Start counting anew."""
        self._session.execute(delete(LimitRow).where(LimitRow.key.in_(keys)))

    def uncount(self, key: str) -> None:
        """Take one attempt back."""
        self._session.execute(update(LimitRow).where(LimitRow.key == key).values(count=LimitRow.count - 1))

    def forget_before(self, now: datetime) -> None:
        """Drop the counts of windows that are over."""
        self._session.execute(delete(LimitRow).where(LimitRow.until <= now))

    def _insert(self, table: type[LimitRow | NameRow]) -> Any:
        # The two databases say "on conflict" alike, but SQLAlchemy keeps it in each one's dialect.
        is_sqlite = self._session.get_bind().dialect.name == "sqlite"
        return sqlite_insert(table) if is_sqlite else postgresql_insert(table)
