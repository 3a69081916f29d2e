"""The Spark processes of this session, as the system has them: the port of their pages, their memory, their disk.

A Spark says nowhere what it does, so it is found by its folder, which ``spark_launch`` has made before it started.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_lab.spark_folder import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SparkProcess", "disk_use", "last_refusal", "spark_processes"]

_TRIES = 16
"""Ports that Spark tries from the one it was given, where that has been taken meanwhile."""

_RECENT_SECONDS = 5
"""A cluster that refuses executors is asked again every second."""

_MESSAGE = re.compile(r"Message: (.+?)\. Received status")
_LISTENS = "0A"
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class SparkProcess:
    """A Java process with a Spark in it. ``memory`` is what it and its Python workers hold, in MiB."""

    number: int
    port: int
    memory: int


def spark_processes(folder: Path) -> list[SparkProcess]:
    """Those of the session with this folder whose pages are there, the newest last."""
    found = []
    for number, own in processes(folder):
        with suppress(OSError, ValueError):
            first = int((own / "port").read_text())
            tried = range(first, first + _TRIES + 1)
            port = next((one for one in sorted(_listening_ports(number)) if one in tried), None)
            if port is not None:
                found.append(SparkProcess(number, port, _memory_with_children(number)))
    return found


def disk_use(folder: Path) -> int:
    """MiB that lie in the folder, as the disk counts them; what goes away meanwhile counts for nothing."""
    blocks = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                blocks += os.lstat(os.path.join(where, name)).st_blocks  # noqa: PTH118 - many
    return blocks * 512 // 2**20


def last_refusal(folder: Path, number: int) -> str:
    """Why the cluster gives this Spark no executor just now, in its own words; nothing where it does."""
    log = folder / "processes" / str(number) / "executors.log"
    with suppress(OSError):
        if time.time() - log.stat().st_mtime < _RECENT_SECONDS:
            said = _MESSAGE.findall(log.read_text(encoding="utf-8", errors="replace"))
            return said[-1] if said else ""
    return ""


def _listening_ports(number: int) -> set[int]:
    """The ports that this very process listens on: another's would show another's pages."""
    own = set()
    for one in Path("/proc", str(number), "fd").iterdir():
        with suppress(OSError):
            own.add(str(one.readlink()))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc", str(number), "net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and f"socket:[{fields[9]}]" in own:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _memory_with_children(number: int) -> int:
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    pages, left = 0, [number]
    while left:
        one = left.pop()
        left += children.get(one, [])
        with suppress(OSError):
            pages += int(Path("/proc", str(one), "statm").read_text().split()[1])
    return pages * _PAGE // 2**20


def _parents() -> Iterator[tuple[int, int]]:
    """Every process with its parent."""
    for one in Path("/proc").iterdir():
        if one.name.isdecimal():
            with suppress(OSError):
                yield int(one.name), int((one / "stat").read_text().rpartition(")")[2].split()[1])
