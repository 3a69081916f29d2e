"""Sessions: the server that runs under a booking. No server without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.service.leads import STARTED, STOPPED, led_in
from aglais_hub.bookings.service.outages import begin_outage
from aglais_hub.bookings.service.timeline import HUB, current_span
from aglais_hub.bookings.service.views import show, show_all
from aglais_hub.bookings.store import LIVE, BookingStore
from aglais_hub.bookings.times import parse_duration
from aglais_hub.errors import ConflictError, NotFoundError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import Booking, BookingRequest, Phase, SessionEnd, SessionRequest

if TYPE_CHECKING:
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.service.timeline import Timeline
    from aglais_hub.bookings.tables import BookingRow

__all__ = ["SessionService"]


SESSIONS = (Phase.PREPARING, Phase.RUNNING, Phase.RELEASING)
"""Phases in which a server may run under a booking."""


class SessionService:
    """Lets a spawner start a server under a booking, and tells the booking when the server is gone."""

    def __init__(self, requests: Requests, *, duration: str) -> None:
        self._requests = requests
        parse_duration(duration, "AGLAIS_SESSION_DURATION")
        self._duration = duration

    def start(self, request: SessionRequest) -> Booking:
        """The booking that the account's server may run under now, RUNNING from this answer on.

        An account that has one keeps it, as often as it asks; an account that has none books its package, now.
        Raises ``RefusedError`` with offers where there is no place, and ``ForbiddenError`` for a suspended account.
        """
        self._requests.accounts.check_open(request.account)

        def resume(ledger: Ledger) -> Booking | None:
            row = self._resume(self._requests.timeline(ledger, HUB), request)
            return None if row is None else show(ledger.store, row, self._requests.url)

        booking = self._requests.writer.run(resume)
        if booking is not None:
            return booking
        if request.booking is not None:
            raise ConflictError("That booking is not to be used now.", field="booking", help="Look at it again.")
        asked = self._asked(request)
        wanted = self._requests.read(asked, request.account)
        # Asked again under the lock: two starts at once make one booking.
        return self._requests.book(
            wanted, asked, then=Phase.RUNNING, instead=lambda timeline: self._resume(timeline, request)
        )

    def live(self) -> list[Booking]:
        """The bookings under which a server runs, or is being stopped, as far as we were told."""
        with self._requests.database.read() as session:
            store = BookingStore(session)
            return show_all(store, store.in_phase(SESSIONS), self._requests.url)

    def _asked(self, request: SessionRequest) -> BookingRequest:
        """A booking of now: of the account's own package where none is named, and no longer than the account."""
        _, package, ends = self._requests.accounts.standings([request.account])[request.account]
        asked = {"package": request.package or package}
        duration, now = request.duration or self._duration, self._requests.clock.now()
        if ends is not None and now < ends < now + parse_duration(duration, "duration"):
            return BookingRequest(**asked, enddate=isoformat(ends))
        return BookingRequest(**asked, duration=duration)

    def stop(self, booking_id: str, end: SessionEnd) -> Booking:
        """The server has stopped: its booking is available again, or complete when its time is over.

        Where the server went on under a booking that follows without a gap, that is the one that is meant too. Where
        ``end`` says that it was nobody's doing, what is lost until the next one is given back.
        """
        gone = parse_duration(end.gone, "gone", none=True)

        def stopped(ledger: Ledger) -> Booking:
            timeline = self._requests.timeline(ledger, HUB)
            row = timeline.store.booking(booking_id)
            if row is None:
                raise NotFoundError("There is no such booking.", help="See bookings/select.")
            ended = self._sessions(timeline, row.account) or [row]
            for session in ended:
                if session.phase in SESSIONS:
                    self._stopped(timeline, session)
                if end.fault and session.phase == Phase.AVAILABLE:
                    begin_outage(timeline, session, gone, end.fault)
                elif end.fault and session.phase == Phase.PREPARING:
                    timeline.leads.failed(session, end.fault)
            return show(ledger.store, row, self._requests.url)

        return self._requests.writer.run(stopped)

    def _resume(self, timeline: Timeline, request: SessionRequest) -> BookingRow | None:
        row = self._choose(timeline, request)
        # An account has one server, and who starts it has none: its other sessions are over, told of it or not.
        for other in self._sessions(timeline, request.account):
            if row is None or other.id != row.id:
                self._stopped(timeline, other)
        if row is not None and row.phase == Phase.PREPARING:
            row.served = timeline.now
            if timeline.now < current_span(row, timeline.now).start:
                timeline.leads.note(row, STARTED)
                return row
        if row is not None and row.phase in (Phase.WAITING, Phase.PREPARING):
            timeline.move(row, Phase.AVAILABLE)
        if row is not None and row.phase == Phase.AVAILABLE:
            timeline.move(row, Phase.RUNNING)
        return row

    @staticmethod
    def _sessions(timeline: Timeline, account: str) -> list[BookingRow]:
        """Under which a server runs, or is being stopped, as far as we were told."""
        found = timeline.store.of_account(account, SESSIONS)
        return [row for row in found if row.phase != Phase.PREPARING or row.served is not None]

    @staticmethod
    def _stopped(timeline: Timeline, row: BookingRow) -> None:
        span = current_span(row, timeline.now)
        if row.phase == Phase.PREPARING:
            row.served = None
            timeline.leads.note(row, STOPPED)
        elif row.phase == Phase.RELEASING:
            timeline.finish(row, row.reason)
        elif span.start <= timeline.now < span.end:
            timeline.move(row, Phase.AVAILABLE)
        else:
            timeline.finish(row)

    @staticmethod
    def _choose(timeline: Timeline, request: SessionRequest) -> BookingRow | None:
        fitting = [
            (row.phase == Phase.RUNNING, row.phase != Phase.PREPARING, span.end, row.id, row)
            for row in timeline.store.of_account(request.account, LIVE)
            if request.package is None or row.package == request.package
            if request.booking in (None, row.id)
            for span in led_in(
                [current_span(row, timeline.now)], row.prepared if row.phase == Phase.PREPARING else None
            )
            if span.start <= timeline.now < span.end
        ]
        return max(fitting)[-1] if fitting else None
