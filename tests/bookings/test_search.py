"""Where something fits is what trying every start and every end finds, also where servers change their size."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given
from hypothesis import settings as rules_of_chance
from hypothesis import strategies as st

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rules import Need, Piece, Terms, first_short, pieces_of, steps
from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.search import Search
from aglais_hub.clock import ManualClock
from aglais_hub.database import make_database
from aglais_hub.wire.bookings import Span
from tests.support.templates import NOW

if TYPE_CHECKING:
    from aglais_hub.settings import Settings

QUARTER = timedelta(minutes=15)
DAYS = timedelta(days=8)
END = NOW + timedelta(days=30)

moments = st.one_of(st.integers(0, 4 * 24 * 8).map(QUARTER.__mul__), st.just(timedelta(hours=9, minutes=7)))
lengths = st.sampled_from([
    timedelta(minutes=10), QUARTER, timedelta(minutes=50), timedelta(hours=2), timedelta(hours=7, minutes=20),
    timedelta(days=1), timedelta(days=5, hours=3),
])  # fmt: skip
amounts = st.tuples(st.integers(1, 3), st.sampled_from([4, 8])).map(
    lambda one: Amount(cores=one[0] * one[1] * 1000, memory=one[0] * one[1] * 4096, servers=one[0])
)
pieces = st.tuples(moments, lengths, amounts).map(lambda one: Piece(NOW + one[0], NOW + one[0] + one[1], one[2]))
needs = st.one_of(
    st.integers(1, 12).map(lambda cores: Need(Amount(cores=cores * 1000, memory=cores * 4096), "reserved")),
    st.integers(1, 12).map(lambda cores: Need(Amount(cores=cores * 1000, memory=cores * 4096))),
    st.sampled_from([20_000, 100_000]).map(lambda share: Need(Amount(), "managed", share)),
)


class Brute:
    """What is granted and left at every instant, and what fits, by trying."""

    def __init__(self, grants: list[Piece], claims: list[Piece], need: Need, terms: Terms) -> None:
        whole = Span(start=NOW, end=END)
        self.granted = steps(grants, whole)
        self.left = steps([*grants, *(claim._replace(amount=claim.amount.minus_all()) for claim in claims)], whole)
        self.need, self.terms, self.rest = need, terms, need.rest(terms)
        self.edges = sorted({step.start for step in self.left} | {step.start for step in self.granted})

    def fits(self, start: datetime, end: datetime) -> bool:
        span = Span(start=start, end=end + self.rest)
        granted = [
            step._replace(start=max(step.start, span.start), end=min(step.end, span.end))
            for step in self.granted
            if step.start < span.end and step.end > span.start
        ]
        wanted = pieces_of(self.need, span, self.terms, granted)
        return all(any(piece.amount) for piece in wanted) and first_short(self.left, wanted) is None

    def earliest(self, start: datetime, latest: datetime, length: timedelta) -> datetime | None:
        starts = [start, *(edge for edge in self.edges if start < edge <= latest)]
        return next((at for at in starts if self.fits(at, at + length)), None)

    def until(self, start: datetime, end: datetime) -> datetime | None:
        ends = {end, *(edge - self.rest for edge in self.edges if start < edge - self.rest < end)}
        return next((at for at in sorted(ends, reverse=True) if self.fits(start, at)), None)


@rules_of_chance(
    max_examples=120, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    base=amounts,
    more=st.tuples(st.lists(pieces, max_size=4), st.lists(pieces, max_size=5)),
    need=needs,
    buffer=st.sampled_from([timedelta(), timedelta(minutes=30)]),
    begin=moments,
    length=lengths,
    window=st.sampled_from([timedelta(hours=1), timedelta(hours=9), DAYS]),
)
def test_the_earliest_start_and_the_latest_end_are_those_that_trying_finds(
    sqlite_settings: Settings,
    base: Amount,
    more: tuple[list[Piece], list[Piece]],
    need: Need,
    buffer: timedelta,
    begin: timedelta,
    length: timedelta,
    window: timedelta,
) -> None:
    grants, claims = [Piece(NOW, END, base), *more[0]], more[1]
    terms = Terms("local", buffer=buffer)
    brute = Brute(grants, claims, need, terms)
    start = NOW + begin
    database = make_database(sqlite_settings.database_url("bookings"))
    with database.write() as session:
        ledger = Ledger(session, ManualClock(NOW))
        ledger.enter("grant", "local", grants, is_grant=True)
        ledger.enter("claim", "local", [claim._replace(amount=claim.amount.minus_all()) for claim in claims])
        search = Search(ledger, terms, need)
        assert search.earliest(start, start + window, length) == brute.earliest(start, start + window, length)
        end = start + max(length, window)
        assert search.until(Span(start=start, end=end)) == brute.until(start, end)
        parts = list(search.runs(Span(start=start, end=end)))
        assert all(brute.fits(part.start, part.end) for part in parts)
        session.rollback()
    database.dispose()
