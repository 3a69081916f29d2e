"""A lab is made ready before its booking's start: its place is claimed for that, and it is seen to run."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.bookings.service import Preparer, Sweeper
from aglais_hub.bookings.service.leads import AGAIN, PATIENCE
from aglais_hub.bookings.service.sweep import AUDIT_EVERY
from aglais_hub.bookings.store import BookingStore
from aglais_hub.bookings.verify import verify
from aglais_hub.errors import ServiceDownError
from aglais_hub.web.hub import Hub, Server
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hub import RealHub
    from tests.support.platform import Platform

TEN = "2026-06-08T10:00:00Z"
"""An hour from now."""
EARLY = timedelta(minutes=55)
"""Until labs of bookings for ten are made ready."""


@pytest.fixture
def servers(hub: RealHub) -> Iterator[RealHub]:
    """The hub; servers that a test has started are stopped."""
    yield hub
    for user in ("ada", "ben"):
        if hub.servers(user):
            hub.stop_server(user)


def booked(platform: Platform, caller: str = "ada", **asked: Any) -> Any:
    answer = platform.book(caller=caller, **{"startdate": TEN, "prepare": True, **asked})
    assert answer.status_code == 201, answer.text
    return answer.json()


def sweep(platform: Platform, by: timedelta = timedelta()) -> None:
    platform.clock.move(by)
    platform.parts.sweeper.sweep()
    assert verify(platform.parts.requests.database, clock=platform.clock).faults == []


def session(platform: Platform, account: str = "ada", **body: Any) -> Any:
    return platform.call("POST", "sessions/start", "hub-parts", json={"account": account, **body})


def started(platform: Platform, servers: RealHub, made: Any) -> None:
    """The lab of a booking is made ready, as by the hub's spawner."""
    platform.parts.preparer.look()
    answer = session(platform, made["account"], booking=made["id"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == made["id"]
    servers.wait_ready(made["account"])
    platform.parts.preparer.look()


def free(platform: Platform, at: str) -> int:
    """How many tiny packages are free for the five minutes before ``at``."""
    answer = platform.call("GET", f"available/select?range=2026-06-08T09:00:00Z,{TEN}&grain=hour&package=tiny")
    count: int = answer.json()["rows"][0]["packages"]["tiny"]
    return count


def seen(platform: Platform, made: Any) -> tuple[str, str]:
    found = platform.booking(made["id"])
    return found["phase"], found["reason"]


def test_a_lab_is_made_ready_and_runs_at_the_start(platform: Platform, servers: RealHub) -> None:
    platform.grant(2)
    made = booked(platform)
    assert (made["prepare"], made["prepares"]) == (True, "2026-06-08T09:55:00Z")
    sweep(platform, EARLY - timedelta(seconds=1))
    assert seen(platform, made)[0] == "WAITING"
    sweep(platform, timedelta(seconds=1))
    assert seen(platform, made) == ("PREPARING", "its lab is made ready")
    started(platform, servers, made)
    assert seen(platform, made) == ("PREPARING", "its lab is ready")
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made)[0] == "RUNNING"
    changes = platform.call("GET", f"bookings/{made['id']}/changes").json()["rows"]
    told = [change["fields"]["reason"][1] for change in changes if "reason" in change["fields"]]
    assert told[:3] == ["its lab is made ready", "its lab is starting", "its lab is ready"]


def test_who_did_not_ask_for_it_starts_the_lab(platform: Platform) -> None:
    platform.grant(2)
    made = booked(platform, prepare=False)
    assert (made["prepare"], made["prepares"]) == (False, None)
    sweep(platform, EARLY)
    assert seen(platform, made)[0] == "WAITING"
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made)[0] == "AVAILABLE"


