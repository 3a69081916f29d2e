"""Compares what the services say with the brute-force model, and keeps the model told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.errors import ConflictError, RefusedError
from aglais_hub.wire.resources import Resources
from tests.support.model import Booking, Model, Need, Spans, edges

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.clock import ManualClock
    from aglais_hub.wire.bookings import Booking as Answer
    from aglais_hub.wire.bookings import BookingEdit, BookingRequest
    from aglais_hub.wiring import Parts

__all__ = ["REACH", "Comparison", "amount", "spans_of"]

LEAD, AGAIN = timedelta(minutes=5), timedelta(seconds=30)
"""When labs are made ready, and how often that is tried."""

REACH = {"hour": timedelta(days=9), "day": timedelta(days=40), "week": timedelta(days=70), "month": timedelta(days=460)}
"""How far an answer by each grain reaches."""


def amount(resources: Resources) -> list[int]:
    values = resources.model_dump()
    return [int(values.pop("cores") * 1000), *values.values()]


def spans_of(answer: Answer) -> Spans:
    return [(span.start, span.end) for span in answer.spans]


class Comparison:
    """The services and the model, side by side."""

    def __init__(self, parts: Parts, clock: ManualClock) -> None:
        self.parts, self.clock = parts, clock
        self.start = clock.now()
        self.model = Model(clock.now())
        self.sizes = {row.name: row.size.resources for row in parts.packages.select().rows}

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # ---- what is compared

    def check_rows(self, cluster: str, zone: str, grain: str, turn: int) -> None:
        start = self.start - timedelta(days=1) + timedelta(minutes=90) * (turn % 2)
        end = start + REACH[grain]
        sharing = ["managed", "shared", "reserved"][turn % 3]
        said = self.parts.availability.available(
            range=f"{start.isoformat()},{end.isoformat()}", grain=grain, tz=zone, cluster=cluster, sharing=sharing  # type: ignore[arg-type]
        ).rows  # fmt: skip
        cuts = edges(zone, grain, start, end)
        assert [row.start for row in said] + [said[-1].end] == cuts
        profile = self.model.profile(cluster, start, end)
        for row in said:
            least = self.model.least(profile, row.start, row.end)
            assert amount(row.resources) == least, (zone, grain, row)
            there = [(first, left) for first, last, left in profile if first < row.end and last > row.start]
            for name, size in self.sizes.items():
                need = Need(amount(size), sharing)
                counts = [self.model.count(left, need, cluster, at) for at, left in there]
                assert row.packages[name] == min(counts), (zone, grain, sharing, name, row)

    def best(
        self, wanted: Need, spans: Spans, who: str, clusters: list[str], window: timedelta | None
    ) -> tuple[Spans, str] | None:
        """When and where what is asked for can be had."""
        first, last = spans[0]
        if window:
            early = self.model.earliest(wanted, first, first + window, last - first, who, clusters)
            return ([(early[0], early[0] + (last - first))], early[1]) if early else None
        place = self.model.where(wanted, spans, who, clusters)
        return (spans, place) if place else None

    def check_offers(
        self, offers: list[Answer], wanted: Need, spans: Spans, who: str, clusters: list[str], window: timedelta | None
    ) -> None:
        """The kinds come in their order, each the best there is: what is held for one is there for the others too."""
        assert len(offers) <= 4
        made: list[tuple[Answer, Need]] = []
        first, length = spans[0][0], spans[-1][1] - spans[0][0]
        latest = first + (window or timedelta())
        for kind in ("asked", "earliest", "smaller", "shorter", "split", "week"):
            offer = offers[0] if offers and offers[0].kind == kind else None
            best: tuple[Need, Spans, str] | None = None
            if kind == "earliest" and len(spans) == 1:
                until = latest if window else first + timedelta(days=60)
                early = self.model.earliest(wanted, first, until, length, who, clusters)
                best = (wanted, [(early[0], early[0] + length)], early[1]) if early else None
            elif kind == "smaller" and wanted.package:
                best = self.best_smaller(wanted, spans, who, clusters, latest)
            elif kind == "shorter":
                best = self.best_shorter(wanted, spans, who, clusters)
            elif kind == "week":
                best = self.best_week(wanted, spans, who, clusters, latest if window else None)
            if best and any((one.package, spans_of(one)) == (best[0].package, best[1]) for one, _ in made):
                best = None
            if kind in ("asked", "split") or len(made) == 4:
                best = None if offer is None else (wanted, spans_of(offer), offer.cluster)
            said = (spans_of(offer), offer.cluster, offer.package) if offer else None
            assert said == ((best[1], best[2], best[0].package) if best else None), f"{kind} should be {best}"
            if offer is None or best is None:
                continue
            assert self.model.fits(best[0], best[2], best[1], who), f"{kind} does not fit: {offer}"
            assert kind != "split" or sum((end - start for start, end in best[1]), timedelta()) == length
            assert window is None or best[1][0][0] <= latest
            made.append((offers.pop(0), best[0]))
        assert offers == []
        for one, need in made:
            self.enter(one, need, "offered")

    def best_smaller(
        self, wanted: Need, spans: Spans, who: str, clusters: list[str], latest: datetime
    ) -> tuple[Need, Spans, str] | None:
        names = list(self.sizes)
        for name in reversed(names[: names.index(wanted.package or "")]):
            need = Need(amount(self.sizes[name]), wanted.sharing, package=name)
            if len(spans) == 1:
                start, end = spans[0]
                early = self.model.earliest(need, start, latest, end - start, who, clusters)
                if early:
                    return need, [(early[0], early[0] + (end - start))], early[1]
            elif place := self.model.where(need, spans, who, clusters):
                return need, spans, place
        return None

    def best_shorter(self, wanted: Need, spans: Spans, who: str, clusters: list[str]) -> tuple[Need, Spans, str] | None:
        if len(spans) > 1:
            fitting = {name: [one for one in spans if self.model.fits(wanted, name, [one], who)] for name in clusters}
            most = max(clusters, key=lambda name: len(fitting[name]))
            return (wanted, fitting[most], most) if fitting[most] else None
        start, end = spans[0]
        found = {name: self.model.until(wanted, name, start, end, who) for name in clusters}
        longest = {name: until for name, until in found.items() if until and until < end}
        if not longest or max(longest.values()) - start < timedelta(minutes=10):
            return None
        name = max(longest, key=lambda name: longest[name])
        return wanted, [(start, longest[name])], name

    def best_week(
        self, wanted: Need, spans: Spans, who: str, clusters: list[str], latest: datetime | None
    ) -> tuple[Need, Spans, str] | None:
        for week in range(1, 9):
            moved = [(start + timedelta(weeks=week), end + timedelta(weeks=week)) for start, end in spans]
            if latest and moved[0][0] > latest:
                return None
            if place := self.model.where(wanted, moved, who, clusters):
                return wanted, moved, place
        return None

    def longest(self, one: Booking, start: datetime, end: datetime, new: datetime) -> datetime | None:
        """How far a span could be extended."""
        buffer = self.model.clusters[one.cluster][1]
        cuts = {first for first, _, _ in self.model.profile(one.cluster, end, new + buffer)} | {new}
        for cut in sorted(cuts | {cut - buffer for cut in cuts}, reverse=True):
            spans = self.joined([(first, cut) if first == start else (first, last) for first, last in one.spans])
            if end < cut <= new and self.model.fits(one.need, one.cluster, spans, one.account, itself=one.id):
                return cut
        return None

    # ---- what the model is told

    def need_of(self, request: BookingRequest) -> Need:
        if request.package:
            return Need(amount(self.sizes[request.package]), request.sharing, package=request.package)
        if request.share:
            return Need([0] * 7, share=round(float(request.share[:-1]) * 1000))
        return Need(amount(Resources(**request.model_dump(include=set(Resources.model_fields)))), request.sharing)

    def enter(self, made: Answer, need: Need, state: str) -> None:
        self.model.bookings[made.id] = Booking(
            made.id, made.account, made.cluster, need, spans_of(made), state, self.now, prepare=made.prepare
        )

    def prepare(self, waited: timedelta) -> None:
        """Labs are made ready within five minutes of a start, where there is room and nothing else of the account's."""
        soon = [
            (one, start)
            for one in self.those("taken")
            for start, _ in one.spans
            if one.prepare and start - LEAD <= self.now < start
        ]
        kept = [one for one, _ in soon if self.parts.bookings.get(one.id, None).phase == "PREPARING"]
        for one, start in soon:
            if one in kept and (one.prepared is None or one.prepared[1] != start):
                one.prepared = self.now, start
        assert len({one.account for one in kept}) == len(kept)
        for one, start in soon:
            others = any(
                other is not one and (other in kept or any(first <= self.now < last for first, last in other.spans))
                for other in self.those("taken")
                if other.account == one.account
            )
            if one in kept:
                assert not others
                assert one.prepared is not None
                assert self.parts.bookings.get(one.id, None).prepares == one.prepared[0]
            elif not others and waited > AGAIN:
                fits = self.model.fits(
                    one.need, one.cluster, one.spans, one.account, itself=one.id, prepared=(self.now, start)
                )
                assert not fits, f"{one} could be made ready"

    def hold(self, offers: list[Answer]) -> None:
        """Offers of a refused edit: each must fit."""
        needs: list[Need] = []
        for offer in offers:
            source = next((one for one in self.those("taken") if one.account == offer.account), None)
            assert source is not None
            share = None if offer.share is None else round(float(offer.share) * 1000)
            need = Need([0] * 7 if share else amount(offer.resources), offer.sharing, share, offer.package)
            assert self.model.fits(need, offer.cluster, spans_of(offer), offer.account)
            needs.append(need)
        for offer, need in zip(offers, needs, strict=True):
            self.enter(offer, need, "offered")

    def edited(self, one: Booking, edit: BookingEdit) -> Answer | RefusedError:
        """What became of an edit."""
        try:
            return self.parts.bookings.edit(one.id, edit, None, "root")
        except RefusedError as refusal:
            return refusal

    def drop_offers(self, who: str) -> None:
        for one in self.held(who):
            one.state = "gone"

    def held(self, who: str) -> list[Booking]:
        return [one for one in self.those("offered") if one.account == who]

    def those(self, state: str) -> list[Booking]:
        found = [one for one in self.model.bookings.values() if one.state == state]
        return sorted(found, key=lambda one: (one.spans, one.cluster, one.account, one.need.amount, one.id))

    def pick(self, state: str, which: int) -> Booking:
        those = self.those(state)
        return those[which % len(those)]

    @staticmethod
    def joined(spans: Spans) -> Spans:
        found: Spans = []
        for start, end in sorted(spans):
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
        return found

    def cut(self, one: Booking) -> None:
        """It ends now; where it has not begun it is gone."""
        if one.spans[0][0] > self.now:
            one.state = "gone"
            return
        begun = [(start, min(end, self.now)) for start, end in one.spans if start < self.now]
        one.spans = begun or [(one.spans[0][0], one.spans[0][0])]
        one.rests = not self.model.goes_on(one)
        one.state = "over"

    def make_room(self, cluster: str, start: datetime, end: datetime) -> list[str]:
        """Cancel what was made last of what no longer fits, one after the other."""
        hit = []
        while found := self.model.over_claimed(cluster, max(self.now, self.start), self.now + timedelta(days=800)):
            users = [self.model.bookings[name] for name in found[1]]
            last = max(users, key=lambda one: (one.state == "offered", one.state == "taken", one.made, one.id))
            if last.state != "over":
                hit.append(last.id)
            last.state = "gone"
        return hit

    def change_capacity(
        self,
        cluster: str,
        start: datetime,
        end: datetime,
        hit: str,
        change: Callable[[], object],
        undo: Callable[[], None],
    ) -> None:
        states = {one.id: (one.state, one.spans) for one in self.model.bookings.values()}
        found = self.make_room(cluster, start, end)
        if found and hit == "refuse":
            with pytest.raises(ConflictError) as refused:
                change()
            assert {one.id for one in refused.value.hit or []} == set(found)
            undo()
            for one in self.model.bookings.values():
                one.state, one.spans = states[one.id]
        else:
            change()
