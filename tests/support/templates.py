"""Databases that are ready to use: migrated and filled with packages once, then copied for each test."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aglais_hub.clock import ManualClock
from aglais_hub.database import make_database
from aglais_hub.database.migrate import FEATURES, migrate_all
from aglais_hub.packages.service import PackageService
from aglais_hub.settings import Settings
from aglais_hub.wire.packages import PackageRequest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Postgres

NOW = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)
"""A Monday."""

PACKAGES = {"tiny": 1, "small": 2, "medium": 4, "large": 8}
"""Packages of so many cores, with 4 GiB to each core."""


def prepare(settings: Settings) -> None:
    """Migrate all databases, and make the packages."""
    migrate_all(settings)
    database = make_database(settings.database_url("packages"))
    packages = PackageService(database=database, clock=ManualClock(NOW), url="/services/aglais/api/")
    for name, units in PACKAGES.items():
        packages.create(PackageRequest(name=name, notebook_cores=units, notebook_memory=units * 4096))
    database.dispose()


def settings_at(folder: Path, url: str = "") -> Settings:
    """Settings for databases in ``folder``, or all in one database at ``url``."""
    return Settings(
        state=folder, keys_secret="a-secret-of-the-tests-0123456789", **{f"{feature}_url": url for feature in FEATURES}
    )


class SqliteTemplate:
    """Prepared SQLite files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        prepare(settings_at(folder))

    def copy(self, folder: Path) -> Settings:
        for feature in FEATURES:
            shutil.copy(self._folder / f"{feature}.db", folder)
        return settings_at(folder)


class PostgresTemplate:
    """A prepared database of a PostgreSQL server; it holds all features."""

    def __init__(self, server: Postgres, folder: Path) -> None:
        self._server = server
        self._url = server.database()
        prepare(settings_at(folder, self._url))

    def copy(self, folder: Path) -> Settings:
        return settings_at(folder, self._server.database(self._url))
