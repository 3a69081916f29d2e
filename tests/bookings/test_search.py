"""Where something fits is what trying every start and every end finds, also where servers change their size."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

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
END = NOW + timedelta(days=30)
TRIES = 300

LENGTHS = [
    timedelta(minutes=10), QUARTER, timedelta(minutes=50), timedelta(hours=2), timedelta(hours=7, minutes=20),
    timedelta(days=1), timedelta(days=5, hours=3),
]  # fmt: skip


class Chance(random.Random):
    """What a cluster may have, and what may be asked of it."""

    def moment(self) -> datetime:
        odd = timedelta(hours=9, minutes=7)
        return NOW + (odd if self.random() < 0.1 else QUARTER * self.randrange(4 * 24 * 8))

    def amount(self) -> Amount:
        """More cores alone make all servers of a cluster larger, and more servers alone make them smaller."""
        return of(self.choice([0, 4, 8]), self.randrange(4))

    def pieces(self, most: int) -> list[Piece]:
        starts = [self.moment() for _ in range(self.randrange(most))]
        return [Piece(start, start + self.choice(LENGTHS), self.amount()) for start in starts]

    def base(self) -> Piece:
        return Piece(NOW, END, of(*self.choice([(8, 1), (8, 2), (16, 4), (24, 3)])))

    def need(self) -> Need:
        amount = of(self.randrange(1, 10), 0)
        share = Need(Amount(), "managed", self.choice([20_000, 100_000]))
        return self.choice([Need(amount, "reserved")] * 3 + [Need(amount), share])


def of(cores: int, servers: int) -> Amount:
    return Amount(cores=cores * 1000, memory=cores * 4096, servers=servers)


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


def test_the_earliest_start_and_the_latest_end_are_those_that_trying_finds(sqlite_settings: Settings) -> None:
    database = make_database(sqlite_settings.database_url("bookings"))
    later = 0
    for seed in range(TRIES):
        chance = Chance(seed)
        grants, claims = [chance.base(), *chance.pieces(5)], chance.pieces(6)
        need, terms = chance.need(), Terms("local", buffer=chance.choice([timedelta(), timedelta(minutes=30)]))
        start, length = chance.moment(), chance.choice(LENGTHS)
        latest = start + chance.choice([timedelta(hours=1), timedelta(hours=9), timedelta(days=8)])
        span = Span(start=start, end=max(start + length, latest))
        brute = Brute(grants, claims, need, terms)
        with database.write() as session:
            ledger = Ledger(session, ManualClock(NOW))
            ledger.enter("grant", "local", grants, is_grant=True)
            ledger.enter("claim", "local", [claim._replace(amount=claim.amount.minus_all()) for claim in claims])
            search = Search(ledger, terms, need)
            found = search.earliest(start, latest, length)
            assert found == brute.earliest(start, latest, length), seed
            assert search.until(span) == brute.until(span.start, span.end), seed
            assert all(brute.fits(part.start, part.end) for part in search.runs(span)), seed
            later += found is not None and found > start
            session.rollback()
    database.dispose()
    assert later > TRIES / 20, "what can't be had at once can often be had later"
