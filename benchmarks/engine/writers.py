"""Many writers at once: how many transactions a second, of ours and of the barest that could hold a booking."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg

__all__ = ["WRITERS", "bare_postgres", "bare_sqlite", "rate"]

WRITERS = 32

AMOUNTS = "cores bigint, memory bigint, temporary bigint, userdisk bigint, datadisk bigint, servers bigint, gpus bigint"
TABLES = (
    (
        "CREATE TABLE bookings (id text PRIMARY KEY, account text, phase text, startdate bigint, enddate bigint, "
        f"{AMOUNTS})"
    ),
    f"CREATE TABLE claims (booking_id text PRIMARY KEY, startdate bigint, enddate bigint, {AMOUNTS})",
)
INSERT_BOOKING = "INSERT INTO bookings VALUES (%s, %s, 'WAITING', %s, %s, 1000, 4096, 0, 0, 0, 0, 0)"
INSERT_CLAIM = "INSERT INTO claims VALUES (%s, %s, %s, 1000, 4096, 0, 0, 0, 0, 0)"

Work = Callable[[int, Callable[[], bool]], int]
"""What one writer does: given its number, and whether to go on; tells how often it has committed."""


def rate(work: Work, *, seconds: float, writers: int = WRITERS) -> float:
    """Commits a second of so many threads that are let go at one moment; an error in one is raised here."""
    gate = threading.Barrier(writers + 1)
    done: list[int] = []
    failed: list[BaseException] = []
    deadline = [0.0]

    def run(number: int) -> None:
        try:
            gate.wait(60)
            done.append(work(number, lambda: time.perf_counter() < deadline[0]))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(writers)]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    deadline[0] = begun + seconds
    gate.wait(60)
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done) / (time.perf_counter() - begun)


def bare_postgres(url: str) -> Work:
    """Two rows and a commit, on a connection of each writer's own, into tables made in the database at ``url``."""
    with psycopg.connect(url) as connection:
        for table in TABLES:
            connection.execute(f"{table.replace('TABLE', 'TABLE IF NOT EXISTS', 1)}")

    def work(number: int, more: Callable[[], bool]) -> int:
        made = 0
        with psycopg.connect(url) as connection:
            while more():
                name = f"{number}-{time.monotonic_ns()}"
                connection.execute(INSERT_BOOKING, (name, f"account-{number}", made, made + 1))
                connection.execute(INSERT_CLAIM, (name, made, made + 1))
                connection.commit()
                made += 1
        return made

    return work


def bare_sqlite(path: Path) -> Work:
    """The same in a SQLite file, with the journal and the durability that the services have."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    with closing(connect()) as first:
        for table in TABLES:
            first.execute(table.replace("TABLE", "TABLE IF NOT EXISTS", 1))

    def work(number: int, more: Callable[[], bool]) -> int:
        made = 0
        with closing(connect()) as connection:
            while more():
                name = f"{number}-{time.monotonic_ns()}"
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(INSERT_BOOKING.replace("%s", "?"), (name, f"account-{number}", made, made + 1))
                connection.execute(INSERT_CLAIM.replace("%s", "?"), (name, made, made + 1))
                connection.execute("COMMIT")
                made += 1
        return made

    return work
