"""Accounts, identities, arrivals, mails and codes, known browsers, counts of attempts, and every name ever given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, MetaData, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.database.types import NAMES, Base

__all__ = [
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


class AccountsBase(Base):
    """The tables of the accounts' database."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMES)


class AccountRow(AccountsBase):
    """An account. ``name`` is the hub's user name and never changes; ``terms`` is the version that was accepted.

    One that ``expires`` is no way in from then on, and ``closed`` once nothing of it runs any more.
    """

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    level: Mapped[int]
    display: Mapped[str] = mapped_column(String(120))
    affiliation: Mapped[str] = mapped_column(String(200), default="")
    terms: Mapped[str] = mapped_column(String(40), default="")
    accepted: Mapped[datetime | None]
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    closed: Mapped[datetime | None]


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
    registration is there once it is confirmed.
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


class MailRow(AccountsBase):
    """A mail on its way to ``subject``, next tried when it is ``due``; gone once it was sent.

    It holds what the mail is about and no code: that is made when the mail is sent, so none is ever kept as it is
    typed. ``secret``, ``other``, ``display`` and ``account`` are for the code. ``link`` is the page that takes it,
    where another than ours does.
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
