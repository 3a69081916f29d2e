"""What a network does for services: ``python -m tests.support.kubernetes.services CONFIG``, a JSON file.

It listens on each service's address and passes connections on to one of its ready pods, writes the names of all
services into a file that pods have as ``/etc/hosts``, and gives a service that asks for a load balancer its own address
as that one's. (Kubernetes' own proxy can't be used: its endpoints may not be on loopback, where pods are.)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.kubernetes.api import Api

__all__ = ["HOSTS"]

HOSTS = "hosts"
"""The file with the names, in the cluster's folder."""

_AGAIN_SECONDS = 0.5
_CHUNK = 65_536


class Network:
    """All services of the cluster, and the pods behind them."""

    def __init__(self, api: Api, hosts: Path) -> None:
        self._api = api
        self._hosts = hosts
        self._pods: dict[str, dict[str, Any]] = {}
        self._services: dict[str, dict[str, Any]] = {}
        self._listening: dict[str, list[asyncio.Server]] = {}
        self._passing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        self._write_hosts()
        await asyncio.gather(self._follow("pods", self._see_pod), self._follow("services", self._see_service))

    async def _follow(self, what: str, see: Any) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                async for kind, one in self._api.follow(f"/api/v1/{what}"):
                    await see(kind, one)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _see_pod(self, kind: str, pod: dict[str, Any]) -> None:
        uid = pod["metadata"]["uid"]
        if kind == "DELETED":
            self._pods.pop(uid, None)
        else:
            self._pods[uid] = pod

    async def _see_service(self, kind: str, service: dict[str, Any]) -> None:
        uid, spec = service["metadata"]["uid"], service["spec"]
        if kind == "DELETED":
            self._services.pop(uid, None)
            for server in self._listening.pop(uid, ()):
                server.close()
        elif spec.get("selector") and spec.get("clusterIP", "None") != "None":
            self._services[uid] = service
            if uid not in self._listening:
                self._listening[uid] = [await self._listen(uid, port) for port in spec["ports"]]
            if spec["type"] == "LoadBalancer" and not service["status"].get("loadBalancer"):
                await self._balance(service)
        self._write_hosts()

    async def _listen(self, uid: str, port: dict[str, Any]) -> asyncio.Server:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._pass_on(self._services.get(uid, {}), port, reader, writer)

        return await asyncio.start_server(connected, self._services[uid]["spec"]["clusterIP"], port["port"])

    async def _balance(self, service: dict[str, Any]) -> None:
        metadata = service["metadata"]
        status = {"loadBalancer": {"ingress": [{"ip": service["spec"]["clusterIP"]}]}}
        with contextlib.suppress(httpx.HTTPStatusError):
            await self._api.patch(
                f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status", {"status": status}
            )

    async def _pass_on(
        self,
        service: dict[str, Any],
        port: dict[str, Any],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        ready = [pod for pod in self._pods.values() if service and _is_behind(pod, service)]
        try:
            address = random.choice(ready)["status"]["podIP"]
            onward = await asyncio.open_connection(address, port.get("targetPort", port["port"]))
        except (IndexError, OSError):
            # As a network refuses where there is nobody.
            writer.transport.abort()
            return
        await asyncio.gather(_pump(reader, onward[1]), _pump(onward[0], writer))

    def _write_hosts(self) -> None:
        # A pod knows its own name, here the host's: without it no Java finds itself.
        lines = [f"127.0.0.1 localhost {socket.gethostname()}"]
        for service in self._services.values():
            name = f"{service['metadata']['name']}.{service['metadata']['namespace']}"
            lines.append(f"{service['spec']['clusterIP']} {name} {name}.svc {name}.svc.cluster.local")
        text = "".join(f"{line}\n" for line in lines).encode()
        # Pods have this very file: it is written in one go, and what it had more is made blank.
        with contextlib.closing(_Open(self._hosts)) as file:
            os.pwrite(file.number, text.ljust(file.size, b"\n"), 0)


class _Open:
    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.size = os.fstat(self.number).st_size

    def close(self) -> None:
        os.close(self.number)


def _is_behind(pod: dict[str, Any], service: dict[str, Any]) -> bool:
    """Whether the service's connections may go to ``pod``: it is selected, and ready."""
    metadata, status = pod["metadata"], pod["status"]
    return (
        metadata["namespace"] == service["metadata"]["namespace"]
        and service["spec"]["selector"].items() <= metadata.get("labels", {}).items()
        and "deletionTimestamp" not in metadata
        and any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions", ()))
    )


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything that comes in, out; and the end too."""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
        return
    writer.transport.abort()


if __name__ == "__main__":
    config = json.loads(Path(sys.argv[1]).read_text())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            Network(Api(config["url"], config["token"], Path(config["ca"])), Path(config["folder"]) / HOSTS).run()
        )
