"""Makes the archive of an account, a piece at a time: however large it is, little of it is ever in memory."""

from __future__ import annotations

import json
import time
import zipfile
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.accounts.rules import Limit
from aglais_hub.wire.archives import ArchiveSize
from aglais_hub.wire.base import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from typing import IO

    from aglais_hub.accounts.attempts import Attempts
    from aglais_hub.accounts.service import AccountService
    from aglais_hub.clock import Clock
    from aglais_hub.homes.files import Found
    from aglais_hub.homes.host import Homes
    from aglais_hub.homes.sending import Sent

__all__ = ["ArchiveService", "Chapter"]

Chapter = tuple[str, "Callable[[str], Model | Iterable[Model]]"]
"""A part of ``account.json``: what it is called there, and what tells it of an account, at once or row by row."""

PIECE = 256 * 1024
"""Bytes that are read, and sent, at a time."""

LONGEST = 3000
"""Bytes of a path: Linux takes 4096, with the folder that it is unpacked into."""

LIMIT = Limit(12, timedelta(hours=1))

README = """\
This is the archive of the account {name} of {url}, made on {day}.

account.json   what the platform knows of you: the account and the ways into it, keys, bookings, decisions, what is
               stored, groups, and changes to the account
files/         {files}
"""
HAS_HOME = "the files of your home, but for the examples. Links are left out"
NO_HOME = """none: there is no disk of yours that the platform reaches. While your lab runs, in a terminal:
               tar czf home.tar.gz --exclude=examples --exclude=home.tar.gz .
               and download home.tar.gz from the file browser"""


class ArchiveService:
    """All that is kept of an account, for its owner to take along."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        attempts: Attempts,
        clock: Clock,
        chapters: Sequence[Chapter],
        homes: Homes,
        url: str,
    ) -> None:
        self._accounts = accounts
        self._attempts = attempts
        self._clock = clock
        self._chapters = chapters
        self._homes = homes
        self._url = url

    def size(self, account: str) -> ArchiveSize:
        """What the archive would hold; raises ``NotFoundError``."""
        self._accounts.get(account)
        counted = self._homes.count(account)
        return ArchiveSize(has_home=counted.is_reached, files=counted.files, size=counted.size)

    def open(self, account: str) -> Iterator[bytes]:
        """The archive as a zip file, in pieces.

        Before the first it raises ``NotFoundError``, ``TooManyError``, and ``ServiceDownError`` where the home is out
        of reach just now.
        """
        self._accounts.get(account)
        self._attempts.count("archive", [(account, LIMIT)], "That were many archives within an hour.")
        return self._pieces(account, self._homes.files(account))

    def _pieces(self, account: str, files: Iterable[Found | Sent] | None) -> Iterator[bytes]:
        sent = _Sent()
        # A small gain for much of the processor's time is not worth it: people wait, and others work.
        with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as archive:
            day = self._clock.now().date().isoformat()
            told = README.format(name=account, url=self._url, day=day, files=NO_HOME if files is None else HAS_HOME)
            archive.writestr(self._entry("README.txt"), told)
            with archive.open(self._entry("account.json"), "w", force_zip64=True) as file:
                for text in self._told(account):
                    file.write(text.encode())
                    yield from sent.take(PIECE)
            for found in files or ():
                yield from self._copied(archive, found, sent)
        yield from sent.take()

    def _copied(self, archive: zipfile.ZipFile, found: Found | Sent, sent: _Sent) -> Iterator[bytes]:
        with ExitStack() as stack:
            try:
                source = stack.enter_context(found.opened())
            except OSError:
                # It has gone since it was seen, or is not ours to read.
                return
            entry = self._entry(_plain(found.path, archive.NameToInfo), found.changed)
            target = stack.enter_context(archive.open(entry, "w", force_zip64=True))
            yield from _read(source, target, found.size, sent)

    def _told(self, account: str) -> Iterator[str]:
        """``account.json``, a piece at a time."""
        yield "{"
        for number, (name, tell) in enumerate(self._chapters):
            yield f"{',' if number else ''}\n  {json.dumps(name)}: "
            told = tell(account)
            if isinstance(told, Model):
                yield _json(told)
                continue
            yield "["
            for row_number, row in enumerate(told):
                yield f"{',' if row_number else ''}\n    {_json(row)}"
            yield "\n  ]"
        yield "\n}\n"

    def _entry(self, name: str, changed: float | None = None) -> zipfile.ZipInfo:
        changed = self._clock.now().timestamp() if changed is None else changed
        # All that a zip file can say.
        year, *rest = time.gmtime(max(changed, 315_532_800))[:6]
        entry = zipfile.ZipInfo(name, (min(year, 2107), *rest))  # type: ignore[arg-type]
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry


class _Sent:
    """What ``zipfile`` writes to: it keeps nothing but what was not taken yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self, least: int = 1) -> Iterator[bytes]:
        """What was written since, once it is ``least`` bytes."""
        if self._size >= least:
            yield b"".join(self._parts)
            self._parts, self._size = [], 0


def _read(source: IO[bytes], target: IO[bytes], size: int, sent: _Sent) -> Iterator[bytes]:
    # No more than there was: what grows while it is read may grow for ever.
    while size > 0:
        try:
            data = source.read(min(PIECE, size))
        except OSError:
            # What was read of it so far is what there is.
            return
        if not data:
            return
        size -= len(data)
        target.write(data)
        yield from sent.take(PIECE)


def _json(model: Model) -> str:
    return json.dumps(model.model_dump(mode="json"), ensure_ascii=False)


def _plain(path: str, taken: Container[str]) -> str:
    """A path as a zip file can have it: in UTF-8, never upwards, and none of those that are ``taken``."""
    plain = found = "files/" + path.encode("utf-8", "replace").decode().replace("\\", "_")
    if len(found.encode()) > LONGEST:
        # Longer than a zip file can say, or any other program unpack.
        plain = found = "files/too deep/" + found.rpartition("/")[2]
    number = 1
    while plain in taken:
        number += 1
        plain = f"{found}~{number}"
    return plain