def test_what_is_claimed_ahead_is_nobody_elses(platform: Platform) -> None:
    platform.grant(1)
    made = booked(platform)
    platform.clock.move(EARLY)
    before = platform.book(caller="ben", duration="PT5M")
    assert before.status_code == 201, "until it is made ready, what lies before its start is anyone's"
    platform.call("DELETE", f"bookings/{before.json()['id']}", "ben")
    sweep(platform)
    assert seen(platform, made)[0] == "PREPARING"
    refused = platform.book(caller="ben", duration="PT5M")
    assert refused.status_code == 409


def test_without_room_it_waits_and_is_tried_again(platform: Platform) -> None:
    platform.grant(1)
    made = booked(platform)
    taken = platform.book(caller="ben", enddate="2026-06-08T09:58:00Z").json()
    sweep(platform, EARLY)
    phase, reason = seen(platform, made)
    assert phase == "WAITING"
    assert "no room" in reason
    sweep(platform, timedelta(minutes=2))
    assert platform.booking(taken["id"])["phase"] == "AVAILABLE"
    sweep(platform, timedelta(minutes=1))
    assert platform.booking(taken["id"])["phase"] == "COMPLETED"
    sweep(platform, AGAIN)
    assert seen(platform, made)[0] == "PREPARING"


def test_with_room_at_the_start_only_it_is_started_then(platform: Platform, servers: RealHub) -> None:
    platform.grant(1)
    made = booked(platform)
    platform.book(caller="ben", enddate=TEN)
    sweep(platform, EARLY)
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made) == ("PREPARING", "its lab is started")
    platform.parts.preparer.look()
    assert session(platform, booking=made["id"]).json()["phase"] == "RUNNING"
    sweep(platform)
    assert seen(platform, made)[0] == "RUNNING"


def test_a_lab_that_can_not_be_started_is_left_to_its_holder(platform: Platform) -> None:
    platform.grant(1)
    account = "nobody-the-hub-knows"
    made = booked(platform, "root", account=account)
    sweep(platform, EARLY)
    platform.parts.preparer.look()
    assert "never logged in" in seen(platform, made)[1]
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made)[0] == "PREPARING"
    sweep(platform, PATIENCE)
    assert seen(platform, made) == ("AVAILABLE", "its lab could not be started for you: start it yourself")


class Watched(Hub):
    """The hub, whose clock is another than the tests'; it has seen everyone when it is told."""

    seen: datetime | None = None

    def active(self) -> dict[str, Server]:
        return {account: server._replace(seen=self.seen) for account, server in super().active().items()}


@pytest.mark.parametrize("comes", [False, True])
def test_nobody_comes_to_a_lab_that_was_made_ready(platform: Platform, servers: RealHub, comes: bool) -> None:
    platform.grant(1)
    made = booked(platform, duration="PT8H")
    sweep(platform, EARLY)
    started(platform, servers, made)
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made)[0] == "RUNNING"
    hub = Watched(servers.url, servers.token("aglais"))
    hub.seen = platform.clock.now() + timedelta(minutes=10 if comes else -4)
    requests, absent = platform.parts.requests, timedelta(hours=2)
    alone = Sweeper(requests, hub=hub, every=0.01, absent_after=absent)
    for wait in (timedelta(hours=1, minutes=59), timedelta(minutes=1)):
        assert seen(platform, made)[0] == "RUNNING"
        platform.clock.move(wait)
        alone.sweep()
    hub.close()
    if comes:
        assert seen(platform, made)[0] == "RUNNING"
        return
    assert seen(platform, made) == ("EXPIRED", "nobody came")
    servers.wait_stopped("ada")
    assert platform.book(caller="ben").status_code == 201


