"""Where something fits: looks at the coarse pieces of the timeline first, and exactly only where that may help.

A fit of some length holds whole pieces of a shorter length. So only the pieces next to a run of enough whole ones can
begin or end it, and all others need not be looked into: the cost follows the answer and not what is on record.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.bookings.rules import Piece, Terms, earliest_fit, fitting_runs, room
from aglais_hub.bookings.tree import DAY, HOUR, INSTANT, QUARTER, WIDTHS
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aglais_hub.bookings.rules import Need, Step
    from aglais_hub.bookings.service.ledger import Ledger

__all__ = ["Search"]

EXACTLY = timedelta(hours=6)
"""A stretch as short as this is looked at exactly at once."""


LONG = timedelta(days=62)
"""A stretch longer than this is looked at by days first, and not by hours."""


class Search:
    """Looks for room on one cluster for ``need``."""

    def __init__(self, ledger: Ledger, terms: Terms, need: Need) -> None:
        self._ledger = ledger
        self._terms = terms
        self._need = need
        self._rest = need.rest(terms)

    def earliest(self, start: datetime, latest: datetime, length: timedelta) -> datetime | None:
        """The first instant, from ``start`` to ``latest``, from which it fits for ``length``."""
        whole = latest - start + length + self._rest
        chunk = length + self._rest + timedelta(days=1)
        while True:
            span = Span(start=start, end=start + min(chunk, whole))
            found = self._earliest_in(span, latest, length + self._rest)
            if found is not None or chunk >= whole:
                return found
            chunk *= 4

    def until(self, span: Span) -> datetime | None:
        """Until when it fits from the start of ``span`` on; ``None`` where it does not fit there."""
        length = span.end - span.start
        coarse = self._look(span, INSTANT if length <= EXACTLY else HOUR if length <= LONG else DAY)
        until = None
        for cell in coarse:
            if not cell.fits:
                run = next(self._exact_runs(cell), None)
                until = run.end if run is not None and run.start == cell.start else until
                break
            until = cell.end
        return until - self._rest if until is not None and until - self._rest > span.start else None

    def runs(self, span: Span) -> Iterator[Span]:
        """The intervals in ``span`` throughout which it fits, by quarters of an hour or hours, in order."""
        level = QUARTER if span.end - span.start <= timedelta(days=2) else HOUR
        steps = self._ledger.steps(self._terms.name, span, level)
        for run in fitting_runs(steps, self._needs(span)):
            if run.end - self._rest > run.start:
                yield Span(start=run.start, end=run.end - self._rest)

    def _needs(self, span: Span) -> list[Piece]:
        return self._ledger.claims(self._need, [span], self._terms, rest=False)

    def _earliest_in(self, span: Span, latest: datetime, length: timedelta) -> datetime | None:
        level = next((level for level in (DAY, HOUR, QUARTER) if length >= 4 * _width(level)), INSTANT)
        if span.end - span.start <= EXACTLY:
            level = INSTANT
        if level == INSTANT:
            return earliest_fit(self._ledger.steps(self._terms.name, span), self._needs(span), length, latest)
        least = length // _width(level) - 1
        cells = self._look(span, level)
        at = 0
        while at < len(cells) and cells[at].start <= latest:
            # A run of whole cells that fit; what lies before and after it is looked at exactly.
            first = at
            while at < len(cells) and cells[at].fits:
                at += 1
            if at - first >= least:
                around = cells[max(0, first - 1) : at + 1]
                start = self._start_around(around, length, latest)
                if start is not None:
                    return start
            at += 1
        return None

    def _start_around(self, cells: Sequence[_Cell], length: timedelta, latest: datetime) -> datetime | None:
        exact: list[Span] = []
        for cell in cells:
            runs = [Span(start=cell.start, end=cell.end)] if cell.fits else list(self._exact_runs(cell))
            for run in runs:
                if exact and exact[-1].end == run.start:
                    exact[-1] = Span(start=exact[-1].start, end=run.end)
                else:
                    exact.append(run)
        return next((run.start for run in exact if run.end - run.start >= length and run.start <= latest), None)

    def _exact_runs(self, cell: _Cell) -> Iterator[Span]:
        span = Span(start=cell.start, end=cell.end)
        return fitting_runs(self._ledger.steps(self._terms.name, span), self._needs(span))

    def _look(self, span: Span, level: int) -> list[_Cell]:
        steps: list[Step] = self._ledger.steps(self._terms.name, span, level)
        return [
            _Cell(step.start, step.end, any(need) and step.left.holds(need))
            for step, need in room(steps, self._needs(span))
        ]


class _Cell(NamedTuple):
    start: datetime
    end: datetime
    fits: bool


def _width(level: int) -> timedelta:
    return timedelta(microseconds=WIDTHS[level])
