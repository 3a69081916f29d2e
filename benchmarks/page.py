"""The results as tables of the guide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["VERSIONS", "tables"]

VERSIONS = {
    "python": "Python",
    "postgresql": "PostgreSQL",
    "sqlite": "SQLite",
    "kubernetes": "Kubernetes",
    "spark": "Spark",
    "jupyterhub": "JupyterHub",
    "jupyterlab": "JupyterLab",
    "kubespawner": "KubeSpawner",
}
"""What is told of what it was measured with."""


def tables(results: Path, part: str) -> str:
    """Markdown of a part: the bars, then the figures of each group, then the machine."""
    found: dict[str, Any] | None = json.loads(results.read_text()).get(part)
    if found is None:
        return "Not measured yet."
    parts = [_bars(found["bars"])] if found["bars"] else []
    groups = dict.fromkeys(row["group"] for row in found["figures"])
    for group in groups:
        if len(groups) > 1:
            parts.append(f"### {group}")
        parts.append(_figures([row for row in found["figures"] if row["group"] == group]))
    facts = found["machine"]
    load = f", of which other work kept {facts['load_before']:g} busy" if "load_before" in facts else ""
    versions = ", ".join(f"{title} {facts[name]}" for name, title in VERSIONS.items() if name in facts)
    parts.append(
        f"Measured on {facts['cores']} cores ({facts['processor']}{load}), {facts['memory_gib']} GiB, "
        f"{facts['milliseconds_to_sync_8_kib']:g} ms to bring 8 KiB to the disk; {versions}; "
        f"{found['seconds'] / 60:.0f} minutes in all."
    )
    return "\n\n".join(parts)


def _bars(bars: list[dict[str, Any]]) -> str:
    rows = [
        [
            bar["claim"],
            bar["group"],
            f"{bar['value']:,g}",
            f"{'≥' if bar['at_least'] else '≤'} {bar['limit']:,g}",
            "yes" if bar["holds"] else "**no**",
        ]
        for bar in bars
    ]
    return _table(["", "on", "measured", "bar", "holds"], rows)


def _figures(rows: list[dict[str, Any]]) -> str:
    cases = list(dict.fromkeys(row["case"] for row in rows))
    lines = []
    for what in dict.fromkeys(row["what"] for row in rows):
        cells = {row["case"]: _written(row) for row in rows if row["what"] == what}
        lines.append([what, *(cells.get(case, "") for case in cases)])
    return _table(["median", *cases], lines)


def _written(row: dict[str, Any]) -> str:
    value = row["median"]
    if row["unit"] == "1/s":
        return f"{value:,g} /s"
    return f"{value:,.3g} s" if value >= 1 else f"{value * 1000:,.3g} ms"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [heads, *rows]]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])
