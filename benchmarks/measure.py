"""How long something takes: medians and spread, in turns where things are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Figure", "Timing", "once", "race"]


@dataclass(frozen=True)
class Timing:
    """Seconds for each call, or calls a second where it says so: the median, the quartiles, how often."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, samples: list[float]) -> Timing:
        """From what was measured."""
        if len(samples) < 3:
            return cls(statistics.median(samples), min(samples), max(samples), len(samples))
        low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
        return cls(median, low, high, len(samples))


@dataclass(frozen=True)
class Figure:
    """What was measured, in which case. Figures of a ``group`` are a table: what down, cases across.

    ``unit`` is ``s`` or ``1/s``.
    """

    what: str
    group: str
    case: str
    timing: Timing
    unit: str = "s"


def once(call: Callable[[], Any]) -> float:
    """The seconds that one call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def race(calls: Mapping[str, Callable[[], Any]], *, seconds: float, most: int = 200) -> dict[str, Timing]:
    """Time several calls in turns, so that whatever else the machine does hits all of them alike.

    Each is called once before, and at least three times; then until ``seconds`` are over for all of them together.
    """
    for call in calls.values():
        call()
    samples: dict[str, list[float]] = {name: [] for name in calls}
    begun = time.perf_counter()
    for turn in range(most):
        if turn >= 3 and time.perf_counter() - begun > seconds:
            break
        for name, call in calls.items():
            samples[name].append(once(call))
    return {name: Timing.of(taken) for name, taken in samples.items()}
