"""Many writers at once, over HTTP, in one process and in several: never one booking too many."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from aglais_hub.bookings.tables import BookingRow, EntryRow
from aglais_hub.database import make_database
from tests.support.platform import NOW, Platform
from tests.support.ports import TLS
from tests.support.services import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from tests.support.hub import RealHub
    from tests.support.platform import Stage
    from tests.support.templates import PostgresTemplate, SqliteTemplate

WRITERS = 32
API = "services/aglais/api/"


def all_at_once(call: Callable[[int], Any], writers: int = WRITERS) -> list[Any]:
    """What ``call(0)``, ``call(1)``, … give, each in a thread of its own, all let go at one moment."""
    gate = threading.Barrier(writers)

    def run(number: int) -> Any:
        gate.wait(60)
        return call(number)

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


def most_claimed(settings: Settings) -> dict[str, int]:
    """For each cluster, the thousandths of cores that are claimed less those granted, at the worst instant.

    By brute force, from the tables alone.
    """
    database = make_database(settings.database_url("bookings"))
    with database.read() as session:
        entries = list(session.scalars(select(EntryRow).where(EntryRow.gone.is_(None))))
    grants = [(row.cluster, row.start, row.end, row.cores) for row in entries if row.is_grant]
    claims = [(row.cluster, row.start, row.end, -row.cores) for row in entries if not row.is_grant]
    database.dispose()
    worst: dict[str, int] = {}
    for name, edge in {(cluster, start) for cluster, start, _, _ in claims}:
        sums = [
            sum(cores for cluster, start, end, cores in pieces if cluster == name and start <= edge < end)
            for pieces in (claims, grants)
        ]
        worst[name] = max(worst.get(name, -sums[1]), sums[0] - sums[1])
    return worst


def phases(settings: Settings, **columns: str) -> Counter[str]:
    """How many bookings with these columns there are in each phase."""
    database = make_database(settings.database_url("bookings"))
    with database.read() as session:
        found = Counter(session.scalars(select(BookingRow.phase).filter_by(**columns)))
    database.dispose()
    return found


class Writers:
    """Sends requests to one or several processes that share their databases."""

    def __init__(self, settings: Settings, hub: RealHub, urls: list[str]) -> None:
        self.settings = settings
        self._hub = hub
        self._urls = urls
        self._http = httpx.Client(
            trust_env=False, verify=TLS, timeout=120, limits=httpx.Limits(max_connections=WRITERS)
        )

    def send(self, number: int, path: str, caller: str = "root", **options: Any) -> httpx.Response:
        """The answer to a POST of the writer of some number; they go round among the processes."""
        headers = {"Authorization": f"token {self._hub.token(caller)}", **options.pop("headers", {})}
        return self._http.post(self._urls[number % len(self._urls)] + API + path, headers=headers, **options)

    def make_room_for_one(self, cluster: str) -> None:
        body = {"cluster": cluster, "startdate": "2030-01-01", "enddate": "2030-12-31", "cores": 1, "memory": 4096}
        assert self.send(0, "resources/create", json=body).status_code == 201

    def close(self) -> None:
        self._http.close()


@contextmanager
def three_processes(settings: Settings, hub: RealHub, folder: Path) -> Iterator[Writers]:
    """Three processes around the same databases; their sweepers run."""
    running = [ServiceProcess(settings, hub, folder, AGLAIS_SWEEP_SECONDS="0.2") for _ in range(3)]
    try:
        for process in running:
            process.wait()
        writers = Writers(settings, hub, [process.url for process in running])
        yield writers
        writers.close()
    finally:
        for process in running:
            process.stop()


@pytest.fixture(scope="module")
def processes_on_sqlite(
    sqlite_template: SqliteTemplate, hub: RealHub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Writers]:
    folder = tmp_path_factory.mktemp("processes")
    with three_processes(sqlite_template.copy(folder), hub, folder) as writers:
        yield writers


@pytest.fixture(scope="module")
def processes_on_postgres(
    postgres_template: PostgresTemplate, hub: RealHub, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Writers]:
    folder = tmp_path_factory.mktemp("processes")
    with three_processes(postgres_template.copy(folder), hub, folder) as writers:
        yield writers


@pytest.fixture
def threads_on_sqlite(sqlite_settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage) -> Iterator[Writers]:
    platform = Platform(sqlite_settings, hub, hub_client, stage)
    writers = Writers(sqlite_settings, hub, [platform.url])
    yield writers
    writers.close()
    platform.close()


@pytest.fixture
def threads_on_postgres(postgres_settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage) -> Iterator[Writers]:
    platform = Platform(postgres_settings, hub, hub_client, stage)
    writers = Writers(postgres_settings, hub, [platform.url])
    yield writers
    writers.close()
    platform.close()


@pytest.fixture(
    params=[
        "threads_on_sqlite",
        "processes_on_sqlite",
        pytest.param("threads_on_postgres", marks=pytest.mark.postgres),
        pytest.param("processes_on_postgres", marks=pytest.mark.postgres),
    ]
)
def writers(request: pytest.FixtureRequest) -> Writers:
    """One process that answers in many threads, or three; on each kind of database."""
    made: Writers = request.getfixturevalue(request.param)
    return made


def test_of_32_writers_on_the_last_place_one_wins(writers: Writers) -> None:
    writers.make_room_for_one("last")
    body = {"package": "tiny", "cluster": "last", "startdate": "2030-03-01", "enddate": "2030-03-02"}
    answers = all_at_once(
        lambda number: writers.send(number, "bookings/create", json={**body, "account": f"writer{number}"})
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: WRITERS - 1}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {body["error"]["code"] for body in refused} == {"refused"}
    assert most_claimed(writers.settings)["last"] == 0
    assert phases(writers.settings, cluster="last")["WAITING"] == 1


def test_32_callers_with_one_key_make_one_booking(writers: Writers) -> None:
    writers.make_room_for_one("keyed")
    body = {"package": "tiny", "cluster": "keyed", "startdate": "2030-03-01", "enddate": "2030-03-02"}
    key = {"Idempotency-Key": "one and the same"}
    answers = all_at_once(lambda number: writers.send(number, "bookings/create", "ada", json=body, headers=key))
    assert [answer.status_code for answer in answers] == [201] * WRITERS, Counter(answer.text for answer in answers)
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert phases(writers.settings, cluster="keyed") == {"WAITING": 1}


def test_one_key_on_two_clusters_makes_one_booking(writers: Writers) -> None:
    for cluster in ("key-a", "key-b"):
        writers.make_room_for_one(cluster)
    body = {"package": "tiny", "startdate": "2030-03-01", "enddate": "2030-03-02"}

    def send(number: int) -> int:
        # Wherever it is asked for, the key is the account's.
        there = {**body, "cluster": f"key-{'ab'[number // 3 % 2]}"}
        return writers.send(number, "bookings/create", "ben", json=there, headers={"Idempotency-Key": "k"}).status_code

    assert set(all_at_once(send, 12)) == {201, 409}
    made = phases(writers.settings, account="ben", key="k")
    assert made == {"WAITING": 1}


def test_32_starts_of_one_account_make_one_session(writers: Writers) -> None:
    capacity = {"cluster": "local", "startdate": "2026-01-01", "enddate": "2036-12-31", "cores": 64, "memory": 2**18}
    assert writers.send(0, "resources/create", json=capacity).status_code == 201
    body = {"account": "eve", "package": "tiny"}
    answers = all_at_once(lambda number: writers.send(number, "sessions/start", "hub-parts", json=body))
    assert [answer.status_code for answer in answers] == [200] * WRITERS, Counter(answer.text for answer in answers)
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert phases(writers.settings, account="eve") == {"RUNNING": 1}


def test_random_bookings_and_edits_at_once_never_claim_too_much(platform: Platform, settings: Settings) -> None:
    platform.grant(3, days=2)
    platform.grant(2, cluster="other", days=1)
    packages = ["tiny", "tiny", "small"]

    def story(number: int) -> list[int]:
        chance = random.Random(number)
        said = []
        for _ in range(3):
            start = NOW + timedelta(minutes=chance.randrange(0, 36 * 60))
            body = {
                "account": f"w{number}",
                "package": chance.choice(packages),
                "startdate": start.isoformat(),
                "duration": f"PT{chance.randrange(10, 600)}M",
            }
            answer = platform.call("POST", "bookings/create", "root", json=body)
            said.append(answer.status_code)
            if answer.status_code == 201:
                what = chance.choice([{"extend": "PT3H"}, {"phase": "CANCELLED"}, {"note": "mine"}])
                said.append(platform.call("POST", f"bookings/{answer.json()['id']}", "root", json=what).status_code)
            elif answer.json()["offers"]:
                offer = chance.choice(answer.json()["offers"])
                taken = platform.call("POST", f"bookings/{offer['id']}", "root", json={"phase": "ACCEPTED"})
                said.append(taken.status_code)
        return said

    said = Counter(status for statuses in all_at_once(story) for status in statuses)
    assert set(said) <= {200, 201, 409}, said
    # How many get what they asked for, and how many one of the offers instead, depends on who comes first.
    assert said[200] + said[201] > 10
    assert most_claimed(settings) == {"local": 0, "other": 0}


def test_grants_and_bookings_at_once_never_claim_too_much(platform: Platform, settings: Settings) -> None:
    grants = [platform.grant(1, days=10) for _ in range(8)]

    def story(number: int) -> int:
        if number < len(grants):
            return platform.call("DELETE", f"resources/{grants[number]}", "root").status_code
        body = {"account": f"w{number}", "package": "tiny", "startdate": "2026-06-09", "enddate": "2026-06-10"}
        return platform.call("POST", "bookings/create", "root", json=body).status_code

    assert set(all_at_once(story)) <= {200, 201, 409}
    assert all(worst <= 0 for worst in most_claimed(settings).values())


def test_a_new_cluster_can_be_named_by_many_at_once(platform: Platform) -> None:
    body = {"cluster": "fresh", "startdate": "2026-06-09", "enddate": "2026-06-10", "cores": 1}
    answers = all_at_once(lambda number: platform.call("POST", "resources/create", "root", json=body).status_code, 16)
    assert answers == [201] * 16
    row = platform.call("GET", "available/select?range=2026-06-09,2026-06-09&cluster=fresh").json()["rows"][0]
    assert row["resources"]["cores"] == 16
