"""SQL of the tree's nodes: thousands are read and written at once, so never as objects."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.rows import table_of
from aglais_hub.bookings.tables import NodeRow
from aglais_hub.database import insert_many
from aglais_hub.database.types import to_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, TextClause

    from aglais_hub.bookings.tree import Node, Stretch

__all__ = ["DUE_HOLD", "read_many_nodes", "read_nodes", "write_nodes"]

DUE_HOLD = -1
"""The level of the row that says that an offer has expired and is still counted."""

COLUMNS = ("level", "at", *Amount._fields, *(f"low_{name}" for name in Amount._fields))
NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
WRITTEN = ("cluster", *COLUMNS)

REPLACE = "ON CONFLICT (cluster, level, at) DO UPDATE SET " + ", ".join(
    f'"{name}" = excluded."{name}"' for name in COLUMNS[2:]
)

# Each stretch is a look of its own into the index, whatever the planner thinks of all of them together.
# The names are ours, the values bound.
MANY = {
    "postgresql": text(f"""
        SELECT found.* FROM unnest(CAST(:levels AS bigint[]), CAST(:starts AS bigint[]), CAST(:ends AS bigint[]))
            AS stretch (level, first, last)
        CROSS JOIN LATERAL (
            SELECT {NAMES} FROM nodes
            WHERE cluster = :cluster AND level = stretch.level AND at >= stretch.first AND at < stretch.last OFFSET 0
        ) AS found"""),  # noqa: S608
    "sqlite": text(f"""
        SELECT {NAMES} FROM json_each(:stretches) AS stretch CROSS JOIN nodes
        WHERE cluster = :cluster AND level = json_extract(stretch.value, '$[0]')
            AND at >= json_extract(stretch.value, '$[1]') AND at < json_extract(stretch.value, '$[2]')"""),  # noqa: S608
}
GONE = text("DELETE FROM nodes WHERE cluster = :cluster AND level = :level AND at = :at")


@lru_cache(maxsize=64)
def _statement(count: int) -> TextClause:
    """Reads ``count`` stretches of nodes of some clusters, and whether an expired offer is still counted."""
    parts = [
        f"SELECT cluster, {NAMES} FROM nodes "  # noqa: S608 - names of ours and bound values
        f"WHERE cluster IN :clusters AND level = :level{n} AND at >= :start{n} AND at < :end{n}"
        for n in range(count)
    ]
    nothing = ", ".join(["0"] * 2 * len(Amount._fields))
    is_due = "EXISTS (SELECT 1 FROM timers WHERE kind = 'expire' AND due <= :now)"
    parts.append(f"SELECT '', {DUE_HOLD}, 0, {nothing} WHERE {is_due}")
    return text(" UNION ALL ".join(parts)).bindparams(bindparam("clusters", expanding=True))


def read_nodes(
    connection: Connection, clusters: Sequence[str], stretches: Sequence[Stretch], now: datetime
) -> list[Sequence[Any]]:
    """The nodes ``(cluster, level, at, *delta, *low)`` in a few stretches, in no order, in one statement.

    A row of the level ``DUE_HOLD`` says that an offer has expired by ``now`` and is still counted.
    """
    if not clusters:
        return []
    values: dict[str, Any] = {"clusters": list(clusters), "now": to_microseconds(now)}
    for n, (level, start, end) in enumerate(stretches):
        values |= {f"level{n}": level, f"start{n}": start, f"end{n}": end}
    return list(connection.execute(_statement(len(stretches)), values).all())


def read_many_nodes(connection: Connection, cluster: str, stretches: Sequence[Stretch]) -> list[Sequence[Any]]:
    """The nodes ``(level, at, *delta, *low)`` of one cluster in any number of stretches, in one statement."""
    values: dict[str, Any] = {"cluster": cluster}
    if connection.dialect.name == "sqlite":
        values["stretches"] = json.dumps(stretches)
    else:
        values |= zip(("levels", "starts", "ends"), map(list, zip(*stretches, strict=True)), strict=True)
    return list(connection.execute(MANY[connection.dialect.name], values).all())


def write_nodes(connection: Connection, cluster: str, nodes: Iterable[tuple[int, int, Node | None]]) -> None:
    """Write nodes ``(level, at, node)``; where there is none any more, take it out."""
    put, gone = [], []
    for level, at, node in nodes:
        if node is None:
            gone.append({"cluster": cluster, "level": level, "at": at})
        else:
            put.append(dict(zip(WRITTEN, (cluster, level, at, *node), strict=True)))
    insert_many(connection, table_of(NodeRow), put, conflict=REPLACE)
    if gone:
        connection.execute(GONE, gone)
