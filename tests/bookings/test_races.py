"""Races that matter: the last place, a wide booking among narrow ones, edits of one booking, timers that fire.

15 rounds for the last place on each database by default; ``AGLAIS_TEST_ROUNDS=200`` runs as many.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from aglais_hub.bookings.rules import joined
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.tables import BookingRow, ChangeRow
from aglais_hub.bookings.verify import verify
from aglais_hub.database import make_database
from aglais_hub.wire.bookings import Span
from aglais_hub.wiring import wire
from tests.support.platform import NOW, Platform
from tests.support.ports import TLS
from tests.support.services import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from aglais_hub.wiring import Parts
    from tests.support.hub import RealHub
    from tests.support.templates import PostgresTemplate, SqliteTemplate

ROUNDS = int(os.environ.get("AGLAIS_TEST_ROUNDS", "10"))
WRITERS = 32
API = "services/aglais/api/"
FIRST = datetime(2031, 1, 1, tzinfo=UTC)


class Processes:
    """Two processes around the same databases, and 32 threads that ask them in turn."""

    def __init__(self, settings: Settings, hub: RealHub, folder: Path) -> None:
        self.settings = settings
        self._token = hub.token("root")
        self._running = [ServiceProcess(settings, hub, folder) for _ in range(2)]
        for process in self._running:
            process.wait()
        self._clients = [
            httpx.Client(
                base_url=self._running[number % 2].url + API,
                headers={"Authorization": f"token {self._token}"},
                trust_env=False,
                verify=TLS,
                timeout=120,
            )
            for number in range(WRITERS)
        ]
        self._pool = ThreadPoolExecutor(WRITERS)

    def send(self, number: int, path: str, **body: Any) -> httpx.Response:
        return self._clients[number].post(path, json=body)

    def get(self, path: str) -> Any:
        return self._clients[0].get(path).raise_for_status().json()

    def all_at_once(self, call: Callable[[int], Any]) -> list[Any]:
        gate = threading.Barrier(WRITERS)

        def run(number: int) -> Any:
            gate.wait(60)
            return call(number)

        return list(self._pool.map(run, range(WRITERS)))

    def close(self) -> None:
        self._pool.shutdown()
        for client in self._clients:
            client.close()
        for process in self._running:
            process.stop()


@contextmanager
def two_processes(settings: Settings, hub: RealHub, folder: Path) -> Iterator[Processes]:
    running = Processes(settings, hub, folder)
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def on_sqlite(
    sqlite_template: SqliteTemplate, hub: RealHub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("races")
    with two_processes(sqlite_template.copy(folder), hub, folder) as running:
        yield running


@pytest.fixture(scope="module")
def on_postgres(
    postgres_template: PostgresTemplate, hub: RealHub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("races")
    with two_processes(postgres_template.copy(folder), hub, folder) as running:
        yield running


@pytest.fixture(params=["on_sqlite", pytest.param("on_postgres", marks=pytest.mark.postgres)])
def processes(request: pytest.FixtureRequest) -> Processes:
    made: Processes = request.getfixturevalue(request.param)
    return made


@contextmanager
def database_of(settings: Settings) -> Iterator[Any]:
    database = make_database(settings.database_url("bookings"))
    yield database
    database.dispose()


@pytest.mark.timeout(max(900, 30 * ROUNDS))
def test_of_32_writers_one_gets_the_last_place_in_every_round(processes: Processes) -> None:
    last = FIRST + timedelta(days=400)
    for cluster in ("races-0", "races-1"):
        grant = {"cluster": cluster, "startdate": FIRST.isoformat(), "enddate": last.isoformat()}
        assert processes.send(0, "resources/create", **grant, cores=1, memory=4096).status_code == 201
    chance = random.Random(32)
    taken = 0
    for number in range(ROUNDS):
        start = FIRST + timedelta(days=chance.randrange(300), minutes=15 * chance.randrange(60), seconds=number)
        # What the losers of a round are offered is held until they ask again, so the next round is on the other one.
        cluster = f"races-{number % 2}"
        body = {"package": "tiny", "cluster": cluster, "startdate": start.isoformat(), "duration": "PT1H"}
        answers = processes.all_at_once(
            lambda n, body=body: processes.send(n, "bookings/create", **body, account=f"w{n}")
        )  # type: ignore[misc]
        winners = [answer.json() for answer in answers if answer.status_code == 201]
        losers = [answer.json() for answer in answers if answer.status_code == 409]
        assert len(winners) == 1, Counter(answer.status_code for answer in answers)
        assert len(losers) == WRITERS - 1
        offers = [offer for loser in losers for offer in loser["offers"]]
        assert all(loser["offers"] for loser in losers)
        assert {offer["phase"] for offer in offers} == {"OFFERED"}
        check_apart([winners, *(loser["offers"] for loser in losers)])
        if number % 10 == 0:
            # What is offered is held: whichever each of them takes, all of them get it.
            chosen = [chance.choice(loser["offers"]) for loser in losers]
            said = processes.all_at_once(
                lambda n, ids=[offer["id"] for offer in chosen]: (  # type: ignore[misc]
                    processes.send(n, f"bookings/{ids[n]}", phase="ACCEPTED").status_code if n < len(ids) else 200
                )
            )
            assert said == [200] * WRITERS
            taken += len(chosen)
            ends = [*winners, *chosen]
        else:
            ends = winners
        for booking in ends:
            assert processes.send(0, f"bookings/{booking['id']}", phase="CANCELLED").status_code == 200
    assert taken
    with database_of(processes.settings) as database:
        assert verify(database).faults == []


def check_apart(askers: list[list[dict[str, Any]]]) -> None:
    """On one core, no two askers' claims share an instant; those of one may, since one of them is taken at most."""
    held = []
    for claims in askers:
        spans = [Span.model_validate(span) for claim in claims for span in claim["spans"]]
        held += [(span.start, span.end) for span in joined(spans)]
    for (_, end), (start, _) in pairwise(sorted(held)):
        assert end <= start


