"""Makes bookings: reads what is asked for, checks the rules, claims it or refuses with offers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from aglais_hub.bookings.amounts import ZERO, Amount
from aglais_hub.bookings.rules import Need, fitting_runs, share_of
from aglais_hub.bookings.service.decisions import Decided, write_decision
from aglais_hub.bookings.service.ends import outlasts
from aglais_hub.bookings.service.ledger import Hint
from aglais_hub.bookings.service.offers import Offers
from aglais_hub.bookings.service.timeline import HUB, Timeline
from aglais_hub.bookings.service.views import Made, show, show_all
from aglais_hub.bookings.service.wanted import Wanted
from aglais_hub.bookings.service.writer import Writer
from aglais_hub.bookings.spans import read_percent, read_spans, read_window
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.times import LATEST, parse_duration, parse_zone, words
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError, RefusedError
from aglais_hub.wire.bookings import Booking, BookingRequest, Phase, Span
from aglais_hub.wire.bookings import Offers as OffersAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.bookings.lifecycle import Who
    from aglais_hub.bookings.rows import NewBooking
    from aglais_hub.bookings.rules import Terms
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.readers import AccountReader, ClusterReader, GroupReader, PackageReader
    from aglais_hub.bookings.tables import BookingRow
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database
    from aglais_hub.wire.packages import Package

__all__ = ["Key", "Requests"]

LATE = timedelta(minutes=5)
"""A start that lies in the past by no more than this is meant as now: a form takes its time to be filled in."""

FARTHEST = timedelta(days=3660)
"""No booking ends later than this from now; what is granted for longer can't be promised to anyone yet."""


