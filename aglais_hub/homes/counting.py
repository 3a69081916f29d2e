"""How much there is in a folder that several people have, and nobody's home is."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from typing import TYPE_CHECKING, NamedTuple, Self

from aglais_hub.homes.serving import serve_once
from aglais_hub.homes.walking import opened, walk

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.homes.serving import Handler

__all__ = ["Amount", "count", "serve"]

MIB = 2**20


class Amount(NamedTuple):
    """How many files there are, and how large they are together, in MiB."""

    files: int
    size: int

    @classmethod
    def read(cls, answer: bytes) -> Self:
        """What ``serve`` has answered."""
        told = json.loads(answer)
        return cls(files=int(told["files"]), size=int(told["size"]))


def count(folder: Path) -> Amount:
    """What is in a folder, if any; links are not followed, and what can't be looked at is passed over."""
    files = size = 0
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), opened(folder) as top:
        for one in walk(top):
            for name in one.files:
                with contextlib.suppress(OSError):
                    seen = os.stat(name, dir_fd=one.descriptor, follow_symlinks=False)
                    if stat.S_ISREG(seen.st_mode):
                        files, size = files + 1, size + seen.st_size
    return Amount(files, -(-size // MIB))


def serve(folder: Path, address: tuple[str, int], token: str, *, seconds: float) -> bool:
    """Count it once, for who has the ``token``; false where nobody asks for ``seconds``."""
    return serve_once(address, token, lambda handler: _answer(folder, handler), seconds=seconds)


def _answer(folder: Path, handler: Handler) -> None:
    handler.answer(json.dumps(count(folder)._asdict()).encode())