def test_a_wide_booking_is_not_starved_by_narrow_ones(processes: Processes) -> None:
    grant = {"cluster": "wide", "startdate": "2031-01-01", "enddate": "2031-12-31", "cores": 8, "memory": 8 * 4096}
    assert processes.send(0, "resources/create", **grant).status_code == 201
    wide_is_in = threading.Event()
    asked = Counter[str]()

    def ask(number: int) -> list[int]:
        said = []
        chance = random.Random(number)
        # Each of them asks at least once, however late its thread is.
        while not said or not wide_is_in.is_set():
            if number == 0:
                # A large one needs all of the cluster; its first offer is held while the narrow ones go on.
                body = {"package": "large", "cluster": "wide", "startdate": "2031-02-01T09:00:00Z", "duration": "PT8H"}
                answer = processes.send(0, "bookings/create", **body, account="wide")
                if answer.status_code == 409:
                    first = answer.json()["offers"][0]["id"]
                    answer = processes.send(0, f"bookings/{first}", phase="ACCEPTED")
                asked["wide"] += 1
                if answer.status_code in (200, 201):
                    wide_is_in.set()
            else:
                start = datetime(2031, 2, 1, 9, tzinfo=UTC) + timedelta(minutes=chance.randrange(60 * 24))
                body = {"package": "tiny", "cluster": "wide", "startdate": start.isoformat(), "duration": "PT2H"}
                answer = processes.send(number, "bookings/create", **body, account=f"narrow{number}")
                asked["narrow"] += 1
            said.append(answer.status_code)
        return said

    statuses = Counter(status for said in processes.all_at_once(ask) for status in said)
    assert set(statuses) <= {200, 201, 409}, statuses
    assert asked["wide"] <= 2, "a place that is offered is kept, however many others ask"
    assert asked["narrow"] >= WRITERS - 1
    with database_of(processes.settings) as database:
        assert verify(database).faults == []


def test_no_edit_is_lost_and_the_losers_learn_what_has_changed(processes: Processes) -> None:
    grant = {"cluster": "edits", "startdate": "2031-01-01", "enddate": "2031-12-31", "cores": 1, "memory": 4096}
    assert processes.send(0, "resources/create", **grant).status_code == 201
    body = {"package": "tiny", "cluster": "edits", "startdate": "2031-02-01T09:00:00Z", "duration": "PT1H"}
    booking = processes.send(0, "bookings/create", **body, account="edits").json()
    for _ in range(10):
        before = processes.get(f"bookings/{booking['id']}")
        version = before["version"]
        answers = processes.all_at_once(
            lambda n, version=version: processes.send(
                n, f"bookings/{booking['id']}", extend=f"PT{n + 1}M", version=version
            )  # type: ignore[misc]
        )
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: WRITERS - 1}
        won = next(answer.json() for answer in answers if answer.status_code == 200)
        for answer in answers:
            if answer.status_code == 409:
                changes = answer.json()["changes"]
                assert [change["version"] for change in changes] == list(range(version + 1, won["version"] + 1))
                assert changes[-1]["fields"]["end"] == [before["end"], won["end"]]
        assert processes.get(f"bookings/{booking['id']}")["end"] == won["end"]
    # Without a version each counts: 32 minutes from 32 writers.
    before = processes.get(f"bookings/{booking['id']}")
    said = processes.all_at_once(lambda n: processes.send(n, f"bookings/{booking['id']}", extend="PT1M").status_code)
    assert said == [200] * WRITERS
    after = processes.get(f"bookings/{booking['id']}")
    length = datetime.fromisoformat(after["end"]) - datetime.fromisoformat(before["end"])
    assert length == timedelta(minutes=WRITERS)


# ---- the sweeper


@contextmanager
def sweepers(platform: Platform, settings: Settings, hub_client: Hub, count: int) -> Iterator[list[Parts]]:
    """Parts as of so many processes: each with connections and a writer of its own, all on the platform's clock."""
    others = [wire(settings, clock=platform.clock, hub=hub_client) for _ in range(count)]
    yield others
    for parts in others:
        for database in parts.databases:
            database.dispose()


