"""A refusal is a set of offers: what can be had instead, each held so that it can be taken as it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.service.search import Search
from aglais_hub.bookings.times import LATEST
from aglais_hub.wire.bookings import OfferKind, Phase, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aglais_hub.bookings.rows import NewBooking
    from aglais_hub.bookings.rules import Terms
    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.service.wanted import Wanted
    from aglais_hub.wire.packages import Package

__all__ = ["Offers"]

MOST = 4
"""More than this is a list to read, and no choice."""

SEARCH = timedelta(days=60)
"""How far ahead a start is looked for; who can wait longer picks a day in the calendar."""

SHORTEST = timedelta(minutes=10)
"""A shorter time than this is no offer: a server and its Spark are hardly up."""

SPLIT_IN, SPLIT_SHORTEST, SPLIT_WITHIN = 6, timedelta(minutes=30), timedelta(days=14)
"""A time is split in at most this many spans, none shorter than this, none later than this after its start."""

WEEKS = 8
"""How many weeks on the same day and time is looked for."""


class Found(NamedTuple):
    """Something that fits."""

    wanted: Wanted
    terms: Terms


class Offers:
    """Finds offers for what does not fit, and holds them: each as if it were the only one, as one at most is taken.

    Where the caller named the latest start, none starts later, and what is split ends when the latest start would.
    """

    def __init__(self, timeline: Timeline, clusters: Sequence[Terms], packages: Sequence[Package]) -> None:
        self._timeline = timeline
        self._clusters = clusters
        self._packages = sorted(packages, key=lambda package: -package.rank)

    def make(self, wanted: Wanted, lifetime: timedelta, *, decision: str, asked: bool = False) -> list[NewBooking]:
        """Up to four offers; with ``asked``, the first is what was asked for, where it fits as it was."""
        finders: list[tuple[OfferKind, Callable[[Wanted], Found | None]]] = [
            ("earliest", self._earliest),
            ("smaller", self._smaller),
            ("shorter", self._shorter),
            ("split", self._split),
            ("week", self._week),
        ]
        if asked:
            finders.insert(0, ("asked", self.asked))
        ends = self._timeline.ledger.levels.get(wanted.account, (0, "", None))[2]
        made: list[tuple[OfferKind, Found]] = []
        for kind, find in finders:
            found = find(wanted) if len(made) < MOST else None
            if found and ends is not None and found.wanted.end > ends:
                continue
            if found and not any(_is_same(found, other) for _, other in made) and self._fits(*found):
                made.append((kind, found))
        rows = [self._write(kind, found, lifetime, decision) for kind, found in made]
        self._timeline.holds.enter(rows)
        return rows

    def _write(self, kind: OfferKind, found: Found, lifetime: timedelta, decision: str) -> NewBooking:
        expires = min(self._timeline.now + lifetime, found.wanted.end)
        return self._timeline.claim(*found, [], Phase.OFFERED, kind=kind, expires=expires, decision=decision)

    def asked(self, wanted: Wanted) -> Found | None:
        """What is wanted as it is, as early as its window allows."""
        return self._at_start(wanted, wanted.latest or wanted.start)

    def _earliest(self, wanted: Wanted) -> Found | None:
        if len(wanted.spans) > 1:
            return None
        return self._at_start(wanted, wanted.latest or wanted.start + SEARCH)

    def _smaller(self, wanted: Wanted) -> Found | None:
        if wanted.package is None:
            return None
        for package in self._packages:
            if (wanted.smallest or 0) <= package.rank < wanted.package.rank:
                need = wanted.need._replace(amount=Amount.of(package.size.resources))
                found = self._at_start(wanted._replace(package=package, need=need), wanted.latest or wanted.start)
                if found is not None:
                    return found
        return None

    def _shorter(self, wanted: Wanted) -> Found | None:
        least = max(wanted.shortest or SHORTEST, SHORTEST)
        if len(wanted.spans) > 1:
            return self._those_that_fit(wanted)
        found: list[tuple[datetime, Terms]] = []
        for terms in self._clusters:
            until = Search(self._timeline.ledger, terms, wanted.need).until(wanted.span)
            if until is not None and (until := self._paid(wanted, terms, until)) < wanted.end:
                found.append((until, terms))
        if not found:
            return None
        until, terms = max(found, key=lambda pair: pair[0])
        if until - wanted.start < least:
            return None
        return Found(wanted._replace(spans=[Span(start=wanted.start, end=until)]), terms)

    def _paid(self, wanted: Wanted, terms: Terms, end: datetime) -> datetime:
        """Until when its group's budget lasts, ``end`` at most; what servers rest afterwards is charged too."""
        ledger, rest = self._timeline.ledger, wanted.need.rest(terms)
        claims, held = self._timeline.claims(wanted, terms), self._timeline.holds.hours(wanted.group)
        return ledger.balance.until(wanted.group, claims, end + rest, held=held) - rest

    def _those_that_fit(self, wanted: Wanted) -> Found | None:
        best: Found | None = None
        for terms in self._clusters:
            spans: list[Span] = []
            for span in wanted.spans:
                # What is charged to one budget has to be paid together.
                together = [*spans, span] if wanted.group else [span]
                if self._fits(wanted._replace(spans=together), terms):
                    spans.append(span)
            if spans and (best is None or len(spans) > len(best.wanted.spans)):
                best = Found(wanted._replace(spans=spans), terms)
        return best

    def _split(self, wanted: Wanted) -> Found | None:
        length = wanted.end - wanted.start
        if len(wanted.spans) > 1 or length < 2 * SPLIT_SHORTEST or wanted.shortest:
            return None
        end = wanted.latest + length if wanted.latest else wanted.end + SPLIT_WITHIN
        found: list[Found] = []
        for terms in self._clusters:
            spans = list(self._parts(wanted, terms, length, min(end, LATEST)))
            if sum((span.end - span.start for span in spans), timedelta()) == length and len(spans) > 1:
                found.append(Found(wanted._replace(spans=spans), terms))
        return min(found, key=lambda one: one.wanted.end, default=None)

    def _parts(self, wanted: Wanted, terms: Terms, length: timedelta, end: datetime) -> Iterator[Span]:
        """The first free intervals, none of them short, until together they are as long as wanted."""
        left, count = length, 0
        search = Span(start=wanted.start, end=end)
        for run in Search(self._timeline.ledger, terms, wanted.need).runs(search):
            long_enough = max(SPLIT_SHORTEST, length / 8)
            part = min(run.end - run.start, left)
            if 0 < (left - part).total_seconds() < SPLIT_SHORTEST.total_seconds():
                part = left - SPLIT_SHORTEST  # leave enough for the last one
            if part < min(long_enough, left):
                continue
            yield Span(start=run.start, end=run.start + part)
            left -= part
            count += 1
            if not left or count == SPLIT_IN:
                return

    def _week(self, wanted: Wanted) -> Found | None:
        zone = ZoneInfo(wanted.zone)
        local = wanted.start.astimezone(zone)
        for week in range(1, WEEKS + 1):
            spans = [
                Span(start=_later(span.start, week, zone), end=_later(span.end, week, zone)) for span in wanted.spans
            ]
            start = spans[0].start
            if (wanted.latest is not None and start > wanted.latest) or spans[-1].end > LATEST:
                return None
            if start.astimezone(zone).time() != local.time():
                continue  # the clock is set forward over it that day
            moved = wanted._replace(spans=spans)
            for terms in self._clusters:
                if self._fits(moved, terms):
                    return Found(moved, terms)
        return None

    def _at_start(self, wanted: Wanted, latest: datetime) -> Found | None:
        """The first start that fits, ``latest`` at most; of clusters that are as early, the first."""
        start, end = wanted.spans[0].start, wanted.spans[-1].end
        if len(wanted.spans) > 1 or latest <= start:
            return next((Found(wanted, terms) for terms in self._clusters if self._fits(wanted, terms)), None)
        found: list[tuple[datetime, Terms]] = []
        for terms in self._clusters:
            search = Search(self._timeline.ledger, terms, wanted.need)
            at = search.earliest(start, min(latest, LATEST - (end - start)), end - start)
            if at is not None:
                found.append((at, terms))
        if not found:
            return None
        at, terms = min(found, key=lambda pair: pair[0])
        return Found(wanted.moved(at), terms)

    def _fits(self, wanted: Wanted, terms: Terms) -> bool:
        return self._timeline.has_room(wanted, terms)


def _later(instant: datetime, weeks: int, zone: ZoneInfo) -> datetime:
    """The same day and time of a later week, as the zone's clock shows it."""
    return (instant.astimezone(zone) + timedelta(weeks=weeks)).astimezone(UTC)


def _is_same(one: Found, other: Found) -> bool:
    return (one.wanted.package_name, one.wanted.spans) == (other.wanted.package_name, other.wanted.spans)
