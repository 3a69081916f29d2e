"""Engines and transactions, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg.errors import DiskFull
from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from aglais_hub.database.ahead import prepare_ahead
from aglais_hub.errors import ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

__all__ = ["Database", "make_database"]

log = logging.getLogger(__name__)

SQLITE_WAIT_SECONDS = 30
"""How long a writer waits for the others: SQLite has one writer at a time, and each of ours takes milliseconds."""

CLEAN_REST = 100
"""After a file was written anew, it rests for so many times as long as that took: writers wait meanwhile."""


class Database:
    """A feature's database: hands out transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # One statement sees one view by itself: on PostgreSQL, to begin and to end it would be two more.
        self._reading = engine if self.is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writing = threading.Lock() if self.is_sqlite else None
        self._clean_from = 0.0

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Reads only, and never waits for a writer; each statement has one view of the data. See ``snapshot``."""
        with self._guard(), Session(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A transaction that only reads, and in which several statements see the data as of one moment."""
        with self._guard(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            if not self.is_sqlite:  # where a transaction that reads is one already
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes; commits at the end of the block, rolls back on an exception.

        On SQLite it takes the one write lock at its start (``BEGIN IMMEDIATE``), so that what it reads is still true
        when it writes. On PostgreSQL the store locks the row that it decides on.
        """
        with self._guard(), self._turn(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options={"aglais_write": True})
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # SQLite lets whoever asks at the right moment write next, so one of many threads can wait for ever: they queue.
        if self._writing is None:
            yield
            return
        if not self._writing.acquire(timeout=SQLITE_WAIT_SECONDS):
            raise ServiceDownError("The database does not answer.", help="Try again in a moment.")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, PoolTimeoutError) as error:
            if _is_full(getattr(error, "orig", None)):
                log.error("There is no space left for the database: %s", self.engine.url.database)  # noqa: TRY400
                raise ServiceDownError(
                    "The platform has no space left to write this down.",
                    help="Nothing was changed. Try again later, or tell whoever runs it.",
                ) from error
            raise ServiceDownError("The database does not answer.", help="Try again in a moment.") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise ServiceDownError("The database does not answer.", help="Try again in a moment.") from error
            raise

    def clean(self) -> bool:
        """Leave nothing of what was deleted in the files, as far as we can reach; says whether it is done.

        SQLite overwrites what is deleted, but not what it has left behind in a page when it moved rows to another, and
        for a while the log beside its file has it still. So the file is written anew, which takes no more than a small
        part of the time, and the log is emptied, unless somebody reads right now. PostgreSQL has processes of its own
        for that.
        """
        if not self.is_sqlite:
            return True
        begun = time.monotonic()
        is_due = begun >= self._clean_from
        with self._guard(), self._turn(), self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            try:
                if is_due:
                    cursor.execute("VACUUM")
                is_busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError as error:
                log.warning("What was deleted can't be overwritten yet in %s: %s", self.engine.url.database, error)
                is_busy = 1
        if is_due:
            self._clean_from = time.monotonic() + CLEAN_REST * (time.monotonic() - begun)
        return is_due and is_busy == 0

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def make_database(url: str) -> Database:
    """A ``Database`` at a SQLAlchemy address (``sqlite:///…`` or ``postgresql+psycopg://…``)."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_SECONDS}, pool_size=20, max_overflow=60)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(url, pool_size=16, max_overflow=32, pool_pre_ping=True)
        prepare_ahead(engine)
    return Database(engine)


def _is_full(error: object) -> bool:
    """Whether a driver's error says that the disk is full."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or isinstance(error, DiskFull)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver would open transactions by itself, and late; ours are opened by _begin_sqlite.
    connection.isolation_level = None
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    # For the switch on a new file SQLite does not wait for others who make it too, so we do.
    deadline = time.monotonic() + SQLITE_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("aglais_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
