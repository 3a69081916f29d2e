"""Many rows at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, TextClause

__all__ = ["Gone", "New", "write_many"]


class New(NamedTuple):
    """Rows for a table, that all name the same columns; ``conflict`` is an ``ON CONFLICT`` clause, in SQL of ours.

    Values are as the database has them: instants are whole microseconds.
    """

    table: str
    rows: Sequence[Mapping[str, Any]]
    conflict: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.rows[0])


class Gone(NamedTuple):
    """Rows to be taken out of a table, by the columns of their key."""

    table: str
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
        statement = _by_document(tuple((change.table, change.columns, _ending(change)) for change in changes))
        documents = {f"rows_{number}": to_json(change.rows).decode() for number, change in enumerate(changes)}
        connection.execute(statement, documents)


def _ending(change: New | Gone) -> str | None:
    """How the statement of new rows ends; nothing for those that are gone."""
    return change.conflict if isinstance(change, New) else None


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
def _by_values(table: str, columns: tuple[str, ...], ending: str | None) -> TextClause:
    if ending is None:
        same = " AND ".join(f'"{name}" = :{name}' for name in columns)
        return text(f"DELETE FROM {table} WHERE {same}")  # noqa: S608 - names of ours
    names, values = (", ".join(f"{mark}{name}{end}" for name in columns) for mark, end in (('"', '"'), (":", "")))
    return text(f"INSERT INTO {table} ({names}) VALUES ({values}) {ending}")  # noqa: S608 - names of ours
