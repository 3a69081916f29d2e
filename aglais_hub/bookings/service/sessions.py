"""Sessions: the server that runs under a booking. No server without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.service.timeline import Timeline
from aglais_hub.bookings.service.views import booking_view
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.times import parse_duration
from aglais_hub.errors import NotFoundError
from aglais_hub.wire.bookings import Booking, BookingRequest, Phase, SessionRequest

if TYPE_CHECKING:
    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.tables import BookingRow

__all__ = ["SessionService"]


class SessionService:
    """Lets a spawner start a server under a booking, and tells the booking when the server is gone."""

    def __init__(self, requests: Requests, *, duration: str) -> None:
        self._requests = requests
        self._database = requests.database
        self._clock = requests.clock
        parse_duration(duration, "AGLAIS_SESSION_DURATION")
        self._duration = duration

    def start(self, request: SessionRequest) -> Booking:
        """The booking that the account's server may run under now, RUNNING from this answer on.

        An account that has one keeps it, as often as it asks; an account that has none books its package, now.
        Raises ``RefusedError`` with offers where there is no place.
        """
        with self._database.write() as session:
            row = self._resume(Timeline(BookingStore(session), self._clock.now()), request)
            if row is not None:
                return booking_view(row, self._requests.url)
        package = request.package or self._requests.accounts.level_and_package(request.account)[1]
        wanted = self._requests.read(
            BookingRequest(package=package, duration=request.duration or self._duration), request.account
        )
        # Asked again under the lock: two starts at once make one booking.
        return self._requests.book(wanted, then=Phase.RUNNING, instead=lambda timeline: self._resume(timeline, request))

    def stop(self, booking_id: str) -> Booking:
        """The server has stopped: the booking is available again, or complete when its time is over."""
        with self._database.write() as session:
            timeline = Timeline(BookingStore(session), self._clock.now())
            row = timeline.store.booking(booking_id, lock=True)
            if row is None:
                raise NotFoundError("There is no such booking.", help="See bookings/select.")
            self._stopped(timeline, row)
            return booking_view(row, self._requests.url)

    def _resume(self, timeline: Timeline, request: SessionRequest) -> BookingRow | None:
        row = self._choose(timeline.store.live(request.account, timeline.now), request.package)
        # An account has one server, and who starts it has none: its other sessions are over, told of it or not.
        for other in timeline.store.sessions(request.account):
            if row is None or other.id != row.id:
                self._stopped(timeline, other)
        if row is not None and row.phase == Phase.WAITING:
            timeline.move(row, Phase.AVAILABLE)
        if row is not None and row.phase == Phase.AVAILABLE:
            timeline.move(row, Phase.RUNNING)
        return row

    @staticmethod
    def _stopped(timeline: Timeline, row: BookingRow) -> None:
        if row.phase == Phase.RELEASING:
            timeline.move(row, Phase.COMPLETED, row.reason)
        elif row.phase == Phase.RUNNING and row.end > timeline.now:
            timeline.move(row, Phase.AVAILABLE)
        elif row.phase == Phase.RUNNING:
            timeline.move(row, Phase.COMPLETED)

    @staticmethod
    def _choose(rows: list[BookingRow], package: str | None) -> BookingRow | None:
        fitting = [row for row in rows if package is None or row.package == package]
        return max(fitting, key=lambda row: (row.phase == Phase.RUNNING, row.end, row.id), default=None)
