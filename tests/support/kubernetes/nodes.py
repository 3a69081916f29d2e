"""A node that runs pods as processes: ``python -m tests.support.kubernetes.nodes CONFIG``, a JSON file.

It registers the node, keeps it ready, starts the pods that the scheduler binds to it, reports on them, and ends those
that are deleted. What it says of a pod is what kubelet would say. There are no images: any name will do, but those of
``MISSING`` can't be fetched.

It holds containers to their memory and disk, as far as the host lets it, and to their cores where it is asked to: most
tests give a lab less than they have patience for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx

from tests.support.kubernetes.api import Api
from tests.support.kubernetes.limits import CAN_HOLD, clean_up, container_group, disk_exceeded, node_group
from tests.support.kubernetes.pods import CannotRunError, PodProcess
from tests.support.kubernetes.probes import readiness

__all__ = ["MISSING", "PROCESSES", "Node"]

MISSING = "missing.test/"
"""Images of this registry can't be fetched."""

PROCESSES = "aglais.hub/test-nodes"
"""The label of such nodes."""

_BEAT_SECONDS = 2.0
_AGAIN_SECONDS = 0.5
_LOOK_SECONDS = 0.5
_DISK_SECONDS = 2.0
_PODS = 80
"""How many pods a node has room for; three nodes' addresses are in one network of 256."""


