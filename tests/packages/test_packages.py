"""Packages: made, changed in versions that stay, withdrawn; and the ladder of a first start."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aglais_hub.bookings.amounts import Amount
from aglais_hub.clock import ManualClock
from aglais_hub.database import make_database
from aglais_hub.database.migrate import migrate
from aglais_hub.packages.rules import RUNGS, UNITS, ladder, tile
from aglais_hub.packages.service import PackageService
from aglais_hub.packages.store import PackageStore
from aglais_hub.wire.resources import Resources
from tests.support.platform import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.platform import Platform
    from tests.support.postgres import Postgres


def make(platform: Platform, path: str = "create", caller: str = "root", **body: Any) -> httpx.Response:
    body = {"name": "giant", "notebook_cores": 4, "notebook_memory": 8192} | body
    return platform.call("POST", f"packages/{path}", caller, json=body)


def test_packages_go_from_the_smallest_to_the_largest(platform: Platform) -> None:
    rows = platform.call("GET", "packages/select").json()["rows"]
    assert [(row["name"], row["rank"]) for row in rows] == [("tiny", 0), ("small", 1), ("medium", 2), ("large", 3)]
    assert make(platform, name="mini", notebook_cores="0.5", notebook_memory=1024).status_code == 201
    rows = platform.call("GET", "packages/select").json()["rows"]
    assert [row["name"] for row in rows] == ["mini", "tiny", "small", "medium", "large"]


def test_a_package_claims_the_sum_of_its_parts(platform: Platform) -> None:
    made = make(
        platform, worker_count=3, worker_cores="1.5", worker_memory=2048, temporary=10, user=20, gpus=1, title="Giant"
    )
    assert made.status_code == 201, made.text
    assert made.json()["version"] == 1
    assert made.json()["title"] == "Giant"
    size = made.json()["size"]
    assert size["workers"] == {"count": 3, "cores": 1.5, "memory": 2048}
    assert size["resources"] == {
        "cores": 8.5,
        "memory": 14336,
        "temporary": 10,
        "user": 20,
        "data": 0,
        "servers": 0,
        "gpus": 1,
    }
    assert platform.call("GET", "packages/giant").json() == made.json()


def test_a_change_makes_a_version_and_bookings_keep_theirs(platform: Platform) -> None:
    platform.grant(8)
    booked = platform.book("tiny", startdate="2026-06-09").json()
    assert booked["package_version"] == 1
    changed = make(platform, "tiny", name="tiny", notebook_cores=2, notebook_memory=4096)
    assert changed.status_code == 200, changed.text
    assert changed.json()["version"] == 2
    assert platform.booking(booked["id"])["resources"]["cores"] == 1
    assert platform.booking(booked["id"])["package_version"] == 1
    again = platform.book("tiny", startdate="2026-06-09").json()
    assert (again["package_version"], again["resources"]["cores"]) == (2, 2)
    with platform.parts.packages._database.read() as session:
        versions = [PackageStore(session).version("tiny", number) for number in (1, 2, 3)]
    assert [row and row.notebook_cores for row in versions] == [1000, 2000, None]


def test_a_withdrawn_package_is_gone_but_its_versions_count_on(platform: Platform) -> None:
    platform.grant(8)
    booked = platform.book("tiny").json()
    assert platform.call("DELETE", "packages/tiny", "root").json()["version"] == 1
    for answer in (
        platform.call("GET", "packages/tiny"),
        platform.call("DELETE", "packages/tiny", "root"),
        make(platform, "tiny", name="tiny"),
        platform.book("tiny"),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["field"] == "package"
    assert platform.booking(booked["id"])["package"] == "tiny"
    assert make(platform, name="tiny").json()["version"] == 2


def test_a_name_is_taken_once_and_can_not_change(platform: Platform) -> None:
    assert make(platform, name="tiny").status_code == 409
    renamed = make(platform, "tiny", name="teeny")
    assert renamed.status_code == 400
    assert renamed.json()["error"]["field"] == "name"
    assert make(platform, "nothing", name="nothing").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "select"}, "name"),
        ({"name": "create"}, "name"),
        ({"name": "Giant"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "x" * 32}, "name"),
        ({"name": "giant\n"}, "name"),
        ({"notebook_cores": 0}, "notebook_cores"),
        ({"notebook_memory": 0}, "notebook_cores"),
        ({"notebook_cores": "0.0001"}, "notebook_cores"),
        ({"notebook_cores": -1}, "notebook_cores"),
        ({"worker_count": 10_001}, "worker_count"),
        ({"worker_count": 9_999, "worker_memory": 2**52}, None),
        ({"title": "x" * 121}, "title"),
        ({"gpu": 1}, "gpu"),
    ],
)
def test_a_package_that_makes_no_sense_is_refused(platform: Platform, body: dict[str, Any], field: str | None) -> None:
    answer = make(platform, **body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].get("field") == field


def test_forms_make_packages_too(platform: Platform) -> None:
    form = {"name": "giant", "notebook_cores": "0.125", "notebook_memory": "512", "title": ""}
    made = platform.call("POST", "packages/create", "root", data=form)
    assert made.status_code == 201, made.text
    assert made.json()["size"]["notebook"] == {"cores": 0.125, "memory": 512}


def test_of_many_changes_at_once_each_makes_a_version_or_is_told(platform: Platform) -> None:
    said: list[int] = []
    threads = [
        threading.Thread(target=lambda: said.append(make(platform, "tiny", name="tiny").status_code)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(said) == 8
    assert set(said) <= {200, 409}
    assert platform.call("GET", "packages/tiny").json()["version"] == 1 + said.count(200)


# ---- the ladder

hosts = st.builds(
    Resources,
    cores=st.integers(160, 512_000).map(lambda n: Decimal(n) / 1000),
    memory=st.integers(2048, 2**22),
    temporary=st.integers(0, 2**24),
    user=st.integers(0, 2**24),
)


def claimed(request: Any) -> Amount:
    return Amount(
        int((request.notebook_cores + request.worker_count * request.worker_cores) * 1000),
        request.notebook_memory + request.worker_count * request.worker_memory,
        request.temporary,
        request.user,
    )


@given(capacity=hosts)
def test_the_ladder_tiles_a_node_exactly(capacity: Resources) -> None:
    node = Amount.of(tile(capacity))
    rungs = {request.name: claimed(request) for request in ladder(capacity)}
    tiny = rungs["tiny"]
    for name, units in RUNGS.items():
        assert rungs[name] == Amount(*(value * units for value in tiny)), "one ratio"
        assert node.times(rungs[name]) == UNITS // units, "as many as there are units"
        assert Amount(*(value * (UNITS // units) for value in rungs[name])) == node, "and nothing left"
    whole = Amount.of(capacity)
    assert whole.holds(node)
    wasted = whole.minus(node)
    assert wasted.cores < UNITS
    assert wasted.memory < UNITS
    assert all(request.notebook_cores > 0 and request.notebook_memory > 0 for request in ladder(capacity))
    assert [request.worker_count for request in ladder(capacity)] == [1, 1, 2, 4]


def test_a_host_of_two_cores_has_four_packages() -> None:
    capacity = Resources(cores=Decimal("1.75"), memory=22_000)
    tiny, small, medium, large = ladder(capacity)
    assert [claimed(rung).cores for rung in (tiny, small, medium, large)] == [109, 218, 436, 872]
    assert tile(capacity).cores == Decimal("1.744")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database without packages."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/packages.db"
        migrate("packages", url)
        yield url
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.database()
    migrate("packages", url.replace("postgresql://", "postgresql+psycopg://"))
    yield url.replace("postgresql://", "postgresql+psycopg://")
    server.drop(url)


def test_many_first_starts_at_once_make_one_ladder(empty: str) -> None:
    databases = [make_database(empty) for _ in range(6)]
    services = [PackageService(database=found, clock=ManualClock(NOW), url="/") for found in databases]
    capacity, failed = Resources(cores=Decimal(16), memory=65536), []
    gate = threading.Barrier(len(services))

    def start(service: PackageService) -> None:
        gate.wait(60)
        try:
            service.seed(capacity)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start, args=[service]) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert [(row.name, row.version) for row in services[0].select().rows] == [(name, 1) for name in RUNGS]
    services[0].withdraw("large")
    services[1].seed(capacity)
    assert [row.name for row in services[2].select().rows] == ["tiny", "small", "medium"], "a first start is once"
    for database in databases:
        database.dispose()


def test_what_many_ask_for_at_one_moment_is_read_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    newest, reads = PackageStore.newest, []
    asked = threading.Barrier(8)

    def slow(store: PackageStore, name: str | None = None) -> Any:
        reads.append(name)
        time.sleep(0.2)
        return newest(store, name)

    def ask() -> None:
        asked.wait(60)
        assert platform.parts.packages.select().rows

    platform.parts.packages._kept = None
    monkeypatch.setattr("aglais_hub.packages.service.KEPT_SECONDS", 60)
    monkeypatch.setattr(PackageStore, "newest", slow)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(reads) == 1
