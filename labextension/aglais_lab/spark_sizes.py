"""How large Spark's processes are under a booking: arithmetic on thousandths of a core and whole MiB.

On one host, Spark is one Java process beside the notebook, and both share the booking. On Kubernetes its driver is
beside the notebook, in the *server*, and its executors are pods of their own. ``divide`` says how a package becomes a
server and executors; ``driver_size`` and ``executor_size`` say what each of them gives to Java and to Python. What all
of them get is never more than the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from aglais_lab.notebook_errors import TooLittleMemoryError

__all__ = [
    "LEAST_EXECUTOR_MEMORY",
    "LEAST_MEMORY",
    "LEAST_MILLICORES",
    "Amount",
    "Division",
    "DriverSize",
    "ExecutorSize",
    "Parts",
    "divide",
    "driver_memory",
    "driver_size",
    "executor_size",
    "threads",
    "undivided",
]

LEAST_HEAP = 512
"""MiB: Spark refuses to start with less than 450, and a little of the heap is not for it."""

OUTSIDE_HEAP = 256
"""MiB that a Java process needs beside its heap: classes, compiled code, threads, buffers."""

PYTHON = 512
"""MiB for the notebook server and the kernel with its libraries, before any data is in it."""

PYTHON_TASK = 256
"""MiB for the Python process of a task in an executor, with its libraries and a batch of rows."""

LEAST_MEMORY = LEAST_HEAP + OUTSIDE_HEAP + PYTHON
"""MiB: the smallest server that Spark can start in."""

LEAST_EXECUTOR_MEMORY = LEAST_HEAP + OUTSIDE_HEAP + PYTHON_TASK
"""MiB: the smallest executor."""

LEAST_MILLICORES = 100
"""Thousandths of a core: with less, Java takes minutes to start."""

MOST_TASKS = 5
"""Tasks of one executor: with more, they wait for each other's memory and disk. Larger workers are split."""


