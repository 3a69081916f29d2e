"""HTTP of bookings, sessions, grants and availability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request

from aglais_hub.bookings.service import BookingService, CapacityService, SessionService
from aglais_hub.bookings.store import Page
from aglais_hub.bookings.times import check_grain, parse_range, parse_zone, widen
from aglais_hub.clock import Clock
from aglais_hub.errors import InvalidValueError
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.paging import DEFAULT_LIMIT, LARGEST_LIMIT, next_page, read_cursor, write_cursor
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.bookings import (
    Booking,
    BookingEdit,
    BookingRequest,
    BookingRows,
    Extension,
    Phase,
    SessionRequest,
    Span,
)
from aglais_hub.wire.resources import Available, Grant, GrantRequest, GrantRows

__all__ = ["router"]

router = make_router("bookings")

Bookings = Annotated[BookingService, Depends(part("bookings"))]
Capacity = Annotated[CapacityService, Depends(part("capacity"))]
Sessions = Annotated[SessionService, Depends(part("sessions"))]
Reader = Annotated[Caller, Depends(needs("bookings:read"))]
Writer = Annotated[Caller, Depends(needs("bookings:write"))]
Spawner = Annotated[Caller, Depends(needs("sessions:write"))]
CapacityReader = Annotated[Caller, Depends(needs("resources:read"))]
CapacityWriter = Annotated[Caller, Depends(needs("resources:write"))]

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT)]
Zone = Annotated[str, Query(max_length=64)]


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


@dataclass
class Filters:
    """Which bookings of the range; ``phase`` may list several, with commas between them."""

    account: str | None = None
    cluster: str | None = None
    package: str | None = None
    phase: str | None = None


def owner(caller: Caller) -> str | None:
    """Whose bookings the caller may touch; ``None`` stands for everyone's."""
    return None if caller.is_admin else caller.name


@router.get("/available/select")
def select_available(
    service: Capacity,
    _caller: CapacityReader,
    range: str | None = None,
    grain: str = "day",
    package: str | None = None,
    cluster: str | None = None,
    tz: Zone = "UTC",
) -> Available:
    """What is free: the figures of a row hold through the whole of it."""
    return service.available(range=range, grain=grain, package=package, cluster=cluster, tz=tz)


@router.get("/bookings/select")
def select_bookings(
    request: Request,
    service: Bookings,
    caller: Reader,
    span: Selected,
    page: Paged,
    filters: Annotated[Filters, Depends()],
) -> BookingRows:
    """Bookings that overlap the range, by start: one's own, or as an admin everyone's. ``phase=RUNNING,WAITING``."""
    if filters.account is not None:
        caller.check_owner(filters.account)
    rows = service.select(
        span,
        page,
        account=filters.account or owner(caller),
        cluster=filters.cluster,
        package=filters.package,
        phases=_phases(filters.phase),
    )
    shown = rows[: page.limit]
    cursor = write_cursor(shown[-1].start, shown[-1].id) if len(rows) > page.limit else None
    return BookingRows(rows=shown, next=next_page(request, cursor))


@router.post("/bookings/create", status_code=201)
def create_booking(body: BookingRequest, service: Bookings, caller: Writer, key: Key = None) -> Booking:
    """Book a package or explicit resources; 409 with offers where it does not fit."""
    account = body.account or caller.name
    caller.check_owner(account)
    return service.create(body, account, key)


@router.get("/bookings/{booking_id}")
def get_booking(booking_id: str, service: Bookings, caller: Reader) -> Booking:
    """One booking."""
    return service.get(booking_id, owner(caller))


@router.post("/bookings/{booking_id}")
def edit_booking(booking_id: str, body: BookingEdit, service: Bookings, caller: Writer) -> Booking:
    """Change a booking: take or decline an offer, extend or shorten it, cancel or end it, or its note."""
    return service.edit(booking_id, body, owner(caller))


@router.delete("/bookings/{booking_id}")
def end_booking(booking_id: str, service: Bookings, caller: Writer) -> Booking:
    """Cancel what has not begun, end what has."""
    return service.end(booking_id, owner(caller))


@router.get("/bookings/{booking_id}/extension")
def get_extension(booking_id: str, service: Bookings, caller: Reader, extend: str = "PT1H") -> Extension:
    """How far the booking could be extended now, by at most ``extend``."""
    return service.extension(booking_id, extend, owner(caller))


@router.post("/sessions/start")
def start_session(body: SessionRequest, service: Sessions, caller: Spawner) -> Booking:
    """The booking that the account's server may run under now; books one where there is none."""
    return service.start(body)


@router.post("/sessions/{booking_id}/stop")
def stop_session(booking_id: str, service: Sessions, _caller: Spawner) -> Booking:
    """The server under this booking has stopped."""
    return service.stop(booking_id)


@router.get("/resources/select")
def select_grants(
    request: Request,
    service: Capacity,
    _caller: CapacityReader,
    span: Selected,
    page: Paged,
    cluster: str | None = None,
) -> GrantRows:
    """Grants of capacity that overlap the range, by start."""
    rows = service.grants(span, page, cluster=cluster)
    shown = rows[: page.limit]
    cursor = write_cursor(shown[-1].start, shown[-1].id) if len(rows) > page.limit else None
    return GrantRows(rows=shown, next=next_page(request, cursor))


@router.post("/resources/create", status_code=201)
def create_grant(body: GrantRequest, service: Capacity, _caller: CapacityWriter) -> Grant:
    """Grant capacity to a cluster."""
    return service.create(body)


@router.get("/resources/{grant_id}")
def get_grant(grant_id: str, service: Capacity, _caller: CapacityReader) -> Grant:
    """One grant."""
    return service.grant(grant_id)


@router.post("/resources/{grant_id}")
def change_grant(grant_id: str, body: GrantRequest, service: Capacity, _caller: CapacityWriter) -> Grant:
    """Change a grant; what is claimed must still fit."""
    return service.change(grant_id, body)


@router.delete("/resources/{grant_id}")
def remove_grant(grant_id: str, service: Capacity, _caller: CapacityWriter) -> Grant:
    """Take a grant back; what is claimed must still fit."""
    return service.remove(grant_id)


def _phases(text: str | None) -> list[Phase]:
    try:
        return [Phase(name.strip().upper()) for name in text.split(",")] if text else []
    except ValueError:
        raise InvalidValueError(
            f"There is no phase {text!r}.", field="phase", help=f"Choose of {', '.join(Phase)}."
        ) from None
