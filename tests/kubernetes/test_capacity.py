"""What a cluster's nodes give is what can be booked on it: against a real API server, with nodes as objects."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_spawner.kube_place import pool_terms
from tests.kubernetes.nodes import GIB, LABEL, OTHERS, Nodes
from tests.kubernetes.sessions import pod_manifest
from tests.support.platform import NOW
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.kubernetes.conftest import Given
    from tests.support.platform import Platform

pytestmark = pytest.mark.kubernetes


def granted(platform: Platform) -> dict[str, list[tuple[float, int]]]:
    """Cores and memory of each cluster's grants."""
    found: dict[str, list[tuple[float, int]]] = {}
    for row in platform.call("GET", "resources/select?range=2026-06-08,2026-06-30").json()["rows"]:
        if row["cluster"] != OTHERS:
            amounts = row["resources"]
            found.setdefault(row["cluster"], []).append((amounts["cores"], amounts["memory"]))
    return found


def free(platform: Platform, cluster: str) -> float:
    asked = f"available/select?range=2026-06-09,2026-06-09&cluster={cluster}"
    cores: float = platform.call("GET", asked).json()["rows"][0]["resources"]["cores"]
    return cores


def read(platform: Platform, **body: Any) -> dict[str, Any]:
    answer = platform.call("POST", "nodes/read", "root", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found | {"clusters": [row for row in found["clusters"] if row["cluster"] != OTHERS]}


def test_nodes_less_what_runs_there_are_granted_by_their_pool(followed: Platform, nodes: Nodes) -> None:
    nodes.add("big-1", pool="big", cores=8, memory=32 * GIB)
    nodes.add("big-2", pool="big", cores=8, memory=32 * GIB)
    nodes.add("small-1", pool="small", cores=2, memory=4 * GIB)
    nodes.run_daemon("big-1", cpu="250m", memory="512Mi")
    nodes.run_daemon("big-2", cpu="250m", memory="512Mi")
    seen = read(followed)
    assert {row["cluster"]: row["gives"]["cores"] for row in seen["clusters"]} == {"big": 15.5, "small": 2}
    assert granted(followed) == {}, "reading alone changes nothing"
    read(followed, apply=True)
    # 256 MiB of each node are kept.
    assert granted(followed) == {"big": [(15.5, 2 * (32 * 1024 - 512 - 256))], "small": [(2, 4096 - 256)]}
    assert free(followed, "big") == 15.5


def test_whoever_looks_however_often_grants_once(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    service = followed.parts.nodes
    # To read alone grants nothing.
    wait_until(lambda: [row.gives.cores for row in service.read().clusters if row.cluster == "pool"] == [4])
    looks = [threading.Thread(target=service.look) for _ in range(8)]
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    before = followed.parts.availability.change()
    service.look()
    assert len(granted(followed).get("pool", [])) == 1, service.seen()
    assert followed.parts.availability.change() == before, "what is so already is no change"


def test_a_node_that_comes_and_goes_is_followed(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    followed.parts.nodes.look()
    nodes.add("two", pool="pool", cores=2)
    followed.parts.nodes.look()
    assert free(followed, "pool") == 6
    nodes.cordon("two")
    followed.parts.nodes.look()
    assert free(followed, "pool") == 4
    nodes.remove("two")
    nodes.remove("one")
    followed.parts.nodes.look()
    assert free(followed, "pool") == 0
    nodes.add("three", pool="pool", cores=3)
    followed.parts.nodes.look()
    assert free(followed, "pool") == 3
    assert len(granted(followed)["pool"]) == 1


def test_a_node_that_is_not_ready_counts_for_a_while(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    followed.parts.nodes.look()
    nodes.set_ready("one", is_ready=False)
    followed.parts.nodes.look()
    assert free(followed, "pool") == 4
    followed.clock.move(timedelta(seconds=301))
    followed.parts.nodes.look()
    assert free(followed, "pool") == 0
    nodes.set_ready("one")
    followed.parts.nodes.look()
    assert free(followed, "pool") == 4


def test_a_cordoned_node_keeps_what_its_sessions_have(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    followed.parts.nodes.look()
    booked = followed.book("small", cluster="pool")
    assert booked.status_code == 201, booked.text
    nodes.run_session("one", "ada", cpu="2", memory="8Gi", booking=booked.json()["id"])
    nodes.cordon("one")
    followed.parts.nodes.look()
    assert free(followed, "pool") == 2


def test_bookings_that_no_longer_fit_are_named_and_nothing_more_is_booked(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4, memory=20 * GIB)
    nodes.add("two", pool="pool", cores=4, memory=20 * GIB)
    followed.parts.nodes.look()
    tomorrow = {"startdate": "2026-06-09", "enddate": "2026-06-09", "cluster": "pool"}
    first = followed.book("medium", **tomorrow).json()
    followed.clock.move(timedelta(seconds=1))
    last = followed.book("medium", "ben", **tomorrow).json()
    nodes.remove("two")
    followed.parts.nodes.look()
    seen = followed.call("GET", "nodes/select", "root").json()["clusters"]
    (row,) = [one for one in seen if one["cluster"] == "pool"]
    assert [one["id"] for one in row["hit"]] == [last["id"]]
    assert row["granted"]["cores"] == 8, "nobody's booking is taken for a node that may come back"
    assert "1 booking does not fit" in row["because"]
    refused = followed.book("tiny", "ben", startdate="2026-06-20", cluster="pool")
    assert refused.status_code == 409
    assert refused.json()["error"]["rule"] == "cluster_unverified"

    nodes.add("three", pool="pool", cores=4, memory=20 * GIB)
    followed.parts.nodes.look()
    assert followed.book("tiny", "ben", startdate="2026-06-20", cluster="pool").status_code == 201
    assert followed.booking(last["id"])["phase"] == "WAITING"

    nodes.remove("three")
    read(followed, apply=True, hit="cancel")
    assert followed.booking(last["id"])["phase"] == "CANCELLED"
    assert "its nodes" in followed.booking(last["id"])["reason"]
    assert followed.booking(first["id"])["phase"] == "WAITING"
    offered = followed.call("GET", "bookings/select?range=2026-06-08,2026-07-08&phase=OFFERED", "ben").json()["rows"]
    assert "medium" in {one["package"] for one in offered}, "another time is held for ben"
    assert {one["expires"] for one in offered} == {"2026-06-09T09:00:01Z"}
    assert offered[0]["note"] == "instead of a booking whose capacity was taken away"
    assert free(followed, "pool") == 0


def test_what_was_granted_until_now_stays_on_record(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    followed.parts.nodes.look()
    followed.clock.move(timedelta(days=2))
    nodes.add("two", pool="pool", cores=4)
    followed.parts.nodes.look()
    asked = f"available/select?range={NOW:%Y-%m-%d},2026-06-11&cluster=pool"
    rows = followed.call("GET", asked).json()["rows"]
    assert [row["resources"]["cores"] for row in rows] == [4, 4, 4, 8]


def test_an_offer_makes_way_for_what_is_no_longer_there(followed: Platform, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4, memory=20 * GIB)
    followed.parts.nodes.look()
    refused = followed.book("large", cluster="pool", startdate="2026-06-09")
    offers = refused.json()["offers"]
    assert offers
    nodes.cordon("one")
    followed.parts.nodes.look()
    assert free(followed, "pool") == 0
    assert {followed.booking(one["id"])["phase"] for one in offers} == {"REJECTED"}


def test_one_cluster_can_be_settled_alone(followed: Platform, nodes: Nodes) -> None:
    for pool in ("first", "last"):
        nodes.add(pool, pool=pool, cores=4, memory=20 * GIB)
    followed.parts.nodes.look()
    booked = [followed.book("medium", cluster=pool, startdate="2026-06-09").json()["id"] for pool in ("first", "last")]
    nodes.cordon("first")
    nodes.cordon("last")
    read(followed, apply=True, cluster="last", hit="cancel")
    assert [followed.booking(one)["phase"] for one in booked] == ["WAITING", "CANCELLED"]


@pytest.mark.parametrize("pool", ["pool", OTHERS])
def test_the_scheduler_sends_a_pod_to_the_pool_that_it_is_booked_on(nodes: Nodes, cluster: Given, pool: str) -> None:
    nodes.add("one", pool="pool", cores=64)
    terms = pool_terms([], LABEL, pool, OTHERS)
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    made = cluster.admin.post("/api/v1/namespaces/default/pods", pod_manifest(affinity=affinity))
    path = f"/api/v1/namespaces/default/pods/{made['metadata']['name']}"
    try:
        node = wait_until(lambda: cluster.admin.get(path).json()["spec"].get("nodeName"), saying="it has a node")
        assert node.startswith("test-") is (pool == "pool")
    finally:
        cluster.admin.send("DELETE", path, json={"gracePeriodSeconds": 0})
