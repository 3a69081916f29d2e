"""Time passes: what is due is done, in the order ends before starts, and servers that outlived theirs are stopped."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.service.timeline import Timeline
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.tables import BookingRow
from aglais_hub.errors import ServiceDownError
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.web.hub import Hub

__all__ = ["Sweeper"]

log = logging.getLogger(__name__)

AUDIT_EVERY = timedelta(seconds=15)
"""How often the hub's servers are compared with the bookings, apart from when a booking ends."""

STOP, FREE = "stop the server", "free the booking"

STARTING = timedelta(seconds=30)
"""How long a session may be RUNNING before its server is expected to show in the hub."""


class Sweeper:
    """Moves phases by the clock. Safe in several processes at once, and after any pause."""

    def __init__(self, *, database: Database, clock: Clock, hub: Hub, every: float) -> None:
        self._database = database
        self._clock = clock
        self._hub = hub
        self._every = every
        self._audited: datetime | None = None
        self._suspects: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin to sweep in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, where there is one; returns once it has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.sweep()
            except ServiceDownError as error:
                log.warning("The sweep waits: %s", error.message)
            except Exception:
                log.exception("The sweep failed; it is tried again.")

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
        """Expire, end and start what is due; tells whether any session has still to end."""
        with self._database.write() as session:
            timeline = Timeline(BookingStore(session), self._clock.now())
            store, now = timeline.store, timeline.now
            for row in store.due([Phase.OFFERED], BookingRow.expires, now):
                timeline.move(row, Phase.EXPIRED)
            for row in store.due([Phase.AVAILABLE, Phase.WAITING], BookingRow.end, now):
                timeline.move(row, Phase.COMPLETED)
            for row in store.due([Phase.RUNNING], BookingRow.end, now):
                timeline.move(row, Phase.RELEASING, "its time is over")
            for row in store.due([Phase.WAITING], BookingRow.start, now):
                timeline.move(row, Phase.AVAILABLE)
            return bool(store.in_phase([Phase.RELEASING]))

    def _audit(self) -> None:
        """Compare the hub's servers with the bookings, and mend what does not agree.

        Between the hub's answer and the bookings' there is always a moment, so what looks wrong is mended only when
        two looks in a row agree on it. What is RELEASING needs no second look.
        """
        with self._database.read() as session:
            live = BookingStore(session).in_phase([Phase.AVAILABLE, Phase.RUNNING, Phase.RELEASING])
        servers = self._hub.servers()
        now = self._clock.now()
        holders = {row.account for row in live if row.phase != Phase.RELEASING}
        suspects: set[tuple[str, str]] = set()
        to_stop: set[str] = set()
        for name, state in servers.items():
            if name not in holders and state == "ready":
                suspects.add((STOP, name))
        for row in live:
            gone = row.account not in servers
            if row.phase == Phase.RELEASING and gone:
                self._settle(row.id, Phase.COMPLETED)
            elif row.phase == Phase.RELEASING:
                to_stop.add(row.account)
            elif row.phase == Phase.RUNNING and gone and now - row.modified > STARTING:
                suspects.add((FREE, row.id))
        for action, subject in suspects & self._suspects:
            if action == STOP:
                log.info("Stopping the server of %s: it has no booking.", subject)
                to_stop.add(subject)
            else:
                self._settle(subject, Phase.AVAILABLE)
        self._suspects = suspects
        self._stop_servers(to_stop)

    def _stop_servers(self, accounts: set[str]) -> None:
        """Stop each one's server, unless it runs under a new booking by now; one that fails does not save the next."""
        failed: ServiceDownError | None = None
        for account in sorted(accounts):
            with self._database.read() as session:
                if BookingStore(session).is_running(account):
                    continue
            try:
                self._hub.stop_server(account)
            except ServiceDownError as error:
                failed = error
        if failed is not None:
            raise failed

    def _settle(self, booking_id: str, phase: Phase) -> None:
        with self._database.write() as session:
            timeline = Timeline(BookingStore(session), self._clock.now())
            row = timeline.store.booking(booking_id, lock=True)
            expected = Phase.RELEASING if phase is Phase.COMPLETED else Phase.RUNNING
            if row is not None and row.phase == expected:
                timeline.move(row, phase, row.reason)
