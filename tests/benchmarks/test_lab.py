"""The part *lab* runs. What it measures is nobody's business here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.lab import run


@pytest.mark.live
@pytest.mark.timeout(600)
def test_the_smallest_run_loads_a_lab_with_our_panels_and_without(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    assert main(["--part", "lab", "--quick", "--output", str(output)]) == 0
    found = json.loads(output.read_text())["lab"]
    figures = {(row["what"], row["case"]) for row in found["figures"]}
    assert figures == {(run.USABLE, run.PLAIN), (run.USABLE, run.OURS), (run.PANEL, run.OURS)}
    assert len(found["bars"]) == len(found["checks"]) == 1
