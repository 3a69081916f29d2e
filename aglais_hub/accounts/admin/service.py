"""What admins do with accounts: look for them, change what they may have, suspend and resume them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aglais_hub.accounts.admin.letters import resumed, suspended
from aglais_hub.accounts.admin.rules import Manager, check_manager, check_not_own, differing
from aglais_hub.accounts.admin.store import AdminStore
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError, ServiceDownError
from aglais_hub.policy import NO_TIME, allowance, completed, no_time
from aglais_hub.wire.accounts import Account, AccountRows
from aglais_hub.wire.admin import Holdings
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from aglais_hub.accounts.admin.search import Search
    from aglais_hub.accounts.email.outbox import Outbox
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.accounts.tables import AccountRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.settings import Settings
    from aglais_hub.wire.accounts import Account
    from aglais_hub.wire.admin import AccountSettings, SpaceUse, Suspension

__all__ = ["AdminService", "Reach", "settings_of"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reach:
    """What of an account lies elsewhere: its server, its bookings, its files. Each is asked for by the account's name.

    ``forget`` makes the services ask the hub anew about its tokens; ``release`` cancels the bookings that are not over.
    """

    has_server: Callable[[str], bool]
    stop_server: Callable[[str], None]
    log_out: Callable[[str], None]
    forget: Callable[[str], None]
    release: Callable[[str], object]
    bookings: Callable[[Collection[str]], int]
    """How many bookings that are not over accounts have together."""
    is_package: Callable[[str], bool]
    spaces: Callable[[Collection[str]], Sequence[SpaceUse]] = lambda _names: ()
    """What accounts have in each space together."""
    keys: Callable[[str], int] = lambda _name: 0
    groups: Callable[[str], tuple[Sequence[str], Sequence[str]]] = lambda _name: ((), ())
    """The groups that it is a member of, and those of them that it alone owns."""
    servers: Callable[[], Collection[str]] = lambda: ()
    """The accounts that have a server."""


class AdminService:
    """Accounts as admins see and change them."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        reach: Reach,
        outbox: Outbox,
        settings: Settings,
        url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._reach = reach
        self._outbox = outbox
        self._settings = settings
        self._url = url

    # ---- looking

    def select(self, wanted: Search, *, limit: int, after: str, count: bool = False) -> AccountRows:
        """A page of the accounts that are looked for; with ``count`` also how many there are in all."""
        place, now = wanted.place(after), self._clock.now()
        with self._database.read() as session:
            store = AdminStore(session)
            rows = store.search(wanted, place=place, limit=limit + 1, now=now)
            total = store.total(wanted, now=now) if count else None
            shown = self._accounts.views(AccountStore(session), rows[:limit])
        more = None
        if len(rows) > limit:
            said = {"q": wanted.text, "level": wanted.level, "state": wanted.state, "sort": wanted.sort, "limit": limit}
            told = {name: value for name, value in said.items() if value not in (None, "")}
            more = f"{self._url}accounts/select?{urlencode({**told, 'after': wanted.place_of(rows[limit - 1])})}"
        return AccountRows(rows=shown, next=more, total=total)

    def holdings(self, name: str) -> Holdings:
        """What an account has, and would lose; raises ``NotFoundError``."""
        self._accounts.get(name)
        reach = self._reach
        groups, alone = reach.groups(name)
        return Holdings(
            account=name,
            server=reach.has_server(name),
            bookings=reach.bookings([name]),
            spaces=list(reach.spaces([name])),
            keys=reach.keys(name),
            groups=list(groups),
            alone=list(alone),
        )

    # ---- changing

    def change(self, name: str, settings: AccountSettings, manager: Manager) -> Account:
        """Set what an account may have, and who it is.

        Raises ``NotFoundError``, ``ConflictError`` for an older version, ``ForbiddenError`` for an admin's account,
        and ``InvalidValueError``.
        """
        with self._database.write() as session:
            store = AccountStore(session)
            self.apply(store, name, settings, manager)
            return self._accounts.view(store, name)

    def apply(
        self,
        store: AccountStore,
        name: str,
        settings: AccountSettings,
        manager: Manager,
        *,
        what: str = "settings changed",
    ) -> list[str]:
        """Set it within the caller's transaction; gives the fields that have changed. Raises as ``change`` does."""
        row = self._lock(store, name)
        if settings.version is not None and settings.version != row.version:
            raise _changed_since(AdminStore(store.session), name)
        before = settings_of(row)
        wanted = settings.model_fields_set & set(before)
        self._check(row, settings, wanted, manager)
        if settings.level is not None:
            row.level = settings.level
        if "attributes" in wanted:
            allowed = allowance(self._accounts.policy, row.level)
            by_hand = completed(settings.attributes, allowed) if settings.attributes else None
            row.attributes = (by_hand.model_dump(mode="json", exclude_none=True) if by_hand else None) or None
        if "expires" in wanted and row.expires != settings.expires:
            row.expires, row.closed = settings.expires, None
        if settings.display is not None:
            row.display = settings.display.strip() or row.display
        if settings.affiliation is not None:
            row.affiliation = settings.affiliation.strip()
        was, now_is = differing(before, settings_of(row))
        if now_is:
            # To say of an admin's account what it is already, as a whole import does, is no change.
            check_manager(manager, self._accounts.view(store, name))
            row.version += 1
            store.record(self._clock.now(), name, what, before=was, after=now_is, note=settings.note)
        store.session.flush()
        return list(now_is)

    def suspend(self, name: str, suspension: Suspension, manager: Manager) -> Account:
        """Suspend an account: it is no way in from now on, its server saves what is open and stops, its owner is told.

        Raises ``NotFoundError``, ``ForbiddenError`` for an admin's account, and ``ConflictError`` for one's own.
        """
        check_not_own(manager, name, "suspend")
        now = self._clock.now()
        with self._database.write() as session:
            store = AccountStore(session)
            row = self._lock_for(store, name, manager)
            was, reason = (row.suspended, row.reason), suspension.reason.strip()
            before = {"reason": row.reason} if row.suspended else None
            row.suspended, row.reason = row.suspended or now, reason
            row.version += 1
            if was != (row.suspended, reason):
                keeps = suspension.bookings == "keep"
                contact = self._settings.contact
                self._outbox.post(store, name, suspended(name, reason=reason, keeps_bookings=keeps, contact=contact))
            told = {"reason": row.reason, "bookings": suspension.bookings}
            store.record(now, name, "suspended", before=before, after=told, note=suspension.note)
            session.flush()
            account = self._accounts.view(store, name)
        self._reach.forget(name)
        if suspension.bookings == "release":
            self._reach.release(name)
        try:
            # In this order: what is open in its browsers is saved first, for which they have to be let into the lab.
            self._reach.stop_server(name)
            self._reach.log_out(name)
        except ServiceDownError as error:
            # The server is looked after until it has stopped; a browser is asked again within minutes.
            log.warning("A suspended account could not be logged out yet: %s", error.message)
        return account

    def resume(self, name: str, note: str, manager: Manager) -> Account:
        """Let a suspended account in again; raises ``NotFoundError`` and ``ForbiddenError``."""
        check_not_own(manager, name, "resume")
        with self._database.write() as session:
            store = AccountStore(session)
            row = self._lock_for(store, name, manager)
            if row.suspended is not None:
                told = {"reason": row.reason}
                row.suspended, row.reason, row.closed = None, "", None
                row.version += 1
                self._outbox.post(store, name, resumed(name, url=self._settings.url))
                store.record(self._clock.now(), name, "resumed", before=told, note=note)
            session.flush()
            account = self._accounts.view(store, name)
        self._reach.forget(name)
        return account

    def check_merge(self, manager: Manager, source: str, target: str) -> None:
        """Raise unless a manager may let ``source`` become ``target``'s: whose ways in it gets, that somebody is.

        ``NotFoundError``, ``ForbiddenError`` where either is an admin's, and ``ConflictError`` for one's own.
        """
        check_not_own(manager, source, "merge away")
        if not manager.is_admin:
            check_not_own(manager, target, "take another in for")
        for name in (source, target):
            check_manager(manager, self._accounts.get(name))

    # ---- within

    @staticmethod
    def _lock(store: AccountStore, name: str) -> AccountRow:
        row = store.lock_account(name)
        if row is None:
            raise NotFoundError("There is no such account.", field="name", help="See how it is written.")
        if row.ending is not None:
            raise ConflictError("This account is being deleted.", rule="ended", help="Nothing of it can be changed.")
        return row

    def _lock_for(self, store: AccountStore, name: str, manager: Manager) -> AccountRow:
        row = self._lock(store, name)
        check_manager(manager, self._accounts.view(store, name))
        return row

    def _check(self, row: AccountRow, settings: AccountSettings, wanted: set[str], manager: Manager) -> None:
        is_other = "expires" in wanted and settings.expires != row.expires
        if is_other:
            check_not_own(manager, row.name, "set an end for")
        if is_other and settings.expires is not None and settings.expires <= self._clock.now():
            raise InvalidValueError(
                "This time has been.", field="expires", help="Give one that is to come, or suspend the account."
            )
        if settings.level is not None and settings.level != row.level:
            if manager.name == row.name and not manager.is_admin:
                raise ConflictError("You can't raise yourself.", rule="own_account", help="Ask an admin to do it.")
            if 0 in (settings.level, row.level):
                raise ConflictError(
                    "Nobody is made a visitor, or a member, by hand.",
                    rule="visitor",
                    field="level",
                    help="A visitor becomes a member by registering.",
                )
        if settings.attributes and (field := no_time(settings.attributes)):
            raise InvalidValueError(
                f"attributes.{field}: {NO_TIME}.", field=f"attributes.{field}", help="Give a day, as P1D, at least."
            )
        package = settings.attributes.package if settings.attributes else None
        if package is not None and not self._reach.is_package(package):
            raise InvalidValueError(
                f"There is no package {package!r}.", field="attributes.package", help="See packages/select."
            )


def settings_of(row: AccountRow) -> dict[str, Any]:
    """What an admin may set of an account, as the trail tells it."""
    return {
        "level": row.level,
        "attributes": row.attributes or None,
        "expires": _told(row.expires),
        "display": row.display,
        "affiliation": row.affiliation or "",
    }


def _told(instant: datetime | None) -> str | None:
    return isoformat(instant) if instant else None


def _changed_since(store: AdminStore, name: str) -> ConflictError:
    last = next(iter(store.changes(account=name, by=None, what=None, before=None, limit=1)), None)
    by = f"{last.by or 'The platform'} has changed" if last else "Somebody has changed"
    fields = ", ".join(last.after) if last and last.after else ""
    return ConflictError(
        f"{by} this account since you looked at it{f' ({last.what}: {fields})' if last and fields else ''}.",
        rule="version",
        help="Look at it again, and change what is still to be changed.",
    )
