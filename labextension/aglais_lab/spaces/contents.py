"""Holds what people do with their files in the lab to their spaces, so that nothing is lost.

What is there can always be saved again, even where it grows, and moved within its space, and deleted; and a notebook
that is open is saved, whatever became of its file. What is new is let in, or refused with what to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import inspect
import json
import os
import re
import secrets
import shutil
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from aglais_hub.errors import TooLargeError
from aglais_hub.homes.measuring import EXAMPLES, NOTHING, Use, arriving, space_of
from aglais_hub.homes.moving import NO_ROOM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Mapping

    from aglais_lab.spaces.watch import Spaces

__all__ = ["mind_spaces"]

LAST_CHUNK = -1
_MOST_OPENED = 1000
_UNSAVED = re.compile(r"-unsaved(-\d+)?(?=\.[^./]*\Z|\Z)")


def mind_spaces(manager: Any, spaces: Spaces) -> bool:
    """Have ``manager``, of contents, ask ``spaces`` before it takes in what is new.

    Gives false where it can't be asked to, since it is none that can wait.
    """
    if not inspect.iscoroutinefunction(manager.save):
        return False
    minded = Minded(manager, spaces)
    for name in ("get", "save", "copy", "rename", "delete"):
        setattr(manager, name, getattr(minded, name))
    return True


class Minded:
    """The methods of a contents manager that take things in, and what was opened through it."""

    def __init__(self, manager: Any, spaces: Spaces) -> None:
        self._manager = manager
        self._spaces = spaces
        self._get, self._save, self._copy = manager.get, manager.save, manager.copy
        self._rename, self._delete = manager.rename, manager.delete
        self._opened: dict[str, None] = {}
        self._uploads: set[str] = set()
        if manager.use_atomic_writing:
            manager.atomic_writing = partial(_written_whole, manager)

    async def get(self, path: str, content: bool = True, type: Any = None, format: Any = None, **more: Any) -> Any:
        """As the manager's own. What was opened is remembered."""
        model = await self._get(path, content=content, type=type, format=format, **more)
        if content and model["type"] != "directory":
            self._remember(path)
        return model

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        """As the manager's own; refuses what is new and does not fit."""
        path = path.strip("/")
        if model.get("type") != "directory":
            await self._admit(model, path)
        try:
            saved = await self._save(model, path)
        except HTTPError as error:
            if not _says_full(error):
                raise
            await self._give_up(path)
            raise _refused(self._spaces.room.disk_full()) from error
        if model.get("chunk") in (None, LAST_CHUNK):
            self._uploads.discard(path)
            self._remember(path)
        self._spaces.look_soon()
        return saved

    async def copy(self, from_path: str, to_path: str | None = None) -> Any:
        """As the manager's own. A single file is saved, and so asked about there."""
        source = from_path.strip("/")
        if await ensure_async(self._manager.dir_exists(source)):
            folder = PurePosixPath(source).parent if to_path is None else PurePosixPath(to_path.strip("/"))
            target = str(folder / PurePosixPath(source).name)
            await self._admit_all(source, target, stays=True)
        copied = await self._copy(from_path, to_path)
        self._spaces.look_soon()
        return copied

    async def rename(self, old_path: str, new_path: str) -> None:
        """As the manager's own. What leaves its space for another one is new there."""
        old, new = old_path.strip("/"), new_path.strip("/")
        if not await ensure_async(self._manager.exists(new)):
            await self._admit_all(old, new, stays=False)
        await self._rename(old_path, new_path)
        if old in self._opened:
            self._remember(new)
        self._spaces.has_shrunk()

    async def delete(self, path: str) -> None:
        """As the manager's own; there is more room at once."""
        await self._delete(path)
        self._spaces.has_shrunk()

    async def _admit(self, model: Mapping[str, Any], path: str) -> None:
        size, chunk = _size_of(model), model.get("chunk")
        is_there = bool(await ensure_async(self._manager.file_exists(path)))
        if chunk is None and (is_there or self._is_open(path)):
            self._let_in(path, Use(0 if is_there else 1, max(0, size - self._size_there(path))))
            return
        if chunk == 1 and not is_there:
            self._uploads.add(path)
        try:
            await _said(self._ask(path, Use(0 if is_there else 1, size)))
        except HTTPError:
            await self._give_up(path)
            raise

    async def _give_up(self, path: str) -> None:
        """Half of an upload is of no use to anybody."""
        if path in self._uploads:
            self._uploads.discard(path)
            with contextlib.suppress(HTTPError):  # nothing of it is there
                await self._manager.delete_file(path)
            self._spaces.has_shrunk()

    async def _ask(self, path: str, use: Use) -> None:
        group = self._spaces.shared.group_of(path)
        if group is None:
            await self._spaces.admit(path, use.size, files=use.files)
        else:
            await self._spaces.shared.admit(group, use)

    def _let_in(self, path: str, use: Use) -> None:
        group, place = self._spaces.shared.group_of(path), space_of(path)
        if group is not None:
            self._spaces.shared.let_in(group, use)
        elif place is not None:
            self._spaces.let_in({place[0]: use})

    async def _admit_all(self, source: str, target: str, *, stays: bool) -> None:
        shared = self._spaces.shared
        group, was = shared.group_of(target), shared.group_of(source)
        # What leaves a group's folder, or comes into one, is new where it goes.
        is_new = stays or group != was
        coming = await asyncio.to_thread(arriving, self._spaces.home, source, target, stays=is_new)
        if group is None:
            await _said(self._spaces.admit_all(coming))
        elif is_new:
            await _said(shared.admit(group, sum(coming.values(), NOTHING)))

    def _is_open(self, path: str) -> bool:
        """Whether it was opened here, or stands beside what was, as what the lab saves at a booking's end."""
        if path in self._opened:
            return True
        original = _UNSAVED.sub("", path)
        name = PurePosixPath(original).name
        return original != path and any(
            one == original or (one.startswith(f"{EXAMPLES}/") and PurePosixPath(one).name == name)
            for one in self._opened
        )

    def _remember(self, path: str) -> None:
        path = path.strip("/")
        self._opened.pop(path, None)
        self._opened[path] = None
        if len(self._opened) > _MOST_OPENED:
            del self._opened[next(iter(self._opened))]

    def _size_there(self, path: str) -> int:
        try:
            return (self._spaces.home / path).lstat().st_size
        except OSError:
            return 0


