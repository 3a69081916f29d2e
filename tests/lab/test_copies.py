"""Copies of examples: none outside its folder, none over another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tornado.web import HTTPError

from aglais_hub.errors import InvalidValueError, NotFoundError
from aglais_lab.copies import copy_example, copy_there, refuse_saving

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    example = root / "examples" / "tiny" / "stars.ipynb"
    example.parent.mkdir(parents=True)
    example.write_text("an example")
    example.chmod(0o400)
    (tmp_path / "secret.ipynb").write_text("not yours")
    return root


def test_a_copy_can_be_edited(home):
    assert copy_example(home, "examples/tiny/stars.ipynb") == "user/stars.ipynb"
    copy = home / "user" / "stars.ipynb"
    assert copy.read_text() == "an example"
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_copy_never_overwrites(home):
    names = [copy_example(home, "examples/tiny/stars.ipynb") for _ in range(3)]
    assert names == ["user/stars.ipynb", "user/stars-1.ipynb", "user/stars-2.ipynb"]


def test_a_copy_that_is_there_is_found_again(home):
    assert copy_there(home, "examples/tiny/stars.ipynb") == ""
    made = copy_example(home, "examples/tiny/stars.ipynb")
    assert copy_there(home, "examples/tiny/stars.ipynb") == made
    with pytest.raises(NotFoundError):
        copy_there(home, "examples/tiny/none.ipynb")


def test_of_two_examples_with_one_name_no_copy_is_taken_for_the_others(home):
    (home / "examples" / "small").mkdir()
    (home / "examples" / "small" / "stars.ipynb").write_text("another")
    copy_example(home, "examples/tiny/stars.ipynb")
    assert copy_there(home, "examples/small/stars.ipynb") == ""


def test_a_link_out_of_the_home_is_no_copy(home):
    (home / "user").mkdir()
    (home / "user" / "stars.ipynb").symlink_to(home.parent / "secret.ipynb")
    assert copy_there(home, "examples/tiny/stars.ipynb") == ""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "examples",
        "secret.ipynb",
        "user/stars.ipynb",
        "examples/../../secret.ipynb",
        "examples/tiny/../../../secret.ipynb",
        "/etc/passwd",
        "examples/\0",
        "examples/link.ipynb",
    ],
)
def test_only_examples_are_copied(home, path):
    (home / "examples" / "link.ipynb").symlink_to(home.parent / "secret.ipynb")
    with pytest.raises(InvalidValueError):
        copy_example(home, path)
    assert not list(home.glob("user/*"))


@pytest.mark.parametrize("path", ["examples/tiny", "examples/tiny/none.ipynb"])
def test_what_is_no_file_is_not_found(home, path):
    with pytest.raises(NotFoundError):
        copy_example(home, path)


def test_a_copy_never_leaves_the_home(home):
    (home / "user").symlink_to(home.parent)
    with pytest.raises(InvalidValueError):
        copy_example(home, "examples/tiny/stars.ipynb")
    assert not (home.parent / "stars.ipynb").exists()


def test_a_copy_never_writes_through_a_link(home):
    (home / "user").mkdir()
    (home / "user" / "stars.ipynb").symlink_to(home.parent / "elsewhere.ipynb")
    assert copy_example(home, "examples/tiny/stars.ipynb") == "user/stars-1.ipynb"
    assert not (home.parent / "elsewhere.ipynb").exists()


def test_examples_are_not_saved_over():
    with pytest.raises(HTTPError) as refused:
        refuse_saving("/examples/tiny/stars.ipynb", model={}, contents_manager=None)
    assert refused.value.status_code == 403
    refuse_saving("user/examples/stars.ipynb", model={})
