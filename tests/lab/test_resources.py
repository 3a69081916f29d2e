from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aglais_lab import resources
from aglais_lab.booked import BookedResources, in_words
from aglais_lab.notebook_errors import NotBookedError
from tests.support.session import booked

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        "RESOURCES_NOTEBOOK_CORES": "0.05",
        "RESOURCES_NOTEBOOK_MEMORY": "896",
        "RESOURCES_WORKER_COUNT": "2",
        "RESOURCES_WORKER_CORES": "0.084",
        "RESOURCES_WORKER_MEMORY": "896",
        "RESOURCES_TEMPORARY": "10240",
        "RESOURCES_USER": "2048",
        "RESOURCES_GPUS": "1",
    }
    for name, value in booked("small", cores="0.218", memory=2688, **parts).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("small")
def test_resources_say_what_the_booking_holds() -> None:
    assert resources.package == "small"
    assert (resources.cores, resources.memory) == (0.218, 2688)
    assert (resources.notebook.cores, resources.notebook.memory) == (0.05, 896)
    assert (resources.worker.count, resources.worker.cores, resources.worker.memory) == (2, 0.084, 896)
    assert (resources.temporary, resources.user, resources.gpus) == (10240, 2048, 1)
    assert resources.booking == "b-1"
    assert resources.end == datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.usefixtures("small")
def test_resources_show_themselves_in_words() -> None:
    assert repr(resources).startswith("small package: 0.218 cores, 2.6 GiB of memory, 1 GPU, ")
    assert repr(resources).endswith(" left")
    assert "worker" in dir(resources)


def test_a_booking_without_a_division_gives_all_to_the_notebook() -> None:
    found = BookedResources.from_environment(booked(package="", cores="1", memory=512))
    assert (found.notebook.cores, found.notebook.memory, found.worker.count) == (1, 512, 0)
    assert found.title == "booking of your own size"
    assert found.size == "1 core, 512 MiB of memory"


def test_a_server_has_all_of_the_booking_unless_it_is_told_otherwise() -> None:
    alone = BookedResources.from_environment(booked(cores="2", memory=4096))
    assert (alone.server.cores, alone.server.memory) == (2, 4096)
    told = {"RESOURCES_SERVER_CORES": "0.5", "RESOURCES_SERVER_MEMORY": "1500"}
    beside_workers = BookedResources.from_environment(booked(cores="2", memory=4096, **told))
    assert (beside_workers.server.cores, beside_workers.server.memory) == (0.5, 1500)


@pytest.mark.parametrize("missing", ["AGLAIS_RESOURCES_CORES", "AGLAIS_RESOURCES_MEMORY"])
def test_outside_a_booked_session_it_says_what_to_do(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in booked().items():
        if name != missing:
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("JUPYTERHUB_BASE_URL", "/odd/base/")
    with pytest.raises(NotBookedError) as caught:
        repr(resources)
    assert caught.value.message == "This kernel does not run under a booking."
    assert "Booking panel" in caught.value.help
    assert "/odd/base/services/aglais/bookings" in caught.value.help


def test_an_error_shows_itself_without_a_traceback() -> None:
    lines = NotBookedError("No.", help="Book one.")._render_traceback_()
    assert lines == ["\x1b[31mNo.\x1b[0m", "Book one."]


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(0), "under a minute"),
        (timedelta(seconds=59), "under a minute"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3, hours=4, minutes=5), "3 days 4 h"),
    ],
)
def test_a_duration_in_words(left: timedelta, words: str) -> None:
    assert in_words(left) == words


def test_time_left_is_never_less_than_nothing() -> None:
    found = BookedResources.from_environment(booked() | {"AGLAIS_BOOKING_END": "2026-11-22T08:00:00Z"})
    assert found.left(NOW) == timedelta(0)
    assert BookedResources.from_environment(booked() | {"AGLAIS_BOOKING_END": ""}).left(NOW) is None
