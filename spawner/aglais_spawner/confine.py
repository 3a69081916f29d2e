"""Keep a local process to its booking, as far as one process on a shared host can be kept.

* Cores: the session's processes run on as many CPUs as its cores, rounded up, and on no other. Two sessions may
  share a CPU; a share smaller than one CPU is not enforced.
* Memory: each process of the session may hold as much private memory as the whole booking (``RLIMIT_DATA``; the
  JVM and Node reserve far more address space than they use, so ``RLIMIT_AS`` would stop them at once). The sum over
  the session's processes is not enforced.
* Rights: a server started by root keeps root's name and none of root's privileges, so that a read-only folder is
  read-only to it, and it can gain none by running another program.

Disk space, network and GPUs are not enforced, and one local session can read the files of another. For that, use a
cluster.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

__all__ = ["choose_cpus", "confiner"]

_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38


def choose_cpus(cores: Decimal, taken: Iterable[tuple[int, ...]], usable: Iterable[int]) -> tuple[int, ...]:
    """The CPUs for a session of ``cores``: those that the fewest of the sessions ``taken`` run on."""
    load = dict.fromkeys(sorted(usable), 0)
    for cpus in taken:
        for cpu in cpus:
            if cpu in load:
                load[cpu] += 1
    count = max(1, min(len(load), math.ceil(cores)))
    return tuple(sorted(sorted(load, key=lambda cpu: load[cpu])[:count]))


def confiner(cpus: tuple[int, ...], memory_bytes: int) -> Callable[[], None]:
    """A function that confines the calling process and all it will start; safe between fork and exec."""
    libc = ctypes.CDLL(None, use_errno=True)
    is_root = os.geteuid() == 0
    with open("/proc/sys/kernel/cap_last_cap") as file:  # noqa: PTH123 - one number
        last_capability = int(file.read())

    def confine() -> None:
        os.sched_setaffinity(0, cpus)
        if memory_bytes:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if is_root:
            for capability in range(last_capability + 1):
                libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)

    return confine
