"""Many new rows at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import bindparam, text

from aglais_hub.database.types import UtcDateTime, to_microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table, TextClause

__all__ = ["New", "insert_many"]


class New(NamedTuple):
    """Rows for a table, that all name the same columns; ``conflict`` is an ``ON CONFLICT`` clause, in SQL of ours."""

    table: Table
    rows: Sequence[Mapping[str, Any]]
    conflict: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.rows[0])


def insert_many(connection: Connection, *inserts: New) -> None:
    """Insert the rows of some tables, each of which comes after those that its rows belong to.

    PostgreSQL takes all of them in one statement, and a table's rows as one JSON document: a row bound value by value
    costs twice the time in the driver, and each statement as much as several rows.
    """
    inserts = tuple(new for new in inserts if new.rows)
    if connection.dialect.name == "sqlite":
        for new in inserts:
            connection.execute(_by_values(new.table, new.columns, new.conflict), new.rows)
    elif inserts:
        statement = _by_document(tuple((new.table.name, new.columns, new.conflict) for new in inserts))
        connection.execute(statement, {new.table.name: _document(new) for new in inserts})


def _document(new: New) -> str:
    instants = [name for name in new.columns if isinstance(new.table.c[name].type, UtcDateTime)]
    return to_json([_plain(row, instants) for row in new.rows] if instants else new.rows).decode()


def _plain(row: Mapping[str, Any], instants: Sequence[str]) -> dict[str, Any]:
    return {**row, **{name: to_microseconds(row[name]) for name in instants if row[name] is not None}}


@lru_cache
def _by_document(inserts: tuple[tuple[str, tuple[str, ...], str], ...]) -> TextClause:
    *others, last = [
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608 - names of ours
        f"FROM json_populate_recordset(NULL::{table}, CAST(:{table} AS json)) {conflict}"
        for table, columns, conflict in inserts
        for names in [", ".join(f'"{name}"' for name in columns)]
    ]
    within = ", ".join(f"insert_{number} AS ({other})" for number, other in enumerate(others))
    return text(f"WITH {within} {last}" if within else last)


@lru_cache
def _by_values(table: Table, columns: tuple[str, ...], conflict: str) -> TextClause:
    names, values = (", ".join(f"{mark}{name}{end}" for name in columns) for mark, end in (('"', '"'), (":", "")))
    statement = text(f"INSERT INTO {table.name} ({names}) VALUES ({values}) {conflict}")  # noqa: S608 - names of ours
    return statement.bindparams(*(bindparam(name, type_=table.c[name].type) for name in columns))
