"""Labs that are made ready before their booking's start, and what is claimed for that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.wire.bookings import Phase, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.tables import BookingRow, SpanRow

__all__ = ["PATIENCE", "READY", "STARTED", "STOPPED", "Leads", "led_in"]

AGAIN = timedelta(seconds=30)
"""How often it is looked whether there is room by now."""

PATIENCE = timedelta(minutes=2)
"""How long after the start it is still tried; then it is the holder's to start the lab."""

IN_USE = (Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING, Phase.RELEASING)
"""Phases in which a booking may have its account's server."""

MADE_READY, AT_START, STARTED = "its lab is made ready", "its lab is started", "its lab is starting"
READY, STOPPED = "its lab is ready", "its lab has stopped, and is started again"
NO_ROOM = "there is no room to make its lab ready yet; at the latest it is started at the start"
BUSY = "its lab is not made ready while another booking of yours is open"
MISSED = "its lab could not be started in its time"
UNSTARTED = "its lab could not be started for you: start it yourself"


def led_in(spans: Sequence[Span | SpanRow], since: datetime | None) -> list[Span]:
    """The spans; the first one that begins after ``since`` begins then."""
    found = [Span(start=span.start, end=span.end) for span in spans]
    for number, span in enumerate(found):
        if since is not None and span.start > since:
            found[number] = Span(start=since, end=span.end)
            break
    return found


class Leads:
    """Makes labs ready ahead, within the transaction of a timeline.

    A booking that is PREPARING claims from then on what it has booked from its start on, as one stretch with it.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def come(self, row: BookingRow, span: Span | SpanRow) -> None:
        """The start of a booking's span has come, or it is time to make its lab ready for it."""
        timeline = self._timeline
        due = span.start - timedelta(seconds=row.lead or 0)
        if row.phase == Phase.PREPARING:
            self._begin(row, span)
        elif not due <= timeline.now < span.end:
            timeline.miss(row)
        elif row.lead is None:
            timeline.move(row, Phase.AVAILABLE)
        else:
            self._prepare(row, span)

    def _prepare(self, row: BookingRow, span: Span | SpanRow) -> None:
        """Its lab is due: claim what it needs until the start, where there is room; else look again."""
        timeline = self._timeline
        others, has_begun = timeline.store.of_account(row.account, IN_USE), span.start <= timeline.now
        if has_begun and any(one.phase != Phase.RELEASING for one in others):
            self._begin_after(row, span, others)
        elif has_begun:
            timeline.move(row, Phase.PREPARING, AT_START)
        elif others:
            self._wait(row, span, BUSY)
        elif self._claim(row):
            timeline.move(row, Phase.PREPARING, MADE_READY)
        else:
            self._wait(row, span, NO_ROOM)

    def _begin(self, row: BookingRow, span: Span | SpanRow) -> None:
        """Its start has come while its lab is made ready."""
        timeline = self._timeline
        if timeline.now < span.start:  # the next one: all of what it was made ready for has gone by
            self.drop(row, MISSED)
        elif span.end <= timeline.now:
            timeline.move(row, Phase.COMPLETED, MISSED)
        elif row.served is not None:
            timeline.move(row, Phase.AVAILABLE)
            timeline.move(row, Phase.RUNNING)
        elif timeline.now < span.start + PATIENCE:
            timeline.set_timers(row, came=False)
        else:
            timeline.move(row, Phase.AVAILABLE, UNSTARTED)

    def drop(self, row: BookingRow, reason: str = "") -> None:
        """Give back what is claimed before the start, and wait for it. A server that was started is stopped."""
        timeline = self._timeline
        timeline.ledger.withdraw(row.id, timeline.now)
        row.prepared = None
        timeline.enter_again(row)
        timeline.move(row, Phase.WAITING, reason)

    def put_off(self, row: BookingRow, span: Span | SpanRow) -> None:
        """Its account uses another booking by now: the lab is that one's."""
        if self._timeline.now < span.start:
            self.drop(row, BUSY)
            self._wait(row, span, BUSY)
        else:
            self._timeline.move(row, Phase.AVAILABLE)

    def kept(self, row: BookingRow, spans: Sequence[Span]) -> datetime | None:
        """Since when it claims before a span, if that span still begins when it did."""
        starts = {span.start for span in spans}
        made = next((span.start for span in row.spans if row.prepared and span.start > row.prepared), None)
        return row.prepared if made in starts else None

    def note(self, row: BookingRow, reason: str) -> None:
        """Write down what has become of its lab."""
        if row.reason != reason:
            self._timeline.record(row, reason=(row.reason, reason))
            row.reason = reason

    def failed(self, row: BookingRow, why: str) -> None:
        """Its lab did not start; ``why`` is in words."""
        self.note(row, f"its lab did not start, and is tried again: {why}"[:200])

    def _begin_after(self, row: BookingRow, span: Span | SpanRow, others: Sequence[BookingRow]) -> None:
        timeline = self._timeline
        has_end_due = any(_has_end_due(one, timeline.now) for one in others)
        if has_end_due:  # it was tried before that end came: now it is its turn after it
            timeline.set_timer(row, "start", span.start)
        else:
            timeline.move(row, Phase.AVAILABLE)

    def _claim(self, row: BookingRow) -> bool:
        timeline, before = self._timeline, row.prepared
        timeline.ledger.withdraw(row.id, timeline.now)
        row.prepared = timeline.now
        pieces = timeline.ahead(timeline.claims_of(row))
        had = Span(start=row.start, end=row.end)
        fits = timeline.ledger.fits(row.cluster, pieces) and not timeline.shortage(row.group, [had], pieces, had=had)
        if not fits:
            row.prepared = before
        timeline.enter_again(row)
        return fits

    def _wait(self, row: BookingRow, span: Span | SpanRow, reason: str) -> None:
        self.note(row, reason)
        self._timeline.set_timer(row, "start", min(self._timeline.now + AGAIN, span.start))


def _has_end_due(row: BookingRow, now: datetime) -> bool:
    return row.phase in (Phase.AVAILABLE, Phase.RUNNING) and not any(span.start <= now < span.end for span in row.spans)
