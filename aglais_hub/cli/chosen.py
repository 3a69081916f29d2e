"""Which booking is meant: by its id, by a unique end of it, or by ``current``."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from aglais_hub.bookings.lifecycle import COUNTED, ENDED
from aglais_hub.clock import SystemClock
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.wire.bookings import Booking, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.client import Client

__all__ = ["ALWAYS", "chosen", "open_bookings", "short"]

ALWAYS = ("1970-01-01", "2299-12-30")
"""The whole calendar."""

RECENT = timedelta(days=60)
"""How far back a booking that is over is looked for by an end of its id."""

NOW = (Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING, Phase.RELEASING)
"""Phases of a booking whose time is now."""

_ID_LENGTH = 36


def short(id: str) -> str:
    """An end of an id that is hardly ever another's too; what is made at one time begins alike."""
    return id[-8:]


def chosen(client: Client, text: str, *, over: bool = False) -> Booking:
    """The booking that is meant; with ``over``, also of those that are over, as far back as ``RECENT``.

    Raises ``NotFoundError``, or ``InvalidValueError`` where it could be several.
    """
    if text == "current":
        return _current(client)
    if len(text) == _ID_LENGTH:
        return client.booking(text)
    found = [booking for booking in open_bookings(client) if booking.id.endswith(text.lower())]
    if not found and over:
        since = (SystemClock().now() - RECENT).date().isoformat()
        ended = _pages(client, (since, ALWAYS[1]), phase=sorted(ENDED))
        found = [booking for booking in ended if booking.id.endswith(text.lower())]
    if not found:
        raise NotFoundError(f"None of your bookings ends with {text!r}.", help="`aglais bookings` lists them.")
    if len(found) > 1:
        raise InvalidValueError(
            f"{len(found)} of your bookings end with {text!r}.",
            help="Give more of it: " + ", ".join(booking.id for booking in found) + ".",
        )
    return found[0]


def open_bookings(client: Client, **filters: Any) -> Iterator[Booking]:
    """Every booking and offer that is not over, by start."""
    return _pages(client, ALWAYS, phase=sorted(COUNTED), **filters)


def _pages(client: Client, range: tuple[str, str], **filters: Any) -> Iterator[Booking]:
    after = None
    while True:
        page = client.bookings(range, limit=1000, after=after, **filters)
        yield from page.rows
        if page.next is None:
            return
        after = parse_qs(urlsplit(page.next).query)["after"][0]


def _current(client: Client) -> Booking:
    if inside := os.environ.get("AGLAIS_BOOKING"):
        return client.booking(inside)
    found = client.bookings(phase=NOW).rows
    running = [booking for booking in found if booking.phase == Phase.RUNNING]
    candidates = running if len(running) == 1 else found
    if not candidates:
        raise NotFoundError("Nothing is booked now.", help="Book with `aglais book PACKAGE --for 2h`.")
    if len(candidates) > 1:
        raise ConflictError(
            f"{len(candidates)} bookings are current.",
            help="Name one: " + ", ".join(f"{short(booking.id)} ({booking.account})" for booking in candidates) + ".",
        )
    return candidates[0]
