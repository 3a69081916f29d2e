"""Who may ask the cluster for all that a start needs, while others wait for their turn."""

from __future__ import annotations

import asyncio

__all__ = ["Turns"]


class Turns:
    """So many at once; the others wait, in the order in which they came. For one event loop."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._taken: set[str] = set()

    async def begin(self, name: str) -> None:
        """Wait for a turn; ``name`` has one at most."""
        self.end(name)
        await self._free.acquire()
        self._taken.add(name)

    def end(self, name: str) -> None:
        """Let the next one begin, where ``name`` has a turn."""
        if name in self._taken:
            self._taken.remove(name)
            self._free.release()
