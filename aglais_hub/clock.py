"""The one way to read the time.

Every service takes a ``Clock`` and asks it; nothing else in the project reads the system's clock for a decision,
so a test moves time by handing over a ``ManualClock``.

A machine's clock may be set wrong, and right again. What can't be undone asks ``Steady`` first.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "ManualClock", "Steady", "SystemClock"]

log = logging.getLogger(__name__)

UNEVEN = timedelta(minutes=1)
"""By so much a clock may go ahead of the time that passes, or behind it, between two looks."""

HELD = timedelta(hours=1)
"""For so long after a clock was set nothing is done that can't be undone: it may be set right again."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC, to the microsecond."""
        ...

    def passed(self) -> timedelta:
        """How much time has passed since some moment before the first call: whatever the clock is set to."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def passed(self) -> timedelta:
        return timedelta(seconds=time.monotonic())


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._passed = timedelta()

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> datetime:
        """Let time pass (backwards too) and tell the new time."""
        self._passed += by
        return self.set(by)

    def passed(self) -> timedelta:
        return self._passed

    def set(self, by: timedelta) -> datetime:
        """Set the clock forward by ``by``, or back, while no time passes, and tell the new time."""
        self._now += by
        return self._now


class Steady:
    """Watches a clock from its first look on, and says whether it has gone as time does for a while.

    A clock that is wrong at that first look can't be told from a platform that was down until then.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[datetime, timedelta] | None = None
        self._set: timedelta | None = None

    def look(self) -> bool:
        """Look at the clock: false for an hour after it was set. To be called every few minutes at least."""
        now, passed = self._clock.now(), self._clock.passed()
        with self._lock:
            before, self._seen = self._seen, (now, passed)
            if before is not None:
                by = (now - before[0]) - (passed - before[1])
                if abs(by) > UNEVEN:
                    log.warning("The clock was set by %s: nothing is deleted for an hour.", by)
                    self._set = passed
            return self._set is None or passed - self._set >= HELD
