"""A cluster to test with: control plane, nodes, and what an operator would have put into it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.support.kubernetes.connection import Connection
from tests.support.kubernetes.control_plane import ControlPlane, end_with_the_tests
from tests.support.kubernetes.furniture import furniture
from tests.support.kubernetes.limits import clean_up
from tests.support.kubernetes.services import HOSTS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cluster"]

_SIZE = {"cores": 4, "memory": 16_384}
NODES = (
    {"name": "one", **_SIZE},
    {"name": "two", **_SIZE},
    {
        "name": "apart",
        **_SIZE,
        "labels": {"aglais.hub/nodes": "reserved"},
        "taints": [
            {"key": "aglais.hub/nodes", "value": "reserved", "effect": effect} for effect in ("NoSchedule", "NoExecute")
        ],
    },
)
"""What they say they have: all of them share this host."""


class Cluster:
    """A cluster that runs in ``folder``. Use it with ``with``; ``admin`` speaks to it.

    Programs in the folder ``images`` are found by pods first, then those beside Python, then the host's.
    """

    admin: Connection

    def __init__(self, folder: Path, nodes: Sequence[dict[str, Any]] = NODES) -> None:
        self.control_plane = ControlPlane(folder)
        self.folder = folder
        self.images = folder / "images"
        self._asked = {node["name"]: {"number": number, **node} for number, node in enumerate(nodes)}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def hub_kubeconfig(self) -> Path:
        """That of the hub, which may do what the guide says it needs."""
        return self.control_plane.kubeconfig("hub")

    def start_node(self, name: str) -> None:
        """Start a node, and wait until it is ready."""
        hosts = str(self.folder / HOSTS)
        config = self._config() | {"node": self._asked[name], "folder": str(self.folder / "nodes"), "hosts": hosts}
        self._run(name, "tests.support.kubernetes.nodes", config)
        wait_until(lambda: self._is_open(name), 240, every=0.1, saying=f"the node {name} is ready")

    def kill_node(self, name: str) -> None:
        """Switch a node off, with all that runs on it: nobody is told."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()
        clean_up()

    def __enter__(self) -> Self:
        try:
            self.control_plane.start()
            self.admin = Connection(self.control_plane.kubeconfig())
            for path, one in furniture():
                self.admin.post(path, one)
            for name in ("volumes", "services"):
                self._run(name, f"tests.support.kubernetes.{name}", self._config() | {"folder": str(self.folder)})
            for name in self._asked:
                self.start_node(name)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the nodes with all that runs on them, and then the control plane."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        while self._processes:
            _, process = self._processes.popitem()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        clean_up()
        if hasattr(self, "admin"):
            self.admin.close()
        self.control_plane.stop()

    def _config(self) -> dict[str, Any]:
        plane = self.control_plane
        return {"url": plane.url, "token": plane.token("nodes"), "ca": str(plane.ca)}

    def _run(self, name: str, module: str, config: dict[str, Any]) -> None:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config))
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, str(path)],
                cwd=Path(__file__).parents[3],
                env=os.environ | {"PATH": f"{self.images}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_the_tests,
            )

    def _is_open(self, name: str) -> bool:
        """Ready, and without a taint of Kubernetes' own: it takes a node for lost until it has looked."""
        assert self._processes[name].poll() is None, (self.folder / f"{name}.log").read_text()
        node = self.admin.get(f"/api/v1/nodes/{name}")
        taints = node.json()["spec"].get("taints", ()) if node.is_success else [{"key": "node.kubernetes.io/unknown"}]
        return not any(taint["key"].startswith("node.kubernetes.io/") for taint in taints)
