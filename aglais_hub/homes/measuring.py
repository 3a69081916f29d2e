"""What a home holds, by space, from one walk that follows no link.

An *item* is what is kept or goes as a whole: an entry directly in the home, in ``user/`` or in ``temp/``. A folder
among them is one item of its notebooks, and another of its other files.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aglais_hub.homes.walking import opened, walk
from aglais_hub.wire.policy import SPACES
from aglais_hub.wire.storage import LARGEST
from aglais_hub.wire.storage import Item as ToldItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from aglais_hub.wire.policy import SpaceName

__all__ = [
    "EXAMPLES",
    "NOTEBOOK",
    "NOTHING",
    "REST",
    "TEMP",
    "USER",
    "Item",
    "Use",
    "arriving",
    "bounded",
    "changed_at",
    "measure",
    "space_of",
    "told",
    "used",
]

EXAMPLES, TEMP, USER = "examples", "temp", "user"
NOTEBOOK = ".ipynb"

REST = ""
"""The path of the item that stands for all those that have none of their own."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """Files that are kept or go together. ``path`` is from the home; ``size`` in bytes.

    ``changed`` is when the newest file of the entry was written, or came here: what is unpacked may bring times of long
    ago. It is the same for a folder's notebooks and its other files, so none goes while somebody works beside it.
    """

    space: SpaceName
    path: str
    files: int
    size: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """So many files of so many bytes together."""

    files: int = 0
    size: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(self.files + other.files, self.size + other.size)

    def __sub__(self, other: Use) -> Use:
        return Use(self.files - other.files, self.size - other.size)


NOTHING = Use()


def space_of(path: str) -> tuple[SpaceName, str] | None:
    """The space and the item of a file at ``path`` from the home; none of what counts nowhere."""
    parts = path.strip("/").split("/")
    if any(part.startswith(".") or not part for part in parts) or (parts[0] == EXAMPLES and len(parts) > 1):
        return None
    depth = 2 if parts[0] in (TEMP, USER) else 1
    item = "/".join(parts[:depth])
    if parts[0] == TEMP and len(parts) > 1:
        return "temporary", item
    return "notebooks" if parts[-1].endswith(NOTEBOOK) else "saved", item


def measure(home: Path, now: datetime | None = None) -> list[Item]:
    """The items of a home, by path. What goes away, or can't be read, while it is looked at counts as nothing.

    What says that it was changed after ``now`` is as old as it is here.
    """
    sums: dict[tuple[SpaceName, str], list[int]] = {}
    newest: dict[str, int] = {}
    latest = _nanoseconds(now)
    for path, info in _files(home):
        place = space_of(path)
        if place is None:
            continue
        space, entry = _nameable(place)
        sums.setdefault((space, entry), [0, 0])
        sums[space, entry][0] += 1
        sums[space, entry][1] += info.st_size
        newest[entry] = max(newest.get(entry, 0), _changed(info, latest))
    changed = {entry: _instant(nanoseconds) for entry, nanoseconds in newest.items()}
    items = [Item(space, entry, files, size, changed[entry]) for (space, entry), (files, size) in sums.items()]
    return sorted(items, key=lambda item: (item.path, item.space))


def used(items: Iterable[Item]) -> dict[SpaceName, Use]:
    """What is in each space."""
    sums = dict.fromkeys(SPACES, NOTHING)
    for item in items:
        sums[item.space] += Use(item.files, item.size)
    return sums


def arriving(home: Path, source: str, target: str, *, stays: bool) -> dict[SpaceName, Use]:
    """What each space would get, if what is at ``source`` were copied to ``target``; or moved, where it ``stays`` not.

    What is moved within a space is nothing new to it.
    """
    found: dict[SpaceName, Use] = {}
    for path, info in _files(home, source):
        was, place = space_of(path), space_of(target + path[len(source) :])
        if place is not None and (stays or was is None or was[0] != place[0]):
            found[place[0]] = found.get(place[0], NOTHING) + Use(1, info.st_size)
    return found


def bounded(items: list[Item], most: int) -> list[Item]:
    """The same in no more than about ``most`` items: those that were not changed for longest, and all others summed up.

    What is summed up has no path, so nobody can ask to have it deleted; its turn comes when older ones have gone.
    """
    if len(items) <= most:
        return items
    ordered = sorted(items, key=lambda item: (item.path == REST, item.changed))
    rest: dict[SpaceName, Item] = {}
    for item in ordered[most:]:
        one = rest.get(item.space, Item(item.space, REST, 0, 0, item.changed))
        newest = max(one.changed, item.changed)
        rest[item.space] = Item(item.space, REST, one.files + item.files, one.size + item.size, newest)
    return [*ordered[:most], *rest.values()]


def told(items: list[Item], most: int) -> list[ToldItem]:
    """The same as the services are told of it, in about ``most`` items: a file with holes may say any size."""
    return [
        ToldItem(space=one.space, path=one.path, files=one.files, size=min(one.size, LARGEST), changed=one.changed)
        for one in bounded(items, most)
    ]


def _files(home: Path, start: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Every file at or under ``start``, with its path from the home.

    What is hidden is not looked into, nor what others have mounted there: of that, only ``temp/`` is its owner's.
    """
    try:
        device, info = home.lstat().st_dev, os.lstat(home / start)
    except OSError:
        return
    if stat.S_ISREG(info.st_mode):
        yield start, info
    if not stat.S_ISDIR(info.st_mode):
        return
    with suppress(OSError), opened(home / start) as top:
        for folder in walk(top):
            inside = "/".join(part for part in (start, folder.inside) if part)
            if os.fstat(folder.descriptor).st_dev != device and inside.split("/")[0] != TEMP:
                folder.folders.clear()
                continue
            folder.folders[:] = [name for name in folder.folders if not name.startswith(".")]
            for name in folder.files:
                if name.startswith("."):
                    continue
                with suppress(OSError):
                    info = os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False)
                    if stat.S_ISREG(info.st_mode):
                        yield (f"{inside}/{name}" if inside else name), info


def _nameable(place: tuple[SpaceName, str]) -> tuple[SpaceName, str]:
    """The same, or the rest where the name is none that can be written as text."""
    try:
        place[1].encode()
    except UnicodeEncodeError:
        return place[0], REST
    return place


def changed_at(info: os.stat_result, now: datetime | None = None) -> datetime:
    """When a file was written, or came here; a time after ``now`` that it gives itself says nothing."""
    return _instant(_changed(info, _nanoseconds(now)))


def _changed(info: os.stat_result, latest: int) -> int:
    return max(info.st_ctime_ns, info.st_mtime_ns) if info.st_mtime_ns <= latest else info.st_ctime_ns


def _nanoseconds(instant: datetime | None) -> int:
    """The last nanosecond of the instant's microsecond; without one, of all times."""
    return ((instant or _LAST) - _EPOCH) // timedelta(microseconds=1) * 1000 + 999


def _instant(nanoseconds: int) -> datetime:
    """An instant to the microsecond, so that it is the same after it has crossed the network."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
