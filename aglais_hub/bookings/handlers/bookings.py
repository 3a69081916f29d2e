"""HTTP of bookings and offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from aglais_hub.bookings.handlers.asked import Paged, Reader, Selected, Writer, owner, paged, router
from aglais_hub.bookings.service import BookingService
from aglais_hub.errors import InvalidValueError
from aglais_hub.web.parts import part
from aglais_hub.wire.bookings import (
    Booking,
    BookingEdit,
    BookingRequest,
    BookingRows,
    ClassRequest,
    Extension,
    Offers,
    Phase,
)
from aglais_hub.wire.decisions import ChangeRows

__all__: list[str] = []

Bookings = Annotated[BookingService, Depends(part("bookings"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@dataclass
class Filters:
    """Which bookings of the range; ``phase`` may list several, with commas between them."""

    account: str | None = None
    group: str | None = None
    cluster: str | None = None
    package: str | None = None
    phase: str | None = None


@router.get("/bookings/select")
def select_bookings(
    request: Request,
    service: Bookings,
    caller: Reader,
    span: Selected,
    page: Paged,
    filters: Annotated[Filters, Depends()],
) -> BookingRows:
    """Bookings that overlap the range, by start: one's own, or as an admin everyone's. ``phase=RUNNING,WAITING``.

    With ``group``, all of those of a group that one is in.
    """
    if filters.group is not None and not caller.is_admin:
        service.check_group(filters.group, caller.name)
    elif filters.account is not None:
        caller.check_owner(filters.account)
    rows = service.select(
        span,
        page,
        owner=owner(caller),
        account=filters.account or (None if filters.group else owner(caller)),
        group=filters.group,
        cluster=filters.cluster,
        package=filters.package,
        phases=_phases(filters.phase),
    )
    shown, following = paged(request, page, rows)
    return BookingRows(rows=shown, next=following)


@router.post("/bookings/create", status_code=201)
def create_booking(body: BookingRequest, service: Bookings, caller: Writer, key: Key = None) -> Booking:
    """Book a package or explicit resources; 409 with offers where it does not fit."""
    account = body.account or caller.name
    caller.check_owner(account)
    return service.create(body, account, key)


@router.post("/classes/create", status_code=201)
def create_class(body: ClassRequest, service: Bookings, caller: Writer, key: Key = None) -> BookingRows:
    """The same booking for each of many accounts, all or none; 409 that says when they would fit. For admins."""
    for account in body.accounts:
        caller.check_owner(account)
    return BookingRows(rows=service.create_class(body, caller.name, key))


@router.post("/offers/create", status_code=201)
def create_offers(body: BookingRequest, service: Bookings, caller: Writer) -> Offers:
    """Offers for what is asked for, each held until it expires; nothing is booked until one is taken."""
    account = body.account or caller.name
    caller.check_owner(account)
    return service.offer(body, account)


@router.get("/bookings/{booking_id}")
def get_booking(booking_id: str, service: Bookings, caller: Reader) -> Booking:
    """One booking."""
    return service.get(booking_id, owner(caller))


@router.post("/bookings/{booking_id}")
def edit_booking(booking_id: str, body: BookingEdit, service: Bookings, caller: Writer) -> Booking:
    """Change a booking: take or decline an offer, extend, shorten or move it, cancel or end it, or its note."""
    return service.edit(booking_id, body, owner(caller), caller.name)


@router.delete("/bookings/{booking_id}")
def end_booking(booking_id: str, service: Bookings, caller: Writer) -> Booking:
    """Cancel what has not begun, end what has."""
    return service.end(booking_id, owner(caller), caller.name)


@router.get("/bookings/{booking_id}/changes")
def get_changes(booking_id: str, service: Bookings, caller: Reader) -> ChangeRows:
    """What has changed of a booking since it was made, in order."""
    return ChangeRows(rows=service.changes(booking_id, owner(caller)))


@router.get("/bookings/{booking_id}/extension")
def get_extension(booking_id: str, service: Bookings, caller: Reader, extend: str = "PT1H") -> Extension:
    """How far the booking could be extended now, by at most ``extend``."""
    return service.extension(booking_id, extend, owner(caller))


def _phases(text: str | None) -> list[Phase]:
    try:
        return [Phase(name.strip().upper()) for name in text.split(",")] if text else []
    except ValueError:
        raise InvalidValueError(
            f"There is no phase {text!r}.", field="phase", help=f"Choose of {', '.join(Phase)}."
        ) from None
