"""``make bench`` runs, and its results have their shape. Its figures are nobody's business here: machines differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.engine import run
from benchmarks.engine.plot import draw
from benchmarks.engine.rows import DAY, END, MONTH, NOW, START, Rows, make_rows, micros

ROOT = Path(__file__).parents[2]


@pytest.mark.postgres
def test_the_smallest_run_measures_all_of_it(tmp_path: Path) -> None:
    output = tmp_path / "results.json"
    main(["--part", "engine", "--sizes", "100", "300", "--seconds", "0.2", "--without-blazar", "--output", str(output)])
    found = json.loads(output.read_text())["engine"]
    assert found["sizes"] == [100, 300]
    for database in run.TITLES.values():
        figures = {(row["what"], row["case"]): row for row in found["figures"] if row["group"] == database}
        everywhere = [*run.MONTH_BY.values(), *run.NOTES.values(), run.LOAD]
        once = [
            *run.SCAN.values(), *run.HTTP.values(), run.OFFERS, run.YEAR, run.AN_HOUR, run.OURS, run.BARE, run.VERIFY,
        ]  # fmt: skip
        small, large = run.case_of(100), run.case_of(300)
        assert set(figures) == {(w, case) for w in everywhere for case in (small, large)} | {(w, large) for w in once}
        for row in figures.values():
            assert 0 < row["low"] <= row["median"] <= row["high"]
            assert row["runs"] >= 1
        bars = [bar for bar in found["bars"] if bar["group"] == database]
        assert len(bars) == (5 if database == "PostgreSQL" else 4)
        assert all(isinstance(bar["holds"], bool) and bar["case"] == large for bar in bars)
    assert {"cores", "python", "postgresql", "sqlite", "commit"} <= found["machine"].keys()


def test_the_rows_are_the_same_for_the_same_seed_and_lie_in_the_ten_years() -> None:
    rows, again, other = make_rows(5000, 1), make_rows(5000, 1), make_rows(5000, 2)
    assert (rows.start == again.start).all()
    assert (rows.start != other.start).any()
    assert micros(START) <= rows.start.min()
    assert rows.end.max() <= micros(END)
    assert (rows.start < rows.end).all()
    on_quarters = (rows.start % (DAY // 96) == 0).mean()
    assert 0.85 < on_quarters < 0.95
    assert START < NOW < MONTH[0] < MONTH[1] < END


def test_brute_force_counts_what_lies_within_a_slot() -> None:
    hours = np.array([[0, 10, 1], [5, 20, 2], [10, 30, 4], [29, 30, 8]])
    rows = Rows(*hours.T[:2], cores=hours.T[2], account=hours.T[2])
    assert rows.most_within(np.array([0, 5, 10, 20, 29, 30, 40])).tolist() == [1, 3, 6, 4, 12, 0]
    assert rows.taken_at(np.array([0, 5, 10, 20, 30, 31])).tolist() == [1, 3, 7, 6, 12, 0]


def test_the_picture_is_that_of_the_results(tmp_path: Path) -> None:
    drawn = tmp_path / "benchmarks.svg"
    draw(ROOT / "benchmarks" / "results.json", drawn)
    assert drawn.read_text() == (ROOT / "docs" / "images" / "benchmarks.svg").read_text()
