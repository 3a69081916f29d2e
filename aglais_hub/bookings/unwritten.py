"""What a transaction has still to write: kept, and sent for many bookings at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.bookings.nodes import REPLACE, node_rows
from aglais_hub.bookings.tables import (
    BookingRow,
    BookingsBase,
    ChangeRow,
    DecisionRow,
    EntryRow,
    NodeRow,
    SpanRow,
    TimelineRow,
    TimerRow,
)
from aglais_hub.database import Gone, New, write_many

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from aglais_hub.bookings.tree import Node

__all__ = ["Unwritten"]

TABLES: dict[type[BookingsBase], str] = {
    BookingRow: "",
    SpanRow: "",
    EntryRow: "",
    TimerRow: "",
    DecisionRow: "",
    ChangeRow: "",
    NodeRow: REPLACE,
    TimelineRow: "ON CONFLICT (id) DO UPDATE SET change = excluded.change",
}
"""The tables, each after those that its rows belong to, and what becomes of a row that is there already."""


class Unwritten:
    """Rows that are new or replace others, and nodes that are gone."""

    def __init__(self) -> None:
        self._rows: dict[type[BookingsBase], list[dict[str, Any]]] = {}
        self._nodes: dict[tuple[str, int, int], Node | None] = {}

    def __bool__(self) -> bool:
        return bool(self._rows or self._nodes)

    def add(self, table: type[BookingsBase], *rows: dict[str, Any]) -> None:
        """Rows for a table, with instants in microseconds."""
        self._rows.setdefault(table, []).extend(rows)

    def put_nodes(self, cluster: str, nodes: Iterable[tuple[int, int, Node | None]]) -> None:
        """Nodes ``(level, at, node)`` of a cluster's tree; where there is none any more, it is taken out."""
        for level, at, node in nodes:
            self._nodes[cluster, level, at] = node

    def set_change(self, change: int) -> None:
        """The number of the last change."""
        self._rows[TimelineRow] = [{"id": 1, "change": change}]

    def write(self, connection: Connection) -> None:
        """Send all of it."""
        put, gone = node_rows(self._nodes)
        rows = self._rows | {NodeRow: put}
        new = [New(table.__tablename__, rows.get(table, []), on) for table, on in TABLES.items()]
        write_many(connection, *new, Gone(NodeRow.__tablename__, gone))
        self._rows, self._nodes = {}, {}