@pytest.mark.parametrize("act", ["cancel", "move", "prepare"])
def test_what_was_made_ready_is_given_back(platform: Platform, servers: RealHub, act: str) -> None:
    platform.grant(1)
    made = booked(platform)
    sweep(platform, EARLY)
    started(platform, servers, made)
    if act == "cancel":
        platform.call("DELETE", f"bookings/{made['id']}")
    elif act == "move":
        platform.call("POST", f"bookings/{made['id']}", json={"startdate": "2026-06-09T10:00:00Z"})
    else:
        platform.call("POST", f"bookings/{made['id']}", json={"prepare": False})
    assert seen(platform, made)[0] == ("CANCELLED" if act == "cancel" else "WAITING")
    assert platform.book(caller="ben", duration="PT5M").status_code == 201
    platform.parts.preparer.look()
    servers.wait_stopped("ada")
    platform.parts.preparer.look()
    sweep(platform)
    with platform.parts.requests.database.read() as reading:
        assert BookingStore(reading).left_behind() == []
    assert seen(platform, made)[0] == ("CANCELLED" if act == "cancel" else "WAITING")


def test_a_longer_booking_stays_made_ready(platform: Platform, servers: RealHub) -> None:
    platform.grant(1)
    made = booked(platform)
    sweep(platform, EARLY)
    started(platform, servers, made)
    longer = platform.call("POST", f"bookings/{made['id']}", json={"extend": "PT1H"}).json()
    assert (longer["phase"], longer["end"]) == ("PREPARING", "2026-06-08T12:00:00Z")
    assert platform.book(caller="ben", duration="PT1M").status_code == 409
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made)[0] == "RUNNING"


def test_a_lab_that_goes_on_is_not_made_ready(platform: Platform) -> None:
    platform.grant(2)
    assert session(platform, package="tiny", duration="PT1H").status_code == 200
    following = booked(platform)
    sweep(platform, EARLY)
    assert seen(platform, following) == ("WAITING", "its lab is not made ready while another booking of yours is open")
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, following)[0] == "RUNNING"


def test_a_lab_of_another_package_is_started_once_the_one_before_has_stopped(
    platform: Platform, servers: RealHub
) -> None:
    platform.grant(4)
    session(platform, package="small", duration="PT1H")
    servers.start_server("ada")
    following = booked(platform)
    sweep(platform, EARLY)
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, following) == ("PREPARING", "its lab is started")
    servers.wait_stopped("ada")
    platform.parts.preparer.look()
    assert session(platform, booking=following["id"]).json()["phase"] == "RUNNING"


def test_a_booking_of_a_moment_is_over_with_it(platform: Platform) -> None:
    platform.grant(1)
    made = booked(platform, duration="PT1M")
    sweep(platform, EARLY)
    sweep(platform, timedelta(minutes=5))
    sweep(platform, timedelta(minutes=1))
    assert seen(platform, made) == ("COMPLETED", "its lab could not be started in its time")


def test_who_starts_another_lab_meanwhile_has_that_one(platform: Platform) -> None:
    platform.grant(4)
    made = booked(platform)
    sweep(platform, EARLY)
    other = session(platform, package="small").json()
    assert other["id"] != made["id"]
    platform.parts.preparer.look()
    assert seen(platform, made)[0] == "WAITING"
    sweep(platform)


def test_the_holder_may_start_it_in_the_time_before(platform: Platform) -> None:
    platform.grant(1)
    made = booked(platform)
    sweep(platform, EARLY)
    answer = session(platform).json()
    assert (answer["id"], answer["phase"], answer["until"]) == (made["id"], "PREPARING", "2026-06-08T11:00:00Z")
    platform.call("POST", f"sessions/{made['id']}/stop", "hub-parts")
    assert seen(platform, made) == ("PREPARING", "its lab has stopped, and is started again")
    session(platform)
    sweep(platform, timedelta(minutes=5))
    assert seen(platform, made)[0] == "RUNNING"


def test_a_start_that_comes_too_late_makes_no_booking(platform: Platform) -> None:
    platform.grant(2)
    made = booked(platform)
    sweep(platform, EARLY)
    platform.call("DELETE", f"bookings/{made['id']}")
    answer = session(platform, booking=made["id"])
    assert answer.status_code == 409
    assert answer.json()["error"]["field"] == "booking"


