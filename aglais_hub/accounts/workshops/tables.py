"""Workshops, and which accounts were opened for one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.accounts.tables import AccountsBase

__all__ = ["WorkshopCardRow", "WorkshopRow"]


class WorkshopRow(AccountsBase):
    """A workshop, whose accounts end at ``until``, and are to ``erase`` then or not.

    So many accounts were ``opened`` for it in all. ``key`` is the SHA-256 of the Idempotency-Key that opened it.
    """

    __tablename__ = "workshops"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(24), unique=True)
    level: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)
    erase: Mapped[bool] = mapped_column(default=False, server_default=false())
    created: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(63))
    opened: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)


class WorkshopCardRow(AccountsBase):
    """An account of a workshop; ``key`` is the SHA-256 of the Idempotency-Key that opened it."""

    __tablename__ = "workshop_cards"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), primary_key=True)
    workshop: Mapped[str] = mapped_column(ForeignKey("workshops.id", ondelete="CASCADE"), index=True)
    key: Mapped[str | None] = mapped_column(String(64))
