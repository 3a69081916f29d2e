"""Times, lengths and sizes as people say and type them. Pure, but for ``local_zone``."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aglais_hub.bookings.times import parse_duration, words
from aglais_hub.cli.amounts import size
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.wire.bookings import Booking

__all__ = [
    "begin",
    "day",
    "finish",
    "interval",
    "length",
    "local_zone",
    "moment",
    "plain",
    "span",
    "spans",
    "state",
    "to_api",
    "told",
    "total",
    "what",
    "when",
    "words",
]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

AT_ONCE = timedelta(seconds=30)
"""What starts as soon as this starts now: an answer takes its time, and two clocks differ."""

_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_CLOCK = re.compile(r"\d{1,2}:\d{2}\Z")
_LENGTH = re.compile(
    r"(?:(?P<weeks>\d+)w(?:eeks?)?)?(?:(?P<days>\d+)d(?:ays?)?)?"
    r"(?:(?P<hours>\d+(?:\.\d+)?)h(?:ours?)?)?(?:(?P<minutes>\d+)(?:m|min|minutes?)?)?\Z"
)


def local_zone() -> ZoneInfo:
    """The zone of this machine, as the IANA calls it: from TZ, from /etc/localtime, else UTC."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    link = Path("/etc/localtime")
    if link.is_symlink():
        names.append(str(link.resolve()).rpartition("zoneinfo/")[2])
    for name in filter(None, names):
        try:
            return ZoneInfo("UTC" if name in ("Etc/UTC", "UTC0") else name)
        except (KeyError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


# ---- what people type


def length(text: str) -> timedelta:
    """A length of time: ``2h``, ``90m``, ``1h30``, ``3d``, ``1 h 30 min``, or ISO 8601 as in ``PT2H``."""
    if text.strip().upper().startswith("P"):
        return parse_duration(text)
    found = _LENGTH.match(text.replace(" ", "").lower())
    parts = {unit: float(n) for unit, n in found.groupdict().items() if n} if found else {}
    try:
        result = timedelta(**parts)
    except OverflowError:
        result = timedelta()
    # A bare number could mean anything.
    if not result or text.strip().isdigit():
        raise InvalidValueError(f"{text!r} is not a length of time.", help="Write 2h, 90m, 1h30, 3d, or PT2H.")
    return result


def moment(text: str, zone: ZoneInfo, now: datetime) -> date | datetime:
    """A day, or an instant: ``now``, ``14:00``, ``tomorrow``, ``fri 09:00``, ``2026-06-08``, ``2026-06-08T09:00``."""
    today = now.astimezone(zone).date()
    given = text.strip().lower()
    if given == "now":
        return now
    if _CLOCK.match(given):
        return _at(today, given, zone, text)
    first, _, rest = given.partition(" ")
    found = _day(first, today)
    if found is not None:
        at = _at(found, rest.strip(), zone, text) if rest else found
        # Said on a Friday afternoon, 'fri 09:00' is next week's.
        is_past = isinstance(at, datetime) and at <= now and first not in ("today", "tomorrow") and first[0].isalpha()
        return _at(found + timedelta(weeks=1), rest.strip(), zone, text) if is_past else at
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _no_time(text) from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def to_api(moment: date | datetime) -> str:
    """A day as the day it is, an instant in UTC."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.isoformat()


def begin(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """The instant itself, or when that day begins."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), zone).astimezone(UTC)


def finish(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """The instant itself, or when that day is over."""
    return moment if isinstance(moment, datetime) else begin(moment + timedelta(days=1), zone)


def interval(text: str, zone: ZoneInfo, now: datetime) -> str:
    """A span as the HTTP interface reads it, from ``fri``, ``mon/wed``, ``fri 9:00/12:00`` or ``fri 9:00/3h``."""
    first, slash, last = (part.strip() for part in text.partition("/"))
    given = moment(first, zone, now)
    start = begin(given, zone)
    if not slash:
        if isinstance(given, datetime):
            raise InvalidValueError(f"{text!r} has no end.", field="spans", help="Write 'fri 09:00/12:00', or a day.")
        return to_api(given)
    if _is_length(last):
        end = start + length(last)
    elif _CLOCK.match(last):
        local = start.astimezone(zone).date()
        end = _at(local, last, zone, text)
        # Past midnight.
        end = end if end > start else _at(local + timedelta(days=1), last, zone, text)
    else:
        end = finish(moment(last, zone, max(start, now)), zone)
    return f"{to_api(start)}/{to_api(end)}"


def _is_length(text: str) -> bool:
    return text[:1] in ("P", "p") or (not text.isdigit() and bool(text) and bool(_LENGTH.match(text.replace(" ", ""))))


def _day(text: str, today: date) -> date | None:
    if text in ("today", "tomorrow"):
        return today + timedelta(days=text == "tomorrow")
    for number, name in enumerate(DAYS):
        if text in (name, name[:3]):
            return today + timedelta(days=(number - today.weekday()) % 7)
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _at(day: date, clock: str, zone: ZoneInfo, text: str) -> datetime:
    try:
        hour, minute = clock.split(":")
        return datetime.combine(day, time(int(hour), int(minute)), zone).astimezone(UTC)
    except ValueError:
        raise _no_time(text) from None


def _no_time(text: str) -> InvalidValueError:
    return InvalidValueError(
        f"{text!r} is not a time.", help="Write 14:00, tomorrow, 'fri 09:00', 2026-06-08, or 2026-06-08T09:00."
    )


# ---- what people read


def plain(text: str) -> str:
    """``text`` without what a terminal would take for an order."""
    return "".join(character if character.isprintable() else "·" for character in text)


def told(text: str, zone: ZoneInfo, now: datetime) -> str:
    """The same, with every instant in it put into words, in the reader's zone."""
    return _INSTANT.sub(lambda found: when(datetime.fromisoformat(found[0]), zone, now), plain(text))


def day(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The day: ``today``, ``tomorrow``, ``Mon 8 Jun``; with the year where it is another."""
    local, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    if local == today:
        return "today"
    if local == today + timedelta(days=1):
        return "tomorrow"
    return f"{local:%a} {local.day} {local:%b}" + (f" {local.year}" if local.year != today.year else "")


def when(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An instant: ``today 17:20``."""
    return f"{day(instant, zone, now)} {instant.astimezone(zone):%H:%M}"


def span(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An interval: ``today 16:00 to 18:00``, ``Mon 8 Jun to Wed 10 Jun``, ``now to 18:00``."""
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    last = end - timedelta(microseconds=1)
    same_day = begins.date() == last.astimezone(zone).date()
    if begins.time() == ends.time() == time():
        first = day(start, zone, now)
        return first if same_day else f"{first} to {day(last, zone, now)}"
    close = f"{ends:%H:%M}" if begins.date() == ends.date() else when(end, zone, now)
    if start <= now + AT_ONCE and now < end:
        return f"now to {close}"
    return f"{when(start, zone, now)} to {close}"


def spans(booking: Booking, zone: ZoneInfo, now: datetime) -> str:
    """When a booking is: its interval, or how many, and from when to when."""
    if len(booking.spans) == 1:
        return span(booking.start, booking.end, zone, now)
    first, last = when(booking.start, zone, now), when(booking.end, zone, now)
    return f"{len(booking.spans)} times from {first} until {last}"


def total(booking: Booking) -> timedelta:
    """How long a booking is, in all of its spans."""
    return sum((one.end - one.start for one in booking.spans), timedelta())


def what(booking: Booking) -> str:
    """What is booked: its package, a share of a cluster, or its size."""
    if booking.share is not None:
        return f"{float(booking.share):g}% of {booking.cluster}"
    return booking.package or size(booking.resources)


def state(booking: Booking, now: datetime) -> str:
    """What its phase means: ``running, 2 h 10 min left``."""
    left = f"{words(booking.until - now)} left" if booking.until > now else "its time is over"
    following = next((one.start for one in booking.spans if one.start > now), None)
    starts = f"in {words(following - now)}" if following else "about to start"
    told = {
        Phase.OFFERED: f"held, {words(booking.expires - now)} to take it"
        if booking.expires and booking.expires > now
        else "held",
        Phase.ACCEPTED: starts,
        Phase.WAITING: starts,
        Phase.PREPARING: plain(booking.reason).replace("its lab", "lab") or "being prepared",
        Phase.AVAILABLE: f"ready, {left}",
        Phase.RUNNING: f"running, {left}",
        Phase.RELEASING: "ending",
        Phase.COMPLETED: "over",
        Phase.REJECTED: "declined",
    }
    because = f": {plain(booking.reason)}" if booking.reason else ""
    return told.get(booking.phase, booking.phase.lower() + because)
