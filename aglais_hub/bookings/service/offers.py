"""A refusal is a set of offers: what can be had instead, each held so that it can be taken as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import earliest_fit, longest_fit
from aglais_hub.bookings.times import LATEST
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.bookings.service.timeline import Timeline, Wanted
    from aglais_hub.bookings.tables import BookingRow
    from aglais_hub.wire.packages import Package

__all__ = ["Offers"]

SEARCH = timedelta(days=60)
"""How far ahead the earliest start is looked for; who can wait longer picks a day in the calendar."""

SHORTEST = timedelta(minutes=10)
"""A shorter time than this is no offer: a server and its Spark are hardly up."""


class Offers:
    """Finds offers for what does not fit, and holds them. Each sees what the ones before it hold."""

    def __init__(self, timeline: Timeline, clusters: Sequence[str], lifetime: timedelta) -> None:
        self._timeline = timeline
        self._clusters = clusters
        self._expires = timeline.now + lifetime

    def make(self, wanted: Wanted, packages: Sequence[Package]) -> list[BookingRow]:
        """The same earlier or later, a smaller package then, a shorter time then; those that there are."""
        found = [self._earliest(wanted), self._smaller(wanted, packages), self._shorter(wanted)]
        return [offer for offer in found if offer is not None]

    def _earliest(self, wanted: Wanted) -> BookingRow | None:
        length = wanted.span.end - wanted.span.start
        search = Span(start=wanted.span.start, end=min(wanted.span.end + SEARCH, LATEST))
        found: list[tuple[datetime, str]] = []
        for cluster in self._clusters:
            start = earliest_fit(self._timeline.steps(cluster, search), wanted.need, length)
            if start is not None:
                found.append((start, cluster))
        if not found:
            return None
        start, cluster = min(found)
        return self._hold(wanted._replace(span=Span(start=start, end=start + length)), cluster, "earliest")

    def _smaller(self, wanted: Wanted, packages: Sequence[Package]) -> BookingRow | None:
        if wanted.package is None:
            return None
        rank = wanted.package.rank
        for package in sorted(packages, key=lambda package: -package.rank):
            if package.rank >= rank:
                continue
            smaller = wanted._replace(package=package, need=Amount.of(package.size.resources))
            cluster = self._timeline.place(smaller, list(self._clusters))
            if cluster is not None:
                return self._hold(smaller, cluster, "smaller")
        return None

    def _shorter(self, wanted: Wanted) -> BookingRow | None:
        found: list[tuple[datetime, str]] = []
        for cluster in self._clusters:
            until = longest_fit(self._timeline.steps(cluster, wanted.span), wanted.need)
            if until is not None and until < wanted.span.end:
                found.append((until, cluster))
        if not found:
            return None
        until, cluster = max(found)
        if until - wanted.span.start < SHORTEST:
            return None
        return self._hold(wanted._replace(span=Span(start=wanted.span.start, end=until)), cluster, "shorter")

    def _hold(self, wanted: Wanted, cluster: str, kind: str) -> BookingRow:
        expires = min(self._expires, wanted.span.end)
        return self._timeline.claim(wanted, cluster, Phase.OFFERED, kind=kind, expires=expires)
