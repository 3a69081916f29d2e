"""The shared folders of groups on a cluster: each a volume claim of the platform's own, lent to its members' labs."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.clusters.asking import reach
from aglais_hub.clusters.lending import lend, take_back
from aglais_hub.homes.counting import Amount

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aglais_hub.clock import Clock
    from aglais_hub.clusters.errands import Errands
    from aglais_hub.clusters.kubernetes import Kubernetes

__all__ = ["GROUP", "ClusterFolders"]

GROUP = "aglais.hub/group"
"""The label of a group's claim, and of those that it is lent to, with the group's name."""

COUNTED_EVERY = timedelta(hours=6)
"""Each time takes a pod. Labs count for themselves what they let in."""

LEAST = 1
"""MiB that a claim asks for at least."""

Object = dict[str, Any]


class ClusterFolders:
    """The folders of groups, of a storage class whose volumes many pods mount at once.

    ``size`` is what a folder has (MiB) where its group names nothing. Every method raises ``ServiceDownError``.
    """

    def __init__(
        self, api: Kubernetes, errands: Errands, *, clock: Clock, storage_class: str, access: str, size: int
    ) -> None:
        self._api = api
        self._errands = errands
        self._clock = clock
        self._namespace = errands.namespace
        self._claims = f"namespaces/{errands.namespace}/persistentvolumeclaims"
        self._counted: dict[str, datetime] = {}
        self._class = storage_class
        self._access = access
        self._size = size

    def lend(self, groups: Mapping[str, int | None], namespace: str) -> dict[str, str | None]:
        """Let the labs of a namespace have the folders of these groups (with what they hold, MiB), and of no others.

        Gives the claim of each, or ``None`` while it is on its way: ask again.
        """
        for claim in self._api.claims(GROUP, namespace):
            if claim["metadata"]["labels"][GROUP] not in groups:
                take_back(self._api, claim)
        return {group: self._lent(group, size, namespace) for group, size in groups.items()}

    def measure(self, group: str) -> Amount | None:
        """What is in a group's folder, as a pod counts it every few hours; ``None`` in between, and without a disk."""
        now = self._clock.now()
        if timedelta() <= now - self._counted.get(group, now - COUNTED_EVERY) < COUNTED_EVERY:
            return None
        claim = self._own(group)
        if claim is None or claim["status"].get("phase") != "Bound":
            return None
        # Also where it fails: others are not to wait for it.
        self._counted[group] = now
        name = str(claim["metadata"]["name"])
        with reach(self._errands, "count", lambda _: name) as pod, closing(pod.ask()) as pieces:
            return Amount.read(b"".join(pieces))

    def remove(self, group: str) -> None:
        """Remove a group's folder with all that is in it, and from all labs."""
        for claim in self._api.claims(f"{GROUP}={group}"):
            take_back(self._api, claim)

    def _lent(self, group: str, size: int | None, namespace: str) -> str | None:
        name, own = f"group-{group}", self._own(group)
        if own is None:
            self._api.make(self._claims, self._claim(name, group, self._size if size is None else size))
            return None
        return lend(self._api, own, namespace, name, {GROUP: group})

    def _own(self, group: str) -> Object | None:
        return self._api.read(f"{self._claims}/group-{group}")

    def _claim(self, name: str, group: str, size: int) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": self._namespace, "labels": {GROUP: group}},
            "spec": {
                "accessModes": [self._access],
                "storageClassName": self._class,
                "resources": {"requests": {"storage": f"{max(LEAST, size)}Mi"}},
            },
        }
