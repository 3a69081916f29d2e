"""Trees of folders, looked through and removed: however deep they are, and whoever changes them meanwhile.

No folder is reached by its path, which may be longer than the system takes, and few are open at a time. No link is
followed.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Folder", "discard", "opened", "walk"]

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folder(NamedTuple):
    """A folder, held open until the next is asked for; ``inside`` is its path from the top, empty for that itself.

    Whoever takes names out of ``folders`` does not get these. ``files`` are all that are no folders.
    """

    inside: str
    folders: list[str]
    files: list[str]
    descriptor: int


@contextmanager
def opened(name: str | Path, within: int | None = None) -> Iterator[int]:
    """A folder, held open, so that nobody puts a link in its place meanwhile; raises ``OSError``."""
    descriptor = os.open(name, FOLDER, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@dataclass
class _Step:
    """A folder on the way to where a walk is: its name in the one before, what it is, and what is still to be seen."""

    name: str
    identity: tuple[int, int]
    waiting: list[str] = field(default_factory=list)


def walk(top: int, *, whole: bool = False) -> Iterator[Folder]:
    """The folder that ``top`` has open, and all within it, each before its own, by name.

    What can't be read, or goes away meanwhile, is passed over; where the ``whole`` is wanted, ``OSError`` is raised.
    """
    at = os.dup(top)
    way = [_Step("", _identity(at))]
    try:
        while True:
            folders, files = _listed(at, whole=whole)
            yield Folder("/".join(step.name for step in way[1:]), folders, files, at)
            way[-1].waiting = folders[::-1]
            below = None
            while below is None:
                while not way[-1].waiting:
                    way.pop()
                    if not way:
                        return
                    above = _back(at, top, way, whole=whole)
                    os.close(at)
                    at = above
                name = way[-1].waiting.pop()
                try:
                    below = os.open(name, FOLDER, dir_fd=at)
                except OSError:
                    if whole:
                        raise
            os.close(at)
            at = below
            way.append(_Step(name, _identity(at)))
    finally:
        os.close(at)


def discard(name: str | Path, within: int | None = None) -> None:
    """Remove a file, a link, or a folder with all that is in it; nothing where there is nothing. Raises ``OSError``.

    Who is interrupted leaves a part of it, which may be removed the same way.
    """
    try:
        if not stat.S_ISDIR(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=within)
            return
        with _writable(name, within) as top:
            # What is within a folder moves up here before that goes: so it is never deep.
            waiting = _emptied(top, top)
            while waiting:
                one = waiting.pop()
                with _writable(one, top) as folder:
                    waiting += _emptied(folder, top)
                os.rmdir(one, dir_fd=top)
        os.rmdir(name, dir_fd=within)
    except FileNotFoundError:
        return


def _emptied(folder: int, top: int) -> list[str]:
    """Remove the files of a folder, and move its folders to the top; gives their names there."""
    folders, files = _listed(folder, whole=True)
    for name in files:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
    if folder == top:
        return folders
    moved = []
    for name in folders:
        moved.append(uuid4().hex)
        with _writable(name, folder):
            os.rename(name, moved[-1], src_dir_fd=folder, dst_dir_fd=top)
    return moved


@contextmanager
def _writable(name: str | Path, within: int | None) -> Iterator[int]:
    """A folder, held open, from which things may be removed, whatever its owner has set."""
    try:
        descriptor = os.open(name, FOLDER, dir_fd=within)
    except PermissionError:
        # Only somebody without special rights comes here, so this can give nobody's things away.
        os.chmod(name, stat.S_IRWXU, dir_fd=within)
        descriptor = os.open(name, FOLDER, dir_fd=within)
    try:
        os.fchmod(descriptor, stat.S_IRWXU)
        yield descriptor
    finally:
        os.close(descriptor)


def _listed(folder: int, *, whole: bool) -> tuple[list[str], list[str]]:
    """The names of a folder's folders, and of all else in it."""
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
    except OSError:
        if whole:
            raise
    return sorted(folders), sorted(files)


def _back(at: int, top: int, way: list[_Step], *, whole: bool) -> int:
    """Open the last folder on the way, from the one within it that was seen; or, if that was moved, from the top.

    Where the last is not there any more, the way ends before it.
    """
    above = os.open("..", FOLDER, dir_fd=at)
    if _identity(above) == way[-1].identity:
        return above
    os.close(above)
    if whole:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
    above = os.dup(top)
    for number, step in enumerate(way[1:], 1):
        try:
            below = os.open(step.name, FOLDER, dir_fd=above)
        except OSError:
            del way[number:]
            break
        os.close(above)
        above = below
        if _identity(above) != step.identity:
            # Another is in its place: of that, nothing is known yet, and it is left to the next walk.
            step.waiting = []
            del way[number + 1 :]
            break
    return above


def _identity(folder: int) -> tuple[int, int]:
    info = os.fstat(folder)
    return info.st_dev, info.st_ino
