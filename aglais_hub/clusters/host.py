"""This host as a cluster."""

from __future__ import annotations

import os
from decimal import Decimal

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.resources import Resources

__all__ = ["LOCAL", "measure_host"]

LOCAL = "local"
"""The name of the cluster that is this host."""

MIB = 2**20


def measure_host(*, reserve_cores: float, reserve_memory: int) -> Resources:
    """What this host can give away: its cores and memory (MiB) less the reserve, as one server.

    Its disk is left out: a process can't be held to a share of it, so it is nobody's to book here. Raises
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
    return Resources(cores=cores, memory=memory, servers=1)
