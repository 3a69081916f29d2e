"""What a run has found: figures, the bars that they are held against, and what was checked on the way."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure

__all__ = ["Bar", "Results", "machine"]


@dataclass(frozen=True)
class Bar:
    """A claim: ``value`` is at least, or at most, ``limit``. Measured where ``group`` and ``case`` say."""

    claim: str
    group: str
    case: str
    value: float
    limit: float
    at_least: bool

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Results:
    """All that a part has found. ``checks`` are sentences that were found true; one that is not ends the run.

    ``facts`` are what else it depends on. A run is ``full`` where its size is that which the bars are about: only such
    a run is judged, and kept.
    """

    machine: dict[str, Any]
    full: bool
    facts: dict[str, Any] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def find(self, what: str, group: str, case: str) -> Figure | None:
        """The figure, where it was measured."""
        for figure in self.figures:
            if (figure.what, figure.group, figure.case) == (what, group, case):
                return figure
        return None

    def median(self, what: str, group: str, case: str) -> float:
        """What was measured. Raises ``LookupError`` where nothing was."""
        found = self.find(what, group, case)
        if found is None:
            raise LookupError(f"{what} was not measured on {group}, {case}")
        return found.timing.median

    def judge(self, claim: str, group: str, case: str, value: float, limit: float, *, at_least: bool = False) -> None:
        """Hold a value against a bar."""
        self.bars.append(Bar(claim, group, case, value, limit, at_least))

    def document(self) -> dict[str, Any]:
        """As JSON, to three figures."""
        return {
            "machine": self.machine,
            **self.facts,
            "seconds": round(self.seconds),
            "bars": [{**asdict(bar), "value": _short(bar.value), "holds": bar.holds} for bar in self.bars],
            "checks": self.checks,
            "figures": [
                {
                    "what": figure.what,
                    "group": figure.group,
                    "case": figure.case,
                    "unit": figure.unit,
                    "median": _short(figure.timing.median),
                    "low": _short(figure.timing.low),
                    "high": _short(figure.timing.high),
                    "runs": figure.timing.runs,
                }
                for figure in self.figures
            ],
        }


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def machine(**versions: str) -> dict[str, Any]:
    """What the figures were measured on, and nothing that names it; ``versions`` are those of what was measured."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        **versions,
        # More than nothing is other work, which blurs all that follows.
        "load_before": round(os.getloadavg()[0], 1),
        "milliseconds_to_sync_8_kib": round(_sync_seconds() * 1000, 3),
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _sync_seconds(times: int = 200) -> float:
    with tempfile.TemporaryFile() as file:
        begun = time.perf_counter()
        for _ in range(times):
            os.pwrite(file.fileno(), b"\0" * 8192, 0)
            os.fdatasync(file.fileno())
        return (time.perf_counter() - begun) / times


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return found.stdout.strip()
