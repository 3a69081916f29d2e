"""Decisions about capacity: grants, and what is free."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import least
from aglais_hub.bookings.service.timeline import Timeline
from aglais_hub.bookings.service.views import grant_view
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.tables import GrantRow
from aglais_hub.bookings.times import check_grain, parse_range, parse_span, parse_zone, slots
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_hub.wire.bookings import Span
from aglais_hub.wire.resources import Available, AvailableRow, Grant, GrantRequest, Resources

if TYPE_CHECKING:
    from aglais_hub.bookings.service.requests import PackageReader
    from aglais_hub.bookings.store import Page
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database

__all__ = ["CapacityService"]

FIRST_GRANT = timedelta(days=3653)
"""How long the first grant of a cluster lasts: ten years, which is 'until further notice' for a host."""


class CapacityService:
    """Grants of clusters, and what their claims leave free."""

    def __init__(
        self, *, database: Database, clock: Clock, packages: PackageReader, default_cluster: str, url: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._packages = packages
        self._default_cluster = default_cluster
        self._url = url

    def seed(self, cluster: str, capacity: Resources) -> None:
        """On a first start: make ``cluster``, and ``capacity`` its first grant."""
        try:
            with self._database.write() as session:
                store = BookingStore(session)
                if not store.clusters():
                    store.add_cluster(cluster)
                    # From yesterday on, so that today is whole wherever the reader's midnight is.
                    start = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
                    self._add(store, cluster, start, start + FIRST_GRANT, Amount.of(capacity), "this host")
        except IntegrityError:
            pass  # another process was first

    def available(
        self,
        *,
        range: str | None,
        grain: str,
        tz: str,
        package: str | None = None,
        cluster: str | None = None,
    ) -> Available:
        """What is free in each row of the range: the least of every instant in it, over one cluster or all.

        Over several clusters the amounts and counts are added up; a package must fit into one of them.
        """
        zone, grain = parse_zone(tz), check_grain(grain)
        span = parse_range(range, zone=zone, now=self._clock.now())
        rows = slots(span, grain, zone)
        packages = [self._packages.get(package)] if package else self._packages.select().rows
        needs = {found.name: Amount.of(found.size.resources) for found in packages}
        amounts, counts = [ZERO] * len(rows), [dict.fromkeys(needs, 0) for _ in rows]
        for lows in self._lows(span, rows, cluster):
            for at, low in enumerate(lows):
                amounts[at] = amounts[at].plus(low)
                for name, need in needs.items():
                    counts[at][name] += low.times(need)
        return Available(
            range=(span.start, span.end),
            grain=grain,
            tz=tz,
            rows=[
                AvailableRow(start=row.start, end=row.end, resources=amount.resources(), packages=fit)
                for row, amount, fit in zip(rows, amounts, counts, strict=True)
            ],
        )

    def _lows(self, span: Span, rows: list[Span], cluster: str | None) -> list[list[Amount]]:
        with self._database.read() as session:
            timeline = Timeline(BookingStore(session), self._clock.now())
            known = timeline.store.clusters()
            if cluster is not None and cluster not in known:
                raise NotFoundError(f"There is no cluster {cluster!r}.", field="cluster", help="See resources/select.")
            names = known if cluster is None else [cluster]
            return [least(timeline.steps(name, span), rows) for name in names]

    def grants(self, span: Span, page: Page, *, cluster: str | None = None) -> list[Grant]:
        """A page of the grants that overlap ``span``, and one more where there is a next page."""
        with self._database.read() as session:
            return [grant_view(row, self._url) for row in BookingStore(session).grants(span, cluster, page)]

    def grant(self, grant_id: str) -> Grant:
        """One grant."""
        with self._database.read() as session:
            return grant_view(_found(BookingStore(session).grant(grant_id)), self._url)

    def create(self, request: GrantRequest) -> Grant:
        """Grant capacity; a cluster that is named for the first time begins with it."""
        zone = parse_zone(request.tz)
        span = parse_span(request.startdate, request.enddate, None, zone=zone, now=self._clock.now())
        cluster, amount = request.cluster or self._default_cluster, _amount(request)
        self._know(cluster)
        with self._database.write() as session:
            store = BookingStore(session)
            store.lock([cluster])
            row = self._add(store, cluster, span.start, span.end, amount, request.note)
            return grant_view(row, self._url)

    def _know(self, cluster: str) -> None:
        try:
            with self._database.write() as session:
                store = BookingStore(session)
                if not store.lock([cluster]):
                    store.add_cluster(cluster)
        except IntegrityError:
            pass  # another writer was first

    def change(self, grant_id: str, request: GrantRequest) -> Grant:
        """Put other times, amounts or another note into a grant; what is claimed must still fit."""
        zone = parse_zone(request.tz)
        span = parse_span(request.startdate, request.enddate, None, zone=zone, now=self._clock.now())
        with self._database.write() as session:
            store = BookingStore(session)
            row = self._locked(store, grant_id)
            if request.cluster not in (None, row.cluster):
                raise InvalidValueError("A grant stays with its cluster.", field="cluster", help="Make a new one.")
            touched = span.model_copy(update={"start": min(span.start, row.start), "end": max(span.end, row.end)})
            row.start, row.end, row.note, row.version = span.start, span.end, request.note, row.version + 1
            for name, value in _amount(request)._asdict().items():
                setattr(row, name, value)
            session.flush()
            self._check_not_overclaimed(store, row.cluster, touched)
            return grant_view(row, self._url)

    def remove(self, grant_id: str) -> Grant:
        """Take a grant back; what is claimed must still fit."""
        with self._database.write() as session:
            store = BookingStore(session)
            row = self._locked(store, grant_id)
            removed = grant_view(row, self._url)
            store.remove(row)
            session.flush()
            self._check_not_overclaimed(store, row.cluster, Span(start=removed.start, end=removed.end))
            return removed

    def _locked(self, store: BookingStore, grant_id: str) -> GrantRow:
        store.lock([_found(store.grant(grant_id)).cluster])
        return _found(store.grant(grant_id, anew=True))

    def _check_not_overclaimed(self, store: BookingStore, cluster: str, span: Span) -> None:
        now = self._clock.now()
        if span.end <= now:
            return
        ahead = span.model_copy(update={"start": max(span.start, now)})
        for step in Timeline(store, now).steps(cluster, ahead):
            if min(step.left) < 0:
                raise ConflictError(
                    f"Bookings need this capacity at {step.start:%Y-%m-%d %H:%M} UTC.",
                    rule="capacity",
                    help="Cancel or move them first; see bookings/select for that time.",
                )

    def _add(
        self, store: BookingStore, cluster: str, start: datetime, end: datetime, amount: Amount, note: str
    ) -> GrantRow:
        row = GrantRow(
            id=str(uuid4()),
            cluster=cluster,
            start=start,
            end=end,
            note=note,
            version=1,
            created=self._clock.now(),
            **amount._asdict(),
        )
        store.add(row)
        return row


def _amount(request: GrantRequest) -> Amount:
    amount = Amount.of(Resources(**request.model_dump(include=set(Amount._fields))))
    if amount == ZERO:
        raise InvalidValueError("It grants nothing.", field="cores", help="Give cores, memory or another resource.")
    return amount


def _found(row: GrantRow | None) -> GrantRow:
    if row is None:
        raise NotFoundError("There is no such grant.", help="See resources/select.")
    return row
