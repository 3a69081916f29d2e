"""What is asked for as a span and a rule that repeats it, in zones that are hard."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aglais_hub.bookings.recurrence import LONGEST_RECURRENCE, MOST_SPANS
from aglais_hub.bookings.spans import read_spans
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import BookingRequest, Span

NOW = datetime(2026, 6, 8, 9, 7, 30, 250_000, tzinfo=UTC)
ZONES = ("Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe")
MOST_SECONDS = 2
"""Of the processor, for any rule: a machine that is busy with other things takes longer over it."""


def read(zone: str = "UTC", **fields: Any) -> list[Span]:
    return read_spans(BookingRequest(**fields), zone=ZoneInfo(zone), now=NOW)


def shown(spans: list[Span], zone: str = "UTC") -> list[str]:
    """Each as its clock shows it, with the offset at its start and at its end."""
    return [
        " ".join(f"{instant.astimezone(ZoneInfo(zone)):%m-%dT%H:%M%z}" for instant in (span.start, span.end))
        for span in spans
    ]


HOURS, MINUTES = (",".join(map(str, range(most))) for most in (24, 60))
NINE = {"startdate": "2026-10-19T09:00", "enddate": "2026-10-19T17:00"}


@pytest.mark.parametrize(
    ("zone", "first", "rule", "expected"),
    [
        # nine is nine, before and after each change of the clock
        ("Europe/London", ("2026-10-19T09:00", "2026-10-19T17:00"), "FREQ=WEEKLY;COUNT=2",
         ["10-19T09:00+0100 10-19T17:00+0100", "10-26T09:00+0000 10-26T17:00+0000"]),
        ("Europe/London", ("2026-03-23T09:00", "PT8H"), "RRULE:FREQ=WEEKLY;COUNT=2",
         ["03-23T09:00+0000 03-23T17:00+0000", "03-30T09:00+0100 03-30T17:00+0100"]),
        ("Australia/Lord_Howe", ("2026-04-04T09:00", "PT1H"), "FREQ=DAILY;COUNT=2",
         ["04-04T09:00+1100 04-04T10:00+1100", "04-05T09:00+1030 04-05T10:00+1030"]),
        ("Asia/Kolkata", ("2026-10-24T09:00", "PT1H"), "FREQ=DAILY;COUNT=2",
         ["10-24T09:00+0530 10-24T10:00+0530", "10-25T09:00+0530 10-25T10:00+0530"]),
        # the night of a change: by its end a span follows the clock, by its duration it takes as much time
        ("Europe/London", ("2026-03-27T22:00", "2026-03-28T06:00"), "FREQ=DAILY;COUNT=2",
         ["03-27T22:00+0000 03-28T06:00+0000", "03-28T22:00+0000 03-29T06:00+0100"]),
        ("Europe/London", ("2026-03-27T22:00", "PT8H"), "FREQ=DAILY;COUNT=2",
         ["03-27T22:00+0000 03-28T06:00+0000", "03-28T22:00+0000 03-29T07:00+0100"]),
        ("Europe/London", ("2026-10-23T22:00", "2026-10-24T06:00"), "FREQ=DAILY;COUNT=2",
         ["10-23T22:00+0100 10-24T06:00+0100", "10-24T22:00+0100 10-25T06:00+0000"]),
        # what the clock leaves out is as much later; what it leaves out altogether is left out
        ("Europe/London", ("2026-03-28T01:30", "PT1H"), "FREQ=DAILY;COUNT=3",
         ["03-28T01:30+0000 03-28T02:30+0000", "03-29T02:30+0100 03-29T03:30+0100",
          "03-30T01:30+0100 03-30T02:30+0100"]),
        ("Europe/London", ("2026-03-28T01:00", "2026-03-28T02:00"), "FREQ=DAILY;COUNT=3",
         ["03-28T01:00+0000 03-28T02:00+0000", "03-30T01:00+0100 03-30T02:00+0100"]),
        ("Australia/Lord_Howe", ("2026-10-03T02:15", "PT15M"), "FREQ=DAILY;COUNT=2",
         ["10-03T02:15+1030 10-03T02:30+1030", "10-04T02:45+1100 10-04T03:00+1100"]),
        # what it shows twice is the first, but where the first span says otherwise
        ("Europe/London", ("2026-10-24T01:30", "PT30M"), "FREQ=DAILY;COUNT=2",
         ["10-24T01:30+0100 10-24T02:00+0100", "10-25T01:30+0100 10-25T01:00+0000"]),
        ("Europe/London", ("2026-10-25T01:30:00Z", "PT30M"), "FREQ=DAILY;COUNT=2",
         ["10-25T01:30+0000 10-25T02:00+0000", "10-26T01:30+0000 10-26T02:00+0000"]),
        ("Australia/Lord_Howe", ("2026-04-04T01:30", "2026-04-04T01:45"), "FREQ=DAILY;COUNT=2",
         ["04-04T01:30+1100 04-04T01:45+1100", "04-05T01:30+1100 04-05T01:45+1100"]),
        ("Europe/London", ("2026-10-25T01:10:00Z", "2026-10-25T01:40:00Z"), "FREQ=DAILY;COUNT=2",
         ["10-25T01:10+0000 10-25T01:40+0000", "10-26T01:10+0000 10-26T01:40+0000"]),
        ("Europe/London", ("2026-10-25T01:30:00Z", "PT30M"), "FREQ=DAILY;COUNT=2\nEXDATE:20261025T013000Z",
         ["10-26T01:30+0000 10-26T02:00+0000"]),
        ("Europe/London", ("2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z"), "FREQ=DAILY;COUNT=2",
         ["10-25T01:50+0100 10-25T01:10+0000", "10-26T01:50+0000 10-26T02:10+0000"]),
        # a first span that the clock leaves out goes on as it was written
        ("Europe/London", ("2026-03-29T01:30", "PT1H"), "FREQ=DAILY;COUNT=2",
         ["03-29T02:30+0100 03-29T03:30+0100", "03-30T01:30+0100 03-30T02:30+0100"]),
        ("America/Sao_Paulo", ("2018-11-04", "2018-11-04"), "FREQ=WEEKLY;COUNT=2",
         ["11-04T01:00-0200 11-05T00:00-0200", "11-11T00:00-0200 11-12T00:00-0200"]),
        # whole days, of 23, 24 and 25 hours
        ("America/Sao_Paulo", ("2018-02-10", "2018-02-10"), "FREQ=WEEKLY;COUNT=3",
         ["02-10T00:00-0200 02-11T00:00-0200", "02-17T00:00-0200 02-18T00:00-0300",
          "02-24T00:00-0300 02-25T00:00-0300"]),
        ("Europe/London", ("2026-10-18", "2026-10-18"), "FREQ=WEEKLY;COUNT=2",
         ["10-18T00:00+0100 10-19T00:00+0100", "10-25T00:00+0100 10-26T00:00+0000"]),
        # whole days that follow each other are one span
        ("Europe/London", ("2026-10-23", "2026-10-23"), "FREQ=DAILY;COUNT=5", ["10-23T00:00+0100 10-28T00:00+0000"]),
        # leap days
        ("UTC", ("2028-02-28T09:00", "PT1H"), "FREQ=DAILY;COUNT=3",
         ["02-28T09:00+0000 02-28T10:00+0000", "02-29T09:00+0000 02-29T10:00+0000",
          "03-01T09:00+0000 03-01T10:00+0000"]),
        ("UTC", ("2027-11-29T09:00", "PT1H"), "FREQ=MONTHLY;COUNT=4",
         ["11-29T09:00+0000 11-29T10:00+0000", "12-29T09:00+0000 12-29T10:00+0000",
          "01-29T09:00+0000 01-29T10:00+0000", "02-29T09:00+0000 02-29T10:00+0000"]),
        ("UTC", ("2028-02-29T09:00", "PT1H"), "FREQ=YEARLY", ["02-29T09:00+0000 02-29T10:00+0000"]),
        # rules of many kinds
        ("UTC", ("2026-06-08T09:00", "PT1H"), "freq=weekly;byday=mo,we;count=3",
         ["06-08T09:00+0000 06-08T10:00+0000", "06-10T09:00+0000 06-10T10:00+0000",
          "06-15T09:00+0000 06-15T10:00+0000"]),
        ("UTC", ("2026-06-09T09:00", "PT1H"), "FREQ=WEEKLY;BYDAY=MO;COUNT=1", ["06-15T09:00+0000 06-15T10:00+0000"]),
        ("UTC", ("2026-06-08T09:00", "PT1H"), "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2",
         ["06-26T09:00+0000 06-26T10:00+0000", "07-31T09:00+0000 07-31T10:00+0000"]),
        ("UTC", ("2026-06-08T09:00", "PT1H"), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=1",
         ["06-30T09:00+0000 06-30T10:00+0000"]),
        ("UTC", ("2026-06-08T09:00", "PT1H"), "FREQ=DAILY;BYHOUR=9,14;COUNT=3",
         ["06-08T09:00+0000 06-08T10:00+0000", "06-08T14:00+0000 06-08T15:00+0000",
          "06-09T09:00+0000 06-09T10:00+0000"]),
        ("UTC", ("2026-06-08T09:00", "PT1H"), "FREQ=WEEKLY;INTERVAL=2;COUNT=2;WKST=SU;",
         ["06-08T09:00+0000 06-08T10:00+0000", "06-22T09:00+0000 06-22T10:00+0000"]),
        # until is included: as a date with its day, on the clock, in UTC
        ("Europe/London", ("2026-06-08T09:00", "PT1H"), "FREQ=DAILY;UNTIL=20260609",
         ["06-08T09:00+0100 06-08T10:00+0100", "06-09T09:00+0100 06-09T10:00+0100"]),
        ("Europe/London", ("2026-06-08T09:00", "PT1H"), "FREQ=DAILY;UNTIL=20260609T090000",
         ["06-08T09:00+0100 06-08T10:00+0100", "06-09T09:00+0100 06-09T10:00+0100"]),
        ("Europe/London", ("2026-06-08T09:00", "PT1H"), "FREQ=DAILY;UNTIL=2026-06-09T07:59:59Z",
         ["06-08T09:00+0100 06-08T10:00+0100"]),
        # what is left out still counts
        ("Europe/London", ("2026-06-08T09:00",
          "PT1H"), "RRULE:FREQ=DAILY;COUNT=4\r\nEXDATE:20260609\nEXDATE:20260610T090000",
         ["06-08T09:00+0100 06-08T10:00+0100", "06-11T09:00+0100 06-11T10:00+0100"]),
        ("Europe/London", ("2026-06-08T09:00", "PT1H"), "EXDATE;VALUE=DATE:20260608,20260609\nFREQ=DAILY;COUNT=3",
         ["06-10T09:00+0100 06-10T10:00+0100"]),
        ("Europe/London", ("2026-06-08T09:00", "PT1H"),
         "FREQ=DAILY;COUNT=3\nEXDATE:20260608T080000Z\nEXDATE;TZID=Asia/Kolkata:20260609T133000",
         ["06-10T09:00+0100 06-10T10:00+0100"]),
    ],
)  # fmt: skip
def test_a_rule_goes_by_the_clock_of_the_zone(
    zone: str, first: tuple[str, str], rule: str, expected: list[str]
) -> None:
    start, end = first
    last = {"duration": end} if end.startswith("P") else {"enddate": end}
    assert shown(read(zone, startdate=start, recurrence=rule, **last), zone) == expected


def test_a_rule_from_now_on_keeps_the_fraction_of_a_second() -> None:
    first, second = read(duration="PT1H", recurrence="FREQ=DAILY;COUNT=2")
    assert first.start == NOW
    assert second.start == NOW + timedelta(days=1)


def test_a_week_begins_on_monday_whatever_python_was_told() -> None:
    try:
        calendar.setfirstweekday(calendar.SUNDAY)
        found = read(
            startdate="2026-06-08T09:00", duration="PT1H", recurrence="FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;COUNT=1"
        )
    finally:
        calendar.setfirstweekday(calendar.MONDAY)
    assert found[0].start.date() == date(2026, 6, 14)


def test_a_rule_without_an_end_ends_after_a_year() -> None:
    found = read(recurrence="FREQ=WEEKLY", **NINE)
    assert len(found) == 53
    assert found[-1].start - found[0].start <= LONGEST_RECURRENCE < found[-1].start - found[0].start + timedelta(days=7)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=SECONDLY", "FREQ=SECONDLY"),
        ("FREQ=MINUTELY;COUNT=3", "FREQ=MINUTELY"),
        ("FREQ=HOURLY;COUNT=3", "FREQ=HOURLY"),
        ("FREQ=", "no FREQ"),
        ("every monday", "no FREQ"),
        ("COUNT=3", "no FREQ"),
        ("   ", "has one rule"),
        ("EXDATE:20260608", "has one rule"),
        ("FREQ=DAILY\nFREQ=DAILY", "has one rule"),
        ("DTSTART:20260101T000000Z\nFREQ=DAILY", "line 'DTSTART"),
        ("FREQ=DAILY\nRDATE:20260608", "line 'RDATE"),
        ("FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "line 'EXRULE"),
        ("RRULE;X=1:FREQ=DAILY", "line 'RRULE;X"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20261101", "both say"),
        ("FREQ=DAILY;BYEASTER=0", "no part 'BYEASTER'"),
        ("FREQ=DAILY;DTSTART=20260101", "no part 'DTSTART'"),
        ("FREQ=DAILY;__CLASS__=1", "no part"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=DAILY;COUNT=401", "COUNT=401"),
        ("FREQ=DAILY;COUNT=1,2", "COUNT=1,2"),
        ("FREQ=DAILY;COUNT=" + "9" * 400, "COUNT=999"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=DAILY;INTERVAL=10000000", "INTERVAL=1"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH=13"),
        ("FREQ=DAILY;BYMONTH=", "BYMONTH="),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24"),
        ("FREQ=DAILY;BYHOUR=-1", "BYHOUR=-1"),
        ("FREQ=DAILY;BYSECOND=60", "BYSECOND=60"),
        ("FREQ=YEARLY;BYSETPOS=367", "BYSETPOS=367"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY="),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO"),
        ("FREQ=MONTHLY;BYDAY=6MO", "BYDAY=6MO"),
        ("FREQ=WEEKLY;WKST=X", "WKST='X'"),
        ("FREQ=DAILY;UNTIL=", "UNTIL ''"),
        ("FREQ=DAILY;UNTIL=5", "UNTIL '5'"),
        ("FREQ=DAILY;UNTIL=20261301", "UNTIL '20261301'"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "UNTIL '9999"),
        ("FREQ=DAILY;UNTIL=20261018", "before the first"),
        ("FREQ=WEEKLY;UNTIL=20271101", "By its UNTIL .* 366 days"),
        ("FREQ=WEEKLY;COUNT=54", "By its COUNT .* 366 days"),
        ("FREQ=DAILY;BYHOUR=0,9;UNTIL=20270801", "overlap|more than 400"),
        ("FREQ=DAILY;COUNT=2\nEXDATE:20261019,20261020", "not left out"),
        ("FREQ=DAILY;COUNT=2\nEXDATE:soon", "EXDATE 'SOON'"),
        ("FREQ=DAILY;COUNT=2\nEXDATE;TZID=Mars/Olympus:20261019T090000", "no time zone"),
        ("FREQ=DAILY;COUNT=2\nEXDATE;X=1:20261019T090000", "no parameter"),
        ("FREQ=DAILY;BYHOUR=9,12;COUNT=2", "2026-10-19 09:00 to 2026-10-19 17:00 and 2026-10-19 12:00 .* overlap"),
        # rules that never come true, however far one looks
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no span within a year"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "no span within a year"),
        ("FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30", "no span within a year"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no span within a year"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "no span within a year"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20270101", "no span within a year"),
        ("FREQ=DAILY;BYSETPOS=366", "no span within a year"),
        ("FREQ=YEARLY;BYDAY=53MO;BYMONTH=12;BYMONTHDAY=1", "no span within a year"),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "no span within a year"),
        ("FREQ=YEARLY;BYYEARDAY=366;BYMONTHDAY=1", "no span within a year"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "no span within a year"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1", "366 days"),
        (f"FREQ=DAILY;BYHOUR={HOURS};BYMINUTE={MINUTES};BYSECOND={MINUTES};BYMONTH=2;BYMONTHDAY=30", "no span within"),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_at_once(rule: str, said: str) -> None:
    begun = process_time()
    with pytest.raises(InvalidValueError, match=said) as caught:
        read("Europe/London", recurrence=rule, **NINE)
    assert process_time() - begun < MOST_SECONDS
    assert caught.value.field == "recurrence"
    assert caught.value.help


def test_more_spans_than_a_booking_may_have_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="more than 400 spans") as caught:
        read(startdate="2026-06-08T09:00", duration="PT1H", recurrence="FREQ=DAILY;BYHOUR=9,14")
    assert caught.value.field == "recurrence"


def test_a_rule_ends_with_the_calendar() -> None:
    assert len(read(startdate="2299-12-01T09:00", duration="PT1H", recurrence="FREQ=WEEKLY;COUNT=3")) == 3
    with pytest.raises(InvalidValueError, match="2299"):
        read(startdate="2299-12-01T09:00", duration="PT1H", recurrence="FREQ=WEEKLY")
    with pytest.raises(InvalidValueError, match="2299"):
        read(startdate="2299-12-01T09:00", enddate="2299-12-01T10:00", recurrence="FREQ=WEEKLY")


DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@given(
    day=st.dates(date(1970, 1, 2), date(2297, 1, 1)),
    hour=st.integers(0, 23),
    minutes=st.sampled_from([15, 30, 60, 480, 1439]),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    months=st.sets(st.integers(1, 12), min_size=1),
    zone=st.sampled_from(ZONES),
    by_end=st.booleans(),
)
@settings(deadline=None)
def test_a_rule_gives_the_days_that_a_walk_over_the_year_finds(
    day: date, hour: int, minutes: int, weekdays: set[int], months: set[int], zone: str, by_end: bool
) -> None:
    clock = datetime.combine(day, time(hour))
    end = clock + timedelta(minutes=minutes)
    rule = f"FREQ=DAILY;BYDAY={','.join(DAYS[n] for n in weekdays)};BYMONTH={','.join(map(str, months))}"
    last = {"enddate": end.isoformat()} if by_end else {"duration": f"PT{minutes}M"}
    walked = [clock + timedelta(days=n) for n in range(367)]
    clocks = [at for at in walked if at.weekday() in weekdays and at.month in months]
    at_zone = ZoneInfo(zone)
    expected = []
    for at in clocks:
        start = at.replace(tzinfo=at_zone).astimezone(UTC)
        until = (at + timedelta(minutes=minutes)).replace(tzinfo=at_zone).astimezone(UTC)
        until = until if by_end else start + timedelta(minutes=minutes)
        if start < until:
            expected.append(Span(start=start, end=until))
    first_start, first_end = clock.replace(tzinfo=at_zone), end.replace(tzinfo=at_zone)
    if by_end and first_end.astimezone(UTC) <= first_start.astimezone(UTC):
        return  # the first is left out by the clock, and so it is refused
    if not expected or any(one.end > other.start for one, other in pairwise(expected)):
        with pytest.raises(InvalidValueError):
            read(zone, startdate=clock.isoformat(), recurrence=rule, **last)
        return
    found = read(zone, startdate=clock.isoformat(), recurrence=rule, **last)
    assert [(span.start, span.end) for span in found] == [(span.start, span.end) for span in expected]


@given(
    text=st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                "RRULE: EXDATE: EXDATE;TZID= FREQ=DAILY FREQ=WEEKLY FREQ=MONTHLY FREQ=YEARLY ; = , \n COUNT=3 UNTIL= "
                "20270101 20261019T090000Z BYDAY=MO BYDAY=-1FR BYDAY=20MO BYMONTH=2 BYMONTHDAY=30 BYMONTHDAY=-31 "
                "BYYEARDAY=366 BYYEARDAY=-366 BYWEEKNO=53 BYWEEKNO=-53 BYSETPOS=-366 BYSETPOS=366 BYHOUR=3,9 "
                "BYMINUTE=0,30 BYSECOND=1 INTERVAL=9999 INTERVAL=7 WKST=SU ; ; ; ;".split(" ")
            ),
            max_size=12,
        ).map(";".join),
    ),
    start=st.sampled_from(["2026-10-19T09:00", "2028-02-29", "2099-12-31T23:30", "2298-01-01", "1970-01-02T00:00"]),
)
def test_whatever_is_written_gives_spans_or_an_error_that_helps(text: str, start: str) -> None:
    found, refused, begun = [], None, process_time()
    try:
        found = read("Europe/London", startdate=start, duration="PT15M", recurrence=text)
    except InvalidValueError as error:
        refused = error
    assert process_time() - begun < MOST_SECONDS
    assert refused is None or (refused.field == "recurrence" and refused.help)
    assert (refused is None) == (1 <= len(found) <= MOST_SPANS)
    assert all(span.start < span.end for span in found)
    assert all(one.end < other.start for one, other in pairwise(found))
