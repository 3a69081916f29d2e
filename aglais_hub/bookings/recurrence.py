"""Recurrences: one span, repeated by an RFC 5545 rule. Pure.

A rule goes by the clock of the caller's zone: what begins at nine begins at nine in summer and in winter. How long each
span is follows from how the first was given:

- by a duration, each takes as much time: ``PT8H`` is eight hours, in the night of a change of the clock too;
- by an end, each ends when the clock says so: 22:00 to 06:00 is then seven hours, or nine. A span whose time the clock
  leaves out altogether is left out as well.

What the clock leaves out or shows twice is read as in ``times``; only the first span is exactly as it was given. A rule
counts from the first span's start, which is one of its spans only where it fits the rule. It has to end within
``LONGEST_RECURRENCE``: by its ``COUNT``, by its ``UNTIL`` (which is included, as a date with its day), or just there.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from aglais_hub.bookings.times import at_clock, end_after, parse_zone
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST_RECURRENCE", "MOST_SPANS", "Recurrence"]

MOST_SPANS = 400
"""Spans in one booking: one on every day of a year, and some more."""

LONGEST_RECURRENCE = timedelta(days=366)
"""From the start of the first span to the start of the last."""

_HELP = "Write it as in RFC 5545: FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10."

_RANGES = {
    "INTERVAL": (1, 9999, False),
    "COUNT": (1, MOST_SPANS, False),
    "BYSECOND": (0, 59, False),
    "BYMINUTE": (0, 59, False),
    "BYHOUR": (0, 23, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYMONTH": (1, 12, False),
    "BYSETPOS": (1, 366, True),
}
"""The parts of a rule that are numbers: the least, the most, and whether they may be counted from the end."""

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
"""Not by the hour and less: on a clock that is put forward and back, nobody could say when that is."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NUMBER = re.compile(r"[+-]?\d{1,4}\Z", re.ASCII)
_DAY = re.compile(rf"([+-]?[1-9]\d?)?({'|'.join(_WEEKDAYS)})\Z", re.ASCII)
_LINE = re.compile(r"([A-Za-z-]+)((?:;[^:;]*)*):(.*)\Z")
_STAMP = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?(Z?))?\Z", re.ASCII)


class Recurrence:
    """A rule, and the first span of what it repeats.

    ``clock`` is what the zone's clock shows at the start of the first span, and ``end_clock`` at its end where it was
    given by its end: as they were written, and naive.
    """

    def __init__(
        self, text: str, first: Span, *, zone: ZoneInfo, clock: datetime, end_clock: datetime | None = None
    ) -> None:
        self.first = first
        self.zone = zone
        self.clock = clock
        self.end_clock = end_clock
        self.counted = False
        self.until: datetime | None = None
        self.left_out: set[date | datetime] = set()
        self.rule = self._read(text)

    def spans(self) -> list[Span]:
        """Its spans, without those that are left out; raises ``InvalidValueError`` where there are none or too many."""
        found: dict[datetime, Span] = {}
        begun = 0
        for clock in self._clocks():
            start = at_clock(clock, self.zone) if clock != self.clock else self.first.start
            if self.until and start > self.until:
                break
            begun += 1
            if begun > MOST_SPANS:
                raise _error(
                    f"The recurrence has more than {MOST_SPANS} spans.", "End it earlier, by COUNT or by UNTIL."
                )
            span = self._span(clock, start)
            if span and not {clock.date(), start} & self.left_out:
                found[span.start] = span
        if not found:
            raise _error(
                "The recurrence has no span" + (" that is not left out." if begun else " within a year of its start."),
                "Check that its days exist, and that they come after startdate. " + _HELP,
            )
        return list(found.values())

    def _span(self, clock: datetime, start: datetime) -> Span | None:
        """The span that begins when the clock shows this; none where the clock leaves out all of its time."""
        if clock == self.clock:
            return self.first
        if self.end_clock and self.end_clock > self.clock:
            end = at_clock(clock + (self.end_clock - self.clock), self.zone)
            end = end_after(end, timedelta(), "recurrence")
        else:
            end = end_after(start, self.first.end - self.first.start, "recurrence")
        return Span(start=start, end=end) if start < end else None

    def _clocks(self) -> Iterator[datetime]:
        """When its spans begin, on the zone's clock.

        Where a rule never comes true again, dateutil looks for its next day until the year 9999. Rules know nothing of
        a year but its calendar, so this one is expanded in the last years that have the calendars of ours, from where
        that end is near.
        """
        years = _alike(self.clock.year) - self.clock.year
        begin = self.clock.replace(year=self.clock.year + years)
        fraction = timedelta(microseconds=begin.microsecond)  # which dateutil drops
        try:
            for found in rrulestr(self.rule, dtstart=begin.replace(microsecond=0)):
                clock = found + fraction
                if clock - begin > LONGEST_RECURRENCE:
                    if self.counted:
                        raise _too_far("COUNT")
                    return
                yield clock.replace(year=clock.year - years)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return  # past the year 9999

    def _read(self, text: str) -> str:
        """The rule for dateutil. What that would not check, or reads by other rules than ours, is taken out."""
        rules = []
        for line in filter(None, (line.strip() for line in text.splitlines())):
            found = _LINE.match(line)
            name, parameters, value = found.groups() if found else ("RRULE", "", line)
            if name.upper() == "RRULE" and not parameters:
                rules.append(value.upper())
            elif name.upper() == "EXDATE":
                self._leave_out(parameters.split(";")[1:], value.upper())
            else:
                raise _error(f"The line {line[:40]!r} is not understood.", "Give one RRULE, and EXDATE lines.")
        if len(rules) != 1:
            raise _error("A recurrence has one rule.", _HELP)
        pairs = [part.partition("=")[::2] for part in rules[0].rstrip(";").split(";")]
        parts = dict(pairs)
        if len(parts) != len(pairs):
            raise _error("It says something twice.", _HELP)
        _check(parts)
        if "UNTIL" in parts:
            self.until = self._until(parts.pop("UNTIL"))
        self.counted = "COUNT" in parts
        return ";".join(f"{name}={value}" for name, value in ({"WKST": "MO"} | parts).items())

    def _until(self, text: str) -> datetime:
        stamp = _stamp(text, self.zone, "UNTIL")
        if not isinstance(stamp, datetime):
            following = datetime.combine(stamp + timedelta(days=1), time())
            stamp = at_clock(following, self.zone) - timedelta(microseconds=1)
        if stamp < self.first.start:
            raise _error("UNTIL is before the first span.", "Give a later one.")
        if stamp - self.first.start > LONGEST_RECURRENCE + timedelta(days=1):
            raise _too_far("UNTIL")
        return stamp

    def _leave_out(self, parameters: list[str], value: str) -> None:
        zone = self.zone
        for parameter in parameters:
            key, _, of = parameter.partition("=")
            if key.upper() == "TZID":
                zone = parse_zone(of, "recurrence")
            elif parameter.upper() not in ("VALUE=DATE", "VALUE=DATE-TIME"):
                raise _error(f"EXDATE has no parameter {parameter[:40]!r}.", "Write EXDATE:20260615 on a line.")
        self.left_out.update(_stamp(text, zone, "EXDATE") for text in value.split(","))


