"""The shared folders of groups on this host: counted, and removed where that was asked for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from aglais_hub.homes.counting import count
from aglais_hub.homes.walking import discard

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aglais_hub.homes.counting import Amount

__all__ = ["Folders"]

GOING = ".going-"
"""How the name of a folder begins that is being removed: no group's name has one like it."""


class Folders:
    """The folders under ``folder``, one for each group that somebody has started a lab in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lend(self, groups: Mapping[str, int | None], namespace: str) -> dict[str, str | None]:
        """Labs on this host have links to them, and need no claims."""
        return {}

    def measure(self, group: str) -> Amount:
        """What is in a group's folder."""
        return count(self._folder / group)

    def remove(self, group: str) -> None:
        """Remove a group's folder with all that is in it, where there is one; raises ``OSError``."""
        folder = self._folder / group
        if folder.exists():
            folder.rename(self._folder / f"{GOING}{secrets.token_hex(8)}")
        for going in self._folder.glob(f"{GOING}*"):
            discard(going)
