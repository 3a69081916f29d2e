"""SQL of the tree's nodes: thousands are read and written at once, so never as objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from aglais_hub.bookings.amounts import Amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from aglais_hub.bookings.tree import Node, Stretch

__all__ = ["REPLACE", "array", "bound", "node_rows", "read_nodes"]

COLUMNS = ("level", "at", *Amount._fields, *(f"low_{name}" for name in Amount._fields))
NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
KEY = ("cluster", "level", "at")
WRITTEN = ("cluster", *COLUMNS)

REPLACE = "ON CONFLICT (cluster, level, at) DO UPDATE SET " + ", ".join(
    f'"{name}" = excluded."{name}"' for name in COLUMNS[2:]
)

# Each stretch is a look of its own into the index, whatever the planner thinks of all of them together.
# The names are ours, the values bound.
READ = {
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


def read_nodes(connection: Connection, cluster: str, stretches: Sequence[Stretch]) -> list[Sequence[Any]]:
    """The nodes ``(level, at, *delta, *low)`` of one cluster in any number of stretches, in one statement."""
    dialect = connection.dialect.name
    return list(connection.execute(READ[dialect], {"cluster": cluster} | bound(stretches, dialect)).all())


def bound(stretches: Sequence[Stretch], dialect: str) -> dict[str, Any]:
    """The stretches, as statements take them."""
    if dialect == "sqlite":
        return {"stretches": json.dumps(stretches)}
    return dict(zip(("levels", "starts", "ends"), map(array, zip(*stretches, strict=True)), strict=True))


def array(numbers: Iterable[int]) -> str:
    """Numbers as PostgreSQL reads them: its driver takes longer to write hundreds than the server to read them."""
    return f"{{{','.join(map(str, numbers))}}}"


def node_rows(nodes: Mapping[tuple[str, int, int], Node | None]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of nodes by ``(cluster, level, at)``, and the keys of those of which nothing is left."""
    put, gone = [], []
    for key, node in nodes.items():
        if node is None:
            gone.append(dict(zip(KEY, key, strict=True)))
        else:
            put.append(dict(zip(WRITTEN, key + node, strict=True)))
    return put, gone
