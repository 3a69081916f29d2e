"""What people type for a time or a length, and how times, lengths and sizes are said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aglais_hub.cli.amounts import amounts, mebibytes, percent, size
from aglais_hub.cli.wish import differs
from aglais_hub.cli.words import (
    interval,
    length,
    local_zone,
    moment,
    plain,
    span,
    spans,
    state,
    to_api,
    total,
    when,
)
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.bookings import OFFER_KINDS, Booking, Phase, Span
from aglais_hub.wire.resources import Resources

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 6, 8, 9, 30, tzinfo=UTC)  # a Monday, 10:30 in London


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2h", 120),
        ("90m", 90),
        ("90 min", 90),
        ("1h30", 90),
        ("1h30m", 90),
        ("1 h 30 min", 90),
        ("1.5h", 90),
        ("3d", 4320),
        ("2 weeks", 20160),
        ("1d12h", 2160),
        ("PT2H", 120),
        ("p1d", 1440),
    ],
)
def test_a_length_is_read(text: str, minutes: int) -> None:
    assert length(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "2", "h", "two hours", "-2h", "0h", "2h3d", "PT", "9" * 40 + "d"])
def test_what_is_no_length_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidValueError, match="is not a length of time") as refused:
        length(text)
    assert "PT2H" in str(refused.value.help)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("14:00", datetime(2026, 6, 8, 13, tzinfo=UTC)),
        ("today", date(2026, 6, 8)),
        ("Tomorrow", date(2026, 6, 9)),
        ("mon", date(2026, 6, 8)),
        ("sunday", date(2026, 6, 14)),
        ("fri 09:00", datetime(2026, 6, 12, 8, tzinfo=UTC)),
        ("mon 09:00", datetime(2026, 6, 15, 8, tzinfo=UTC)),  # today's is past
        ("tomorrow 9:00", datetime(2026, 6, 9, 8, tzinfo=UTC)),
        ("2026-06-10", date(2026, 6, 10)),
        ("2026-06-10 14:00", datetime(2026, 6, 10, 13, tzinfo=UTC)),
        ("2026-12-10T14:00", datetime(2026, 12, 10, 14, tzinfo=UTC)),
        ("2026-06-10T14:00:00+02:00", datetime(2026, 6, 10, 12, tzinfo=UTC)),
        ("2026-06-10T14:00:00Z", datetime(2026, 6, 10, 14, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_callers_zone(text: str, expected: date | datetime) -> None:
    found = moment(text, LONDON, NOW)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "mon 9", "2026-13-01", "sund", "2026-06-08 25:00"])
def test_what_is_no_time_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidValueError, match="is not a time") as refused:
        moment(text, LONDON, NOW)
    assert "tomorrow" in str(refused.value.help)


def test_days_stay_days_and_instants_go_as_utc() -> None:
    assert to_api(date(2026, 6, 8)) == "2026-06-08"
    assert to_api(datetime(2026, 6, 8, 14, tzinfo=LONDON)) == "2026-06-08T13:00:00Z"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((0, 2), "now to 12:30"),
        ((0.005, 2), "now to 12:30"),
        ((0.02, 2), "today 10:31 to 12:30"),
        ((1, 3), "today 11:30 to 13:30"),
        ((1, 24), "today 11:30 to tomorrow 10:30"),
        ((13.5, 37.5), "tomorrow"),
        ((13.5, 13.5 + 72), "tomorrow to Thu 11 Jun"),
        ((24 * 365, 24 * 365 + 1), "Tue 8 Jun 2027 10:30 to 11:30"),
        ((-2, -1), "today 08:30 to 09:30"),
    ],
)
def test_an_interval_is_said_shortly(hours: tuple[float, float], said: str) -> None:
    start, end = (NOW + timedelta(hours=hour) for hour in hours)
    assert span(start, end, LONDON, NOW) == said


def test_an_instant_is_said_in_the_callers_zone() -> None:
    assert when(NOW, LONDON, NOW) == "today 10:30"
    assert when(NOW, ZoneInfo("Pacific/Auckland"), NOW) == "today 21:30"


def test_sizes_are_said() -> None:
    assert size(Resources(cores=Decimal(2), memory=8192)) == "2 cores, 8 GiB"
    assert size(Resources(cores=Decimal(1), memory=512, gpus=2)) == "1 core, 512 MiB, 2 GPUs"
    assert size(Resources(cores=Decimal("0.111"), memory=1300)) == "0.111 cores, 1.27 GiB"


def test_a_text_gives_the_terminal_no_orders() -> None:
    assert plain("Pléiades\x1b[2J\r\n") == "Pléiades·[2J··"


def test_the_zone_is_that_of_tz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert local_zone().key == "America/New_York"
    monkeypatch.setenv("TZ", "nonsense")
    assert local_zone().key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fri", "2026-06-12"),
        ("2026-06-10", "2026-06-10"),
        ("mon 11:00/12:30", "2026-06-08T10:00:00Z/2026-06-08T11:30:00Z"),
        ("fri 9:00 / 3h", "2026-06-12T08:00:00Z/2026-06-12T11:00:00Z"),
        ("fri 09:00/PT90M", "2026-06-12T08:00:00Z/2026-06-12T09:30:00Z"),
        ("fri 22:00/06:00", "2026-06-12T21:00:00Z/2026-06-13T05:00:00Z"),
        ("fri 22:00/sun 06:00", "2026-06-12T21:00:00Z/2026-06-14T05:00:00Z"),
        ("sat/mon", "2026-06-12T23:00:00Z/2026-06-15T23:00:00Z"),  # the Monday after that Saturday, included
        ("2026-10-24/2026-10-25", "2026-10-23T23:00:00Z/2026-10-26T00:00:00Z"),
        ("now/1h", "2026-06-08T09:30:00Z/2026-06-08T10:30:00Z"),
    ],
)
def test_a_span_is_read(text: str, expected: str) -> None:
    assert interval(text, LONDON, NOW) == expected


@pytest.mark.parametrize("text", ["", "fri 09:00", "fri/", "/fri", "fri 09:00/soon", "9:00/10", "fri 09:00/25:00"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match=r"is not a time|has no end"):
        interval(text, LONDON, NOW)


def offer(*hours: tuple[float, float], kind: str | None = None, package: str = "large") -> Booking:
    spans = [Span(start=NOW + timedelta(hours=start), end=NOW + timedelta(hours=end)) for start, end in hours]
    return Booking(
        id="3fa2b1c0-0000-4000-8000-000000000000",
        url="/",
        account="ada",
        phase="OFFERED",
        version=1,
        package=package,
        package_version=1,
        cluster="local",
        sharing="managed",
        resources=Resources(),
        spans=spans,
        start=spans[0].start,
        end=spans[-1].end,
        created=NOW,
        modified=NOW,
        kind=kind,
        until=spans[0].end,
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (offer((0, 2), kind="asked"), "as asked"),
        (offer((0.01, 2.01), kind="asked"), "as asked"),
        (offer((3, 5), kind="earliest"), "3 h later"),
        (offer((137, 139), kind="earliest"), "6 days later"),
        (offer((47, 49), kind="earliest"), "1 day 23 h later"),
        (offer((0, 2), kind="smaller", package="small"), "smaller"),
        (offer((1, 3), kind="smaller", package="small"), "smaller, 1 h later"),
        (offer((0, 1.25), kind="shorter"), "45 min shorter"),
        (offer((0, 1), (4, 5), kind="split"), "in 2 parts"),
        (offer((2, 2.5), (4, 5), kind="split"), "in 2 parts, 2 h later, 30 min shorter"),
        (offer((168, 170), kind="week"), "1 week later"),
        (offer((337, 339), kind="week"), "2 weeks later"),  # across the change of the clock
    ],
)
def test_it_is_said_how_an_offer_differs(found: Booking, said: str) -> None:
    assert differs(found, "large", Span(start=NOW, end=NOW + timedelta(hours=2))) == said


def test_where_it_is_not_known_what_was_asked_the_kind_is_said() -> None:
    assert differs(offer((3, 5), kind="earliest")) == "another time"
    assert {differs(offer((0, 1), kind=kind)) for kind in OFFER_KINDS} == {
        "as asked",
        "another time",
        "smaller",
        "shorter",
        "in parts",
        "another week",
    }


def test_a_booking_of_several_spans_is_said_shortly() -> None:
    several = offer((1, 3), (49, 51))
    assert spans(several, LONDON, NOW) == "2 times from today 11:30 until Wed 10 Jun 13:30"
    assert total(several) == timedelta(hours=4)
    # Between its spans, the next one counts.
    assert state(several.model_copy(update={"phase": Phase.WAITING}), NOW + timedelta(hours=4)) == "in 1 day 21 h"
    running = several.model_copy(update={"phase": Phase.RUNNING})
    assert state(running, NOW + timedelta(hours=2)) == "running, 1 h left"


@pytest.mark.parametrize(
    ("text", "mib"),
    [("512M", 512), ("8G", 8192), ("8 GiB", 8192), ("8gb", 8192), ("1.5T", 1572864), ("0G", 0), ("0.5g", 512)],
)
def test_a_size_is_read(text: str, mib: int) -> None:
    assert mebibytes(text, "memory") == mib


@pytest.mark.parametrize("text", ["", "8", "G", "-8G", "8 apples", "8K"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="is not a size") as refused:
        mebibytes(text, "memory")
    assert refused.value.field == "memory"


def test_a_share_is_read() -> None:
    assert [percent(text) for text in ("20%", "20", " 12.5 % ")] == ["20%", "20%", "12.5%"]
    assert percent("50%", sign="-") == "-50%"
    with pytest.raises(InvalidValueError, match="is not a share"):
        percent("half")


def test_amounts_are_said() -> None:
    amount = Resources(cores=Decimal("1.5"), memory=8192, temporary=20480, servers=1, gpus=2)
    assert amounts(amount) == "1.5 cores, 8 GiB, 20 GiB temporary disk, 1 server, 2 GPUs"
    assert amounts(Resources()) == "nothing"
    assert amounts(Resources(cores=Decimal(-2), memory=-3 * 1024**2)) == "−2 cores, −3 TiB"
    assert amounts(Resources(memory=1_046_528)) == "1,022 GiB"
