"""A real sshd on loopback, for whoever runs the tests, and a real ssh to it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
AuthorizedKeysCommand {command}
AuthorizedKeysCommandUser {user}
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
# The folders of a test may be anybody's.
StrictModes no
"""


@dataclass
class Sshd:
    """Use it with ``with``. ``command`` is asked for keys; ``authorized_keys`` in ``folder`` counts too."""

    folder: Path
    command: Sequence[str]
    port: int = field(default_factory=free_port)
    user: str = field(default_factory=getpass.getuser)

    def __enter__(self) -> Self:
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "sshd is missing: install it (Debian: apt-get install openssh-server)"
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        keygen(self.folder / "host")
        config = self.folder / "sshd_config"
        command = " ".join(self.command)
        config.write_text(CONFIG.format(port=self.port, folder=self.folder, command=command, user=self.user))
        with (self.folder / "sshd.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log, start_new_session=True
            )
        host = (self.folder / "host.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host}")
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return self
            except OSError:
                assert self._process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "sshd.log").read_text()

    @property
    def ssh(self) -> list[str]:
        """The client, with nothing of the machine's own: no configuration, no keys, no questions."""
        known = f"UserKnownHostsFile={self.folder}/known_hosts"
        return [
            *("ssh", "-F", "none", "-p", str(self.port), "-o", known, "-o", "BatchMode=yes"),
            # Those that lie in the home of whoever runs the tests.
            *("-o", "IdentityFile=none"),
        ]

    def run(self, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Log in and say who is there."""
        return subprocess.run(
            [*self.ssh, *options, f"{self.user}@127.0.0.1", "echo in"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **more,
        )


def keygen(file: Path, *how: str) -> str:
    """Make a key pair; gives its public line."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@laptop", "-f", file, *how], check=True)
    return file.with_suffix(".pub").read_text()
