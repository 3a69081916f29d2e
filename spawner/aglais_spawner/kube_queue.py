"""Where executors wait for their turn: a queue of Kueue's or of YuniKorn's, inside the cluster. Pure functions.

The server's pod has a booking and never waits; its executors do. Which queue it is, the cluster holds, not the pod's
labels: for Kueue there is but one local queue in the session's namespace, which the session may not change, and
YuniKorn places pods by what the namespace says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aglais_spawner.kube_objects import Identity, Manifest

__all__ = ["KUEUE", "KUEUE_GROUP", "QUEUE_CLASSES", "Queue", "queue_for", "waiting_annotations"]

KUEUE, YUNIKORN = "kueue", "yunikorn"
QUEUE_CLASSES = ("", KUEUE, YUNIKORN)
"""Whose queues there are; nobody's, where it is empty."""

KUEUE_GROUP = "kueue.x-k8s.io"

_PARENT = "yunikorn.apache.org/parentqueue"
_ENABLED = "yunikorn.apache.org/namespace.enableYuniKorn"


@dataclass(frozen=True)
class Queue:
    """The queue ``name`` of a queue class: a cluster queue of Kueue's, or a queue of YuniKorn's with its path."""

    queue_class: str
    name: str

    @property
    def scheduler(self) -> str:
        """The scheduler of executors; empty for the cluster's own."""
        return YUNIKORN if self.queue_class == YUNIKORN else ""

    def labels(self, session: str) -> dict[str, str]:
        """The labels of executors in ``session``, whose local queue has the session's name."""
        if self.queue_class == KUEUE:
            return {f"{KUEUE_GROUP}/queue-name": session}
        return {"yunikorn.apache.org/queue": self.name}

    def local_queue(self, identity: Identity, version: str) -> Manifest:
        """Kueue's way into the queue from the session's namespace; ``version`` is that of Kueue's objects."""
        return identity.manifest("LocalQueue", f"{KUEUE_GROUP}/{version}", spec={"clusterQueue": self.name})

    def rules(self, session: str) -> list[dict[str, Any]]:
        """What the session may beside what Spark needs: to read its place."""
        if self.queue_class != KUEUE:
            return []
        what = {"apiGroups": [f"visibility.{KUEUE_GROUP}"], "resources": ["localqueues/pendingworkloads"]}
        return [{**what, "resourceNames": [session], "verbs": ["get"]}]


def queue_for(queue_class: str, queues: Mapping[str, str], *, package: str, sharing: str) -> Queue | None:
    """The queue of the package, or else of its sharing; ``None`` where there is none."""
    name = queues.get(package) or queues.get(sharing)
    return Queue(queue_class, name) if queue_class and name else None


def waiting_annotations(queue_class: str, queue: Queue | None) -> dict[str, str | None]:
    """What the namespace says to YuniKorn: whose queue is above its own, and that only executors are for it."""
    if queue_class != YUNIKORN:
        return {}
    return {_ENABLED: "false", _PARENT: None if queue is None else queue.name}
