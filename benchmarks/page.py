"""The results as tables of the guide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["tables"]

TITLES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def tables(results: Path) -> str:
    """Markdown: the bars, then the figures of each database, then the machine."""
    found: dict[str, Any] = json.loads(results.read_text())
    parts = [_bars(found["bars"])]
    for database, title in TITLES.items():
        rows = [row for row in found["figures"] if row["database"] == database]
        parts += [f"### {title}", _figures(rows, found["sizes"])]
    facts = found["machine"]
    load = f", of which other work kept {facts['load_before']:g} busy" if "load_before" in facts else ""
    parts.append(
        f"Measured on {facts['cores']} cores ({facts['processor']}{load}), {facts['memory_gib']} GiB, "
        f"{facts['milliseconds_to_sync_8_kib']:g} ms to bring 8 KiB to the disk; Python {facts['python']}, "
        f"PostgreSQL {facts['postgresql']}, SQLite {facts['sqlite']}; {found['seconds'] / 60:.0f} minutes in all."
    )
    return "\n\n".join(parts)


def _bars(bars: list[dict[str, Any]]) -> str:
    rows = [
        [
            bar["claim"],
            TITLES[bar["database"]],
            f"{bar['value']:,g}",
            f"{'≥' if bar['at_least'] else '≤'} {bar['limit']:,g}",
            "yes" if bar["holds"] else "**no**",
        ]
        for bar in bars
    ]
    return _table(["", "on", "measured", "bar", "holds"], rows)


def _figures(rows: list[dict[str, Any]], sizes: list[int]) -> str:
    lines = []
    for what in dict.fromkeys(row["what"] for row in rows):
        cells = {row["bookings"]: _written(row) for row in rows if row["what"] == what}
        lines.append([what, *(cells.get(size, "") for size in sizes)])
    return _table(["median", *(f"{size:,} bookings" for size in sizes)], lines)


def _written(row: dict[str, Any]) -> str:
    value = row["median"]
    if row["unit"] == "1/s":
        return f"{value:,g} /s"
    return f"{value:,.3g} s" if value >= 1 else f"{value * 1000:,.3g} ms"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [heads, *rows]]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])