def _size_of(model: Mapping[str, Any]) -> int:
    """About how many bytes the content of a model will be on disk."""
    content = model.get("content") or ""
    if not isinstance(content, str):
        return len(json.dumps(content, indent=1, ensure_ascii=False))
    return len(content) * 3 // 4 if model.get("format") == "base64" else len(content)


async def _said(asked: Awaitable[None]) -> None:
    """The same, with a refusal as the contents service passes it on."""
    try:
        await asked
    except TooLargeError as error:
        raise _refused(error) from error


def _refused(error: TooLargeError) -> HTTPError:
    words = f"{error.message} {error.help}" if error.help else error.message
    return HTTPError(error.status, words, reason="No room")


@contextlib.contextmanager
def _written_whole(manager: Any, os_path: str, text: bool = True, encoding: str = "utf-8") -> Iterator[Any]:
    """As the manager's own, but the file is replaced when all of it is on disk.

    Whoever reads finds the old file or the new one, each whole, and so does the next lab where this one is killed.
    """
    path = Path(os_path)
    path = path.parent / path.readlink() if path.is_symlink() else path
    draft = path.with_name(f".~{secrets.token_hex(8)}")
    with manager.perm_to_403(os_path):
        is_there = path.exists()
        if is_there and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "The file may not be written.", str(path))
        if is_there and not os.access(path.parent, os.W_OK):
            # Nothing can be put beside it.
            draft = path
        try:
            with draft.open("w", encoding=encoding, newline="\n") if text else draft.open("wb") as file:
                if is_there and draft != path:
                    shutil.copystat(path, draft)
                yield file
                # A full disk may show only here.
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            if draft != path:
                draft.unlink(missing_ok=True)
            raise


def _says_full(error: BaseException) -> bool:
    """Whether a disk that is full is the reason, or the reason of that."""
    why: BaseException | None = error
    while why is not None:
        if isinstance(why, OSError) and why.errno in NO_ROOM:
            return True
        why = why.__cause__ or why.__context__
    return False
