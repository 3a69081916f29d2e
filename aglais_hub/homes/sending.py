"""The files of a home as one stream over HTTP, for who has it mounted to send and for who has not to read."""

from __future__ import annotations

import tarfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, cast

from aglais_hub.homes.files import files_of
from aglais_hub.homes.serving import serve_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aglais_hub.homes.files import Found
    from aglais_hub.homes.serving import Handler

__all__ = ["Sent", "add_file", "read_stream", "serve"]

PIECE = 256 * 1024


def serve(home: Path, address: tuple[str, int], token: str, *, seconds: float) -> bool:
    """Send the files of ``home`` once, to who has the ``token``; false where nobody asks for ``seconds``."""
    return serve_once(address, token, lambda handler: _send(home, handler), seconds=seconds)


def _send(home: Path, handler: Handler) -> None:
    handler.send_response(HTTPStatus.OK)
    # Whoever reads knows by the last chunk that there was no more.
    handler.send_header("Transfer-Encoding", "chunked")
    handler.send_header("Connection", "close")
    handler.end_headers()
    out = _Chunks(handler.wfile)
    with tarfile.open(fileobj=out, mode="w|", bufsize=PIECE) as archive:  # type: ignore[call-overload]
        for found in files_of(home):
            add_file(archive, found)
    out.end()


def add_file(archive: tarfile.TarFile, found: Found, mode: int = 0o600) -> None:
    """Add a file, whatever its owner does to it meanwhile; nothing where it has gone, or is not ours to read."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(found.opened())
        except OSError:
            return
        entry = tarfile.TarInfo(found.path)
        entry.size, entry.mtime, entry.mode = found.size, found.changed, mode
        archive.addfile(entry, cast("Any", _Exactly(file, found.size)))
        # It keeps all that it has written, and a home may have a million files.
        archive.members = []  # type: ignore[attr-defined]


class _Exactly:
    """So many bytes of a file that its owner may change meanwhile; zeros for what is gone, as tar itself does."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int) -> bytes:
        wanted, data = min(size, self._left), b""
        with suppress(OSError):
            data = self._file.read(wanted)
        data = data.ljust(wanted, b"\0")
        self._left -= len(data)
        return data


class _Chunks:
    """What is written, in HTTP's chunks."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        if data:
            self._out.write(b"%x\r\n%b\r\n" % (len(data), data))
        return len(data)

    def end(self) -> None:
        self._out.write(b"0\r\n\r\n")


@dataclass(frozen=True)
class Sent:
    """A file of the stream: as ``files.Found``, and to be opened before the next is asked for."""

    path: str
    size: int
    changed: float
    source: IO[bytes]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file, to read."""
        yield self.source


def read_stream(pieces: Iterator[bytes]) -> Iterator[Sent]:
    """The files of what ``serve`` has sent, in the order in which they come."""
    with tarfile.open(fileobj=cast("Any", _Pieces(pieces)), mode="r|", bufsize=PIECE) as archive:
        for entry in archive:
            source = archive.extractfile(entry)
            if source is not None:
                yield Sent(entry.name, entry.size, float(entry.mtime), source)
            # It keeps all that it has seen, and a home may have a million files.
            archive.members = []  # type: ignore[attr-defined]


class _Pieces:
    """A file to read from pieces as they come."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int) -> bytes:
        found = [self._rest]
        have = len(self._rest)
        while have < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            found.append(piece)
            have += len(piece)
        data = b"".join(found)
        self._rest = data[size:]
        return data[:size]
