"""A home that goes with its lab: it is said, and all that its owner has put there can be taken along."""

from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING, Any

from aglais_hub.homes.walking import discard
from aglais_lab.home_files import _write
from tests.support.lab import start_lab

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_files_of_a_home_that_goes_are_taken_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "home"
    for name in ("user/mine.ipynb", "user/data/a.csv", "notes.txt", ".cache/x", "examples/tiny.ipynb"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "user" / "big.bin").write_bytes(bytes(range(256)) * 20_000)
    (root / "user" / "out").symlink_to("/etc")
    monkeypatch.setenv("AGLAIS_HOME_GOES", "1")
    lab = start_lab(root, root / "examples")
    try:
        assert lab.ask("GET", "aglais/home").json() == {"goes": True}
        assert lab.ask("GET", "aglais/home.tar.gz", token="").status_code == 403
        answer = lab.ask("GET", "aglais/home.tar.gz")
    finally:
        lab.process.terminate()
        lab.process.wait(60)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/gzip")
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        files = {one.name: one for one in archive.getmembers() if not one.isdir()}
        assert sorted(files) == ["notes.txt", "user/big.bin", "user/data/a.csv", "user/mine.ipynb", "user/out"]
        assert files["user/out"].issym()
        assert files["user/big.bin"].size == 5_120_000
        taken = archive.extractfile("user/mine.ipynb")
        assert taken is not None
        assert taken.read() == b"user/mine.ipynb"


def test_what_changes_or_is_odd_does_not_end_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    for name in ("a/shrinks", "a/goes", "z"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"1" * 50_000)
    os.mkfifo(home / "a" / "pipe")
    (home / os.fsdecode(b"caf\xe9")).write_text("latin")
    at = os.open(home / "a", os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("deep", dir_fd=at)
        below = os.open("deep", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    add, out = tarfile.TarFile.addfile, tmp_path / "out.tar.gz"

    def adding(archive: tarfile.TarFile, entry: tarfile.TarInfo, *more: Any) -> None:
        if entry.name == "a/shrinks":  # after its size was taken down
            os.truncate(home / "a" / "shrinks", 10)
        (home / "a" / "goes").unlink(missing_ok=True)
        add(archive, entry, *more)

    monkeypatch.setattr(tarfile.TarFile, "addfile", adding)
    try:
        _write(os.open(out, os.O_CREAT | os.O_WRONLY), home)
    finally:
        discard(home)
    with tarfile.open(out) as archive:
        sizes = {one.name: one.size for one in archive.getmembers() if one.isfile()}
    assert sizes == {"a/shrinks": 50_000, "z": 50_000, os.fsdecode(b"caf\xe9"): 5}


def test_files_that_stay_are_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    lab = start_lab(tmp_path / "home", tmp_path)
    try:
        assert lab.ask("GET", "aglais/home").json() == {"goes": False}
        assert lab.ask("GET", "aglais/home.tar.gz").status_code == 404
    finally:
        lab.process.terminate()
        lab.process.wait(60)
