"""One's keys and archive from the command line."""

from __future__ import annotations

import stat
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from aglais_hub.accounts.tables import AccountRow
from aglais_hub.wire.keys import Key, KeyRows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Aglais

AS_ADA = {"JUPYTERHUB_USER": "ada"}


@pytest.fixture
def ada(aglais: Aglais) -> Aglais:
    """The command, for somebody who has an account."""
    with aglais.platform.parts.databases[0].write() as session:
        session.add(AccountRow(name="ada", level=2, display="Ada", created=aglais.now))
    return aglais


def test_the_story_of_some_keys(ada: Aglais, tmp_path: Path) -> None:
    assert "You have no keys." in ada("keys", "list", **AS_ADA).stdout
    made = ada("keys", "generate", "--name", "GitHub", **AS_ADA)
    assert made.stdout.startswith("ssh-ed25519 AAAA")
    assert "Paste this" in made.stderr
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@laptop", "-f", tmp_path / "k"], check=True
    )
    private = ada("keys", "add", str(tmp_path / "k"), **AS_ADA)
    assert (private.returncode, "must never leave your machine" in private.stderr) == (1, True)
    added = Key.model_validate_json(ada("keys", "add", str(tmp_path / "k.pub"), "--json", **AS_ADA).stdout)
    assert (added.name, added.kind) == ("ada@laptop", "authorised")
    found = KeyRows.model_validate_json(ada("keys", "list", "--account", "ada", "--json", caller="root").stdout)
    assert [key.name for key in found.rows] == ["GitHub", "ada@laptop"]
    assert "no key 'Gitlab'" in ada("keys", "remove", "Gitlab", **AS_ADA).stderr
    assert ada("keys", "remove", "GitHub", **AS_ADA).stdout == "Removed: GitHub.\n"
    assert ada("keys", "remove", added.fingerprint, **AS_ADA).stdout == "Removed: ada@laptop.\n"


def test_an_archive_is_whole_or_not_there(ada: Aglais, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    refused = ada("archive", str(target), caller="ben", **AS_ADA)
    assert (refused.returncode, target.exists()) == (1, False)
    # A long path wraps the line.
    assert "has all of it" in " ".join(ada("archive", str(target), **AS_ADA).stdout.split())
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {"README.txt", "account.json"}
    again = ada("archive", str(target), **AS_ADA)
    assert (again.returncode, "is there already" in " ".join(again.stderr.split())) == (1, True)
