"""Decisions about capacity: grants and blackouts, and the bookings that they hit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.lifecycle import ENDED
from aglais_hub.bookings.rules import WHOLE, Piece, share_of
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.replacements import offer_others
from aglais_hub.bookings.service.shortage import over_claimed
from aglais_hub.bookings.service.timeline import Timeline
from aglais_hub.bookings.service.views import grant_view, show_all
from aglais_hub.bookings.spans import read_percent
from aglais_hub.bookings.store import BookingStore, amount_of
from aglais_hub.bookings.tables import BookingRow, ClusterRow, GrantRow
from aglais_hub.bookings.times import parse_span, parse_zone
from aglais_hub.database import new_id
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.wire.bookings import Phase, Span
from aglais_hub.wire.decisions import Hit
from aglais_hub.wire.resources import Grant, GrantRequest, Resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aglais_hub.bookings.service.requests import Requests
    from aglais_hub.bookings.store import Page
    from aglais_hub.wire.bookings import Booking

__all__ = ["CapacityService"]

FIRST_GRANT = timedelta(days=3653)
"""How long the first grant of a cluster lasts: ten years, which is 'until further notice' for a host."""


LONGEST_REST = timedelta(days=7)
"""No buffer of a cluster is longer."""


class CapacityService:
    """Grants of capacity to clusters.

    A grant that takes away, ends earlier or is removed may leave too little for bookings: those made last are in its
    way. They are cancelled where the caller says so, else nothing changes and ``ConflictError`` names them.
    """

    def __init__(self, requests: Requests, *, default_cluster: str) -> None:
        self._requests = requests
        self._database = requests.database
        self._clock = requests.clock
        self._url = requests.url
        self._default_cluster = default_cluster

    def seed(self, cluster: str, capacity: Resources) -> None:
        """On a first start: make ``cluster``, and ``capacity`` its first grant."""

        def begin(ledger: Ledger) -> None:
            if not ledger.store.clusters():
                ledger.next_change()
                ledger.store.add(ClusterRow(name=cluster, overcommit=1000, buffer=0, created=ledger.now))
                ledger.store.flush()
                self._add(ledger, cluster, _without_end(ledger.now), Amount.of(capacity), None, "this host")

        self._requests.writer.run(begin)

    def select(self, span: Span, page: Page, *, cluster: str | None = None) -> list[Grant]:
        """A page of the grants that overlap ``span``, and one more where there is a next page."""
        with self._database.read() as session:
            return [grant_view(row, self._url) for row in BookingStore(session).grants(span, cluster, page)]

    def get(self, grant_id: str) -> Grant:
        """One grant."""
        with self._database.read() as session:
            return grant_view(_found(BookingStore(session).grant(grant_id)), self._url)

    def create(self, request: GrantRequest, by: str) -> Grant:
        """Grant capacity, or take some away; a cluster that is named for the first time begins with it."""
        return self._requests.writer.run(lambda ledger: self.grant(ledger, request, by))

    def grant(self, ledger: Ledger, request: GrantRequest, by: str) -> Grant:
        """The same, within a transaction."""
        row = self._create(ledger, request)
        self._settle(ledger, by, row, Span(start=row.start, end=row.end), cancel=request.hit == "cancel")
        return grant_view(row, self._url)

    def preview(self, request: GrantRequest, by: str) -> Hit:
        """The bookings that a grant or blackout would hit; nothing is changed."""

        def change(ledger: Ledger) -> list[Booking]:
            row = self._create(ledger, request)
            return self._make_room(ledger, by, row, Span(start=row.start, end=row.end))

        return Hit(hit=self._dry(change))

    def change(self, grant_id: str, request: GrantRequest, by: str) -> Grant:
        """Put other times, amounts or another note into a grant."""
        span, amount, share = self._read(request)

        def change(ledger: Ledger) -> Grant:
            row = _found(ledger.store.grant(grant_id))
            if request.cluster not in (None, row.cluster):
                raise InvalidValueError("A grant stays with its cluster.", field="cluster", help="Make a new one.")
            touched = Span(start=min(span.start, row.start), end=max(span.end, row.end))
            ledger.withdraw(row.id)
            row.start, row.end, row.note, row.version = span.start, span.end, request.note, row.version + 1
            row.share = share
            for name, value in amount._asdict().items():
                setattr(row, name, value)
            self._enter(ledger, row)
            self._settle(ledger, by, row, touched, cancel=request.hit == "cancel")
            return grant_view(row, self._url)

        return self._requests.writer.run(change)

    def remove(self, grant_id: str, by: str, *, cancel: bool = False) -> Grant:
        """Take a grant back."""

        def change(ledger: Ledger) -> Grant:
            row = _found(ledger.store.grant(grant_id))
            removed = grant_view(row, self._url)
            ledger.withdraw(row.id)
            ledger.store.remove(row)
            ledger.store.flush()
            self._settle(ledger, by, row, Span(start=removed.start, end=removed.end), cancel=cancel)
            return removed

        return self._requests.writer.run(change)

    # ---- capacity that is measured, and has no end

    def kept(self, grant_id: Callable[[str], str]) -> dict[str, Grant]:
        """The grant of each cluster that has the id which ``grant_id`` says for it, by cluster."""
        with self._database.read() as session:
            store = BookingStore(session)
            rows = {one.name: store.grant(grant_id(one.name)) for one in store.clusters()}
            return {name: grant_view(row, self._url) for name, row in rows.items() if row is not None}

    def keep(
        self, grant_id: str, cluster: str, capacity: Resources, by: str, *, note: str, cancel: bool = False
    ) -> Grant:
        """Let the grant with this id be ``capacity`` from now on, and make it where there is none.

        What it was until now stays on record. Raises ``ConflictError`` as ``create`` does, but offers make way: what
        is no longer there can't be held. With ``cancel``, others are offered to whom that takes a booking from.
        """

        def change(ledger: Ledger) -> tuple[Grant, list[Booking]]:
            row = self._keep(ledger, grant_id, cluster, Amount.of(capacity), note)
            hit = _booked(self._make_room(ledger, by, row, Span(start=ledger.now, end=row.end)))
            if hit and not cancel:
                raise _in_use(hit)
            return grant_view(row, self._url), hit

        grant, hit = self._requests.writer.run(change)
        offer_others(self._requests, hit)
        return grant

    def short(self, grant_id: str, cluster: str, capacity: Resources, by: str) -> list[Booking]:
        """The bookings that ``keep`` would hit; nothing is changed."""

        def change(ledger: Ledger) -> list[Booking]:
            row = self._keep(ledger, grant_id, cluster, Amount.of(capacity), "")
            return _booked(self._make_room(ledger, by, row, Span(start=ledger.now, end=row.end)))

        return self._dry(change)

    def _keep(self, ledger: Ledger, grant_id: str, cluster: str, amount: Amount, note: str) -> GrantRow:
        span = _without_end(ledger.now)
        row = ledger.store.grant(grant_id)
        if row is None:
            self._found_cluster(ledger, cluster)
            return self._add(ledger, cluster, span, amount, None, note, id=grant_id)
        ledger.withdraw(row.id, ledger.now)
        row.end, row.version = max(row.end, span.end), row.version + 1
        for name, value in amount._asdict().items():
            setattr(row, name, value)
        ledger.enter(row.id, row.cluster, [Piece(ledger.now, row.end, amount)], is_grant=True)
        return row

    # ---- inside

    def _read(self, request: GrantRequest) -> tuple[Span, Amount, int | None]:
        zone = parse_zone(request.tz)
        span = parse_span(request.startdate, request.enddate, None, zone=zone, now=self._clock.now())
        amount = Amount.of(request)
        if request.share is not None:
            share = share_of(read_percent(request.share, "share", negative=True))
            if share > 0 or amount != ZERO:
                raise InvalidValueError(
                    "A share can only be taken away, and alone.", field="share", help="Write it as in -100%."
                )
            return span, ZERO, share
        if amount == ZERO:
            raise InvalidValueError("It grants nothing.", field="cores", help="Give cores, memory or another resource.")
        return span, amount, None

    def _create(self, ledger: Ledger, request: GrantRequest) -> GrantRow:
        span, amount, share = self._read(request)
        cluster = request.cluster or self._default_cluster
        self._found_cluster(ledger, cluster)
        return self._add(ledger, cluster, span, amount, share, request.note)

    @staticmethod
    def _found_cluster(ledger: Ledger, name: str) -> None:
        """Make the cluster, where it is named for the first time."""
        if ledger.store.cluster(name) is None:
            ledger.next_change()
            ledger.store.add(ClusterRow(name=name, overcommit=1000, buffer=0, created=ledger.now))
            ledger.store.flush()

    def _add(
        self, ledger: Ledger, cluster: str, span: Span, amount: Amount, share: int | None, note: str, id: str = ""
    ) -> GrantRow:
        row = GrantRow(
            id=id or new_id(ledger.now),
            cluster=cluster,
            start=span.start,
            end=span.end,
            share=share,
            note=note,
            version=1,
            created=ledger.now,
            **amount._asdict(),
        )
        ledger.store.add(row)
        self._enter(ledger, row)
        return row

    @staticmethod
    def _enter(ledger: Ledger, row: GrantRow) -> None:
        """Enter what a grant gives or takes: a share of what the others give."""
        span = Span(start=row.start, end=row.end)
        pieces = [Piece(row.start, row.end, amount_of(row))]
        if row.share is not None:
            ledger.store.flush()
            shares = {one.id for one in ledger.store.blackouts(row.cluster, span)}
            pieces = [
                Piece(step.start, step.end, Amount(*(-(have * -row.share // WHOLE) for have in step.left)))
                for step in ledger.granted(row.cluster, span, without=shares)
            ]
        ledger.enter(row.id, row.cluster, pieces, is_grant=True)

    def _settle(self, ledger: Ledger, by: str, row: GrantRow, span: Span, *, cancel: bool) -> None:
        hit = self._make_room(ledger, by, row, span)
        if hit and not cancel:
            raise _in_use(hit)

    def _make_room(self, ledger: Ledger, by: str, row: GrantRow, span: Span) -> list[Booking]:
        """Let all that follows grants follow them, and cancel what no longer fits; gives it, as it was before."""
        timeline = self._requests.timeline(ledger, by)
        for blackout in ledger.store.blackouts(row.cluster, span):
            if blackout.id != row.id:
                ledger.withdraw(blackout.id)
                self._enter(ledger, blackout)
        if span.end <= ledger.now:
            return []
        ahead = Span(start=max(span.start, ledger.now), end=span.end)
        ledger.flush()
        ledger.store.flush()
        followers = ledger.store.following_grants(row.cluster, ahead)
        for follower in followers:
            timeline.renew(follower)
        # One that needs more servers for some of its time has as many throughout.
        reach = max([span.end, *(follower.end for follower in followers)]) + LONGEST_REST
        ahead = Span(start=ledger.now, end=reach)
        hit: list[Booking] = []
        while (booking := self._in_the_way(ledger, row.cluster, ahead)) is not None:
            if booking.end <= ledger.now:  # only its servers still rest, and they are no longer there
                ledger.withdraw(booking.id, ledger.now)
                timeline.holds.hold(ledger.store.offers_of(booking.account))
            else:
                hit += show_all(ledger.store, [booking], self._url)
                _cancel(timeline, booking, row.note)
        return hit

    @staticmethod
    def _in_the_way(ledger: Ledger, cluster: str, span: Span) -> BookingRow | None:
        """Of the bookings that claim what is not there, at the first instant at which one does, the one made last."""
        ledger.flush()
        ledger.store.flush()
        _, users = next(over_claimed(ledger, cluster, span), (None, set[str]()))
        rows = [row for row in map(ledger.store.booking, users) if row is not None]
        return max(rows, key=_made_last, default=None)

    def _dry(self, change: Callable[[Ledger], list[Booking]]) -> list[Booking]:
        """What ``change`` would give; none of it is kept."""
        with self._database.write() as session:
            ledger = Ledger(session, self._clock)
            found = change(ledger)
            session.rollback()
        return found


def _in_use(hit: list[Booking]) -> ConflictError:
    return ConflictError(
        f"{len(hit)} booking{'s need' if len(hit) > 1 else ' needs'} this capacity, "
        f"the first at {min(one.start for one in hit):%Y-%m-%d %H:%M} UTC.",
        rule="capacity",
        help="Move or cancel them first, or send hit=cancel to have them cancelled.",
        hit=hit,
    )


def _booked(hit: list[Booking]) -> list[Booking]:
    """Those that are more than offers."""
    return [one for one in hit if one.phase != Phase.OFFERED]


def _without_end(now: datetime) -> Span:
    """From yesterday on, so that today is whole wherever the reader's midnight is."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return Span(start=start, end=start + FIRST_GRANT)


def _cancel(timeline: Timeline, row: BookingRow, note: str) -> None:
    reason = f"its capacity was taken away{': ' + note if note else ''}"[:200]
    if row.phase == Phase.OFFERED:
        timeline.move(row, Phase.REJECTED, reason)
    elif row.phase == Phase.RUNNING:
        timeline.cut(row)
        timeline.move(row, Phase.RELEASING, reason)
    elif row.phase == Phase.RELEASING:  # its server is going, and no span follows any more
        timeline.cut(row)
    elif row.start < timeline.now:
        timeline.cut(row)
        timeline.move(row, Phase.COMPLETED, reason)
    else:
        timeline.move(row, Phase.CANCELLED, reason)


def _made_last(row: BookingRow) -> tuple[bool, bool, datetime, str]:
    """Offers go first, then what is booked, then what is over."""
    return row.phase == Phase.OFFERED, Phase(row.phase) not in ENDED, row.created, row.id


def _found(row: GrantRow | None) -> GrantRow:
    if row is None:
        raise NotFoundError("There is no such grant.", help="See resources/select.")
    return row
