"""What the requests of this feature have in common: their router, who asks, for which range and page."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request

from aglais_hub.bookings.store import Page
from aglais_hub.bookings.times import check_grain, parse_range, parse_zone, widen
from aglais_hub.clock import Clock
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.paging import DEFAULT_LIMIT, LARGEST_LIMIT, next_page, read_cursor, write_cursor
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.bookings import Booking, Span
from aglais_hub.wire.decisions import DecisionRow
from aglais_hub.wire.resources import Grant

__all__ = [
    "CapacityReader",
    "CapacityWriter",
    "Paged",
    "Reader",
    "Selected",
    "Spawner",
    "Writer",
    "Zone",
    "owner",
    "paged",
    "router",
]

router = make_router("bookings")

Reader = Annotated[Caller, Depends(needs("bookings:read"))]
Writer = Annotated[Caller, Depends(needs("bookings:write"))]
Spawner = Annotated[Caller, Depends(needs("sessions:write"))]
CapacityReader = Annotated[Caller, Depends(needs("resources:read"))]
CapacityWriter = Annotated[Caller, Depends(needs("resources:write"))]

Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT)]
Zone = Annotated[str, Query(max_length=64)]


Row = TypeVar("Row", Booking, Grant, DecisionRow)


def selected(
    clock: Annotated[Clock, Depends(part("clock"))],
    range: str | None = None,
    grain: str | None = None,
    tz: Zone = "UTC",
) -> Span:
    """The ``range`` of a select, out to the full ``grain``."""
    zone = parse_zone(tz)
    span = parse_range(range, zone=zone, now=clock.now())
    return widen(span, check_grain(grain), zone) if grain else span


Selected = Annotated[Span, Depends(selected)]


def page_of(limit: Limit = DEFAULT_LIMIT, after: str | None = None) -> Page:
    """The page of a long list that is asked for."""
    return Page(limit, read_cursor(after))


Paged = Annotated[Page, Depends(page_of)]


def owner(caller: Caller) -> str | None:
    """Whose bookings the caller may touch; ``None`` stands for everyone's."""
    return None if caller.is_admin else caller.name


def paged(request: Request, page: Page, rows: list[Row]) -> tuple[list[Row], str | None]:
    """The rows of a page, and the address of the next one, where there is one."""
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return shown, None
    last = shown[-1]
    at = last.made if isinstance(last, DecisionRow) else last.start
    return shown, next_page(request, write_cursor(at, last.id))
