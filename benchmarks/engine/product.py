"""The product with so many bookings on record: its services, on a database of their own that is filled at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import text

from aglais_hub.bookings.verify import verify
from aglais_hub.clock import ManualClock
from aglais_hub.database import Database
from aglais_hub.errors import RefusedError
from aglais_hub.web.hub import Hub
from aglais_hub.wire.bookings import Booking, BookingRequest
from aglais_hub.wire.resources import AvailableColumns, GrantRequest
from aglais_hub.wiring import Parts, wire
from benchmarks.engine.bulk import settle
from benchmarks.engine.filling import fill_timeline
from benchmarks.engine.rows import END, GIB_PER_CORE, HOUR, MONTH, NOW, START, Ints, Rows, micros
from tests.support.templates import prepare, settings_at

__all__ = ["Product"]

CLUSTER = "local"
SPARE = 4
"""Cores that are left at the busiest instant to come: a medium fits everywhere, a large does not."""


GRANTED = 'SELECT start, "end", -cores FROM grants'
CLAIMED = """
    SELECT spans.start, spans."end", bookings.cores FROM spans JOIN bookings ON bookings.id = spans.booking_id
    WHERE bookings.phase NOT IN ('REJECTED', 'EXPIRED', 'CANCELLED', 'FAILED')"""


class Product:
    """The services, with ``rows`` on record, at the address ``url`` or in ``folder``."""

    def __init__(self, folder: Path, url: str, rows: Rows, hub: Hub) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = settings_at(folder, url)
        prepare(self.settings)
        self.clock = ManualClock(NOW)
        self.parts: Parts = wire(self.settings, clock=self.clock, hub=hub)
        self.rows = rows
        self._random = random.Random(len(rows))

    @property
    def database(self) -> Database:
        """The one with the timeline."""
        return self.parts.requests.database

    def close(self) -> None:
        """Close every connection; the hub's is not ours."""
        for database in self.parts.databases:
            database.dispose()

    # ---- filling

    @property
    def granted(self) -> tuple[int, int]:
        """Cores that are granted until now, and from now on."""
        past, ahead = self._most(START, NOW), self._most(NOW, END)
        return past + SPARE, ahead + SPARE

    def _most(self, start: datetime, end: datetime) -> int:
        return int(self.rows.most_within(np.array([micros(start), micros(end)]))[0])

    def load(self) -> None:
        """Grant and book all of it; the tree over it is built by the ledger's own repair."""
        for (start, end), cores in zip([(START, NOW), (NOW, END)], self.granted, strict=True):
            self.grant(cores, start, end)
        fill_timeline(self.database, CLUSTER, self.rows)
        settle(self.database)
        # The tree over all of it is made by the ledger's own repair.
        verify(self.database, repair=True, clock=self.clock)
        settle(self.database)

    def grant(self, cores: int, start: datetime, end: datetime) -> None:
        """Grant so many cores, and the memory that goes with them."""
        self.parts.capacity.create(
            GrantRequest(
                cluster=CLUSTER,
                startdate=start.isoformat(),
                enddate=end.isoformat(),
                cores=cores,
                memory=cores * GIB_PER_CORE * 1024,
            ),
            by="bench",
        )

    # ---- what is measured

    def available(self, grain: str) -> AvailableColumns:
        """The month by ``grain``, for all packages."""
        start, end = MONTH
        return self.parts.availability.available(
            range=f"{start:%Y-%m-%d},{end - timedelta(days=1):%Y-%m-%d}", grain=grain, tz="UTC"
        )

    def answer(self, grain: str) -> str:
        """The same, written out as it goes over the network."""
        return self.available(grain).json()

    def expected(self, slots: Ints) -> list[int]:
        """The cores that are left in each slot, by brute force over the rows; the slots lie ahead."""
        return [self.granted[1] - taken for taken in self.rows.most_within(slots).tolist()]

    def busiest(self) -> datetime:
        """A full hour near which the least is left, at least a week ahead and a month before the end."""
        slots = np.arange(micros(NOW + timedelta(days=7)), micros(END - timedelta(days=30)), HOUR)
        at = int(slots[int(self.rows.most_within(slots).argmax())])
        return datetime.fromtimestamp(at / 1_000_000, UTC)

    def book(self, account: str, start: datetime, duration: str, package: str = "tiny") -> None:
        """Make a booking."""
        request = BookingRequest(package=package, startdate=start.isoformat(), duration=duration)
        self.parts.bookings.create(request, account, None)

    def refused(self) -> list[Booking]:
        """Ask for what does not fit; gives the offers that come with the refusal."""
        start = self.busiest() - timedelta(hours=2)
        request = BookingRequest(package="large", startdate=start.isoformat(), duration="PT4H")
        try:
            self.parts.bookings.create(request, f"asking-{self._random.random()}", None)
        except RefusedError as error:
            return list(error.offers)
        raise AssertionError("what should not fit was booked")

    def write(self, number: int, more: Callable[[], bool]) -> int:
        """What one writer does: book hours at random, one after the other."""
        mine = random.Random(self._random.random() + number)
        quarters = (END - NOW) // timedelta(minutes=15) - 8
        made = 0
        while more():
            start = NOW + mine.randrange(1, quarters) * timedelta(minutes=15)
            self.book(f"writer-{number}-{made // 20}", start, "PT1H")
            made += 1
        return made

    def verify(self) -> None:
        """What ``aglais ledger verify`` does; raises ``AssertionError`` where it finds something."""
        report = verify(self.database, clock=self.clock)
        if report.faults:
            raise AssertionError(f"{len(report.faults)} faults, such as: {report.faults[:3]}")

    def most_over_claimed(self) -> int:
        """The thousandths of a core that are claimed beyond what is granted, at the worst instant; by brute force."""
        with self.database.read() as session:
            amounts = [*session.execute(text(GRANTED)), *session.execute(text(CLAIMED))]
        start, end, cores = np.array(amounts, dtype=np.int64).T
        return Rows(start, end, cores, cores).most
