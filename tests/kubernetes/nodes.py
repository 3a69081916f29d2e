"""Nodes, and pods on them, as objects of an API server: no kubelet, nothing runs."""

from __future__ import annotations

import contextlib
import itertools
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import yaml

from tests.support.product import wait_until

if TYPE_CHECKING:
    from aglais_hub.settings import Settings
    from tests.support.kubernetes.connection import Connection

__all__ = ["GIB", "LABEL", "OTHERS", "Nodes", "follow"]

GIB = 2**30

LABEL = "aglais.hub/test-pool"
"""The label that names a pool here. Nodes of others have another, so they are in a pool of their own."""

OTHERS = "others"
"""The cluster of nodes that are not made here."""

BEAT_SECONDS = 2

_numbers = itertools.count()


def follow(kubeconfig: Path, settings: Settings, folder: Path) -> Settings:
    """The settings of services that follow the nodes of the cluster in ``kubeconfig``, with its user's token."""
    said = yaml.safe_load(kubeconfig.read_text())
    cluster, user = said["clusters"][0]["cluster"], said["users"][0]["user"]
    token = folder / "token"
    token.write_text(user["token"])
    return settings.model_copy(
        update={
            "kubernetes_url": cluster["server"],
            "kubernetes_token_file": token,
            "kubernetes_ca_file": Path(cluster["certificate-authority"]),
            "pool_label": LABEL,
            "default_pool": OTHERS,
        }
    )


class Nodes:
    """Makes nodes and pods, and removes them in the end. Nodes are named ``test-NAME``, beside those of others."""

    def __init__(self, admin: Connection) -> None:
        self._admin = admin
        self._made: list[str] = []
        self._conditions: dict[str, bool] = {}
        self._stop = threading.Event()
        self._beat = threading.Thread(target=self._keep_beating)

    def add(self, name: str, *, pool: str, cores: int, memory: int = 16 * GIB, **labels: str) -> None:
        """A ready node."""
        amounts = {"cpu": str(cores), "memory": str(memory), "ephemeral-storage": "100Gi", "pods": "110"}
        # All at once, as a kubelet may: nobody meets it half told.
        status = {"capacity": amounts, "allocatable": amounts, "conditions": [_ready(is_ready=True)]}
        metadata = {"name": f"test-{name}", "labels": {LABEL: pool, **labels}}
        self._make("/api/v1/nodes", {"kind": "Node", "metadata": metadata, "status": status})
        self.set_ready(name)

    def set_ready(self, name: str, *, is_ready: bool = True) -> None:
        """What its kubelet would say."""
        self._conditions[name] = is_ready
        self._say(name)
        # The cluster closes a node that is not ready, and a new one, until it has looked.
        wait_until(lambda: bool(self._taints(name)) is not is_ready, saying=f"{name} is {is_ready}")

    def cordon(self, name: str) -> None:
        self._admin.patch(f"/api/v1/nodes/test-{name}", {"spec": {"unschedulable": True}})

    def remove(self, name: str) -> None:
        del self._conditions[name]
        self._admin.send("DELETE", f"/api/v1/nodes/test-{name}").raise_for_status()

    def run_daemon(self, node: str, **asks: str) -> None:
        """A pod that is none of ours."""
        self._pod("kube-system", f"daemon-{next(_numbers)}", node, asks, {}, {})

    def run_session(self, node: str, account: str, *, booking: str = "", **asks: str) -> str:
        """The pod of an account's server, in its namespace; gives where the API server has it."""
        namespace = self._namespace(account)
        note = {"hub.jupyter.org/username": account}
        labels = {"aglais.hub/session": f"session-{namespace}", "aglais.hub/booking": booking}
        return self._pod(namespace, f"jupyter-{account}", node, asks, labels, note)

    def keep_volume(self, account: str) -> str:
        """An account's disk in its namespace; gives where the API server has it."""
        namespace = self._namespace(account)
        note = {"hub.jupyter.org/username": account}
        metadata = {"name": f"claim-{account}", "labels": {"component": "singleuser-storage"}, "annotations": note}
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "none",
            "resources": {"requests": {"storage": "1Gi"}},
        }
        path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        return self._make(path, {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})

    def is_there(self, path: str) -> bool:
        """Whether an object is there, and is to stay."""
        found = self._admin.get(path)
        return found.is_success and "deletionTimestamp" not in found.json()["metadata"]

    def _say(self, name: str) -> None:
        said = {"status": {"conditions": [_ready(is_ready=self._conditions[name])]}}
        self._admin.patch(f"/api/v1/nodes/test-{name}/status", said)

    def _keep_beating(self) -> None:
        """Of a node that says nothing for some seconds nobody knows whether it is there."""
        while not self._stop.wait(BEAT_SECONDS):
            for name in list(self._conditions):
                with contextlib.suppress(httpx.HTTPError, KeyError):
                    self._say(name)

    def _taints(self, name: str) -> list[Any]:
        found: list[Any] = self._admin.get(f"/api/v1/nodes/test-{name}").json()["spec"].get("taints", [])
        return found

    def _namespace(self, account: str) -> str:
        name = f"test-{account}-{next(_numbers)}"
        note = {"hub.jupyter.org/username": account}
        self._make("/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": name, "annotations": note}})
        account_path = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        wait_until(lambda: self._admin.get(account_path).is_success, saying=f"{name} has a service account")
        return name

    def _pod(
        self, namespace: str, name: str, node: str, asks: dict[str, str], labels: dict[str, str], notes: dict[str, str]
    ) -> str:
        container = {"name": "main", "image": "none", "resources": {"requests": asks}}
        spec = {"nodeName": f"test-{node}", "containers": [container], "terminationGracePeriodSeconds": 0}
        metadata = {"name": name, "labels": labels, "annotations": notes}
        return self._make(f"/api/v1/namespaces/{namespace}/pods", {"kind": "Pod", "metadata": metadata, "spec": spec})

    def _make(self, path: str, manifest: dict[str, Any]) -> str:
        made = self._admin.post(path, {"apiVersion": "v1", **manifest})
        self._made.append(f"{path}/{made['metadata']['name']}")
        return self._made[-1]

    def __enter__(self) -> Self:
        self._beat.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._beat.join()
        for path in reversed(self._made):
            with contextlib.suppress(httpx.HTTPError):
                self._admin.send("DELETE", path, json={"gracePeriodSeconds": 0})


def _ready(*, is_ready: bool) -> dict[str, str]:
    """What a kubelet says now of its node."""
    return {"type": "Ready", "status": str(is_ready), "lastHeartbeatTime": f"{datetime.now(UTC):%FT%TZ}"}
