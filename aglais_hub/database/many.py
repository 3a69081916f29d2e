"""Many rows at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import bindparam, text

from aglais_hub.database.types import UtcDateTime, to_microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table, TextClause

__all__ = ["Gone", "New", "write_many"]


class New(NamedTuple):
    """Rows for a table, that all name the same columns; ``conflict`` is an ``ON CONFLICT`` clause, in SQL of ours."""

    table: Table
    rows: Sequence[Mapping[str, Any]]
    conflict: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.rows[0])


class Gone(NamedTuple):
    """Rows to be taken out of a table, by the columns of their key."""

    table: Table
    rows: Sequence[Mapping[str, Any]]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.rows[0])


def write_many(connection: Connection, *changes: New | Gone) -> None:
    """Insert rows into some tables, each of which comes after those that its rows belong to, and take out others.

    PostgreSQL takes all of it in one statement, and a table's rows as one JSON document: a row bound value by value
    costs twice the time in the driver, and each statement as much as several rows. So no row may be in it twice.
    """
    changes = tuple(change for change in changes if change.rows)
    if connection.dialect.name == "sqlite":
        for change in changes:
            connection.execute(_by_values(change.table, change.columns, _ending(change)), change.rows)
    elif changes:
        statement = _by_document(tuple((change.table.name, change.columns, _ending(change)) for change in changes))
        connection.execute(statement, {f"rows_{number}": _document(change) for number, change in enumerate(changes)})


def _ending(change: New | Gone) -> str | None:
    """How the statement of new rows ends; nothing for those that are gone."""
    return change.conflict if isinstance(change, New) else None


def _document(change: New | Gone) -> str:
    instants = _instants(change.table, change.columns)
    return to_json([_plain(row, instants) for row in change.rows] if instants else change.rows).decode()


@lru_cache
def _instants(table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in columns if isinstance(table.c[name].type, UtcDateTime))


def _plain(row: Mapping[str, Any], instants: Sequence[str]) -> dict[str, Any]:
    plain = dict(row)
    for name in instants:
        if (instant := row[name]) is not None:
            plain[name] = to_microseconds(instant)
    return plain


@lru_cache
def _by_document(changes: tuple[tuple[str, tuple[str, ...], str | None], ...]) -> TextClause:
    *others, last = [
        _deletion(table, columns, f":rows_{number}") if ending is None
        else _insertion(table, columns, f":rows_{number}", ending)
        for number, (table, columns, ending) in enumerate(changes)
    ]  # fmt: skip
    within = ", ".join(f"change_{number} AS ({other})" for number, other in enumerate(others))
    return text(f"WITH {within} {last}" if within else last)


def _insertion(table: str, columns: tuple[str, ...], rows: str, ending: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608 - names of ours
        f"FROM json_populate_recordset(NULL::{table}, CAST({rows} AS json)) {ending}"
    )


def _deletion(table: str, columns: tuple[str, ...], rows: str) -> str:
    # Each key is a look of its own into the index, whatever the planner thinks of all of them together.
    same = " AND ".join(f'{table}."{name}" = key."{name}"' for name in columns)
    return (
        f"DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT found.ctid "  # noqa: S608 - names of ours
        f"FROM json_populate_recordset(NULL::{table}, CAST({rows} AS json)) AS key "
        f"CROSS JOIN LATERAL (SELECT ctid FROM {table} WHERE {same} OFFSET 0) AS found))"
    )


@lru_cache
def _by_values(table: Table, columns: tuple[str, ...], ending: str | None) -> TextClause:
    if ending is None:
        same = " AND ".join(f'"{name}" = :{name}' for name in columns)
        statement = text(f"DELETE FROM {table.name} WHERE {same}")  # noqa: S608 - names of ours
    else:
        names, values = (", ".join(f"{mark}{name}{end}" for name in columns) for mark, end in (('"', '"'), (":", "")))
        statement = text(f"INSERT INTO {table.name} ({names}) VALUES ({values}) {ending}")  # noqa: S608 - names of ours
    return statement.bindparams(*(bindparam(name, type_=table.c[name].type) for name in columns))
