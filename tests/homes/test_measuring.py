"""What a home holds: what counts where, and that one walk never leaves the home."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.homes.measuring import REST, Item, Use, arriving, bounded, measure, space_of, used

if TYPE_CHECKING:
    from pathlib import Path

LATER = datetime(2100, 3, 1, 12, tzinfo=UTC)
"""After all that the file system notes by itself."""


def put(home: Path, path: str, size: int = 10, days: int = 0) -> Path:
    """A file of ``size`` bytes that was changed so many days after ``LATER``."""
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    instant = (LATER + timedelta(days=days)).timestamp()
    os.utime(file, (instant, instant))
    return file


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("user/stars.ipynb", ("notebooks", "user/stars.ipynb")),
        ("user/thesis/one/stars.ipynb", ("notebooks", "user/thesis")),
        ("user/thesis/one/stars.csv", ("saved", "user/thesis")),
        ("stars.ipynb", ("notebooks", "stars.ipynb")),
        ("data/2026/stars.csv", ("saved", "data")),
        ("temp/stars.csv", ("temporary", "temp/stars.csv")),
        ("temp/run/stars.ipynb", ("temporary", "temp/run")),
        ("temp", ("saved", "temp")),
        ("/user/stars.ipynb/", ("notebooks", "user/stars.ipynb")),
        ("examples", ("saved", "examples")),
        ("examples/tiny/stars.ipynb", None),
        ("user/examples/stars.ipynb", ("notebooks", "user/examples")),
        (".bashrc", None),
        (".local/share/much.bin", None),
        ("user/thesis/.git/objects/much.bin", None),
        ("temp/.hidden", None),
        ("", None),
        ("user//stars.ipynb", None),
        ("user/../examples/stars.ipynb", None),
    ],
)
def test_each_file_counts_in_one_space_or_nowhere(path, place):
    assert space_of(path) == place


def test_a_folder_is_one_item_of_its_notebooks_and_one_of_the_rest(tmp_path):
    put(tmp_path, "user/thesis/one.ipynb", 10, days=1)
    put(tmp_path, "user/thesis/deep/two.ipynb", 20, days=5)
    put(tmp_path, "user/thesis/deep/stars.csv", 300, days=2)
    put(tmp_path, "user/alone.csv", 7, days=3)
    put(tmp_path, "temp/run/part-0", 1000)
    put(tmp_path, "temp/run/part-1", 1000, days=4)
    assert measure(tmp_path) == [
        Item("temporary", "temp/run", 2, 2000, LATER + timedelta(days=4)),
        Item("saved", "user/alone.csv", 1, 7, LATER + timedelta(days=3)),
        Item("notebooks", "user/thesis", 2, 30, LATER + timedelta(days=5)),
        Item("saved", "user/thesis", 1, 300, LATER + timedelta(days=5)),
    ]
    assert used(measure(tmp_path)) == {"notebooks": Use(2, 30), "saved": Use(2, 307), "temporary": Use(2, 2000)}


def test_what_is_the_platforms_or_hidden_counts_nowhere(tmp_path):
    for path in ("examples/tiny/stars.ipynb", ".cache/much", "user/.ipynb_checkpoints/one-checkpoint.ipynb"):
        put(tmp_path, path)
    (tmp_path / "user" / "empty").mkdir()
    assert measure(tmp_path) == []


def test_no_link_is_followed(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    put(outside, "much.bin", 5000)
    put(home, "user/mine.csv", 3)
    (home / "user" / "folder").symlink_to(outside)
    (home / "user" / "file").symlink_to(outside / "much.bin")
    (home / "user" / "around").symlink_to(home)
    (home / "temp").symlink_to(outside)
    assert used(measure(home))["saved"] == Use(1, 3)
    assert len(measure(home)) == 1


def test_what_is_no_file_counts_as_nothing(tmp_path):
    (tmp_path / "user").mkdir()
    os.mkfifo(tmp_path / "user" / "pipe")
    assert measure(tmp_path) == []
    assert measure(tmp_path / "nowhere") == []


def test_a_name_that_is_no_text_counts_and_is_never_named(tmp_path):
    put(tmp_path, os.fsdecode(b"user/caf\xe9.csv"), 5)
    [item] = measure(tmp_path)
    assert (item.space, item.path, item.size) == ("saved", REST, 5)


def test_what_is_too_much_to_tell_is_summed_up(tmp_path):
    for number in range(6):
        put(tmp_path, f"user/{number}.csv", 10, days=number)
    put(tmp_path, "user/new.ipynb", 5, days=9)
    items = measure(tmp_path)
    assert bounded(items, 7) == items
    told = bounded(items, 4)
    assert [item.path for item in told] == ["user/0.csv", "user/1.csv", "user/2.csv", "user/3.csv", REST, REST]
    assert used(told) == used(items)
    assert told[4] == Item("saved", REST, 2, 20, LATER + timedelta(days=5))


def test_what_was_unpacked_today_is_of_today(tmp_path):
    file = put(tmp_path, "user/old.csv")
    os.utime(file, (0, 0))
    [item] = measure(tmp_path)
    assert item.changed.year > 2000


def test_nothing_was_changed_after_now(tmp_path):
    now = LATER - timedelta(days=1)
    put(tmp_path, "user/odd.csv")
    os.utime(tmp_path / "user" / "odd.csv", ns=(0, 2**62))
    [item] = measure(tmp_path, now)
    assert item.changed < now
    [item] = measure(tmp_path)
    assert item.changed > now


def test_what_would_come_counts_where_it_would_be(tmp_path):
    put(tmp_path, "temp/run/one.ipynb", 10)
    put(tmp_path, "temp/run/stars.csv", 300)
    put(tmp_path, "user/old/two.ipynb", 20)
    put(tmp_path, "examples/tiny/stars.ipynb", 5)
    both = {"notebooks": Use(1, 10), "saved": Use(1, 300)}
    assert arriving(tmp_path, "temp/run", "user/run", stays=True) == both
    assert arriving(tmp_path, "temp/run", "user/run", stays=False) == both
    assert arriving(tmp_path, "temp/run/stars.csv", "stars.csv", stays=False) == {"saved": Use(1, 300)}
    assert arriving(tmp_path, "user/old", "user/new", stays=False) == {}
    assert arriving(tmp_path, "user/old", "user/new", stays=True) == {"notebooks": Use(1, 20)}
    assert arriving(tmp_path, "user/old/two.ipynb", "user/two.txt", stays=False) == {"saved": Use(1, 20)}
    assert arriving(tmp_path, "examples/tiny", "user/tiny", stays=True) == {"notebooks": Use(1, 5)}
    assert arriving(tmp_path, "temp/run", "user/.hidden", stays=False) == {}
    assert arriving(tmp_path, "nowhere", "user/run", stays=True) == {}
