"""Keys at a real sshd: it asks the platform whom to let in, and lets the platform in with a generated key."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aglais_hub.accounts.tables import AccountRow
from aglais_hub.wire.keys import KeyRequest
from tests.support.sshd import Sshd, keygen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.platform import Platform

COMMAND = Path(__file__).parents[2] / "deploy" / "ssh" / "aglais-keys"


@pytest.fixture
def sshd(lite: Platform, tmp_path: Path) -> Iterator[Sshd]:
    """A machine that asks the platform; the account there is called like whoever runs the tests."""
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    token = folder / "token"
    token.write_text(lite.hub.token("machine") + "\n")
    # Through a shell: sshd wants its command in folders that nobody else may write to, which a checkout need not be.
    with Sshd(folder, ["/bin/sh", str(COMMAND), lite.url, str(token), "%u", "%f"]) as running:
        with lite.parts.databases[0].write() as session:
            session.add(AccountRow(name=running.user, level=2, display="", created=lite.clock.now()))
        yield running


def test_a_machine_lets_in_whom_the_platform_names(lite: Platform, sshd: Sshd) -> None:
    mine, others = keygen(sshd.folder / "mine"), sshd.folder / "others"
    keygen(others)
    login = ("-i", str(sshd.folder / "mine"))
    assert sshd.run(*login).returncode == 255
    kept = lite.parts.keys.add(sshd.user, KeyRequest(public=mine))
    assert sshd.run(*login).stdout == "in\n", sshd.log
    assert lite.parts.keys.list(sshd.user).rows[0].used == lite.clock.now()
    assert sshd.run("-i", str(others)).returncode == 255
    with lite.parts.databases[0].write() as session:
        session.get_one(AccountRow, sshd.user).level = 1
    assert sshd.run(*login).returncode == 255
    with lite.parts.databases[0].write() as session:
        session.get_one(AccountRow, sshd.user).level = 2
    assert sshd.run(*login).stdout == "in\n", sshd.log
    lite.parts.keys.remove(sshd.user, kept.id)
    assert sshd.run(*login).returncode == 255
    assert lite.hub.token("machine") not in sshd.log


def test_git_clones_with_a_generated_key_that_is_in_no_file(lite: Platform, sshd: Sshd, tmp_path: Path) -> None:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    git = ["git", "-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    origin = tmp_path / "origin"
    for command in (["init", "-q", str(origin)], ["-C", str(origin), "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *command], check=True, env={**os.environ, **quiet})
    made = lite.parts.keys.add(sshd.user, KeyRequest(name="git", generate=True))
    (sshd.folder / "authorized_keys").write_text(made.public + "\n")

    def clone(to: str, environment: dict[str, str]) -> int:
        address = f"ssh://{sshd.user}@127.0.0.1:{sshd.port}{origin}"
        told = {**environment, **quiet, "GIT_SSH_COMMAND": shlex.join(sshd.ssh)}
        return subprocess.run(
            ["git", "clone", "-q", address, tmp_path / to], env=told, timeout=60, check=False, capture_output=True
        ).returncode

    without = {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}
    assert clone("before", without) != 0
    with lite.parts.keys.agent(sshd.user, made.id) as environment:
        assert clone("cloned", environment) == 0, sshd.log
        held = list(Path(environment["SSH_AUTH_SOCK"]).parent.iterdir())
        assert [file.name for file in held] == ["socket"]
        assert held[0].parent.stat().st_mode & 0o077 == 0
        assert "PRIVATE KEY" not in str(environment)
    assert (tmp_path / "cloned" / ".git").is_dir()
    assert not held[0].parent.exists()
    assert clone("after", environment) != 0
