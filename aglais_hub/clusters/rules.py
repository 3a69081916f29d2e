"""What a cluster's nodes give to be booked: pure functions from nodes and pods as Kubernetes tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Any, Literal, NamedTuple

from aglais_hub.clusters.quantities import quantity
from aglais_hub.wire.resources import CLUSTER_NAME, Resources

__all__ = [
    "ACCOUNT",
    "BOOKING",
    "MIB",
    "NOTHING",
    "RESERVED",
    "SESSION",
    "Amount",
    "Counting",
    "Node",
    "Pod",
    "Pool",
    "State",
    "pools_of",
    "read_node",
    "read_pod",
]

SESSION, BOOKING, RESERVED = "aglais.hub/session", "aglais.hub/booking", "aglais.hub/nodes"
"""The spawner's labels, and that of nodes which reserved bookings have to themselves; also the key of their taint."""

ACCOUNT = "hub.jupyter.org/username"
"""The annotation that has the account's name as it is."""

_PASSING, _CORDON = "node.kubernetes.io/", "node.kubernetes.io/unschedulable"
"""Taints that Kubernetes puts on a node itself, for as long as something is wrong with it."""

MIB = 2**20

State = Literal["ready", "cordoned", "away", "tainted", "misnamed"]
"""``ready`` gives all it has, ``cordoned`` what sessions on it still have; the others nothing."""


class Amount(NamedTuple):
    """Thousandths of a core, bytes of memory and of temporary disk, GPUs."""

    cores: int = 0
    memory: int = 0
    temporary: int = 0
    gpus: int = 0

    def plus(self, other: Amount) -> Amount:
        return Amount(*(a + b for a, b in zip(self, other, strict=True)))

    def less(self, other: Amount) -> Amount:
        """What is left, and never less than nothing."""
        return Amount(*(max(0, a - b) for a, b in zip(self, other, strict=True)))

    def within(self, other: Amount) -> Amount:
        """The lesser of both, of each."""
        return Amount(*map(min, self, other))

    def most(self, other: Amount) -> Amount:
        """The larger of both, of each."""
        return Amount(*map(max, self, other))

    def resources(self, servers: int = 0) -> Resources:
        """As grants count: memory and disk in whole MiB, rounded down."""
        return Resources(
            cores=Decimal(self.cores) / 1000,
            memory=self.memory // MIB,
            temporary=self.temporary // MIB,
            gpus=self.gpus,
            servers=servers,
        )


NOTHING = Amount()


@dataclass(frozen=True)
class Counting:
    """How nodes are counted: ``label`` names a node's pool, ``pool`` is that of nodes without the label.

    ``reserve`` is kept on each node; of each pool ``spare`` nodes, the largest, are not given away. ``gpu`` is what
    Kubernetes calls a GPU.
    """

    label: str
    pool: str
    gpu: str
    reserve: Amount = NOTHING
    spare: int = 0


class Node(NamedTuple):
    """A node: the ``pool`` it is counted in, and what is ``allocatable`` on it."""

    name: str
    pool: str
    state: State
    allocatable: Amount
    is_reserved: bool = False


class Pod(NamedTuple):
    """A pod that has not ended. ``session`` is empty for what is not ours; ``account`` where only its server names it.

    ``is_server`` tells a session's server from what it has started; ``is_going`` is one that was told to end.
    """

    namespace: str
    name: str
    node: str
    asked: Amount
    session: str = ""
    booking: str = ""
    account: str = ""
    uid: str = ""
    created: str = ""
    is_going: bool = False

    @property
    def is_server(self) -> bool:
        return bool(self.session and self.account)


class Pool(NamedTuple):
    """What the nodes of a pool give: with ``servers``, as many whole ones to reserve."""

    name: str
    nodes: list[Node]
    gives: Amount
    servers: int


def read_node(node: Mapping[str, Any], counting: Counting) -> Node:
    """A node as the API tells of it. Raises ``InvalidValueError`` for an amount that can't be read."""
    metadata, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    labels = metadata.get("labels") or {}
    pool = labels.get(counting.label) or counting.pool
    return Node(
        name=metadata["name"],
        pool=pool,
        state=_state(pool, metadata, spec, status, counting.gpu),
        allocatable=_amount(status.get("allocatable") or {}, counting.gpu, floor),
        is_reserved=labels.get(RESERVED) == "reserved",
    )


