"""The query of the notes that this project began with, on the same rows: signed amounts, summed for each slot.

A row is what is granted (positive) or booked (negative) from ``startdate`` to ``enddate``; what is available at an
instant is the sum over the rows around it. The instants of a calendar are made by ``generate_series``, on SQLite by a
recursive query, and joined to the rows. There it keeps instants as whole microseconds, which SQLite compares fastest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.engine.rows import END, GIB_PER_CORE, START, Rows, micros

__all__ = ["Ask", "on_postgres", "on_sqlite"]

Ask = Callable[[datetime, datetime, timedelta], list[int]]
"""Cores that are available at each instant from one, before another, so far apart."""

POSTGRES_TABLE = """
    CREATE TABLE timeline (
        id serial PRIMARY KEY,
        startdate timestamp NOT NULL,
        enddate timestamp NOT NULL,
        cores integer NOT NULL,
        memory integer NOT NULL
    )"""

POSTGRES_QUERY = """
    SELECT slots.slot, sum(timeline.cores), sum(timeline.memory)
    FROM generate_series(%s::timestamp, %s::timestamp, %s::interval) AS slots (slot)
    JOIN timeline ON timeline.startdate <= slots.slot AND timeline.enddate >= slots.slot
    GROUP BY slots.slot
    ORDER BY slots.slot"""

SQLITE_TABLE = """
    CREATE TABLE timeline (
        id INTEGER PRIMARY KEY,
        startdate INTEGER NOT NULL,
        enddate INTEGER NOT NULL,
        cores INTEGER NOT NULL,
        memory INTEGER NOT NULL
    )"""

SQLITE_QUERY = """
    WITH RECURSIVE slots (slot) AS (SELECT ? UNION ALL SELECT slot + ? FROM slots WHERE slot + ? <= ?)
    SELECT slots.slot, sum(timeline.cores), sum(timeline.memory)
    FROM slots
    JOIN timeline ON timeline.startdate <= slots.slot AND timeline.enddate >= slots.slot
    GROUP BY slots.slot
    ORDER BY slots.slot"""


def _signed(rows: Rows, granted: int) -> tuple[list[int], list[int], list[int]]:
    """Starts, ends and cores: the grant first, then what is booked."""
    return (
        [micros(START), *rows.start.tolist()],
        [micros(END), *rows.end.tolist()],
        [granted, *(-rows.cores).tolist()],
    )


@contextmanager
def on_postgres(url: str, rows: Rows, granted: int) -> Iterator[Ask]:
    """Make the table in the database at ``url``, fill it, and give the query."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(POSTGRES_TABLE)
    starts, ends, cores = _signed(rows, granted)
    written = [np.datetime_as_string(np.array(column).astype("M8[us]")) for column in (starts, ends)]
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY timeline (startdate, enddate, cores, memory) FROM STDIN") as copy,
    ):
        lines = zip(*written, cores, strict=True)
        copy.write("\n".join(f"{start}\t{end}\t{count}\t{count * GIB_PER_CORE}" for start, end, count in lines) + "\n")
    connection.execute("VACUUM ANALYZE timeline")

    def ask(start: datetime, end: datetime, step: timedelta) -> list[int]:
        first, last = (instant.replace(tzinfo=None) for instant in (start, end - step))
        return [int(row[1]) for row in connection.execute(POSTGRES_QUERY, (first, last, step)).fetchall()]

    with closing(connection):
        yield ask


@contextmanager
def on_sqlite(path: Path, rows: Rows, granted: int) -> Iterator[Ask]:
    """The same in a SQLite file."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute(SQLITE_TABLE)
    starts, ends, cores = _signed(rows, granted)
    with connection:
        connection.executemany(
            "INSERT INTO timeline (startdate, enddate, cores, memory) VALUES (?, ?, ?, ?)",
            zip(starts, ends, cores, [count * GIB_PER_CORE for count in cores], strict=True),
        )
    connection.execute("ANALYZE")

    def ask(start: datetime, end: datetime, step: timedelta) -> list[int]:
        by = step // timedelta(microseconds=1)
        found = connection.execute(SQLITE_QUERY, (micros(start), by, by, micros(end - step)))
        return [row[1] for row in found.fetchall()]

    with closing(connection):
        yield ask
