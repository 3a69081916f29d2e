"""``aglais run`` against the whole product: a booking, a lab, the notebook in it, and all of it given back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.notebooks import Outcome
from tests.cli.conftest import Terminal, run
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("run") / "state") as running:
        yield running


def notebook(path: Path, *cells: str, **expected: Any) -> Path:
    """A notebook for a tiny package that says its result in its last cell."""
    source = [f"import time\nfrom aglais_lab import result\n{cells[0]}", *cells[1:]]
    shown = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for number, text in enumerate(source)
    ]
    metadata = {
        "aglais": {"version": 1, "package": "tiny", "result": expected},
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": shown}))
    return path


def there(product: Product, name: str) -> dict[str, str]:
    return {"AGLAIS_URL": product.url, "AGLAIS_TOKEN": product.user(name)}


def nothing_left(product: Product, name: str) -> bool:
    return not product.server(name) and not json.loads(run("bookings", "--json", **there(product, name)).stdout)["rows"]


def test_a_right_result_ends_with_0_and_a_wrong_one_with_1(product: Product, tmp_path: Path) -> None:
    as_ada = there(product, "ada")
    path = notebook(tmp_path / "right.ipynb", "result(stars=40 + 2)", stars=42)
    done = run("run", str(path), "--keep", "--output", str(tmp_path / "done.ipynb"), "--json", **as_ada)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    outcome = Outcome.model_validate_json(done.stdout)
    assert outcome.ok
    assert outcome.values == {"stars": 42}
    assert json.loads((tmp_path / "done.ipynb").read_text())["cells"][0]["outputs"]
    # Kept: the second run finds the lab as it is.
    assert product.server("ada")["ready"]
    path = notebook(tmp_path / "wrong.ipynb", "result(stars=41)", stars=42)
    done = run("run", str(path), **as_ada)
    assert done.returncode == 1
    assert "wrong.ipynb ran" in done.stdout
    assert "`stars` is 41; 42 is expected." in done.stdout
    assert "comparing the result" in done.stderr
    assert run("end", "--yes", **as_ada).returncode == 0
    wait_until(lambda: nothing_left(product, "ada"), 60, saying="the lab that was kept is gone")


def test_ctrl_c_shows_no_traceback_and_gives_everything_back(product: Product, tmp_path: Path) -> None:
    path = notebook(tmp_path / "long.ipynb", "1", "time.sleep(600)", "result(stars=42)", stars=42)
    terminal = Terminal("run", str(path), **there(product, "ben"))
    terminal.read_until("cell 2 of 3")
    assert "━" in terminal.shown
    terminal.interrupt()
    assert terminal.end() == 130
    assert "giving the session back" in terminal.shown
    assert "Traceback" not in terminal.shown
    wait_until(lambda: nothing_left(product, "ben"), 60, saying="the services know that nothing runs any more")


def test_no_room_lists_what_can_be_had_and_leaves_nothing(product: Product, tmp_path: Path) -> None:
    for _ in range(2):
        assert run("book", "large", "--for", "3h", **there(product, "cho")).returncode == 0
    done = run("run", str(notebook(tmp_path / "any.ipynb", "result(stars=42)", stars=42)), **there(product, "dan"))
    assert done.returncode == 1
    assert "tiny does not fit" in done.stderr
    assert re.search(r"aglais accept [0-9a-f]{8}", done.stderr)
    assert not product.server("dan")
