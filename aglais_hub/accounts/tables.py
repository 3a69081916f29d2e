"""Accounts, the words they are found by, identities, arrivals, mails and codes, known browsers, counts, and names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    delete,
    event,
    false,
    insert,
)
from sqlalchemy.orm import Mapped, mapped_column, object_session

from aglais_hub.accounts.rules import WORD_LENGTH, words_of
from aglais_hub.database.types import NAMES, Base

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "NEVER",
    "WORDS",
    "AccountRow",
    "AccountsBase",
    "ArrivalRow",
    "CodeRow",
    "DeviceRow",
    "IdentityRow",
    "LimitRow",
    "LoginTokenRow",
    "MailRow",
    "NameRow",
]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When an account was last seen that nobody has logged in to."""


class AccountsBase(Base):
    """The tables of the accounts' database."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMES)


class AccountRow(AccountsBase):
    """An account. ``name`` is the hub's user name and never changes; ``terms`` is the version that was accepted.

    One that ``expires`` is no way in from then on, and ``closed`` once nothing of it runs any more. ``attributes`` are
    what an admin has set by hand, as ``wire.policy.Attributes``. While it is ``suspended``, for a ``reason`` that its
    owner is told, it is no way in either. ``version`` counts the changes that admins and its owner make; ``seen`` is
    when somebody has last logged in to it.
    It is ``ending`` from when it began to be erased, which happens by itself where it is to ``erase`` when it expires;
    what has to stay on record of it is its ``pseudonym``'s.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        Index("ix_accounts_created", "created", "name"),
        Index("ix_accounts_seen", "seen", "name"),
        Index("ix_accounts_level", "level", "name"),
        Index("ix_accounts_suspended", "suspended"),
    )

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    level: Mapped[int]
    display: Mapped[str] = mapped_column(String(120))
    affiliation: Mapped[str] = mapped_column(String(200), default="")
    terms: Mapped[str] = mapped_column(String(40), default="")
    accepted: Mapped[datetime | None]
    created: Mapped[datetime]
    expires: Mapped[datetime | None] = mapped_column(index=True)
    closed: Mapped[datetime | None]
    suspended: Mapped[datetime | None]
    erase: Mapped[bool] = mapped_column(default=False, server_default=false())
    ending: Mapped[datetime | None] = mapped_column(index=True)
    pseudonym: Mapped[str | None] = mapped_column(String(40))
    attributes: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    seen: Mapped[datetime] = mapped_column(default=NEVER)


