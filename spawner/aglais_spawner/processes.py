"""The processes of a session: found again after a crash of whatever started them, and ended to the last one.

Every process of a session carries a mark, ``AGLAIS_UP_SESSION``, in its environment, and so do its children, whoever
their parent is by now. A session file, written by the server's process itself before it becomes the server, says
which marks there are: there is no moment at which a server runs that no file tells of.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aglais_hub.homes.naming import file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MARK", "Session", "file_name", "process_start"]

MARK = "AGLAIS_UP_SESSION"

_POLL_SECONDS = 0.05


@dataclass
class Session:
    """A server's process, as its session file has it. ``started`` is in the kernel's ticks since boot."""

    account: str
    mark: str
    booking: str
    cpus: tuple[int, ...]
    pid: int = 0
    started: int = 0

    @classmethod
    def path(cls, folder: Path, account: str) -> Path:
        """Where the file of ``account`` is; it has one server at most."""
        return folder / f"{file_name(account)}.json"

    @classmethod
    def load(cls, folder: Path, account: str) -> Session | None:
        """The session of ``account``, or ``None``; a file that can't be read is none."""
        try:
            fields = json.loads(cls.path(folder, account).read_text())
            return cls(**{**fields, "cpus": tuple(fields["cpus"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @classmethod
    def load_all(cls, folder: Path) -> list[Session]:
        """Every session that has a file."""
        found = (cls.load(folder, unquote(path.stem)) for path in folder.glob("*.json"))
        return [session for session in found if session is not None]

    def writer(self, folder: Path) -> Callable[[], None]:
        """A function that writes the file with the calling process as the server; safe between fork and exec.

        It makes the folder for temporary files too, so there is none that no file tells of.
        """
        path, temporary = self.path(folder, self.account), self.temporary
        fields = asdict(self)

        def write() -> None:
            pid = os.getpid()
            fields.update(pid=pid, started=process_start(pid) or 0)
            draft = f"{path}.{pid}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(descriptor, json.dumps(fields).encode())
            os.close(descriptor)
            Path(draft).rename(path)
            temporary.parent.mkdir(mode=0o700)
            temporary.mkdir(mode=0o700)

        return write

    def remove(self, folder: Path) -> None:
        """Remove the file, unless a later session of the account has replaced it."""
        now = self.load(folder, self.account)
        if now is None or now.mark == self.mark:
            self.path(folder, self.account).unlink(missing_ok=True)

    @property
    def scratch(self) -> Path:
        """The folder of what is needed for its time alone. Its path is short, as those of sockets have to be."""
        return Path(tempfile.gettempdir(), f"aglais-{self.mark}")

    @property
    def temporary(self) -> Path:
        """Where its processes put temporary files."""
        return self.scratch / "tmp"

    def is_alive(self) -> bool:
        """Whether the server's own process runs."""
        return bool(self.pid) and process_start(self.pid) == self.started

    def processes(self) -> list[int]:
        """Every process of the session that runs, the server first."""
        marked = [pid for pid in _marked(self.mark) if pid != self.pid]
        return [self.pid, *marked] if self.is_alive() else marked

    async def end(self, grace: float = 3.0) -> int:
        """End what still runs: SIGTERM, and after ``grace`` seconds SIGKILL. Says how many processes there were.

        What it needed for its time alone goes too: its sockets, temporary files, and what Spark has put on disk.
        """
        first = self.processes()
        for sign, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
            deadline = time.monotonic() + seconds
            while (left := self.processes()) and time.monotonic() < deadline:
                _send(left, sign)
                await asyncio.sleep(_POLL_SECONDS)
            if not left:
                break
        shutil.rmtree(self.scratch, ignore_errors=True)
        return len(first)


def process_start(pid: int) -> int | None:
    """When the process started, in ticks since boot; ``None`` if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return None if fields[0] in ("Z", "X") else int(fields[19])


def _marked(mark: str) -> Iterator[int]:
    wanted = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # A zombie's environment is empty.
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)


def _send(pids: list[int], sign: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, sign)
