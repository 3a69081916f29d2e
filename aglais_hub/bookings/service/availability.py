"""What is free over time, in columns: thousands of rows are asked for at once."""

from __future__ import annotations

import time
from bisect import bisect_right
from itertools import repeat
from operator import add, floordiv
from typing import TYPE_CHECKING

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import Need, Piece, Step, Terms, amount_at, steps
from aglais_hub.bookings.store import BookingStore, amount_of
from aglais_hub.bookings.times import check_grain, cuts, parse_range, parse_zone
from aglais_hub.bookings.tree import DAY, HOUR, INSTANT, QUARTER, WIDTHS, Profile, stretches
from aglais_hub.database.types import to_microseconds
from aglais_hub.errors import InvalidValueError, NotFoundError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import Sharing, Span
from aglais_hub.wire.resources import MOST, AvailableColumns, Resources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.bookings.service.requests import Requests

__all__ = ["CUSTOM", "AvailabilityService"]

CUSTOM = "custom"
"""How the count of a custom set of resources is called; no package may have that name."""

MOMENT_SECONDS = 0.4

Part = tuple[Amount, Amount]
"""The least that is left throughout a part of a row, and what is granted then."""

ALL = range(len(Amount._fields))

MOST_CORES = MOST // 1000 * 1000


class AvailabilityService:
    """Tells what is free."""

    def __init__(self, requests: Requests) -> None:
        self._database = requests.database
        self._clock = requests.clock
        self._writer = requests.writer
        self._packages = requests.packages
        self._vouching = requests.vouching
        self._looked = (float("-inf"), 0)
        # Most platforms count no more than these: to read zeros of all others would cost more than all the rest.
        self._counted: Sequence[int] = (Amount._fields.index("cores"), Amount._fields.index("memory"))

    def available(
        self,
        *,
        range: str | None,
        grain: str,
        tz: str,
        package: str | None = None,
        cluster: str | None = None,
        sharing: Sharing = "managed",
        custom: Resources | None = None,
    ) -> AvailableColumns:
        """What is free in each row of the range: the least of every instant in it, over one cluster or all.

        Over several clusters the amounts and counts are added up; a package must fit into one of them. Nothing is free
        on a cluster that takes no bookings for now. A ``custom`` set of resources is counted as the package ``custom``.
        """
        zone, grain = parse_zone(tz), check_grain(grain)
        span = parse_range(range, zone=zone, now=self._clock.now())
        edges = cuts(span, grain, zone)
        needs = self._needs(package, custom)
        total: list[list[int]] = []
        counts: dict[str, list[int]] = {}
        stopped = self._vouching.unverified()
        for terms, columns, parts in self._read(span, edges, cluster, sharing):
            if terms.name in stopped:
                continue
            total = [list(map(add, *both)) for both in zip(total, columns, strict=True)] if total else columns
            for name, amount in needs.items():
                counted = _count(columns, Need(amount, sharing), terms, parts)
                counts[name] = list(map(add, counts[name], counted)) if name in counts else counted
        if not total:  # there is no cluster, or none that takes bookings
            total = [[0] * (len(edges) - 1) for _ in Amount._fields]
            counts = dict.fromkeys(needs, total[0])
        most = [MOST_CORES, *repeat(MOST, len(total) - 1)]
        resources = dict(zip(Amount._fields, map(_clipped, total, most), strict=True))
        return AvailableColumns(grain, tz, list(map(isoformat, edges)), resources, counts)

    def change(self) -> int:
        """The number of the last change of the timeline."""
        with self._database.read() as session:
            return BookingStore(session).change()

    def recent_change(self) -> int:
        """The same as of a moment ago: one look at the database serves all who listen."""
        looked, change = self._looked
        if time.monotonic() - looked > MOMENT_SECONDS:
            change = self.change()
            self._looked = time.monotonic(), change
        return change

    def _needs(self, package: str | None, custom: Resources | None) -> dict[str, Amount]:
        if custom is not None:
            if package is not None:
                raise InvalidValueError("Give a package or resources, not both.", field="package")
            return {CUSTOM: Amount.of(custom)}
        packages = [self._packages.get(package)] if package else self._packages.select().rows
        return {found.name: Amount.of(found.size.resources) for found in packages}

    def _read(
        self, span: Span, instants: Sequence[datetime], cluster: str | None, sharing: Sharing
    ) -> list[tuple[Terms, list[list[int]], list[list[Part]]]]:
        """For each cluster its terms, the least that is left in each row, and for ``reserved`` each row's parts."""
        edges = list(map(to_microseconds, instants))
        view = self._database.snapshot if sharing == "reserved" else self._database.read
        while True:
            resources = self._counted
            with view() as session:
                store = BookingStore(session)
                granted = _granted(store, span, cluster) if sharing == "reserved" else {}
                level = INSTANT if any(len(steps) > 1 for steps in granted.values()) else _level(edges)
                wanted = stretches(edges[0], edges[-1], level)
                look = store.look(cluster, wanted, [Amount._fields[number] for number in resources], self._clock.now())
            if not look.is_whole:
                self._counted = ALL
            elif look.is_due:
                self._writer.run(lambda _ledger: None)  # whoever changes the timeline lets expired offers go first
            else:
                break
        if cluster is not None and not look.nodes:
            raise NotFoundError(f"There is no cluster {cluster!r}.", field="cluster", help="See clusters/select.")
        found: list[tuple[Terms, list[list[int]], list[list[Part]]]] = []
        for terms, nodes in look.nodes:
            profile = Profile.build(edges[0], edges[-1], level, nodes, resources)
            parts = _parts(profile, edges, granted.get(terms.name, []))
            found.append((terms, profile.least(edges), parts))
        return found


