"""What is asked for as dates or as a list of spans, windows, and shares."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aglais_hub.bookings.spans import MOST_SPANS, read_percent, read_spans, read_window
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import BookingRequest, Span

NOW = datetime(2026, 6, 8, 9, 7, 30, 250_000, tzinfo=UTC)
ZONES = ("Europe/London", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe")


def read(zone: str = "UTC", **fields: Any) -> list[Span]:
    return read_spans(BookingRequest(**fields), zone=ZoneInfo(zone), now=NOW)


def utc(*spans: str) -> list[Span]:
    pairs = [text.split("/") for text in spans]
    start_end = [[datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC) for text in pair] for pair in pairs]
    return [Span(start=start, end=end) for start, end in start_end]


# ---------------------------------------------------------------- dates and lists


@pytest.mark.parametrize(
    ("fields", "span"),
    [
        ({"startdate": "2026-06-08", "enddate": "2026-06-10"}, "06-08T00:00/06-11T00:00"),
        ({"startdate": "2026-06-08T09:00", "duration": "PT90M"}, "06-08T09:00/06-08T10:30"),
        ({"duration": "PT1H"}, "06-08T09:07:30.250000/06-08T10:07:30.250000"),
    ],
)
def test_dates_alone_are_one_span(fields: dict[str, str], span: str) -> None:
    assert read(**fields) == utc(span)


DAY, MORNING = "06-08T00:00/06-09T00:00", "06-10T09:00/06-10T12:00"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ("2026-06-08", [DAY]),
        ("2026-06-08/2026-06-08", [DAY]),
        ("2026-06-08, 2026-06-10T09:00/PT3H", [DAY, MORNING]),
        ("2026-06-10T09:00/2026-06-10T12:00Z,2026-06-08/P1D", [DAY, MORNING]),
        (["2026-06-08", "2026-06-10T09:00/PT3H"], [DAY, MORNING]),
        (["2026-06-08,2026-06-10T09:00/pt3h"], [DAY, MORNING]),
        ([
            {"start": "2026-06-10T09:00", "end": "2026-06-10T12:00"},
            {"start": "2026-06-08", "end": "2026-06-08"},
        ], None),
        ([
            {"startdate": "2026-06-10T09:00", "duration": "PT3H"},
            {"startdate": "2026-06-08", "enddate": "2026-06-08"},
        ], None),
        (['2026-06-08', {"start": "2026-06-10T09:00:00Z", "end": "2026-06-10T12:00:00Z"}], None),
        ('[{"start": "2026-06-08", "end": "2026-06-08"}, "2026-06-10T09:00/PT3H"]', None),
        ("2026-06-09,2026-06-08,2026-06-10T00:00/PT6H", ["06-08T00:00/06-10T06:00"]),  # those that touch are one
    ],
)  # fmt: skip
def test_spans_are_listed_in_many_ways(spans: Any, expected: list[str] | None) -> None:
    assert read(spans=spans) == utc(*(expected or [DAY, MORNING]))


@pytest.mark.parametrize("zone", ZONES)
def test_a_date_is_the_whole_day_of_the_zone(zone: str) -> None:
    for day in ("2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04", "2018-11-04", "2018-02-17", "2028-02-29"):
        (span,) = read(zone, spans=day)
        before, after = (
            (instant + step).astimezone(ZoneInfo(zone)).date()
            for instant, step in ((span.start, timedelta(microseconds=-1)), (span.end, timedelta()))
        )
        assert (after - before).days == 2
        assert span.start.astimezone(ZoneInfo(zone)).date() == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"spans": []}, "spans", "no span"),
        ({"spans": ""}, "spans", "no span"),
        ({"spans": " , "}, "spans", "not a date"),
        ({"spans": 5}, "spans", "are a list"),
        ({"spans": {"start": "2026-06-08", "end": "2026-06-08"}}, "spans", "are a list"),
        ({"spans": [5]}, "spans", "a text or an object"),
        ({"spans": [["2026-06-08"]]}, "spans", "a text or an object"),
        ({"spans": [None]}, "spans", "a text or an object"),
        ({"spans": "[1,"}, "spans", "not JSON"),
        ({"spans": "[" * 100_000}, "spans", "not JSON"),
        ({"spans": [{"start": "2026-06-08"}]}, "spans", "a start, and an end"),
        ({"spans": [{"start": "2026-06-08", "end": None}]}, "spans", "a start, and an end"),
        ({"spans": [{"start": "2026-06-08", "startdate": "2026-06-08"}]}, "spans", "a start, and an end"),
        ({"spans": [{"start": "2026-06-08", "startdate": "2026-06-09", "end": "2026-06-09"}]}, "spans", "a start, and"),
        ({"spans": [{"start": "2026-06-08", "end": "2026-06-08", "note": "x"}]}, "spans", "a start, and an end"),
        ({"spans": [{"start": "2026-06-08", "duration": "x"}]}, "spans", "not a length of time"),
        ({"spans": "2026-06-08T09:00"}, "spans", "has no end"),
        ({"spans": "2026-06-08/"}, "spans", "not a date"),
        ({"spans": "/PT1H"}, "spans", "not a date"),
        ({"spans": "2026-06-08/PT0S"}, "spans", "not a length of time"),
        ({"spans": "2299-12-31/P9D"}, "spans", "after the year 2299"),
        ({"spans": "2026-06-08T09:00/2026-06-08T09:00"}, "spans", "ends before"),
        ({"spans": "2026-06-09/2026-06-08"}, "spans", "ends before"),
        ({"spans": "tomorrow" * 1000}, "spans", "not a date"),
        ({"spans": ["2026-06-08"] * (MOST_SPANS + 1)}, "spans", "401 spans are too many"),
        ({"spans": "2026-06-08", "startdate": "2026-06-08"}, "spans", "nothing else"),
        ({"spans": "2026-06-08", "duration": "PT1H"}, "spans", "nothing else"),
        ({"spans": "2026-06-08", "recurrence": "FREQ=DAILY"}, "recurrence", "nothing else"),
        ({"startdate": "2026-06-08"}, "enddate", "no end"),
        ({"recurrence": "FREQ=DAILY"}, "enddate", "no end"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(fields: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said) as caught:
        read(**fields)
    assert caught.value.field == field
    assert caught.value.help
    assert len(caught.value.message) < 250


def test_two_spans_that_overlap_are_named_on_the_clock_of_the_zone() -> None:
    with pytest.raises(InvalidValueError) as caught:
        read("Europe/London", spans="2026-06-20,2026-06-08T09:00/PT3H,2026-06-08T11:00/PT1H")
    assert caught.value.field == "spans"
    assert caught.value.message == (
        "2026-06-08 09:00 to 2026-06-08 12:00 and 2026-06-08 11:00 to 2026-06-08 12:00 overlap."
    )


instants = st.integers(0, 270 * 86_400).map(
    lambda seconds: datetime.fromisoformat("2026-03-01") + timedelta(seconds=seconds)
)


@given(
    pieces=st.lists(st.tuples(instants, st.integers(1, 400_000)), min_size=1, max_size=8),
    zone=st.sampled_from(ZONES),
    as_text=st.booleans(),
)
@settings(deadline=None)
def test_a_list_covers_what_its_spans_cover(pieces: list[tuple[datetime, int]], zone: str, as_text: bool) -> None:
    texts = [f"{start.isoformat()}Z/PT{seconds}S" for start, seconds in pieces]
    asked = sorted((start.replace(tzinfo=UTC), timedelta(seconds=seconds)) for start, seconds in pieces)
    fields = {"spans": ",".join(texts) if as_text else texts}
    if any(start + length > after for (start, length), (after, _) in pairwise(asked)):
        with pytest.raises(InvalidValueError, match="overlap"):
            read(zone, **fields)
        return
    found = read(zone, **fields)
    assert sum((span.end - span.start for span in found), timedelta()) == sum((one[1] for one in asked), timedelta())
    assert all(one.end < other.start for one, other in pairwise(found))
    assert {span.start for span in found} <= {start for start, _ in asked}
    again = json.dumps([span.model_dump(mode="json") for span in found])
    assert read("Asia/Kolkata", spans=again) == found


# ---------------------------------------------------------------- windows and shares


@pytest.mark.parametrize(
    ("text", "window"),
    [
        (None, timedelta()),
        ("", timedelta()),
        ("PT0S", timedelta()),
        ("P0D", timedelta()),
        ("P3D", timedelta(days=3)),
        ("P366D", timedelta(days=366)),
    ],
)
def test_a_window_is_a_length_of_time(text: str | None, window: timedelta) -> None:
    assert read_window(BookingRequest(window=text)) == window


@pytest.mark.parametrize("text", ["P", "PT", "3 days", "-PT1H", "P367D", "P9999W", "2026-06-08"])
def test_a_window_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        read_window(BookingRequest(window=text))
    assert caught.value.field == "window"
    assert caught.value.help


@pytest.mark.parametrize(
    ("text", "percent"),
    [("20%", "20"), ("12.5%", "12.5"), ("20", "20"), (" 7 % ", "7"), ("100%", "100"), ("+0.001%", "0.001")],
)
def test_a_share_is_a_percentage(text: str, percent: str) -> None:
    assert read_percent(text) == Decimal(percent)


@pytest.mark.parametrize(
    "text",
    ["", "%", "0%", "0", "-0%", "101%", "100.001", "1e1%", "nan", "20%%", "2,5%", "-20%", "٢٠%", "1.2345", "9" * 90],
)  # fmt: skip
def test_a_share_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="not a percentage") as caught:
        read_percent(text, "portion")
    assert caught.value.field == "portion"
    assert caught.value.help


def test_a_share_is_negative_where_that_is_asked_for() -> None:
    assert read_percent("-100%", negative=True) == -100
    assert read_percent("12.5", negative=True) == Decimal("12.5")
    for text in ("-100.5%", "0%"):
        with pytest.raises(InvalidValueError, match="not a percentage"):
            read_percent(text, negative=True)
