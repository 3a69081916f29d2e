"""A class that begins at one time, with labs that were made ready."""

from __future__ import annotations

import time
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from benchmarks.measure import Figure, Timing
from benchmarks.results import Results, machine
from tests.support.classroom import Classroom
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from benchmarks.options import Options
    from tests.support.classroom import Arrival

__all__ = ["run"]

PUPILS, AHEAD = 30, timedelta(seconds=150)
QUICK_PUPILS, QUICK_AHEAD = 2, timedelta(seconds=45)
LATEST_SECONDS = 60

GROUP = "this host"
READY = "labs made ready before"
PAGE, CELL, LAST = "the lab's page is there", "a first cell has run", "the last one's cell has run"


def run(options: Options) -> Results:
    """On this host, in the real hub, with settings as they come."""
    begun = time.perf_counter()
    pupils, ahead = (QUICK_PUPILS, QUICK_AHEAD) if options.quick else (PUPILS, AHEAD)
    measured = machine(jupyterhub=version("jupyterhub"), jupyterlab=version("jupyterlab"))
    results = Results(measured, not options.quick, {"pupils": pupils, "seconds_ahead": ahead.seconds})
    with Product(options.folder / "state") as product:
        _with_labs_ready(product, results, pupils, ahead, options)
    results.seconds = time.perf_counter() - begun
    return results


def _with_labs_ready(product: Product, results: Results, pupils: int, ahead: timedelta, options: Options) -> None:
    options.say(f"{pupils} people, whose labs are made ready in the {ahead.seconds} s before the start")
    room = Classroom(product, pupils, ahead)
    booked = time.monotonic()
    wait_until(room.are_ready, ahead.seconds, every=1, saying="all labs are ready before the start")
    results.facts["seconds_to_make_ready"] = round(time.monotonic() - booked, 1)
    last = _count(results, READY, room.come_in())
    claim = f"seconds after the start until the last of {pupils} has run a cell"
    results.judge(claim, GROUP, READY, last, LATEST_SECONDS)
    results.checks.append(f"each of {pupils} labs was there before the start, and ran a cell after it")


def _count(results: Results, case: str, arrivals: list[Arrival]) -> float:
    if any(arrival.text != "42" for arrival in arrivals):
        raise AssertionError("a cell did not give what it was asked for")
    last = max(arrival.cell for arrival in arrivals)
    results.facts.setdefault("connections_lost", {})[case] = sum(arrival.lost for arrival in arrivals)
    results.figures += [
        Figure(PAGE, GROUP, case, Timing.of([arrival.page for arrival in arrivals])),
        Figure(CELL, GROUP, case, Timing.of([arrival.cell for arrival in arrivals])),
        Figure(LAST, GROUP, case, Timing(last, last, last, 1)),
    ]
    return last
