"""The part *spawn* runs, and leaves nothing. What it measures is nobody's business here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.spawn import run


@pytest.mark.kubernetes
@pytest.mark.live
@pytest.mark.timeout(1800)
def test_the_smallest_run_starts_servers_everywhere(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    assert main(["--part", "spawn", "--quick", "--output", str(output)]) == 0
    found = json.loads(output.read_text())["spawn"]
    for place, plain in (("Kubernetes", "KubeSpawner"), ("This host", "SimpleLocalProcessSpawner")):
        figures = {(row["what"], row["case"]): row for row in found["figures"] if row["group"] == place}
        compared = {(what, case) for what in run.READY.values() for case in (plain, run.OURS)}
        assert set(figures) == {*compared, (run.WAVE, run.OURS)}
        assert figures[(run.WAVE, run.OURS)]["runs"] == run.QUICK_WAVES * run.QUICK_AT_ONCE
        assert any(check.startswith(place) for check in found["checks"])
        _, failed = [bar for bar in found["bars"] if bar["group"] == place]
        assert (failed["value"], failed["holds"]) == (0, True)
