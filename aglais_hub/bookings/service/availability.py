"""What is free over time, in columns: thousands of rows are asked for at once."""

from __future__ import annotations

import time
from decimal import Decimal
from itertools import repeat
from operator import add, floordiv
from typing import TYPE_CHECKING, Any

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import Need, Piece, Terms, amount_at, steps
from aglais_hub.bookings.store import DUE_HOLD, BookingStore, amount_of
from aglais_hub.bookings.times import check_grain, parse_range, parse_zone, slots
from aglais_hub.bookings.tree import DAY, HOUR, INSTANT, QUARTER, WIDTHS, Profile, stretches
from aglais_hub.database.types import to_microseconds
from aglais_hub.errors import InvalidValueError, NotFoundError
from aglais_hub.wire.bookings import Sharing, Span
from aglais_hub.wire.resources import MOST, Available, AvailableRow, Resources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.bookings.service.requests import PackageReader
    from aglais_hub.bookings.service.writer import Writer
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database

__all__ = ["CUSTOM", "AvailabilityService"]

CUSTOM = "custom"
"""How the count of a custom set of resources is called; no package may have that name."""

MOMENT_SECONDS = 0.4

MOST_CORES = MOST // 1000 * 1000


class AvailabilityService:
    """Tells what is free."""

    def __init__(self, *, database: Database, clock: Clock, writer: Writer, packages: PackageReader) -> None:
        self._database = database
        self._clock = clock
        self._writer = writer
        self._packages = packages
        self._looked = (float("-inf"), 0)

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
    ) -> Available:
        """What is free in each row of the range: the least of every instant in it, over one cluster or all.

        Over several clusters the amounts and counts are added up; a package must fit into one of them. A ``custom`` set
        of resources is counted as the package ``custom``.
        """
        zone, grain = parse_zone(tz), check_grain(grain)
        span = parse_range(range, zone=zone, now=self._clock.now())
        rows = slots(span, grain, zone)
        needs = self._needs(package, custom)
        total = [[0] * len(rows) for _ in Amount._fields]
        counts = {name: [0] * len(rows) for name in needs}
        for terms, columns, granted in self._read(span, rows, cluster, sharing):
            total = [list(map(add, one, other)) for one, other in zip(total, columns, strict=True)]
            for name, amount in needs.items():
                counted = _count(columns, Need(amount, sharing), terms, granted)
                counts[name] = list(map(add, counts[name], counted))
        return Available(range=(span.start, span.end), grain=grain, tz=tz, rows=_rows(rows, total, counts))

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
        self, span: Span, rows: Sequence[Span], cluster: str | None, sharing: Sharing
    ) -> list[tuple[Terms, list[list[int]], list[list[Amount]]]]:
        """For each cluster its terms, the least that is left in each row, and what each row is granted over time."""
        edges = [*(to_microseconds(row.start) for row in rows), to_microseconds(rows[-1].end)]
        level = _level(edges)
        while True:
            with self._database.read() as session:
                store = BookingStore(session)
                clusters = [terms for terms in store.terms() if cluster in (None, terms.name)]
                if cluster is not None and not clusters:
                    raise NotFoundError(
                        f"There is no cluster {cluster!r}.", field="cluster", help="See clusters/select."
                    )
                wanted = stretches(edges[0], edges[-1], level)
                nodes = store.nodes([terms.name for terms in clusters], wanted, self._clock.now())
                if not any(node[1] == DUE_HOLD for node in nodes):
                    return [
                        (terms, self._least(terms, nodes, edges, level), _granted(store, terms, span, rows, sharing))
                        for terms in clusters
                    ]
            self._writer.run(lambda _ledger: None)  # whoever changes the timeline lets expired offers go first

    @staticmethod
    def _least(terms: Terms, nodes: Sequence[Sequence[Any]], edges: list[int], level: int) -> list[list[int]]:
        mine = [node[1:] for node in nodes if node[0] == terms.name]
        return Profile.build(edges[0], edges[-1], level, mine).least(edges)


def _level(edges: Sequence[int]) -> int:
    """The coarsest level on whose edges all inner edges lie."""
    inner = edges[1:-1]
    for level in (DAY, HOUR, QUARTER):
        if not any(edge % WIDTHS[level] for edge in inner):
            return level
    return INSTANT


def _granted(
    store: BookingStore, terms: Terms, span: Span, rows: Sequence[Span], sharing: Sharing
) -> list[list[Amount]]:
    """What the cluster has in each row, at every time; read only where what is counted depends on it."""
    if sharing != "reserved":
        return []
    entries = store.overlapping(terms.name, span, is_grant=True)
    timeline = steps([Piece(entry.start, entry.end, amount_of(entry)) for entry in entries], span)
    return [[step.left for step in timeline if step.start < row.end and step.end > row.start] for row in rows]


def _count(columns: list[list[int]], need: Need, terms: Terms, granted: list[list[Amount]]) -> list[int]:
    """How many of ``need`` fit at once in each row."""
    if need.sharing == "reserved":
        lows = map(Amount._make, zip(*columns, strict=True))
        return [
            min((low.times(amount_at(need, terms, have)) for have in row), default=0)
            for low, row in zip(lows, granted, strict=True)
        ]
    one = amount_at(need, terms, ZERO)
    fits = [map(floordiv, column, repeat(want)) for column, want in zip(columns, one, strict=True) if want > 0]
    if not fits:
        return [0] * len(columns[0])
    least = fits[0] if len(fits) == 1 else map(min, *fits)
    return [max(0, have) for have in least]


def _rows(rows: Sequence[Span], total: list[list[int]], counts: dict[str, list[int]]) -> list[AvailableRow]:
    names = list(counts)
    per_row = list(zip(*counts.values(), strict=True)) if counts else [()] * len(rows)
    return [
        AvailableRow.model_construct(
            start=row.start,
            end=row.end,
            resources=_resources(amounts),
            packages=dict(zip(names, fits, strict=True)),
        )
        for row, amounts, fits in zip(rows, zip(*total, strict=True), per_row, strict=True)
    ]


def _resources(amounts: Sequence[int]) -> Resources:
    """As ``Amount.resources`` without the checks: what we have counted needs none."""
    cores, *others = amounts
    values: dict[str, Any] = dict(
        zip(Amount._fields[1:], (min(MOST, max(-MOST, other)) for other in others), strict=True)
    )
    return Resources.model_construct(cores=Decimal(min(MOST_CORES, max(-MOST_CORES, cores))) / 1000, **values)
