"""Groups, and who is in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from aglais_hub.accounts.tables import AccountsBase

__all__ = ["GroupRow", "MembershipRow"]


class GroupRow(AccountsBase):
    """A group. One that has ``ended`` keeps its name, so that nobody inherits its folder or what it was charged.

    Its shared space holds so many ``files`` of ``size`` MiB together at most; ``has_files`` of ``has_size`` MiB when
    it was ``measured``. ``leaves`` is what becomes of them once it has ended.
    """

    __tablename__ = "account_groups"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    display: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(String(500))
    version: Mapped[int]
    created: Mapped[datetime]
    ended: Mapped[datetime | None]
    leaves: Mapped[str | None] = mapped_column(String(6))
    files: Mapped[int | None]
    size: Mapped[int | None]
    has_files: Mapped[int]
    has_size: Mapped[int]
    measured: Mapped[datetime | None]


class MembershipRow(AccountsBase):
    """An account in a group, as ``owner`` or ``member``; ``by`` is who added it."""

    __tablename__ = "memberships"

    group: Mapped[str] = mapped_column(ForeignKey("account_groups.name", ondelete="CASCADE"), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(6))
    since: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(255))
