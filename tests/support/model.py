"""What the timeline must say, worked out the slow and plain way: at every instant, from all that is on record.

It shares no code with the services. It is told what was asked and what was answered, and says what is left, what fits,
and from when. Amounts are lists of whole numbers: thousandths of cores, MiB, servers, GPUs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

COUNT, SERVERS = 7, 5
WHOLE = 100_000
NONE = [0] * COUNT

Spans = list[tuple[datetime, datetime]]
Piece = tuple[datetime, datetime, list[int]]


def plus(one: list[int], other: list[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def minus(one: list[int], other: list[int]) -> list[int]:
    return [a - b for a, b in zip(one, other, strict=True)]


def total(pieces: list[Piece], at: datetime) -> list[int]:
    """The sum of what is claimed at an instant."""
    found = NONE
    for first, last, amount in pieces:
        found = plus(found, amount) if first <= at < last else found
    return found


def holds(left: list[int], need: list[int]) -> bool:
    return all(have >= want for have, want in zip(left, need, strict=True) if want > 0)


@dataclass
class Grant:
    cluster: str
    start: datetime
    end: datetime
    amount: list[int]
    share: int | None = None


@dataclass
class Need:
    amount: list[int]
    sharing: str = "managed"
    share: int | None = None
    package: str | None = None


@dataclass
class Booking:
    """``state``: an offer is held; a booking is taken; over, and its servers may rest; or gone."""

    id: str
    account: str
    cluster: str
    need: Need
    spans: Spans
    state: str
    made: datetime
    rests: bool = True
    """Whether its servers rest after its end; counts once it is over."""
    prepare: bool = False
    prepared: tuple[datetime, datetime] | None = None
    """Since when its lab is made ready for a span, and when that span starts."""

    @property
    def claiming(self) -> Spans:
        """The spans, with what is claimed before one of them."""
        since, at = self.prepared or (None, None)
        return [(since if since and start == at else start, end) for start, end in self.spans]


def _id(one: Booking) -> str:
    return one.id


@dataclass
class Model:
    """All that is on record; ``used`` is what was claimed before ``now``, which nothing changes any more."""

    now: datetime
    clusters: dict[str, tuple[int, timedelta]] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    used: dict[str, list[Piece]] = field(default_factory=dict)

    # ---- what is granted and claimed

    def granted(self, cluster: str, at: datetime) -> list[int]:
        there = [one for one in self.grants.values() if one.cluster == cluster and one.start <= at < one.end]
        plain = NONE
        for grant in there:
            if grant.share is None:
                plain = plus(plain, grant.amount)
        left = plain
        for grant in there:
            if grant.share is not None:
                left = minus(left, [have * -grant.share // WHOLE for have in plain])
        return left

    def need_at(self, need: Need, cluster: str, at: datetime, servers: int) -> list[int]:
        have, (overcommit, _) = self.granted(cluster, at), self.clusters[cluster]
        if need.share is not None:
            return [max(0, one) * need.share // WHOLE for one in have]
        if need.sharing == "reserved":
            parts = [max(0, one) * servers // max(1, have[SERVERS]) for one in have]
            parts[SERVERS] = servers
            return parts
        if need.sharing == "shared":
            cores, memory, *others = need.amount
            return [*(want and max(1, want * 1000 // overcommit) for want in (cores, memory)), *others]
        return need.amount

    def servers_at(self, need: Need, cluster: str, at: datetime) -> int:
        """How many whole servers hold what is needed, as large as the cluster's are then."""
        have = self.granted(cluster, at)
        counts = [max(1, need.amount[SERVERS])]
        for number, (want, there) in enumerate(zip(need.amount, have, strict=True)):
            if number != SERVERS and want > 0 and there > 0:
                counts.append(-(-want * have[SERVERS] // there))
        return max(counts)

    def claims(self, need: Need, cluster: str, spans: Spans, *, rests: bool) -> list[Piece]:
        """What is claimed in the spans and, where they rest, after each until the next."""
        buffer = self.clusters[cluster][1] if need.sharing == "reserved" and rests else timedelta()
        runs: Spans = []
        for start, end in sorted(spans):
            if runs and start <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(runs[-1][1], end + buffer))
            else:
                runs.append((start, end + buffer))
        found: list[Piece] = []
        for start, end in runs:
            cuts = sorted({start, end, *(cut for cut in self.grant_cuts(cluster) if start < cut < end)})
            servers = max((self.servers_at(need, cluster, cut) for cut in cuts[:-1]), default=1)
            pairs = pairwise(cuts)
            found += [(first, last, self.need_at(need, cluster, first, servers)) for first, last in pairs]
        return found

    def claims_of(self, one: Booking, taking: Booking | None = None) -> list[Piece]:
        """What a booking claims, from its first span on, if the offer ``taking`` were taken."""
        rests = one.rests if one.state == "over" else not self.goes_on(one)
        return self.claims(
            one.need, one.cluster, one.claiming, rests=rests and not (taking and self.joins(one, taking))
        )

    def claimed(self, cluster: str, but: str = "") -> list[tuple[str, Piece]]:
        """What is claimed of a cluster, and by whom: at every instant as much as any outcome of the offers would take.

        Of one account's offers one is taken, or none. What an outcome takes beyond those before it is its offer's.
        """
        there = [one for one in self.bookings.values() if one.cluster == cluster and one.id != but]
        found = [(one.id, piece) for one in there if one.state in ("taken", "over") for piece in self.claims_of(one)]
        for account in {one.account for one in there if one.state == "offered"}:
            offers = sorted((one for one in there if (one.account, one.state) == (account, "offered")), key=_id)
            settled = [one for one in there if one.account == account and one.state in ("taken", "over")]
            outcomes = [[piece for one in settled for piece in self.claims_of(one)]]
            for offer in offers:
                goes_on = [piece for one in settled for piece in self.claims_of(one, offer)]
                outcomes.append(goes_on + self.claims_of(offer))
            for first, last in pairwise(sorted({cut for one in outcomes for piece in one for cut in piece[:2]})):
                most, *others = [total(one, first) for one in outcomes]
                for offer, takes in zip(offers, others, strict=True):
                    more = [max(0, want) for want in minus(takes, most)]
                    most = plus(most, more)
                    if any(more):
                        found.append((offer.id, (first, last, more)))
        return found

    def goes_on(self, one: Booking) -> bool:
        """Whether a booking of the account follows on the same servers."""
        return any(self.joins(one, other) for other in self.bookings.values() if other.state == "taken")

    def joins(self, one: Booking, other: Booking) -> bool:
        """Whether the account would go on under the other, on the same servers."""
        return (
            one.need.package is not None
            and (one.account, one.cluster, one.need.package, one.need.sharing)
            == (other.account, other.cluster, other.need.package, other.need.sharing)
            and one.spans[-1][1] == other.spans[0][0]
        )

    # ---- what is left

    def grant_cuts(self, cluster: str) -> set[datetime]:
        return {cut for one in self.grants.values() if one.cluster == cluster for cut in (one.start, one.end)}

    def taken(self, cluster: str, but: str = "") -> list[Piece]:
        """Everything claimed of a cluster: before now as it was, from now on as it is."""
        return self.used.get(cluster, []) + [
            (max(start, self.now), end, amount)
            for _, (start, end, amount) in self.claimed(cluster, but)
            if end > self.now
        ]

    def profile(self, cluster: str, start: datetime, end: datetime, taken: list[Piece] | None = None) -> list[Piece]:
        """What is left at every instant, in pieces throughout which it is the same."""
        claims = self.taken(cluster) if taken is None else taken
        cuts = {start, end} | self.grant_cuts(cluster) | {cut for first, last, _ in claims for cut in (first, last)}
        edges = sorted(cut for cut in cuts if start <= cut <= end)
        found: list[Piece] = []
        for first, last in pairwise(edges):
            left = self.granted(cluster, first)
            for begin, until, amount in claims:
                if begin <= first < until:
                    left = minus(left, amount)
            found.append((first, last, left))
        return found

    def least(self, profile: list[Piece], start: datetime, end: datetime) -> list[int]:
        lefts = [left for first, last, left in profile if first < end and last > start]
        return [min(column) for column in zip(*lefts, strict=True)]

    def count(self, left: list[int], need: Need, cluster: str, at: datetime) -> int:
        """How many fit at an instant."""
        one = self.need_at(need, cluster, at, self.servers_at(need, cluster, at) if need.sharing == "reserved" else 0)
        return max(0, min((have // want for have, want in zip(left, one, strict=True) if want > 0), default=0))

    # ---- what fits

    def fits(
        self,
        need: Need,
        cluster: str,
        spans: Spans,
        account: str = "",
        *,
        itself: str = "",
        whole: bool = False,
        prepared: tuple[datetime, datetime] | None = None,
    ) -> bool:
        """Whether there is room in all the spans from now on; ``itself`` is the booking that is moved there.

        A share may be of nothing for some of its time, but not for all of it; with ``whole``, for none.
        """
        kept = self.bookings.pop(itself, None)
        self.bookings["new"] = new = Booking("new", account, cluster, need, spans, "taken", self.now)
        new.prepared = prepared or (kept.prepared if kept else None)
        claims = [(max(first, self.now), last, amount) for first, last, amount in self.claims_of(new)]
        claims = [claim for claim in claims if claim[0] < claim[1]]
        taken = self.taken(cluster, but="new")
        del self.bookings["new"]
        if kept is not None:
            self.bookings[itself] = kept
        return (all if whole else any)(any(amount) for _, _, amount in claims) and all(
            holds(left, amount)
            for first, last, amount in claims
            for _, _, left in self.profile(cluster, first, last, taken)
        )

    def where(self, need: Need, spans: Spans, account: str, clusters: list[str], *, whole: bool = False) -> str | None:
        """The first cluster that has room."""
        return next((name for name in clusters if self.fits(need, name, spans, account, whole=whole)), None)

    def starts(self, start: datetime, latest: datetime) -> list[datetime]:
        """All instants between two at which anything changes: where it fits first is one of them."""
        cuts = {start}
        for name in self.clusters:
            far = latest + timedelta(microseconds=1)
            cuts |= {first for first, _, _ in self.profile(name, start, far)} if far > start else set()
        return sorted(cut for cut in cuts if start <= cut <= latest)

    def earliest(
        self, need: Need, start: datetime, latest: datetime, length: timedelta, account: str, clusters: list[str]
    ) -> tuple[datetime, str] | None:
        """From when it fits, and where."""
        for at in self.starts(start, latest):
            name = self.where(need, [(at, at + length)], account, clusters, whole=True)
            if name is not None:
                return at, name
        return None

    def until(self, need: Need, cluster: str, start: datetime, end: datetime, account: str) -> datetime | None:
        """Until when it fits from ``start`` on, ``end`` at most."""
        buffer = self.clusters[cluster][1] if need.sharing == "reserved" else timedelta()
        cuts = {first - buffer for first, _, _ in self.profile(cluster, start, end + buffer)} | {end}
        tried = sorted((cut for cut in cuts if start < cut <= end), reverse=True)
        return next((cut for cut in tried if self.fits(need, cluster, [(start, cut)], account, whole=True)), None)

    # ---- time and capacity

    def move_to(self, now: datetime) -> None:
        """Let time pass; what was claimed meanwhile is on record."""
        for name in self.clusters:
            fresh = self.taken(name)[len(self.used.get(name, [])) :]
            self.used.setdefault(name, []).extend((at, min(end, now), amount) for at, end, amount in fresh if at < now)
        self.now = now

    def over_claimed(self, cluster: str, start: datetime, end: datetime) -> tuple[datetime, list[str]] | None:
        """The first instant at which more is claimed than there is, and by whom."""
        start = max(start, self.now)
        if start >= end:
            return None
        claims = self.claimed(cluster)
        for first, _, left in self.profile(cluster, start, end):
            by = [
                who
                for who, (begin, until, amount) in claims
                if begin <= first < until and any(have < 0 < used for have, used in zip(left, amount, strict=True))
            ]
            if by:
                return first, by
        return None


@lru_cache(maxsize=4096)
def edges(zone_name: str, grain: str, start: datetime, end: datetime) -> list[datetime]:
    """Where the rows of an answer begin and end: found by looking at the zone's clock every half hour."""
    zone = ZoneInfo(zone_name)

    def shown(at: datetime) -> object:
        local = at.astimezone(zone)
        if grain == "hour":
            return local.date(), local.hour, local.utcoffset()
        if grain == "week":
            return tuple(local.isocalendar())[:2]
        return local.date() if grain == "day" else (local.year, local.month)

    found, at, before = [start], start, shown(start)
    while True:
        at = at - timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
        at += timedelta(minutes=30)
        if at >= end:
            return [*found, end]
        now = shown(at)
        if now != before:
            found.append(at)
        before = now
