"""Dates, instants, durations and the calendar, as callers write them. Pure.

Times are UTC instants; intervals are half-open, ``[start, end)``. A date without a time is the whole day of the
caller's zone, and as an end it is included. Days, weeks (from Monday) and months are those of the caller's zone, so a
day may have 23 or 25 hours; an hour is one of the zone's clock, and ends where that is set by a part of an hour.

A time that a zone's clock leaves out in spring is as much later as the clock is put forward (as RFC 5545 says, by the
offset before it); one that it shows twice in autumn is the first of the two.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "GRAINS",
    "LATEST",
    "at_clock",
    "check_grain",
    "cuts",
    "end_after",
    "parse_clock",
    "parse_duration",
    "parse_end",
    "parse_instant",
    "parse_range",
    "parse_span",
    "parse_zone",
    "slots",
    "widen",
    "words",
]

GRAINS = ("hour", "day", "week", "month")
MOST_SLOTS = 10_000
"""Rows in one answer: more than a year by the hour."""

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)
LONGEST_DURATION = timedelta(days=36_600)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]")
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}\Z)")
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?\Z"
)


def parse_zone(name: str, field: str = "tz") -> ZoneInfo:
    """The time zone called ``name``, as in ``Europe/London``; raises ``InvalidValueError``."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValueError(
            f"There is no time zone {name!r}.", field=field, help="Name one as in Europe/London, or UTC."
        ) from None


def parse_duration(text: str, field: str = "duration", *, none: bool = False) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds, as in ``PT2H30M``; no time if ``none``."""
    found = _DURATION.match(text.strip().upper())
    parts = {unit: int(n) for unit, n in found.groupdict().items() if n} if found else {}
    length = timedelta(**parts)
    if not parts or not (timedelta() < length <= LONGEST_DURATION or (none and not length)):
        raise InvalidValueError(
            f"{text!r} is not a length of time.", field=field, help="Write it in ISO 8601, as in PT2H, PT90M or P3D."
        )
    return length


def parse_span(
    startdate: str | None, enddate: str | None, duration: str | None, *, zone: ZoneInfo, now: datetime
) -> Span:
    """The interval that a caller asks for; without ``startdate`` it begins now."""
    start = parse_instant(startdate, zone, "startdate") if startdate else now
    if enddate and duration:
        raise InvalidValueError("Give enddate or duration, not both.", field="duration")
    if enddate:
        end = parse_instant(enddate, zone, "enddate", last=True)
    elif duration:
        end = end_after(start, parse_duration(duration))
    else:
        raise InvalidValueError("It has no end.", field="enddate", help="Give enddate, or duration as in PT2H.")
    if end <= start:
        raise InvalidValueError("It ends before it starts.", field="enddate", help="Give a later end.")
    return Span(start=start, end=end)


def end_after(start: datetime, length: timedelta, field: str = "duration") -> datetime:
    """``start`` and ``length`` later; raises ``InvalidValueError`` past the end of the calendar."""
    end = start + length
    if end > LATEST:
        raise InvalidValueError("It ends after the year 2299.", field=field, help="Give a shorter one.")
    return end


def parse_instant(text: str, zone: ZoneInfo, field: str, *, last: bool = False) -> datetime:
    """A date or an instant, in UTC; without an offset it is on the zone's clock. A ``last`` date is included."""
    return _stamp(text, zone, field, last=last).astimezone(UTC)


def parse_clock(text: str, zone: ZoneInfo, field: str, *, last: bool = False) -> datetime:
    """The same on the zone's clock, as it was written: a naive datetime, which that may leave out or show twice."""
    return _stamp(text, zone, field, last=last).replace(tzinfo=None, fold=0)


