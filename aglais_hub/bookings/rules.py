"""The timeline and the lifecycle, as pure functions.

The timeline of a cluster is what its grants add and its claims take away. Between two edges of those intervals
nothing changes, so it is a list of ``Step``s; every question is answered by walking the steps in order.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "COUNTED",
    "ENDED",
    "TRANSITIONS",
    "Piece",
    "Step",
    "earliest_fit",
    "fits",
    "least",
    "longest_fit",
    "may_become",
    "overlaps",
    "steps",
]

TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    Phase.INITIAL: frozenset({Phase.OFFERED, Phase.ACCEPTED}),
    Phase.OFFERED: frozenset({Phase.ACCEPTED, Phase.REJECTED, Phase.EXPIRED}),
    Phase.ACCEPTED: frozenset({Phase.WAITING, Phase.AVAILABLE, Phase.CANCELLED}),
    Phase.WAITING: frozenset({Phase.PREPARING, Phase.AVAILABLE, Phase.CANCELLED, Phase.COMPLETED}),
    Phase.PREPARING: frozenset({Phase.AVAILABLE, Phase.CANCELLED, Phase.FAILED}),
    Phase.AVAILABLE: frozenset({Phase.RUNNING, Phase.COMPLETED, Phase.CANCELLED, Phase.FAILED}),
    Phase.RUNNING: frozenset({Phase.AVAILABLE, Phase.RELEASING, Phase.COMPLETED, Phase.FAILED}),
    Phase.RELEASING: frozenset({Phase.COMPLETED, Phase.FAILED}),
    Phase.COMPLETED: frozenset(),
    Phase.REJECTED: frozenset(),
    Phase.EXPIRED: frozenset(),
    Phase.CANCELLED: frozenset(),
    Phase.FAILED: frozenset(),
}
"""Which phase may follow which. WAITING completes where it was missed: the services were down for all of its time."""

ENDED = frozenset(phase for phase, following in TRANSITIONS.items() if not following)
"""Phases that nothing follows; they claim nothing."""

COUNTED = frozenset(Phase) - ENDED - {Phase.INITIAL}
"""Phases in which a booking claims its resources."""


def may_become(phase: Phase, following: Phase) -> bool:
    """Whether the lifecycle has a way from ``phase`` to ``following``."""
    return following in TRANSITIONS[phase]


def overlaps(one: Span, other: Span) -> bool:
    """Whether two half-open intervals share an instant: one that ends at 10:00 leaves 10:00 to the next."""
    return one.start < other.end and other.start < one.end


class Piece(NamedTuple):
    """A grant (positive) or a claim (negative) during ``[start, end)``."""

    start: datetime
    end: datetime
    amount: Amount


class Step(NamedTuple):
    """What is left throughout ``[start, end)``."""

    start: datetime
    end: datetime
    left: Amount


def steps(pieces: Iterable[Piece], span: Span) -> list[Step]:
    """What is left during ``span``, as steps that follow each other without a gap."""
    changes: dict[datetime, Amount] = defaultdict(lambda: ZERO)
    for piece in pieces:
        start, end = max(piece.start, span.start), min(piece.end, span.end)
        if start < end:
            changes[start] = changes[start].plus(piece.amount)
            changes[end] = changes[end].minus(piece.amount)
    edges = sorted({span.start, span.end, *changes})
    found: list[Step] = []
    left = ZERO
    for start, end in pairwise(edges):
        left = left.plus(changes[start]) if start in changes else left
        found.append(Step(start, end, left))
    return found


def least(timeline: Sequence[Step], rows: Sequence[Span]) -> list[Amount]:
    """For each row, the least of every instant in it. Rows and steps are in order, and the steps cover the rows."""
    found: list[Amount] = []
    first = 0
    for row in rows:
        while timeline[first].end <= row.start:
            first += 1
        low, at = timeline[first].left, first + 1
        while at < len(timeline) and timeline[at].start < row.end:
            low = low.least(timeline[at].left)
            at += 1
        found.append(low)
    return found


def fits(timeline: Sequence[Step], need: Amount) -> bool:
    """Whether ``need`` fits throughout the timeline."""
    return all(step.left.holds(need) for step in timeline)


def longest_fit(timeline: Sequence[Step], need: Amount) -> datetime | None:
    """Until when ``need`` fits from the timeline's start on; ``None`` where it does not fit at its start."""
    until = None
    for step in timeline:
        if not step.left.holds(need):
            break
        until = step.end
    return until


def earliest_fit(timeline: Sequence[Step], need: Amount, length: timedelta) -> datetime | None:
    """The first instant of the timeline from which ``need`` fits for ``length``."""
    since: datetime | None = None
    for step in timeline:
        if not step.left.holds(need):
            since = None
            continue
        since = step.start if since is None else since
        if step.end - since >= length:
            return since
    return None
