"""SQL of what lies next to bookings, for many of them in one statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, or_, select, text

from aglais_hub.bookings.nodes import array
from aglais_hub.bookings.rows import IS_DUE, LIVE
from aglais_hub.bookings.tables import BookingRow
from aglais_hub.database.types import from_microseconds, to_microseconds
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

__all__ = ["Neighbours", "read_neighbours", "read_starting"]

TOGETHER = 100
"""Keys in one statement of conditions."""

LIVE_PHASES = ", ".join(f"'{phase}'" for phase in LIVE)
# Each key is a look of its own into an index, whatever the planner thinks of all of them together: SQLite would read
# the whole table once to make a filter for a join.
LOOK = {
    "postgresql": text(f"""
        SELECT key.account, found.start
        FROM unnest(CAST(:accounts AS varchar[]), CAST(:starts AS bigint[])) AS key (account, start)
        CROSS JOIN LATERAL (
            SELECT start FROM bookings
            WHERE account = key.account AND start = key.start AND phase IN ({LIVE_PHASES})
            UNION ALL SELECT NULL FROM bookings WHERE account = key.account AND phase = '{Phase.OFFERED}'
        ) AS found
        UNION ALL SELECT NULL, NULL WHERE {IS_DUE}"""),  # noqa: S608 - names of ours
    "sqlite": text(f"""
        WITH keys AS MATERIALIZED (
            SELECT json_extract(value, '$[0]') AS account, json_extract(value, '$[1]') AS start FROM json_each(:keys)
        )
        SELECT account, start FROM keys WHERE EXISTS (
            SELECT 1 FROM bookings WHERE account = keys.account AND start = keys.start AND phase IN ({LIVE_PHASES})
        )
        UNION ALL SELECT account, NULL FROM keys WHERE EXISTS (
            SELECT 1 FROM bookings WHERE account = keys.account AND phase = '{Phase.OFFERED}'
        )
        UNION ALL SELECT NULL, NULL WHERE {IS_DUE}"""),  # noqa: S608 - names of ours
}


class Neighbours(NamedTuple):
    """Accounts with open offers, those of the keys that there is a booking for, and whether an offer has expired."""

    offering: set[str]
    starting: set[tuple[str, datetime]]
    is_due: bool


def read_neighbours(connection: Connection, keys: Collection[tuple[str, datetime]], now: datetime) -> Neighbours:
    """Those of the accounts that have open offers, and those of the keys at which the account has a booking to use.

    A key is an account and an instant at which its booking would start.
    """
    pairs = [(account, to_microseconds(start)) for account, start in keys]
    values: dict[str, Any] = {"now": to_microseconds(now)}
    if connection.dialect.name == "sqlite":
        values |= {"keys": json.dumps(pairs)}
    else:
        values |= {"accounts": [account for account, _ in pairs], "starts": array(start for _, start in pairs)}
    found = connection.execute(LOOK[connection.dialect.name], values).all()
    return Neighbours(
        {account for account, start in found if start is None and account is not None},
        {(account, from_microseconds(start)) for account, start in found if start is not None},
        any(account is None for account, _ in found),
    )


def read_starting(session: Session, keys: Collection[tuple[str, datetime]]) -> list[BookingRow]:
    """The bookings that are an account's to use and start at an instant, for any number of such keys.

    Each key is a condition of its own: for a list of pairs SQLite would look through the whole table.
    """
    asked, found = sorted(keys), list[BookingRow]()
    for first in range(0, len(asked), TOGETHER):
        pairs = asked[first : first + TOGETHER]
        wanted = [and_(BookingRow.account == account, BookingRow.start == start) for account, start in pairs]
        found += session.scalars(select(BookingRow).where(or_(*wanted), BookingRow.phase.in_(LIVE)))
    return found
