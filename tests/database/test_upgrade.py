"""What an older release has written is there after an upgrade."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from sqlalchemy import text

from aglais_hub.accounts.admin.search import Search
from aglais_hub.bookings.verify import verify
from aglais_hub.clock import ManualClock
from aglais_hub.database import make_database
from aglais_hub.database.migrate import configuration, migrate
from aglais_hub.database.types import to_microseconds
from aglais_hub.wiring import wire
from tests.support.templates import settings_at

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.web.hub import Hub

NOW = datetime(2026, 6, 8, 9, tzinfo=UTC)
AMOUNT = {"cores": 1000, "memory": 4096, "temporary": 0, "user": 0, "data": 0, "servers": 0, "gpus": 0}
BOOKING = {
    "account": "ada", "version": 1, "package": "tiny", "package_version": 1, "cluster": "local", "sharing": "managed",
    "created": 0, "modified": 0, "expires": None, "kind": None, "reason": "", "note": "", "key": None, "asked": None,
}  # fmt: skip


def hour(day: int, hour: int) -> int:
    return to_microseconds(datetime(2026, 6, day, hour, tzinfo=UTC))


def insert(connection: Any, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def write_as_before_the_ledger(url: str) -> None:
    """Two cores granted for a week; ada has one of them on the 9th, has had one, and cancelled one."""
    database = make_database(url)
    with database.engine.execution_options(aglais_write=True).begin() as connection:
        command.upgrade(configuration("bookings", connection), "0001")
        insert(connection, "timelines", cluster="local")
        grant = {"id": "g", "cluster": "local", "start": hour(8, 0), "end": hour(15, 0), "note": "", "version": 1}
        insert(connection, "grants", created=0, **grant, **{**AMOUNT, "cores": 2000, "memory": 8192})
        for name, phase, start, end in (
            ("past", "COMPLETED", hour(8, 1), hour(8, 2)),
            ("next", "WAITING", hour(9, 10), hour(9, 12)),
            ("gone", "CANCELLED", hour(9, 10), hour(9, 12)),
        ):
            insert(connection, "bookings", id=name, phase=phase, start=start, end=end, **BOOKING, **AMOUNT)
            counts = phase == "WAITING"
            claim = {"booking_id": name, "start": start, "end": end, "cluster": "local", "expires": None}
            insert(connection, "claims", counts=counts, **claim, **AMOUNT)
    database.dispose()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_grants_and_bookings_from_before_the_ledger_count_in_it(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, hub_client: Hub
) -> None:
    settings = settings_at(tmp_path, request.getfixturevalue("postgres").database() if kind == "postgres" else "")
    for feature in ("accounts", "packages"):
        migrate(feature, settings.database_url(feature))
    write_as_before_the_ledger(settings.database_url("bookings"))
    migrate("bookings", settings.database_url("bookings"))
    clock = ManualClock(NOW)
    parts = wire(settings, clock=clock, hub=hub_client)
    parts.start(sweep=False, send=False, keep=False)
    day = parts.availability.available(range="2026-06-09,2026-06-09", grain="hour", tz="UTC", cluster="local")
    assert [row.resources.cores for row in day.rows] == [2] * 10 + [1] * 2 + [2] * 12
    booking = parts.bookings.get("next", None)
    assert [(span.start.hour, span.end.hour) for span in booking.spans] == [(10, 12)]
    assert verify(parts.databases[2], clock=clock).faults == []
    clock.move(datetime(2026, 6, 9, 11, tzinfo=UTC) - NOW)
    while parts.requests.writer.run(parts.sweeper._fire_due):
        pass
    assert parts.bookings.get("next", None).phase == "AVAILABLE"
    for database in parts.databases:
        database.dispose()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_accounts_from_before_providers_are_as_they_were(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, hub_client: Hub
) -> None:
    settings = settings_at(tmp_path, request.getfixturevalue("postgres").database() if kind == "postgres" else "")
    for feature in ("packages", "bookings"):
        migrate(feature, settings.database_url(feature))
    url = settings.database_url("accounts")
    database = make_database(url)
    with database.engine.execution_options(aglais_write=True).begin() as connection:
        command.upgrade(configuration("accounts", connection), "0001")
        insert(connection, "accounts", name="ann", level=1, display="Ann", created=0)
        identity = {"account": "ann", "kind": "email", "subject": "ann@example.org", "secret": "x"}
        insert(connection, "identities", verified=0, created=0, **identity)
    database.dispose()
    migrate("accounts", url)
    parts = wire(settings, clock=ManualClock(NOW), hub=hub_client)
    found = parts.accounts.get("ann")
    assert (found.affiliation, found.terms, found.accepted, found.asks) == ("", "", None, [])
    assert [(one.kind, one.label, one.email) for one in found.identities] == [("email", "ann@example.org", None)]
    for word in ("an", "example"):
        assert [row.name for row in parts.admin.select(Search(text=word), limit=2, after="").rows] == ["ann"]
    for database in parts.databases:
        database.dispose()
