"""Decisions about what accounts have stored, and the transactions around them.

Nothing changes in a home while no lab runs in it. So a lab measures and reports, the platform decides, and whoever
holds the files carries it out: the lab, or ``keeper`` where none runs.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from aglais_hub.accounts.email.mail import Letter
from aglais_hub.clock import Steady
from aglais_hub.database import new_id
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.policy import after, allowance
from aglais_hub.storage import rules
from aglais_hub.storage.letters import warning
from aglais_hub.storage.store import StorageStore
from aglais_hub.storage.tables import DeletedRow, HomeRow, ItemRow, LetterRow
from aglais_hub.storage.views import home_row, limits_of, plan_of, stored, sum_up, usages
from aglais_hub.wire.policy import Allowance, Policy
from aglais_hub.wire.storage import (
    Deleted,
    Item,
    KeepRequest,
    Measured,
    Order,
    Storage,
    StorageRow,
    StorageRows,
    StoredItem,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aglais_hub.accounts.email.outbox import Outbox
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.accounts import Account

__all__ = ["StorageService"]

BASIC = 1

REMEMBERED = timedelta(days=30)
"""For so long what was deleted is shown."""

LOOK = timedelta(days=1)
"""A home is looked at as often at least: its level, or the policy, may be another."""

MAIL = timedelta(days=1)
"""Nobody is written to more often."""

CARRIED_OUT = timedelta(minutes=4)
"""What was ordered may be on its way out for so long, and can't be kept meanwhile: as long as a home on a cluster may
take to be reached, and what is begun there in time."""

SHOWN = 20


class StorageService:
    """What is stored, how much may be, and when it goes."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        accounts: AccountService,
        outbox: Outbox,
        policy: Policy,
        url: str,
        page: str,
    ) -> None:
        """``url`` is the API's address, ``page`` that of the page where people keep what they need."""
        self._database = database
        self._clock = clock
        self._steady = Steady(clock)
        self._accounts = accounts
        self._outbox = outbox
        self._policy = policy
        self._url = url
        self._page = page

    # ---- for an account

    def get(self, account: str) -> Storage:
        """What is in an account's spaces; raises ``NotFoundError`` for an account that nobody knows."""
        holder = self._holder(account)
        now = self._clock.now()
        with self._database.snapshot() as session:
            store = StorageStore(session)
            home = store.home(account)
            if home is None and holder is None and self._accounts.gone([account]):
                raise NotFoundError("There is no such account.", field="account", help="See how it is written.")
            items = store.items(account)
            deleted = store.deleted(account, now - REMEMBERED)
        allowed = self._allowance(holder)
        shown = [stored(row, allowed, now) for row in items]
        shown.sort(key=lambda item: (item.until is None, item.until or item.changed, -item.size, item.path))
        return Storage(
            account=account,
            measured=home.measured if home else None,
            spaces=usages(home, allowed),
            items=shown,
            deleted=[Deleted.model_validate(row, from_attributes=True) for row in deleted],
        )

    def measure(self, account: str, items: Sequence[Item]) -> Measured:
        """Take down what is in a home now, and say what is to be deleted of it.

        Raises ``InvalidValueError`` for an item that is there twice, or has no path.
        """
        _check(items)
        holder = self._holder(account)
        with self._database.write() as session:
            return self._measured(StorageStore(session), account, holder, items)

    def note_deleted(self, account: str, orders: Iterable[Order]) -> Measured:
        """Take down that items were deleted as ordered; what was not ordered, or is noted already, changes nothing."""
        holder = self._holder(account)
        now = self._clock.now()
        with self._database.write() as session:
            store = StorageStore(session)
            home = store.lock_home(account)
            if home is None:
                return Measured(measured=now, spaces=usages(None, self._allowance(holder)))
            for order in orders:
                row = store.item(account, order.space, order.path)
                if row is not None and row.ordered is not None and row.changed <= order.changed:
                    _bury(store, row, now)
            return self._answer(store, home, holder, now)

    def keep(self, account: str, request: KeepRequest) -> StoredItem:
        """Keep an item once more, for good, or no longer.

        Raises ``NotFoundError`` for an item that is not there, and ``ConflictError`` for what the policy does not
        allow or where it is too late.
        """
        allowed = self._allowance(self._holder(account))
        limits = limits_of(allowed, request.space)
        now = self._clock.now()
        with self._database.write() as session:
            store = StorageStore(session)
            home = store.lock_home(account)
            row = store.item(account, request.space, request.path) if home else None
            if home is None or row is None:
                raise NotFoundError("There is no such file or folder.", field="path", help="Look at what there is now.")
            if row.ordered is not None and timedelta() <= now - row.ordered < CARRIED_OUT:
                raise ConflictError("This is just being deleted.", rule="keep", help="Look again in a moment.")
            rules.check_keep(request.keep, limits)
            row.first = row.last = row.ordered = None
            row.always = request.keep == "always" and limits.kept is not None
            row.kept = after(now, limits.kept) if request.keep == "again" and limits.kept is not None else None
            home.due = now
            return stored(row, allowed, now)

    # ---- for admins, and for other features

    def select(self, *, limit: int, after: str = "", accounts: Sequence[str] | None = None) -> StorageRows:
        """A page of accounts, or of these, those with most first; raises ``InvalidValueError`` for no such place."""
        with self._database.read() as session:
            rows = StorageStore(session).homes(rules.place(after), limit + 1, accounts)
        shown = rows[:limit]
        more = None
        if len(rows) > limit:
            last = shown[-1]
            of = f"&accounts={quote(','.join(accounts))}" if accounts else ""
            more = f"{self._url}storage/select?limit={limit}{of}&after={last.size},{quote(last.account, safe='')}"
        return StorageRows(rows=[home_row(row) for row in shown], next=more)

    def of(self, accounts: Collection[str]) -> list[StorageRow]:
        """What each of these accounts has stored; nothing of one whose home was never measured."""
        with self._database.read() as session:
            return [home_row(row) for row in StorageStore(session).homes(None, len(accounts), list(accounts))]

    def erase(self, account: str) -> None:
        """Forget all of an account; nothing where there is nothing."""
        with self._database.write() as session:
            store = StorageStore(session)
            home = store.lock_home(account)
            if home is not None:
                store.remove(home)

    def move(self, source: str, target: str) -> None:
        """Give what is known of one account to another, with what is kept; what the other has already stays its own."""
        now = self._clock.now()
        with self._database.write() as session:
            store = StorageStore(session)
            locked = {name: store.lock_home(name) for name in sorted((source, target))}
            home = locked[source]
            if home is None or source == target:
                return
            into = locked[target] or store.make_home(target, now)
            there = {(row.space, row.path) for row in store.items(target)}
            for row in store.items(source):
                if (row.space, row.path) not in there:
                    store.remove(row)
                    store.add(_copied(row, target))
            store.rename(store.deleted(source, now - REMEMBERED), target)
            store.remove(home)
            sum_up(into, store.items(target))
            into.due = now

    # ---- for the keeper

    def look(self) -> Sequence[str]:
        """Look at the homes that are due: warn whom there is to warn, and hand the letters to the accounts.

        Tells whose homes they were: something in them may be due to be deleted.
        """
        if not self._steady.look():
            return []
        now = self._clock.now()
        with self._database.read() as session:
            # Nothing is ever put off for longer than that, but by a clock that was set back since.
            due = StorageStore(session).due(now, not_after=now + LOOK)
        for account in due:
            self._look_at(account)
        self._post()
        if due:
            with self._database.write() as session:
                StorageStore(session).forget_deleted_before(now - REMEMBERED)
        return due

    def measure_known(self, account: str, items: Sequence[Item]) -> bool:
        """Take down what is in a home, unless its account has ended, or is none: then nothing is written of it."""
        holder = self._holder(account)
        if holder is None or self._accounts.has_ended(account):
            return False
        with self._database.write() as session:
            self._measured(StorageStore(session), account, holder, items)
        return True

    def orders(self, account: str) -> list[Order]:
        """What of an account is to be deleted now."""
        holder = self._holder(account)
        now = self._clock.now()
        with self._database.write() as session:
            store = StorageStore(session)
            home = store.lock_home(account)
            return self._order(store, home, holder, now) if home else []

    # ---- within

    def _holder(self, account: str) -> Account | None:
        """The account; ``None`` where only the hub knows it: it has what basic ones have, and nothing of it goes."""
        try:
            return self._accounts.get(account)
        except NotFoundError:
            return None

    def _allowance(self, holder: Account | None) -> Allowance:
        return holder.allowance if holder else allowance(self._policy, BASIC)

    def _measured(self, store: StorageStore, account: str, holder: Account | None, items: Sequence[Item]) -> Measured:
        now = self._clock.now()
        home = store.make_home(account, now)
        newest: dict[str, datetime] = {}
        for item in items:
            newest[item.path] = max(item.changed, newest.get(item.path, item.changed))
        before = {(row.space, row.path): row for row in store.items(account)}
        new = []
        for item in items:
            row = before.pop((item.space, item.path), None)
            # A folder is worked in as a whole, and nothing was changed later than now.
            changed = min(newest[item.path], now)
            if row is None:
                new.append(_new(account, item, changed))
                home.due = now
                continue
            if changed > row.changed:
                row.first = row.last = row.ordered = None
            if changed != row.changed:
                home.due = now
            row.files, row.size, row.changed = item.files, item.size, changed
        store.add(*new)
        for row in before.values():
            if row.ordered is not None:
                _bury(store, row, now)
            else:
                store.remove(row)
        home.measured = now
        return self._answer(store, home, holder, now)

    def _answer(self, store: StorageStore, home: HomeRow, holder: Account | None, now: datetime) -> Measured:
        sum_up(home, store.items(home.account))
        due = self._order(store, home, holder, now)
        allowed = self._allowance(holder)
        going = [item for row in store.items(home.account) if (item := stored(row, allowed, now)).until is not None]
        ordered = {(order.space, order.path) for order in due}
        soon = [
            item
            for item in sorted(going, key=lambda item: (item.until or now, -item.size))
            if item.until is not None and item.until - now <= rules.SOON and (item.space, item.path) not in ordered
        ]
        return Measured(measured=home.measured, spaces=usages(home, allowed), due=due, soon=soon[:SHOWN])

    def _order(self, store: StorageStore, home: HomeRow, holder: Account | None, now: datetime) -> list[Order]:
        """What is to be deleted now, noted as such.

        Nothing of an account that is suspended, or that we don't know, and nothing by a clock that was just set.
        """
        if holder is None or holder.suspended is not None or not self._steady.look():
            return []
        orders = []
        for row in store.items(home.account):
            plan = plan_of(row, limits_of(holder.allowance, row.space), now)
            if plan is not None and plan.goes <= now:
                row.ordered = now
                orders.append(Order(space=row.space, path=row.path, changed=row.changed))
        return orders

    def _look_at(self, account: str) -> None:
        """Give the notices that are due, in one letter, and find out when to look again."""
        holder = self._holder(account)
        now = self._clock.now()
        with self._database.write() as session:
            store = StorageStore(session)
            home = store.lock_home(account)
            if home is None or now < home.due <= now + LOOK:
                return
            home.due = now + LOOK
            if holder is None or holder.suspended is not None:
                return
            allowed = holder.allowance
            is_early = home.mailed is not None and timedelta() <= now - home.mailed < MAIL
            told = False
            for row in store.items(account):
                plan = plan_of(row, limits_of(allowed, row.space), now)
                if plan is None:
                    continue
                if plan.given is not None and not is_early:
                    told = True
                    row.first, row.last = (now, row.last) if plan.given == 0 else (row.first, now)
                    plan = plan_of(row, limits_of(allowed, row.space), now) or plan
                if plan.next > now:
                    home.due = min(home.due, plan.next)
            if is_early and home.mailed is not None:
                home.due = min(home.due, home.mailed + MAIL)
            if told:
                home.mailed = now
                self._write(store, account, allowed, now)

    def _write(self, store: StorageStore, account: str, allowed: Allowance, now: datetime) -> None:
        found = [stored(row, allowed, now) for row in store.items(account)]
        going = [item for item in found if item.warned is not None and item.until is not None]
        store.add(LetterRow(id=new_id(now), account=account, letter=asdict(warning(going, page=self._page))))

    def _post(self) -> None:
        """Hand letters to the accounts, who send each once, however often they get it."""
        with self._database.read() as session:
            letters = StorageStore(session).letters()
        for letter in letters:
            self._outbox.write(letter.account, Letter(**letter.letter), once=letter.id)
            with self._database.write() as session:
                store = StorageStore(session)
                row = store.letter(letter.id)
                if row is not None:
                    store.remove(row)


def _check(items: Sequence[Item]) -> None:
    if len({(item.space, item.path) for item in items}) < len(items):
        raise InvalidValueError("An item is there twice.", field="items", help="Count each of them once.")


def _new(account: str, item: Item, changed: datetime) -> ItemRow:
    return ItemRow(
        account=account,
        space=item.space,
        path=item.path,
        files=item.files,
        size=item.size,
        changed=changed,
        always=False,
    )


def _copied(row: ItemRow, account: str) -> ItemRow:
    kept = {name: getattr(row, name) for name in ("space", "path", "files", "size", "changed", "kept", "always")}
    return ItemRow(account=account, **kept)


def _bury(store: StorageStore, row: ItemRow, now: datetime) -> None:
    store.add(
        DeletedRow(account=row.account, space=row.space, path=row.path, files=row.files, size=row.size, deleted=now)
    )
    store.remove(row)
