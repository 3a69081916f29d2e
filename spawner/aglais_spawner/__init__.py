"""Spawners for JupyterHub that start no server without a booking."""

from aglais_spawner.booking import BookingSpawnerMixin
from aglais_spawner.local import LocalBookingSpawner
from aglais_spawner.refusals import BookingRefused, ServicesDown

__all__ = ["BookingRefused", "BookingSpawnerMixin", "LocalBookingSpawner", "ServicesDown"]
