"""Changes the timeline: one at a time over all processes, several in one transaction within each.

Every change is made under one lock, so nothing that was looked at changes before it is written, and no two writers
ever wait for each other in a circle. A commit costs more than a booking, so what is asked for while one is being
written is done together in the next: the first thread that comes leads, and does the work of all that wait, in the
order in which they came.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aglais_hub.bookings.service.ledger import Hint, Kept, Ledger
from aglais_hub.bookings.service.timeline import CLOCK, Timeline
from aglais_hub.errors import AglaisError, ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.bookings.service.readers import AccountReader
    from aglais_hub.clock import Clock
    from aglais_hub.database import Database

__all__ = ["Writer"]

T = TypeVar("T")

TOGETHER = 64
"""Tasks in one transaction: enough to make the commit cheap, few enough that no one waits long."""

AT_ONCE = 16
"""Tasks whose rows are sent together: the database writes them while the next ones are decided."""

GATHER_SECONDS = 0.005
"""How long the first waits for as many as came together the last time: less than it takes to do one of them alone."""


class Task(Generic[T]):
    """Something to do under the lock, and what came of it."""

    def __init__(self, work: Callable[[Ledger], T], hint: Hint | None) -> None:
        self.work = work
        self.hint = hint
        self.done = False
        self.following: Task[Any] | None = None
        self._interrupted = False
        self._value: T | None = None
        self.error: BaseException | None = None
        self._turn = threading.Lock()
        self._turn.acquire()

    def run(self, ledger: Ledger) -> None:
        """Do it; an error of a caller's that came before anything was changed is its outcome."""
        seen = ledger.change
        try:
            self._value = self.work(ledger)
        except AglaisError as error:
            if ledger.change != seen:
                raise
            self.error = error

    def wait(self, seconds: float = -1) -> None:
        """Wait until it is done, its thread has to lead, or those have come that it waits for: so long at most."""
        while True:
            try:
                self._turn.acquire(timeout=seconds)
            except KeyboardInterrupt:
                # Others wait behind this one: it is told once it has been done.
                self._interrupted = True
            else:
                return

    def wake(self) -> None:
        """Let the thread that waits go on."""
        self._turn.release()

    def outcome(self) -> T:
        """What it gave, and let the next one of those done together go on; raises what it raised.

        One after the other, since all at once would only get in each other's way.
        """
        if self.following is not None:
            self.following.wake()
        if self._interrupted:
            raise KeyboardInterrupt
        if self.error is not None:
            raise self.error
        return self._value  # type: ignore[return-value]


class Writer:
    """Runs tasks under the timeline's lock and commits them; each is all done or not at all."""

    def __init__(self, database: Database, clock: Clock, accounts: AccountReader) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._mutex = threading.Lock()
        self._waiting: deque[Task[Any]] = deque()
        self._is_led = False
        self._gathering: Task[Any] | None = None
        self._together = 1
        self._kept: Kept | None = None

    def run(self, work: Callable[[Ledger], T], hint: Hint | None = None) -> T:
        """Do ``work`` under the lock; returns when it is committed. What ``hint`` names is read for many at once."""
        task = Task(work, hint)
        with self._mutex:
            self._waiting.append(task)
            leads, self._is_led = not self._is_led, True
            if self._gathering is not None and len(self._waiting) >= self._together:
                self._gathering.wake()
                self._gathering = None
        if not leads:
            task.wait()
        if not task.done:
            self._lead(task)
        return task.outcome()

    def _lead(self, task: Task[Any]) -> None:
        """Do what waits, this thread's own ``task`` first, and hand on to the next that waits by then."""
        with self._mutex:
            # Where several came together before, they are on their way again: let them come.
            self._gathering = task if len(self._waiting) < self._together else None
        if self._gathering is not None:
            task.wait(GATHER_SECONDS)
        with self._mutex:
            self._gathering = None
            tasks = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        self._run(tasks)
        self._together = len(tasks)
        with self._mutex:
            leading = self._waiting[0] if self._waiting else None
            self._is_led = leading is not None
        if leading is not None:
            leading.wake()
        for one, following in itertools.pairwise(tasks[1:]):
            one.following = following
        if len(tasks) > 1:
            tasks[1].wake()

    def _run(self, tasks: list[Task[Any]]) -> None:
        try:
            hints = [task.hint for task in tasks if task.hint]
            levels = self._accounts.standings({hint.account for hint in hints})
            with self._database.write() as session:
                kept, self._kept = self._kept, None
                ledger = Ledger(session, self._clock, levels, kept)
                if ledger.prepare(hints):
                    Timeline(ledger, CLOCK).holds.expire()
                for number, task in enumerate(tasks):
                    if number and number % AT_ONCE == 0:
                        ledger.send()
                    task.run(ledger)
                ledger.flush()
            self._kept = ledger.keep()
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
