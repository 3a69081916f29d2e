"""Databases: their shape, their instants, and what is said when one is gone."""

from __future__ import annotations

import random
import re
import sqlite3
import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub import orm
from sqlalchemy import BigInteger, Boolean, Column, MetaData, String, Table, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from aglais_hub.accounts.tables import AccountsBase
from aglais_hub.bookings.tables import BookingsBase
from aglais_hub.database import Database, Gone, New, engine, make_database, sent_ahead, write_many
from aglais_hub.database.migrate import FEATURES, migrate, migrate_all
from aglais_hub.database.types import from_microseconds, to_microseconds
from aglais_hub.errors import ServiceDownError
from aglais_hub.packages.tables import PackagesBase
from aglais_hub.storage.tables import StorageBase
from tests.support.ports import free_port
from tests.support.templates import settings_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from aglais_hub.settings import Settings
    from tests.support.postgres import Postgres

BASES = {"accounts": AccountsBase, "packages": PackagesBase, "bookings": BookingsBase, "storage": StorageBase}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_migrations_make_the_tables_that_the_code_has(settings: Settings, feature: str) -> None:
    database = make_database(settings.database_url(feature))
    metadata = BASES[feature].metadata
    with database.engine.connect() as connection:
        ours = {"include_name": lambda name, kind, _parents: kind != "table" or name in metadata.tables}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **ours})
        assert compare_metadata(context, metadata) == []
    database.dispose()


def test_all_features_and_jupyterhub_fit_into_one_database() -> None:
    """The guide puts all of them into one on PostgreSQL."""
    names = [name for base in BASES.values() for name in base.metadata.tables]
    names += list(orm.Base.metadata.tables)
    assert sorted(names) == sorted(set(names))


def test_migrating_again_changes_nothing(settings: Settings) -> None:
    migrate_all(settings)
    migrate_all(settings)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_many_may_migrate_at_once(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    url = ""
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database()
    settings, failed = settings_at(tmp_path, url), []
    gate = threading.Barrier(6)

    def run() -> None:
        gate.wait(60)
        try:
            migrate("bookings", settings.database_url("bookings"))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


@given(st.datetimes(timezones=st.timezones()))
def test_instants_come_back_to_the_microsecond(instant: datetime) -> None:
    try:
        expected = instant.astimezone(UTC)
    except OverflowError:
        return
    assert from_microseconds(to_microseconds(instant)) == expected


def test_instants_are_in_order_and_have_a_zone() -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    late = datetime(1970, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1)))
    assert (to_microseconds(early), to_microseconds(late)) == (-1, 0)
    with pytest.raises(ValueError, match="naive"):
        to_microseconds(datetime(2026, 6, 8))  # noqa: DTZ001 - that is the point


def test_a_transaction_is_kept_or_undone_as_a_whole(settings: Settings) -> None:
    database = make_database(settings.database_url("bookings"))

    def fail_halfway() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO clusters (name, overcommit, buffer, created) VALUES ('half', 0, 0, 0)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with database.write() as session:
        session.execute(text("INSERT INTO clusters (name, overcommit, buffer, created) VALUES ('whole', 0, 0, 0)"))
    with database.read() as session:
        assert list(session.scalars(text("SELECT name FROM clusters"))) == ["whole"]
    database.dispose()


def test_a_database_that_is_not_there_is_a_service_that_is_down(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder/x.db", f"postgresql+psycopg://u@127.0.0.1:{free_port()}/x"):
        database = make_database(url)
        with pytest.raises(ServiceDownError), database.read() as session:
            session.execute(text("SELECT 1"))
        database.dispose()


def test_of_what_was_deleted_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    file, draw, there = tmp_path / "here.db", random.Random(7), set()
    database = make_database(f"sqlite:///{file}")
    with database.write() as session:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)"))
        session.execute(text("CREATE INDEX by_name ON things (name)"))
    with database.write() as session:
        # They come and go, and rows move between pages.
        for _ in range(3000):
            name = f"guest-{draw.choice(['amber', 'azure', 'coral', 'rose'])}-{draw.randrange(10**8):08}"
            session.execute(text("INSERT INTO things (name) VALUES (:name)"), {"name": name})
            there.add(name)
            if len(there) > 200:
                gone = draw.choice(sorted(there))
                session.execute(text("DELETE FROM things WHERE name = :name"), {"name": gone})
                there.remove(gone)
    assert database.clean()
    database.dispose()
    found = {
        name.decode() for one in tmp_path.iterdir() for name in re.findall(rb"guest-[a-z]+-\d{8}", one.read_bytes())
    }
    assert found == there


def test_a_file_is_not_written_anew_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = make_database(f"sqlite:///{tmp_path / 'here.db'}")
    assert database.clean()
    monkeypatch.setattr(engine, "CLEAN_REST", 0)
    assert not database.clean(), "it rests"
    database._clean_from = 0.0
    assert database.clean()
    assert database.clean()
    database.dispose()


def test_while_somebody_reads_it_is_not_done_and_then_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CLEAN_REST", 0)
    database = make_database(f"sqlite:///{tmp_path / 'here.db'}")
    database.engine.connect().close()
    other = sqlite3.connect(tmp_path / "here.db", isolation_level=None)
    other.execute("CREATE TABLE things (name TEXT)")
    other.execute("BEGIN")
    other.execute("SELECT * FROM things").fetchall()
    other.execute("INSERT INTO things VALUES ('x')")
    monkeypatch.setattr(engine, "SQLITE_WAIT_SECONDS", 0.1)
    quick = make_database(f"sqlite:///{tmp_path / 'here.db'}")
    assert not quick.clean()
    other.execute("COMMIT")
    other.close()
    assert quick.clean()
    for one in (database, quick):
        one.dispose()


