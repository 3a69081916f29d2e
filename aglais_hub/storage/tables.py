"""Homes as they were last measured, the items in them, what was deleted of late, and letters about what will be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.database import Base, make_metadata

__all__ = ["DeletedRow", "HomeRow", "ItemRow", "LetterRow", "StorageBase"]


class StorageBase(Base):
    """The base of this feature's tables."""

    __abstract__ = True
    metadata = make_metadata()


class HomeRow(StorageBase):
    """An account's home: when it was measured, and what was in it; ``used`` has files and bytes of each space.

    It is looked at again when it is ``due``; ``mailed`` is when its owner was last written to.
    """

    __tablename__ = "homes"
    __table_args__ = (Index("ix_homes_size_account", "size", "account"),)

    account: Mapped[str] = mapped_column(String(255), primary_key=True)
    measured: Mapped[datetime]
    files: Mapped[int]
    size: Mapped[int]
    used: Mapped[dict[str, Any]] = mapped_column(JSON)
    due: Mapped[datetime] = mapped_column(index=True)
    mailed: Mapped[datetime | None]


class ItemRow(StorageBase):
    """A top-level entry of a space; the rest of a space has no path, and is never deleted.

    ``kept`` is until when its owner keeps it, ``always`` for good. ``first`` and ``last`` are when each warning was
    given, ``ordered`` when it was said to be deleted; a newer change undoes all three.
    """

    __tablename__ = "items"

    account: Mapped[str] = mapped_column(ForeignKey("homes.account", ondelete="CASCADE"), primary_key=True)
    space: Mapped[str] = mapped_column(String(20), primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    files: Mapped[int]
    size: Mapped[int]
    changed: Mapped[datetime]
    kept: Mapped[datetime | None]
    always: Mapped[bool]
    first: Mapped[datetime | None]
    last: Mapped[datetime | None]
    ordered: Mapped[datetime | None]


class DeletedRow(StorageBase):
    """An item that was deleted because its time was over."""

    __tablename__ = "deleted"

    # SQLite counts up only a key of type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("homes.account", ondelete="CASCADE"), index=True)
    space: Mapped[str] = mapped_column(String(20))
    path: Mapped[str] = mapped_column(String(300))
    files: Mapped[int]
    size: Mapped[int]
    deleted: Mapped[datetime] = mapped_column(index=True)


class LetterRow(StorageBase):
    """A warning that the accounts have not yet been given to send, written with the note that it was given.

    They send each ``id`` once, however often they get it.
    """

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("homes.account", ondelete="CASCADE"), index=True)
    letter: Mapped[dict[str, Any]] = mapped_column(JSON)
