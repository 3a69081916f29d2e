"""What all tests share: a hub, databases, the platform around them, and a clean environment."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from aglais_hub.lean import start_lean
from aglais_hub.web.hub import Hub
from tests.support.hub import CALLERS, RealHub
from tests.support.platform import Platform, Stage
from tests.support.postgres import Postgres
from tests.support.templates import PostgresTemplate, SqliteTemplate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aglais_hub.settings import Settings


# A test that chance or a busy machine can fail tells nothing: Hypothesis tries the same examples each time, and has no
# deadline for one. ``--hypothesis-profile=default`` draws others.
hypothesis_settings.load_profile("ci")


def pytest_configure() -> None:
    """A run that is told to end (by ``timeout``, by CI) takes down what it has started, as after Ctrl-C."""
    start_lean()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A shell ignores Ctrl-C for what it runs beside, and then so would everything that a test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting or token of the machine's reaches a test."""
    for name in list(os.environ):
        if name.startswith(("AGLAIS_", "JUPYTERHUB_")) and name != "AGLAIS_CACHE":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    """A real JupyterHub that knows the callers."""
    running = RealHub(tmp_path_factory.mktemp("hub"), CALLERS)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def hub_client(hub: RealHub) -> Iterator[Hub]:
    """The services' view of that hub."""
    client = Hub(hub.url, hub.token("aglais"))
    yield client
    client.close()


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """A server on a real port, for the platform of one test after the other."""
    running = Stage()
    yield running
    running.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL."""
    running = Postgres()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """Prepared SQLite files to copy."""
    return SqliteTemplate(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> PostgresTemplate:
    """A prepared PostgreSQL database to copy."""
    return PostgresTemplate(postgres, tmp_path_factory.mktemp("template"))


@pytest.fixture
def sqlite_settings(sqlite_template: SqliteTemplate, tmp_path: Path) -> Settings:
    """Settings for SQLite files of the test's own."""
    return sqlite_template.copy(tmp_path)


@pytest.fixture
def postgres_settings(postgres: Postgres, postgres_template: PostgresTemplate, tmp_path: Path) -> Iterator[Settings]:
    """Settings for a PostgreSQL database of the test's own."""
    settings = postgres_template.copy(tmp_path)
    yield settings
    postgres.drop(settings.bookings_url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings for each kind of database; migrated, with packages."""
    made: Settings = request.getfixturevalue(f"{request.param}_settings")
    return made


@pytest.fixture
def platform(settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage) -> Iterator[Platform]:
    """The services on each kind of database, with a clock that stands still."""
    made = Platform(settings, hub, hub_client, stage)
    yield made
    made.close()


@pytest.fixture
def lite(sqlite_settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage) -> Iterator[Platform]:
    """The services on SQLite, for what has nothing to do with the kind of database."""
    made = Platform(sqlite_settings, hub, hub_client, stage)
    yield made
    made.close()
