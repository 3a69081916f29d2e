"""One indexed range scan of as many rows as the answer has, each as wide: what a stored answer would cost to read.

It goes the way that ours goes, through a transaction of ``Database.read`` on the same driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import text

from aglais_hub.database import make_database
from benchmarks.engine.bulk import settle
from benchmarks.engine.rows import END, PACKAGES, START, micros

__all__ = ["make_scan"]

AMOUNTS = ("cores", "memory", "temporary", "userdisk", "datadisk", "servers", "gpus")
COLUMNS = ("startdate", "enddate", *AMOUNTS, *PACKAGES)

NAMES = ", ".join(COLUMNS)
TABLE = f"CREATE TABLE answers ({' bigint NOT NULL, '.join(COLUMNS)} bigint NOT NULL, PRIMARY KEY (startdate))"
FILL = f"INSERT INTO answers VALUES ({', '.join(f':{name}' for name in COLUMNS)})"
SCAN = f"SELECT {NAMES} FROM answers WHERE startdate >= :start AND startdate < :end ORDER BY startdate"


@contextmanager
def make_scan(url: str, step: timedelta) -> Iterator[Callable[[datetime, datetime], int]]:
    """Store an answer for each ``step`` of the ten years in the database at ``url``; gives the scan of a part of it."""
    database = make_database(url)
    instants = range(micros(START), micros(END), step // timedelta(microseconds=1))
    rows = [
        {column: at % 1_000_003 + number for number, column in enumerate(COLUMNS)}
        | {"startdate": start, "enddate": start + instants.step}
        for at, start in enumerate(instants)
    ]
    with database.write() as session:
        session.execute(text(TABLE))
        session.execute(text(FILL), rows)
    settle(database)

    def scan(start: datetime, end: datetime) -> int:
        with database.read() as session:
            found = session.execute(text(SCAN), {"start": micros(start), "end": micros(end)})
            return len(found.fetchall())

    try:
        yield scan
    finally:
        database.dispose()
