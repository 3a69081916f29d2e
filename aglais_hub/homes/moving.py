"""Moves what one home holds into another, on the same disk or from one to another."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_hub.homes.walking import discard, opened, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FULL", "NO_ROOM", "lacking", "move_home"]

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""How the system says that a disk, or what one may have of it, is full."""

FULL = 28
"""The exit code of whoever was to move something there."""

LONGEST, LONGEST_ENDING = 255, 20
"""Bytes of a name, and signs of what is taken for its ending."""

LEFT = frozenset({"examples", ".cache", ".ipython", ".jupyter", ".local", ".config", ".temporary", "lost+found"})
"""What the platform, programs and disks put into every home: the other home has its own."""

ARRIVING = ".aglais-arriving"
"""The folder in a home in which what comes from another disk lies until all of it is there."""

_WHOLE, _PART = "whole", "part"


def move_home(source: Path, target: Path, folder: str) -> None:
    """Move the files of one home to ``user/FOLDER`` of another, and what is in its ``temp`` to ``temp/FOLDER``.

    Each entry moves whole or not at all, and none takes another's place; what was moved before a kill stays moved.
    No link is followed, in neither home. Raises ``OSError``; where the other disk has no room, before anything moves.
    """
    if source.is_symlink() or not source.is_dir():
        return
    if lacking(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
    arrivals = _real(target / ARRIVING)
    for place, entries in _moving(source):
        into = (target, place or "user", folder)
        # By the folder too: what is left of another home's move is not taken for this one's.
        arriving = arrivals / folder / (place or "home")
        _settle(arriving, source / place, into)
        for entry in entries:
            # What has come before a kill may have gone from here just now.
            if os.path.lexists(entry):
                _move(entry, into, arriving)
    for at, _, _ in os.walk(arrivals, topdown=False):
        with suppress(OSError):  # what still is there waits for its turn
            Path(at).rmdir()


def lacking(source: Path, target: Path) -> int:
    """How many bytes the disk of the other home has too few for what would move there; none on one and the same."""
    home = next(one for one in (target, *target.parents) if one.exists())
    disk = home.stat().st_dev
    size = 0
    for _, entries in _moving(source):
        for entry in entries:
            with suppress(OSError):
                info = entry.lstat()
                if info.st_dev != disk:
                    size += _size(entry, info)
    if not size:
        return 0
    room = os.statvfs(home)
    return max(0, size - room.f_bavail * room.f_frsize)


def _moving(source: Path) -> Iterator[tuple[str, list[Path]]]:
    """What of a home would move, by the folder that it is in."""
    for place in ("user", "temp", ""):
        folder = source / place
        if folder.is_dir() and not folder.is_symlink():
            kept = set() if place else {*LEFT, "user", "temp"}
            found = [one for one in sorted(folder.iterdir()) if one.name not in kept]
            yield place, [one for one in found if not one.name.startswith(".aglais")]


def _size(entry: Path, info: os.stat_result) -> int:
    if not stat.S_ISDIR(info.st_mode):
        return info.st_size
    size = 0
    with opened(entry) as top:
        for folder in walk(top):
            for name in folder.files:
                with suppress(OSError):
                    size += os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False).st_size
    return size


def _move(entry: Path, into: tuple[Path, str, str], arriving: Path) -> None:
    try:
        entry.rename(_free(_made(*into) / entry.name))
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry(entry, arriving)
        _settle(arriving, entry.parent, into)


def _made(target: Path, *names: str) -> Path:
    """A folder within a home, of those names or like them: nothing on the way is a link, or somebody's file."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        target = _real(target / name)
        target.mkdir(mode=0o700, exist_ok=True)
    return target


def _real(wanted: Path) -> Path:
    """A path like this one at which there is a folder, or nothing."""
    return next(one for one in _numbered(wanted) if not os.path.lexists(one) or (one.is_dir() and not one.is_symlink()))


def _free(wanted: Path) -> Path:
    """A path like this one at which there is nothing."""
    return next(one for one in _numbered(wanted) if not os.path.lexists(one))


def _numbered(wanted: Path) -> Iterator[Path]:
    """This path, and those like it."""
    yield wanted
    ending = wanted.suffix if len(wanted.suffix) <= LONGEST_ENDING else ""
    for number in itertools.count(2):
        name, more = wanted.name.removesuffix(ending), f"-{number}{ending}"
        while len(os.fsencode(name + more)) > LONGEST:
            name = name[:-1]
        yield wanted.with_name(name + more)


def _carry(entry: Path, arriving: Path) -> None:
    """Copy an entry to another disk. It is under ``whole`` once all of it is there."""
    part, whole = arriving / _PART / entry.name, arriving / _WHOLE / entry.name
    for at in (part, whole):
        at.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _copy(entry, part)
    except OSError:
        # As where there is no room: what is there of it would only take more.
        discard(part)
        raise
    part.rename(whole)


def _settle(arriving: Path, entries: Path, into: tuple[Path, str, str]) -> None:
    """What has come as a whole goes from where it was, and then to its place; half of a thing is nothing."""
    for part in _in(arriving / _PART):
        discard(part)
    for whole in _in(arriving / _WHOLE):
        discard(entries / whole.name)
        whole.rename(_free(_made(*into) / whole.name))


def _in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _copy(entry: Path, target: Path) -> None:
    if entry.is_symlink():
        target.symlink_to(entry.readlink())
    elif entry.is_dir():
        shutil.copytree(entry, target, symlinks=True, copy_function=_copy_file)
    else:
        _copy_file(str(entry), str(target))


def _copy_file(source: str, target: str) -> None:
    # What is no file, as a socket, is of no use to anybody once its program is gone.
    if stat.S_ISREG(os.lstat(source).st_mode):
        shutil.copy2(source, target, follow_symlinks=False)
    elif stat.S_ISLNK(os.lstat(source).st_mode):
        Path(target).symlink_to(Path(source).readlink())
