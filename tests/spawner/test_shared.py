"""The folders of groups in members' homes, whatever somebody has put in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from aglais_hub.accounts.groups.folders import Folders
from aglais_hub.homes.sharing import link_shared


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "homes" / "ada").mkdir(parents=True)
    return tmp_path / "homes" / "ada"


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    return tmp_path / "groups"


def test_members_share_what_is_in_it_and_it_outlives_them(home: Path, groups: Path, tmp_path: Path) -> None:
    other = tmp_path / "homes" / "ben"
    other.mkdir()
    link_shared(home, groups, ["astro"])
    link_shared(other, groups, ["astro", "bio"])
    (home / "shared" / "astro" / "notes.txt").write_text("ours")
    assert (other / "shared" / "astro" / "notes.txt").read_text() == "ours"
    link_shared(home, groups, [])
    assert not (home / "shared").exists()
    assert (other / "shared" / "astro" / "notes.txt").read_text() == "ours"
    link_shared(other, groups, ["astro"])
    assert [there.name for there in (other / "shared").iterdir()] == ["astro"]


@pytest.mark.parametrize("name", ["..", "../homes", "a/b", "", ".", "A", "-x", "x" * 41, "a\nb", "a\n"])
def test_a_name_that_leads_elsewhere_makes_no_link(home: Path, groups: Path, name: str) -> None:
    link_shared(home, groups, [name])
    assert list(home.rglob("*")) == []
    assert not groups.exists()


def test_what_somebody_put_in_the_way_is_theirs_but_leads_nowhere(home: Path, groups: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (home / "shared").symlink_to(elsewhere)
    link_shared(home, groups, ["astro"])
    assert list(elsewhere.iterdir()) == [], "no link is made through a link of theirs"
    link = home / "shared" / "astro"
    link.unlink()
    link.symlink_to(elsewhere)
    (home / "shared" / "mine").mkdir()
    (home / "shared" / "bio").symlink_to(groups / "bio")
    link_shared(home, groups, ["astro"])
    assert link.readlink() == groups / "astro"
    assert sorted(there.name for there in (home / "shared").iterdir()) == ["astro", "mine"]
    link.unlink()
    link.mkdir()
    link_shared(home, groups, ["astro"])
    assert not link.is_symlink(), "a folder of their own stays"


def test_a_file_in_the_place_of_the_folder_stays(home: Path, groups: Path) -> None:
    (home / "shared").write_text("mine")
    link_shared(home, groups, ["astro"])
    assert (home / "shared").read_text() == "mine"


def test_folders_are_counted_and_removed_without_following_links(groups: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("x" * 5_000_000)
    folder = groups / "astro" / "deep"
    folder.mkdir(parents=True)
    (folder / "one.txt").write_text("x" * 1_500_000)
    (folder / "link").symlink_to(outside)
    folders = Folders(groups)
    assert folders.measure("astro") == (1, 2)
    assert folders.measure("nothing") == (0, 0)
    folder.chmod(0o500)
    folders.remove("astro")
    folders.remove("astro")
    assert list(groups.iterdir()) == []
    assert outside.exists()
