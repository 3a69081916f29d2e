"""``python -m benchmarks``: measure, show, and keep the results."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from aglais_hub.lean import start_lean
from benchmarks.engine.plot import draw
from benchmarks.options import DATABASES, Options
from benchmarks.parts import PARTS, part
from benchmarks.report import show

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PICTURE = HERE.parent / "docs" / "images" / "benchmarks.svg"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; 0 where every bar of a full run holds, 1 where one does not."""
    start_lean()  # as the services do
    chosen = _chosen(arguments)
    console = Console()
    failed = False
    for name in chosen.part or PARTS:
        console.print(f"\n[bold]{name}[/]: {PARTS[name]}")
        with tempfile.TemporaryDirectory(prefix="aglais-bench-") as folder:
            options = Options(
                folder=Path(folder),
                quick=chosen.quick,
                seconds=chosen.seconds,
                seed=chosen.seed,
                sizes=chosen.sizes,
                databases=chosen.databases,
                blazar=not chosen.without_blazar,
                say=lambda what: console.print(f"[dim]{what}[/]"),
            )
            results = part(name)(options)
        show(results, console)
        output = chosen.output or (RESULTS if results.full else None)
        if output is not None:
            _keep(output, name, results.document())
        if name == "engine" and output == RESULTS:
            draw(RESULTS, PICTURE)
        failed = failed or (results.full and not all(bar.holds for bar in results.bars))
    return 1 if failed else 0


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench",
        description="Measure what the project claims, as ratios in one run.",
        epilog="; ".join(f"{name}: {about}" for name, about in PARTS.items()),
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one; can be given again")
    parser.add_argument("--quick", action="store_true", help="as little as shows that it works; judges nothing")
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--output", type=Path, help="where the results go; the committed file only after a full run")
    engine = parser.add_argument_group("of the part engine")
    engine.add_argument("--sizes", type=int, nargs="+", default=[], help="numbers of bookings on record")
    engine.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    engine.add_argument("--seconds", type=float, default=8.0, help="for each comparison of quick things")
    engine.add_argument("--without-blazar", action="store_true", help="don't install and measure Blazar")
    return parser.parse_args(arguments)


def _keep(output: Path, name: str, document: dict[str, Any]) -> None:
    """Put a part's results beside those of the others."""
    kept: dict[str, Any] = json.loads(output.read_text()) if output.exists() else {}
    found = {**kept, name: document}
    ordered = {one: found[one] for one in PARTS if one in found}
    output.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
