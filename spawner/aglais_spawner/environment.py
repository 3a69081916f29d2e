"""What a server is told about its booking, as environment variables."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from aglais_hub.wire.base import isoformat
from aglais_hub.wire.packages import PackageSize, Part, Workers

if TYPE_CHECKING:
    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.packages import Package

__all__ = ["MIB", "booking_environment", "size_of"]

MIB = 2**20


def size_of(booking: Booking, package: Package | None) -> PackageSize:
    """How the booking's resources are divided between the notebook and its Spark workers.

    A booking keeps the counts it was made with. Where ``package`` has changed since, or was never named, all of
    them go to the notebook.
    """
    claimed = booking.resources
    if package is not None:
        whole = package.size.resources
        if (whole.cores, whole.memory) == (claimed.cores, claimed.memory):
            return package.size
    return PackageSize(
        notebook=Part(cores=claimed.cores, memory=claimed.memory),
        workers=Workers(),
        temporary=claimed.temporary,
        user=claimed.user,
        gpus=claimed.gpus,
    )


def booking_environment(booking: Booking, size: PackageSize) -> dict[str, str]:
    """The variables of the design: what is booked, until when, and how it is divided. Memory and disks are MiB."""
    whole = booking.resources
    return {
        "AGLAIS_BOOKING": booking.id,
        "AGLAIS_BOOKING_END": isoformat(booking.until),
        "AGLAIS_PACKAGE": booking.package or "",
        "AGLAIS_RESOURCES_CORES": _plain(whole.cores),
        "AGLAIS_RESOURCES_MEMORY": str(whole.memory),
        "AGLAIS_RESOURCES_NOTEBOOK_CORES": _plain(size.notebook.cores),
        "AGLAIS_RESOURCES_NOTEBOOK_MEMORY": str(size.notebook.memory),
        "AGLAIS_RESOURCES_WORKER_COUNT": str(size.workers.count),
        "AGLAIS_RESOURCES_WORKER_CORES": _plain(size.workers.cores),
        "AGLAIS_RESOURCES_WORKER_MEMORY": str(size.workers.memory),
        "AGLAIS_RESOURCES_TEMPORARY": str(size.temporary),
        "AGLAIS_RESOURCES_USER": str(size.user),
        "AGLAIS_RESOURCES_GPUS": str(size.gpus),
        "CPU_LIMIT": _plain(whole.cores),
        "MEM_LIMIT": str(whole.memory * MIB),
    }


def _plain(number: Decimal) -> str:
    """A decimal without an exponent and without trailing zeros."""
    return f"{number.normalize():f}"
