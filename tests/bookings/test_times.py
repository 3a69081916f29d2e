"""Dates, instants, durations and the calendar, in zones that are hard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aglais_hub.bookings.times import (
    GRAINS,
    LATEST,
    MOST_SLOTS,
    check_grain,
    parse_duration,
    parse_end,
    parse_range,
    parse_span,
    parse_zone,
    slots,
    widen,
    words,
)
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import Span

NOW = datetime(2026, 6, 8, 9, tzinfo=UTC)
LONDON, LORD_HOWE, KOLKATA = (ZoneInfo(name) for name in ("Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"))
HARD_ZONES = (
    "UTC Europe/London Australia/Lord_Howe Asia/Kolkata Asia/Kathmandu America/Havana America/New_York Africa/Cairo "
    "America/St_Johns Pacific/Apia Antarctica/Troll Asia/Beirut Pacific/Chatham"
).split()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Span:
    return Span(start=utc(start), end=utc(end))


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-06-08T09:00:00Z", "UTC", "2026-06-08T09:00"),
        ("2026-06-08T09:00Z", "Asia/Kolkata", "2026-06-08T09:00"),
        ("2026-06-08T09:00:00.25Z", "UTC", "2026-06-08T09:00:00.25"),
        ("2026-06-08T09:00:00+01:00", "UTC", "2026-06-08T08:00"),
        ("2026-06-08T09:00:00 01:00", "UTC", "2026-06-08T08:00"),  # a '+' that an address turned into a space
        ("2026-06-08T09:00:00 0530", "UTC", "2026-06-08T03:30"),
        ("2026-06-08 09:00 01:00", "UTC", "2026-06-08T08:00"),
        ("2026-06-08T09:00:00-05:00", "UTC", "2026-06-08T14:00"),
        ("2026-06-08T09:00", "Europe/London", "2026-06-08T08:00"),  # naive: the caller's own clock
        ("2026-06-08 09:00", "Europe/London", "2026-06-08T08:00"),
        ("2026-12-08T09:00", "Europe/London", "2026-12-08T09:00"),
        ("2026-06-08T09:00", "Asia/Kolkata", "2026-06-08T03:30"),
        ("2026-03-29T01:30", "Europe/London", "2026-03-29T01:30"),  # an hour that the clock leaves out
        ("2026-10-25T01:30", "Europe/London", "2026-10-25T00:30"),  # an hour that it has twice: the first
        ("2026-06-08", "UTC", "2026-06-08T00:00"),
        ("2026-06-08", "Europe/London", "2026-06-07T23:00"),
        ("2026-06-08", "Asia/Kolkata", "2026-06-07T18:30"),
        ("  2026-06-08 ", "UTC", "2026-06-08T00:00"),
    ],
)
def test_a_start_is_read_in_the_callers_zone(text: str, zone: str, instant: str) -> None:
    found = parse_span(text, None, "PT1H", zone=ZoneInfo(zone), now=NOW)
    assert found.start == utc(instant)
    assert found.end == utc(instant) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-06-08", "UTC", "2026-06-09T00:00"),
        ("2026-06-08T00:00:00Z", "UTC", "2026-06-08T00:00"),
        ("2026-03-29", "Europe/London", "2026-03-29T23:00"),
        ("2026-10-25", "Europe/London", "2026-10-26T00:00"),
        ("2011-12-29", "Pacific/Apia", "2011-12-30T10:00"),  # the day after was left out there
    ],
)
def test_a_date_as_an_end_includes_its_day(text: str, zone: str, instant: str) -> None:
    assert parse_end(text, ZoneInfo(zone)) == utc(instant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-13-01",
        "2026-02-30",
        "20260608",
        "2026-W24-1",
        "2026-06",
        "2026-06-08T25:00:00Z",
        "2026-06-08T09:00:00+25:00",
        "1969-12-31T23:59:59Z",
        "2300-01-01T00:00:01Z",
        "9999-12-31",
        "0001-01-01T00:00:00+14:00",
        "٢٠٢٦-٠٦-٠٨",
        "2026-06-08T09:00:00Z; DROP TABLE bookings",
    ],
)
def test_what_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        parse_end(text, LONDON)
    assert raised.value.field == "enddate"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT2H", timedelta(hours=2)),
        ("pt90m", timedelta(minutes=90)),
        (" P3D ", timedelta(days=3)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H30M5S", timedelta(days=1, hours=2, minutes=30, seconds=5)),
        ("PT36H", timedelta(hours=36)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "PT0S", "2H", "P1Y", "P1M", "-PT1H", "PT1.5H", "P99999W", "PT9999999999S", "PT1H2"]
)
def test_what_is_no_length_of_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        parse_duration(text, "extend")
    assert raised.value.field == "extend"


def test_a_span_needs_one_end_after_its_start() -> None:
    for start, end, duration, field in [
        (None, "2026-06-09", "PT1H", "duration"),
        (None, None, None, "enddate"),
        ("2026-06-09", "2026-06-08", None, "enddate"),
        ("2026-06-08T10:00:00Z", "2026-06-08T10:00:00Z", None, "enddate"),
        ("2299-12-31T23:00:00Z", None, "PT2H", "duration"),
    ]:
        with pytest.raises(InvalidValueError) as raised:
            parse_span(start, end, duration, zone=LONDON, now=NOW)
        assert raised.value.field == field
    assert parse_span(None, None, "PT1H", zone=LONDON, now=NOW) == Span(start=NOW, end=NOW + timedelta(hours=1))


def test_ranges() -> None:
    assert parse_range("2026-06-08,2026-06-14", zone=ZoneInfo("UTC"), now=NOW) == span("2026-06-08", "2026-06-15")
    assert parse_range(None, zone=LONDON, now=NOW) == span("2026-06-07T23:00", "2026-06-14T23:00")
    late = utc("2026-06-08T23:30")  # tomorrow already in London
    assert parse_range("", zone=LONDON, now=late).start == utc("2026-06-08T23:00")
    for text in ["2026-06-08", ",", "2026-06-08,", ",2026-06-08", "2026-06-08,2026-06-01", "a,b", "1,2,3"]:
        with pytest.raises(InvalidValueError) as raised:
            parse_range(text, zone=LONDON, now=NOW)
        assert raised.value.field == "range"


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 5000, "a\0b"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        parse_zone(name)
    assert raised.value.field == "tz"


def hours(found: list[Span]) -> list[float]:
    return [(row.end - row.start) / timedelta(hours=1) for row in found]


def test_days_have_23_or_25_hours_where_the_clock_is_set() -> None:
    assert hours(slots(span("2026-03-28T00:00", "2026-03-30T23:00"), "day", LONDON)) == [24, 23, 24]
    assert hours(slots(span("2026-10-23T23:00", "2026-10-27T00:00"), "day", LONDON)) == [24, 25, 24]
    assert hours(slots(span("2026-04-03T13:00", "2026-04-05T13:30"), "day", LORD_HOWE)) == [24, 24.5]
    assert hours(slots(span("2026-10-02T13:30", "2026-10-04T13:00"), "day", LORD_HOWE)) == [24, 23.5]
    assert hours(slots(span("2026-06-07T18:30", "2026-06-09T18:30"), "day", KOLKATA)) == [24, 24]


def test_hours_are_those_of_the_zones_clock() -> None:
    assert hours(slots(span("2026-06-08T03:45", "2026-06-08T06:30"), "hour", KOLKATA)) == [0.75, 1, 1]
    assert hours(slots(span("2026-03-29T00:00", "2026-03-29T03:00"), "hour", LONDON)) == [1, 1, 1]
    assert hours(slots(span("2026-10-25T00:00", "2026-10-25T03:00"), "hour", LONDON)) == [1, 1, 1]
    # Half an hour back at 02:00, to 01:30; half an hour forward at 02:00, to 02:30.
    assert hours(slots(span("2026-04-04T13:00", "2026-04-04T16:30"), "hour", LORD_HOWE)) == [1, 1, 0.5, 1]
    assert hours(slots(span("2026-10-03T14:30", "2026-10-03T17:00"), "hour", LORD_HOWE)) == [1, 0.5, 1]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    weeks = slots(span("2026-06-10T12:00", "2026-06-24T12:00"), "week", LONDON)
    assert [row.start for row in weeks] == [utc("2026-06-10T12:00"), utc("2026-06-14T23:00"), utc("2026-06-21T23:00")]
    months = slots(span("2026-01-31T00:00", "2026-04-15T00:00"), "month", LONDON)
    assert [row.start.isoformat()[:16] for row in months] == [
        "2026-01-31T00:00",
        "2026-02-01T00:00",
        "2026-03-01T00:00",
        "2026-03-31T23:00",
    ]


def test_widening_goes_out_to_what_is_touched() -> None:
    asked = span("2026-06-10T12:10", "2026-06-10T12:20")
    assert widen(asked, "hour", LONDON) == span("2026-06-10T12:00", "2026-06-10T13:00")
    assert widen(asked, "hour", KOLKATA) == span("2026-06-10T11:30", "2026-06-10T12:30")
    assert widen(asked, "day", LONDON) == span("2026-06-09T23:00", "2026-06-10T23:00")
    assert widen(asked, "week", LONDON) == span("2026-06-07T23:00", "2026-06-14T23:00")
    assert widen(asked, "month", LONDON) == span("2026-05-31T23:00", "2026-06-30T23:00")
    full = span("2026-06-09T23:00", "2026-06-10T23:00")
    assert widen(full, "day", LONDON) == full


def test_too_many_rows_are_refused_at_once() -> None:
    with pytest.raises(InvalidValueError) as raised:
        slots(Span(start=NOW, end=LATEST), "hour", LONDON)
    assert raised.value.field == "range"
    assert str(MOST_SLOTS) in raised.value.message
    exactly = Span(start=NOW, end=NOW + timedelta(hours=MOST_SLOTS))
    assert len(slots(exactly, "hour", LONDON)) == MOST_SLOTS


def test_grains() -> None:
    assert [check_grain(grain) for grain in ("hourly", "daily", "weekly", "monthly")] == list(GRAINS)
    with pytest.raises(InvalidValueError):
        check_grain("fortnight")


def test_lengths_in_words() -> None:
    assert words(timedelta(hours=2, minutes=10)) == "2 h 10 min"
    assert words(timedelta(seconds=20)) == "1 min"
    assert words(timedelta(days=3)) == "3 days"
    assert words(timedelta(days=1, hours=2, minutes=5)) == "1 day 2 h"


instants = st.datetimes(datetime(1971, 1, 1), datetime(2040, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001


spans = st.builds(
    lambda start, length: Span(start=start, end=start + length),
    instants,
    st.timedeltas(timedelta(microseconds=1), timedelta(days=40)),
)
zones = st.sampled_from(HARD_ZONES).map(ZoneInfo)


@settings(deadline=None)
@given(asked=spans, grain=st.sampled_from(GRAINS), zone=zones)
def test_rows_tile_the_range_and_widening_keeps_their_number(asked: Span, grain: str, zone: ZoneInfo) -> None:
    found = slots(asked, grain, zone)
    assert found[0].start == asked.start
    assert found[-1].end == asked.end
    assert all(row.start < row.end for row in found)
    assert all(before.end == after.start for before, after in pairwise(found))
    wide = widen(asked, grain, zone)
    assert wide.start <= asked.start < asked.end <= wide.end
    assert widen(wide, grain, zone) == wide
    assert len(slots(wide, grain, zone)) == len(found)


@settings(deadline=None)
@given(asked=spans, grain=st.sampled_from(GRAINS[1:]), zone=zones)
def test_each_row_is_one_day_week_or_month_of_the_zone(asked: Span, grain: str, zone: ZoneInfo) -> None:
    found = slots(asked, grain, zone)
    for row in found:
        last = row.end - timedelta(microseconds=1)
        assert len({_of(at, grain, zone) for at in (row.start, row.start + (last - row.start) / 2, last)}) == 1
    for before, after in pairwise(found):
        assert _of(before.start, grain, zone) != _of(after.start, grain, zone)


@settings(deadline=None)
@given(asked=spans, zone=zones)
def test_each_row_is_at_most_an_hour_and_cut_at_full_ones(asked: Span, zone: ZoneInfo) -> None:
    found = slots(asked, "hour", zone)
    assert all(row.end - row.start <= timedelta(hours=1) for row in found)
    for row in found[1:]:
        local = row.start.astimezone(zone)
        before = (row.start - timedelta(microseconds=1)).astimezone(zone)
        full = (local.minute, local.second, local.microsecond) == (0, 0, 0)
        assert full or local.utcoffset() != before.utcoffset()


def _of(instant: datetime, grain: str, zone: ZoneInfo) -> object:
    """Which day, week or month it is, by the calendar of the zone."""
    local = instant.astimezone(zone)
    if grain == "week":
        return local.isocalendar()[:2]
    return local.date() if grain == "day" else (local.year, local.month)
