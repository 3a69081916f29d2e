"""The files of a home, for whoever reads all of them while its owner may change any."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from aglais_hub.homes.walking import opened, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Found", "files_of"]

OURS = ("examples",)
"""Folders at the top of a home that the platform has put there: they are no one's data."""


@dataclass(frozen=True)
class Found:
    """A regular file: its ``path`` from the home, its size in bytes, when it was changed, and how to open it."""

    path: str
    size: int
    changed: float
    folder: int
    name: str

    @contextlib.contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file, to read; raises ``OSError`` where it is gone, or something else is in its place by now."""
        # Opened within its folder, never by a path: whoever swaps a folder for a link leads nowhere.
        descriptor = os.open(self.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.folder)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("no regular file")
            yield file


def files_of(home: Path) -> Iterator[Found]:
    """The regular files of a home, but for what the platform has put there. Links are not followed, nor taken along.

    Each can be opened until the next is asked for. What can't be read is passed over.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), opened(home) as top:
        for folder in walk(top):
            if not folder.inside:
                folder.folders[:] = [name for name in folder.folders if name not in OURS]
            for name in folder.files:
                with contextlib.suppress(OSError):
                    seen = os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False)
                    if stat.S_ISREG(seen.st_mode):
                        path = f"{folder.inside}/{name}" if folder.inside else name
                        yield Found(path, seen.st_size, seen.st_mtime, folder.descriptor, name)
