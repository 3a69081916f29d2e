"""Whether settings that a person gives to Spark fit the booking, and which package would do where they don't."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aglais_hub.client import Client
from aglais_hub.errors import AglaisError
from aglais_lab.booked import BookedResources, bookings_page
from aglais_lab.notebook_errors import BeyondBookingError, TooLittleMemoryError
from aglais_lab.spark_folder import spark_folder
from aglais_lab.spark_limits import SparkLimits, find_excess
from aglais_lab.spark_settings import Executors, spark_settings
from aglais_lab.spark_sizes import Amount, Division, Parts, divide, undivided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aglais_hub.wire.packages import PackageSize
    from aglais_lab.spark_limits import Excess

__all__ = ["excess_of", "refuse_excess"]

_ASK_SECONDS = 5.0
_OF_EXECUTORS = ("spark.executor.", "spark.kubernetes.executor.", "spark.dynamicAllocation.")


def refuse_excess(given: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> None:
    """Raise ``BeyondBookingError`` where ``given`` asks for more than the booking, with the package that would do.

    Raises ``NotBookedError`` and ``TooLittleMemoryError`` too: there is no Spark then.
    """
    excess = excess_of(given, environ)
    if excess is None:
        return
    way_out = "Leave this setting out." if excess.never else "Ask for less, or leave it out."
    package = "" if excess.never else _package_for(_own(given, environ), environ)
    if package:
        way_out += f" The package {package} would do: book it in the Booking panel or at {bookings_page(environ)}."
    raise BeyondBookingError(str(excess), help=way_out)


def excess_of(given: Mapping[str, str], environ: Mapping[str, str]) -> Excess | None:
    """The first thing of ``given`` that is more than this session has. Raises as ``spark_settings`` does."""
    resources, executors = BookedResources.from_environment(environ), Executors.from_environment(environ)
    server = Amount(int(resources.server.cores * 1000), resources.server.memory)
    size, count = (executors.size, executors.count) if executors else (Amount(0, 0), 0)
    limits = SparkLimits.of(Division(server, count, size, 0, 0))
    return find_excess(_own(given, environ), limits)


def _own(given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Without what only says what is booked."""
    resources, executors = BookedResources.from_environment(environ), Executors.from_environment(environ)
    booked = spark_settings(resources, spark_folder(environ), executors)
    return {name: value for name, value in given.items() if booked.get(name) != value}


def _package_for(given: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """The smallest package that ``given`` fits, or nothing: none does, or the platform does not answer."""
    if not environ.get("AGLAIS_API_URL"):
        return ""
    try:
        with Client(timeout=_ASK_SECONDS) as client:
            packages = client.packages().rows
    except AglaisError:
        return ""
    apart = Executors.from_environment(environ) is not None
    return next((one.name for one in packages if _fits(given, one.size, apart=apart)), "")


def _fits(given: Mapping[str, str], size: PackageSize, *, apart: bool) -> bool:
    """Whether a package would hold what is asked for; executors are pods of their own where they are ``apart``."""
    parts = Parts(
        notebook=Amount(int(size.notebook.cores * 1000), size.notebook.memory),
        workers=size.workers.count,
        worker=Amount(int(size.workers.cores * 1000), size.workers.memory),
    )
    division = divide(parts) if apart else undivided(parts)
    if apart and not division.executors and any(name.startswith(_OF_EXECUTORS) for name in given):
        # Spark would run there, but without any.
        return False
    try:
        limits = SparkLimits.of(division)
    except TooLittleMemoryError:
        return False
    return find_excess(given, limits) is None
