"""Items of a home are removed: only what has not changed since, never through a link, and never half of it seen.

What goes is moved into a folder ``.aglais-deleted`` beside it first, and removed there. A process that is killed in
between leaves it there, out of sight, for ``clear``.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from aglais_hub.homes.measuring import EXAMPLES, NOTEBOOK, TEMP, USER, changed_at, space_of
from aglais_hub.homes.walking import discard, opened, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from aglais_hub.wire.storage import Order

__all__ = ["DELETED", "clear", "remove", "remove_due"]

log = logging.getLogger(__name__)

DELETED = ".aglais-deleted"
"""Where things are moved before they are removed; it begins with a dot, so it is not shown and counts nowhere."""

BEGUN_SECONDS = 60.0
"""What was ordered is begun within this time; later its owner may have kept it, and so it has to be ordered anew."""

CHECKPOINTS = ".ipynb_checkpoints"


class _Seen(NamedTuple):
    """What an item's files say: when the newest changed, and was written; whether some are of another space."""

    changed: datetime
    written: int
    has_others: bool


def remove_due(home: Path, orders: Iterable[Order], now: datetime) -> list[Order]:
    """Remove items as just ordered, and give those that are gone; what can't be begun in time stays."""
    until = monotonic() + BEGUN_SECONDS
    return [order for order in orders if monotonic() <= until and remove(home, order, now)]


def remove(home: Path, order: Order, now: datetime) -> bool:
    """Remove an item as ordered, and say whether it is gone.

    It stays where it has changed since, can't be looked at as a whole, or is none that a measurement would give.
    """
    place = _place(order)
    if place is None:
        return False
    folder, name = place
    try:
        with _place_in(home, folder) as top:
            return _remove(top, name, order, now)
    except FileNotFoundError:
        return True
    except OSError as error:
        log.warning("An item that is due can not be removed: %s", error.strerror)
        return False


def clear(home: Path) -> None:
    """Remove what was moved away and never removed, since somebody was killed in between."""
    for folder in ("", USER, TEMP):
        with suppress(OSError), _place_in(home, folder) as top:
            discard(DELETED, top)


def _place(order: Order) -> tuple[str, str] | None:
    """The folder and the name of an item, where its path is one that a measurement gives."""
    folder, _, name = order.path.rpartition("/")
    known = space_of(order.path)
    is_item = known is not None and known[1] == order.path and order.path not in (USER, TEMP, EXAMPLES)
    is_there = (folder == TEMP) is (order.space == "temporary") and folder in ("", USER, TEMP)
    return (folder, name) if is_item and is_there and "\0" not in name else None


@contextmanager
def _place_in(home: Path, folder: str) -> Iterator[int]:
    """A folder of a home, held open, so that nobody puts a link in its place meanwhile."""
    with opened(home) as outer, opened(folder or ".", outer) as inner:
        yield inner


def _remove(top: int, name: str, order: Order, now: datetime) -> bool:
    before = _look(top, name, order, now)
    if before is None:
        return True
    if before.changed > order.changed:
        return False
    away = uuid4().hex
    with suppress(FileExistsError):
        os.mkdir(DELETED, mode=0o700, dir_fd=top)
    with opened(DELETED, top) as aside:
        os.mkdir(away, mode=0o700, dir_fd=aside)
        with opened(away, aside) as target:
            if before.has_others:
                _move_ours(top, name, target, order)
            else:
                _make_movable(top, name)
                os.rename(name, name, src_dir_fd=top, dst_dir_fd=target)
                after = _look(target, name, order, now)
                if after is not None and after.written > before.written:  # in the last moment
                    os.rename(name, name, src_dir_fd=target, dst_dir_fd=top)
                    return False
                with suppress(OSError):
                    _remove_checkpoint(top, name)
        with suppress(OSError):  # it is out of sight, and left to clear
            discard(away, aside)
    with suppress(OSError):
        os.rmdir(DELETED, dir_fd=top)
    return True


def _look(top: int, name: str, order: Order, now: datetime) -> _Seen | None:
    """What an item is now; ``None`` where nothing of it is left in its space.

    Raises ``OSError`` where it can't be looked at as a whole.
    """
    found = [(name, os.stat(name, dir_fd=top, follow_symlinks=False))]
    if stat.S_ISDIR(found[0][1].st_mode):
        found = [
            (file, os.stat(file, dir_fd=descriptor, follow_symlinks=False))
            for files, descriptor in _walk(top, name)
            for file in files
            if not file.startswith(".")
        ]
    found = [(file, info) for file, info in found if stat.S_ISREG(info.st_mode)]
    if not any(_is_ours(file, order) for file, _ in found):
        return None
    return _Seen(
        changed=max(changed_at(info, now) for _, info in found),
        written=max(info.st_mtime_ns for _, info in found),
        has_others=not all(_is_ours(file, order) for file, _ in found),
    )


def _move_ours(top: int, name: str, target: int, order: Order) -> None:
    """Move the files of one space out of a folder in which another has some."""
    number = 0
    for files, descriptor in _walk(top, name):
        for file in files:
            if _is_ours(file, order) and not file.startswith("."):
                number += 1
                os.rename(file, str(number), src_dir_fd=descriptor, dst_dir_fd=target)


def _make_movable(top: int, name: str) -> None:
    """A folder that may not be written can't be moved either."""
    if stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        with opened(name, top) as folder:
            os.fchmod(folder, stat.S_IRWXU)


def _remove_checkpoint(top: int, name: str) -> None:
    """The copy that Jupyter keeps of a file goes with it."""
    stem, dot, ending = name.rpartition(".")
    with opened(CHECKPOINTS, top) as folder:
        os.unlink(f"{stem}-checkpoint{dot}{ending}", dir_fd=folder)


def _is_ours(file: str, order: Order) -> bool:
    """Whether a file of the item counts in the space that the order is about."""
    return order.space == "temporary" or file.endswith(NOTEBOOK) is (order.space == "notebooks")


def _walk(top: int, name: str) -> Iterator[tuple[list[str], int]]:
    """The files of each folder that counts, and the folder, held open; raises ``OSError`` where one can't be read."""
    with opened(name, top) as item:
        for folder in walk(item, whole=True):
            folder.folders[:] = [one for one in folder.folders if not one.startswith(".")]
            yield folder.files, folder.descriptor
