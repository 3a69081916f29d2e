"""Follows what is in the home: measures it, tells the services, deletes what is due, and lets new things in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_hub.errors import AglaisError, ServiceDownError
from aglais_hub.homes.measuring import NOTHING, Item, Use, measure, space_of, told
from aglais_hub.homes.removing import clear, remove_due
from aglais_lab.spaces.room import Room
from aglais_lab.spaces.shared import SharedFolders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_hub.client import AsyncClient
    from aglais_hub.clock import Clock
    from aglais_hub.wire.policy import Keep, SpaceName
    from aglais_hub.wire.storage import Order, StoredItem

__all__ = ["Pace", "Spaces"]

MOST_TOLD = 2000


@dataclass(frozen=True)
class Pace:
    """How often the home is measured, and the services told. Seconds."""

    every: float = 10
    """Between two walks, so that what a kernel writes is seen within seconds."""
    rest: float = 20
    """At least so many times what the last walk took: a large home costs no more than a twentieth of a core."""
    after_save: float = 2
    """After something was saved."""
    told: float = 300
    """Between two reports where nothing has changed."""
    told_anew: float = 20
    """Between two reports where something has."""


class Spaces:
    """The spaces of one home. ``room`` is how it is now, ``soon`` what goes before long, ``gone`` what was deleted."""

    def __init__(
        self,
        home: Path,
        account: str,
        *,
        client: AsyncClient,
        clock: Clock,
        log: logging.Logger,
        pace: Pace | None = None,
        stays: bool = True,
    ) -> None:
        """``stays`` is false for a home that goes with its lab: its limits hold, and nobody is told what is in it."""
        self.room = Room()
        self.soon: Sequence[StoredItem] = []
        self.gone: list[Order] = []
        self.home = home
        self.shared = SharedFolders(home, account, client)
        self._account = account
        self._client = client
        self._clock = clock
        self._log = log
        self._pace = pace or Pace()
        self.stays = stays
        self._soon = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._took = 0.0
        self._looked = self._told_at = float("-inf")
        self._told: Sequence[Item] | None = None

    async def run(self) -> None:
        """Follow it for as long as the lab runs. Services that do not answer are told later."""
        await asyncio.to_thread(clear, self.home)
        while True:
            try:
                await self.look()
                if self._is_to_be_told():
                    await self.tell()
            except AglaisError as error:
                self._log.warning("What is in the home could not be told: %s", error.message)
                if not isinstance(error, ServiceDownError):
                    # The same would be answered again, as to somebody whom only the hub knows.
                    self._told = self.room.items
            except Exception:
                # Whatever goes wrong here, the lab goes on, and so must this.
                self._log.exception("The home could not be measured.")
            await self._wait()

    def look_soon(self) -> None:
        """Something has changed: look in a moment."""
        self._soon.set()

    def has_shrunk(self) -> None:
        """Something was deleted: what is known is more than there is."""
        self._looked = float("-inf")
        self._soon.set()

    async def look(self) -> None:
        """Measure now."""
        async with self._one_at_a_time:
            before, began = self.room.since, time.monotonic()
            items = await asyncio.to_thread(measure, self.home, self._clock.now())
            self._looked = time.monotonic()
            self._took = self._looked - began
            # What came while it was measured may have been missed.
            since = {space: use - before.get(space, NOTHING) for space, use in self.room.since.items()}
            self.room = replace(self.room, items=items, since=since)

    async def tell(self) -> None:
        """Tell the services what there is, delete what is due, and learn what may be. Raises ``AglaisError``."""
        self._told_at = time.monotonic()
        await self._learn()
        items = list(self.room.items)
        if not self.stays:
            # Nobody is to be warned of what goes anyway, and what is known of a disk of theirs is to stay.
            self._told = items
            return
        answer = await self._client.measured(self._account, told(items, MOST_TOLD))
        self._told, self.soon = items, answer.soon
        if answer.due:
            await self._delete(answer.due)

    async def keep(self, space: SpaceName, path: str, keep: Keep) -> None:
        """Have an item kept, or let go. Raises ``AglaisError``."""
        await self._client.keep(self._account, space, path, keep=keep)
        await self.look()
        await self.tell()

    async def admit(self, path: str, size: int, *, files: int = 1) -> None:
        """Let a file of ``size`` bytes in at ``path``; where ``files`` is 0, it is there, and grows by so much.

        Raises ``TooLargeError``.
        """
        place = space_of(path)
        if place is not None:
            await self.admit_all({place[0]: Use(files, size)})

    async def admit_all(self, coming: Mapping[SpaceName, Use]) -> None:
        """Let in what is coming. Raises ``TooLargeError``, after one more look: something may have been deleted."""
        if self.room.refusal(coming) is not None:
            # Many files may be refused in a row, and each would have all of the home measured.
            if time.monotonic() - self._looked > max(1.0, self._took * self._pace.rest):
                await self.look()
                with contextlib.suppress(AglaisError):
                    await self._learn()
            refusal = self.room.refusal(coming)
            if refusal is not None:
                raise refusal
        self.let_in(coming)

    def let_in(self, coming: Mapping[SpaceName, Use]) -> None:
        """Count what comes, whether it fits or not."""
        since = dict(self.room.since)
        for space, use in coming.items():
            since[space] = since.get(space, NOTHING) + use
        self.room = replace(self.room, since=since)

    async def _learn(self) -> None:
        """What may be: a visitor may have become a member, and an admin may have set something."""
        self.room = replace(self.room, account=await self._client.account(self._account))

    async def _delete(self, due: Sequence[Order]) -> None:
        gone = await asyncio.to_thread(remove_due, self.home, due, self._clock.now())
        self._log.info("The time of %i items of the home was over: %i were deleted.", len(due), len(gone))
        if gone:
            await self._client.deleted(self._account, gone)
            self.gone += gone
        await self.look()

    def _is_to_be_told(self) -> bool:
        since = time.monotonic() - self._told_at
        return since >= (self._pace.told if self._told == self.room.items else self._pace.told_anew)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._soon.wait(), max(self._pace.every, self._pace.rest * self._took))
            # What follows at once, as the rest of an upload, is seen with it.
            await asyncio.sleep(max(self._pace.after_save, self._took * self._pace.rest / 4))
        self._soon.clear()
