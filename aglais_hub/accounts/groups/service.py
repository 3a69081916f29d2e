"""Decisions about groups: who is in them, who may change that, and what becomes of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from aglais_hub.accounts.admin.rules import differing
from aglais_hub.accounts.groups.rules import check_is_member, given, shared, told
from aglais_hub.accounts.groups.store import GroupStore
from aglais_hub.accounts.groups.tables import GroupRow, MembershipRow
from aglais_hub.accounts.rules import Limit, normal_address
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, NotFoundError, ServiceDownError
from aglais_hub.loop import Loop
from aglais_hub.wire.groups import Group, GroupRows, GroupUse, Member, MemberUse, SharedClaims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.groups.reach import Budgets, Folders
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.groups import BudgetRequest, Files, GroupEdit, GroupRequest, MemberRequest, Role

__all__ = ["GroupService", "Memberships"]

LOOK_SECONDS = 300
"""How often shared folders are counted."""

ADDED_AN_HOUR = Limit(60, timedelta(hours=1))
"""How often one may add somebody: whoever tries addresses to learn which have an account does not get far."""


class Memberships:
    """Who is in which group; what others ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def role(self, group: str, account: str) -> str | None:
        """``owner`` or ``member``; ``None`` for whoever is not in the group."""
        with self._database.read() as session:
            return GroupStore(session).role(group, account)


