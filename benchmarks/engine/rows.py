"""Ten years of bookings, the same for the same seed, and what they leave free by brute force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["END", "GIB_PER_CORE", "MONTH", "NOW", "PACKAGES", "START", "Rows", "make_rows", "micros"]

Ints = NDArray[np.int64]

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)
NOW = datetime(2033, 5, 20, tzinfo=UTC)
"""The services' clock stands here: nine years are over, and half a year lies ahead."""

MONTH = datetime(2033, 6, 1, tzinfo=UTC), datetime(2033, 7, 1, tzinfo=UTC)
"""The month that is asked for: 30 days, 720 hours."""

PACKAGES = {"tiny": 1, "small": 2, "medium": 4, "large": 8}
"""Cores of each package; 4 GiB go with each core."""

GIB_PER_CORE = 4
SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
EACH = 200
"""Bookings of each account in ten years."""


def micros(instant: datetime) -> int:
    """Whole microseconds since 1970, as our tables keep them."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Rows:
    """Bookings ``[start, end)`` in microseconds since 1970, each of so many ``cores``, by an account's number."""

    start: Ints
    end: Ints
    cores: Ints
    account: Ints

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def steps(self) -> tuple[Ints, Ints]:
        """The instants at which something changes, in order, and the cores that are taken from each on."""
        edges = np.concatenate([self.start, self.end])
        change = np.concatenate([self.cores, -self.cores])
        order = np.argsort(edges, kind="stable")
        instants, first = np.unique(edges[order], return_index=True)
        return instants, np.cumsum(np.add.reduceat(change[order], first))

    @property
    def most(self) -> int:
        """The cores that are taken at the busiest instant."""
        return int(self.steps[1].max())

    def most_within(self, slots: Ints) -> Ints:
        """The most cores that are taken at once in each slot, which begins at one instant and ends at the next."""
        instants, taken = self.steps
        at = np.searchsorted(instants, slots, side="right") - 1
        from_before = np.where(at >= 0, taken[at], 0)
        until = np.searchsorted(instants, slots, side="left")
        return np.array(
            [
                max(int(from_before[n]), int(taken[at[n] + 1 : until[n + 1]].max(initial=0)))
                for n in range(len(slots) - 1)
            ],
            dtype=np.int64,
        )

    def taken_at(self, instants: Ints) -> Ints:
        """The cores of the bookings with ``start <= instant <= end``: both ends counted, as in the notes."""
        starts, ends = np.argsort(self.start), np.argsort(self.end)
        begun = np.concatenate([[0], np.cumsum(self.cores[starts])])
        over = np.concatenate([[0], np.cumsum(self.cores[ends])])
        return np.asarray(
            begun[np.searchsorted(self.start[starts], instants, side="right")]
            - over[np.searchsorted(self.end[ends], instants, side="left")]
        )


def make_rows(count: int, seed: int) -> Rows:
    """``count`` bookings spread over the ten years.

    Seven in ten are short and on quarter-hours of the working day, one in ten is short and at an arbitrary instant, the
    others last for days, or for whole weeks from a Monday on.
    """
    random = np.random.default_rng([seed, count])
    kind = random.choice(4, size=count, p=[0.70, 0.10, 0.15, 0.05])
    day = micros(START) + random.integers(0, (END - START).days - 8, size=count) * DAY
    quarter = random.triangular(6 * 4, 10 * 4, 22 * 4, size=count).astype(np.int64) * 15 * MINUTE
    short = np.minimum(1 + random.geometric(0.12, size=count), 40) * 15 * MINUTE
    # 1970 began on a Thursday.
    monday = day - (day // DAY + 3) % 7 * DAY
    start = np.select(
        [kind == 0, kind == 1, kind == 2],
        [day + quarter, day + random.integers(0, DAY, size=count), day + quarter // HOUR * HOUR],
        np.maximum(monday, micros(START)),
    )
    length = np.select(
        [kind == 0, kind == 1, kind == 2],
        [short, random.integers(MINUTE, 8 * HOUR, size=count), random.integers(1, 5, size=count) * DAY],
        7 * DAY,
    )
    return Rows(
        start=start,
        end=np.minimum(start + length, micros(END)),
        cores=random.choice(list(PACKAGES.values()), size=count, p=[0.4, 0.3, 0.2, 0.1]),
        account=random.integers(0, count // EACH + 1, size=count),
    )
