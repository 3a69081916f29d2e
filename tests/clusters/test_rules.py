"""What nodes give: from nodes and pods as Kubernetes tells of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aglais_hub.clusters.rules import (
    ACCOUNT,
    MIB,
    NOTHING,
    RESERVED,
    SESSION,
    Amount,
    Counting,
    Node,
    Pod,
    pools_of,
    read_node,
    read_pod,
)
from aglais_spawner import kube_objects

GIB = 1024 * MIB
COUNTING = Counting(label="aglais.hub/pool", pool="kubernetes", gpu="nvidia.com/gpu")


def node(name: str = "one", pool: str = "", **changes: Any) -> dict[str, Any]:
    labels = {"aglais.hub/pool": pool} if pool else {}
    allocatable = {"cpu": "3920m", "memory": "15Gi", "ephemeral-storage": "47093746742", "pods": "110"}
    return {
        "metadata": {"name": name, "labels": labels | changes.get("labels", {})},
        "spec": changes.get("spec", {}),
        "status": {
            "allocatable": allocatable | changes.get("allocatable", {}),
            "conditions": [
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": changes.get("ready", "True")},
            ],
        },
    }


def pod(*containers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    spec = {"nodeName": "one", "containers": [{"resources": one} for one in containers]}
    metadata = {"namespace": "kube-system", "name": "proxy", "uid": "1", "creationTimestamp": "2026-06-08T09:00:00Z"}
    return {
        "metadata": metadata | changes.get("metadata", {}),
        "spec": spec | changes.get("spec", {}),
        "status": {"phase": changes.get("phase", "Running")},
    }


def asks(**amounts: str) -> dict[str, Any]:
    return {"requests": {name.replace("_", "-"): amount for name, amount in amounts.items()}}


def test_a_node_is_read_with_its_pool_and_what_is_allocatable_on_it():
    read = read_node(node(pool="gpu", allocatable={"nvidia.com/gpu": "2"}), COUNTING)
    assert read == Node("one", "gpu", "ready", Amount(3920, 15 * GIB, 47093746742, 2))
    assert read_node(node(), COUNTING).pool == "kubernetes"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "ready"),
        ({"ready": "False"}, "away"),
        ({"ready": "Unknown"}, "away"),
        ({"spec": {"unschedulable": True}}, "cordoned"),
        ({"spec": {"unschedulable": True}, "ready": "Unknown"}, "cordoned"),
        (
            {
                "spec": {
                    "unschedulable": True,
                    "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}],
                }
            },
            "cordoned",
        ),
        ({"spec": {"taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]}}, "away"),
        ({"spec": {"taints": [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]}}, "away"),
        ({"spec": {"taints": [{"key": "others", "effect": "NoSchedule"}]}}, "tainted"),
        ({"spec": {"taints": [{"key": "others", "effect": "NoExecute"}]}}, "tainted"),
        ({"spec": {"taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]}}, "ready"),
        ({"spec": {"taints": [{"key": "others", "effect": "PreferNoSchedule"}]}}, "ready"),
        ({"spec": {"taints": [{"key": RESERVED, "value": "reserved", "effect": "NoSchedule"}]}}, "ready"),
        ({"pool": "Not_A_Name"}, "misnamed"),
    ],
)
def test_what_state_a_node_is_in(changes, state):
    assert read_node(node(**changes), COUNTING).state == state


def test_a_pod_asks_for_what_the_scheduler_counts():
    running = pod(asks(cpu="100m", memory="64Mi"), {"limits": {"cpu": "0.5", "memory": "1Gi"}})
    assert read_pod(running, "gpu").asked == Amount(600, GIB + 64 * MIB)
    first = {"initContainers": [{"resources": asks(cpu="2")}, {"resources": asks(cpu="1", memory="2Gi")}]}
    assert read_pod(pod(asks(cpu="100m"), spec=first), "gpu").asked == Amount(2000, 2 * GIB)
    aside = {"initContainers": [{"resources": asks(cpu="1"), "restartPolicy": "Always"}, {"resources": asks(cpu="2")}]}
    assert read_pod(pod(asks(cpu="500m"), spec=aside), "gpu").asked == Amount(3000)
    assert read_pod(pod(asks(cpu="1"), spec={"overhead": {"cpu": "250m"}}), "gpu").asked == Amount(1250)
    assert read_pod(pod({}), "gpu").asked == NOTHING
    assert read_pod(pod(asks(cpu="1"), phase="Succeeded"), "gpu") is None


def test_a_request_is_rounded_up_and_what_there_is_down():
    assert read_pod(pod(asks(cpu="1u", memory="0.5")), "gpu").asked == Amount(1, 1)
    assert read_node(node(allocatable={"cpu": "1999999u", "memory": "1023.9"}), COUNTING).allocatable[:2] == (
        1999,
        1023,
    )


def test_a_session_is_known_by_the_labels_that_the_spawner_gives():
    assert (SESSION, ACCOUNT) == (kube_objects.SESSION, kube_objects.ACCOUNT)
    labels = {SESSION: "session-1", "aglais.hub/booking": "b"}
    server = {"labels": labels, "annotations": {"hub.jupyter.org/username": "ada@example.org"}}
    read = read_pod(pod(metadata=server), "gpu")
    assert (read.session, read.booking, read.account, read.is_server) == ("session-1", "b", "ada@example.org", True)
    assert not read_pod(pod(metadata={"labels": labels}), "gpu").is_server
    stranger = read_pod(pod(metadata={"annotations": {"hub.jupyter.org/username": "ada"}}), "gpu")
    assert (stranger.session, stranger.account) == ("", "")


def ready(name: str, cores: int, *, pool: str = "kubernetes", state: Any = "ready", is_reserved: bool = False) -> Node:
    return Node(name, pool, state, Amount(cores, cores * MIB), is_reserved)


def on(name: str, cores: int, *, session: str = "", namespace: str = "kube-system") -> Pod:
    return Pod(namespace, "pod", name, Amount(cores, cores * MIB), session=session)


def test_what_is_not_ours_is_taken_off_and_sessions_are_not():
    nodes = [ready("one", 4000), ready("two", 4000, pool="large")]
    pods = [on("one", 300), on("one", 200), on("one", 1000, session="s", namespace="ada"), on("two", 5000)]
    # What a session has started itself lacks the label.
    pods.append(on("one", 500, namespace="ada"))
    found = pools_of(nodes, pods, COUNTING)
    assert found["kubernetes"].gives == Amount(3500, 3500 * MIB)
    assert found["large"].gives == NOTHING


def test_the_reserve_is_kept_on_each_node_and_the_largest_are_spared():
    nodes = [ready("one", 4000), ready("two", 8000), ready("three", 2000)]
    counting = Counting(label="", pool="", gpu="", reserve=Amount(250, 100 * MIB), spare=1)
    assert pools_of(nodes, [], counting)["kubernetes"].gives == Amount(5500, 5800 * MIB)
    assert pools_of(nodes[:1], [], counting)["kubernetes"].gives == NOTHING


def test_a_cordoned_node_gives_what_sessions_on_it_still_have_and_one_that_is_away_nothing():
    nodes = [ready("one", 4000, state="cordoned"), ready("two", 4000, state="away"), ready("three", 1000)]
    pods = [on("one", 1500, session="s", namespace="ada"), on("two", 1500, session="t", namespace="ben")]
    found = pools_of(nodes, pods, COUNTING)["kubernetes"]
    assert found.gives == Amount(2500, 2500 * MIB)
    assert [one.name for one in found.nodes] == ["one", "two", "three"]
    assert pools_of(nodes[1:2], pods, COUNTING)["kubernetes"].gives == NOTHING


def test_nodes_to_reserve_are_counted_as_servers():
    nodes = [ready("one", 4000, is_reserved=True), ready("two", 4000, is_reserved=True, state="away")]
    assert pools_of(nodes, [], COUNTING)["kubernetes"].servers == 1


def test_a_node_that_names_no_cluster_is_in_none():
    assert pools_of([ready("one", 4000, pool="Not_A_Name", state="misnamed")], [], COUNTING) == {}


amounts = st.builds(Amount, *[st.integers(0, 10**12)] * 4)
names = st.sampled_from(["one", "two", "three"])
nodes_of_all_kinds = st.lists(
    st.builds(
        Node,
        names,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["ready", "cordoned", "away", "tainted"]),
        amounts,
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda one: one.name,
)
pods_of_all_kinds = st.lists(
    st.builds(Pod, st.sampled_from(["ada", "kube-system"]), st.just("p"), names, amounts, st.sampled_from(["", "s"])),
    max_size=6,
)


@given(nodes_of_all_kinds, pods_of_all_kinds, amounts, st.integers(0, 3))
def test_no_pool_gives_more_than_its_nodes_have_or_less_than_nothing(nodes, pods, reserve, spare):
    found = pools_of(nodes, pods, Counting("", "", "", reserve, spare))
    for name, pool in found.items():
        mine = [one for one in nodes if one.pool == name]
        has = NOTHING
        for one in mine:
            has = has.plus(one.allocatable)
        assert all(0 <= gives <= most for gives, most in zip(pool.gives, has, strict=True))
        assert 0 <= pool.servers <= max(0, len(mine) - spare)
        assert pool.gives.resources().memory * MIB <= pool.gives.memory
    # More that is not ours, a larger reserve and more to spare never give more.
    for less in (
        pools_of(
            nodes,
            [*pods, *(on(one.name, 10, namespace="others") for one in nodes)],
            Counting("", "", "", reserve, spare),
        ),
        pools_of(nodes, pods, Counting("", "", "", reserve.plus(Amount(1, 1, 1, 1)), spare)),
        pools_of(nodes, pods, Counting("", "", "", reserve, spare + 1)),
    ):
        assert all(a <= b for name in found for a, b in zip(less[name].gives, found[name].gives, strict=True))


@given(nodes_of_all_kinds, pods_of_all_kinds, st.randoms())
def test_the_order_in_which_they_are_told_does_not_matter(nodes, pods, chance):
    found = pools_of(nodes, pods, COUNTING)
    chance.shuffle(nodes)
    chance.shuffle(pods)
    again = pools_of(nodes, pods, COUNTING)
    assert {name: (pool.gives, pool.servers) for name, pool in found.items()} == {
        name: (pool.gives, pool.servers) for name, pool in again.items()
    }
