"""SQL of one look at what is free: all that an answer needs in one statement, and no more columns than it needs."""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import text

from aglais_hub.bookings.amounts import Amount
from aglais_hub.bookings.nodes import bound
from aglais_hub.bookings.rows import IS_DUE
from aglais_hub.bookings.rules import Terms
from aglais_hub.database.types import to_microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, TextClause

    from aglais_hub.bookings.tree import Stretch

__all__ = ["Look", "read_look"]

# Each stretch is a look of its own into the index, whatever the planner thinks of all of them together. The nodes of a
# cluster come as one value, column by column: rows of their own would cost more to receive than to find.
LOOKS = {
    "postgresql": """
        SELECT name, overcommit, buffer, {is_due}, found.* FROM clusters CROSS JOIN LATERAL (
            SELECT bit_or(rest), ARRAY[{columns}]
            FROM unnest(CAST(:levels AS bigint[]), CAST(:starts AS bigint[]), CAST(:ends AS bigint[]))
                AS stretch (level, first, last)
            CROSS JOIN LATERAL (
                SELECT at, {amounts}, {rest} AS rest FROM nodes WHERE cluster = clusters.name
                    AND level = stretch.level AND at >= stretch.first AND at < stretch.last OFFSET 0
            ) AS node
        ) AS found
        WHERE {is_asked}""",
    "sqlite": """
        SELECT name, overcommit, buffer, {is_due}, (
            SELECT json_array(max({rest} != 0), {columns}) FROM json_each(:stretches) AS stretch CROSS JOIN nodes
            WHERE cluster = clusters.name AND level = json_extract(stretch.value, '$[0]')
                AND at >= json_extract(stretch.value, '$[1]') AND at < json_extract(stretch.value, '$[2]')
        ) FROM clusters
        WHERE {is_asked}""",
}
COLUMN = {"postgresql": "array_agg({})", "sqlite": "json_group_array({})"}
IS_ASKED = "(CAST(:cluster AS varchar) IS NULL OR name = :cluster)"


class Look(NamedTuple):
    """What one look has found.

    ``nodes`` has for each cluster its terms and its nodes ``(None, at, *delta, *low)``, of the resources asked for.
    ``is_due`` says that an offer has expired and is still counted, ``is_whole`` that nothing is counted of any other
    resource.
    """

    nodes: list[tuple[Terms, list[tuple[Any, ...]]]]
    is_due: bool
    is_whole: bool


def read_look(
    connection: Connection,
    cluster: str | None,
    stretches: Sequence[Stretch],
    resources: Sequence[str],
    now: datetime,
) -> Look:
    """Look at the nodes of one cluster or all in a few stretches; at some ``resources``, in their own order."""
    dialect = connection.dialect.name
    values = {"cluster": cluster, "now": to_microseconds(now)} | bound(stretches, dialect)
    look = Look([], is_due=False, is_whole=True)
    for name, overcommit, buffer, is_due, *found in connection.execute(_statement(dialect, tuple(resources)), values):
        rest, *columns = from_json(found[0]) if dialect == "sqlite" else (found[0], *found[1])
        nodes = list(zip(repeat(None), *columns, strict=False)) if columns else []
        look.nodes.append((Terms.of(name, overcommit, buffer), nodes))
        look = look._replace(is_due=bool(is_due), is_whole=look.is_whole and not rest)
    return look


@lru_cache(maxsize=64)
def _statement(dialect: str, resources: tuple[str, ...]) -> TextClause:
    """A row ``name, overcommit, buffer, whether a hold is due, rest, [at, *delta, *low]`` for each cluster."""
    amounts = _amounts(resources)
    statement = LOOKS[dialect].format(
        columns=", ".join(COLUMN[dialect].format(name) for name in ("at", *amounts)),
        amounts=", ".join(amounts),
        rest=f"({' | '.join(_amounts(name for name in Amount._fields if name not in resources)) or '0'})",
        is_due=IS_DUE,
        is_asked=IS_ASKED,
    )
    return text(statement)


def _amounts(resources: Iterable[str]) -> list[str]:
    """The columns of the nodes for some resources: each one's ``delta``, then each one's ``low``."""
    names = list(resources)
    return [f'"{name}"' for name in (*names, *(f"low_{name}" for name in names))]