def _level(edges: Sequence[int]) -> int:
    """The coarsest level on whose edges all inner edges lie."""
    inner = edges[1:-1]
    for level in (DAY, HOUR, QUARTER):
        if not any(edge % WIDTHS[level] for edge in inner):
            return level
    return INSTANT


def _granted(store: BookingStore, span: Span, cluster: str | None) -> dict[str, list[Step]]:
    """What each cluster has at every time."""
    granted: dict[str, list[Step]] = {}
    for terms in store.terms():
        if cluster in (None, terms.name):
            entries = store.overlapping(terms.name, span, is_grant=True)
            found = steps([Piece(entry.start, entry.end, amount_of(entry)) for entry in entries], span)
            granted[terms.name] = [step for n, step in enumerate(found) if not n or step.left != found[n - 1].left]
    return granted


def _parts(profile: Profile, edges: list[int], granted: list[Step]) -> list[list[Part]]:
    """Each row in parts throughout which as much is granted: how large a reserved server is depends on that."""
    if not granted:
        return []
    starts = [to_microseconds(step.start) for step in granted]
    cuts = sorted({*edges, *starts})
    lows = map(Amount._make, zip(*profile.least(cuts), strict=True))
    found: list[list[Part]] = [[] for _ in edges[1:]]
    for cut, low in zip(cuts, lows, strict=False):
        have = granted[bisect_right(starts, cut) - 1].left
        found[bisect_right(edges, cut) - 1].append((low, have))
    return found


def _count(columns: list[list[int]], need: Need, terms: Terms, exact: list[list[Part]]) -> list[int]:
    """How many of ``need`` fit at once in each row."""
    if need.sharing == "reserved":
        return [min(low.times(amount_at(need, terms, have)) for low, have in parts) for parts in exact]
    one = amount_at(need, terms, ZERO)
    fits = [map(floordiv, column, repeat(want)) for column, want in zip(columns, one, strict=True) if want > 0]
    if not fits:
        return [0] * len(columns[0])
    least = list(map(min, *fits) if len(fits) > 1 else fits[0])
    return least if min(least) >= 0 else [max(0, have) for have in least]


def _clipped(column: list[int], most: int) -> list[int]:
    """What many grants add up to beyond ``most`` shows as that."""
    if -most <= min(column) and max(column) <= most:
        return column
    return [min(most, max(-most, value)) for value in column]
