"""Fills tables a million rows at a time, on PostgreSQL by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from itertools import repeat
from typing import Any

from sqlalchemy import Table

from aglais_hub.database import Database

__all__ = ["Constant", "fill", "settle"]

LINES = 50_000


class Constant:
    """A column that has one value in all rows."""

    def __init__(self, value: Any) -> None:
        self.value = value


def fill(database: Database, table: Table, count: int, columns: Mapping[str, Iterable[Any] | Constant]) -> None:
    """Put ``count`` rows into a table. Instants are whole microseconds, as the database has them."""
    names = ", ".join(f'"{name}"' for name in columns)
    values = [repeat(column.value, count) if isinstance(column, Constant) else column for column in columns.values()]
    rows = zip(*values, strict=True)
    with database.engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        if database.is_sqlite:
            marks = ", ".join("?" * len(columns))
            driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
            return
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            lines: list[str] = []
            for row in rows:
                lines.append("\t".join(["\\N" if value is None else str(value) for value in row]))
                if len(lines) == LINES:
                    copy.write("\n".join(lines) + "\n")
                    lines.clear()
            if lines:
                copy.write("\n".join(lines) + "\n")


def settle(database: Database) -> None:
    """Let the database look at what it has now, so that it does not begin to in the middle of a measurement."""
    with closing(database.engine.raw_connection()) as connection:
        driver: Any = connection.driver_connection
        if database.is_sqlite:
            driver.execute("ANALYZE")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            driver.autocommit = True  # neither can be done within a transaction
            driver.execute("VACUUM ANALYZE")
            driver.execute("CHECKPOINT")
            driver.autocommit = False
