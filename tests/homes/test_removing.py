"""What is due goes as a whole and for good; what has changed since, or is somebody else's, stays."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aglais_hub.homes import removing
from aglais_hub.homes.measuring import measure
from aglais_hub.homes.removing import DELETED, clear, remove
from aglais_hub.wire.policy import SpaceName
from aglais_hub.wire.storage import Order


def now() -> datetime:
    return datetime.now(UTC)


def put(home: Path, path: str, text: str = "x") -> Path:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def order(home: Path, path: str, space: SpaceName = "saved") -> Order:
    """An order about an item as it is now."""
    [found] = [item for item in measure(home, now()) if (item.space, item.path) == (space, path)]
    return Order(space=space, path=path, changed=found.changed)


def files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir())


@pytest.mark.parametrize(
    ("path", "item", "space"),
    [
        ("user/a.csv", "user/a.csv", "saved"),
        ("user/a.ipynb", "user/a.ipynb", "notebooks"),
        ("own.txt", "own.txt", "saved"),
        ("own/deep/down.txt", "own", "saved"),
        ("user/project/deep/a.csv", "user/project", "saved"),
        ("temp/run/a.ipynb", "temp/run", "temporary"),
    ],
)
def test_an_item_goes_as_a_whole(tmp_path, path, item, space):
    put(tmp_path, path)
    put(tmp_path, "user/other.csv")
    put(tmp_path, "temp/other.csv")
    assert remove(tmp_path, order(tmp_path, item, space), now())
    assert not (tmp_path / item).exists()
    assert files(tmp_path) == ["temp/other.csv", "user/other.csv"]
    assert not list(tmp_path.rglob(DELETED))


def test_with_a_folder_goes_what_is_hidden_in_it_and_with_a_notebook_its_checkpoint(tmp_path):
    put(tmp_path, "user/project/a.csv")
    put(tmp_path, "user/project/.git/config")
    put(tmp_path, "user/a.ipynb")
    put(tmp_path, "user/.ipynb_checkpoints/a-checkpoint.ipynb")
    put(tmp_path, "user/.ipynb_checkpoints/b-checkpoint.ipynb")
    assert remove(tmp_path, order(tmp_path, "user/project"), now())
    assert remove(tmp_path, order(tmp_path, "user/a.ipynb", "notebooks"), now())
    assert files(tmp_path) == ["user/.ipynb_checkpoints/b-checkpoint.ipynb"]


def test_of_a_folder_that_two_spaces_share_each_goes_alone(tmp_path):
    for name in ("a.csv", "deep/b.csv", "deep/a.ipynb", ".git/config"):
        put(tmp_path, f"user/project/{name}")
    assert remove(tmp_path, order(tmp_path, "user/project"), now())
    assert files(tmp_path) == ["user/project/.git/config", "user/project/deep/a.ipynb"]
    assert remove(tmp_path, order(tmp_path, "user/project", "notebooks"), now())
    assert files(tmp_path) == []
    assert not (tmp_path / "user" / "project").exists()


def test_what_has_changed_since_stays(tmp_path):
    old = put(tmp_path, "user/project/a.csv")
    asked = order(tmp_path, "user/project")
    later = asked.changed + timedelta(days=1)
    os.utime(old, (later.timestamp(), later.timestamp()))
    assert not remove(tmp_path, asked, later)
    put(tmp_path, "user/project/new.csv")
    assert not remove(tmp_path, asked, now())
    assert files(tmp_path) == ["user/project/a.csv", "user/project/new.csv"]


def test_what_is_changed_in_the_last_moment_stays(tmp_path, monkeypatch):
    file = put(tmp_path, "user/a.csv")
    asked = order(tmp_path, "user/a.csv")
    rename = os.rename

    def write_and_rename(*args, **kwargs):
        monkeypatch.setattr(os, "rename", rename)
        later = asked.changed + timedelta(days=1)
        os.utime(file, (later.timestamp(), later.timestamp()))
        rename(*args, **kwargs)

    monkeypatch.setattr(os, "rename", write_and_rename)
    assert not remove(tmp_path, asked, asked.changed + timedelta(days=2))
    assert files(tmp_path) == ["user/a.csv"]


def test_what_is_not_there_any_more_is_gone(tmp_path):
    file = put(tmp_path, "user/a.csv")
    asked = order(tmp_path, "user/a.csv")
    file.unlink()
    assert remove(tmp_path, asked, now())
    assert remove(tmp_path / "nowhere", asked, now())


@pytest.mark.parametrize(
    ("path", "space"),
    [
        ("..", "saved"),
        (".", "saved"),
        ("user", "saved"),
        ("temp", "temporary"),
        ("user/..", "saved"),
        ("user/../../other", "saved"),
        ("../other/a.csv", "saved"),
        ("/etc", "saved"),
        ("user/a.csv/", "saved"),
        ("user//a.csv", "saved"),
        ("user/project/a.csv", "saved"),
        ("examples", "saved"),
        ("examples/a.ipynb", "notebooks"),
        (".ssh", "saved"),
        ("user/.git", "saved"),
        ("user/a.csv", "temporary"),
        ("temp/a.csv", "saved"),
        ("user/\0", "saved"),
    ],
)
def test_no_name_leads_out_of_a_home_or_to_what_is_no_item(tmp_path, path, space):
    home = tmp_path / "home"
    for name in ("user/a.csv", "user/project/a.csv", "temp/a.csv", "examples/a.ipynb", ".ssh/key", "user/.git/config"):
        put(home, name)
    put(tmp_path, "other/a.csv")
    before = files(tmp_path)
    remove(home, Order(space=space, path=path, changed=now()), now())
    assert files(tmp_path) == before


@pytest.mark.parametrize("link", ["", "user", "user/project", "user/project/deep"])
def test_no_link_is_followed(tmp_path, link):
    home, other = tmp_path / "home", tmp_path / "other"
    put(home, "user/project/deep/a.csv")
    asked = order(home, "user/project")
    shutil.copytree(home, other)
    shutil.rmtree(home / link)
    (home / link).symlink_to(other / link)
    remove(home, asked.model_copy(update={"changed": now()}), now())
    clear(home)
    assert files(other) == ["user/project/deep/a.csv"]


def test_what_may_not_be_written_goes_too(tmp_path):
    put(tmp_path, "user/project/deep/a.csv")
    asked = order(tmp_path, "user/project")
    for folder in ("user/project/deep", "user/project"):
        (tmp_path / folder).chmod(0o500)
    assert remove(tmp_path, asked, now())
    assert files(tmp_path) == []


@pytest.mark.parametrize("shared", [False, True])
def test_who_is_killed_half_way_leaves_nothing_in_sight_and_the_next_one_finishes(tmp_path, monkeypatch, shared):
    for name in ("a.csv", "b.csv", "deep/c.csv", *(["n.ipynb"] if shared else [])):
        put(tmp_path, f"user/project/{name}")
    asked = order(tmp_path, "user/project")

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(removing, "discard", killed)
    with pytest.raises(KeyboardInterrupt):
        remove(tmp_path, asked, now())
    monkeypatch.undo()
    assert [item.space for item in measure(tmp_path, now())] == (["notebooks"] if shared else [])
    assert list(tmp_path.rglob("c.csv")) or shared
    assert remove(tmp_path, asked, now())
    clear(tmp_path)
    assert files(tmp_path) == (["user/project/n.ipynb"] if shared else [])
    assert not list(tmp_path.rglob(DELETED))
