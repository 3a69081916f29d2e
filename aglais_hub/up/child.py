"""One child process of the supervisor: started, waited for, looked at, stopped."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_hub.up.checks import CannotStartError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Child", "Part", "opener"]

_PR_SET_PDEATHSIG = 1
_LOG_BYTES = 5_000_000
_LAST_LINES = 15
_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.05, 0.5
_STEADY_SECONDS = 30
_LONGEST_PAUSE_SECONDS = 10

_libc = ctypes.CDLL(None, use_errno=True)
# No proxy setting of the environment applies to our own ports.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Part:
    """A part of the platform that runs as a child. It is ready once ``ready_url`` answers 200."""

    name: str
    title: str
    command: list[str]
    environment: dict[str, str] = field(repr=False)
    ready_url: str
    ready_headers: dict[str, str] = field(default_factory=dict, repr=False)
    ready_seconds: float = 180
    stop_seconds: float = 10


class Child:
    """A part, and the process that it runs in."""

    def __init__(self, part: Part, log_folder: Path) -> None:
        self.part = part
        self.log = log_folder / f"{part.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 0.0
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Start the process. It ends when the supervisor does, however that ends."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self.process = subprocess.Popen(
                self.part.command,
                env=self.part.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: _end_with(parent),  # noqa: PLW1509 - the supervisor has one thread
            )
        self._started = time.monotonic()

    def wait_ready(self, given_up: Callable[[], bool]) -> None:
        """Wait until the part answers, or ``given_up`` says so.

        Raises ``CannotStartError`` with the last lines of its log if it ends, or takes too long.
        """
        deadline = self._started + self.part.ready_seconds
        while not given_up():
            if self.is_ready():
                return
            if self.exit_status() is not None:
                raise CannotStartError(f"{self.part.title} ended while it started.", self._last_lines())
            if time.monotonic() > deadline:
                raise CannotStartError(
                    f"{self.part.title} did not answer within {self.part.ready_seconds:.0f} seconds.",
                    self._last_lines(),
                )
            # To ask takes processor time too, which is what a slow start lacks.
            waited = time.monotonic() - self._started
            time.sleep(min(max(_POLL_SECONDS, waited / 20), _LONGEST_POLL_SECONDS))

    def is_ready(self) -> bool:
        """Whether it answers."""
        request = urllib.request.Request(self.part.ready_url, headers=self.part.ready_headers)  # noqa: S310 - loopback
        try:
            with opener.open(request, timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False

    def exit_status(self) -> int | None:
        """How the process ended; ``None`` while it runs."""
        return self.process.poll() if self.process else 0

    def seconds_to_restart(self) -> float:
        """How long to wait before starting it again: at once, unless it keeps ending."""
        ran = time.monotonic() - self._started
        if ran > _STEADY_SECONDS:
            self._pause = 0.0
        pause, self._pause = self._pause, min(max(0.5, 2 * self._pause), _LONGEST_PAUSE_SECONDS)
        return pause

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.exit_status() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_stopped(self) -> None:
        """Wait until it has ended after ``ask_to_stop``; past its time, kill it. Nothing of it is left."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.part.stop_seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _last_lines(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            lines = file.read().decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
        return "\n".join([f"Its last lines, from {self.log}:", *(f"  {line}" for line in lines)])


def _end_with(parent: int) -> None:
    """In the child: be sent SIGTERM when the supervisor is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
