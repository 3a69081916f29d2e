"""What the hub's pages show of the timeline: asked from the services, put into words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.clock import Clock, SystemClock
from aglais_hub.errors import AglaisError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.bookings import Booking, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.client import AsyncClient
    from aglais_hub.wire.resources import AvailableRow, Resources

__all__ = [
    "USUAL_PACKAGE",
    "Lab",
    "Shown",
    "find_free",
    "find_lab",
    "find_more",
    "find_packages",
    "length_words",
    "size_words",
    "spans_free",
]

AHEAD = timedelta(days=7)
VISITORS_PACKAGE = "tiny"
USUAL_PACKAGE = "small"
"""What somebody is offered first whom only the hub knows."""

PATIENCE_SECONDS = 3.0
"""A page at the door does not wait longer for a figure that is nice to have."""

MINE = (Phase.ACCEPTED, Phase.WAITING, Phase.PREPARING, Phase.AVAILABLE, Phase.RUNNING)
COMING = 3

DURATIONS = {"PT30M": "30 min", "PT1H": "1 h", "PT2H": "2 h", "PT4H": "4 h", "PT8H": "8 h", "P1D": "24 h"}
USUAL_DURATIONS = {"PT2H": timedelta(hours=2), "PT1H": timedelta(hours=1)}
SHORTEST_DURATION = "PT30M"
"""What somebody is offered first: the longest of them that ends while there is a place."""


@dataclass(frozen=True)
class Shown:
    """A booking as a page shows it; instants are ISO 8601. ``lost`` is why its lab is gone, where nobody ended it."""

    id: str
    package: str | None
    size: str
    start: str
    end: str
    length: str
    lost: str = ""
    preparing: str = ""
    """How far its lab is, which is made ready."""
    longer: str | None = None
    """Until when it could be extended, by an hour at most."""


@dataclass(frozen=True)
class Lab:
    """What one has now and next; ``is_up`` is false where the services did not say.

    ``free`` holds the packages that one could have now, where one has nothing; ``is_full`` says that there are none,
    and ``next_free`` by when there is one.
    """

    is_up: bool = True
    now: Shown | None = None
    coming: list[Shown] = field(default_factory=list)
    free: list[dict[str, Any]] = field(default_factory=list)
    is_visitor: bool = False
    is_full: bool = False
    next_free: str | None = None


async def find_lab(client: AsyncClient, account: str, *, is_visitor: bool, clock: Clock | None = None) -> Lab:
    """The account's booking for now and those that come; never raises."""
    now = (clock or SystemClock()).now()
    try:
        page = await client.bookings((now, now + timedelta(days=366)), account=account, phase=MINE, limit=20)
    except AglaisError:
        return Lab(is_up=False, is_visitor=is_visitor)
    current = [row for row in page.rows if row.start <= now < row.end or row.phase == Phase.PREPARING]
    current.sort(key=lambda booking: (booking.phase == Phase.RUNNING, booking.end))
    coming = [_shown(booking) for booking in page.rows if booking.start > now and booking not in current]
    return Lab(now=_shown(current[-1]) if current else None, coming=coming[:COMING], is_visitor=is_visitor)


async def find_more(client: AsyncClient, lab: Lab, default: str) -> Lab:
    """The same, with how far the booking could be extended, or what is free where there is none; never raises."""
    try:
        if lab.now is not None:
            until = (await client.extension(lab.now.id)).until
            return replace(lab, now=replace(lab.now, longer=_iso(until) if until else None))
        if lab.is_up:
            found = await find_packages(client, default, only=default if lab.is_visitor else None)
            free = [package for package in found["packages"] if package["free"]]
            following = [package["next"] for package in found["packages"] if package["next"]]
            return replace(lab, free=free, is_full=not free, next_free=min(following, default=None))
    except AglaisError:
        return lab
    return lab


