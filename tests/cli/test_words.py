"""What people type for a time or a length, and how times, lengths and sizes are said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aglais_hub.cli.words import length, local_zone, moment, plain, size, span, to_api, when
from aglais_hub.errors import InvalidValueError
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