class Node:
    """The node that is ``asked`` for: ``name``, ``number``, ``cores``, ``memory`` (MiB), ``labels``, ``taints``.

    Where it ``holds_cores``, no container uses more of them than its limit.
    """

    def __init__(self, api: Api, asked: dict[str, Any], folder: Path, hosts: Path) -> None:
        self.name: str = asked["name"]
        self._hosts = hosts
        self._api = api
        self._asked = asked
        self._folder = folder / self.name
        # The API server has its port to itself, so its cluster has these addresses to itself.
        high, low = divmod(int(api.url.rsplit(":", 1)[1]), 256)
        first = 2 + asked["number"] * _PODS
        self._addresses = cycle(f"127.{high}.{low}.{one}" for one in range(first, first + _PODS))
        self._pods: dict[str, PodProcess] = {}
        self._group = node_group(asked["cores"]) if CAN_HOLD else None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Register, and work until cancelled."""
        clean_up()
        if self._group is None:
            print(f"{self.name} holds no container to its limits: control groups can't be made here.", flush=True)
        else:
            self._group.make()
        await self._register()
        await asyncio.gather(self._beat(), self._follow())

    async def close(self) -> None:
        """End what runs, as when a machine is switched off: nothing is reported."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(pod.end(0) for pod in self._pods.values()))
        for group in [*(pod.group for pod in self._pods.values()), self._group]:
            if group is not None:
                group.remove()

    async def _register(self) -> None:
        has = {
            "cpu": str(self._asked["cores"]),
            "memory": f"{self._asked['memory']}Mi",
            "ephemeral-storage": f"{self._asked.get('disk', 100_000)}Mi",
            "pods": str(_PODS),
        }
        labels = {"kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", PROCESSES: "yes"}
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels | self._asked.get("labels", {})},
            "spec": {"taints": self._asked.get("taints", [])},
            "status": {"capacity": has, "allocatable": has, "conditions": _conditions()},
        }
        with contextlib.suppress(httpx.HTTPStatusError):
            # It is known already where it comes back.
            await self._api.post("/api/v1/nodes", node)
        await self._api.patch(f"/api/v1/nodes/{self.name}/status", {"status": node["status"]})

    async def _beat(self) -> None:
        """Say that it is there, as the controllers count a node that doesn't as lost."""
        leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self.name}}
        # It is known already where the node comes back.
        known = False
        while True:
            spec = {"holderIdentity": self.name, "leaseDurationSeconds": 8, "renewTime": _now(micro=True)}
            with contextlib.suppress(httpx.HTTPError):
                if not known:
                    with contextlib.suppress(httpx.HTTPStatusError):
                        await self._api.post(leases, lease)
                await self._api.patch(f"{leases}/{self.name}", {"spec": spec})
                known = True
                await self._say_how_it_is()
            await asyncio.sleep(_BEAT_SECONDS)

    async def _say_how_it_is(self) -> None:
        """Where the controllers have not heard of it for a while, and no longer know."""
        node = await self._api.get(f"/api/v1/nodes/{self.name}")
        if any(one["status"] == "Unknown" for one in node["status"]["conditions"]):
            status = {"conditions": _conditions()}
            await self._api.patch(f"/api/v1/nodes/{self.name}/status", {"status": status})

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                async for kind, pod in self._api.follow("/api/v1/pods", fieldSelector=f"spec.nodeName={self.name}"):
                    self._consider(kind, pod)
            await asyncio.sleep(_AGAIN_SECONDS)

    def _consider(self, kind: str, pod: dict[str, Any]) -> None:
        metadata, uid = pod["metadata"], pod["metadata"]["uid"]
        running = self._pods.get(uid)
        if kind == "DELETED":
            if running is not None:
                self._do(running.end(0))
        elif "deletionTimestamp" in metadata:
            self._do(self._delete(pod, running))
        elif running is not None and pod["status"].get("reason") == "Evicted":
            # It is the test that says so, as kubelet would.
            self._do(running.end(0))
        elif running is not None and running.is_running and _is_called_lost(pod):
            # The controllers say so of a node that they have not heard of for a while.
            state = pod["status"]["containerStatuses"][0]["state"]
            self._do(self._report(running, "Running", state, ready=True))
        elif running is None and pod["status"].get("phase") == "Pending":
            folder, cores = self._folder / f"{metadata['name']}-{uid[:8]}", bool(self._asked.get("holds_cores"))
            group = self._group and container_group(self._group, pod, hold_cores=cores)
            started = PodProcess(pod, next(self._addresses), folder, self._api, self._hosts, group)
            self._pods[uid] = started
            self._do(self._run(started))

    def _do(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, running: PodProcess) -> None:
        if running.container["image"].startswith(MISSING):
            for reason in ("ErrImagePull", "ImagePullBackOff"):
                await self._report(running, "Pending", _waiting(reason, "not found"), ready=False)
                await asyncio.sleep(_AGAIN_SECONDS)
            return
        while running.process is None:
            if running.is_over:
                return
            try:
                await running.start()
            except (CannotRunError, OSError) as error:
                await self._report(running, "Pending", _waiting("CreateContainerError", str(error)), ready=False)
                return
            except httpx.HTTPError as error:
                # A namespace's own config map comes a moment after it, as does its service account's token.
                await self._report(running, "Pending", _waiting("ContainerCreating", str(error)), ready=False)
                await asyncio.sleep(_AGAIN_SECONDS)
        began = _now()
        telling = asyncio.ensure_future(self._tell_ready(running, {"running": {"startedAt": began}}))
        code = await self._held(running)
        telling.cancel()
        reason = "Error" if code else "Completed"
        if running.group is not None and running.group.killed_for_memory():
            code, reason = 137, "OOMKilled"
        ended = {"terminated": {"exitCode": code, "reason": reason, "startedAt": began, "finishedAt": _now()}}
        said = {"reason": "Evicted", "message": running.evicted} if running.evicted else {}
        await self._report(running, "Failed" if code or said else "Succeeded", ended, ready=False, **said)
        if running.group is not None:
            await asyncio.to_thread(running.group.remove)

    async def _held(self, running: PodProcess) -> int:
        """Its exit code, once it has ended, or was ended: a container in which a process was killed for memory, or a
        pod that has filled the disk."""
        assert running.process is not None
        over = asyncio.ensure_future(running.process.wait())
        disk_at = 0.0
        while not (await asyncio.wait([over], timeout=_LOOK_SECONDS))[0]:
            if running.group is not None and running.group.killed_for_memory():
                await running.end(0)
            if time.monotonic() - disk_at > _DISK_SECONDS:
                running.evicted = await asyncio.to_thread(disk_exceeded, running.pod, running.folder)
                disk_at = time.monotonic()
                if running.evicted:
                    await running.end(0)
        return abs(over.result())

    async def _tell_ready(self, running: PodProcess, state: dict[str, Any]) -> None:
        async for is_ready in readiness(running.container, running.address):
            await self._report(running, "Running", state, ready=is_ready)

    async def _delete(self, pod: dict[str, Any], running: PodProcess | None) -> None:
        metadata = pod["metadata"]
        if running is not None:
            await running.end(metadata.get("deletionGracePeriodSeconds", 30))
        with contextlib.suppress(httpx.HTTPStatusError):
            await self._api.delete(
                f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}",
                {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}},
            )

    async def _report(
        self, running: PodProcess, phase: str, state: dict[str, Any], *, ready: bool, **said: str
    ) -> None:
        container, word = running.container, str(ready)
        status = {
            **said,
            "phase": phase,
            "hostIP": "127.0.0.1",
            "podIP": running.address,
            "podIPs": [{"ip": running.address}],
            "startTime": _now(),
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "Initialized", "status": "True"},
                {"type": "ContainersReady", "status": word},
                {"type": "Ready", "status": word},
            ],
            "containerStatuses": [
                {
                    "name": container["name"],
                    "image": container["image"],
                    "imageID": container["image"],
                    "containerID": f"process://{running.process.pid if running.process else 0}",
                    "ready": ready,
                    "started": ready,
                    "restartCount": 0,
                    "state": state,
                }
            ],
        }
        metadata = running.pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/status"
        with contextlib.suppress(httpx.HTTPStatusError):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await self._api.patch(path, {"status": status})
                    return
                # The API server is away, and will want to know.
                await asyncio.sleep(_AGAIN_SECONDS)


def _is_called_lost(pod: dict[str, Any]) -> bool:
    """Whether a pod counts as not ready, and its container as ready."""
    status = pod["status"]
    ready = {one["type"]: one["status"] for one in status.get("conditions", ())}.get("Ready")
    return ready == "False" and all(one["ready"] for one in status.get("containerStatuses") or [{"ready": False}])


def _waiting(reason: str, message: str) -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


def _conditions() -> list[dict[str, str]]:
    found = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
    times = dict.fromkeys(("lastHeartbeatTime", "lastTransitionTime"), _now())
    return [
        {"type": name, "status": status, "reason": "Test", "message": "", **times} for name, status in found.items()
    ]


def _now(*, micro: bool = False) -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


async def main(config: dict[str, Any]) -> None:
    """Run the node of ``config`` until SIGTERM."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    api = Api(config["url"], config["token"], Path(config["ca"]))
    node = Node(api, config["node"], Path(config["folder"]), Path(config["hosts"]))
    try:
        await node.run()
    finally:
        await node.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
