"""HTTP of sessions: for the hub's spawner."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from aglais_hub.bookings.handlers.asked import Spawner, router
from aglais_hub.bookings.service import SessionService
from aglais_hub.web.parts import part
from aglais_hub.wire.bookings import Booking, SessionEnd, SessionRequest

__all__: list[str] = []

Sessions = Annotated[SessionService, Depends(part("sessions"))]


@router.post("/sessions/start")
def start_session(body: SessionRequest, service: Sessions, caller: Spawner) -> Booking:
    """The booking that the account's server may run under now; books one where there is none."""
    return service.start(body)


@router.post("/sessions/{booking_id}/stop")
def stop_session(booking_id: str, body: SessionEnd, service: Sessions, _caller: Spawner) -> Booking:
    """The server under this booking has stopped; time is given back where it was not its holder's doing."""
    return service.stop(booking_id, body)
