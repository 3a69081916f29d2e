"""Where more is claimed than there is, and by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.store import amount_of
from aglais_hub.bookings.tree import DAY, HOUR, INSTANT
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aglais_hub.bookings.rules import Step
    from aglais_hub.bookings.service.ledger import Ledger

__all__ = ["over_claimed"]


def over_claimed(ledger: Ledger, cluster: str, span: Span) -> Iterator[tuple[Step, set[str]]]:
    """The pieces of ``span``, in order, in which some claim what is not there, and the ids of those who do.

    More may be taken away from a cluster than it has: where nobody claims anything, that is no harm.
    """
    for step in _short(ledger, cluster, span):
        instant = Span(start=step.start, end=step.start + timedelta(microseconds=1))
        users = {
            entry.source
            for entry in ledger.store.overlapping(cluster, instant, is_grant=False)
            if any(have < 0 and used < 0 for have, used in zip(step.left, amount_of(entry), strict=True))
        }
        if users:
            yield step, users


def _short(ledger: Ledger, cluster: str, span: Span, levels: Sequence[int] = (DAY, HOUR, INSTANT)) -> Iterator[Step]:
    """The pieces of ``span`` in which anything is less than nothing."""
    if min(ledger.low(cluster, span)) >= 0:
        return
    for step in ledger.steps(cluster, span, levels[0]):
        if min(step.left) < 0 and len(levels) > 1:
            yield from _short(ledger, cluster, Span(start=step.start, end=step.end), levels[1:])
        elif min(step.left) < 0:
            yield step
