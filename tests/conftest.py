"""What all tests share: a hub, databases, the platform around them, and a clean environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.hub import CALLERS, RealHub
from tests.support.platform import Platform
from tests.support.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL."""
    running = Postgres(tmp_path_factory.mktemp("postgres"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def platform(request: pytest.FixtureRequest, tmp_path: Path, hub: RealHub) -> Iterator[Platform]:
    """The services on each kind of database, with a clock that stands still."""
    urls = {}
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        urls = {feature: server.database() for feature in ("accounts", "packages", "bookings")}
    made = Platform(tmp_path, hub, urls)
    yield made
    made.close()
