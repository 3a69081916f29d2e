"""Random stories on the real services, and after each step all that they say equals a brute-force model.

Small by default; ``AGLAIS_TEST_STORIES=2000`` tells as many.
"""

from __future__ import annotations

import os
import random
import shutil
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as rules_of_chance
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aglais_hub.bookings.verify import verify
from aglais_hub.clock import ManualClock
from aglais_hub.database import ids
from aglais_hub.errors import InvalidValueError, RefusedError
from aglais_hub.wire.bookings import BookingEdit, BookingRequest
from aglais_hub.wire.resources import ClusterRequest, GrantRequest, Resources
from aglais_hub.wiring import Parts, wire
from tests.support.comparison import REACH, Comparison, amount, spans_of
from tests.support.model import Grant, Spans
from tests.support.stories import CLUSTERS, ERAS, PEOPLE, PHASES, ZONES, grants, lengths, moments, needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from tests.support.postgres import Postgres
    from tests.support.templates import PostgresTemplate, SqliteTemplate

STORIES = int(os.environ.get("AGLAIS_TEST_STORIES", "10"))


def asked_for(need: dict[str, Any], cluster: str | None, spans: Spans, window: timedelta | None) -> BookingRequest:
    asked: dict[str, Any] = {"cluster": cluster, "prepare": True, **need}
    if len(spans) > 1:
        asked["spans"] = [{"start": start.isoformat(), "end": end.isoformat()} for start, end in spans]
    else:
        asked |= {"startdate": spans[0][0].isoformat(), "enddate": spans[0][1].isoformat()}
        asked["window"] = f"PT{int(window.total_seconds())}S" if window else None
    return BookingRequest.model_validate(asked)


