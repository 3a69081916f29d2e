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

    from aglais_hub.bookings.rules import Need
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
        length += self._rest
        found = None
        for needs in self._ways(Span(start=start, end=latest + length)):
            found = self._earliest(needs, start, found or latest, length) or found
        return found

    def until(self, span: Span) -> datetime | None:
        """Until when it fits from the start of ``span`` on; ``None`` where it does not fit there."""
        whole = Span(start=span.start, end=span.end + self._rest)
        ends = [self._until(needs, whole) - self._rest for needs in self._ways(whole)]
        return max((end for end in ends if end > span.start), default=None)

    def runs(self, span: Span) -> Iterator[Span]:
        """Intervals in ``span`` throughout which it fits, by quarters of an hour or hours, in order and apart."""
        level = QUARTER if span.end - span.start <= timedelta(days=2) else HOUR
        steps = self._ledger.steps(self._terms.name, span, level)
        runs = [run for needs in self._ways(span) for run in fitting_runs(steps, needs)]
        over = None
        for run in sorted(runs, key=lambda run: (run.start, -run.end.timestamp())):
            if (over is None or run.start > over) and run.end - self._rest > run.start:
                over = run.end
                yield Span(start=run.start, end=run.end - self._rest)

    def _ways(self, span: Span) -> list[list[Piece]]:
        return self._ledger.ways(self._need, span, self._terms)

    def _until(self, needs: Sequence[Piece], span: Span) -> datetime:
        length = span.end - span.start
        until = span.start
        for cell in self._look(needs, span, INSTANT if length <= EXACTLY else HOUR if length <= LONG else DAY):
            if not cell.fits:
                run = next(self._exact_runs(needs, cell), None)
                return run.end if run is not None and run.start == cell.start else until
            until = cell.end
        return until

    def _earliest(
        self, needs: Sequence[Piece], start: datetime, latest: datetime, length: timedelta
    ) -> datetime | None:
        """The same, ``length`` with the rest; a long stretch is looked at only where a short one has no place."""
        whole = latest - start + length
        chunk = length + timedelta(days=1)
        while True:
            span = Span(start=start, end=start + min(chunk, whole))
            found = self._earliest_in(needs, span, latest, length)
            if found is not None or chunk >= whole:
                return found
            chunk *= 4

    def _earliest_in(self, needs: Sequence[Piece], span: Span, latest: datetime, length: timedelta) -> datetime | None:
        level = next((level for level in (DAY, HOUR, QUARTER) if length >= 4 * _width(level)), INSTANT)
        if span.end - span.start <= EXACTLY:
            level = INSTANT
        if level == INSTANT:
            return earliest_fit(self._ledger.steps(self._terms.name, span), needs, length, latest)
        least = length // _width(level) - 1
        cells = self._look(needs, span, level)
        at = 0
        while at < len(cells) and cells[max(0, at - 1)].start <= latest:
            # A run of whole cells that fit; what lies before and after it, its start maybe, is looked at exactly.
            first = at
            while at < len(cells) and cells[at].fits:
                at += 1
            if at - first >= least:
                around = cells[max(0, first - 1) : at + 1]
                start = self._start_around(needs, around, length, latest)
                if start is not None:
                    return start
            at += 1
        return None

    def _start_around(
        self, needs: Sequence[Piece], cells: Sequence[_Cell], length: timedelta, latest: datetime
    ) -> datetime | None:
        exact: list[Span] = []
        for cell in cells:
            runs = [Span(start=cell.start, end=cell.end)] if cell.fits else list(self._exact_runs(needs, cell))
            for run in runs:
                if exact and exact[-1].end == run.start:
                    exact[-1] = Span(start=exact[-1].start, end=run.end)
                else:
                    exact.append(run)
        return next((run.start for run in exact if run.end - run.start >= length and run.start <= latest), None)

    def _exact_runs(self, needs: Sequence[Piece], cell: _Cell) -> Iterator[Span]:
        return fitting_runs(self._ledger.steps(self._terms.name, Span(start=cell.start, end=cell.end)), needs)

    def _look(self, needs: Sequence[Piece], span: Span, level: int) -> list[_Cell]:
        """The pieces of ``level``, and whether it fits throughout each."""
        steps = self._ledger.steps(self._terms.name, span, level)
        parts = [list[bool]() for _ in steps]
        at = 0
        for part, need in room(steps, needs):
            while steps[at].end <= part.start:
                at += 1
            parts[at].append(any(need) and part.left.holds(need))
        cells = [_Cell(step.start, step.end, all(fits)) for step, fits in zip(steps, parts, strict=True)]
        for n, fits in enumerate(parts):
            # Where the need changes within a piece, the least that is left in it says too little.
            if len(fits) > 1 and not cells[n].fits and level != INSTANT:
                whole = Span(start=cells[n].start, end=cells[n].end)
                cells[n] = cells[n]._replace(fits=whole in self._exact_runs(needs, cells[n]))
        return cells


class _Cell(NamedTuple):
    start: datetime
    end: datetime
    fits: bool


def _width(level: int) -> timedelta:
    return timedelta(microseconds=WIDTHS[level])
