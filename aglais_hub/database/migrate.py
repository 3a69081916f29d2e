"""Brings each feature's database to the newest shape."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from aglais_hub.database.engine import make_database

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from aglais_hub.settings import Settings

__all__ = ["FEATURES", "migrate", "migrate_all"]

FEATURES = ("accounts", "packages", "bookings", "storage")
"""The features with a database of their own; each has a folder of versions in ``migrations``."""

FOLDER = Path(__file__).parent / "migrations"


def migrate_all(settings: Settings) -> None:
    """Bring every feature's database to the newest shape."""
    for feature in FEATURES:
        migrate(feature, settings.database_url(feature))


def migrate(feature: str, url: str) -> None:
    """Bring one feature's database, at a SQLAlchemy address, to the newest shape. Two at once wait for each other."""
    database = make_database(url)
    try:
        engine = database.engine.execution_options(aglais_write=True)
        with engine.begin() as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": feature})
            command.upgrade(configuration(feature, connection), "head")
    finally:
        database.dispose()


def configuration(feature: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for a feature."""
    config = Config(attributes={"connection": connection, "feature": feature})
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / feature))
    config.set_main_option("path_separator", "newline")
    return config
