"""Draws the figure of the guide from ``results.json``: how what is asked costs as the record grows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.engine import run

__all__ = ["draw"]

LINES = {
    run.NOTES["hour"]: ("the notes' SQL", "#b45309", "s"),
    run.BLAZAR: ("Blazar, one host", "#7c3aed", "^"),
    run.MONTH_BY["hour"]: ("Aglais Hub", "#0f766e", "o"),
    run.SCAN["hour"]: ("a range scan of 720 rows", "#6b7280", "_"),
}
"""What is drawn, how it is called, its colour and its marker."""


def draw(results: Path, picture: Path) -> None:
    """Read the results, write the picture (SVG)."""
    found: dict[str, Any] = json.loads(results.read_text())["engine"]
    databases = list(dict.fromkeys(figure["group"] for figure in found["figures"]))
    sizes_of = {run.case_of(size): size for size in found["sizes"]}
    # Text stays text, and the same results give the same file.
    with mpl.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "aglais", "font.size": 9, "font.family": "sans-serif"}
    ):
        figure = Figure(figsize=(8, 3.6), layout="constrained")
        for number, database in enumerate(databases):
            axes = figure.add_subplot(1, len(databases), number + 1)
            _draw(axes, database, sizes_of, [row for row in found["figures"] if row["group"] == database])
        figure.suptitle("What is free in a month, by the hour, for all packages", fontsize=11)
        picture.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(picture, format="svg", metadata={"Date": None}, facecolor="white")


def _draw(axes: Axes, database: str, sizes_of: dict[str, int], rows: list[dict[str, Any]]) -> None:
    for what, (name, colour, marker) in LINES.items():
        points = sorted(
            (sizes_of[row["case"]], row["median"], row["low"], row["high"]) for row in rows if row["what"] == what
        )
        if not points:
            continue
        sizes, medians, lows, highs = zip(*points, strict=True)
        axes.plot(sizes, medians, color=colour, marker=marker, markersize=6, linewidth=1.5, label=name)
        axes.fill_between(sizes, lows, highs, color=colour, alpha=0.2, linewidth=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(database, fontsize=10)
    axes.set_xlabel("bookings on record")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, which="major", color="#e5e7eb", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 8)  # room for the legend