def test_however_many_sweep_at_once_each_timer_fires_once(
    platform: Platform, settings: Settings, hub_client: Hub
) -> None:
    platform.grant(40)
    made = [
        platform.book(caller="root", account=f"w{n}", startdate="2026-06-08T10:00:00Z", duration="PT1H").json()["id"]
        for n in range(40)
    ]
    with sweepers(platform, settings, hub_client, 4) as others:
        for by in (timedelta(hours=1), timedelta(minutes=30), timedelta(minutes=30)):
            platform.clock.move(by)
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda parts: parts.sweeper.sweep(), others * 4))
    with database_of(settings) as database, database.read() as session:
        phases = Counter(session.scalars(select(BookingRow.phase).where(BookingRow.id.in_(made))))
        changes = Counter(session.scalars(select(ChangeRow.booking_id)))
    assert phases == {"COMPLETED": 40}
    assert set(changes.values()) == {2}, "each has begun once and ended once"


def test_at_one_instant_ends_come_before_starts(platform: Platform, settings: Settings) -> None:
    platform.grant(8)
    for number in range(8):
        for account, hour in ((f"first{number}", 10), (f"then{number}", 12)):
            start = f"2026-06-08T{hour}:00:00Z"
            assert platform.book(caller="root", account=account, startdate=start, duration="PT2H").status_code == 201
    platform.clock.move(timedelta(hours=1))
    platform.parts.sweeper.sweep()
    platform.clock.move(timedelta(hours=2))
    with database_of(settings) as database, database.read() as session:
        due = BookingStore(session).due(platform.clock.now())
    # Without an order of their own they would come by their ids, which are random.
    assert [kind for _, kind in due if kind != "absent"] == ["end"] * 8 + ["start"] * 8
    platform.parts.sweeper.sweep()
    with database_of(settings) as database, database.read() as session:
        assert Counter(session.scalars(select(BookingRow.phase))) == {"COMPLETED": 8, "AVAILABLE": 8}


def test_after_hours_without_a_sweep_all_that_was_due_is_done_and_no_one_is_absent(
    platform: Platform, settings: Settings
) -> None:
    platform.grant(1)
    ended = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT2H").json()["id"]
    follows = platform.book(caller="ben", startdate="2026-06-08T12:00:00Z", duration="PT10H").json()["id"]
    platform.clock.move(timedelta(minutes=59))
    platform.parts.sweeper.sweep()
    platform.clock.move(timedelta(hours=6))
    platform.parts.sweeper.sweep()
    assert platform.booking(ended)["phase"] == "COMPLETED"
    assert platform.booking(follows)["phase"] == "AVAILABLE", "it began hours ago, and nobody could come"
    with database_of(settings) as database, database.read() as session:
        assert set(session.scalars(select(ChangeRow.booking_id))) == {ended, follows}
    platform.clock.move(timedelta(minutes=30))
    platform.parts.sweeper.sweep()
    assert platform.booking(follows)["phase"] == "AVAILABLE"
    for _ in range(8):
        platform.clock.move(timedelta(seconds=50) if _ else timedelta(minutes=1))
        platform.parts.sweeper.sweep()
    assert platform.booking(follows)["phase"] == "AVAILABLE"


def test_who_had_begun_to_wait_when_the_services_went_down_has_the_rest_of_the_time(platform: Platform) -> None:
    platform.grant(1)
    made = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT12H").json()["id"]
    platform.clock.move(timedelta(hours=1))
    platform.parts.sweeper.sweep()
    sweep_for(platform, timedelta(minutes=90))
    assert platform.booking(made)["phase"] == "AVAILABLE"
    platform.clock.move(timedelta(hours=5))  # nothing runs
    platform.parts.sweeper.sweep()
    assert platform.booking(made)["phase"] == "AVAILABLE"
    sweep_for(platform, timedelta(minutes=29))
    assert platform.booking(made)["phase"] == "AVAILABLE"
    sweep_for(platform, timedelta(minutes=2))
    assert platform.booking(made)["phase"] == "EXPIRED", "two hours in which it could have come are over"


def test_a_clock_that_is_set_back_fires_nothing_twice(platform: Platform, settings: Settings) -> None:
    platform.grant(1)
    made = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT12H").json()["id"]
    platform.clock.move(timedelta(hours=1, seconds=1))
    platform.parts.sweeper.sweep()
    version = platform.booking(made)["version"]
    platform.clock.move(timedelta(minutes=-40))
    for _ in range(3):
        platform.parts.sweeper.sweep()
        platform.clock.move(timedelta(minutes=20))
    assert platform.booking(made)["version"] == version
    assert platform.booking(made)["phase"] == "AVAILABLE"
    with database_of(settings) as database:
        assert verify(database, clock=platform.clock).faults == []
    platform.clock.move(NOW + timedelta(hours=14) - platform.clock.now())
    platform.parts.sweeper.sweep()
    assert platform.booking(made)["phase"] == "COMPLETED"


def sweep_for(platform: Platform, time: timedelta) -> None:
    """Sweep as the services do, so that none of the time counts as a pause."""
    step = timedelta(seconds=45)
    while time > timedelta():
        platform.clock.move(min(step, time))
        platform.parts.sweeper.sweep()
        time -= step
