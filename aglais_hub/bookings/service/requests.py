"""Makes bookings: reads what is asked for, checks the rules, claims it or refuses with offers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sqlalchemy.exc import IntegrityError

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import fits, steps
from aglais_hub.bookings.service.offers import Offers
from aglais_hub.bookings.service.timeline import Timeline, Wanted
from aglais_hub.bookings.service.views import booking_view
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.times import parse_span, parse_zone
from aglais_hub.errors import ConflictError, InvalidValueError, RefusedError
from aglais_hub.wire.bookings import Booking, BookingRequest, Phase, Span

if TYPE_CHECKING:
    from aglais_hub.bookings.tables import BookingRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.packages import Package, PackageRows

__all__ = ["AccountReader", "Key", "PackageReader", "Requests"]

LATE = timedelta(minutes=5)
"""A start that lies in the past by no more than this is meant as now: a form takes its time to be filled in."""


class PackageReader(Protocol):
    """What bookings want to know of packages: the service beside us, or its client."""

    def select(self) -> PackageRows: ...

    def get(self, name: str) -> Package: ...


class AccountReader(Protocol):
    """What bookings want to know of accounts."""

    def level_and_package(self, name: str) -> tuple[int, str]:
        """The account's level and its default package."""
        ...


Instead = Callable[[Timeline], "BookingRow | None"]
"""Looks, under the lock, whether there is a booking already that will do."""


class Key(NamedTuple):
    """An idempotency key, and a fingerprint of the request that it came with."""

    text: str
    asked: str

    @classmethod
    def of(cls, text: str, request: BookingRequest) -> Key:
        return cls(text, hashlib.sha256(request.model_dump_json().encode()).hexdigest())


class Requests:
    """Turns a request into a booking, or into a refusal with offers; used by people's bookings and by sessions."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        packages: PackageReader,
        accounts: AccountReader,
        offer_lifetime: timedelta,
        url: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.packages = packages
        self.accounts = accounts
        self.url = url
        self._offer_lifetime = offer_lifetime

    def read(self, request: BookingRequest, account: str) -> Wanted:
        """What ``request`` asks for; raises ``InvalidValueError`` or ``NotFoundError`` that name the field."""
        now = self.clock.now()
        span = parse_span(request.startdate, request.enddate, request.duration, zone=parse_zone(request.tz), now=now)
        if span.end <= now:
            raise InvalidValueError("It is over already.", field="enddate", help="Give a later end.")
        if span.start < now:
            whole_days = request.startdate is not None and "T" not in request.startdate and ":" not in request.startdate
            if not whole_days and now - span.start > LATE:
                raise InvalidValueError("It starts in the past.", field="startdate", help="Leave it out for now.")
            span = Span(start=now, end=span.end)
        package = self.packages.get(request.package) if request.package else None
        explicit = Amount(
            int(request.cores * 1000),
            request.memory,
            request.temporary,
            request.user,
            request.data,
            request.servers,
            request.gpus,
        )
        if package and explicit != ZERO:
            raise InvalidValueError("Give a package or resources, not both.", field="package")
        if not package and explicit == ZERO:
            raise InvalidValueError(
                "It asks for nothing.", field="package", help="Name a package, or give cores and memory."
            )
        need = Amount.of(package.size.resources) if package else explicit
        return Wanted(account, package, need, span, request.cluster, request.sharing, request.note)

    def check_level(self, wanted: Wanted) -> None:
        """Refuse what the account's level does not allow."""
        level, default = self.accounts.level_and_package(wanted.account)
        if level == 0 and (wanted.package is None or wanted.package.name != default):
            raise RefusedError(
                f"An anonymous account may book {default} only.",
                rule="level",
                field="package",
                help="Register with an email address to book larger packages.",
            )

    def made_before(self, account: str, key: Key) -> Booking | None:
        """The booking that this key has made already."""
        with self.database.read() as session:
            made = BookingStore(session).booking_of_key(account, key.text)
            return self._same(made, key) if made else None

    def book(
        self, wanted: Wanted, *, key: Key | None = None, then: Phase | None = None, instead: Instead | None = None
    ) -> Booking:
        """Claim what is wanted and go on to ``then``, or raise ``RefusedError`` with offers that are held.

        The look and the claim are one transaction under the cluster's lock, so two callers never get one place.
        With ``key``, a second call of the same account answers with the first call's booking. What ``instead`` finds
        under the lock is the answer where it finds something.
        """
        self.check_level(wanted)
        try:
            outcome = self._book(wanted, key, then, instead)
        except IntegrityError:
            # Another process has used the same key since we looked: its booking is the answer.
            outcome = self._book(wanted, key, then, instead)
        if isinstance(outcome, RefusedError):
            raise outcome
        return outcome

    def _book(
        self, wanted: Wanted, key: Key | None, then: Phase | None, instead: Instead | None
    ) -> Booking | RefusedError:
        # A refusal is returned, not raised: what it offers is held, so this transaction has to be kept.
        with self.database.write() as session:
            return self._decide(Timeline(BookingStore(session), self.clock.now()), wanted, key, then, instead)

    def _decide(
        self, timeline: Timeline, wanted: Wanted, key: Key | None, then: Phase | None, instead: Instead | None
    ) -> Booking | RefusedError:
        store = timeline.store
        names = [wanted.cluster] if wanted.cluster else store.clusters()
        clusters = store.lock(names)
        if wanted.cluster and not clusters:
            raise InvalidValueError(f"There is no cluster {wanted.cluster!r}.", field="cluster")
        if key and (made := store.booking_of_key(wanted.account, key.text)):
            return self._same(made, key)
        if instead and (found := instead(timeline)):
            return booking_view(found, self.url)
        timeline.drop_offers(wanted.account)
        cluster = timeline.place(wanted, clusters)
        if cluster is None:
            return self._refuse(timeline, wanted, clusters)
        columns = {"key": key.text, "asked": key.asked} if key else {}
        row = timeline.claim(wanted, cluster, Phase.ACCEPTED, **columns)
        timeline.accept(row)
        if then is not None:
            timeline.move(row, then)
        return booking_view(row, self.url)

    def _same(self, row: BookingRow, key: Key) -> Booking:
        if row.asked != key.asked:
            raise ConflictError(
                "This Idempotency-Key was used for another request.",
                field="Idempotency-Key",
                help="Use a new key for each new booking.",
            )
        return booking_view(row, self.url)

    def _refuse(self, timeline: Timeline, wanted: Wanted, clusters: list[str]) -> RefusedError:
        offers = Offers(timeline, clusters, self._offer_lifetime).make(wanted, self.packages.select().rows)
        where = f"cluster {wanted.cluster or (clusters[0] if len(clusters) == 1 else '')}".rstrip()
        return RefusedError(
            f"{wanted.name} does not fit: {self._because(timeline, wanted, clusters)}.",
            rule="capacity",
            field="package" if wanted.package else "cores",
            offers=[booking_view(offer, self.url) for offer in offers],
            help="Take one of the offers, each is kept for you until it expires, or choose another time."
            if offers
            else f"Choose a smaller package, a shorter time, or look at what {where or 'the platform'} has.",
        )

    def _because(self, timeline: Timeline, wanted: Wanted, clusters: list[str]) -> str:
        if not clusters:
            return "no cluster has been given any capacity yet"
        granted_only = [
            [piece for piece in timeline.store.pieces(cluster, wanted.span, timeline.now) if min(piece.amount) >= 0]
            for cluster in clusters
        ]
        if any(fits(steps(pieces, wanted.span), wanted.need) for pieces in granted_only):
            return "the capacity is taken by other bookings"
        return "it is more than the capacity at that time"
