"""Time is given back that a session has lost through no fault of its holder's.

An outage begins when a server has gone, and ends when the hub has one again under that booking, or with the span. The
booking is made longer by it, as far as nobody else has booked that time; what it could not be given back is not used
either, so it counts as lost just the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from aglais_hub.bookings.rules import joined
from aglais_hub.bookings.service.search import Search
from aglais_hub.bookings.service.timeline import need_of, terms_of
from aglais_hub.bookings.times import LATEST, words
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.tables import BookingRow

__all__ = ["LONGEST", "begin_outage", "close_outage", "end_outage"]

LONGEST = timedelta(hours=1)
"""What one outage counts as at most: others wait for the place, and who comes back later was not kept from it."""


def begin_outage(timeline: Timeline, row: BookingRow, gone: timedelta, fault: str) -> None:
    """The server of a booking has been gone for so long. Where it is known of already, nothing changes."""
    if row.outage is not None:
        return
    since = max(timeline.now - max(gone, timedelta()), _begun(row, timeline.now).start)
    timeline.record(row, outage=(None, since), reason=(row.reason, fault))
    row.outage, row.reason = since, fault


def end_outage(timeline: Timeline, row: BookingRow, *, stopped: str) -> None:
    """There is a server again, or the span is over: make the booking longer, as far as that can be.

    It is not where nothing more is booked on its cluster; ``stopped`` says why. Where it goes on under a booking that
    follows without a gap, that is the one that is made longer.
    """
    lost = close_outage(timeline, row)
    if not lost:
        return
    last = row
    while (after := timeline.follower(last)) is not None:
        last = after
    until = None if stopped else _lengthen(timeline, last, lost)
    told = f"Without a lab for {words(lost)}, through no fault of yours"
    because = f"lengthened until {isoformat(until)}" if until else stopped or "somebody else has booked what follows"
    reason = f"{told}: {because}"[:200]
    for told_of in {row.id: row, last.id: last}.values():
        timeline.record(told_of, reason=(told_of.reason, reason))
        told_of.reason = reason


def close_outage(timeline: Timeline, row: BookingRow) -> timedelta:
    """Let it be over, and count it; gives how long it was, to the second."""
    if row.outage is None:
        return timedelta()
    since, row.outage = row.outage, None
    # The clock may have been set back meanwhile.
    lost = min(max(timeline.now - since, timedelta()), LONGEST)
    seconds = ceil(lost.total_seconds())
    timeline.ledger.balance.spare(timeline.store.entries([row.id], since), since, since + timedelta(seconds=seconds))
    timeline.record(row, outage=(since, None), lost=(f"PT{row.lost}S", f"PT{row.lost + seconds}S"))
    row.lost += seconds
    return timedelta(seconds=seconds)


def _lengthen(timeline: Timeline, row: BookingRow, by: timedelta) -> datetime | None:
    """Move the end of the span that has begun, or begins next, by so much at most; gives the new end."""
    span = _begun(row, timeline.now)
    wanted = Span(start=span.end, end=min(span.end + by, LATEST))
    timeline.ledger.withdraw(row.id, span.end)  # its own servers' rest must not stand in its way
    until = Search(timeline.ledger, terms_of(row), need_of(row)).until(wanted)
    if until is not None and until > timeline.now:
        spans = [Span(start=one.start, end=until if one.start == span.start else one.end) for one in row.spans]
        if timeline.fit_spans(row, joined(spans), is_free=True):
            return until
    timeline.renew(row)
    return None


def _begun(row: BookingRow, now: datetime) -> Span:
    """The span of a booking that has begun last, over or not; before all of them, the first."""
    begun = [span for span in row.spans if span.start <= now] or row.spans[:1]
    return Span(start=begun[-1].start, end=begun[-1].end)