def at_clock(clock: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the zone's clock shows ``clock``, a naive datetime."""
    return clock.replace(tzinfo=zone).astimezone(UTC)


def parse_end(enddate: str, zone: ZoneInfo) -> datetime:
    """An end on its own; a date includes its day."""
    return parse_instant(enddate, zone, "enddate", last=True)


def parse_range(text: str | None, *, zone: ZoneInfo, now: datetime) -> Span:
    """``A,B`` as an interval; nothing means the seven days from today."""
    if not text:
        today = now.astimezone(zone).date()
        return Span(start=_midnight(today, zone), end=_midnight(today + timedelta(days=7), zone))
    first, comma, last = text.partition(",")
    if not comma or not first.strip() or not last.strip():
        raise InvalidValueError("A range has two ends.", field="range", help="Write it as in 2026-06-08,2026-06-14.")
    start = parse_instant(first, zone, "range")
    end = parse_instant(last, zone, "range", last=True)
    if end <= start:
        raise InvalidValueError("The range ends before it starts.", field="range", help="Swap its ends.")
    return Span(start=start, end=end)


def slots(span: Span, grain: str, zone: ZoneInfo) -> list[Span]:
    """``span`` cut at every full hour, day, week or month of the zone; the first and last piece may be shorter.

    Raises ``InvalidValueError`` for an unknown grain and for more pieces than one answer may have.
    """
    return [Span(start=start, end=end) for start, end in pairwise(cuts(span, grain, zone))]


def cuts(span: Span, grain: str, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The edges of those pieces: the start of each, and the end of the last one."""
    return _cuts(span.start, span.end, grain, zone)


@lru_cache(maxsize=32)  # everyone who looks at a calendar asks for the same weeks, again and again
def _cuts(start: datetime, end: datetime, grain: str, zone: ZoneInfo) -> tuple[datetime, ...]:
    found = [start]
    for edge in _edges(start, grain, zone):
        if edge >= end:
            return (*found, end)
        if len(found) == MOST_SLOTS:
            break
        found.append(edge)
    raise InvalidValueError(
        f"The range has more than {MOST_SLOTS} rows.", field="range", help="Ask for less, or a coarser grain."
    )


def widen(span: Span, grain: str, zone: ZoneInfo) -> Span:
    """``span`` out to the full hours, days, weeks or months that it touches."""
    start = _floor(span.start, grain, zone)
    floor = _floor(span.end, grain, zone)
    return Span(start=start, end=span.end if floor == span.end else next(_edges(span.end, grain, zone)))


def check_grain(grain: str) -> str:
    """``grain``, if there is such a one; the notes' ``daily`` and ``hourly`` are understood."""
    grain = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}.get(grain, grain)
    if grain not in GRAINS:
        raise InvalidValueError(f"There is no grain {grain!r}.", field="grain", help=f"Choose {', '.join(GRAINS)}.")
    return grain


def words(length: timedelta) -> str:
    """A length of time as people say it: ``2 h 10 min``, ``3 days``."""
    minutes = max(1, round(length.total_seconds() / 60))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} day{'s' if days > 1 else ''}"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes and not days else []
    return " ".join(parts)


def _stamp(text: str, zone: ZoneInfo, field: str, *, last: bool) -> datetime:
    """What ``text`` says, in ``zone``, within the calendar."""
    text = text.strip()
    try:
        if _DATE.match(text):
            day = date.fromisoformat(text)
            stamp = datetime.combine(day + timedelta(days=1) if last else day, time(), zone)
        elif _INSTANT.match(text):  # other forms, such as 20260608 or 2026-W24-1, are more often a slip than meant
            # A '+' in an address that was not written as %2B arrives as a space.
            stamp = datetime.fromisoformat(text[:11] + _LOST_PLUS.sub("+", text[11:]))
            stamp = stamp.replace(tzinfo=zone) if stamp.tzinfo is None else stamp.astimezone(zone)
        else:
            raise ValueError(text)
        if EARLIEST <= stamp.astimezone(UTC) <= LATEST:
            return stamp
    except (ValueError, OverflowError):
        pass
    raise InvalidValueError(
        f"{text[:80]!r} is not a date or an instant.",
        field=field,
        help="Write 2026-06-08, or 2026-06-08T09:00:00Z; years from 1970 to 2299.",
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _floor(instant: datetime, grain: str, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone)
    if grain == "hour":
        return _full_hour(local)
    day = local.date()
    if grain == "week":
        day -= timedelta(days=day.weekday())
    elif grain == "month":
        day = day.replace(day=1)
    return _midnight(day, zone)


def _full_hour(local: datetime) -> datetime:
    """The start of the hour that a zone's clock shows; the instant it was set at, where that was within the hour."""
    instant, zone = local.astimezone(UTC), local.tzinfo
    if not (local.minute or local.second or local.microsecond):
        return instant
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    start = instant - past
    while start < instant and start.astimezone(zone).utcoffset() != local.utcoffset():
        start = min(start + timedelta(minutes=1), instant)
    return start


def _edges(start: datetime, grain: str, zone: ZoneInfo) -> Iterator[datetime]:
    """The full hours, days, weeks or months after ``start``, without end."""
    edge = _floor(start, grain, zone)
    while True:
        edge = _floor(_step(edge, grain, zone), grain, zone)
        if edge > start:
            yield edge


def _step(edge: datetime, grain: str, zone: ZoneInfo) -> datetime:
    if grain == "hour":
        return edge + timedelta(hours=1)
    day = edge.astimezone(zone).date()
    if grain == "month":
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        following = day + timedelta(days=7 if grain == "week" else 1)
    return _midnight(following, zone)
