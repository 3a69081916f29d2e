"""Notebooks really run: papermill and a kernel, in the environment of a booked session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from aglais_hub.notebooks import RESULT_MIME, Outcome, Progress
from tests.support.notebooks import RESULT, write
from tests.support.product import wait_until
from tests.support.session import booked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(900)


def run(notebook: Path, folder: Path, environment: dict[str, str]) -> tuple[int, list[Progress], Outcome | None, str]:
    """``python -m aglais_hub.notebooks`` as the lab starts it; its exit code and what it told."""
    command = [sys.executable, "-m", "aglais_hub.notebooks", str(notebook), str(folder / "out.ipynb"), str(folder)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = [json.loads(line) for line in process.stdout]
        said = process.stderr.read()
        code = process.wait(180)
    outcome = told.pop()["outcome"] if told and "outcome" in told[-1] else None
    if outcome is not None:
        outcome.pop("ok")
    return code, [Progress(**line) for line in told], Outcome(**outcome) if outcome else None, said


def test_a_notebook_that_does_what_it_declares(tmp_path: Path) -> None:
    code, told, outcome, said = run(write(tmp_path / "a.ipynb", ["x = 3", RESULT], count=3), tmp_path, booked())
    assert outcome is not None, said
    assert (code, outcome.ok, outcome.values) == (0, True, {"count": 3}), outcome
    assert [(line.cell, line.cells) for line in told] == [(1, 2), (2, 2)]
    assert told[0].message == "cell 1 of 2"
    kept = json.loads((tmp_path / "out.ipynb").read_text())
    assert kept["cells"][-1]["outputs"][0]["data"][RESULT_MIME]["values"] == {"count": 3}


@pytest.mark.parametrize(
    ("sources", "expected", "kind", "says"),
    [
        (["x = 3", RESULT], {"count": 4}, "wrong", "`count` is 3; 4 is expected."),
        (["x = 3"], {"count": 3}, "missing", "No cell said a result."),
        (["1 / 0", RESULT], {"count": 3}, "error", "Code cell 1 raised ZeroDivisionError: division by zero"),
        ([RESULT, "raise SystemExit(3)"], {"count": 3}, "error", "Code cell 2 raised SystemExit: 3"),
        (["import os\nos._exit(1)", RESULT], {"count": 3}, "error", "The kernel ended in the middle"),
    ],
)
def test_a_notebook_that_must_fail_does(
    sources: list[str], expected: dict[str, Any], kind: str, says: str, tmp_path: Path
) -> None:
    code, _, outcome, said = run(write(tmp_path / "a.ipynb", sources, **expected), tmp_path, booked())
    assert outcome is not None, said
    assert code == 1
    assert not outcome.ok
    assert outcome.problems[0].kind == kind
    assert outcome.problems[0].message.startswith(says)


def test_too_small_a_package_is_one_sentence_in_the_notebook(tmp_path: Path) -> None:
    source = 'from aglais_lab import requires\n\nrequires("large")'
    environment = booked("small") | {"JUPYTERHUB_BASE_URL": "/odd/"}
    code, _, outcome, said = run(write(tmp_path / "a.ipynb", [source, RESULT], count=3), tmp_path, environment)
    assert outcome is not None, said
    assert code == 1
    assert "This notebook requires a large package (you have small)." in outcome.problems[0].message
    cells = json.loads((tmp_path / "out.ipynb").read_text())["cells"]
    outputs = next(cell["outputs"] for cell in cells if cell.get("source") and "requires" in "".join(cell["source"]))
    shown, error = outputs
    assert 'href="/odd/services/aglais/bookings"' in "".join(shown["data"]["text/html"])
    assert len(error["traceback"]) == 1, "a long traceback"
    assert "requires a large package" in error["traceback"][0]


def test_it_stops_when_its_starter_is_gone(tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb", ["open('started', 'w').close()", "import time\ntime.sleep(600)"], count=3)
    command = [sys.executable, "-m", "aglais_hub.notebooks", str(notebook), str(tmp_path / "out.ipynb"), str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until((tmp_path / "started").exists, 240, saying="the kernel runs")
        family = psutil.Process(process.pid).children(recursive=True)
        assert family
        assert process.stdin is not None
        process.stdin.close()
        process.wait(180)
        _, left = psutil.wait_procs(family, 180)
        assert not left
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