def _state(
    pool: str, metadata: Mapping[str, Any], spec: Mapping[str, Any], status: Mapping[str, Any], gpu: str
) -> State:
    if not re.match(CLUSTER_NAME, pool):
        return "misnamed"
    closed = {one["key"] for one in spec.get("taints") or [] if one["effect"] in ("NoSchedule", "NoExecute")}
    # Sessions tolerate none but those of nodes which are there to be reserved, and Kubernetes' own of GPUs.
    closed -= {RESERVED, _CORDON, gpu}
    is_ready = any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or [])
    # Before whether it is ready: nothing new goes there, whatever becomes of it.
    if spec.get("unschedulable") or metadata.get("deletionTimestamp"):
        return "cordoned"
    if not is_ready or any(key.startswith(_PASSING) for key in closed):
        return "away"
    return "tainted" if closed else "ready"


def read_pod(pod: Mapping[str, Any], gpu: str) -> Pod | None:
    """A pod as the API tells of it; none for one that has ended."""
    metadata, spec = pod["metadata"], pod.get("spec") or {}
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return None
    labels, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
    session = labels.get(SESSION, "")
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        node=spec.get("nodeName") or "",
        asked=_asked(spec, gpu),
        session=session,
        booking=labels.get(BOOKING, ""),
        account=notes.get(ACCOUNT, "") if session else "",
        uid=metadata.get("uid", ""),
        created=metadata.get("creationTimestamp") or "",
        is_going=bool(metadata.get("deletionTimestamp")),
    )


def _asked(spec: Mapping[str, Any], gpu: str) -> Amount:
    """What a pod asks its node for, as the scheduler counts it.

    Its containers all at once; or the largest of those that come before, each with the ones that go on from then.
    """
    running = NOTHING
    before = NOTHING
    for container in spec.get("initContainers") or []:
        need = _requests(container, gpu)
        if container.get("restartPolicy") == "Always":
            running = running.plus(need)
            before = before.most(running)
        else:
            before = before.most(running.plus(need))
    for container in spec.get("containers") or []:
        running = running.plus(_requests(container, gpu))
    return running.most(before).plus(_amount(spec.get("overhead") or {}, gpu, ceil))


def _requests(container: Mapping[str, Any], gpu: str) -> Amount:
    """Where only a limit is given, that is the request."""
    resources = container.get("resources") or {}
    return _amount({**(resources.get("limits") or {}), **(resources.get("requests") or {})}, gpu, ceil)


def _amount(given: Mapping[str, str], gpu: str, rounded: Any) -> Amount:
    def read(name: str, scale: int = 1) -> int:
        return max(0, int(rounded(quantity(str(given.get(name, "0"))) * scale)))

    return Amount(read("cpu", 1000), read("memory"), read("ephemeral-storage"), read(gpu))


def pools_of(nodes: Iterable[Node], pods: Iterable[Pod], counting: Counting) -> dict[str, Pool]:
    """What each pool gives, by name; one whose nodes give nothing is there too."""
    system: dict[str, Amount] = {}
    sessions: dict[str, Amount] = {}
    pods = list(pods)
    # What a session starts may lack its label, but it is in the account's namespace, and held to the booking there.
    theirs = {pod.namespace for pod in pods if pod.session}
    for pod in pods:
        counted = sessions if pod.namespace in theirs else system
        counted[pod.node] = counted.get(pod.node, NOTHING).plus(pod.asked)
    members: dict[str, list[Node]] = {}
    for node in nodes:
        if node.state != "misnamed":
            members.setdefault(node.pool, []).append(node)
    return {name: _pool(name, found, counting, system, sessions) for name, found in sorted(members.items())}


def _pool(
    name: str, nodes: list[Node], counting: Counting, system: Mapping[str, Amount], sessions: Mapping[str, Amount]
) -> Pool:
    left = {node.name: node.allocatable.less(system.get(node.name, NOTHING)).less(counting.reserve) for node in nodes}
    ready = sorted((node for node in nodes if node.state == "ready"), key=lambda node: (left[node.name], node.name))
    given = ready[: max(0, len(ready) - counting.spare)]
    gives = NOTHING
    for node in given:
        gives = gives.plus(left[node.name])
    for node in nodes:
        if node.state == "cordoned":
            gives = gives.plus(left[node.name].within(sessions.get(node.name, NOTHING)))
    return Pool(name, nodes, gives, sum(node.is_reserved for node in given))