class Story(Comparison, RuleBasedStateMachine):
    """What people and operators do, to the services and to the model alike."""

    def __init__(self, parts: Parts, clock: ManualClock, stop: Callable[[], None]) -> None:
        RuleBasedStateMachine.__init__(self)
        Comparison.__init__(self, parts, clock)
        self.stop, self.turn, self.begun = stop, 0, False
        chance = random.Random(0)
        self.patch = pytest.MonkeyPatch()
        # What is made at one instant goes by its id: the same story has to have the same ones.
        self.patch.setattr(f"{ids.__name__}.urandom", chance.randbytes)

    def teardown(self) -> None:
        self.patch.undo()
        self.stop()

    # ---- what happens

    @initialize(
        era=st.sampled_from(ERAS),
        overcommit=st.sampled_from([1000, 2500]),
        buffer=st.sampled_from([timedelta(), timedelta(minutes=30)]),
        first=st.lists(st.tuples(st.sampled_from(PEOPLE), needs, moments, lengths), min_size=3, max_size=5),
    )
    def begin(
        self,
        era: datetime,
        overcommit: int,
        buffer: timedelta,
        first: list[tuple[str, dict[str, Any], timedelta, timedelta]],
    ) -> None:
        self.clock.move(era - self.now)
        self.start = self.model.now = era
        self.begun = True
        for name, count in zip(CLUSTERS, (1, 2), strict=True):
            request = {"name": name, "overcommit": Decimal(overcommit) / 1000, "buffer": f"PT{buffer.seconds}S"}
            self.parts.clusters.create(ClusterRequest.model_validate(request), "root")
            self.model.clusters[name] = (overcommit, buffer)
            size = {"cores": 8 * count, "memory": 8 * 4096 * count, "servers": count, "gpus": count}
            self.grant(cluster=name, size=size, begin=timedelta(days=-1), length=timedelta(days=count**2 * 100))
        for who, need, begin, length in first:
            self.book(who, need, None, begin, length, 0, length, None, only_ask=False)

    @rule(
        who=st.sampled_from(PEOPLE),
        need=needs,
        cluster=st.sampled_from([*CLUSTERS, None]),
        begin=moments,
        length=lengths,
        again=st.sampled_from([0, 0, 0, 1, 3]),
        gap=lengths,
        window=st.sampled_from([None, None, timedelta(hours=5), timedelta(days=4)]),
        only_ask=st.booleans(),
    )
    def book(  # noqa: PLR0917 - hypothesis names them all
        self,
        who: str,
        need: dict[str, Any],
        cluster: str | None,
        begin: timedelta,
        length: timedelta,
        again: int,
        gap: timedelta,
        window: timedelta | None,
        only_ask: bool,
    ) -> None:
        window = None if again else window
        first = max(self.start + begin, self.now)
        spans = [(first + n * (length + gap), first + n * (length + gap) + length) for n in range(again + 1)]
        request = asked_for(need, cluster, spans, window)
        self.ask(request, who, spans, window, only_ask=only_ask)

    def ask(self, request: BookingRequest, who: str, spans: Spans, window: timedelta | None, *, only_ask: bool) -> None:
        wanted = self.need_of(request)
        clusters = [request.cluster] if request.cluster else CLUSTERS
        self.drop_offers(who)
        found = self.best(wanted, spans, who, clusters, window)
        made, offers = None, None
        if only_ask:
            offers = self.parts.bookings.offer(request, who).offers
            made = offers[0] if offers and offers[0].kind == "asked" else None
        else:
            try:
                made = self.parts.bookings.create(request, who, None)
            except RefusedError as refusal:
                offers = list(refusal.offers)
        assert ((spans_of(made), made.cluster) if made else None) == found
        if offers is not None:
            self.check_offers(offers, wanted, spans, who, clusters, window)
        elif made is not None:
            self.enter(made, wanted, "taken")

    @precondition(lambda self: self.those("offered"))
    @rule(which=st.integers(0, 100), take=st.sampled_from([True, True, False]))
    def answer_an_offer(self, which: int, take: bool) -> None:
        offer = self.pick("offered", which)
        if take:
            self.drop_offers(offer.account)
            self.parts.bookings.edit(offer.id, BookingEdit.model_validate({"phase": "ACCEPTED"}), None, "root")
            offer.state = "taken"
            for one in self.those("over"):
                one.rests = one.rests and not self.model.joins(one, offer)
        else:
            self.parts.bookings.end(offer.id, None, "root")
            offer.state = "gone"

    @precondition(lambda self: self.those("taken"))
    @rule(which=st.integers(0, 100), how=st.sampled_from(["extend", "shorten"]), length=lengths, partial=st.booleans())
    def change_the_end(self, which: int, how: str, length: timedelta, partial: bool) -> None:
        one = self.pick("taken", which)
        length -= timedelta(microseconds=length.microseconds)
        begun = [span for span in one.spans if span[0] <= self.now < span[1]]
        start, end = begun[0] if begun else one.spans[-1]
        new = end + (length if how == "extend" else -length)
        edit = BookingEdit.model_validate({how: f"PT{int(length.total_seconds())}S", "partial": partial})
        if not length or new <= max(start, self.now):
            with pytest.raises(InvalidValueError):
                self.parts.bookings.edit(one.id, edit, None, "root")
            return
        self.drop_offers(one.account)
        spans = self.joined([(first, new) if first == start else (first, last) for first, last in one.spans])
        fits = self.model.fits(one.need, one.cluster, spans, one.account, itself=one.id)
        best = new if fits else self.longest(one, start, end, new)
        made = self.edited(one, edit)
        if isinstance(made, RefusedError):
            assert not fits
            self.hold(list(made.offers))
            assert how == "shorten" or (made.until == best and not (partial and best))
            return
        if not fits:
            assert partial
            assert best is not None
            spans = self.joined([(first, best) if first == start else (first, last) for first, last in one.spans])
        assert spans_of(made) == spans
        one.spans = spans

    @precondition(lambda self: any(one.spans[0][0] > self.now for one in self.those("taken")))
    @rule(which=st.integers(0, 100), begin=moments)
    def move(self, which: int, begin: timedelta) -> None:
        ahead = [one for one in self.those("taken") if one.spans[0][0] > self.now]
        one = ahead[which % len(ahead)]
        start = max(self.start + begin, self.now)
        by = start - one.spans[0][0]
        spans = [(first + by, last + by) for first, last in one.spans]
        self.drop_offers(one.account)
        fits = self.model.fits(one.need, one.cluster, spans, one.account, itself=one.id)
        made = self.edited(one, BookingEdit.model_validate({"startdate": start.isoformat()}))
        assert isinstance(made, RefusedError) != fits, f"{one} at {spans}"
        if isinstance(made, RefusedError):
            self.hold(list(made.offers))
        else:
            assert spans_of(made) == spans
            one.spans = spans

    @precondition(lambda self: any(one.prepare and one.spans[-1][0] > self.now for one in self.those("taken")))
    @rule(which=st.integers(0, 100), before=st.sampled_from([1, 3, 5]), beside=st.one_of(st.none(), needs))
    def come_close(self, which: int, before: int, beside: dict[str, Any] | None) -> None:
        """Time passes until a lab is made ready, where nobody else has what lies before its start."""
        ahead = [one for one in self.those("taken") if one.prepare and one.spans[-1][0] > self.now]
        one = ahead[which % len(ahead)]
        start = next(start for start, _ in one.spans if start > self.now)
        early = max(start - timedelta(minutes=5), self.now)
        if beside is not None and early < start:
            other = PEOPLE[one.account == PEOPLE[0]]
            self.book(
                other, beside, one.cluster, early - self.start, start - early, 0, timedelta(), None, only_ask=False
            )
        self.wait(max(start - timedelta(minutes=before) - self.now, timedelta()))

    @precondition(lambda self: self.those("taken"))
    @rule(which=st.integers(0, 100))
    def end(self, which: int) -> None:
        one = self.pick("taken", which)
        self.parts.bookings.end(one.id, None, "root")
        self.cut(one)

    @rule(
        cluster=st.sampled_from(CLUSTERS),
        size=grants,
        begin=moments.map(lambda at: at - timedelta(days=1)),
        length=st.one_of(lengths, st.just(timedelta(days=400))),
        hit=st.sampled_from(["refuse", "cancel", "preview"]),
    )
    def grant(
        self, cluster: str, size: dict[str, Any], begin: timedelta, length: timedelta, hit: str = "refuse"
    ) -> None:
        start, end = self.start + begin, self.start + begin + length
        share = round(float(size["share"][:-1]) * 1000) if "share" in size else None
        plain = [0] * 7 if share else amount(Resources.model_validate(size))
        self.model.grants["new"] = Grant(cluster, start, end, plain, share)
        asked = {"cluster": cluster, "startdate": start.isoformat(), "enddate": end.isoformat(), **size}
        request = GrantRequest.model_validate(asked | {"hit": hit if hit == "cancel" else "refuse"})
        if hit == "preview":
            found = {one.id for one in self.parts.capacity.preview(request, "root").hit}
            states = {one.id: (one.state, one.spans) for one in self.model.bookings.values()}
            assert found == set(self.make_room(cluster, start, end))
            for one in self.model.bookings.values():
                one.state, one.spans = states[one.id]
            del self.model.grants["new"]
            return

        def change() -> None:
            made = self.parts.capacity.create(request, "root")
            self.model.grants[made.id] = self.model.grants.pop("new")

        def undo() -> None:
            del self.model.grants["new"]

        self.change_capacity(cluster, start, end, hit, change, undo)

    @precondition(lambda self: self.model.grants)
    @rule(which=st.integers(0, 100), hit=st.sampled_from(["refuse", "cancel"]))
    def remove_a_grant(self, which: int, hit: str) -> None:
        grant_id = list(self.model.grants)[which % len(self.model.grants)]
        grant = self.model.grants.pop(grant_id)

        def undo() -> None:
            self.model.grants[grant_id] = grant

        self.change_capacity(
            grant.cluster, grant.start, grant.end, hit,
            lambda: self.parts.capacity.remove(grant_id, "root", cancel=hit == "cancel"), undo,
        )  # fmt: skip

    @rule(by=st.one_of(moments.map(lambda at: at / 8), st.sampled_from([timedelta(minutes=4), timedelta(days=30)])))
    def wait(self, by: timedelta) -> None:
        by -= timedelta(microseconds=by.microseconds)
        self.model.move_to(self.clock.move(by))
        self.parts.sweeper.sweep()
        for one in self.those("taken"):
            if one.spans[-1][1] <= self.now:
                one.rests = not self.model.goes_on(one)
                one.state = "over"
        for one in self.those("offered"):
            if one.made + timedelta(seconds=300) <= self.now or one.spans[-1][1] <= self.now:
                one.state = "gone"
        self.prepare(by)

    # ---- what must hold

    @invariant()
    def phases_are_right(self) -> None:
        for one in self.model.bookings.values():
            phase = self.parts.bookings.get(one.id, None).phase
            assert phase in PHASES[one.state], one

    @invariant()
    def availability_is_right(self) -> None:
        if not self.begun:
            return
        turn = self.turn = self.turn + 1
        for number, name in enumerate(CLUSTERS):
            self.check_rows(name, ZONES[(turn + number) % 5], list(REACH)[(turn // 2 + number) % 4], turn)

    @invariant()
    def nothing_is_over_claimed(self) -> None:
        if self.begun:
            for name in CLUSTERS:
                assert self.model.over_claimed(name, self.now, self.now + timedelta(days=800)) is None

    @invariant()
    def the_books_verify(self) -> None:
        if self.turn % 6 == 5:
            assert verify(self.parts.requests.database, clock=self.clock).faults == []


@contextmanager
def told(settings: Settings, hub: Hub) -> Iterator[tuple[Parts, ManualClock]]:
    clock = ManualClock(ERAS[0])
    parts = wire(settings.model_copy(update={"absent_seconds": 0}), clock=clock, hub=hub)
    yield parts, clock
    for database in parts.databases:
        database.dispose()


def tell(stories: int, steps: int, make: Callable[[], Story]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        make,
        settings=rules_of_chance(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            derandomize="AGLAIS_TEST_STORIES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )


def test_random_stories_on_sqlite_equal_the_model(
    sqlite_template: SqliteTemplate, hub_client: Hub, tmp_path: Path
) -> None:
    count = iter(range(10**9))

    def make() -> Story:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        context = told(sqlite_template.copy(folder), hub_client)
        parts, clock = context.__enter__()

        def stop() -> None:
            context.__exit__(None, None, None)
            shutil.rmtree(folder)

        return Story(parts, clock, stop)

    tell(STORIES, 12, make)


@pytest.mark.postgres
def test_random_stories_on_postgres_equal_the_model(
    postgres: Postgres, postgres_template: PostgresTemplate, hub_client: Hub, tmp_path: Path
) -> None:
    def make() -> Story:
        settings = postgres_template.copy(tmp_path)
        context = told(settings, hub_client)
        parts, clock = context.__enter__()

        def stop() -> None:
            context.__exit__(None, None, None)
            postgres.drop(settings.bookings_url)

        return Story(parts, clock, stop)

    tell(max(3, STORIES // 8), 12, make)
