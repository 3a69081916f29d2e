"""Engines, sessions, and how time is kept in a database."""

from aglais_hub.database.ahead import sent_ahead
from aglais_hub.database.engine import Database, make_database
from aglais_hub.database.ids import new_id
from aglais_hub.database.many import New, insert_many
from aglais_hub.database.types import Base, UtcDateTime, make_metadata

__all__ = [
    "Base",
    "Database",
    "New",
    "UtcDateTime",
    "insert_many",
    "make_database",
    "make_metadata",
    "new_id",
    "sent_ahead",
]