def _stamp(text: str, zone: ZoneInfo, name: str) -> date | datetime:
    """A date, or an instant; one without a ``Z`` is on the zone's clock."""
    found = _STAMP.match(text.strip())
    try:
        if found:
            day = date(int(found[1]), int(found[2]), int(found[3]))
            if not 1970 <= day.year <= 2299:
                raise ValueError(text)
            if found[4] is None:
                return day
            hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
            at = datetime.combine(day, time(hour, minute, second))
            return at.replace(tzinfo=UTC) if found[7] else at_clock(at, zone)
    except ValueError:
        pass
    raise _error(
        f"{name} {text[:40]!r} is not a date or an instant.", f"Write {name}=20260630 or {name}=20260630T090000Z."
    )


def _check(parts: dict[str, str]) -> None:
    """Raise for what is not a rule that we repeat by."""
    frequency = parts.get("FREQ")
    if frequency not in _FREQUENCIES:
        raise _error(
            f"It can't be repeated by FREQ={frequency[:20]}." if frequency else "The rule has no FREQ.",
            f"Choose {', '.join(_FREQUENCIES)}; several times a day are BYHOUR=9,14.",
        )
    if "COUNT" in parts and "UNTIL" in parts:
        raise _error("COUNT and UNTIL both say when it ends.", "Give one of them.")
    for name, value in parts.items():
        if name in _RANGES:
            _check_numbers(name, value)
        elif name == "BYDAY":
            _check_days(value, frequency)
        elif name == "WKST":
            if value not in _WEEKDAYS:
                raise _error(f"WKST={value[:20]!r} is not a day.", "Write it as in WKST=MO.")
        elif name not in ("FREQ", "UNTIL"):
            raise _error(f"A rule has no part {name[:20]!r}.", _HELP)


def _check_numbers(name: str, value: str) -> None:
    least, most, from_end = _RANGES[name]
    single = name in ("INTERVAL", "COUNT")
    for text in [value] if single else value.split(","):
        number = int(text) if _NUMBER.match(text) else None
        if number is None or not least <= (abs(number) if from_end else number) <= most:
            below = f", or -{most} to -{least} from the end" if from_end else ""
            raise _error(f"{name}={text[:20]} makes no sense.", f"Give {least} to {most}{below}.")


def _check_days(value: str, frequency: str) -> None:
    for text in value.split(","):
        found = _DAY.match(text)
        if not found or (found[1] and abs(int(found[1])) > (5 if frequency == "MONTHLY" else 53)):
            raise _error(f"BYDAY={text[:20]} is not a day.", "Write it as in BYDAY=MO,WE, or BYDAY=-1FR.")
        if found[1] and frequency not in ("MONTHLY", "YEARLY"):
            raise _error(
                f"BYDAY={text} counts the days of a month or a year.", "Use FREQ=MONTHLY, or leave the number out."
            )


def _too_far(part: str) -> InvalidValueError:
    return _error(
        f"By its {part} the recurrence goes on for more than {LONGEST_RECURRENCE.days} days.",
        f"End it within {LONGEST_RECURRENCE.days} days of startdate, and make another booking for what follows.",
    )


def _error(message: str, help: str) -> InvalidValueError:
    return InvalidValueError(message, field="recurrence", help=help)


@lru_cache(maxsize=512)
def _alike(year: int) -> int:
    """The last year before 9990 whose calendar is that of ``year``, as are those of the years around it."""

    def calendars(year: int) -> list[tuple[bool, int]]:
        return [(calendar.isleap(one), date(one, 1, 1).weekday()) for one in range(year - 1, year + 3)]

    ours = calendars(year)
    return next(later for later in range(9990, 0, -1) if calendars(later) == ours)
