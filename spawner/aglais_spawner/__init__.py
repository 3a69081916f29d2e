"""Spawners for JupyterHub that start no server without a booking.

The one for Kubernetes is imported when it is asked for, so that others do without KubeSpawner and its weight.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aglais_spawner.booking import BookingSpawnerMixin
from aglais_spawner.local import LocalBookingSpawner
from aglais_spawner.refusals import BookingRefused, ServicesDown

if TYPE_CHECKING:
    from aglais_spawner.kube import KubeBookingSpawner

__all__ = ["BookingRefused", "BookingSpawnerMixin", "KubeBookingSpawner", "LocalBookingSpawner", "ServicesDown"]


def __getattr__(name: str) -> Any:
    if name != "KubeBookingSpawner":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("aglais_spawner.kube").KubeBookingSpawner