def test_what_was_due_while_the_hub_was_down_is_done_after(platform: Platform, servers: RealHub) -> None:
    platform.grant(1)
    made = booked(platform)
    closed = Hub(f"http://127.0.0.1:{free_port()}/hub/api", "token")
    alone = Preparer(platform.parts.requests, hub=closed, every=0.01, at_once=2)
    sweep(platform, EARLY)
    with pytest.raises(ServiceDownError):
        alone.look()
    closed.close()
    assert seen(platform, made)[0] == "PREPARING"
    started(platform, servers, made)
    assert seen(platform, made) == ("PREPARING", "its lab is ready")


def test_what_was_due_while_the_services_were_down_is_done_after(platform: Platform) -> None:
    platform.grant(1)
    made = booked(platform, duration="PT8H")
    sweep(platform, timedelta(hours=1, seconds=30))
    assert seen(platform, made) == ("PREPARING", "its lab is started")
    missed = booked(platform, "ben", startdate="2026-06-09T10:00:00Z")
    sweep(platform, timedelta(days=2))
    assert seen(platform, made)[0] == seen(platform, missed)[0] == "COMPLETED"


def test_several_at_once_start_each_lab_once(platform: Platform, hub: RealHub, servers: RealHub) -> None:
    platform.grant(4)
    made = [booked(platform, who) for who in ("ada", "ben")]
    sweep(platform, EARLY)
    clients = [Hub(hub.url, hub.token("aglais")) for _ in range(4)]
    preparers = [Preparer(platform.parts.requests, hub=client, every=0.01, at_once=2) for client in clients]
    threads = [threading.Thread(target=preparer.look) for preparer in preparers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for client in clients:
        client.close()
    for booking in made:
        servers.wait_ready(booking["account"])
        assert seen(platform, booking) == ("PREPARING", "its lab is made ready")


def test_so_many_are_started_at_a_time(platform: Platform, servers: RealHub) -> None:
    platform.grant(4)
    made = [booked(platform, who) for who in ("ada", "ben")]
    sweep(platform, EARLY)
    one = Preparer(platform.parts.requests, hub=platform.parts.sweeper._hub, every=0.01, at_once=1)
    one.look()
    assert [bool(servers.servers(booking["account"])) for booking in made].count(True) == 1


def test_each_span_of_a_booking_is_made_ready(platform: Platform, servers: RealHub) -> None:
    platform.grant(1)
    spans = [f"2026-06-{day:02}T10:00:00Z/PT1H" for day in (8, 9)]
    answer = platform.call("POST", "bookings/create", json={"package": "tiny", "spans": spans, "prepare": True})
    made = answer.json()
    sweep(platform, EARLY)
    started(platform, servers, made)
    sweep(platform, timedelta(minutes=5))
    sweep(platform, timedelta(hours=1))
    servers.wait_stopped("ada")
    sweep(platform, AUDIT_EVERY)
    assert seen(platform, made)[0] == "WAITING"
    assert platform.booking(made["id"])["prepares"] == "2026-06-09T09:55:00Z"
    sweep(platform, timedelta(hours=22, minutes=55))
    assert seen(platform, made) == ("PREPARING", "its lab is made ready")
    assert platform.book(caller="ben", duration="PT1M").status_code == 409


def test_whole_servers_are_made_ready_as_well(platform: Platform) -> None:
    body = {"cluster": "local", "startdate": "2026-06-08", "enddate": "2026-07-08", "cores": 8, "memory": 32768}
    assert platform.call("POST", "resources/create", "root", json=body | {"servers": 2}).status_code == 201
    made = booked(platform, sharing="reserved")
    other = booked(platform, "ben", sharing="reserved", startdate=TEN)
    sweep(platform, EARLY)
    assert {seen(platform, one)[0] for one in (made, other)} == {"PREPARING"}
    assert platform.book("tiny", caller="reader", duration="PT1M").status_code != 201