class GroupService:
    """Groups. ``caller`` is the account that asks, ``None`` an admin, who may change all of them.

    ``NotFoundError`` is raised for a group that there is not, or that the caller is not in; ``ForbiddenError`` where
    only its owners may; ``ConflictError`` where nobody would own it any more.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        attempts: Attempts,
        budgets: Budgets,
        size: int | None,
        folders: Folders | None,
        url: str,
    ) -> None:
        """``size`` is what a new group's shared space holds (MiB); without ``folders`` there are no shared spaces."""
        self._database = database
        self._clock = clock
        self._attempts = attempts
        self._budgets = budgets
        self._size = size
        self._folders = folders
        self._url = url
        self.loop = Loop("groups", self.tidy, every=LOOK_SECONDS, waits="Shared folders are looked at later")

    # ---- see

    def select(self, account: str | None) -> GroupRows:
        """The groups by name: those that an account is in, or all."""
        with self._database.read() as session:
            store = GroupStore(session)
            rows = store.groups(account)
            members = store.members([row.name for row in rows], self._clock.now())
        return GroupRows(rows=[self._view(row, members[row.name], account) for row in rows])

    def of(self, account: str) -> tuple[list[str], list[str]]:
        """The groups that an account is in, and those of them that it alone owns."""
        with self._database.read() as session:
            store = GroupStore(session)
            names = [row.name for row in store.groups(account)]
            return names, [name for name in names if list(store.owners(name)) == [account]]

    def get(self, name: str, caller: str | None) -> Group:
        """A group that one is in."""
        with self._database.read() as session:
            store = GroupStore(session)
            row = self._seen(store, store.group(name), caller)
            members = store.members([name], self._clock.now())[name]
        return self._view(row, members, caller)

    def use(self, name: str, caller: str | None) -> GroupUse:
        """Who has what of a group's budget; whoever left it is named as the bookings name them."""
        group, charged = self.get(name, caller), self._budgets.of_accounts(name)
        if group.budget is None:
            return GroupUse(rows=[])
        known = {one.account: (one.display, one.role) for one in group.members}
        left = {account: (account, None) for account in sorted(charged.keys() - known.keys())}
        nothing = Decimal("0.00"), Decimal("0.00")
        rows = []
        for account, (display, role) in {**known, **left}.items():
            used, ahead = charged.get(account, nothing)
            rows.append(MemberUse(account=account, display=display, role=role, used=used, ahead=ahead))
        return GroupUse(rows=rows)

    # ---- make and change

    def create(self, request: GroupRequest, by: str, caller: str | None) -> Group:
        """Make a group; raises ``ConflictError`` for a name that is, or was, another's."""
        now, owner = self._clock.now(), request.owner or by
        with self._database.write() as session:
            store = GroupStore(session)
            account = store.find_account(normal_address(owner) if "@" in owner else owner)
            if account is None and request.owner is not None:
                raise NotFoundError("There is no such account.", field="owner", help="Its owner registers first.")
            if account is None and caller is not None:
                raise ForbiddenError(
                    f"A group is an account's, and {caller} is none.", help="Make it as its owner, or ask an admin."
                )
            row = GroupRow(
                name=request.name,
                display=request.display or request.name,
                note=request.note,
                version=1,
                created=now,
                size=self._size,
                has_files=0,
                has_size=0,
            )
            try:
                store.add(row)
            except IntegrityError:
                raise ConflictError(
                    "There is, or was, a group of this name.", field="name", help="Choose another."
                ) from None
            store.record(now, "", "group made", after=told(row))
            if account is not None:
                check_is_member(account.level, "owner")
                self._put(store, row.name, account.name, "owner", by)
            members = store.members([row.name], now)[row.name]
        return self._view(row, members, caller)

    def edit(self, name: str, edit: GroupEdit, caller: str | None) -> Group:
        """Change what a group is called, or as an admin what its space holds."""
        with self._database.write() as session:
            store = GroupStore(session)
            row = self._owned(store, name, caller)
            if edit.version is not None and edit.version != row.version:
                raise ConflictError(
                    f"The group has changed since version {edit.version}.",
                    field="version",
                    help=f"Look at it again, then decide; it is at version {row.version} now.",
                )
            said = edit.model_dump(exclude={"version"}, exclude_unset=True)
            if caller is not None and said.keys() & {"files", "size"}:
                raise ForbiddenError("Admins say what a shared space holds.", field="size", help="Ask an admin.")
            before = told(row)
            for field, value in said.items():
                if value is not None or field in ("files", "size"):
                    setattr(row, field, value)
            row.version += 1
            now = self._clock.now()
            was, is_now = differing(before, told(row))
            if is_now:
                store.record(now, "", "group changed", before={"group": name, **was}, after=is_now)
            members = store.members([name], now)[name]
        return self._view(row, members, caller)

    def give_budget(self, name: str, asked: BudgetRequest) -> Group:
        """Give a group a budget in place of the one that it has."""
        self._budget(name, lambda: self._budgets.give(name, asked))
        return self.get(name, None)

    def take_budget(self, name: str) -> Group:
        """Let nothing limit what a group books."""
        self._budget(name, lambda: self._budgets.take_away(name))
        return self.get(name, None)

    def delete(self, name: str, files: Files | None, caller: str | None) -> None:
        """End a group; ``files`` says what becomes of its shared space. Bookings that it has are their holders'."""
        now = self._clock.now()
        with self._database.write() as session:
            store = GroupStore(session)
            row = self._owned(store, name, caller)
            if files is None:
                raise InvalidValueError(
                    "Say what becomes of its shared space.",
                    field="files",
                    help="files=keep leaves it to the platform's operator, files=delete removes it for good.",
                )
            row.ended, row.leaves = now, files
            for one, _, _ in store.members([name], now)[name]:
                store.record(now, one.account, "group deleted", before={"group": name, "role": one.role})
            store.remove_all(name)
            store.record(now, "", "group deleted", before=told(row), after={"files": files})
        if files == "delete" and self._folders is not None:
            with suppress(ServiceDownError):  # then it is removed later
                self._remove_files(name)

    # ---- who is in it

    def add(self, name: str, asked: MemberRequest, by: str, caller: str | None) -> Group:
        """Add an account, or change its role. The answer is the same whether or not there is such an account."""
        self.get(name, caller)
        if caller is not None:
            self._attempts.count("group", [(by, ADDED_AN_HOUR)], "Too many were added by you in this hour.")
        with self._database.write() as session:
            store = GroupStore(session)
            row = self._owned(store, name, caller)
            said = asked.account.strip()
            account = store.find_account(normal_address(said) if "@" in said else said)
            if account is None and caller is None:
                raise NotFoundError("There is no such account.", field="account", help="They register first.")
            if account is not None and caller is None:
                check_is_member(account.level, "account")
            if account is not None and account.level > 0:
                self._put(store, name, account.name, asked.role, by)
            members = store.members([name], self._clock.now())[name]
        return self._view(row, members, caller)

    def remove(self, name: str, account: str, caller: str | None) -> None:
        """Take an account out of a group; everyone may leave but the last owner."""
        with self._database.write() as session:
            store = GroupStore(session)
            self._seen(store, store.lock_group(name), caller)
            if caller != account:
                self._owned(store, name, caller)
            membership = store.membership(name, account)
            if membership is None:
                raise NotFoundError("This account is not in the group.", field="account", help="Look at the group.")
            _check_owned(store, membership, "leave")
            store.remove(membership)
            store.record(self._clock.now(), account, "group left", before={"group": name, "role": membership.role})

    def leave_all(self, account: str, pseudonym: str) -> None:
        """An account ends: take it out of every group, and its name off the others that it has added.

        Where it was the last owner, who has been in longest owns it, of those who can log in if there are any.
        """
        with self._database.write() as session:
            store = GroupStore(session)
            for membership in store.lock_memberships(account):
                store.remove(membership)
                self._have_an_owner(store, membership.group)
            store.rename_adder(account, pseudonym)

    def move(self, account: str, into: str) -> None:
        """What an account was in, the account that it is merged into is in, as owner where either was."""
        with self._database.write() as session:
            store = GroupStore(session)
            for membership in store.lock_memberships(account):
                there = store.membership(membership.group, into)
                if there is None:
                    store.add(
                        MembershipRow(
                            group=membership.group,
                            account=into,
                            role=membership.role,
                            since=membership.since,
                            by=membership.by,
                        )
                    )
                elif membership.role == "owner":
                    there.role = "owner"
                store.remove(membership)
            store.rename_adder(account, into)

    # ---- its files

    def tidy(self) -> None:
        """Count what is in the shared folders, and remove those that were to be removed, by a process killed since."""
        if self._folders is None:
            return
        with self._database.read() as session:
            store = GroupStore(session)
            there, gone = [row.name for row in store.groups(None)], [row.name for row in store.ended("delete")]
        for name in gone:
            self._remove_files(name)
        for name in there:
            found, now = self._folders.measure(name), self._clock.now()
            if found is None:
                continue
            with self._database.write() as session:
                row = GroupStore(session).group(name)
                if row is not None:
                    row.has_files, row.has_size, row.measured = found.files, found.size, now

    def lend(self, account: str, namespace: str) -> SharedClaims:
        """Let the account's labs, in a namespace of its own, have the folders of its groups as volume claims."""
        with self._database.read() as session:
            sizes = {row.name: row.size for row in GroupStore(session).groups(account)}
        claims = self._folders.lend(sizes, namespace) if self._folders is not None else {}
        ready = {group: claim for group, claim in claims.items() if claim is not None}
        return SharedClaims(claims=ready, waits=len(ready) < len(claims))

    def _remove_files(self, name: str) -> None:
        if self._folders is not None:
            self._folders.remove(name)
        with self._database.write() as session:
            GroupStore(session).files_are_gone(name)

    # ---- inside

    def _budget(self, name: str, change: Callable[[], None]) -> None:
        with self._database.write() as session:
            store = GroupStore(session)
            self._seen(store, store.lock_group(name), None)
            before = given(self._budgets.get(name))
            change()
            after = {"group": name, **given(self._budgets.get(name))}
            store.record(self._clock.now(), "", "group budget", before=before, after=after)

    def _put(self, store: GroupStore, group: str, account: str, role: Role, by: str) -> None:
        there = store.membership(group, account)
        if there is None:
            now = self._clock.now()
            store.add(MembershipRow(group=group, account=account, role=role, since=now, by=by))
            store.record(now, account, "group joined", after={"group": group, "role": role})
        elif there.role != role:
            _check_owned(store, there, "be a member only")
            before, there.role = there.role, role
            store.record(
                self._clock.now(), account, "group role", before={"group": group, "role": before}, after={"role": role}
            )

    def _have_an_owner(self, store: GroupStore, group: str) -> None:
        now = self._clock.now()
        rest = store.members([group], now)[group]
        if rest and not store.owners(group):
            # Who can't log in is no help to the others.
            heir = next((one for one, _, gets_in in rest if gets_in), rest[0][0])
            before, heir.role = {"group": group, "role": heir.role}, "owner"
            store.record(now, heir.account, "group role", before=before, after={"role": heir.role})

    @staticmethod
    def _seen(store: GroupStore, row: GroupRow | None, caller: str | None) -> GroupRow:
        if row is None or (caller is not None and store.membership(row.name, caller) is None):
            raise NotFoundError("There is no such group.", field="name", help="See groups/select for yours.")
        return row

    def _owned(self, store: GroupStore, name: str, caller: str | None) -> GroupRow:
        row = self._seen(store, store.lock_group(name), caller)
        if caller is not None and store.role(name, caller) != "owner":
            raise ForbiddenError("Only an owner of the group may do this.", help="Ask one; the group names them.")
        return row

    def _view(self, row: GroupRow, members: Sequence[tuple[MembershipRow, str, bool]], caller: str | None) -> Group:
        roles = {one.account: one.role for one, _, _ in members}
        return Group(
            name=row.name,
            url=f"{self._url}groups/{row.name}",
            display=row.display,
            note=row.note,
            created=row.created,
            version=row.version,
            role=roles.get(caller or ""),
            members=[
                Member(account=one.account, display=display, role=one.role, since=one.since, by=one.by)
                for one, display, _ in members
            ],
            led=any(gets_in and one.role == "owner" for one, _, gets_in in members),
            budget=self._budgets.get(row.name),
            shared=shared(row) if self._folders else None,
        )


def _check_owned(store: GroupStore, membership: MembershipRow, what: str) -> None:
    if membership.role == "owner" and list(store.owners(membership.group)) == [membership.account]:
        raise ConflictError(
            f"The last owner of a group can't {what}.",
            field="account",
            help="Make another member an owner first, or delete the group.",
        )
