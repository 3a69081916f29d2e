"""Statements that are sent without waiting for them, so that the database works while its client does."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

__all__ = ["prepare_ahead", "sent_ahead"]

PIPELINE = "aglais_pipeline"
"""Where a connection keeps what it has been sent and not been asked for."""


@contextmanager
def sent_ahead(connection: Connection) -> Iterator[None]:
    """What the block writes is sent, and not waited for. Nothing can be read in it.

    Whatever the connection is asked next waits for it first, and raises the ``DBAPIError`` that came of it. SQLite,
    which has no server to do it meanwhile, does it at once.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    _settle(connection)
    driver: Any = connection.connection.driver_connection
    pipeline = driver.pipeline()
    pipeline.__enter__()
    try:
        yield
    finally:
        connection.info[PIPELINE] = pipeline


def prepare_ahead(engine: Engine) -> None:
    """Let the connections of an engine wait for what was sent ahead before they do anything else."""
    event.listen(engine, "before_cursor_execute", lambda connection, *_: _settle(connection))
    event.listen(engine, "commit", _settle)
    event.listen(engine, "rollback", _forget)


def _settle(connection: Connection) -> None:
    # Of a connection that is lost nothing can be asked, and it is not used again.
    pipeline = None if connection.invalidated else connection.info.pop(PIPELINE, None)
    if pipeline is None:
        return
    try:
        pipeline.__exit__(None, None, None)
    except psycopg.Error as error:
        raise DBAPIError.instance("sent ahead", None, error, psycopg.Error, dialect=connection.dialect) from error


def _forget(connection: Connection) -> None:
    # What was sent is taken back, whatever became of it.
    with suppress(DBAPIError):
        _settle(connection)
