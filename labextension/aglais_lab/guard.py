"""Keeps a server from outliving its booking: looks at the booking again and again, and stops the server at its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aglais_hub.client import AsyncClient
from aglais_hub.clock import Clock
from aglais_hub.errors import AglaisError
from aglais_hub.wire.bookings import Booking, Phase

__all__ = ["Guard", "Pace", "Watched"]

# A booking that waits again, for its next span, is over for this server as well.
OVER = frozenset(
    {
        Phase.WAITING,
        Phase.RELEASING,
        Phase.COMPLETED,
        Phase.CANCELLED,
        Phase.EXPIRED,
        Phase.REJECTED,
        Phase.FAILED,
    }
)


@dataclass(frozen=True)
class Pace:
    """How often the guard looks, and how long it waits."""

    every: timedelta = timedelta(seconds=20)
    """Between two looks while the booking has time left."""
    at_end: timedelta = timedelta(seconds=2)
    """Between two looks once its end has passed."""
    unreachable: timedelta = timedelta(seconds=30)
    """How long past the end a service that does not answer is waited for."""
    lingering: timedelta = timedelta(seconds=90)
    """How long past the end a booking that is not yet over is waited for."""


class Watched:
    """Fetches the booking that a server runs under: the one it began with, or one that goes on where that ended."""

    def __init__(self, client: AsyncClient, booking_id: str) -> None:
        self._client = client
        self._id = booking_id

    async def __call__(self) -> Booking:
        """The booking as it is now."""
        found = await self._client.booking(self._id)
        if found.phase is Phase.COMPLETED:
            around = (found.end, found.end + timedelta(minutes=1))
            rows = (await self._client.bookings(around, account=found.account, phase=[Phase.RUNNING])).rows
            following = next((row for row in rows if row.start == found.end), None)
            if following is not None:
                self._id = following.id
                return following
        return found


class Guard:
    """Watches one booking. ``booking`` is the last that was seen of it, ``over`` is true from its end on."""

    def __init__(
        self,
        *,
        end: datetime,
        look: Callable[[], Awaitable[Booking]],
        save: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
        clock: Clock,
        log: logging.Logger,
        pace: Pace | None = None,
    ) -> None:
        """Watch the booking that ``look`` fetches; ``end`` counts until one is seen.

        ``save`` has what is open saved, and ``stop`` stops the server.
        """
        self.booking: Booking | None = None
        self.over = False
        self._end = end
        self._look = look
        self._save = save
        self._stop = stop
        self._clock = clock
        self._log = log
        self._pace = pace or Pace()
        self._soon = asyncio.Event()
        self._ended_here = False

    @property
    def end(self) -> datetime:
        """When the server has to stop, as far as is known: with its booking, or those that follow without a gap."""
        return self.booking.until if self.booking else self._end

    def look_soon(self, *, ended_here: bool = False) -> None:
        """Look without waiting, since the booking may have changed. ``ended_here``: the lab has saved already."""
        self._ended_here = self._ended_here or ended_here
        self._soon.set()

    async def run(self) -> None:
        """Watch until the booking is over, then stop the server."""
        while not await self.is_over():
            await self._wait()
        self.over = True
        if not self._ended_here:
            await self._save()
        self._log.info("The booking is over: the server stops.")
        await self._stop()

    async def is_over(self) -> bool:
        """Look once. A service that does not answer ends nothing before the booking's end, and everything after it.

        What is seen is judged as of when it was asked for: it may be extended before the answer is here.
        """
        asked = self._clock.now()
        try:
            self.booking = await self._look()
        except AglaisError as error:
            self._log.warning("The booking could not be looked at: %s", error.message)
            return self._has_ended(asked - self._pace.unreachable)
        except Exception:
            # Whatever goes wrong here, the guard must go on: nothing else stops this server.
            self._log.exception("The booking could not be looked at.")
            return self._has_ended(asked - self._pace.unreachable)
        return self.booking.phase in OVER or self._has_ended(asked - self._pace.lingering)

    def _has_ended(self, by: datetime) -> bool:
        return self.end <= by

    async def _wait(self) -> None:
        left = self.end - self._clock.now()
        wait = min(self._pace.every, left) if left > timedelta() else self._pace.at_end
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._soon.wait(), max(wait.total_seconds(), 0.05))
        self._soon.clear()
