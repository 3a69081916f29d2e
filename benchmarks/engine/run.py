"""Both databases, each size, ours beside what it is compared with."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.engine import notes
from benchmarks.engine.blazar_search import measure_blazar, prepare_blazar
from benchmarks.engine.product import Product
from benchmarks.engine.rows import END, MONTH, NOW, Rows, make_rows, micros
from benchmarks.engine.scan import make_scan
from benchmarks.engine.web import Web
from benchmarks.engine.writers import WRITERS, Work, bare_postgres, bare_sqlite, rate
from benchmarks.measure import Figure, Timing, once, race
from benchmarks.options import DATABASES, Options
from benchmarks.results import Results, machine
from tests.support.postgres import Postgres

__all__ = ["FULL", "QUICK", "case_of", "run"]

FULL, QUICK = [10_000, 100_000, 1_000_000], [1_000, 10_000]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GRAINS = {"hour": HOUR, "day": DAY}

MONTH_BY = {"hour": "a month by the hour", "day": "a month by the day"}
NOTES = {"hour": "the notes' SQL, by the hour", "day": "the notes' SQL, by the day"}
SCAN = {"hour": "range scan of 720 rows", "day": "range scan of 30 rows"}
HTTP = {"hour": "a month by the hour, over HTTP", "day": "a month by the day, over HTTP"}
BLAZAR = "Blazar's free periods of a month"
OFFERS, YEAR, AN_HOUR = "a refusal with its offers", "a booking of a year", "a booking of an hour"
OURS, BARE = f"bookings by {WRITERS} writers", f"bare two-row commits by {WRITERS} writers"
LOAD, VERIFY = "filling the tables", "ledger verify"


TITLES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def case_of(size: int) -> str:
    """What results call it that so many bookings are on record."""
    return f"{size:,} bookings"


def run(options: Options) -> Results:
    """Both databases, each size, ours beside what it is compared with."""
    begun = time.perf_counter()
    sizes = sorted(options.sizes or (QUICK if options.quick else FULL))
    full = sizes == FULL and options.databases == DATABASES and options.blazar
    server = Postgres(durable=True)
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            found = connection.execute("SHOW server_version").fetchone()
        measured = machine(
            postgresql=str(found[0]).split()[0] if found else "",
            sqlite=sqlite3.sqlite_version,
            psycopg=version("psycopg"),
            sqlalchemy=version("sqlalchemy"),
        )
        results = Results(measured, full, {"seed": options.seed, "sizes": sizes})
        with Web() as web:
            for database in options.databases:
                _OnDatabase(options, sizes, results, server, database, web).run()
    finally:
        server.stop()
    results.seconds = time.perf_counter() - begun
    return results


class _OnDatabase:
    """All that is measured on one database."""

    def __init__(
        self, options: Options, sizes: list[int], results: Results, server: Postgres, database: str, web: Web
    ) -> None:
        self._options = options
        self._sizes = sizes
        self._results = results
        self._server = server
        self._database = database
        self._web = web
        self._folder = options.folder / database
        self._most = max(sizes)
        self._names = iter(range(1_000_000))

    def run(self) -> None:
        with ExitStack() as stack:
            products: dict[int, Product] = {}
            for size in self._sizes:
                products[size] = stack.enter_context(self._product(make_rows(size, self._options.seed)))
            for grain, step in GRAINS.items():
                self._availability(products, grain, step)
            for product in products.values():
                self._others(product)
            largest = products[self._most]
            self._offers(largest)
            self._long_ones(largest)
            self._writers(largest)
            self._verify(largest)

    # ---- places

    def _is_postgres(self) -> bool:
        return self._database == "postgresql"

    def _place(self) -> tuple[Path, str]:
        """A new folder, and the plain address of a new database where that is PostgreSQL's."""
        folder = self._folder / str(next(self._names))
        folder.mkdir(parents=True)
        return folder, self._server.database() if self._is_postgres() else ""

    @contextmanager
    def _product(self, rows: Rows) -> Iterator[Product]:
        self._say(f"filling with {len(rows):,} bookings")
        folder, url = self._place()
        product = Product(folder, url.replace("postgresql:", "postgresql+psycopg:"), rows, self._web.hub)
        try:
            self._add(LOAD, len(rows), Timing.of([once(product.load)]))
            yield product
        finally:
            product.close()

    def _say(self, what: str) -> None:
        self._options.say(f"{self._database}: {what}")

    def _add(self, what: str, bookings: int, timing: Timing, unit: str = "s") -> None:
        self._results.figures.append(Figure(what, TITLES[self._database], case_of(bookings), timing, unit))

    def _median(self, what: str, bookings: int) -> float:
        return self._results.median(what, TITLES[self._database], case_of(bookings))

    def _judge(self, claim: str, value: float, limit: float, *, at_least: bool = False) -> None:
        self._results.judge(claim, TITLES[self._database], case_of(self._most), value, limit, at_least=at_least)

    # ---- measurements

    def _availability(self, products: dict[int, Product], grain: str, step: timedelta) -> None:
        """Ours at each size and a scan, in turns."""
        self._say(f"availability by the {grain}")
        slots = np.arange(micros(MONTH[0]), micros(MONTH[1]) + 1, step // timedelta(microseconds=1))
        for product in products.values():
            rows = product.available(grain).rows
            if [int(row.resources.cores) for row in rows] != product.expected(slots):
                raise AssertionError("what is available is not what brute force finds")
        self._results.checks.append(f"{self._database}: a month by the {grain} is what brute force over the rows finds")
        folder, url = self._place()
        address = url.replace("postgresql:", "postgresql+psycopg:") or f"sqlite:///{folder}/scan.db"
        calls: dict[str, Callable[[], object]] = {
            str(size): partial(product.answer, grain) for size, product in products.items()
        }
        with make_scan(address, step) as scan, self._web.serve(products[self._most].parts) as get:
            calls |= {"scan": partial(scan, *MONTH), "http": partial(get, MONTH, grain)}
            timings = race(calls, seconds=self._options.seconds)
        for size in products:
            self._add(MONTH_BY[grain], size, timings[str(size)])
        self._add(SCAN[grain], self._most, timings["scan"])
        self._add(HTTP[grain], self._most, timings["http"])
        if grain == "hour":
            ours = timings[str(self._most)].median
            self._judge(
                "a month by the hour costs at most so many range scans of as many rows",
                ours / timings["scan"].median,
                3,
            )
            self._judge(
                f"… and so many times what it costs with {min(products):,} bookings on record",
                ours / timings[str(min(products))].median,
                1.3,
            )

    def _others(self, product: Product) -> None:
        """The notes' SQL and Blazar, on the same rows."""
        rows, size = product.rows, len(product.rows)
        self._say(f"the notes' SQL on {size:,} bookings")
        folder, url = self._place()
        granted = product.granted[1]
        filled = notes.on_postgres(url, rows, granted) if url else notes.on_sqlite(folder / "notes.db", rows, granted)
        with filled as ask:
            self._ask_notes(ask, product, granted)
        if url and self._options.blazar:
            self._say(f"Blazar with {size:,} leases")
            timing = measure_blazar(prepare_blazar(), self._server.database(), rows, MONTH, self._options.seconds / 2)
            self._add(BLAZAR, size, timing)

    def _ask_notes(self, ask: notes.Ask, product: Product, granted: int) -> None:
        rows, size = product.rows, len(product.rows)
        for grain, step in GRAINS.items():
            taken: list[float] = []
            # What takes half a minute is not asked for again.
            while len(taken) < 3 and sum(taken) < 20:
                taken.append(once(partial(ask, *MONTH, step)))
            self._add(NOTES[grain], size, Timing.of(taken))
        instants = np.arange(micros(MONTH[0]), micros(MONTH[1]), DAY // timedelta(microseconds=1))
        if ask(*MONTH, DAY) != (granted - rows.taken_at(instants)).tolist():
            raise AssertionError("the notes' SQL does not find what brute force finds")
        self._results.checks.append(
            f"{self._database}: the notes' SQL on {size:,} bookings finds what brute force does"
        )
        if size == self._most:
            ratio = self._median(NOTES["hour"], size) / self._median(MONTH_BY["hour"], size)
            self._judge("a month by the hour is so many times as fast as the notes' SQL", ratio, 1000, at_least=True)

    def _offers(self, product: Product) -> None:
        """Refusals in the busiest hour of half a year; what was offered is given back before the next."""
        self._say("offers")
        taken: list[float] = []
        counts: list[int] = []
        begun = time.perf_counter()
        while len(taken) < 4 or time.perf_counter() - begun < self._options.seconds:
            at = time.perf_counter()
            offers = product.refused()
            taken.append(time.perf_counter() - at)
            counts.append(len(offers))
            for offer in offers:
                product.parts.bookings.end(offer.id, None, "bench")
        self._results.checks.append(f"{self._database}: a refusal came with {min(counts)} to {max(counts)} offers")
        self._add(OFFERS, self._most, Timing.of(taken[1:]))
        ratio = self._median(OFFERS, self._most) / self._median(MONTH_BY["hour"], self._most)
        self._judge("a refusal with its offers costs at most so many months by the hour", ratio, 10)

    def _long_ones(self, product: Product) -> None:
        """A booking of a year beside one of an hour. Before, a large grant makes room for all that is still to come."""
        self._say("bookings of an hour and of a year")
        product.grant(100_000, NOW, END + timedelta(days=550))
        starts = (NOW + timedelta(hours=number) for number in range(1, 10_000))
        timings = race(
            {
                AN_HOUR: lambda: product.book("hourly", next(starts), "PT1H"),
                YEAR: lambda: product.book("yearly", next(starts), "P365D"),
            },
            seconds=self._options.seconds / 2,
        )
        for what, timing in timings.items():
            self._add(what, self._most, timing)

    def _writers(self, product: Product) -> None:
        """Rounds of ours and of bare commits, in turns."""
        self._say(f"{WRITERS} writers")
        folder, url = self._place()
        bare = bare_postgres(url) if url else bare_sqlite(folder / "bare.db")
        works: dict[str, Work] = {OURS: product.write, BARE: bare}
        rates: dict[str, list[float]] = {OURS: [], BARE: []}
        for _ in range(3):
            for what, work in works.items():
                rates[what].append(rate(work, seconds=self._options.seconds / 2))
        for what, found in rates.items():
            self._add(what, self._most, Timing.of(found), "1/s")
        if self._is_postgres():
            ratio = self._median(OURS, self._most) / self._median(BARE, self._most)
            self._judge("bookings by 32 writers, in bare two-row commits", ratio, 0.3, at_least=True)
        over = product.most_over_claimed()
        if over > 0:
            raise AssertionError(f"{over} cores too many are claimed")
        self._results.checks.append(f"{self._database}: after all the writers nothing is over-claimed, by brute force")

    def _verify(self, product: Product) -> None:
        self._say("verify")
        self._add(VERIFY, self._most, Timing.of([once(product.verify)]))
        self._results.checks.append(f"{self._database}: the ledger of {self._most:,} bookings verifies after all of it")
