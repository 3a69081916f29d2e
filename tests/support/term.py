"""A term at a university, simulated on the real services with a clock that is moved: seeded, so each run is the same.

People book for the days ahead, change their minds, come or don't, stay longer or leave early; operators add and take
capacity. What is granted, claimed and used is written down hour by hour, and every answer about what is free can be
compared with a count of one's own, made from nothing but the answers that people got.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from aglais_hub.bookings.service import sweep
from aglais_hub.clock import ManualClock
from aglais_hub.errors import ConflictError, RefusedError
from aglais_hub.web.hub import Server
from aglais_hub.wire.bookings import Booking, BookingEdit, BookingRequest, SessionEnd, SessionRequest
from aglais_hub.wire.packages import PackageRequest
from aglais_hub.wire.resources import GrantRequest
from aglais_hub.wiring import Parts, wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aglais_hub.settings import Settings

__all__ = ["BEGIN", "CLUSTERS", "Hour", "Servers", "Term"]

BEGIN = datetime(2027, 9, 20, tzinfo=UTC)
"""A Monday; clocks are set back in the sixth week."""

HOUR = timedelta(hours=1)
CLUSTERS = ("archive", "local", "north")
PACKAGES = {f"p{number:02}": number for number in (1, 2, 3, 4, 6, 8, 10, 12, 16, 24)}
"""Cores of each; 4 GiB to a core."""

SIZES = {"archive": 16, "local": 24, "north": 40}


class Servers:
    """The hub's part in it: which accounts have a server. A thousand real ones would not fit on one machine."""

    def __init__(self) -> None:
        self.running: set[str] = set()

    def servers(self) -> dict[str, str]:
        return dict.fromkeys(self.running, "ready")

    def active(self) -> dict[str, Server]:
        return dict.fromkeys(self.running, Server("ready", None))

    def stop_server(self, account: str) -> None:
        self.running.discard(account)

    def end_sessions(self, account: str) -> None:
        """Nobody has a browser here."""

    def delete_user(self, account: str) -> None:
        """Nor a name at the hub."""

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Hour:
    """Thousandths of cores at an hour, over all clusters."""

    start: datetime
    granted: int
    claimed: int
    used: int


