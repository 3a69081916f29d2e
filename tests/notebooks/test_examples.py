from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.rglob("*.ipynb"))
LADDER = ("tiny", "small", "medium", "large")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: str(path.relative_to(EXAMPLES)))
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def notebook(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_there_are_examples_of_each_kind() -> None:
    assert {path.parent.name for path in NOTEBOOKS} >= {"utils", "tiny", "small"}


def test_it_is_a_valid_notebook_with_cell_ids(notebook: dict[str, Any]) -> None:
    nbformat.validate(nbformat.from_dict(notebook), version=4)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_it_declares_its_package_and_its_result(path: Path, notebook: dict[str, Any]) -> None:
    declared = notebook["metadata"]["aglais"]
    assert declared["version"] == 1
    assert declared["package"] in LADDER
    assert declared["result"]
    if path.parent.name in LADDER:
        assert declared["package"] == path.parent.name, "it stands in another package's folder"


def test_its_first_cell_checks_the_package(notebook: dict[str, Any]) -> None:
    package = notebook["metadata"]["aglais"]["package"]
    first = "".join(code_cells(notebook)[0]["source"])
    assert first == f'from aglais_lab import requires\n\nrequires("{package}")'


def test_its_last_cell_says_every_value_that_is_expected(notebook: dict[str, Any]) -> None:
    last = "".join(code_cells(notebook)[-1]["source"])
    call = re.search(r"^result\((.*)\)\s*$", last, re.DOTALL | re.MULTILINE)
    assert call, "no result in the last cell"
    names = set(re.findall(r"(\w+)=", call[1]))
    assert names == set(notebook["metadata"]["aglais"]["result"])


def test_it_is_kept_without_output(notebook: dict[str, Any]) -> None:
    for cell in code_cells(notebook):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    assert "papermill" not in notebook["metadata"]


def test_it_begins_with_a_title_and_ends_with_whose_the_data_are(notebook: dict[str, Any]) -> None:
    first, last = ("".join(notebook["cells"][place]["source"]) for place in (0, -1))
    assert first.startswith("# ")
    assert "ESA" in last
    assert "CC BY-SA 3.0 IGO" in last


def test_the_landing_page_lists_every_notebook_with_its_package() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"\]\((\S+\.ipynb)\) \| (\w+) \|", readme))
    declared = {
        str(path.relative_to(EXAMPLES)): json.loads(path.read_text(encoding="utf-8"))["metadata"]["aglais"]["package"]
        for path in NOTEBOOKS
    }
    assert listed == declared
    assert "CC BY-SA 3.0 IGO" in readme
    assert "Vallenari et al. 2023" in readme
