"""The examples that a lab offers: what is there to be run, whatever else lies in the folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aglais_lab.booked import BookedResources
from aglais_lab.offered import Example, find_examples
from tests.support.session import booked

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, **metadata: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [], "metadata": metadata}))


def test_the_easiest_come_first_and_single_cells_last(tmp_path: Path) -> None:
    examples = tmp_path / "examples"
    write(examples / "utils" / "a.ipynb", title="One cell", aglais={"package": "tiny"})
    write(examples / "own" / "b.ipynb", title="Ours", aglais={"package": "own"})
    write(examples / "small" / "c.ipynb", title="Dust", aglais={"package": "small"})
    write(examples / "tiny" / "d.ipynb", title="Stars", aglais={"package": "tiny"})
    write(examples / "plain.ipynb")
    assert find_examples(tmp_path) == [
        Example("examples/tiny/d.ipynb", "Stars", "tiny"),
        Example("examples/small/c.ipynb", "Dust", "small"),
        Example("examples/own/b.ipynb", "Ours", "own"),
        Example("examples/plain.ipynb", "plain", ""),
        Example("examples/utils/a.ipynb", "One cell", "tiny"),
    ]


def test_what_is_no_notebook_or_not_in_the_folder_is_left_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    examples = home / "examples"
    write(examples / ".ipynb_checkpoints" / "old.ipynb", title="Old")
    write(tmp_path / "secret.ipynb", title="Not yours")
    (examples / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (examples / "gone.ipynb").symlink_to(examples / "nowhere.ipynb")
    (examples / "folder.ipynb").mkdir()
    for name, text in {
        "a": "",
        "b": "[]",
        "c": "{}",
        "d": '{"metadata": 3}',
        "e": '{"metadata": {"aglais": 3}}',
    }.items():
        (examples / f"{name}.ipynb").write_text(text)
    (examples / "large.ipynb").write_text('{"metadata": {}}' + " " * 2**20)
    write(examples / "odd.ipynb", title=3, aglais={"package": ["tiny"]})
    assert find_examples(home) == [Example("examples/odd.ipynb", "odd", "")]


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_without_the_folder_there_are_none(what: str, tmp_path: Path) -> None:
    if what == "a file":
        (tmp_path / "examples").write_text("mine")
    assert find_examples(tmp_path) == []


@pytest.mark.parametrize(
    ("has", "needs", "enough"),
    [
        ("tiny", "tiny", True),
        ("tiny", "small", False),
        ("large", "small", True),
        ("own", "small", None),
        ("own", "own", True),
    ],
)
def test_a_package_is_enough_by_its_place_where_the_platform_says_nothing(
    has: str, needs: str, enough: bool | None
) -> None:
    assert BookedResources.from_environment(booked(has)).is_enough_for(needs, None) is enough
