"""The trail of changes, and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.accounts.tables import AccountsBase

__all__ = ["ChangeRow", "InvitationRow"]


class ChangeRow(AccountsBase):
    """What was done to an account, as it was done: ``before`` and ``after`` hold no secret.

    ``by`` is the hub's name of whoever did it, and empty where it was time. No foreign key: the trail of an account
    that was deleted is there until it is erased. ``id`` counts up.
    """

    __tablename__ = "account_changes"
    __table_args__ = tuple(Index(f"ix_account_changes_{name}", name, "id") for name in ("account", "by", "what"))

    # SQLite counts up only a key of type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(String(63))
    by: Mapped[str] = mapped_column(String(63))
    through: Mapped[str] = mapped_column(String(10))
    what: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(500), default="")


class InvitationRow(AccountsBase):
    """Somebody who may open an account of ``level``, which ``expires`` then, until the invitation ends at ``until``.

    ``account`` is who has come of it. One that is ``over`` was accepted or withdrawn. Its link's code is a row of
    ``codes`` whose ``other`` is its id.
    """

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    email: Mapped[str] = mapped_column(String(255), index=True)
    level: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[datetime | None]
    team: Mapped[str] = mapped_column(String(63), default="")
    note: Mapped[str] = mapped_column(String(120), default="")
    by: Mapped[str] = mapped_column(String(63))
    created: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    mailed: Mapped[datetime]
    over: Mapped[datetime | None]
    account: Mapped[str | None] = mapped_column(String(63))
