"""The files of a home that goes with its server, for its owner to take along."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.utils import url_path_join
from tornado import iostream, web

from aglais_hub.errors import NotFoundError
from aglais_hub.homes.files import Found
from aglais_hub.homes.sending import add_file
from aglais_hub.homes.walking import opened, walk
from aglais_lab.routes import LabHandler

if TYPE_CHECKING:
    from aglais_hub.homes.walking import Folder

__all__ = ["GOES", "HomeFilesHandler", "home_handlers"]

GOES = "AGLAIS_HOME_GOES"
"""There where the home goes with the server."""

CHUNK = 1 << 18


class HomeGoesHandler(LabHandler):
    """``GET aglais/home``: whether the home goes when the server does, as on Kubernetes without user disk."""

    @web.authenticated
    async def get(self) -> None:
        self.answer({"goes": GOES in os.environ})


class HomeFilesHandler(LabHandler):
    """``GET aglais/home.tar.gz``: all that its owner has put into the home, written as it is read."""

    @web.authenticated
    async def get(self) -> None:
        if GOES not in os.environ:
            raise NotFoundError("This lab's files stay.", help="They are there when it starts again.")
        self.set_header("Content-Type", "application/gzip")
        self.set_header("Content-Disposition", 'attachment; filename="home.tar.gz"')
        out, into = os.pipe()
        writing = asyncio.create_task(asyncio.to_thread(_write, into, Path(self.settings["server_root_dir"])))
        try:
            while chunk := await asyncio.to_thread(os.read, out, CHUNK):
                self.write(chunk)
                await self.flush()
        except iostream.StreamClosedError:
            # Whoever downloads it has gone: the writer finds the pipe closed.
            pass
        finally:
            os.close(out)
            await writing


def home_handlers(base_url: str) -> list[tuple[str, type[LabHandler]]]:
    """The routes under the server's base."""
    return [
        (url_path_join(base_url, "aglais", "home"), HomeGoesHandler),
        (url_path_join(base_url, "aglais", "home.tar.gz"), HomeFilesHandler),
    ]


def _write(into: int, home: Path) -> None:
    # A file that goes, grows or shrinks meanwhile must not end the rest; links are kept as links.
    with (
        contextlib.suppress(BrokenPipeError),
        os.fdopen(into, "wb") as pipe,
        tarfile.open(fileobj=pipe, mode="w|gz") as archive,
        opened(home) as top,
    ):
        for folder in walk(top):
            names = folder.files
            if folder.inside:
                _add_empty(archive, folder.inside, tarfile.DIRTYPE, os.fstat(folder.descriptor))
            else:
                folder.folders[:] = [name for name in folder.folders if name != "examples" and not name.startswith(".")]
                names = [name for name in names if not name.startswith(".")]
            for name in names:
                _add(archive, folder, name)


def _add(archive: tarfile.TarFile, folder: Folder, name: str) -> None:
    path = f"{folder.inside}/{name}" if folder.inside else name
    try:
        seen = os.stat(name, dir_fd=folder.descriptor, follow_symlinks=False)
        link = os.readlink(name, dir_fd=folder.descriptor) if stat.S_ISLNK(seen.st_mode) else ""
    except OSError:
        return
    if link:
        _add_empty(archive, path, tarfile.SYMTYPE, seen, link)
    elif stat.S_ISREG(seen.st_mode):
        found = Found(path, seen.st_size, seen.st_mtime, folder.descriptor, name)
        add_file(archive, found, stat.S_IMODE(seen.st_mode))


def _add_empty(archive: tarfile.TarFile, path: str, kind: bytes, seen: os.stat_result, link: str = "") -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname, entry.mtime, entry.mode = kind, link, seen.st_mtime, stat.S_IMODE(seen.st_mode)
    archive.addfile(entry)
