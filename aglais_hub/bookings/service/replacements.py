"""What somebody is offered whose booking was taken away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.errors import AglaisError, ServiceDownError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import BookingRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.wire.bookings import Booking

__all__ = ["offer_others"]

KEPT = timedelta(days=1)
"""How long they are held: whoever loses a booking is not looking just then."""

NOTE = "instead of a booking whose capacity was taken away"


def offer_others(requests: Requests, lost: Sequence[Booking]) -> None:
    """Hold offers for each account that has lost bookings, for the one of them that would have come first.

    An account has one set of offers at a time. Who can't be offered any is none the worse for it.
    """
    now = requests.clock.now()
    told: set[str] = set()
    for booking in sorted(lost, key=lambda one: one.start):
        if booking.end <= now or booking.account in told:
            continue
        told.add(booking.account)
        request = _again(booking, now)
        try:
            requests.offer(requests.read(request, booking.account), request, lifetime=KEPT)
        except ServiceDownError:
            raise
        except AglaisError:
            continue  # its package is there no more, or the account may not have it by now


def _again(booking: Booking, now: datetime) -> BookingRequest:
    """What is left of the booking, on whatever cluster."""
    amounts = booking.resources.model_dump()
    what = {"package": booking.package} if booking.package else amounts
    if booking.share is not None:
        what = {"share": f"{float(booking.share):g}%"}
    spans = [
        {"start": isoformat(max(span.start, now)), "end": isoformat(span.end)}
        for span in booking.spans
        if span.end > now
    ]
    return BookingRequest.model_validate({**what, "spans": spans, "sharing": booking.sharing, "note": NOTE})