async def find_free(client: AsyncClient, *, clock: Clock | None = None) -> dict[str, Any] | None:
    """How many places a visitor may have now; empty when that takes too long, ``None`` when the services are down."""
    now = (clock or SystemClock()).now()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            package = await client.package(VISITORS_PACKAGE)
            rows = (await client.available((now, now + AHEAD), grain="hour", package=package.name)).rows
    except TimeoutError:
        return {}
    except AglaisError as error:
        # No package of that name: the figure is left out. A part that is down: the page says so.
        return None if error.status >= 500 else {}
    free = spans_free(rows, package.name)
    word = f"{free['free']} tiny lab" if free["free"] == 1 else f"{free['free']} tiny labs"
    return {"count": free["free"], "words": word, "size": size_words(package.size.resources), "next": free["next"]}


async def find_packages(
    client: AsyncClient, default: str, *, only: str | None = None, clock: Clock | None = None
) -> dict[str, Any]:
    """The packages with how many are free and until when, for the form that starts a lab; raises ``AglaisError``."""
    now = (clock or SystemClock()).now()
    known, available = await asyncio.gather(
        client.packages(), client.available((now, now + AHEAD), grain="hour", package=only)
    )
    packages, rows = [package for package in known.rows if only in (None, package.name)], available.rows
    shown = [
        {"name": package.name, "size": size_words(package.size.resources), **spans_free(rows, package.name)}
        for package in packages
    ]
    free = [entry for entry in shown if entry["free"]]
    chosen = next((entry for entry in free if entry["name"] == default), free[-1] if free else None)
    for entry in shown:
        entry["is_chosen"] = entry is chosen
    usual = _usual_duration(now, chosen["until"] if chosen else None)
    durations = [{"value": value, "words": words, "is_chosen": value == usual} for value, words in DURATIONS.items()]
    return {"packages": shown, "durations": durations, "is_full": not free, "now": None}


def _usual_duration(now: datetime, until: str | None) -> str:
    end = datetime.fromisoformat(until) if until else datetime.max.replace(tzinfo=UTC)
    return next((value for value, length in USUAL_DURATIONS.items() if now + length <= end), SHORTEST_DURATION)


def spans_free(rows: Sequence[AvailableRow], package: str) -> dict[str, Any]:
    """How many are ``free`` now, ``until`` when at least one is, or the ``next`` time one is.

    ``until`` is ``None`` when there is one through all of ``rows``; ``next`` when there is none in any of them.
    """
    counts = [(row, row.packages.get(package, 0)) for row in rows]
    free = max(counts[0][1], 0) if counts else 0
    if free:
        end = next((row.start for row, count in counts if count <= 0), None)
        return {"free": free, "until": isoformat(end) if end else None, "next": None}
    start = next((row.start for row, count in counts if count > 0), None)
    return {"free": 0, "until": None, "next": isoformat(start) if start else None}


def size_words(resources: Resources) -> str:
    """``2 cores · 8 GiB``."""
    cores = f"{float(resources.cores):.2f}".rstrip("0").rstrip(".")
    memory = resources.memory
    amount = f"{memory} MiB"
    if memory >= 1024:
        amount = f"{memory / 1024:.{1 if memory < 10 * 1024 else 0}f}".removesuffix(".0") + " GiB"
    return f"{cores} {'core' if cores == '1' else 'cores'} · {amount}"


def length_words(length: timedelta) -> str:
    """``45 min``, ``2 h``, ``2 h 30 min``, ``3 days``."""
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{round(hours / 24)} days"
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _shown(booking: Booking) -> Shown:
    return Shown(
        id=booking.id,
        package=booking.package,
        size=size_words(booking.resources),
        start=_iso(booking.start),
        end=_iso(booking.end),
        length=length_words(booking.end - booking.start),
        lost=booking.reason if booking.outage else "",
        preparing=booking.reason.replace("its lab", "your lab") if booking.phase == Phase.PREPARING else "",
    )


def _iso(instant: datetime) -> str:
    return isoformat(instant.replace(microsecond=0))
