"""Time passes: phases by the clock, and servers by the hub that really runs them."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.bookings.service import Sweeper
from aglais_hub.bookings.service.sweep import AUDIT_EVERY, STARTING
from aglais_hub.bookings.tables import TimerRow
from aglais_hub.errors import ServiceDownError
from aglais_hub.web.hub import Hub
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.hub import RealHub
    from tests.support.platform import Platform


@pytest.fixture
def hub_is_down() -> Iterator[Hub]:
    closed = Hub(f"http://127.0.0.1:{free_port()}/hub/api", "token")
    yield closed
    closed.close()


@pytest.fixture
def phase(platform: Platform) -> Callable[[Any], str]:
    def phase(booking: Any) -> str:
        found: str = platform.booking(booking["id"])["phase"]
        return found

    return phase


@pytest.fixture
def servers(hub: RealHub) -> Iterator[RealHub]:
    """The hub; servers that a test has started are stopped."""
    yield hub
    for user in ("ada", "ben"):
        if hub.servers(user):
            hub.stop_server(user)


def sweeper(platform: Platform, hub: Hub) -> Sweeper:
    return Sweeper(platform.parts.requests, hub=hub, every=0.01, absent_after=timedelta())


def session(platform: Platform, account: str = "ada", **body: Any) -> Any:
    answer = platform.call("POST", "sessions/start", "hub-parts", json={"account": account, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_after_a_long_pause_everything_is_where_it_should_be(platform: Platform, phase: Callable[[Any], str]) -> None:
    platform.grant(8)
    waiting = platform.book(startdate="2026-06-08T10:00:00Z")
    missed = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT30M")
    long = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT48H")
    future = platform.book(startdate="2026-06-10T10:00:00Z")
    open_now = platform.book(duration="PT1H")
    running = session(platform, "ben", duration="PT1H")
    platform.book("large", caller="ben")  # refused: leaves offers
    platform.clock.move(timedelta(hours=24))
    platform.parts.sweeper.sweep()
    assert [phase(made.json()) for made in (waiting, missed, open_now)] == ["COMPLETED"] * 3
    assert phase(long.json()) == "AVAILABLE"
    assert phase(future.json()) == "WAITING"
    assert phase(running) in ("RELEASING", "COMPLETED")
    rows = platform.call("GET", "bookings/select?range=2026-06-01,2026-06-30", "root").json()["rows"]
    assert {row["phase"] for row in rows if row["kind"]} == {"EXPIRED"}
    versions = {row["id"]: row["version"] for row in rows}
    platform.clock.move(AUDIT_EVERY)
    platform.parts.sweeper.sweep()
    assert phase(running) == "COMPLETED"
    rows = platform.call("GET", "bookings/select?range=2026-06-01,2026-06-30", "root").json()["rows"]
    assert [row["id"] for row in rows if row["version"] != versions[row["id"]]] in ([], [running["id"]])


def test_more_is_due_than_one_look_takes(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aglais_hub.bookings.store.DUE", 2)
    platform.grant(5)
    made = [platform.book(startdate="2026-06-08T10:00:00Z").json() for _ in range(5)]
    platform.clock.move(timedelta(hours=5))
    for _ in range(3):
        platform.parts.sweeper.sweep()
    assert {platform.booking(booking["id"])["phase"] for booking in made} == {"COMPLETED"}


def test_a_server_is_stopped_when_its_time_is_over(
    platform: Platform, servers: RealHub, phase: Callable[[Any], str]
) -> None:
    platform.grant(4)
    mine, other = session(platform), session(platform, "ben", duration="PT8H")
    servers.start_server("ada")
    servers.start_server("ben")
    platform.clock.move(timedelta(hours=1, minutes=59))
    platform.parts.sweeper.sweep()
    assert phase(mine) == "RUNNING"
    assert servers.servers("ada")
    platform.clock.move(timedelta(minutes=1))
    platform.parts.sweeper.sweep()
    assert phase(mine) == "RELEASING"
    servers.wait_stopped("ada")
    platform.parts.sweeper.sweep()
    assert phase(mine) == "COMPLETED"
    assert platform.booking(mine["id"])["reason"] == "its time is over"
    assert phase(other) == "RUNNING"
    assert servers.servers("ben"), "who has time left keeps the server"


def test_a_session_that_is_ended_early_ends_with_its_server(
    platform: Platform, servers: RealHub, phase: Callable[[Any], str]
) -> None:
    platform.grant(2)
    mine = session(platform)
    servers.start_server("ada")
    platform.call("POST", f"bookings/{mine['id']}", json={"phase": "COMPLETED"})
    platform.parts.sweeper.sweep()
    servers.wait_stopped("ada")
    platform.parts.sweeper.sweep()
    assert phase(mine) == "COMPLETED"


def test_a_server_without_a_booking_is_stopped_at_the_second_look(platform: Platform, servers: RealHub) -> None:
    servers.start_server("ada")
    platform.parts.sweeper.sweep()
    assert servers.servers("ada"), "one look may have come between a start and its booking"
    platform.clock.move(AUDIT_EVERY)
    platform.parts.sweeper.sweep()
    servers.wait_stopped("ada")


def test_a_server_that_has_got_a_booking_by_then_is_left_alone(platform: Platform, servers: RealHub) -> None:
    platform.grant(2)
    servers.start_server("ada")
    platform.parts.sweeper.sweep()
    session(platform)
    platform.clock.move(AUDIT_EVERY)
    platform.parts.sweeper.sweep()
    assert any(server["ready"] for server in servers.servers("ada").values())


def test_a_session_whose_server_is_gone_is_free_again(platform: Platform, phase: Callable[[Any], str]) -> None:
    platform.grant(2)
    mine = session(platform)
    platform.parts.sweeper.sweep()
    platform.clock.move(STARTING)
    platform.parts.sweeper.sweep()
    assert phase(mine) == "RUNNING", "a server may take its time to start"
    for _ in range(2):
        platform.clock.move(AUDIT_EVERY)
        platform.parts.sweeper.sweep()
    assert phase(mine) == "AVAILABLE"
    assert session(platform)["id"] == mine["id"]


def test_with_the_hub_down_the_clock_goes_on_and_nothing_is_lost(
    platform: Platform, servers: RealHub, hub_is_down: Hub, phase: Callable[[Any], str]
) -> None:
    platform.grant(4)
    mine = session(platform)
    waiting = platform.book(startdate="2026-06-08T10:00:00Z", duration="PT8H").json()
    servers.start_server("ada")
    alone = sweeper(platform, hub_is_down)
    platform.clock.move(timedelta(hours=2))
    for _ in range(3):
        with pytest.raises(ServiceDownError):
            alone.sweep()
    assert phase(mine) == "RELEASING"
    assert phase(waiting) == "AVAILABLE"
    assert servers.servers("ada")
    platform.parts.sweeper.sweep()  # the hub is back
    servers.wait_stopped("ada")
    platform.parts.sweeper.sweep()
    assert phase(mine) == "COMPLETED"
    assert phase(waiting) == "AVAILABLE"


def test_the_thread_goes_on_after_failures_and_ends_when_told(
    platform: Platform, hub_is_down: Hub, phase: Callable[[Any], str]
) -> None:
    platform.grant(2)
    booking = platform.book(startdate="2026-06-08T10:00:00Z").json()
    working = sweeper(platform, hub_is_down)
    working.loop.start()
    turned = threading.Event()
    try:
        platform.clock.move(timedelta(hours=1))
        for _ in range(500):
            if phase(booking) == "AVAILABLE":
                break
            turned.wait(0.02)
        assert phase(booking) == "AVAILABLE"
    finally:
        working.loop.stop()
    assert "sweeper" not in {thread.name for thread in threading.enumerate()}


def test_several_sweepers_at_once_move_each_booking_once(platform: Platform, hub: RealHub) -> None:
    platform.grant(20)
    made = [platform.book(startdate="2026-06-08T10:00:00Z").json() for _ in range(20)]
    clients = [Hub(hub.url, hub.token("aglais")) for _ in range(4)]
    platform.clock.move(timedelta(hours=1))
    threads = [threading.Thread(target=sweeper(platform, client).sweep) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()
    after = [platform.booking(booking["id"]) for booking in made]
    assert {(booking["phase"], booking["version"]) for booking in after} == {("AVAILABLE", made[0]["version"] + 1)}


def test_a_timer_that_means_nothing_any_more_is_dropped(platform: Platform) -> None:
    platform.grant(2)
    booking = platform.book(startdate="2026-06-08T10:00:00Z").json()
    with platform.parts.databases[2].write() as session:
        session.add(TimerRow(booking_id=booking["id"], kind="expire", due=platform.clock.now(), rank=0))
    assert platform.book(caller="ben", startdate="2026-06-08T10:00:00Z").status_code == 201
    assert platform.booking(booking["id"])["phase"] == "WAITING"
