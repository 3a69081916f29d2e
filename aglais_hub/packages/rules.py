"""The ladder of packages that tiles a node."""

from __future__ import annotations

from decimal import Decimal

from aglais_hub.wire.packages import PackageRequest
from aglais_hub.wire.resources import Resources

__all__ = ["RUNGS", "UNITS", "ladder", "tile"]

RUNGS = {"tiny": 1, "small": 2, "medium": 4, "large": 8}
"""The packages of a first start, in units: one ratio of cores to memory, each rung twice the one below."""

UNITS = 16
"""Units in a node, so that a node holds 2 large, 4 medium, 8 small, or 16 tiny."""

THOUSANDTH = Decimal("0.001")


def tile(capacity: Resources) -> Resources:
    """The part of ``capacity`` that the ladder uses up to the last thousandth of a core and the last MiB."""
    unit = _unit(capacity)
    return Resources(
        cores=unit.cores * UNITS,
        memory=unit.memory * UNITS,
        servers=capacity.servers,
        gpus=capacity.gpus,
    )


def ladder(capacity: Resources) -> list[PackageRequest]:
    """The packages of a node of ``capacity``, the smallest first.

    A tiny and a small have one Spark worker, a medium two, a large four; the workers have half of the package.
    """
    unit = _unit(capacity)
    return [_rung(name, units, unit) for name, units in RUNGS.items()]


def _unit(capacity: Resources) -> Resources:
    return Resources(
        cores=(capacity.cores / UNITS).quantize(THOUSANDTH, "ROUND_FLOOR"),
        memory=capacity.memory // UNITS,
    )


def _rung(name: str, units: int, unit: Resources) -> PackageRequest:
    workers = max(1, units // 2)
    cores, memory = unit.cores * units, unit.memory * units
    worker_cores = (cores / 2 / workers).quantize(THOUSANDTH, "ROUND_FLOOR")
    worker_memory = memory // 2 // workers
    return PackageRequest(
        name=name,
        notebook_cores=cores - workers * worker_cores,
        notebook_memory=memory - workers * worker_memory,
        worker_count=workers,
        worker_cores=worker_cores,
        worker_memory=worker_memory,
    )
