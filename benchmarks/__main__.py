"""``python -m benchmarks``: measure, show, and keep the results."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.plot import draw
from benchmarks.report import show
from benchmarks.run import DATABASES, FULL, QUICK, Plan, run

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PICTURE = HERE.parent / "docs" / "images" / "benchmarks.svg"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; 0 where every bar holds that was judged at a million bookings, 1 where one does not."""
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure what the project claims, as ratios in one run."
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"only {QUICK[0]:,} and {QUICK[1]:,} bookings; judges nothing"
    )
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of bookings on record")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each comparison of quick things")
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--without-blazar", action="store_true", help="don't install and measure Blazar")
    parser.add_argument("--output", type=Path, help="where the results go; the committed file only after a full run")
    chosen = parser.parse_args(arguments)
    sizes = chosen.sizes or (QUICK if chosen.quick else FULL)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="aglais-bench-") as folder:
        results = run(
            Plan(
                sizes=sorted(sizes),
                folder=Path(folder),
                databases=chosen.databases,
                seconds=chosen.seconds,
                seed=chosen.seed,
                blazar=not chosen.without_blazar,
                say=lambda what: console.print(f"[dim]{what}[/]"),
            )
        )
    show(results, console)
    full = sorted(sizes) == FULL and chosen.databases == DATABASES and not chosen.without_blazar
    output = chosen.output or (RESULTS if full else None)
    if output is not None:
        output.write_text(json.dumps(results.document(), indent=2, ensure_ascii=False) + "\n")
    if full and output == RESULTS:
        draw(RESULTS, PICTURE)
    return 1 if max(sizes) >= max(FULL) and not all(bar.holds for bar in results.bars) else 0


if __name__ == "__main__":
    sys.exit(main())
