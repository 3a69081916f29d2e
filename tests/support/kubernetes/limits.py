"""Holds a container to its limits as kubelet does: cores, memory and processes by control groups, disk by looking.

Control groups are those of version 1, made below the node's own. Where they can't be written (``CAN_HOLD``),
containers run without. Nothing is left of them: what a node that was killed has left, ``clean_up`` removes.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aglais_hub.clusters.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CAN_HOLD", "CONTROLLERS", "Group", "clean_up", "container_group", "disk_exceeded", "node_group"]

_ROOT = Path("/sys/fs/cgroup")
_NAME = "aglais-test-node"
_PERIOD = 100_000
"""Microseconds in which a container gets its share of them; kubelet's own."""

_PROCESSES = 2048
"""Processes and threads of one container at most."""

_GONE_SECONDS = 60.0
_LEFT_SECONDS = 5.0


def _own(controller: str) -> Path:
    """The control group that this process is in: what holds it, holds the containers."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                return _ROOT / controller / path.lstrip("/")
    return _ROOT / controller


CONTROLLERS = {name: _own(name) for name in ("cpu", "memory", "pids")}
"""Below which control groups are made, by what they hold."""

CAN_HOLD = all(
    (folder / "cgroup.procs").exists() and os.access(folder, os.W_OK) and os.geteuid() == 0
    for folder in CONTROLLERS.values()
)
"""Whether control groups can be made here."""


@dataclass
class Group:
    """A control group of each kind. ``cores`` is what it is held to, and ``share`` what it is kept, if anything."""

    name: str
    cores: Fraction | None = None
    share: Fraction | None = None
    memory: int | None = None
    processes: int | None = None
    _folders: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        self._folders = {controller: folder / self.name for controller, folder in CONTROLLERS.items()}

    def make(self) -> None:
        """Make it. Raises ``OSError``."""
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        if self.share is not None:
            self._write("cpu", "cpu.shares", max(2, int(self.share * 1024)))
        if self.cores is not None:
            self._write("cpu", "cpu.cfs_period_us", _PERIOD)
            self._write("cpu", "cpu.cfs_quota_us", max(1000, int(self.cores * _PERIOD)))
        if self.memory is not None:
            self._write("memory", "memory.limit_in_bytes", self.memory)
        if self.processes is not None:
            self._write("pids", "pids.max", self.processes)

    def enter(self) -> list[str]:
        """What a command begins with to run in it, with all that it starts."""
        into = " ".join(str(folder / "cgroup.procs") for folder in self._folders.values())
        return ["sh", "-c", f'for group in {into}; do echo $$ >$group; done; exec "$@"', "enter"]

    def killed_for_memory(self) -> bool:
        """Whether any of its processes was, as there was no memory left in it."""
        with contextlib.suppress(OSError):
            said = (self._folders["memory"] / "memory.oom_control").read_text().split()
            return "oom_kill" in said and int(said[said.index("oom_kill") + 1]) > 0
        return False

    def remove(self) -> None:
        """Remove it, once the last of its processes is gone."""
        _remove(self._folders.values(), _GONE_SECONDS)

    def _write(self, controller: str, name: str, value: int) -> None:
        (self._folders[controller] / name).write_text(str(value))


def node_group(cores: float) -> Group:
    """That of this process as a node. What is outside has its own share of the machine beside its ``cores``."""
    return Group(f"{_NAME}-{os.getpid()}", share=Fraction(cores))


def container_group(node: Group, pod: dict[str, Any], *, hold_cores: bool) -> Group:
    """That of a pod's one container, below the node's."""
    resources = pod["spec"]["containers"][0].get("resources", {})
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    return Group(
        f"{node.name}/{pod['metadata']['uid']}",
        cores=quantity(limits["cpu"]) if hold_cores and "cpu" in limits else None,
        share=quantity(requests.get("cpu", "0")) if hold_cores else None,
        memory=int(quantity(limits["memory"])) if "memory" in limits else None,
        processes=_PROCESSES,
    )


def clean_up() -> None:
    """Remove the groups of nodes that are no more."""
    for controller in CONTROLLERS if CAN_HOLD else ():
        for left in (_ROOT / controller).rglob(f"{_NAME}-*"):
            if not Path("/proc", left.name.rpartition("-")[2]).exists():
                # What is still in use is removed by whoever starts next.
                with contextlib.suppress(OSError):
                    _remove([*(one for one in left.iterdir() if one.is_dir()), left], _LEFT_SECONDS)


def _remove(folders: Iterable[Path], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for folder in folders:
        while folder.is_dir():
            try:
                folder.rmdir()
            except OSError:
                # A process of it is still on its way out.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


def disk_exceeded(pod: dict[str, Any], folder: Path) -> str:
    """What kubelet says of a pod that has written more than it may, its volumes and log being in ``folder``.

    Empty where it hasn't.
    """
    written = 0
    for volume in pod["spec"].get("volumes", ()):
        if "emptyDir" in volume:
            used, limit = _size(folder / "volumes" / volume["name"]), (volume["emptyDir"] or {}).get("sizeLimit")
            if limit is not None and used > quantity(limit):
                return f'Usage of EmptyDir volume "{volume["name"]}" exceeds the limit "{limit}". '
            written += used
    with contextlib.suppress(FileNotFoundError):
        written += (folder / "log").stat().st_blocks * 512
    limit = pod["spec"]["containers"][0].get("resources", {}).get("limits", {}).get("ephemeral-storage")
    if limit is not None and written > quantity(limit):
        return f"Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
    return ""


def _size(folder: Path) -> int:
    """Bytes on disk of all that is in a folder, while others write to it."""
    found = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found += Path(where, name).lstat().st_blocks * 512
    return found