def test_when_every_connection_is_taken_the_service_is_down(tmp_path: Path) -> None:
    database = make_database(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(ServiceDownError), database.read():
        raise PoolTimeoutError
    with pytest.raises(DBAPIError) as raised, database.read():
        raise DBAPIError("x", {}, ValueError("a defect of ours"))
    assert not isinstance(raised.value, ServiceDownError)
    database.dispose()


@pytest.mark.postgres
def test_connections_that_the_server_has_cut_are_made_anew(postgres_settings: Settings, postgres: Postgres) -> None:
    database = make_database(postgres_settings.database_url("bookings"))
    with database.read() as session:
        session.execute(text("SELECT 1"))
    name = make_url(postgres_settings.bookings_url).database
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    with database.write() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def things(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Table]]:
    """A database with one empty table."""
    url = f"sqlite:///{tmp_path}/things.db"
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database().replace("postgresql:", "postgresql+psycopg:")
    database, metadata = make_database(url), MetaData()
    table = Table(
        "things", metadata, Column("name", String, primary_key=True), Column("end", BigInteger), Column("on", Boolean)
    )
    metadata.create_all(database.engine.execution_options(aglais_write=True))
    yield database, table
    database.dispose()


def test_many_rows_are_inserted_as_they_are(things: tuple[Database, Table]) -> None:
    database, table = things
    at = 1_774_746_000_000_001
    names = ["plain", "it's", 'a "quote"', "back\\slash", "{[,]}", "%s :name", "line\nline", "é ü 猫 🐈", "", "\u2028"]
    rows = [{"name": name, "end": at + n, "on": bool(n % 2)} for n, name in enumerate(names)]
    rows[0]["end"] = rows[0]["on"] = None
    replace = 'ON CONFLICT (name) DO UPDATE SET "on" = excluded."on"'
    with database.write() as session:
        connection = session.connection()
        write_many(connection)
        write_many(connection, New(table.name, []))
        write_many(connection, New(table.name, rows))
        write_many(connection, New(table.name, [rows[1] | {"on": False}], replace))
        found = {row.name: row._asdict() for row in session.execute(select(table))}
    assert found == {row["name"]: row for row in rows} | {"it's": rows[1] | {"on": False}}
    with pytest.raises(IntegrityError), database.write() as session:
        write_many(session.connection(), New(table.name, [rows[3], rows[2]]))


def test_rows_go_by_their_key_beside_others_that_come(things: tuple[Database, Table]) -> None:
    database, table = things
    at = 1_774_746_000_000_001
    with database.write() as session:
        connection = session.connection()
        write_many(connection, New(table.name, [{"name": name, "end": at} for name in ("stays", "it's", "goes")]))
        write_many(
            connection,
            New(table.name, [{"name": "new"}]),
            Gone(table.name, [{"name": "goes"}, {"name": "never there"}]),
        )
        write_many(connection, Gone(table.name, [{"name": "it's", "end": at}, {"name": "stays", "end": at + 1}]))
        write_many(connection, Gone(table.name, []))
        assert sorted(session.scalars(select(table.c.name))) == ["new", "stays"]


def test_what_is_sent_ahead_is_there_for_what_comes_next(things: tuple[Database, Table]) -> None:
    database, table = things
    with database.write() as session:
        for number in range(3):
            with sent_ahead(session.connection()):
                write_many(session.connection(), New(table.name, [{"name": f"ahead {number}"}]))
        assert session.execute(select(func.count()).select_from(table)).scalar_one() == 3
        with sent_ahead(session.connection()):
            write_many(session.connection(), New(table.name, [{"name": "last"}]))
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(table)).scalar_one() == 4


@pytest.mark.postgres
@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("then", [lambda session: session.execute(text("SELECT 1")), lambda _: None])
def test_a_connection_that_is_lost_half_way_is_the_service_down(
    postgres: Postgres, then: Callable[[Session], object], ahead: bool
) -> None:
    url = postgres.database()
    database = make_database(url.replace("postgresql:", "postgresql+psycopg:"))
    table = Table("things", MetaData(), Column("name", String))
    table.create(database.engine)

    def work() -> None:
        with database.write() as session:
            lose(session, url, table, ahead=ahead)
            then(session)

    with pytest.raises(ServiceDownError):
        work()
    with database.write() as session:
        assert session.execute(select(table)).all() == []
    database.dispose()


def lose(session: Session, url: str, table: Table, *, ahead: bool) -> None:
    """Insert a row, and have the server end the connection."""
    process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    connection = session.connection()
    with sent_ahead(connection) if ahead else nullcontext():
        write_many(connection, New(table.name, [{"name": "lost"}]))
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))


def test_what_fails_ahead_is_raised_by_what_comes_next_and_undone(things: tuple[Database, Table]) -> None:
    database, table = things

    def twice(then: Callable[[Session], object]) -> None:
        with database.write() as session:
            with sent_ahead(session.connection()):
                write_many(session.connection(), New(table.name, [{"name": "first"}]))
                write_many(session.connection(), New(table.name, [{"name": "first"}]))
            then(session)

    def give_up(_: Session) -> None:
        raise LookupError

    for then in (lambda session: session.execute(select(table)), lambda _: None):
        with pytest.raises(IntegrityError):
            twice(then)
    with pytest.raises((LookupError, IntegrityError)):
        twice(give_up)
    with database.read() as session:
        assert session.execute(select(table)).all() == []
