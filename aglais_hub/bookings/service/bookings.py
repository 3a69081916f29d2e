"""Decisions about people's bookings: see, make, change, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.service.classes import Classes
from aglais_hub.bookings.service.edits import Edits
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.requests import Key
from aglais_hub.bookings.service.views import change_view, show, show_all
from aglais_hub.bookings.store import LIVE, BookingStore, Page
from aglais_hub.bookings.tables import BookingRow
from aglais_hub.bookings.times import parse_duration
from aglais_hub.errors import ConflictError, NotFoundError, RefusedError
from aglais_hub.wire.bookings import Booking, BookingEdit, BookingRequest, Extension, Phase, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.wire.bookings import ClassRequest, Offers
    from aglais_hub.wire.decisions import Change

__all__ = ["BookingService"]


class BookingService:
    """Bookings of accounts. ``NotFoundError`` is raised for what is not there or belongs to someone else.

    ``owner`` is the account that asks, ``None`` may touch all; ``by`` is who is written down for a change.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._database = requests.database
        self._url = requests.url
        self._edits = Edits(requests)
        self._classes = Classes(requests)

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
        conditions: list[ColumnElement[bool]] = []
        if cluster is not None:
            conditions.append(BookingRow.cluster == cluster)
        if package is not None:
            conditions.append(BookingRow.package == package)
        if phases:
            conditions.append(BookingRow.phase.in_(phases))
        with self._database.read() as session:
            store = BookingStore(session)
            return show_all(store, store.bookings_in(span, page, account, *conditions), self._url)

    def get(self, booking_id: str, owner: str | None) -> Booking:
        """One booking."""
        with self._database.read() as session:
            store = BookingStore(session)
            return show(store, _owned(store.booking(booking_id), owner), self._url)

    def changes(self, booking_id: str, owner: str | None) -> list[Change]:
        """What has changed of a booking since it was made, in order."""
        with self._database.read() as session:
            store = BookingStore(session)
            _owned(store.booking(booking_id), owner)
            return [change_view(row) for row in store.changes(booking_id)]

    def create(self, request: BookingRequest, account: str, key: str | None) -> Booking:
        """Book for ``account``; raises ``RefusedError`` with offers where it does not fit."""
        once = Key.of(key, request) if key else None
        if once and (made := self._requests.made_before(account, once)):
            return made
        return self._requests.book(self._requests.read(request, account), request, key=once)

    def create_class(self, request: ClassRequest, by: str, key: str | None = None) -> list[Booking]:
        """The same booking for each of many accounts, or ``RefusedError`` that says when all of them would fit."""
        return self._classes.book(request, by, key)

    def offer(self, request: BookingRequest, account: str) -> Offers:
        """Offers for what ``request`` asks for, held for ``account``; nothing is booked."""
        return self._requests.offer(self._requests.read(request, account), request)

    def edit(self, booking_id: str, edit: BookingEdit, owner: str | None, by: str) -> Booking:
        """Change when a booking is, its phase or its note: all of it, or nothing.

        Raises ``ConflictError`` with what has changed where the edit names an older version, and ``RefusedError`` with
        offers, and how far it would go, where it does not fit.
        """
        self._edits.check(edit)

        def change(ledger: Ledger) -> Booking | RefusedError:
            row = _owned(ledger.store.booking(booking_id), owner)
            _check_version(ledger.store, row, edit.version)
            refusal = self._edits.apply(self._requests.timeline(ledger, by), row, edit)
            return refusal or show(ledger.store, row, self._url)

        outcome = self._requests.writer.run(change)
        if isinstance(outcome, RefusedError):
            raise outcome
        return outcome

    def end(self, booking_id: str, owner: str | None, by: str) -> Booking:
        """Cancel a booking that has not begun, decline an offer, or end what has begun."""

        def change(ledger: Ledger) -> Booking:
            row = _owned(ledger.store.booking(booking_id), owner)
            self._edits.end(self._requests.timeline(ledger, by), row)
            return show(ledger.store, row, self._url)

        return self._requests.writer.run(change)

    def extension(self, booking_id: str, by: str, owner: str | None) -> Extension:
        """How far the booking could be extended now, by at most ``by`` (ISO 8601)."""
        length = parse_duration(by, "extend")
        # Its own servers' rest stands in its way, so it is taken off, and what was done is not kept.
        with self._database.write() as session:
            ledger = Ledger(session, self._requests.clock)
            row = _owned(ledger.store.booking(booking_id), owner)
            if Phase(row.phase) not in LIVE:
                return Extension(until=None, because="the booking is over")
            found = self._edits.extension(self._requests.timeline(ledger, row.account), row, length)
            session.rollback()
            return found


def _check_version(store: BookingStore, row: BookingRow, version: int | None) -> None:
    if version is None or version == row.version:
        return
    changes = [change_view(change) for change in store.changes(row.id, version)]
    said = ", ".join(
        f"{name} from {old} to {new}"
        for change in changes
        for name, (old, new) in change.fields.items()
        if name not in ("reason", "outage", "lost")
    )
    raise ConflictError(
        f"The booking has changed since version {version}{': ' + said if said else ''}.",
        field="version",
        help=f"Look at it again, then decide; it is at version {row.version} now.",
        changes=changes,
    )


def _owned(row: BookingRow | None, owner: str | None) -> BookingRow:
    if row is None or (owner is not None and row.account != owner):
        raise NotFoundError("There is no such booking.", help="See bookings/select for yours.")
    return row
