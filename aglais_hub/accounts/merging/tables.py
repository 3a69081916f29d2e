"""Merges under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.accounts.tables import AccountsBase

__all__ = ["MergeRow"]


class MergeRow(AccountsBase):
    """All of ``source`` goes to ``target``; with the account of either the row goes too.

    Without ``files`` those of the source end with it, and with ``only_files`` all else does. ``stopped`` is when no
    server of the source ran any more.
    """

    __tablename__ = "merges"

    source: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), primary_key=True)
    target: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    files: Mapped[bool]
    only_files: Mapped[bool]
    begun: Mapped[datetime]
    stopped: Mapped[datetime | None]
