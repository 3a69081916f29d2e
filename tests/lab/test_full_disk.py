"""A disk that is full while something is saved: what was there stays, and it is said what to do."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.lab.test_spaces import Home, account, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", folder]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("No disk can be mounted here.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, left: int) -> None:
    """Leave so many bytes."""
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    os.truncate(folder / "filler", (folder / "filler").stat().st_size - left)


@pytest.mark.parametrize("left", [0, 4096, 8192])
def test_on_a_full_disk_what_was_saved_before_stays_and_it_is_said(small_disk: Path, left: int) -> None:
    async def story() -> None:
        home = Home(small_disk, account())
        await home.see()
        await home.notebook("user/a.ipynb", "before = 1")
        was = (small_disk / "user" / "a.ipynb").read_text()
        fill(small_disk, left)
        await home.spaces.look()
        for path, text in (("user/a.ipynb", "x" * (left + 7000)), ("user/new.ipynb", "y" * (left + 100))):
            words = await refused(home.notebook(path, text))
            assert words.startswith("The disk is full: this was not saved.")
            assert "the largest: filler (" in words
            assert "save again" in words
        assert (small_disk / "user" / "a.ipynb").read_text() == was
        await refused(home.upload("user/large.bin", [4000, left + 4000]))
        assert [one.name for one in (small_disk / "user").iterdir() if one.is_file()] == ["a.ipynb"], (
            "no half of a file takes up room"
        )
        await home.manager.delete("filler")
        await home.notebook("user/a.ipynb", "x" * 7000)
        assert "x" * 7000 in (small_disk / "user" / "a.ipynb").read_text()

    asyncio.run(story())


def test_what_the_disk_refuses_at_the_last_moment_is_not_lost_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a share over the network says that it is full once all was sent."""

    async def story() -> None:
        home = Home(tmp_path, account())
        await home.notebook("user/a.ipynb", "before = 1")

        def full(_descriptor: int) -> None:
            raise OSError(errno.EDQUOT, "Disk quota exceeded")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            assert "The disk is full" in await refused(home.notebook("user/a.ipynb", "after = 2"))
        assert "before = 1" in (home.path / "user" / "a.ipynb").read_text()
        assert [one.name for one in (home.path / "user").iterdir() if one.is_file()] == ["a.ipynb"]

    asyncio.run(story())
