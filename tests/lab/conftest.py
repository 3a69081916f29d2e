"""The lab is the same on every database, and some of its tests take the services away: each has its own, on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.platform import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.settings import Settings


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    """Settings for SQLite."""
    return sqlite_settings


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server that the test may close."""
    running = Stage()
    yield running
    running.close()
