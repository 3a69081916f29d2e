"""The shared folders of groups that a home has links to: what may still be put there from this lab."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aglais_hub.errors import AglaisError, TooLargeError
from aglais_hub.homes.measuring import NOTHING, Use, measure
from aglais_hub.homes.words import count_words, size_words
from aglais_hub.wire.policy import Space
from aglais_lab.spaces.room import MIB, fits

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.client import AsyncClient

__all__ = ["SHARED", "SharedFolders"]

SHARED = "shared"
"""The folder in a home that holds the links."""

KNOWN_SECONDS = 30.0
"""For so long it is not asked anew what may be in a folder, and what is in it."""


class SharedFolders:
    """What is in them is counted when something comes, and then at most every half minute."""

    def __init__(self, home: Path, account: str, client: AsyncClient) -> None:
        self._home = home
        self._account = account
        self._client = client
        self._used: dict[str, Use] = {}
        self._limits: dict[str, Space] = {}
        self._looked: dict[str, float] = {}

    def group_of(self, path: str) -> str | None:
        """The group in whose folder a path is; none for one's own files."""
        parts = path.strip("/").split("/")
        is_within = len(parts) > 2 and parts[0] == SHARED and (self._home / SHARED / parts[1]).is_symlink()
        return parts[1] if is_within else None

    async def admit(self, group: str, coming: Use) -> None:
        """Let something into a group's folder. Raises ``TooLargeError`` with what to do."""
        if time.monotonic() - self._looked.get(group, float("-inf")) > KNOWN_SECONDS:
            await self._look(group)
        used, limits = self._used.get(group, NOTHING), self._limits.get(group, Space())
        if not fits(used, coming, limits):
            # Others may have deleted something; what is refused is worth a look.
            await self._look(group)
            used, limits = self._used.get(group, NOTHING), self._limits.get(group, Space())
            if not fits(used, coming, limits):
                raise _refusal(group, used, coming, limits)
        self.let_in(group, coming)

    def let_in(self, group: str, coming: Use) -> None:
        """Count what comes, whether it fits or not."""
        self._used[group] = self._used.get(group, NOTHING) + coming

    async def _look(self, group: str) -> None:
        items = await asyncio.to_thread(measure, (self._home / SHARED / group).resolve())
        self._used[group] = sum((Use(item.files, item.size) for item in items), NOTHING)
        try:
            rows = (await self._client.groups(self._account)).rows
        except AglaisError:
            # As with a home: what is not known limits nothing.
            return
        self._looked[group] = time.monotonic()
        shared = next((row.shared for row in rows if row.name == group), None)
        self._limits[group] = Space(files=shared.files, size=shared.size) if shared else Space()


def _refusal(group: str, used: Use, coming: Use, limits: Space) -> TooLargeError:
    message = f"The shared folder of {group} is full: it has {count_words(used.files)}, {size_words(used.size)}"
    parts = [] if limits.files is None else [count_words(limits.files)]
    parts += [] if limits.size is None else [size_words(limits.size * MIB)]
    return TooLargeError(
        f"{message}, and may have {' and '.join(parts)}. This would add {size_words(coming.size)}.",
        rule="shared_full",
        help=f"Delete in {SHARED}/{group}/ what the group doesn't need, or ask an admin for more room.",
    )
