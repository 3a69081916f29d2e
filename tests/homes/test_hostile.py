"""Homes as an enemy would leave them: as deep as can be made, moved about while they are looked at, with odd names."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from aglais_hub.homes.files import files_of
from aglais_hub.homes.measuring import Item, Use, measure, told, used
from aglais_hub.homes.moving import move_home
from aglais_hub.homes.removing import remove
from aglais_hub.homes.walking import discard, opened, walk
from aglais_hub.wire.storage import LARGEST, Order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEVELS = 1100
"""More than Python calls itself, and with their names longer than a path may be."""

NAME = "in-" * 10


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A home with a file at the bottom of a pit, and one beside it."""
    home = tmp_path / "home"
    (home / "user" / "pit").mkdir(parents=True)
    at = os.open(home / "user" / "pit", os.O_RDONLY)
    for _ in range(LEVELS):
        os.mkdir(NAME, dir_fd=at)
        below = os.open(NAME, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("bottom.csv", os.O_CREAT | os.O_WRONLY, dir_fd=at))
    os.close(at)
    (home / "user" / "pit" / "z.csv").write_text("12345")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[0]), before[1]))
    yield home
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    discard(home)


def test_what_is_deep_down_counts_and_is_read_as_all_else(deep: Path) -> None:
    assert used(measure(deep))["saved"] == Use(2, 5)
    read = {}
    for found in files_of(deep):
        with found.opened() as file:
            read[found.name] = (found.path.count("/"), file.read())
    assert read == {"bottom.csv": (LEVELS + 2, b""), "z.csv": (2, b"12345")}


def test_what_is_deep_down_goes_with_the_rest(deep: Path) -> None:
    [item] = measure(deep)
    assert remove(deep, Order(space="saved", path="user/pit", changed=item.changed), datetime.now(UTC))
    assert list(deep.rglob("*")) == [deep / "user"]


def test_a_folder_that_is_moved_while_it_is_looked_at_hides_nothing_else(tmp_path: Path) -> None:
    for name in ("a/b/c/one", "a/d/two", "e/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with opened(tmp_path) as top:
        seen = []
        for folder in walk(top):
            seen += folder.files
            if folder.inside == "a/b/c":
                (tmp_path / "a" / "b").rename(tmp_path / "was")
        assert seen == ["one", "two", "three"]
        wanted = walk(top, whole=True)
        while next(wanted).inside != "a/d":
            pass
        (tmp_path / "a" / "d").rename(tmp_path / "was" / "d")
        with pytest.raises(OSError, match="tale"):
            next(wanted)


def test_a_walk_never_leaves_by_a_folder_that_was_moved_out(tmp_path: Path) -> None:
    (tmp_path / "home" / "a" / "b").mkdir(parents=True)
    (tmp_path / "home" / "z").touch()
    (tmp_path / "other" / "theirs").mkdir(parents=True)
    with opened(tmp_path / "home") as top:
        seen = []
        for folder in walk(top):
            seen.append(folder.inside)
            if folder.inside == "a/b":
                (tmp_path / "home" / "a" / "b").rename(tmp_path / "other" / "b")
    assert seen == ["", "a", "a/b"]


def test_its_owner_may_remove_what_nobody_may_read(tmp_path: Path) -> None:
    """As somebody without special rights: such a folder can be neither read, nor emptied, nor moved as it is."""
    home = tmp_path / "home"
    (home / "shut" / "deep" / "er").mkdir(parents=True)
    (home / "shut" / "deep" / "er" / "a").touch()
    program = (
        "import os, sys\n"
        "from aglais_hub.homes.walking import discard\n"
        "os.chdir(sys.argv[1])\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "for name in ('shut/deep/er', 'shut/deep', 'shut'): os.chmod(name, 0)\n"
        "discard('shut')\n"
    )
    for folder in (home, *home.rglob("*")):
        with suppress(PermissionError):
            os.chown(folder, 65534, -1)
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        with suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o001)
    subprocess.run([sys.executable, "-c", program, home], check=True)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("way", ["link", "file"])
@pytest.mark.parametrize("place", ["user", "user/was"])
def test_files_that_come_follow_no_link_and_find_a_place(tmp_path: Path, way: str, place: str) -> None:
    source, target, outside = tmp_path / "old", tmp_path / "new", tmp_path / "outside"
    for folder in (source / "user", (target / place).parent, outside):
        folder.mkdir(parents=True)
    (source / "user" / "a.csv").write_text("1")
    if way == "link":
        (target / place).symlink_to(outside)
    else:
        (target / place).write_text("in the way")
    move_home(source, target, "was")
    assert list(outside.iterdir()) == []
    [found] = target.rglob("a.csv")
    assert found.read_text() == "1"
    assert not (source / "user" / "a.csv").exists()


def test_a_name_as_long_as_can_be_finds_a_place_beside_its_like(tmp_path: Path) -> None:
    source, target = tmp_path / "old", tmp_path / "new"
    names = ["x" * 255, "é" * 124 + ".ipynb", os.fsdecode(b"\xe9" * 251 + b".csv"), "." + "y" * 254]
    for home, text in ((source / "user", "hers"), (target / "user" / "was", "there")):
        home.mkdir(parents=True)
        for name in names:
            (home / name).write_text(text)
    move_home(source, target, "was")
    there = sorted(file.read_text() for file in (target / "user" / "was").iterdir())
    assert there == ["hers"] * 4 + ["there"] * 4
    assert sum(file.suffix == ".ipynb" for file in (target / "user" / "was").iterdir()) == 2


def test_files_that_are_larger_than_any_disk_are_still_a_number(tmp_path: Path) -> None:
    """Holes cost nothing, so anybody may have a folder of many such files."""
    (tmp_path / "user").mkdir()
    for number in range(70):
        with (tmp_path / "user" / str(number)).open("wb") as file:
            file.truncate(2**43)
    items = measure(tmp_path)
    assert sum(item.size for item in items) == 70 * 2**43
    [one] = told([Item("saved", "user", 70, 2**60, items[0].changed)], 10)
    assert one.size == LARGEST
