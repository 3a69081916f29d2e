"""When a booking is asked for: its dates, a list of spans, or a recurrence. Pure.

Spans come out sorted, without an overlap, and with those that touch joined into one. ``recurrence`` says how a rule is
expanded.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from aglais_hub.bookings.recurrence import MOST_SPANS, Recurrence
from aglais_hub.bookings.times import end_after, parse_clock, parse_duration, parse_instant, parse_span, words
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import BookingRequest, Span

__all__ = ["LONGEST_WINDOW", "MOST_SPANS", "read_percent", "read_spans", "read_window"]

LONGEST_WINDOW = timedelta(days=366)

_HELP_SPANS = "Write 2026-06-08T09:00/2026-06-08T17:00, 2026-06-08T09:00/PT8H or 2026-06-08, with commas between them."

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]", re.ASCII)
_PERCENT = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,3})?)\s*%?\Z", re.ASCII)


def read_spans(request: BookingRequest, *, zone: ZoneInfo, now: datetime) -> list[Span]:
    """The spans that are asked for, by start; at least one, at most ``MOST_SPANS``. Raises ``InvalidValueError``."""
    dates = request.startdate or request.enddate or request.duration
    if request.spans is not None:
        if dates or request.recurrence:
            field = "recurrence" if request.recurrence else "spans"
            raise InvalidValueError(
                "Spans are listed, so nothing else may say when it is.",
                field=field,
                help="Give spans alone, or startdate with enddate or duration, and a recurrence where it is repeated.",
            )
        return _in_order([_read_entry(entry, zone) for entry in _entries(request.spans)], zone, "spans")
    first = parse_span(request.startdate, request.enddate, request.duration, zone=zone, now=now)
    if request.recurrence:
        clock = now.astimezone(zone).replace(tzinfo=None)
        if request.startdate:
            clock = parse_clock(request.startdate, zone, "startdate")
        end_clock = parse_clock(request.enddate, zone, "enddate", last=True) if request.enddate else None
        repeated = Recurrence(request.recurrence, first, zone=zone, clock=clock, end_clock=end_clock)
        return _in_order(repeated.spans(), zone, "recurrence")
    return [first]


def read_window(request: BookingRequest) -> timedelta:
    """How much later than asked the booking may start; no time without a window, at most ``LONGEST_WINDOW``."""
    if not request.window:
        return timedelta()
    window = parse_duration(request.window, "window", none=True)
    if window > LONGEST_WINDOW:
        raise InvalidValueError(
            f"A window of {words(window)} is too long.",
            field="window",
            help=f"Give at most {words(LONGEST_WINDOW)}: P{LONGEST_WINDOW.days}D.",
        )
    return window


def read_percent(text: str, field: str = "share", *, negative: bool = False) -> Decimal:
    """The number of a percentage, 20 for ``20%``: more than 0 and up to 100; with ``negative``, as far below 0 too."""
    found = _PERCENT.match(text.strip())
    percent = Decimal(found[1]) if found else Decimal(0)
    if not (0 < percent <= 100 or (negative and -100 <= percent < 0)):
        raise InvalidValueError(
            f"{text[:80]!r} is not a percentage.",
            field=field,
            help=f"Write it as in 20% or 12.5%: more than 0%, up to 100%{', or as far below 0%' if negative else ''}.",
        )
    return percent


# ---------------------------------------------------------------- lists


def _entries(spans: Any) -> list[Any]:
    """What a list of spans holds: texts without commas, and objects."""
    if isinstance(spans, str) and spans.lstrip().startswith("["):
        try:
            spans = json.loads(spans)
        except (ValueError, RecursionError):
            raise InvalidValueError("The list of spans is not JSON.", field="spans", help=_HELP_SPANS) from None
    if not isinstance(spans, (str, list)):
        raise InvalidValueError("Spans are a list.", field="spans", help=_HELP_SPANS)
    found: list[Any] = []
    for entry in [spans] if isinstance(spans, str) else spans:
        found += [text.strip() for text in entry.split(",")] if isinstance(entry, str) else [entry]
    if not found or found == [""]:
        raise InvalidValueError("It lists no span.", field="spans", help=_HELP_SPANS)
    if len(found) > MOST_SPANS:
        raise InvalidValueError(
            f"{len(found)} spans are too many.", field="spans", help=f"Give at most {MOST_SPANS} in one booking."
        )
    return found


def _read_entry(entry: Any, zone: ZoneInfo) -> Span:
    if isinstance(entry, dict):
        start, end, length = _of_object(entry)
    elif isinstance(entry, str):
        start, slash, last = entry.partition("/")
        end, length = (None, last) if last[:1] in ("P", "p") else (last if slash else start, None)
        if not slash and _INSTANT.match(entry):
            raise _span_error(entry, "has no end", "Write START/END, or START/DURATION as in 2026-06-08T09:00/PT8H.")
    else:
        raise InvalidValueError("A span is a text or an object.", field="spans", help=_HELP_SPANS)
    first = parse_instant(start, zone, "spans")
    if length is not None:
        return Span(start=first, end=end_after(first, parse_duration(length, "spans"), "spans"))
    then = parse_instant(end or "", zone, "spans", last=True)
    if then <= first:
        raise _span_error(f"{start}/{end}", "ends before it starts", "Give it a later end.")
    return Span(start=first, end=then)


def _of_object(entry: dict[str, Any]) -> tuple[str, str | None, str | None]:
    known = {"start": "start", "startdate": "start", "end": "end", "enddate": "end", "duration": "duration"}
    found = {known.get(name, name): value for name, value in entry.items()}
    if (
        len(found) != len(entry)
        or set(found) not in ({"start", "end"}, {"start", "duration"})
        or not all(isinstance(value, str) for value in found.values())
    ):
        raise InvalidValueError(
            "A span has a start, and an end or a duration.",
            field="spans",
            help='Write {"start": "2026-06-08T09:00", "end": "2026-06-08T17:00"}.',
        )
    return found["start"], found.get("end"), found.get("duration")


def _span_error(text: str, what: str, help: str) -> InvalidValueError:
    return InvalidValueError(f"The span {text[:80]} {what}.", field="spans", help=help)


def _in_order(spans: list[Span], zone: ZoneInfo, field: str) -> list[Span]:
    """By start, with those that touch joined; two that overlap are an error of ``field``."""
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    for one, other in pairwise(ordered):
        if other.start < one.end:
            raise InvalidValueError(
                f"{_said(one, zone)} and {_said(other, zone)} overlap.",
                field=field,
                help="Leave one out, or make them shorter. A span may begin when another ends.",
            )
    found = ordered[:1]
    for span in ordered[1:]:
        if span.start == found[-1].end:
            found[-1] = Span(start=found[-1].start, end=span.end)
        else:
            found.append(span)
    return found


def _said(span: Span, zone: ZoneInfo) -> str:
    return " to ".join(f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" for instant in (span.start, span.end))
