"""What a run has found: figures, the bars that they are held against, and what was checked on the way."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure

__all__ = ["Bar", "Results", "machine"]


@dataclass(frozen=True)
class Bar:
    """A claim: ``value`` is at least, or at most, ``limit``."""

    claim: str
    database: str
    bookings: int
    value: float
    limit: float
    at_least: bool

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Results:
    """All of it. ``checks`` are sentences that were found true; one that is not ends the run."""

    machine: dict[str, Any]
    seed: int
    sizes: list[int]
    figures: list[Figure] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def find(self, what: str, database: str, bookings: int) -> Figure | None:
        """The figure, where it was measured."""
        for figure in self.figures:
            if (figure.what, figure.database, figure.bookings) == (what, database, bookings):
                return figure
        return None

    def judge(self, claim: str, database: str, bookings: int, value: float, limit: float, *, at_least: bool) -> None:
        """Hold a value against a bar."""
        self.bars.append(Bar(claim, database, bookings, value, limit, at_least))

    def document(self) -> dict[str, Any]:
        """As JSON, to three figures."""
        return {
            "machine": self.machine,
            "seed": self.seed,
            "sizes": self.sizes,
            "seconds": round(self.seconds),
            "bars": [{**asdict(bar), "value": _short(bar.value), "holds": bar.holds} for bar in self.bars],
            "checks": self.checks,
            "figures": [
                {
                    "what": figure.what,
                    "database": figure.database,
                    "bookings": figure.bookings,
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


def machine(postgres: str) -> dict[str, Any]:
    """What the figures were measured on, and nothing that names it."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": postgres,
        "sqlite": sqlite3.sqlite_version,
        "psycopg": version("psycopg"),
        "sqlalchemy": version("sqlalchemy"),
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
