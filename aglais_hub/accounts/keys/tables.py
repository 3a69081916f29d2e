"""Keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.accounts.tables import AccountsBase

__all__ = ["KeyRow"]


class KeyRow(AccountsBase):
    """The public half of a key; ``secret`` is the private one of a generated pair, encrypted.

    ``sealed_by`` tells which of the platform's secrets it is encrypted with. A ``fingerprint`` is there once: a key
    that two accounts had would let one person in as two.
    """

    __tablename__ = "keys"

    # SQLite counts up only a key of type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(50))
    bits: Mapped[int]
    public: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(60), unique=True)
    secret: Mapped[str | None] = mapped_column(Text)
    sealed_by: Mapped[str | None] = mapped_column(String(16), index=True)
    created: Mapped[datetime]
    used: Mapped[datetime | None]
