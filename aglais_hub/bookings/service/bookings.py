"""Decisions about people's bookings: see, make, change, end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.lifecycle import COUNTED
from aglais_hub.bookings.service.classes import Classes
from aglais_hub.bookings.service.edits import Edits
from aglais_hub.bookings.service.endings import Endings
from aglais_hub.bookings.service.giving import Giving
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.requests import Key
from aglais_hub.bookings.service.views import change_view, show, show_all
from aglais_hub.bookings.store import LIVE, BookingStore, Page
from aglais_hub.bookings.tables import BookingRow
from aglais_hub.bookings.times import parse_duration
from aglais_hub.errors import ConflictError, ForbiddenError, NotFoundError, RefusedError
from aglais_hub.wire.bookings import Booking, BookingEdit, BookingRequest, Extension, Phase, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement

    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.wire.bookings import ClassRequest, Offers
    from aglais_hub.wire.decisions import Change

__all__ = ["BookingService"]

OWN_WORDS = ("note",)
"""What of a booking only its holder sees."""


class BookingService:
    """Bookings of accounts. ``NotFoundError`` is raised for what is not there or belongs to someone else.

    Who is in the group of a booking sees it, but for its holder's notes; its owners may give it back, and others get
    ``ForbiddenError``.

    ``owner`` is the account that asks, ``None`` may touch all; ``by`` is who is written down for a change.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._database = requests.database
        self.clock = requests.clock
        self._url = requests.url
        self._edits = Edits(requests)
        self._classes = Classes(requests)
        self._giving = Giving(requests)
        self._endings = Endings(requests)

    def select(
        self,
        span: Span,
        page: Page,
        *,
        owner: str | None = None,
        account: str | None = None,
        group: str | None = None,
        cluster: str | None = None,
        package: str | None = None,
        phases: Sequence[Phase] = (),
    ) -> list[Booking]:
        """A page of the bookings that overlap ``span``, and one more where there is a next page."""
        conditions: list[ColumnElement[bool]] = []
        if cluster is not None:
            conditions.append(BookingRow.cluster == cluster)
        if group is not None:
            conditions.append(BookingRow.group == group)
        if package is not None:
            conditions.append(BookingRow.package == package)
        if phases:
            conditions.append(BookingRow.phase.in_(phases))
        with self._database.read() as session:
            store = BookingStore(session)
            shown = show_all(store, store.bookings_in(span, page, account, *conditions), self._url)
        return [_as_seen(booking, owner) for booking in shown]

    def number(self, accounts: Collection[str]) -> int:
        """How many bookings these accounts have together that are not over."""
        with self._database.read() as session:
            return len(BookingStore(session).in_phase(COUNTED, BookingRow.account.in_(accounts)))

    def get(self, booking_id: str, owner: str | None) -> Booking:
        """One booking."""
        with self._database.read() as session:
            store = BookingStore(session)
            return _as_seen(show(store, self._seen(store.booking(booking_id), owner), self._url), owner)

    def changes(self, booking_id: str, owner: str | None) -> list[Change]:
        """What has changed of a booking since it was made, in order."""
        with self._database.read() as session:
            store = BookingStore(session)
            is_own = owner in (None, self._seen(store.booking(booking_id), owner).account)
            return [change_view(row, without=() if is_own else OWN_WORDS) for row in store.changes(booking_id)]

    def check_group(self, group: str, account: str) -> None:
        """Raise ``NotFoundError`` unless the account is in the group."""
        self._requests.check_group(group, account)

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
            row = self._seen(ledger.store.booking(booking_id), owner)
            self._check_may(row, owner, is_less=_is_less(edit))
            _check_version(ledger.store, row, edit.version)
            refusal = self._edits.apply(self._requests.timeline(ledger, by), row, edit)
            return refusal or _as_seen(show(ledger.store, row, self._url), owner)

        outcome = self._requests.writer.run(change)
        if isinstance(outcome, RefusedError):
            raise outcome
        return outcome

    def end(self, booking_id: str, owner: str | None, by: str) -> Booking:
        """Cancel a booking that has not begun, decline an offer, or end what has begun."""

        def change(ledger: Ledger) -> Booking:
            row = self._seen(ledger.store.booking(booking_id), owner)
            self._check_may(row, owner, is_less=True)
            self._edits.end(self._requests.timeline(ledger, by), row)
            return _as_seen(show(ledger.store, row, self._url), owner)

        return self._requests.writer.run(change)

    def give(self, source: str, target: str) -> None:
        """Let what an account has booked ahead be another's, and end the rest of what it has."""
        self._giving.give(source, target)

    def release(self, account: str) -> None:
        """Give back all that an account has booked and was offered: it is no way in any more."""
        self._endings.release(account)

    def erase(self, account: str, pseudonym: str) -> None:
        """The same, and take the account's name and words off the record: they are the pseudonym's from then on."""
        self._endings.erase(account, pseudonym)

    def extension(self, booking_id: str, by: str, owner: str | None) -> Extension:
        """How far the booking could be extended now, by at most ``by`` (ISO 8601)."""
        length = parse_duration(by, "extend")
        # Its own servers' rest stands in its way, so it is taken off, and what was done is not kept.
        with self._database.write() as session:
            ledger = Ledger(session, self._requests.clock)
            row = self._seen(ledger.store.booking(booking_id), owner)
            if Phase(row.phase) not in LIVE:
                return Extension(until=None, because="the booking is over")
            found = self._edits.extension(self._requests.timeline(ledger, row.account), row, length)
            session.rollback()
            return found

    # ---- who may

    def _seen(self, row: BookingRow | None, owner: str | None) -> BookingRow:
        """A booking that is the caller's to see: one's own, or one of a group that one is in."""
        if row is None or not (owner in (None, row.account) or self._role(row, owner)):
            raise NotFoundError("There is no such booking.", help="See bookings/select for yours.")
        return row

    def _check_may(self, row: BookingRow, owner: str | None, *, is_less: bool) -> None:
        """Raise ``ForbiddenError`` unless it is one's own; an owner of its group may give it back."""
        if owner in (None, row.account) or (is_less and self._role(row, owner) == "owner"):
            return
        raise ForbiddenError(
            "This is another member's booking.",
            help="Ask them. An owner of the group may cancel, end or shorten it.",
        )

    def _role(self, row: BookingRow, owner: str | None) -> str | None:
        return self._requests.groups.role(row.group, owner) if row.group and owner else None


def _as_seen(booking: Booking, owner: str | None) -> Booking:
    """As ``owner`` may see it: what its holder has noted is nobody else's."""
    return booking if owner in (None, booking.account) else booking.model_copy(update={"note": ""})


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


def _is_less(edit: BookingEdit) -> bool:
    """Whether an edit gives something back, and does nothing else."""
    asked = edit.model_dump(exclude={"version", "tz", "partial"}, exclude_none=True)
    return set(asked) == {"shorten"} or asked in (
        [{"phase": phase} for phase in (Phase.CANCELLED, Phase.COMPLETED, Phase.REJECTED)]
    )
