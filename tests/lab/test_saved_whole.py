"""Whoever reads a file while the lab saves it finds it whole, as it was or as it will be."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import nbformat

from tests.lab.test_spaces import Home, account

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_is_saved_takes_the_place_of_what_was_there_when_it_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step before is the disk's; a lab that is killed there leaves what one sees there."""
    seen: list[str] = []
    on_disk = os.fsync

    async def story() -> None:
        home = Home(tmp_path, account())
        await home.notebook("user/a.ipynb", "before = 1")
        file = home.path / "user" / "a.ipynb"
        file.chmod(0o640)
        link = home.path / "user" / "link.ipynb"
        link.symlink_to("a.ipynb")

        def look(descriptor: int) -> None:
            seen.append(nbformat.read(file, as_version=4).cells[0].source)
            on_disk(descriptor)

        monkeypatch.setattr(os, "fsync", look)
        await home.notebook("user/a.ipynb", "after = 2")
        await home.notebook("user/link.ipynb", "again = 3")
        assert seen == ["before = 1", "after = 2"]
        assert nbformat.read(file, as_version=4).cells[0].source == "again = 3"
        assert link.is_symlink(), "a link stays one"
        assert file.stat().st_mode & 0o777 == 0o640, "who may read it stays the same"
        assert sorted(one.name for one in file.parent.iterdir() if one.is_file()) == ["a.ipynb", "link.ipynb"]

    asyncio.run(story())


def test_two_that_save_one_file_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    """As two members of a group, each in a lab of their own."""

    async def story() -> None:
        homes = [Home(tmp_path, account()), Home(tmp_path, account())]
        texts = [letter * 200_000 for letter in "ab"]
        for _ in range(5):
            await asyncio.gather(
                *(home.notebook("user/a.ipynb", text) for home, text in zip(homes, texts, strict=True))
            )
            assert nbformat.read(tmp_path / "user" / "a.ipynb", as_version=4).cells[0].source in texts
        assert [one.name for one in (tmp_path / "user").iterdir() if one.is_file()] == ["a.ipynb"]

    asyncio.run(story())
