"""Decisions about people's bookings: see, make, change, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.rules import longest_fit
from aglais_hub.bookings.service.requests import Key
from aglais_hub.bookings.service.timeline import Timeline
from aglais_hub.bookings.service.views import booking_view
from aglais_hub.bookings.store import BookingStore, Page, amount_of
from aglais_hub.bookings.tables import BookingRow
from aglais_hub.bookings.times import LATEST, parse_duration, parse_end, parse_zone
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError, RefusedError
from aglais_hub.wire.bookings import Booking, BookingEdit, BookingRequest, Extension, Phase, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from aglais_hub.bookings.service.requests import Requests

__all__ = ["BookingService"]

SETTABLE = (Phase.ACCEPTED, Phase.REJECTED, Phase.CANCELLED, Phase.COMPLETED)


class BookingService:
    """Bookings of accounts. ``NotFoundError`` is raised for what is not there or belongs to someone else."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._database = requests.database
        self._clock = requests.clock
        self._url = requests.url

    def select(
        self,
        span: Span,
        page: Page,
        *,
        account: str | None = None,
        cluster: str | None = None,
        package: str | None = None,
        phases: Sequence[Phase] = (),
    ) -> list[Booking]:
        """A page of the bookings that overlap ``span``, and one more where there is a next page."""
        conditions: list[ColumnElement[bool]] = [BookingRow.end > span.start, BookingRow.start < span.end]
        if account is not None:
            conditions.append(BookingRow.account == account)
        if cluster is not None:
            conditions.append(BookingRow.cluster == cluster)
        if package is not None:
            conditions.append(BookingRow.package == package)
        if phases:
            conditions.append(BookingRow.phase.in_(phases))
        with self._database.read() as session:
            return [booking_view(row, self._url) for row in BookingStore(session).bookings(page, *conditions)]

    def get(self, booking_id: str, owner: str | None) -> Booking:
        """One booking. ``owner`` is the account that asks; ``None`` may see all."""
        with self._database.read() as session:
            return booking_view(_owned(BookingStore(session).booking(booking_id), owner), self._url)

    def create(self, request: BookingRequest, account: str, key: str | None) -> Booking:
        """Book for ``account``; raises ``RefusedError`` with offers where it does not fit."""
        once = Key.of(key, request) if key else None
        if once and (made := self._requests.made_before(account, once)):
            return made
        return self._requests.book(self._requests.read(request, account), key=once)

    def edit(self, booking_id: str, edit: BookingEdit, owner: str | None) -> Booking:
        """Change a booking's phase, end or note in one transaction."""
        with self._database.write() as session:
            timeline, row = self._locked(session, booking_id, owner)
            if edit.version is not None and edit.version != row.version:
                raise ConflictError(
                    f"The booking has changed since version {edit.version}.",
                    field="version",
                    help="Look at it again, then decide.",
                )
            self._check_one_change(edit)
            if edit.note is not None:
                row.note = edit.note
                timeline.touch(row)
            if edit.phase is not None:
                self._set_phase(timeline, row, edit.phase)
            elif edit.extend is not None or edit.enddate is not None:
                self._set_end(timeline, row, self._new_end(row, edit))
            return booking_view(row, self._url)

    def end(self, booking_id: str, owner: str | None) -> Booking:
        """Cancel a booking that has not begun, decline an offer, or end what has begun."""
        with self._database.write() as session:
            timeline, row = self._locked(session, booking_id, owner)
            if row.phase == Phase.OFFERED:
                timeline.move(row, Phase.REJECTED, "declined")
            elif row.start > timeline.now:
                self._set_phase(timeline, row, Phase.CANCELLED)
            else:
                self._set_phase(timeline, row, Phase.COMPLETED)
            return booking_view(row, self._url)

    def extension(self, booking_id: str, by: str, owner: str | None) -> Extension:
        """How far the booking could be extended now, by at most ``by`` (ISO 8601)."""
        length = parse_duration(by, "extend")
        with self._database.read() as session:
            store = BookingStore(session)
            row = _owned(store.booking(booking_id), owner)
            if Phase(row.phase) not in (Phase.WAITING, Phase.AVAILABLE, Phase.RUNNING):
                return Extension(until=None, because="the booking is over")
            return self._extension(Timeline(store, self._clock.now()), row, length)

    def _extension(self, timeline: Timeline, row: BookingRow, by: timedelta) -> Extension:
        wanted = Span(start=row.end, end=min(row.end + by, LATEST))
        left = timeline.steps(row.cluster, wanted, without=row.id)
        until = longest_fit(left, amount_of(row))
        if until == wanted.end:
            return Extension(until=until)
        return Extension(until=until, because="the next booking needs the place then")

    def _locked(self, session: Session, booking_id: str, owner: str | None) -> tuple[Timeline, BookingRow]:
        store = BookingStore(session)
        cluster = _owned(store.booking(booking_id), owner).cluster
        store.lock([cluster])
        session.expire_all()
        return Timeline(store, self._clock.now()), _owned(store.booking(booking_id, lock=True), owner)

    @staticmethod
    def _check_one_change(edit: BookingEdit) -> None:
        changes = [name for name in ("phase", "extend", "enddate") if getattr(edit, name) is not None]
        if len(changes) > 1:
            raise InvalidValueError("Change one thing at a time.", field=changes[1], help="Send two requests.")
        if not changes and edit.note is None:
            raise InvalidValueError("It changes nothing.", field="phase", help="Give phase, extend, enddate or note.")

    @staticmethod
    def _new_end(row: BookingRow, edit: BookingEdit) -> datetime:
        if edit.enddate is not None:
            return parse_end(edit.enddate, parse_zone(edit.tz))
        end = row.end + parse_duration(edit.extend or "", "extend")
        if end > LATEST:
            raise InvalidValueError("It would end after the year 2299.", field="extend", help="Extend by less.")
        return end

    def _set_phase(self, timeline: Timeline, row: BookingRow, phase: Phase) -> None:
        if phase not in SETTABLE:
            raise InvalidValueError(
                f"A booking can't be set to {phase}.", field="phase", help=f"Choose {', '.join(SETTABLE)}."
            )
        if phase is Phase.ACCEPTED:
            self._accept(timeline, row)
        elif phase is Phase.COMPLETED and row.phase == Phase.RUNNING:
            # The sweeper saves, stops the server and completes; until then the claim counts.
            timeline.set_end(row, min(row.end, max(timeline.now, row.start)))
            timeline.move(row, Phase.RELEASING, "ended early")
        elif phase is Phase.COMPLETED and row.phase == Phase.RELEASING:
            pass  # on its way there
        elif phase is Phase.COMPLETED and row.start > timeline.now:
            raise ConflictError("It has not begun.", field="phase", help="Cancel it: set its phase to CANCELLED.")
        elif phase is Phase.COMPLETED:
            timeline.end_now(row, "ended early")
        elif phase is Phase.CANCELLED and row.phase == Phase.RUNNING:
            raise ConflictError("It is running.", field="phase", help="End it: set its phase to COMPLETED.")
        else:
            timeline.move(row, phase, "cancelled" if phase is Phase.CANCELLED else "declined")

    def _accept(self, timeline: Timeline, row: BookingRow) -> None:
        if row.phase == Phase.OFFERED and row.expires is not None and row.expires <= timeline.now:
            raise ConflictError("The offer has expired.", field="phase", help="Ask again: it may still be free.")
        siblings = [offer for offer in timeline.store.open_offers(row.account) if offer.id != row.id]
        timeline.move(row, Phase.ACCEPTED)
        for offer in siblings:
            timeline.move(offer, Phase.REJECTED, "another offer was taken")
        timeline.accept(row)

    def _set_end(self, timeline: Timeline, row: BookingRow, end: datetime) -> None:
        if Phase(row.phase) not in (Phase.WAITING, Phase.AVAILABLE, Phase.RUNNING):
            raise ConflictError("The booking is over.", field="enddate", help="Make a new one.")
        if end <= max(row.start, timeline.now):
            raise InvalidValueError("It would end before now.", field="enddate", help="To end it, DELETE it.")
        if end > row.end:
            possible = self._extension(timeline, row, end - row.end)
            if possible.until != end:
                raise RefusedError(
                    "The booking can't be extended that far: " + possible.because + ".",
                    rule="capacity",
                    field="enddate",
                    help=f"It can be extended until {possible.until.isoformat()}."
                    if possible.until
                    else "Book another place, or ask again when the next booking is cancelled.",
                )
        timeline.set_end(row, end)


def _owned(row: BookingRow | None, owner: str | None) -> BookingRow:
    if row is None or (owner is not None and row.account != owner):
        raise NotFoundError("There is no such booking.", help="See bookings/select for yours.")
    return row
