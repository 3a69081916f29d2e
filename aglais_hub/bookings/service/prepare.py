"""Has the hub start the labs of bookings that are PREPARING, sees whether they run, and stops those given up since."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.service.leads import READY, STOPPED
from aglais_hub.bookings.service.timeline import CLOCK, Timeline, current_span
from aglais_hub.bookings.store import BookingStore
from aglais_hub.errors import ServiceDownError
from aglais_hub.loop import Loop
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.tables import BookingRow
    from aglais_hub.web.hub import Hub

__all__ = ["Preparer"]

log = logging.getLogger(__name__)

BETWEEN = timedelta(seconds=10)
"""Between two tries to start one lab."""

STARTING = timedelta(seconds=30)
"""How long after the services were asked for a server it is expected to show in the hub."""


class Preparer:
    """Starts labs ahead, ``at_once`` at a time. Safe in several processes: the hub starts one server for an account."""

    def __init__(self, requests: Requests, *, hub: Hub, every: float, at_once: int) -> None:
        self._database = requests.database
        self._clock = requests.clock
        self._writer = requests.writer
        self._hub = hub
        self._at_once = at_once
        self._tried: dict[str, datetime] = {}
        self.loop = Loop("preparer", self.look, every=every, waits="Labs are made ready later")

    def look(self) -> None:
        """Do what is to be done now; returns once the hub has answered. Raises ``ServiceDownError``."""
        with self._database.read() as session:
            store = BookingStore(session)
            left = store.left_behind()
            preparing = store.in_phase([Phase.PREPARING])
            accounts = {row.account for row in (*left, *preparing)}
            busy = {row.account for row in store.live(accounts) if row.phase == Phase.RUNNING} if accounts else set()
        self._tried = {row.id: self._tried[row.id] for row in preparing if row.id in self._tried}
        unsure = [row for row in preparing if row.served is None or row.reason != READY or row.account in busy]
        if not left and not unsure:
            return
        servers = self._hub.servers()
        self._clear(left, servers, {row.account for row in preparing if row.served is not None} | busy)
        to_start = [row for row in unsure if self._is_to_start(row, servers, busy)]
        room = self._at_once - list(servers.values()).count("starting")
        to_start.sort(key=lambda row: (row.start, row.created, row.id))
        self._start(to_start[: max(0, room)])

    def _clear(self, left: list[BookingRow], servers: dict[str, str], used: set[str]) -> None:
        """Stop the servers of bookings that were given up, and forget those that are gone or another booking's now."""
        for row in left:
            if row.account in servers and row.account not in used:
                self._hub.stop_server(row.account)
            else:
                self._change(row, lambda _timeline, row: setattr(row, "served", None))

    def _is_to_start(self, row: BookingRow, servers: dict[str, str], busy: set[str]) -> bool:
        """Whether its server is to be asked for; what is seen of the others is written down."""
        server, now = servers.get(row.account), self._clock.now()
        if row.account in busy:
            self._change(row, lambda timeline, row: timeline.leads.put_off(row, current_span(row, timeline.now)))
        elif row.served is None:
            return server is None and now - self._tried.get(row.id, datetime.min.replace(tzinfo=now.tzinfo)) >= BETWEEN
        elif server == "ready":
            self._change(row, lambda timeline, row: timeline.leads.note(row, READY))
        elif server is None and now - row.served > STARTING:
            self._change(row, _lost)
        return False

    def _start(self, rows: list[BookingRow]) -> None:
        if not rows:
            return
        with ThreadPoolExecutor(len(rows), "start") as pool:
            answers = list(pool.map(self._ask, rows))
        for row, said in zip(rows, answers, strict=True):
            self._tried[row.id] = self._clock.now()
            if said:
                log.warning("The lab of booking %s of %s did not start: %s", row.id, row.account, said)
                self._change(row, lambda timeline, row, said=said: timeline.leads.failed(row, said))  # type: ignore[misc]

    def _ask(self, row: BookingRow) -> str:
        try:
            return self._hub.start_server(row.account, {"booking": row.id})
        except ServiceDownError as error:
            return error.message

    def _change(self, seen: BookingRow, change: Callable[[Timeline, BookingRow], None]) -> None:
        """Change a booking, unless it has been changed since it was looked at."""

        def work(ledger: Ledger) -> None:
            row = ledger.store.booking(seen.id)
            if row is not None and (row.phase, row.served) == (seen.phase, seen.served):
                change(Timeline(ledger, CLOCK), row)

        self._writer.run(work)


def _lost(timeline: Timeline, row: BookingRow) -> None:
    row.served = None
    timeline.leads.note(row, STOPPED)
