"""Changes the timeline: one at a time over all processes, several in one transaction within each.

Every change is made under one lock, so nothing that was looked at changes before it is written, and no two writers
ever wait for each other in a circle. A commit costs more than a booking, so what is asked for while one is being
written is done together in the next: the first thread that comes leads, and does the work of all that wait, in the
order in which they came.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aglais_hub.bookings.service.ledger import Hint, Ledger
from aglais_hub.bookings.service.timeline import CLOCK, Timeline
from aglais_hub.errors import AglaisError, ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.clock import Clock
    from aglais_hub.database import Database

__all__ = ["Writer"]

T = TypeVar("T")

TOGETHER = 64
"""Tasks in one transaction: enough to make the commit cheap, few enough that no one waits long."""

GATHER_SECONDS = 0.003
"""How long the first waits for as many as came together the last time: less than it takes to do one of them alone."""


class Task(Generic[T]):
    """Something to do under the lock, and what came of it."""

    def __init__(self, work: Callable[[Ledger], T], hint: Hint | None) -> None:
        self.work = work
        self.hint = hint
        self.done = False
        self._value: T | None = None
        self.error: BaseException | None = None

    def run(self, ledger: Ledger) -> None:
        """Do it; an error of a caller's that came before anything was changed is its outcome."""
        seen = ledger.change
        try:
            self._value = self.work(ledger)
        except AglaisError as error:
            if ledger.change != seen:
                raise
            self.error = error

    def outcome(self) -> T:
        """What it gave; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self._value  # type: ignore[return-value]


class Writer:
    """Runs tasks under the timeline's lock and commits them; each is all done or not at all."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._queue: deque[Task[Any]] = deque()
        self._lead = threading.Lock()
        self._together = 1

    def run(self, work: Callable[[Ledger], T], hint: Hint | None = None) -> T:
        """Do ``work`` under the lock; returns when it is committed. What ``hint`` names is read for many at once."""
        task = Task(work, hint)
        self._queue.append(task)
        with self._lead:
            while not task.done:
                self._gather()
                tasks = [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]
                self._run(tasks)
                self._together = len(tasks)
        return task.outcome()

    def _gather(self) -> None:
        """Where several came together before, they are on their way again: let them come."""
        until = time.monotonic() + GATHER_SECONDS
        while len(self._queue) < self._together and time.monotonic() < until:
            time.sleep(GATHER_SECONDS / 10)

    def _run(self, tasks: list[Task[Any]]) -> None:
        try:
            with self._database.write() as session:
                ledger = Ledger(session, self._clock)
                Timeline(ledger, CLOCK).expire()
                ledger.prepare(task.hint for task in tasks if task.hint)
                for task in tasks:
                    task.run(ledger)
                ledger.flush()
        except BaseException as error:
            # Where the database stopped answering, all of it may be committed: it is not for us to do it twice.
            if len(tasks) > 1 and isinstance(error, Exception) and not isinstance(error, ServiceDownError):
                # One of them failed half way, and took the others' work with it: each on its own.
                for task in tasks:
                    task.error = None
                    self._run([task])
                return
            for task in tasks:
                task.error = error
        for task in tasks:
            task.done = True
