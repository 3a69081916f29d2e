"""Merges an account into another: begun by a request, carried out by a thread, and gone on with after a kill."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aglais_hub.accounts.merging.store import MergeStore
from aglais_hub.accounts.merging.tables import MergeRow
from aglais_hub.accounts.rules import ANONYMOUS
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.homes.moving import NO_ROOM
from aglais_hub.loop import Loop, each
from aglais_hub.wire.visits import Merging

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.homes.host import Homes
    from aglais_hub.web.hub import Hub

__all__ = ["MergeService"]

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0

AGAIN = timedelta(minutes=1)
"""How long it is waited for room before it is tried again."""

SAVING = timedelta(seconds=60)
"""For so long the source's server may take to save its notebooks and stop; then the hub stops it."""


class MergeService:
    """Merges accounts. Safe in several processes at once.

    ``yields`` gives the source's bookings away and ends the rest, ``release`` ends all of them; ``homes`` and ``moves``
    follow once no server of it runs; ``end`` is how an account ends. Each but the
    last may be called again for what was done already.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        hub: Hub,
        yields: Callable[[str, str], None],
        release: Callable[[str], None],
        moves: Sequence[Callable[[str, str], None]],
        homes: Homes,
        end: Callable[[str], object],
    ) -> None:
        self._database = database
        self._clock = clock
        self._hub = hub
        self._yields = yields
        self._release = release
        self._moves = moves
        self._homes = homes
        self._end = end
        self._full: dict[str, datetime] = {}
        self.loop = Loop("merges", self.go_on, every=EVERY_SECONDS, waits="Merges wait")

    def begin(self, source: str, target: str, *, files: bool = True, only_files: bool = False) -> Merging:
        """Let all of ``source`` become ``target``'s, or its files alone; asked twice, it is begun once.

        Raises ``NotFoundError``, ``InvalidValueError`` for one and the same or a target that is no member, and
        ``ConflictError`` where either has ended or is being merged, and for files that can't be moved here.
        """
        if source == target:
            raise InvalidValueError("This is one and the same account.", field="into", help="Name another.")
        if files:
            self._homes.check_move(source, target)
        now = self._clock.now()
        with self._database.write() as session:
            store, accounts = MergeStore(session), AccountStore(session)
            for name in sorted((source, target)):
                if accounts.lock_account(name) is None:
                    raise NotFoundError(f"There is no account {name}.", field="name")
            known = store.merge(source)
            if known is not None and known.target == target:
                return _show(known)
            if store.touches(source, target):
                raise ConflictError("One of the two is being merged just now.", help="Try again in a few minutes.")
            self._check(accounts, source, target)
            row = MergeRow(source=source, target=target, files=files, only_files=only_files, begun=now, stopped=None)
            store.add(row)
            self._record(accounts, row)
            return _show(row)

    def go_on(self) -> None:
        """Do what can be done by now of the merges under way; raises ``ServiceDownError``."""
        with self._database.read() as session:
            rows = MergeStore(session).all()
        if not rows:
            return
        servers = self._hub.servers()
        each(partial(self._go_on, row, has_server=row.source in servers) for row in rows)

    # ---- within

    def _check(self, accounts: AccountStore, source: str, target: str) -> None:
        now = self._clock.now()
        row = accounts.account(target)
        if row is None or row.level == ANONYMOUS:
            raise InvalidValueError("A visitor's account takes nothing in.", field="into", help="Name a member's.")
        for name in (source, target):
            row = accounts.account(name)
            if row is not None and row.suspended is not None and row.ending is None:
                raise ConflictError(
                    f"The account {name} is suspended.", rule="suspended", help="Let it in again, then merge."
                )
            if accounts.has_ended(name, now):
                raise ConflictError(f"The account {name} has ended.", rule="ended", help="There is nothing to merge.")

    def _record(self, accounts: AccountStore, merge: MergeRow) -> None:
        source, now = accounts.account(merge.source), self._clock.now()
        # Of a visitor nothing stays, and so not the name.
        name = merge.source if source is not None and source.level != ANONYMOUS else "a visit"
        gave, took = ("merged into another", "took another in")
        if merge.only_files:
            gave, took = ("handed its files over", "took another's files")
        accounts.record(now, merge.source, gave, after={"into": merge.target})
        accounts.record(now, merge.target, took, after={"account": name})

    def _go_on(self, row: MergeRow, *, has_server: bool) -> None:
        source, target = row.source, row.target
        if row.stopped is None:
            # With its booking the lab saves its notebooks and stops.
            self._let_go(row)
            if has_server:
                if not timedelta() <= self._clock.now() - row.begun < SAVING:
                    self._hub.stop_server(source)
                return
            self._close(source)
            # Whoever has started one meanwhile has done so before the account was closed.
            return
        if has_server:
            self._hub.stop_server(source)
            return
        if not self._close(source):
            # An admin has let it in again, and it may be in by now.
            return
        self._let_go(row)
        if row.files and not self._move(row):
            return
        if not row.only_files:
            for move in self._moves:
                move(source, target)
            with self._database.write() as session:
                MergeStore(session).move_ways_in(source, target)
        self._end(source)
        with self._database.write() as session:
            MergeStore(session).finish(source)
        self._full.pop(source, None)
        log.info("An account was merged into %s", target)

    def _move(self, row: MergeRow) -> bool:
        """Move the files; where there is no room for them, it is said once, and they wait until there is."""
        now = self._clock.now()
        if timedelta() <= now - self._full.get(row.source, now - AGAIN) < AGAIN:
            return False
        try:
            return self._homes.move(row.source, row.target, self._folder(row.source))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
        if row.source not in self._full:
            log.warning("A merge into %s waits: its disk has no room for the files.", row.target)
        self._full[row.source] = now
        with self._database.write() as session:
            account = AccountStore(session).lock_account(row.source)
            if account is not None:
                account.reason = "It is becoming part of another account, whose disk has no room for its files yet."
        return False

    def _let_go(self, row: MergeRow) -> None:
        """Its bookings are the other's, or nobody's."""
        if row.only_files:
            self._release(row.source)
        else:
            self._yields(row.source, row.target)

    def _folder(self, source: str) -> str:
        """Where its files go to: the day of a visit, or the name of a member."""
        with self._database.read() as session:
            account = AccountStore(session).account(source)
        is_visit = account is not None and account.level == ANONYMOUS
        return f"visit-{account.created:%Y-%m-%d}" if account is not None and is_visit else source

    def _close(self, source: str) -> bool:
        """From here on nobody gets in, so nothing is begun behind our back; says whether it was so already."""
        now = self._clock.now()
        with self._database.write() as session:
            account, row = AccountStore(session).lock_account(source), MergeStore(session).merge(source)
            if account is None or row is None:
                return False
            was = row.stopped is not None and (account.suspended is not None or account.ending is not None)
            account.reason = account.reason or "It is becoming part of another account."
            account.suspended, row.stopped = account.suspended or now, row.stopped or now
            return was


def _show(row: MergeRow) -> Merging:
    return Merging(account=row.source, into=row.target, files=row.files, only_files=row.only_files, begun=row.begun)
