"""Where more is claimed than there is, and by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.store import amount_of
from aglais_hub.bookings.tree import DAY
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.bookings.rules import Step
    from aglais_hub.bookings.service.ledger import Ledger

__all__ = ["over_claimed"]

LONGEST = timedelta(days=32)
"""What is read at once."""


def over_claimed(ledger: Ledger, cluster: str, span: Span) -> Iterator[tuple[Step, set[str]]]:
    """The pieces of ``span``, in order, in which some claim what is not there, and the ids of those who do.

    More may be taken away from a cluster than it has: where nobody claims anything, that is no harm.
    """
    for stretch in _short(ledger, cluster, span):
        claims = ledger.store.overlapping(cluster, stretch, is_grant=False)
        for step in ledger.steps(cluster, stretch) if claims else []:
            users = {
                entry.source
                for entry in claims
                if entry.start < step.end and entry.end > step.start
                and any(have < 0 and used < 0 for have, used in zip(step.left, amount_of(entry), strict=True))
            }  # fmt: skip
            if users:
                yield step, users


def _short(ledger: Ledger, cluster: str, span: Span) -> Iterator[Span]:
    """Runs of days, none longer than a block, in each of which anything is less than nothing at some time."""
    if min(ledger.low(cluster, span)) >= 0:
        return
    run: Span | None = None
    for step in ledger.steps(cluster, span, DAY):
        if min(step.left) >= 0:
            continue
        if run is not None and run.end == step.start and step.end - run.start <= LONGEST:
            run = Span(start=run.start, end=step.end)
            continue
        if run is not None:
            yield run
        run = Span(start=step.start, end=step.end)
    if run is not None:
        yield run
