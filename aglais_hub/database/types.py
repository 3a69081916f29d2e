"""The base of the tables, and the one border at which instants enter and leave a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import BigInteger, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

__all__ = ["Base", "UtcDateTime", "make_metadata"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, kept as whole microseconds since 1970 in a 64-bit integer.

    The same on SQLite and PostgreSQL, exact, ordered, indexable, and never subject to a session's time zone. A naive
    ``datetime`` is a ``ValueError``.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(int(value))


def to_microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970 (UTC)."""
    if instant.tzinfo is None:
        raise ValueError(f"a naive datetime can't be stored: {instant!r}")
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_microseconds(value: int) -> datetime:
    """The instant that lies ``value`` microseconds after 1970 (UTC)."""
    return _EPOCH + timedelta(microseconds=value)


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names are fixed, so that a migration can name what it changes on every database."""


class Base(DeclarativeBase):
    """The base of all tables. Each feature derives its own, with its own ``metadata``: it has its own database."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime(), int: BigInteger()}


def make_metadata() -> MetaData:
    """The metadata of a feature's tables."""
    return MetaData(naming_convention=NAMES)
