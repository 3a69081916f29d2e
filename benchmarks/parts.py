"""The parts of ``make bench``: each measures something else, and can be run alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from benchmarks.options import Options
from benchmarks.results import Results

__all__ = ["PARTS", "part"]

PARTS = {
    "engine": "what it costs to ask and to book, with up to a million bookings on record",
    "spawn": "how long people wait for a server, beside the spawners that ours are built on; a hundred at once",
    "lab": "how long a lab takes to load in a browser, with our panels and without",
    "classroom": "a class that begins at one time: how soon all are at work in labs that were made ready",
    "sessions": "Spark on a cluster, alone, eight at once, and beside one who runs wild",
}
"""What each is about. A part is a folder with ``run.py`` in it, which is imported only where the part is run."""


def part(name: str) -> Callable[[Options], Results]:
    """What measures the part."""
    run: Callable[[Options], Results] = import_module(f"benchmarks.{name}.run").run
    return run
