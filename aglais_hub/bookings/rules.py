"""What a booking claims, and where it fits, as pure functions.

What is left of a cluster is a list of ``Step``s that follow each other without a gap; what a booking needs is a list of
``Piece``s, since what it needs may change with what the cluster has. Questions are answered by walking both in order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.wire.bookings import Sharing, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "WHOLE",
    "Need",
    "Piece",
    "Step",
    "Terms",
    "amount_at",
    "beyond",
    "earliest_fit",
    "first_short",
    "fitting_runs",
    "joined",
    "overlaps",
    "pieces_of",
    "room",
    "shortage",
    "steps",
    "ways_of",
]

WHOLE = 100_000
"""All of a cluster, as a share in thousandths of a percent."""


class Piece(NamedTuple):
    """A grant (positive), a claim (negative) or a need (positive) during ``[start, end)``."""

    start: datetime
    end: datetime
    amount: Amount


class Step(NamedTuple):
    """What is left throughout ``[start, end)``, or the least of it."""

    start: datetime
    end: datetime
    left: Amount


class Terms(NamedTuple):
    """How a cluster counts: ``overcommit`` in thousandths, and how long servers rest after a ``reserved`` booking."""

    name: str
    overcommit: int = 1000
    buffer: timedelta = timedelta()

    @classmethod
    def of(cls, name: str, overcommit: int, buffer: int) -> Terms:
        """From the database: ``buffer`` in seconds."""
        return cls(name, overcommit, timedelta(seconds=buffer))


class Need(NamedTuple):
    """What is asked of a cluster: an amount, or a share of it in thousandths of a percent, in which sharing."""

    amount: Amount
    sharing: Sharing = "managed"
    share: int | None = None

    @property
    def follows_grants(self) -> bool:
        """Whether what it claims depends on what the cluster has."""
        return self.share is not None or self.sharing == "reserved"

    def rest(self, terms: Terms) -> timedelta:
        """How long what it claims stays claimed after its end."""
        return terms.buffer if self.sharing == "reserved" else timedelta()


def overlaps(one: Span, other: Span) -> bool:
    """Whether two half-open intervals share an instant: one that ends at 10:00 leaves 10:00 to the next."""
    return one.start < other.end and other.start < one.end


def joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap made one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def steps(pieces: Iterable[Piece], span: Span) -> list[Step]:
    """The sum of the pieces during ``span``."""
    changes: dict[datetime, Amount] = {}
    for piece in pieces:
        start, end = max(piece.start, span.start), min(piece.end, span.end)
        if start < end:
            changes[start] = changes.get(start, ZERO).plus(piece.amount)
            changes[end] = changes.get(end, ZERO).minus(piece.amount)
    found: list[Step] = []
    left = ZERO
    for start, end in pairwise(sorted({span.start, span.end, *changes})):
        left = left.plus(changes.get(start, ZERO))
        found.append(Step(start, end, left))
    return found


def beyond(needs: Sequence[Piece], held: Sequence[Piece]) -> list[Piece]:
    """What the needs, one at a time, are more than all that is held then, of each resource."""
    if not held:
        return list(needs)
    found: list[Piece] = []
    for need in needs:
        against = [need, *(piece._replace(amount=piece.amount.minus_all()) for piece in held)]
        for start, end, left in steps(against, Span(start=need.start, end=need.end)):
            more = Amount._make(max(0, one) for one in left)
            if found and found[-1].end == start and found[-1].amount == more:
                found[-1] = found[-1]._replace(end=end)
            elif any(more):
                found.append(Piece(start, end, more))
    return found


def pieces_of(need: Need, span: Span, terms: Terms, granted: Sequence[Step]) -> list[Piece]:
    """What ``need`` claims during ``span``; ``granted`` is what the cluster has then, and read only where it matters.

    A share is that part of what is granted, whenever. A reserved booking takes as many servers as its largest need.
    """
    if not need.follows_grants:
        return [Piece(span.start, span.end, amount_at(need, terms, ZERO))]
    if need.sharing == "reserved":
        count = max((_servers(need.amount, step.left) for step in granted), default=1)
        need = need._replace(amount=need.amount._replace(servers=count))
    return [Piece(step.start, step.end, amount_at(need, terms, step.left)) for step in granted]


def ways_of(need: Need, span: Span, terms: Terms, granted: Sequence[Step]) -> list[list[Piece]]:
    """The ways in which ``need`` may be met within ``span``: it fits at a time in it where one of them fits then.

    A reserved booking takes as many servers throughout as its largest need, and how large that is depends on when it
    is. So each count of servers is a way of its own, which needs nothing, and so has no place, where it is too few.
    """
    if need.sharing != "reserved":
        return [pieces_of(need, span, terms, granted)]
    counts = [_servers(need.amount, step.left) for step in granted]
    return [
        [
            Piece(step.start, step.end, amount_at(taking, terms, step.left) if count <= most else ZERO)
            for step, count in zip(granted, counts, strict=True)
        ]
        for most in sorted(set(counts))
        for taking in [need._replace(amount=need.amount._replace(servers=most))]
    ]


def amount_at(need: Need, terms: Terms, granted: Amount) -> Amount:
    """What ``need`` claims at an instant at which the cluster has ``granted``.

    A shared booking counts its cores and memory by the cluster's factor. A reserved one takes whole servers, with all
    that they have.
    """
    amount = need.amount
    if need.share is not None:
        return Amount(*(max(0, have) * need.share // WHOLE for have in granted))
    if need.sharing == "reserved":
        count = _servers(amount, granted)
        part = Amount(*(max(0, have) * count // max(1, granted.servers) for have in granted))
        return part._replace(servers=count)
    if need.sharing == "shared":
        # Rounded down, so that as many fit as the factor says; what is asked for is never nothing.
        cores, memory = (want and max(1, want * 1000 // terms.overcommit) for want in (amount.cores, amount.memory))
        return amount._replace(cores=cores, memory=memory)
    return amount


def _servers(need: Amount, granted: Amount) -> int:
    """How many whole servers hold ``need``, where ``granted`` is spread evenly over the cluster's servers."""
    counts = [
        -(-want * granted.servers // have)
        for want, have in zip(need._replace(servers=0), granted, strict=True)
        if want > 0 and have > 0
    ]
    return max(1, need.servers, *counts)


def room(timeline: Sequence[Step], needs: Sequence[Piece]) -> Iterator[tuple[Step, Amount]]:
    """The steps, cut where the need changes, each with what is needed then; only where something is."""
    at = 0
    for step in timeline:
        while at < len(needs) and needs[at].end <= step.start:
            at += 1
        look = at
        while look < len(needs) and needs[look].start < step.end:
            need = needs[look]
            yield Step(max(step.start, need.start), min(step.end, need.end), step.left), need.amount
            look += 1


def shortage(left: Amount, need: Amount) -> list[str]:
    """The resources of which ``need`` is more than there is."""
    return [name for name, have, want in zip(Amount._fields, left, need, strict=True) if 0 < want > have]


def first_short(timeline: Sequence[Step], needs: Sequence[Piece]) -> Step | None:
    """The first step in which the need is more than there is."""
    return next((step for step, need in room(timeline, needs) if not step.left.holds(need)), None)


def earliest_fit(
    timeline: Sequence[Step], needs: Sequence[Piece], length: timedelta, latest: datetime
) -> datetime | None:
    """The first instant, ``latest`` at most, from which the need fits for ``length``."""
    for run in fitting_runs(timeline, needs):
        if run.start > latest:
            return None
        if run.end - run.start >= length:
            return run.start
    return None


def fitting_runs(timeline: Sequence[Step], needs: Sequence[Piece]) -> Iterator[Span]:
    """The longest intervals throughout which the need fits, in order."""
    start = end = None
    for step, need in room(timeline, needs):
        fits = any(need) and step.left.holds(need)  # a share of nothing is no place
        if start is not None and end is not None and (not fits or end != step.start):
            yield Span(start=start, end=end)
            start = None
        if fits:
            start = step.start if start is None else start
            end = step.end
    if start is not None and end is not None:
        yield Span(start=start, end=end)


def share_of(percent: Decimal) -> int:
    """A percentage in thousandths of a percent."""
    return int(percent * 1000)
