"""What this session may use: ``resources``, as the booking says."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from aglais_lab.notebook_errors import NotBookedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aglais_hub.wire.packages import Package

__all__ = ["LADDER", "BookedResources", "NotebookPart", "WorkerPart", "bookings_page", "in_words", "resources"]

LADDER = ("tiny", "small", "medium", "large")
"""The packages that every platform starts with, from the smallest; used where the platform's own can't be asked."""


@dataclass(frozen=True)
class NotebookPart:
    """The notebook server's share: cores, and memory in MiB."""

    cores: float
    memory: int


@dataclass(frozen=True)
class WorkerPart:
    """The Spark workers: how many, and the cores and memory (MiB) of each."""

    count: int
    cores: float
    memory: int


@dataclass(frozen=True)
class BookedResources:
    """What a booking holds in all: cores, memory and disks in MiB; and which booking, until when.

    ``server`` is what the notebook's own server may use of it: all, unless Spark's workers run elsewhere. ``end`` is
    the end that the booking had when the server started; an extension moves it later.
    """

    package: str
    cores: float
    memory: int
    notebook: NotebookPart
    worker: WorkerPart
    server: NotebookPart
    temporary: int
    user: int
    gpus: int
    booking: str
    end: datetime | None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> BookedResources:
        """Read the variables that the hub gives to a booked server; raises ``NotBookedError`` without them."""
        return cls(
            package=environ.get("AGLAIS_PACKAGE", ""),
            cores=_number(environ, "CORES"),
            memory=int(_number(environ, "MEMORY")),
            notebook=NotebookPart(
                cores=_number(environ, "NOTEBOOK_CORES", environ.get("AGLAIS_RESOURCES_CORES")),
                memory=int(_number(environ, "NOTEBOOK_MEMORY", environ.get("AGLAIS_RESOURCES_MEMORY"))),
            ),
            worker=WorkerPart(
                count=int(_number(environ, "WORKER_COUNT", "0")),
                cores=_number(environ, "WORKER_CORES", "0"),
                memory=int(_number(environ, "WORKER_MEMORY", "0")),
            ),
            server=NotebookPart(
                cores=_number(environ, "SERVER_CORES", environ.get("AGLAIS_RESOURCES_CORES")),
                memory=int(_number(environ, "SERVER_MEMORY", environ.get("AGLAIS_RESOURCES_MEMORY"))),
            ),
            temporary=int(_number(environ, "TEMPORARY", "0")),
            user=int(_number(environ, "USER", "0")),
            gpus=int(_number(environ, "GPUS", "0")),
            booking=environ.get("AGLAIS_BOOKING", ""),
            end=_instant(environ.get("AGLAIS_BOOKING_END", "")),
        )

    @property
    def title(self) -> str:
        """The package's name, or that there is none: a booking may name its resources instead."""
        return f"{self.package} package" if self.package else "booking of your own size"

    @property
    def size(self) -> str:
        """Cores and memory in words."""
        cores = f"{self.cores:.3f}".rstrip("0").rstrip(".")
        gpus = f", {self.gpus} GPU{'s' if self.gpus > 1 else ''}" if self.gpus else ""
        return f"{cores} core{'' if cores == '1' else 's'}, {_memory(self.memory)} of memory{gpus}"

    def left(self, now: datetime) -> timedelta | None:
        """The time left at ``now``, as far as the server knew when it started; never less than nothing."""
        return None if self.end is None else max(self.end - now, timedelta(0))

    def is_enough_for(self, name: str, package: Package | None) -> bool | None:
        """Whether it holds the package of that ``name``, as the platform has it; None where nobody can tell."""
        if self.package == name:
            return True
        if package is not None:
            size = package.size.resources
            return self.cores >= float(size.cores) and self.memory >= size.memory and self.gpus >= size.gpus
        if self.package in LADDER and name in LADDER:
            return LADDER.index(self.package) >= LADDER.index(name)
        return None


class _Resources:
    """Reads the environment whenever it is asked, so that importing it outside a booked session is no error."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(BookedResources.from_environment(os.environ), name)

    def __dir__(self) -> list[str]:
        return sorted([*BookedResources.__dataclass_fields__, "left", "size", "title"])

    def __repr__(self) -> str:
        booked = BookedResources.from_environment(os.environ)
        left = booked.left(datetime.now(UTC))
        return f"{booked.title}: {booked.size}" + (f", {in_words(left)} left" if left is not None else "")

    def _repr_html_(self) -> str:
        return f"<span>{html.escape(repr(self))}</span>"


resources: BookedResources = cast("BookedResources", _Resources())
"""What this session may use, read from its environment."""


def bookings_page(environ: Mapping[str, str]) -> str:
    """The address of the bookings page, from the root of the host this server is on."""
    return environ.get("JUPYTERHUB_BASE_URL", "/").rstrip("/") + "/services/aglais/bookings"


def in_words(left: timedelta) -> str:
    """A duration as people say it, to the minute: ``2 h 10 min``, ``3 days 4 h``, ``under a minute``."""
    minutes = int(left.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} day{'s' if days > 1 else ''}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{minutes} min" if minutes else "under a minute"


def _memory(mebibytes: int) -> str:
    return f"{mebibytes / 1024:.1f} GiB".replace(".0 GiB", " GiB") if mebibytes >= 1024 else f"{mebibytes} MiB"


def _number(environ: Mapping[str, str], name: str, default: str | None = None) -> float:
    value = environ.get(f"AGLAIS_RESOURCES_{name}", "") or default
    if value is None:
        raise NotBookedError(
            "This kernel does not run under a booking.",
            help=f"Book a package in the Booking panel or at {bookings_page(environ)}, and open the notebook there.",
        )
    return float(value)


def _instant(value: str) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if value else None
