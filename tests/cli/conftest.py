"""The real command against the platform that a test serves."""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from unittest.mock import patch

import pytest

from aglais_hub.cli import main
from tests.support.platform import NOW
from tests.support.product import wait_until
from tests.support.turns import clear_of_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.platform import Platform

PATIENCE_SECONDS = 120
"""How long a command may say nothing, or run on, on a machine that is busy with other tests."""

COMMAND = [sys.executable, "-m", "aglais_hub.cli"]


# Settings of the machine's, and what would change how the command writes.
DROPPED = ("AGLAIS_", "NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED")


def environment(**more: str) -> dict[str, str]:
    """A Londoner's, with a terminal of 80 columns."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    return ours | {"TZ": "Europe/London", "COLUMNS": "80", "LC_ALL": "C.UTF-8"} | more


class Done(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


class Aglais:
    """Runs ``aglais`` as a caller of the platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        # The command reads the machine's clock, so the platform is brought to the same time.
        clear_of_midnight(120)
        platform.clock.move(datetime.now(UTC).replace(microsecond=0) - NOW)
        self.now = platform.clock.now()

    def __call__(self, *arguments: str, caller: str = "ada", **more: str) -> Done:
        return run(*arguments, **self.there(caller) | more)

    def there(self, caller: str = "ada") -> dict[str, str]:
        """Where the platform is, and a token for it."""
        return {"AGLAIS_URL": self.platform.url, "AGLAIS_TOKEN": self.platform.hub.token(caller)}

    def grant(self, tinies: int = 8) -> None:
        self.platform.grant(tinies, start=self.now)


def run(*arguments: str, **more: str) -> Done:
    """Run ``aglais`` in this process, with nothing on its standard input."""
    out, err = StringIO(), StringIO()
    with (
        patch.dict(os.environ, environment(**more), clear=True),
        patch.object(sys, "stdin", StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.getvalue(), err.getvalue())


def run_process(*arguments: str, **more: str) -> Done:
    """Run ``aglais`` as a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


class Terminal:
    """A process on a terminal of 80 columns; ``shown`` is what has been written to it."""

    started: ClassVar[list[Terminal]] = []

    def __init__(self, *arguments: str, **more: str) -> None:
        ours, theirs = pty.openpty()
        self._ours = ours
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(TERM="xterm-256color", **more),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        # What is read may end in the middle of a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.shown = ""
        Terminal.started.append(self)

    def read_until(self, text: str) -> str:
        """Read until ``text`` is shown, or the process has ended."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.shown and self._read(deadline):
            pass
        assert text in self.shown, self.shown
        return self.shown

    def _read(self, deadline: float) -> bool:
        """Read what is shown next; ``False`` where nobody has the terminal open any more."""
        there, _, _ = select.select([self._ours], [], [], max(0, deadline - time.monotonic()))
        assert there, f"nothing more is shown: {self.shown}"
        try:
            self.shown += self._decoder.decode(os.read(self._ours, 4096))
        except OSError:
            return False
        return True

    @property
    def plain(self) -> str:
        """What is shown, without its colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.shown)

    def interrupt(self) -> None:
        """Ctrl-C, once the command waits: whoever is just about to wait for a line hears it only with that line."""
        wait_until(lambda: Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S")
        self.process.send_signal(signal.SIGINT)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Wait for the end, and read on: a terminal that nobody reads is soon full, and holds up whoever writes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read(deadline):
            pass
        status = self.process.wait(PATIENCE_SECONDS)
        os.close(self._ours)
        Terminal.started.remove(self)
        return status


@pytest.fixture(autouse=True)
def no_terminal_stays_open() -> Iterator[None]:
    """End what a test that fails leaves behind."""
    yield
    for terminal in [*Terminal.started]:
        terminal.process.kill()
        terminal.end()


@pytest.fixture
def aglais(lite: Platform) -> Any:
    """The command, against the platform with room for eight tiny packages from now on."""
    command = Aglais(lite)
    command.grant()
    return command
