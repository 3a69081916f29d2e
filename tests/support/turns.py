"""A test that says *today*, *tomorrow* or *next week* is over before the day turns, or begins after that."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.support.product import wait_until

__all__ = ["clear_of_midnight", "midnight"]

LONDON = ZoneInfo("Europe/London")
"""Where the tests' viewers are."""


def midnight(now: datetime, days: int = 1) -> datetime:
    """The viewers' midnight at which the day begins that is so many after the one of ``now``."""
    day = now.astimezone(LONDON).date() + timedelta(days=days)
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def clear_of_midnight(seconds: float) -> None:
    """Where less than so many seconds are left of the viewers' day, wait for the next one."""

    def has_time() -> bool:
        now = datetime.now(UTC)
        return midnight(now) - now > timedelta(seconds=seconds)

    wait_until(has_time, seconds + 60, saying="the next day has begun")
