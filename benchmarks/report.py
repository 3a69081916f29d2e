"""The results on a screen."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Figure
from benchmarks.page import VERSIONS
from benchmarks.results import Results

__all__ = ["show"]


def show(results: Results, console: Console) -> None:
    """Print what was measured, and whether the bars hold."""
    for group in dict.fromkeys(figure.group for figure in results.figures):
        console.print(_figures(results, group))
    if results.bars:
        console.print(_bars(results))
    for check in results.checks:
        console.print(f"[green]✓[/] {check}")
    facts = results.machine
    versions = ", ".join(f"{title} {facts[name]}" for name, title in VERSIONS.items() if name in facts)
    console.print(
        f"\n{facts['cores']} cores, {facts['memory_gib']} GiB, {facts['processor']}; {versions}; "
        f"{results.seconds / 60:.0f} minutes in all"
    )


def _figures(results: Results, group: str) -> Table:
    """A row for each thing measured, a column for each case."""
    figures = [figure for figure in results.figures if figure.group == group]
    cases = list(dict.fromkeys(figure.case for figure in figures))
    table = Table(title=f"{group}: median, and the quartiles", box=box.SIMPLE, title_justify="left")
    table.add_column("")
    for case in cases:
        table.add_column(case, justify="right")
    for what in dict.fromkeys(figure.what for figure in figures):
        found = [results.find(what, group, case) for case in cases]
        table.add_row(what, *(_written(figure) if figure else "" for figure in found))
    return table


def _written(figure: Figure) -> str:
    timing = figure.timing
    if figure.unit == "1/s":
        return f"{timing.median:,.0f} /s  [dim]{timing.low:,.0f} … {timing.high:,.0f}[/]"
    spread = f"  [dim]{_seconds(timing.low)} … {_seconds(timing.high)}[/]" if timing.runs > 1 else ""
    return f"{_seconds(timing.median)}{spread}"


def _seconds(value: float) -> str:
    return f"{value:,.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def _bars(results: Results) -> Table:
    table = Table(title="The bars", box=box.SIMPLE, title_justify="left")
    for name, side in (("", "left"), ("on", "left"), ("with", "left"), ("is", "right"), ("bar", "right")):
        table.add_column(name, justify="right" if side == "right" else "left")
    table.add_column("")
    for bar in results.bars:
        table.add_row(
            bar.claim,
            bar.group,
            bar.case,
            f"{bar.value:,.3g}" if bar.value < 1000 else f"{bar.value:,.0f}",
            f"{'≥' if bar.at_least else '≤'} {bar.limit:,g}",
            "[green]holds[/]" if bar.holds else "[bold red]fails[/]",
        )
    return table
