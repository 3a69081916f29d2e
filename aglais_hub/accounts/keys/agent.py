"""A private key for one deed: an ``ssh-agent`` holds it in memory, and is gone after it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_hub.errors import ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["agent"]

STARTS_WITHIN = 10.0
"""Seconds."""


@contextmanager
def agent(private: bytes, *, seconds: int = 300) -> Iterator[dict[str, str]]:
    """The environment for a ``git`` or ``ssh`` that is to use the key, for so many ``seconds`` at most.

    The key goes to the agent through a pipe: it is never in a file, an argument or a variable. Raises
    ``ServiceDownError`` where there is no ssh-agent on this machine, or it does not take the key.
    """
    with tempfile.TemporaryDirectory(prefix="aglais-agent-") as folder:
        # Only this account's processes get into the folder; mkdtemp sees to that.
        socket = Path(folder, "socket")
        try:
            running = subprocess.Popen(
                ["ssh-agent", "-D", "-a", str(socket)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        except OSError:
            raise ServiceDownError("There is no ssh-agent here.", help="The operator has to install OpenSSH.") from None
        try:
            # Nobody is to be asked for a password, and no other agent or key to be tried.
            environment = {**os.environ, "SSH_AUTH_SOCK": str(socket), "SSH_ASKPASS_REQUIRE": "never"}
            _wait(socket, running)
            given = subprocess.run(
                ["ssh-add", "-q", "-t", str(seconds), "-"],
                input=private,
                env=environment,
                capture_output=True,
                timeout=STARTS_WITHIN,
                check=False,
            )
            if given.returncode:
                raise ServiceDownError("The ssh-agent did not take the key.", help="Try again in a moment.")
            yield environment
        finally:
            running.terminate()
            running.wait()


def _wait(socket: Path, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not socket.exists():
        if running.poll() is not None or time.monotonic() > deadline:
            raise ServiceDownError("The ssh-agent did not start.", help="Try again in a moment.")
        time.sleep(0.01)
