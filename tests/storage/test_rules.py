"""When things go, when people are told, and what is full; as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aglais_hub.errors import ConflictError
from aglais_hub.storage.rules import MIB, check_keep, ends, notices, plan, usage
from aglais_hub.wire.policy import Space

NOW = datetime(2026, 6, 8, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LONG = (14 * DAY, 2 * DAY)


@pytest.mark.parametrize(
    ("space", "kept", "days"),
    [
        ("notebooks", "P1Y", [14, 2]),
        ("saved", "P15D", [14, 2]),
        ("saved", "P14D", [1]),
        ("saved", "P3D", [1]),
        ("saved", "P2D", []),
        ("saved", "PT12H", []),
        ("temporary", "P30D", [14, 2]),
        ("temporary", "P2W", []),
        ("temporary", "P7D", []),
    ],
)
def test_how_long_ahead_people_are_told(space, kept, days):
    assert [notice / DAY for notice in notices(space, kept)] == days


@pytest.mark.parametrize(
    ("end", "first", "last", "goes", "given", "following"),
    [
        # Long ahead; on the day of each notice; between them; and on the day.
        (30, None, None, 30, None, 16),
        (14, None, None, 14, 0, 0),
        (10, -4, None, 10, None, 8),
        (2, -12, None, 2, 1, 0),
        (1, -13, -1, 1, None, 1),
        (0, -14, -2, 0, None, 0),
        # Late: every notice is given as long ahead as it ought to be.
        (0, None, None, 14, 0, 0),
        (-300, None, None, 14, 0, 0),
        (5, None, None, 14, 0, 0),
        (0, -10, None, 4, None, 2),
        (0, -13, None, 2, 1, 0),
        (-100, -90, None, 2, 1, 0),
        (-100, -90, -1, 1, None, 1),
    ],
)
def test_nothing_goes_before_its_notices_were_given(end, first, last, goes, given, following):
    warned = [None if day is None else NOW + day * DAY for day in (first, last)]
    found = plan(NOW + end * DAY, LONG, warned, NOW)
    assert ((found.goes - NOW) / DAY, found.given, (found.next - NOW) / DAY) == (goes, given, following)


def test_without_notices_it_goes_at_its_end():
    assert plan(NOW - DAY, (), (None, None), NOW) == (NOW - DAY, None, NOW - DAY)


def test_when_the_time_is_over():
    limits = Space(kept="P6M", keep="always")
    assert ends(NOW, kept=None, always=False, limits=limits) == datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert ends(NOW, kept=NOW + 400 * DAY, always=False, limits=limits) == NOW + 400 * DAY
    assert ends(NOW, kept=NOW + DAY, always=False, limits=limits) == datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert ends(NOW, kept=None, always=True, limits=limits) is None
    assert ends(NOW, kept=None, always=False, limits=Space()) is None


@pytest.mark.parametrize(
    ("files", "size", "limits", "near", "full"),
    [
        (0, 0, Space(files=10, size=10), False, False),
        (8, 0, Space(files=10, size=10), False, False),
        (9, 0, Space(files=10, size=10), True, False),
        (10, 0, Space(files=10, size=10), True, True),
        (0, 9 * MIB, Space(files=10, size=10), True, False),
        (0, 10 * MIB - 1, Space(files=10, size=10), True, False),
        (0, 10 * MIB, Space(files=10, size=10), True, True),
        (0, 11 * MIB, Space(files=10, size=10), True, True),
        (10**9, 10**15, Space(), False, False),
        (0, 0, Space(files=0, size=0), True, True),
    ],
)
def test_what_is_near_and_what_is_full(files, size, limits, near, full):
    found = usage(files, size, limits=limits)
    assert (found.near, found.full) == (near, full)


@pytest.mark.parametrize(
    ("asked", "allowed", "kept", "may"),
    [
        ("no", "no", "P6M", True),
        ("again", "no", "P6M", False),
        ("always", "no", "P6M", False),
        ("again", "again", "P6M", True),
        ("always", "again", "P6M", False),
        ("again", "always", "P6M", True),
        ("always", "always", "P6M", True),
        ("always", "no", None, True),
    ],
)
def test_what_may_be_kept(asked, allowed, kept, may):
    limits = Space(kept=kept, keep=allowed)
    if may:
        check_keep(asked, limits)
        return
    with pytest.raises(ConflictError) as raised:
        check_keep(asked, limits)
    assert raised.value.rule == "keep"
    assert raised.value.help
