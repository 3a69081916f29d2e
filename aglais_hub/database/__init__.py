"""Engines, sessions, and how time is kept in a database."""

from aglais_hub.database.ahead import sent_ahead
from aglais_hub.database.engine import Database, make_database
from aglais_hub.database.ids import new_id
from aglais_hub.database.many import Gone, New, write_many
from aglais_hub.database.types import Base, UtcDateTime, make_metadata

__all__ = [
    "Base",
    "Database",
    "Gone",
    "New",
    "UtcDateTime",
    "make_database",
    "make_metadata",
    "new_id",
    "sent_ahead",
    "write_many",
]