T = TypeVar("T")

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
        groups: GroupReader,
        vouching: ClusterReader,
        offer_lifetime: timedelta,
        absent_after: timedelta,
        lead: timedelta,
        url: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.packages = packages
        self.accounts = accounts
        self.groups = groups
        self.vouching = vouching
        self.url = url
        self.writer = Writer(database, clock, accounts)
        self._offer_lifetime = offer_lifetime
        self._absent_after = absent_after
        self.lead = lead

    def timeline(self, ledger: Ledger, by: str | Who) -> Timeline:
        """The bookings within a transaction, as ``by`` changes them."""
        return Timeline(ledger, by, absent_after=self._absent_after)

    # ---- reading

    def read(self, request: BookingRequest, account: str) -> Wanted:
        """What ``request`` asks for; raises ``InvalidValueError`` or ``NotFoundError`` that name the field."""
        now, zone = self.clock.now(), parse_zone(request.tz)
        self.check_group(request.group, account)
        spans = self._ahead(request, read_spans(request, zone=zone, now=now), now)
        window = read_window(request)
        if window and len(spans) > 1:
            raise InvalidValueError("Several spans can't have a window.", field="window", help="Leave one of them out.")
        package = self.packages.get(request.package) if request.package else None
        smallest = self.packages.get(request.smallest).rank if request.smallest else None
        return Wanted(
            account=account,
            package=package,
            need=self._need(request, package),
            spans=spans,
            cluster=request.cluster,
            note=request.note,
            recurrence=request.recurrence,
            latest=min(spans[0].start + window, LATEST) if window else None,
            shortest=parse_duration(request.shortest, "shortest") if request.shortest else None,
            smallest=smallest,
            zone=request.tz,
            lead=self.lead if request.prepare else None,
            group=request.group,
        )

    def check_group(self, group: str | None, account: str) -> None:
        """Raise ``NotFoundError`` unless the account is in the group, or there is none to charge it to."""
        if group is not None and self.groups.role(group, account) is None:
            raise NotFoundError(
                "There is no such group among those of the account.", field="group", help="See groups/select for yours."
            )

    @staticmethod
    def _ahead(request: BookingRequest, spans: list[Span], now: datetime) -> list[Span]:
        """The spans from now on; a whole day that has begun still counts, other starts in the past are a mistake."""
        field = "enddate" if request.spans is None else "spans"
        if spans[-1].end <= now:
            raise InvalidValueError("It is over already.", field=field, help="Give a later end.")
        if spans[-1].end > now + FARTHEST:
            raise InvalidValueError(
                "It ends more than ten years from now.", field=field, help="Book as far as is granted."
            )
        first = spans[0]
        if first.start >= now:
            return spans
        text = request.startdate or ""
        whole_days = (request.spans is not None or bool(text)) and "T" not in text.upper() and ":" not in text
        if first.end <= now or (not whole_days and now - first.start > LATE):
            field = "startdate" if request.spans is None else "spans"
            raise InvalidValueError("It starts in the past.", field=field, help="Leave the start out for now.")
        return [Span(start=now, end=first.end), *spans[1:]]

    @staticmethod
    def _need(request: BookingRequest, package: Package | None) -> Need:
        explicit = Amount.of(request)
        given = [name for name, is_given in (
            ("package", package is not None), ("share", request.share is not None), ("cores", explicit != ZERO)
        ) if is_given]  # fmt: skip
        if len(given) > 1:
            raise InvalidValueError("Give a package, a share or resources, only one of them.", field=given[0])
        if not given:
            raise InvalidValueError(
                "It asks for nothing.", field="package", help="Name a package, or give cores and memory."
            )
        if request.share is not None:
            if request.sharing == "shared":
                raise InvalidValueError("A share is not shared.", field="sharing", help="Choose managed.")
            return Need(ZERO, "managed", share_of(read_percent(request.share, "share")))
        return Need(Amount.of(package.size.resources) if package else explicit, request.sharing)

    # ---- deciding

    def made_before(self, account: str, key: Key) -> Booking | None:
        """The booking that this key has made already."""
        with self.database.read() as session:
            store = BookingStore(session)
            made = store.booking_of_key(account, key.text)
            return self._same(store, made, key) if made else None

    def book(
        self,
        wanted: Wanted,
        request: BookingRequest,
        *,
        key: Key | None = None,
        then: Phase | None = None,
        instead: Instead | None = None,
    ) -> Booking:
        """Claim what is wanted and go on to ``then``, or raise ``RefusedError`` with offers that are held.

        The look and the claim are one change under the lock, so two callers never get one place. With ``key``, a
        second call of the same account answers with the first call's booking. What ``instead`` finds under the lock is
        the answer where it finds something.
        """
        packages = self.packages.select().rows if wanted.package else []

        def decide(ledger: Ledger) -> Booking | Made | RefusedError:
            # A refusal is returned, not raised: what it offers is held, so this change has to be kept.
            timeline = self.timeline(ledger, wanted.account)
            if key and (before := ledger.store.booking_of_key(wanted.account, key.text)):
                return self._same(ledger.store, before, key)
            if instead and (found := instead(timeline)):
                return show(ledger.store, found, self.url)
            if refusal := self._too_large(timeline, wanted, request):
                return refusal
            clusters = self.clusters(timeline, wanted)
            timeline.holds.drop(wanted.account)
            decided = Decided.begin(timeline, wanted, request, clusters)
            made = self._claim(timeline, wanted, clusters, decided, key)
            if made is None:
                return self._refuse(timeline, wanted, clusters, packages, decided)
            write_decision(ledger, decided, "accepted", booking=made.id)
            if then is None:
                return Made.of(ledger.store, made)
            timeline.move(row := timeline.row(made), then, who=HUB)
            return show(ledger.store, row, self.url)

        outcome = self.writer.run(decide, Hint(wanted.account, wanted.cluster, wanted.spans))
        return outcome.show(self.url) if isinstance(outcome, Made) else _given(outcome)

    def offer(self, wanted: Wanted, request: BookingRequest, *, lifetime: timedelta | None = None) -> OffersAnswer:
        """Offers for what is wanted, the first as it was asked where that fits; none of them booked.

        Each is held as long as offers are, or for ``lifetime``.
        """
        packages = self.packages.select().rows if wanted.package else []

        def decide(ledger: Ledger) -> OffersAnswer | RefusedError:
            timeline = self.timeline(ledger, wanted.account)
            if refusal := self._too_large(timeline, wanted, request):
                return refusal
            clusters = self.clusters(timeline, wanted)
            timeline.holds.drop(wanted.account)
            decided = Decided.begin(timeline, wanted, request, clusters)
            rows = Offers(timeline, clusters, packages).make(
                wanted, lifetime or self._offer_lifetime, decision=decided.id, asked=True
            )
            write_decision(ledger, decided, "offered")
            return OffersAnswer(offers=show_all(ledger.store, rows, self.url), why=decided.url(self.url))

        return _given(self.writer.run(decide, Hint(wanted.account, wanted.cluster, wanted.spans)))

    def offers_for(self, timeline: Timeline, wanted: Wanted, request: BookingRequest, refusal: RefusedError) -> None:
        """Add to a refused edit what could be booked instead."""
        clusters = self.clusters(timeline, wanted)
        timeline.holds.drop(wanted.account)
        decided = Decided.begin(timeline, wanted, request, clusters)
        packages = self.packages.select().rows if wanted.package else []
        rows = Offers(timeline, clusters, packages).make(wanted, self._offer_lifetime, decision=decided.id, asked=True)
        write_decision(timeline.ledger, decided, "refused", rule=refusal.rule, message=refusal.message)
        refusal.offers = show_all(timeline.store, rows, self.url)
        refusal.why = decided.url(self.url)

    def _too_large(self, timeline: Timeline, wanted: Wanted, request: BookingRequest) -> RefusedError | None:
        """The refusal of what the account's level does not allow, or would outlast it."""
        level, default, ends = timeline.ledger.levels[wanted.account]
        if ends is not None and (wanted.latest or wanted.start) + (wanted.end - wanted.start) > ends:
            refusal = outlasts(level, ends, timeline.now, "enddate" if request.spans is None else "spans")
            decided = Decided.begin(timeline, wanted, request, [])
            write_decision(timeline.ledger, decided, "refused", rule=refusal.rule, message=refusal.message)
            refusal.why = decided.url(self.url)
            return refusal
        if level > 0 or (wanted.package is not None and wanted.package.name == default):
            return None
        decided = Decided.begin(timeline, wanted, request, [])
        message = f"An anonymous account may book {default} only."
        write_decision(timeline.ledger, decided, "refused", rule="level", message=message)
        return RefusedError(
            message,
            rule="level",
            field="package",
            why=decided.url(self.url),
            help="Register with an email address to book larger packages.",
        )

    def clusters(self, timeline: Timeline, wanted: Wanted) -> list[Terms]:
        """How those count that it may be booked on."""
        clusters = timeline.terms(wanted.cluster)
        if wanted.cluster and not clusters:
            raise InvalidValueError(f"There is no cluster {wanted.cluster!r}.", field="cluster")
        unverified = self.vouching.unverified()
        return [terms for terms in clusters if terms.name not in unverified] if unverified else clusters

    def _claim(
        self, timeline: Timeline, wanted: Wanted, clusters: list[Terms], decided: Decided, key: Key | None
    ) -> NewBooking | None:
        if wanted.latest is not None:
            found = Offers(timeline, clusters, []).asked(wanted)
            if found is None:
                return None
            wanted, clusters = found.wanted, [found.terms]
        placed = timeline.place(wanted, clusters)
        if placed is None:
            return None
        columns: dict[str, Any] = {"key": key.text, "asked": key.asked} if key else {}
        return timeline.claim(wanted, *placed, timeline.begun(wanted.spans), decision=decided.id, **columns)

    def stopped(self, cluster: str | None) -> str:
        """Why nothing more is booked for now on the cluster, or on any; empty where it is."""
        unverified = self.vouching.unverified()
        names = sorted(unverified) if cluster is None else [name for name in unverified if name == cluster]
        return ", and ".join(f"nothing more is booked on {name} for now, since {unverified[name]}" for name in names)

    def _same(self, store: BookingStore, row: BookingRow, key: Key) -> Booking:
        if row.asked != key.asked:
            raise ConflictError(
                "This Idempotency-Key was used for another request.",
                field="Idempotency-Key",
                help="Use a new key for each new booking.",
            )
        return show(store, row, self.url)

    def _refuse(
        self,
        timeline: Timeline,
        wanted: Wanted,
        clusters: list[Terms],
        packages: list[Package],
        decided: Decided,
    ) -> RefusedError:
        rule, because = self._because(timeline, wanted, clusters)
        others = clusters or self.clusters(timeline, wanted._replace(cluster=None))
        rows = Offers(timeline, others, packages).make(wanted, self._offer_lifetime, decision=decided.id)
        message = f"{wanted.name} does not fit: {because}."
        write_decision(timeline.ledger, decided, "refused", rule=rule, message=message)
        where = wanted.cluster or (clusters[0].name if len(clusters) == 1 else "")
        return RefusedError(
            message,
            rule=rule,
            field="group" if rule == "group_budget" else wanted.field,
            offers=show_all(timeline.store, rows, self.url),
            why=decided.url(self.url),
            help=_help(rule, where, has_offers=bool(rows)),
        )

    @staticmethod
    def shortage(timeline: Timeline, wanted: Wanted, clusters: Sequence[Terms]) -> str:
        """Why the budget of its group has no room for it on any of the clusters; empty where it has on one."""
        if wanted.group is None:
            return ""
        found = [timeline.shortage(wanted.group, wanted.spans, timeline.claims(wanted, terms)) for terms in clusters]
        return "" if not found or "" in found else found[0]

    def _because(self, timeline: Timeline, wanted: Wanted, clusters: list[Terms]) -> tuple[str, str]:
        """The rule that stood in the way, and what it means in words."""
        if not clusters and (stopped := self.stopped(wanted.cluster)):
            return "cluster_unverified", stopped
        if not clusters:
            return "capacity", "no cluster has been given any capacity yet"
        if short := self.shortage(timeline, wanted, clusters):
            return "group_budget", short
        ledger, misses = timeline.ledger, 0
        within = wanted.latest is not None
        for span in wanted.spans:
            fits = any(ledger.fits(terms.name, ledger.claims(wanted.need, [span], terms)) for terms in clusters)
            misses += not fits
        for terms in clusters:
            granted = [step for span in wanted.spans for step in ledger.granted(terms.name, span)]
            pieces = ledger.claims(wanted.need, wanted.spans, terms, rest=False)
            whole = sum((run.end - run.start for run in fitting_runs(granted, pieces)), timedelta())
            if whole == sum((span.end - span.start for span in wanted.spans), timedelta()):
                taken = "the capacity is taken by other bookings"
                if len(wanted.spans) > 1:
                    taken += f" in {misses} of {len(wanted.spans)} spans" if misses else " on each cluster at some time"
                if within and wanted.latest is not None:
                    taken += f" throughout the {words(wanted.latest - wanted.start)} in which it may start"
                return "capacity", taken
        if wanted.need.sharing == "reserved" and not any(
            step.left.servers > 0 for terms in clusters for step in ledger.granted(terms.name, wanted.span)
        ):
            return "servers", "there are no whole servers to reserve at that time"
        return "capacity", "it is more than the capacity at that time"


def _given(outcome: T | RefusedError) -> T:
    if isinstance(outcome, RefusedError):
        raise outcome
    return outcome


def _help(rule: str, cluster: str, *, has_offers: bool) -> str:
    if has_offers:
        return "Take one of the offers, each is kept for you until it expires, or choose another time."
    if rule == "group_budget":
        return "Book less, charge it to yourself or another group, or ask an admin for a larger budget."
    where = f"cluster {cluster}" if cluster else "the platform"
    return f"Choose a smaller package, a shorter time, or look at what {where} has."