@dataclass
class Term:
    """``people`` and ``weeks`` scale it; ``per_day`` is how many bookings each makes in a day, on average."""

    settings: Settings
    people: int = 1000
    weeks: int = 16
    per_day: float = 0.05
    seed: int = 2027
    hours: list[Hour] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.clock = ManualClock(BEGIN)
        self.hub = Servers()
        self.parts: Parts = wire(self.settings, clock=self.clock, hub=self.hub)  # type: ignore[arg-type]
        self.bookings: dict[str, Booking] = {}
        self.grants: list[tuple[str, datetime, datetime, int]] = []
        self.used_until: dict[str, datetime] = {}
        self.scale = self.people / 1000
        # An hour is this clock's smallest step: it is no pause in which nobody could come.
        self._pause, sweep.PAUSE = sweep.PAUSE, 2 * HOUR

    def close(self) -> None:
        sweep.PAUSE = self._pause
        for database in self.parts.databases:
            database.dispose()

    def run(self) -> Iterator[Hour]:
        """Live through it, hour by hour; between two hours the caller may look at everything."""
        for name, cores in PACKAGES.items():
            self.parts.packages.create(PackageRequest(name=name, notebook_cores=cores, notebook_memory=cores * 4096))
        end = BEGIN + timedelta(weeks=self.weeks)
        for cluster, cores in SIZES.items():
            self._grant(cluster, BEGIN - HOUR, end + timedelta(weeks=4), max(4, int(cores * self.scale)))
        while self.clock.now() < end:
            self._hour()
            yield self._write_down()
            self.clock.move(HOUR)
            self.parts.sweeper.sweep()

    # ---- what happens

    def _hour(self) -> None:
        now = self.clock.now()
        self._see_what_time_did(now)
        if now.weekday() == 0 and now.hour == 6:
            self._change_capacity(now)
        busy = 1.0 if 7 <= now.hour < 19 else 0.1
        for _ in range(self._number(self.people * self.per_day / 13.2 * busy)):
            self._book(now, f"person{self.chance.randrange(self.people)}")
        self._come_and_go(now)
        mine = [one for one in self.bookings.values() if one.end > now]
        for _ in range(self._number(len(mine) * 0.004)):
            self._change_mind(self.chance.choice(mine))

    def _number(self, mean: float) -> int:
        return int(mean) + (self.chance.random() < mean - int(mean))

    def _grant(self, cluster: str, start: datetime, end: datetime, cores: int) -> None:
        request = GrantRequest.model_validate({
            "cluster": cluster, "startdate": start.isoformat(), "enddate": end.isoformat(),
            "cores": cores, "memory": cores * 4096,
        })  # fmt: skip
        try:
            self.parts.capacity.create(request, "operator")
        except ConflictError:
            self.counts["blackouts refused"] += 1
        else:
            self.grants.append((cluster, start, end, cores * 1000))
            self.counts["grants"] += 1

    def _change_capacity(self, now: datetime) -> None:
        cluster = self.chance.choice(CLUSTERS)
        start = now + timedelta(hours=self.chance.randrange(24, 240))
        share = self.chance.choice([-0.5, -0.25, 0.25, 0.5])
        cores = int(SIZES[cluster] * self.scale * share)
        if cores:
            self._grant(cluster, start, start + timedelta(hours=self.chance.randrange(12, 400)), cores)

    def _book(self, now: datetime, who: str) -> None:
        start = now + timedelta(minutes=15 * self.chance.randrange(0, 480))
        request = BookingRequest.model_validate({
            "package": self.chance.choices(list(PACKAGES), [1 / (n + 1) for n in range(10)])[0],
            "startdate": start.isoformat(),
            "duration": f"PT{15 * self.chance.randrange(2, 40)}M",
        })  # fmt: skip
        try:
            self._know(self.parts.bookings.create(request, who, None))
            self.counts["booked"] += 1
        except RefusedError as refusal:
            self.counts["refused"] += 1
            for offer in refusal.offers:
                self._know(offer)
            if refusal.offers and self.chance.random() < 0.7:
                offer = self.chance.choice(list(refusal.offers))
                taken = self.parts.bookings.edit(offer.id, BookingEdit.model_validate({"phase": "ACCEPTED"}), who, who)
                self.counts["offers taken"] += 1
                self._know(taken)
                self._forget(other.id for other in refusal.offers if other.id != offer.id)

    def _change_mind(self, one: Booking) -> None:
        what = self.chance.choice(["extend", "extend", "shorten", "move", "cancel"])
        now = self.clock.now()
        if one.id not in self.bookings or one.phase == "OFFERED":
            return
        if what == "cancel":
            self.parts.bookings.end(one.id, None, one.account)
            self.counts["cancelled"] += 1
            self._forget([one.id])
            return
        change: dict[str, object] = {what: "PT45M"}
        if what == "move":
            change = {"startdate": (max(one.start, now) + timedelta(hours=self.chance.randrange(1, 48))).isoformat()}
        shorter = one.end - timedelta(minutes=45)
        if (what == "move" and one.start <= now) or (what == "shorten" and shorter <= max(one.spans[-1].start, now)):
            return
        offers = [held.id for held in self.bookings.values() if held.account == one.account and held.phase == "OFFERED"]
        try:
            self._know(self.parts.bookings.edit(one.id, BookingEdit.model_validate(change), None, one.account))
            self.counts[f"{what} done"] += 1
            self._forget(offers)
        except RefusedError as refusal:
            self.counts[f"{what} refused"] += 1
            self._forget(offers)
            for offer in refusal.offers:
                self._know(offer)

    def _come_and_go(self, now: datetime) -> None:
        """Of those whose time begins now most come, and stay for as long as they like."""
        for account in [account for account, until in self.used_until.items() if until <= now]:
            del self.used_until[account]
            if account in self.hub.running:
                self.hub.running.discard(account)
                mine = [one for one in self.bookings.values() if one.account == account]
                if mine:
                    self.parts.sessions.stop(mine[0].id, SessionEnd())
        for one in list(self.bookings.values()):
            if one.phase == "OFFERED" or one.account in self.hub.running:
                continue
            if any(span.start <= now < min(span.end, span.start + HOUR) for span in one.spans):
                if self.chance.random() < 0.15:
                    self.counts["did not come"] += 1
                    continue
                session = self.parts.sessions.start(SessionRequest(account=one.account))
                self.counts["sessions"] += 1
                self._know(session)
                self.hub.running.add(session.account)
                self.used_until[session.account] = now + HOUR * self.chance.randrange(1, 10)

    # ---- what is known

    def _know(self, booking: Booking) -> None:
        self.bookings[booking.id] = booking

    def _forget(self, ids: Iterable[str]) -> None:
        for booking_id in ids:
            self.bookings.pop(booking_id, None)

    def _see_what_time_did(self, now: datetime) -> None:
        """Offers lapse; who did not come for two hours has given back the rest; what is over is forgotten."""
        for one in list(self.bookings.values()):
            if one.phase == "OFFERED" or one.end <= now:
                self._forget([one.id])
            elif one.start <= now and (one.phase != "RUNNING" or one.account not in self.hub.running):
                known = self.parts.bookings.get(one.id, None)
                self._know(known)
                if known.phase in ("EXPIRED", "COMPLETED", "CANCELLED"):
                    self.counts["given back"] += known.phase == "EXPIRED"
                    self._forget([one.id])

    def free(self, cluster: str, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
        """Thousandths of cores that are free from each instant on at which that changes, counted by hand."""
        changes: Counter[datetime] = Counter({start: 0})
        for name, first, last, cores in self.grants:
            if name == cluster and first < end and last > start:
                changes[max(first, start)] += cores
                changes[last] -= cores
        for first, last, cores in self.claimed(cluster):
            if first < end and last > start:
                changes[max(first, start)] -= cores
                changes[last] += cores
        cuts = sorted(cut for cut in changes if cut < end)
        return list(zip(cuts, accumulate(changes[cut] for cut in cuts), strict=True))

    def claimed(self, cluster: str) -> Iterator[tuple[datetime, datetime, int]]:
        """What is claimed from when to when: for an account's offers, of which it takes one, as much as the largest."""
        offers: dict[str, list[tuple[datetime, datetime, int]]] = {}
        for one in self.bookings.values():
            if one.cluster == cluster:
                pieces = [(span.start, span.end, int(one.resources.cores * 1000)) for span in one.spans]
                if one.phase == "OFFERED":
                    offers.setdefault(one.account, []).extend(pieces)
                else:
                    yield from pieces
        for pieces in offers.values():
            for first, last in pairwise(sorted({cut for piece in pieces for cut in piece[:2]})):
                yield first, last, max((most for start, end, most in pieces if start <= first < end), default=0)

    def compare(self, ahead: timedelta) -> None:
        """Raise ``AssertionError`` where the services say anything else, or more is claimed than there is."""
        start = self.clock.now()
        asked = f"{start.isoformat()},{(start + ahead).isoformat()}"
        for cluster in CLUSTERS:
            said = self.parts.availability.available(range=asked, grain="hour", tz="UTC", cluster=cluster).rows
            free = self.free(cluster, start, start + ahead)
            assert min(cores for _, cores in free) >= 0, f"{cluster} is over-claimed"
            instants = [cut for cut, _ in free]
            for row in said:
                first, last = bisect_right(instants, row.start) - 1, bisect_left(instants, row.end)
                assert int(row.resources.cores * 1000) == min(cores for _, cores in free[first:last]), (cluster, row)
                for name, cores in PACKAGES.items():
                    assert row.packages[name] == max(0, int(row.resources.cores)) // cores, (cluster, row)

    def _write_down(self) -> Hour:
        now = self.clock.now()
        granted = sum(cores for _, start, end, cores in self.grants if start <= now < end)
        free = sum(self.free(cluster, now, now + HOUR)[0][1] for cluster in CLUSTERS)
        used = sum(
            int(one.resources.cores * 1000)
            for one in self.bookings.values()
            if one.account in self.hub.running and any(span.start <= now < span.end for span in one.spans)
        )
        self.hours.append(Hour(now, granted, granted - free, used))
        return self.hours[-1]
