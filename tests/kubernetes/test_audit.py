"""What runs on a cluster agrees with the records, or is found: against a real API server, with pods as objects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.clusters.audit import compare, read_held
from aglais_hub.clusters.rules import read_pod
from aglais_hub.wire.bookings import Phase
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.kubernetes.conftest import Given
    from tests.kubernetes.nodes import Nodes
    from tests.kubernetes.sessions import Sessions
    from tests.support.hub import RealHub
    from tests.support.platform import Platform
    from tests.support.product import Product

pytestmark = pytest.mark.kubernetes


def audit(platform: Platform, **body: Any) -> dict[str, bool]:
    """What is found, by kind and account, and whether it was repaired."""
    answer = platform.call("POST", "nodes/audit", "root", json=body)
    assert answer.status_code == 200, answer.text
    return {f"{one['kind']} {one['account']}": one["repaired"] for one in answer.json()["findings"]}


def run(platform: Platform, account: str = "ada") -> str:
    """A session of the account by the records; gives its booking."""
    answer = platform.call("POST", "sessions/start", "hub-parts", json={"account": account})
    assert answer.status_code == 200, answer.text
    booking: str = answer.json()["id"]
    return booking


@pytest.fixture
def late(followed: Platform, nodes: Nodes) -> Platform:
    """The platform at the cluster's own time, since pods are as old as the cluster says, with a pool of four cores."""
    nodes.add("one", pool="pool", cores=4, memory=64 * 2**30)
    now = datetime.now(followed.clock.now().tzinfo)
    followed.clock.move(now - followed.clock.now())
    followed.parts.nodes.look()
    return followed


def test_a_session_under_its_booking_agrees(late: Platform, nodes: Nodes) -> None:
    pod = nodes.run_session("one", "ada", cpu="1", booking=run(late))
    late.clock.move(timedelta(minutes=5))
    assert audit(late, repair=True) == {}
    late.parts.nodes.look()
    late.parts.nodes.look()
    assert nodes.is_there(pod)


def test_a_pod_without_a_booking_is_ended_once_it_was_seen_twice(late: Platform, nodes: Nodes) -> None:
    pod = nodes.run_session("one", "ada", cpu="1")
    late.parts.nodes.look()
    late.parts.nodes.look()
    assert nodes.is_there(pod), "it may have just begun"
    late.clock.move(timedelta(minutes=5))
    assert audit(late) == {"pod ada": False}
    late.parts.nodes.look()
    assert nodes.is_there(pod)
    late.parts.nodes.look()
    assert not nodes.is_there(pod)
    assert audit(late) == {}


def test_a_pod_without_a_booking_is_ended_by_repairing(late: Platform, nodes: Nodes) -> None:
    pod = nodes.run_session("one", "ada", cpu="1")
    late.clock.move(timedelta(minutes=5))
    assert audit(late, repair=True) == {"pod ada": True}
    assert not nodes.is_there(pod)


def test_the_disk_and_namespace_of_an_account_that_is_no_more_go_by_repairing_only(
    late: Platform, nodes: Nodes
) -> None:
    proof = {"kind": "north", "subject": "1", "label": "north-1"}
    pending = late.call("POST", "accounts/arrive", "hub-parts", json=proof).json()["pending"]
    opened = late.call("POST", "accounts/open", "hub-parts", json={"pending": pending}).json()["name"]
    theirs, mine = nodes.keep_volume(opened), nodes.keep_volume("ada")
    assert audit(late) == {}
    assert late.call("DELETE", f"accounts/{opened}", "root").status_code == 200
    late.parts.ender.look()
    wait_until(lambda: not nodes.is_there(theirs), 180, saying="an account ends with its disk")
    late.clock.move(timedelta(minutes=1))
    late.parts.ender.look()
    # As of a backup that somebody has played back.
    theirs = nodes.keep_volume(opened)
    late.parts.nodes.look()
    late.parts.nodes.look()
    assert nodes.is_there(theirs)
    assert audit(late, repair=True) == {f"volume {opened}": True, f"namespace {opened}": True}
    assert not nodes.is_there(theirs)
    assert nodes.is_there(mine)


def test_a_session_without_a_pod_is_ended_so_that_its_booking_is_free(late: Platform, hub: RealHub) -> None:
    now = late.clock.now()
    booked = late.book("tiny", cluster="pool", startdate=now.isoformat(), duration="PT2H")
    assert booked.status_code == 201, booked.text
    assert run(late) == booked.json()["id"]
    hub.start_server("ada")
    try:
        assert audit(late) == {}, "its pod may be on its way"
        late.clock.move(timedelta(minutes=5))
        assert audit(late) == {"session ada": False}
        assert audit(late, repair=True) == {"session ada": True}
        hub.wait_stopped("ada")
    finally:
        if hub.servers("ada"):
            hub.stop_server("ada")


def test_pods_that_ask_for_more_than_is_booked_are_told(late: Platform, nodes: Nodes) -> None:
    pod = nodes.run_session("one", "ada", cpu="3", booking=run(late))
    assert audit(late, repair=True) == {"size ada": False}
    assert nodes.is_there(pod)


def test_a_cluster_that_does_not_answer_takes_no_more_bookings_until_it_does(
    late: Platform,
) -> None:
    tomorrow = {"startdate": (late.clock.now() + timedelta(days=1)).isoformat(), "cluster": "pool"}
    booked = late.book("tiny", **tomorrow)
    assert booked.status_code == 201, booked.text
    late.clock.move(timedelta(seconds=61))
    refused = late.book("tiny", "ben", **tomorrow)
    assert refused.status_code == 409
    error = refused.json()["error"]
    assert error["rule"] == "cluster_unverified"
    assert "its API server has not answered since" in error["message"]
    why = late.call("GET", refused.json()["why"].partition("/api/")[2], "ben").json()
    assert (why["rule"], why["agrees"]) == ("cluster_unverified", True)
    assert late.call("DELETE", f"bookings/{booked.json()['id']}").status_code == 200, "what is there can be given back"
    late.parts.nodes.look()
    assert late.book("tiny", "ben", **tomorrow).status_code == 201


def test_a_session_of_the_spawners_is_known_by_what_it_writes(
    sessions: Sessions, product: Product, cluster: Given
) -> None:
    session = sessions.start()
    (booking,) = product.client().bookings(account=session.account, phase=[Phase.RUNNING]).rows
    read = [read_pod(one, "gpu") for one in cluster.admin.items(f"{session.path}/pods")]
    pods = [pod for pod in read if pod is not None]
    (server,) = [pod for pod in pods if pod.is_server]
    assert (server.account, server.booking) == (session.account, booking.id)
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert compare(pods, {session.account: booking}, [booking], {session.account: "ready"}, later) == []
    assert [one.kind for one in compare(pods, {}, [], {}, later)] == ["pod"] * len(pods)
    namespace = read_held(cluster.admin.get(session.path).json(), namespaced=False)
    assert namespace is not None
    assert namespace.account == session.account