class IdentityRow(AccountsBase):
    """A way into an account: an address of mail, or whom a provider knows by ``subject``.

    ``kind`` is ``email`` or the provider's name. ``secret`` is the Argon2 hash of the password, where the kind has
    one. ``label`` is what the provider calls the person, and may change; ``email`` an address that it has verified.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    # SQLite counts up only a key of type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(255))
    secret: Mapped[str | None] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(255), default="")
    email: Mapped[str | None] = mapped_column(String(255), index=True)
    verified: Mapped[datetime | None]
    created: Mapped[datetime]


class ArrivalRow(AccountsBase):
    """Somebody whom a provider has proven to be ``subject``, and who has no account here yet.

    ``digest`` is the SHA-256 of what their browser holds; it counts once, and for minutes.
    """

    __tablename__ = "arrivals"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(255))
    label: Mapped[str] = mapped_column(String(255))
    display: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(255))
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)


class CodeRow(AccountsBase):
    """A code, as the SHA-256 of what was mailed to ``subject``, with what it does.

    ``kind`` is one of ``rules.CODES``. ``secret`` is the Argon2 hash that a registration comes with; ``other`` the old
    address behind a new one, or the new one that the owner of the old may stop. ``account`` is whose it is; that of a
    registration is there once it is confirmed, or from the first where the address is to be one more way in.
    ``is_visit`` is whether a visitor asked for it, and ``visitor`` who that was, as long as there is such an account.
    ``invitation`` is the one that it is of, or that somebody registers by.
    """

    __tablename__ = "codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), server_default="register")
    subject: Mapped[str] = mapped_column(String(255), index=True)
    other: Mapped[str | None] = mapped_column(String(255))
    secret: Mapped[str | None] = mapped_column(String(255))
    display: Mapped[str] = mapped_column(String(120))
    created: Mapped[datetime]
    expires: Mapped[datetime]
    used: Mapped[datetime | None]
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    is_visit: Mapped[bool] = mapped_column(server_default=false(), default=False)
    visitor: Mapped[str | None] = mapped_column(ForeignKey("accounts.name", ondelete="SET NULL"), index=True)
    invitation: Mapped[str | None] = mapped_column(String(36))


class MailRow(AccountsBase):
    """A mail on its way to ``subject``, next tried when it is ``due``; gone once it was sent.

    It holds what the mail is about and no code: that is made when the mail is sent, so none is ever kept as it is
    typed. ``secret``, ``other``, ``display``, ``account``, ``is_visit``, ``visitor`` and ``invitation`` are for the
    code. ``link`` is the page that takes it, where another than ours does. A ``letter`` is what another feature has
    written, as ``mail.Letter``. ``reference`` is in the mail's Message-ID: the same however often the same is sent.
    """

    __tablename__ = "mails"

    # SQLite counts up only a key of type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(255))
    other: Mapped[str | None] = mapped_column(String(255))
    secret: Mapped[str | None] = mapped_column(String(255))
    display: Mapped[str] = mapped_column(String(120))
    link: Mapped[str] = mapped_column(String(500))
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    created: Mapped[datetime]
    due: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
    letter: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    is_visit: Mapped[bool] = mapped_column(server_default=false(), default=False)
    visitor: Mapped[str | None] = mapped_column(ForeignKey("accounts.name", ondelete="SET NULL"), index=True)
    invitation: Mapped[str | None] = mapped_column(String(36))
    reference: Mapped[str | None] = mapped_column(String(32))


class DeviceRow(AccountsBase):
    """A browser that somebody has logged in with, as the SHA-256 of the cookie that it keeps."""

    __tablename__ = "devices"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    seen: Mapped[datetime] = mapped_column(index=True)


class LoginTokenRow(AccountsBase):
    """A link that logs somebody in, as the SHA-256 of its token: once, or as often as wanted until it expires."""

    __tablename__ = "login_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    is_once: Mapped[bool]
    created: Mapped[datetime]
    expires: Mapped[datetime] = mapped_column(index=True)
    used: Mapped[datetime | None]


class LimitRow(AccountsBase):
    """How often something was attempted in the window of time that ends at ``until``."""

    __tablename__ = "limits"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)


class NameRow(AccountsBase):
    """A name that was given once, as its SHA-256: it is never given again, so nobody inherits a home folder."""

    __tablename__ = "names"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


WORDS = Table(
    "account_words",
    AccountsBase.metadata,
    # Compared byte by byte, whatever language the database speaks.
    Column("word", String(WORD_LENGTH).with_variant(String(WORD_LENGTH, collation="C"), "postgresql"), nullable=False),
    Column("account", ForeignKey("accounts.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("identity", ForeignKey("identities.id", ondelete="CASCADE"), index=True),
    Index("ix_account_words_word", "word", "account"),
)
"""What accounts are looked for by: ``rules.words_of`` the account itself, or of one of its identities."""


def _keep_words(_mapper: Any, connection: Connection, row: AccountRow | IdentityRow) -> None:
    """Keep the words of a row that was written, in its own transaction, whoever has written it."""
    session = object_session(row)
    if session is None or not session.is_modified(row):
        return
    if isinstance(row, AccountRow):
        key: dict[str, Any] = {"account": row.name, "identity": None}
        texts: tuple[str, ...]
        # Nobody is to find what is on its way out.
        texts = (row.name, row.display, row.affiliation) if row.ending is None else ()
        old = and_(WORDS.c.account == row.name, WORDS.c.identity.is_(None))
    else:
        key = {"account": row.account, "identity": row.id}
        texts = (row.subject, row.label, row.email or "")
        old = and_(WORDS.c.identity == row.id)
    connection.execute(delete(WORDS).where(old))
    words = [{"word": word, **key} for word in sorted(words_of(*texts))]
    if words:
        connection.execute(insert(WORDS), words)


for _kind in (AccountRow, IdentityRow):
    for _moment in ("after_insert", "after_update"):
        event.listen(_kind, _moment, _keep_words)
