"""Time passes: what is due is done, in the order ends before starts, and servers that outlived theirs are stopped."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.service.outages import end_outage
from aglais_hub.bookings.service.timeline import CLOCK, Timeline, current_span
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.times import words
from aglais_hub.errors import ServiceDownError
from aglais_hub.loop import Loop
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.tables import BookingRow
    from aglais_hub.web.hub import Hub, Server

__all__ = ["Sweeper"]

log = logging.getLogger(__name__)

AUDIT_EVERY = timedelta(seconds=15)
"""How often the hub's servers are compared with the bookings, apart from when a booking ends."""

STOP, FREE = "stop the server", "free the booking"

PAUSE = timedelta(minutes=1)
"""When no process has swept for longer than this, the platform was down."""

SETTLED = timedelta(minutes=2)
"""How long after a server was asked for its start is over, one way or another."""

STARTING = timedelta(seconds=30)
"""How long a session may be RUNNING before its server is expected to show in the hub."""


class Sweeper:
    """Moves phases by the clock. Safe in several processes at once, and after any pause."""

    def __init__(self, requests: Requests, *, hub: Hub, every: float, absent_after: timedelta) -> None:
        self._database = requests.database
        self._clock = requests.clock
        self._writer = requests.writer
        self._stopped = requests.stopped
        self._absent_after = absent_after
        self._hub = hub
        self._audited: datetime | None = None
        self._suspects: set[tuple[str, str]] = set()
        self.loop = Loop("sweeper", self.sweep, every=every, waits="The sweep waits")

    def sweep(self) -> None:
        """Do what is due by now. Raises ``ServiceDownError`` when the database or the hub does not answer."""
        releasing = self._move_phases()
        now = self._clock.now()
        # A clock that was set back must not stop the audits until it has caught up.
        due = self._audited is None or not timedelta() <= now - self._audited < AUDIT_EVERY
        if releasing or due:
            self._audit()
            self._audited = now

    def _move_phases(self) -> bool:
        """Do all that is due, the longest due first; tells whether any session has still to end."""
        self._writer.run(self._notice_a_pause)
        while self._writer.run(self._fire_due):
            pass
        with self._database.read() as session:
            return bool(BookingStore(session).in_phase([Phase.RELEASING]))

    def _notice_a_pause(self, ledger: Ledger) -> None:
        """Where no one has looked for a while, no one could come either: that time does not count as absence."""
        swept, now = ledger.store.swept(), ledger.now
        if swept is not None and now - swept > PAUSE:
            log.warning("Nothing was done for %s: holders get that time to come.", words(now - swept))
            for timer in ledger.store.timers("absent"):
                timer.due += now - swept
        if swept is None or abs(now - swept) > PAUSE / 4:
            ledger.store.set_swept(now)

    def _fire_due(self, ledger: Ledger) -> bool:
        """Do what is due, as many as one look takes; tells whether there was anything.

        It is done under the lock, with its timer, in one transaction: so once, however many processes sweep.
        """
        timeline = Timeline(ledger, CLOCK, absent_after=self._absent_after)
        due = ledger.store.due(ledger.now)
        for booking_id in dict.fromkeys(timer.booking_id for timer in due):
            row = ledger.store.booking(booking_id)
            kinds = [timer.kind for timer in due if timer.booking_id == booking_id]
            if row is not None:
                self._fire(timeline, row, kinds[0])
        return bool(due)

    def _fire(self, timeline: Timeline, row: BookingRow, kind: str) -> None:
        if kind == "end" and row.outage is not None:
            self._give_back(timeline, row)
            if any(span.start <= timeline.now < span.end for span in row.spans):
                return  # it is longer now
        follower = timeline.follower(row) if kind == "end" and row.phase == Phase.RUNNING else None
        span = current_span(row, timeline.now)
        if kind == "start" and row.phase in (Phase.WAITING, Phase.PREPARING):
            timeline.leads.come(row, span)
        elif kind == "end" and row.phase == Phase.AVAILABLE:
            timeline.finish(row)
        elif kind == "end" and follower is not None:
            timeline.move(row, Phase.COMPLETED, "its server goes on under the next booking")
            if follower.phase in (Phase.WAITING, Phase.PREPARING):
                timeline.move(follower, Phase.AVAILABLE)
            timeline.move(follower, Phase.RUNNING)
        elif kind == "end" and row.phase == Phase.RUNNING:
            timeline.move(row, Phase.RELEASING, "its time is over")
        elif kind == "absent" and row.phase == Phase.AVAILABLE:
            timeline.give_up(row, "nobody came")
        else:
            timeline.set_timers(row, came=True)  # it is no longer due

    def _give_back(self, timeline: Timeline, row: BookingRow) -> None:
        end_outage(timeline, row, stopped=self._stopped(row.cluster))

    def _audit(self) -> None:
        """Compare the hub's servers with the bookings, and mend what does not agree.

        Between the hub's answer and the bookings' there is always a moment, so what looks wrong is mended only when
        two looks in a row agree on it. What is RELEASING needs no second look.
        """
        with self._database.read() as session:
            live = BookingStore(session).in_phase([Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING, Phase.RELEASING])
        servers = self._hub.active()
        now = self._clock.now()
        holders = {row.account for row in live if row.phase != Phase.RELEASING}
        suspects: set[tuple[str, str]] = set()
        to_stop: set[str] = set()
        for name, server in servers.items():
            if name not in holders and server.state == "ready":
                suspects.add((STOP, name))
        for row in live:
            gone = row.account not in servers
            if row.phase == Phase.RELEASING and gone:
                self._settle(row.id, Phase.RELEASING)
            elif row.phase == Phase.RELEASING:
                to_stop.add(row.account)
            elif row.phase == Phase.RUNNING and not gone:
                if self._is_left_alone(row, servers[row.account], now):
                    to_stop.add(row.account)
            elif row.phase == Phase.RUNNING and now - row.modified > STARTING:
                suspects.add((FREE, row.id))
        for action, subject in suspects & self._suspects:
            if action == STOP:
                log.info("Stopping the server of %s: it has no booking.", subject)
                to_stop.add(subject)
            else:
                self._settle(subject, Phase.RUNNING)
        self._suspects = suspects
        self._stop_servers(to_stop)

    def _stop_servers(self, accounts: set[str]) -> None:
        """Stop each one's server, unless it runs under a new booking by now; one that fails does not save the next."""
        failed: ServiceDownError | None = None
        for account in sorted(accounts):
            with self._database.read() as session:
                if BookingStore(session).of_account(account, [Phase.RUNNING]):
                    continue
            try:
                self._hub.stop_server(account)
            except ServiceDownError as error:
                failed = error
        if failed is not None:
            raise failed

    def _end_outage(self, booking_id: str) -> None:
        """A booking has a server again."""

        def end(ledger: Ledger) -> None:
            row = ledger.store.booking(booking_id)
            if row is not None and row.phase == Phase.RUNNING and row.outage is not None:
                self._give_back(Timeline(ledger, CLOCK, absent_after=self._absent_after), row)

        self._writer.run(end)

    def _is_left_alone(self, row: BookingRow, server: Server, now: datetime) -> bool:
        """Look at a server under its booking; whether it was made ready and nobody has come for so long."""
        if row.outage is not None and server.state == "ready":
            self._end_outage(row.id)
        if row.served is None or not self._absent_after:
            return False
        start = current_span(row, now).start
        # The hub takes the start of a server for activity of its account.
        came = server.seen is not None and server.seen > max(start, row.served + SETTLED)
        if came or now < start + self._absent_after:
            return False
        self._settle(row.id, Phase.RUNNING, nobody_came=True)
        return True

    def _settle(self, booking_id: str, expected: Phase, *, nobody_came: bool = False) -> None:
        """The server of a booking is gone, or to go since nobody came for it."""

        def settle(ledger: Ledger) -> None:
            timeline = Timeline(ledger, CLOCK, absent_after=self._absent_after)
            row = ledger.store.booking(booking_id)
            if row is not None and row.phase == expected:
                if expected is Phase.RUNNING:
                    timeline.move(row, Phase.AVAILABLE)
                    if nobody_came:
                        timeline.give_up(row, "nobody came")
                else:
                    timeline.finish(row, row.reason)

        self._writer.run(settle)
