"""This host as a cluster."""

from __future__ import annotations

import os
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.resources import Resources

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOCAL", "measure_host"]

LOCAL = "local"
"""The name of the cluster that is this host."""

MIB = 2**20


def measure_host(folder: Path, *, reserve_cores: float, reserve_memory: int) -> Resources:
    """What this host can give away: its cores and memory (MiB) less the reserve, and half of the free disk.

    The disk is that of ``folder``: three quarters of the half are temporary space, the rest is for users. Raises
    ``InvalidValueError`` where the reserve leaves nothing.
    """
    cores = Decimal(len(os.sched_getaffinity(0))) - Decimal(str(reserve_cores))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB - reserve_memory
    if cores <= 0 or memory <= 0:
        raise InvalidValueError(
            "The reserve takes all of this host.",
            field="AGLAIS_RESERVE_CORES" if cores <= 0 else "AGLAIS_RESERVE_MEMORY",
            help="Lower it.",
        )
    disk = shutil.disk_usage(folder).free // MIB // 2
    return Resources(cores=cores, memory=memory, temporary=disk * 3 // 4, user=disk // 4, servers=1)
