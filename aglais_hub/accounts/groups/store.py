"""SQL of the groups. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select, update

from aglais_hub.accounts.admin.trail import record
from aglais_hub.accounts.groups.tables import GroupRow, MembershipRow
from aglais_hub.accounts.tables import AccountRow, IdentityRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

__all__ = ["GroupStore"]


class GroupStore:
    """The rows of the groups, within one transaction. A group that has ended is none."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def group(self, name: str) -> GroupRow | None:
        row = self._session.get(GroupRow, name)
        return None if row is None or row.ended is not None else row

    def lock_group(self, name: str) -> GroupRow | None:
        """A group, locked, so that one of two changes of who is in it waits."""
        row = self._session.get(GroupRow, name, with_for_update=True, populate_existing=True)
        return None if row is None or row.ended is not None else row

    def groups(self, account: str | None) -> Sequence[GroupRow]:
        """The groups by name: those of an account, or all."""
        rows = select(GroupRow).where(GroupRow.ended.is_(None)).order_by(GroupRow.name)
        if account is not None:
            rows = rows.where(GroupRow.name.in_(select(MembershipRow.group).where(MembershipRow.account == account)))
        return self._session.scalars(rows).all()

    def ended(self, leaves: str) -> Sequence[GroupRow]:
        """The groups that have ended, and whose files are to be dealt with so."""
        rows = select(GroupRow).where(GroupRow.ended.is_not(None), GroupRow.leaves == leaves)
        return self._session.scalars(rows.order_by(GroupRow.name)).all()

    def files_are_gone(self, name: str) -> None:
        """What was to be deleted with a group is."""
        self._session.execute(update(GroupRow).where(GroupRow.name == name).values(leaves="none"))

    def members(self, groups: Collection[str], now: datetime) -> dict[str, list[tuple[MembershipRow, str, bool]]]:
        """Who is in each of the groups, with their display names, and whether they get in, in the order they came."""
        is_open = or_(AccountRow.expires.is_(None), AccountRow.expires > now)
        rows = (
            select(
                MembershipRow,
                AccountRow.display,
                and_(is_open, AccountRow.suspended.is_(None), AccountRow.ending.is_(None)),
            )
            .join(AccountRow, AccountRow.name == MembershipRow.account)
            .where(MembershipRow.group.in_(groups))
            .order_by(MembershipRow.since, MembershipRow.account)
        )
        found: dict[str, list[tuple[MembershipRow, str, bool]]] = {name: [] for name in groups}
        for row, display, gets_in in self._session.execute(rows):
            found[row.group].append((row, display, bool(gets_in)))
        return found

    def membership(self, group: str, account: str) -> MembershipRow | None:
        return self._session.get(MembershipRow, (group, account))

    def lock_memberships(self, account: str) -> list[MembershipRow]:
        """The memberships of an account, each with its group locked: in one order, so that none wait in a ring."""
        rows = select(MembershipRow.group).where(MembershipRow.account == account).order_by(MembershipRow.group)
        groups = self._session.scalars(rows).all()
        for name in groups:
            self.lock_group(name)
        found = (self._session.get(MembershipRow, (name, account), populate_existing=True) for name in groups)
        return [row for row in found if row is not None]

    def role(self, group: str, account: str) -> str | None:
        """The account's role in a group that there is."""
        rows = select(MembershipRow.role).join(GroupRow, GroupRow.name == MembershipRow.group)
        rows = rows.where(MembershipRow.group == group, MembershipRow.account == account, GroupRow.ended.is_(None))
        return self._session.scalar(rows)

    def owners(self, group: str) -> Sequence[str]:
        """The accounts that own a group."""
        rows = select(MembershipRow.account).where(MembershipRow.group == group, MembershipRow.role == "owner")
        return self._session.scalars(rows.order_by(MembershipRow.account)).all()

    def find_account(self, name_or_address: str) -> AccountRow | None:
        """A member's account by its name, or by an address that it has confirmed."""
        confirmed = select(IdentityRow.account).where(
            IdentityRow.verified.is_not(None),
            or_(
                (IdentityRow.kind == "email") & (IdentityRow.subject == name_or_address),
                IdentityRow.email == name_or_address,
            ),
        )
        rows = select(AccountRow).where(
            or_(AccountRow.name == name_or_address, AccountRow.name.in_(confirmed)), AccountRow.ending.is_(None)
        )
        found = self._session.scalars(rows.order_by(AccountRow.name).limit(2)).all()
        return found[0] if len(found) == 1 else None

    def add(self, row: GroupRow | MembershipRow) -> None:
        self._session.add(row)
        self._session.flush()

    def remove(self, row: MembershipRow) -> None:
        self._session.delete(row)
        self._session.flush()

    def record(
        self,
        now: datetime,
        account: str,
        what: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Enter a change into the trail of an account."""
        record(self._session, now, account, what, before=before, after=after)

    def rename_adder(self, account: str, pseudonym: str) -> None:
        """Let what an account did to others' memberships be the pseudonym's."""
        self._session.execute(update(MembershipRow).where(MembershipRow.by == account).values(by=pseudonym))

    def remove_all(self, group: str) -> None:
        """Let nobody be in a group."""
        self._session.execute(delete(MembershipRow).where(MembershipRow.group == group))