@dataclass(frozen=True)
class Amount:
    """Thousandths of a core, and memory in MiB."""

    millicores: int
    memory: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.millicores + other.millicores, self.memory + other.memory)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.millicores - other.millicores, self.memory - other.memory)

    def __mul__(self, count: int) -> Amount:
        return Amount(self.millicores * count, self.memory * count)

    def __floordiv__(self, count: int) -> Amount:
        return Amount(self.millicores // count, self.memory // count)

    def fits(self, room: Amount) -> bool:
        """Whether both are at most those of ``room``."""
        return self.millicores <= room.millicores and self.memory <= room.memory

    def within(self, room: Amount) -> Amount:
        """The lesser of each."""
        return Amount(min(self.millicores, room.millicores), min(self.memory, room.memory))

    def at_least(self, least: Amount) -> Amount:
        """The greater of each."""
        return Amount(max(self.millicores, least.millicores), max(self.memory, least.memory))


LEAST_SERVER = Amount(LEAST_MILLICORES, LEAST_MEMORY)
LEAST_EXECUTOR = Amount(LEAST_MILLICORES, LEAST_EXECUTOR_MEMORY)


@dataclass(frozen=True)
class Parts:
    """A package: the notebook's part, so many workers of one size, and temporary disk (MiB) for all of them."""

    notebook: Amount
    workers: int = 0
    worker: Amount = Amount(0, 0)
    temporary: int = 0

    @cached_property
    def whole(self) -> Amount:
        """All that the package holds."""
        return self.notebook + self.worker * self.workers


@dataclass(frozen=True)
class Division:
    """A package as pods: the server, and at most so many executors of one size. Temporary disks are in MiB.

    Without executors, Spark runs its tasks in the server, which then has all of the package.
    """

    server: Amount
    executors: int
    executor: Amount
    server_temporary: int
    executor_temporary: int


@dataclass(frozen=True)
class DriverSize:
    """Java beside the notebook: ``heap`` and the largest ``result`` that may come to Python, in MiB."""

    heap: int
    result: int


@dataclass(frozen=True)
class ExecutorSize:
    """A pod of ``heap`` and ``overhead`` MiB, that is Java outside its heap and Python, running so many ``tasks``."""

    tasks: int
    heap: int
    overhead: int


def divide(parts: Parts, node: Amount | None = None) -> Division:
    """How a package is divided into a server and executors. ``node`` is the most that one pod may have.

    A worker is an executor, unless it is too large, when it is split, or too small, when several become one. A server
    too small for Spark borrows from the workers. Where nothing is left for an executor, it is ``undivided``.
    """
    server, worker = _lend(parts)
    count, executor = _executors(parts.workers, worker, node)
    if count == 0:
        return undivided(parts, node)
    disk = parts.temporary // (count + 1)
    return Division(server, count, executor, parts.temporary - count * disk, disk)


def undivided(parts: Parts, node: Amount | None = None) -> Division:
    """A server that has all of the package, as far as it fits the node, and no executors."""
    server = parts.whole if node is None else parts.whole.within(node).at_least(parts.notebook)
    return Division(server, 0, Amount(0, 0), parts.temporary, 0)


def _lend(parts: Parts) -> tuple[Amount, Amount]:
    """The server with at least what Spark needs in it, and what that leaves of each worker; never less than nothing."""
    if parts.workers == 0:
        return parts.notebook, parts.worker
    lacking = parts.notebook.at_least(LEAST_SERVER) - parts.notebook
    each = Amount(_times(lacking.millicores, parts.workers), _times(lacking.memory, parts.workers)).within(parts.worker)
    return parts.notebook + each * parts.workers, parts.worker - each


def _executors(workers: int, worker: Amount, node: Amount | None) -> tuple[int, Amount]:
    """How many executors, and how large each is: none where not even one has what it needs."""
    if not LEAST_EXECUTOR.fits(worker * workers) or (node is not None and not LEAST_EXECUTOR.fits(node)):
        return 0, Amount(0, 0)
    if not LEAST_EXECUTOR.fits(worker):
        joined = max(_times(LEAST_MILLICORES, worker.millicores), _times(LEAST_EXECUTOR_MEMORY, worker.memory))
        count, executor = workers // joined, worker * joined
    else:
        pieces = _times(worker.millicores, MOST_TASKS * 1000)
        if node is not None:
            pieces = max(pieces, _times(worker.millicores, node.millicores), _times(worker.memory, node.memory))
        pieces = min(pieces, worker.memory // LEAST_EXECUTOR_MEMORY, worker.millicores // LEAST_MILLICORES)
        count, executor = workers * pieces, worker // pieces
    return count, executor if node is None else executor.within(node)


def _times(amount: int, room: int) -> int:
    """How often ``room`` is needed to hold ``amount``."""
    return -(-amount // room)


def threads(cores: float) -> int:
    """How many tasks run at once: the whole cores, and never none."""
    return max(1, int(cores))


def driver_memory(memory: int) -> int:
    """Spark's heap in MiB for a server of ``memory`` MiB: three fifths of what is left after Java and Python.

    The rest is for Python: a result that Spark hands over is then held twice. Raises ``TooLittleMemoryError``.
    """
    if memory < LEAST_MEMORY:
        raise TooLittleMemoryError(
            f"Spark and Python need {LEAST_MEMORY} MiB together, and this booking has {memory} MiB.",
            help="Book a larger package.",
        )
    return max(LEAST_HEAP, (memory - OUTSIDE_HEAP - PYTHON) * 3 // 5)


def driver_size(memory: int) -> DriverSize:
    """What Java gets beside the notebook in a server of ``memory`` MiB. Raises ``TooLittleMemoryError``."""
    heap = driver_memory(memory)
    return DriverSize(heap=heap, result=heap // 2)


def executor_size(executor: Amount) -> ExecutorSize:
    """What a pod of this size gives to Java and to Python: all of its memory, and as many tasks as both allow.

    ``executor`` is at least ``LEAST_EXECUTOR_MEMORY``, as those of ``divide`` are. Java keeps a tenth outside its heap
    where that is more than it needs at least. Of the rest, three fifths are heap, unless Python needs more.
    """
    left = executor.memory - max(OUTSIDE_HEAP, executor.memory // 10)
    tasks = min(threads(executor.millicores / 1000), (left - LEAST_HEAP) // PYTHON_TASK)
    heap = max(LEAST_HEAP, min(left * 3 // 5, left - tasks * PYTHON_TASK))
    return ExecutorSize(tasks=tasks, heap=heap, overhead=executor.memory - heap)
