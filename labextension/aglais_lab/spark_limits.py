"""What a person's own Spark settings may ask for: whatever fits the booking. Pure functions.

Settings that ask for less are followed. Those that ask for more would leave executors pending for ever, or end in an
error of the operating system's, so they are refused, with the reason, before Spark starts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aglais_lab.spark_sizes import Amount, Division, driver_size, executor_size, threads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Excess", "SparkLimits", "find_excess"]

_UNITS = {"b": 2**-20, "k": 2**-10, "m": 1, "g": 2**10, "t": 2**20, "p": 2**30}
_SIZE = re.compile(r"(\d+)\s*([bkmgtp])?(?:i?b)?", re.ASCII)
_LOCAL = re.compile(r"local(?:\[(?:(\d+)|\*)(?:,\s*\d+)?\])?", re.ASCII)


@dataclass(frozen=True)
class SparkLimits:
    """The most that Spark may have: ``heap`` (MiB) beside the notebook, where ``threads`` tasks may run.

    ``executors`` are so many of one size, each for so many ``tasks``. There are none where Spark runs its tasks beside
    the notebook: there, all executors that somebody asks for have to fit ``heap`` and ``threads`` together.
    """

    heap: int
    threads: int
    executors: int
    executor: Amount
    tasks: int

    @property
    def settings(self) -> dict[str, str]:
        """What an executor has where nobody asks for anything."""
        if not self.executors:
            return {}
        size = executor_size(self.executor)
        return {
            "spark.executor.cores": str(size.tasks),
            "spark.executor.memory": f"{size.heap}m",
            "spark.executor.memoryOverhead": f"{size.overhead}m",
        }

    @classmethod
    def of(cls, division: Division) -> SparkLimits:
        """Those of a package as it is divided. Raises ``TooLittleMemoryError`` where Spark can't run in it."""
        heap, count = driver_size(division.server.memory).heap, division.executors
        tasks = executor_size(division.executor).tasks if count else 0
        return cls(heap, threads(division.server.millicores / 1000), count, division.executor, tasks)


@dataclass(frozen=True)
class Excess:
    """What ``setting`` asks for, in words, and what there is. A larger package may hold it, unless ``never``."""

    setting: str
    asked: str
    booked: str
    never: bool = False

    def __str__(self) -> str:
        return f"{self.setting} asks for {self.asked}, and this booking has {self.booked}."


def find_excess(given: Mapping[str, str], limits: SparkLimits) -> Excess | None:
    """The first thing of ``given`` that is more than the limits.

    What can't be read as an amount is left to Spark, which says what is wrong with it.
    """
    conf = {**limits.settings, **given}
    checks = (_master, _driver, *((_queue, _executors) if limits.executors else (_all_in_server,)), _task)
    return next((excess for check in checks for excess in check(given, conf, limits)), None)


def _master(given: Mapping[str, str], conf: Mapping[str, str], limits: SparkLimits) -> Iterator[Excess]:
    master = given.get("spark.master", "")
    if not master:
        return
    local = _LOCAL.fullmatch(master)
    if local is None:
        yield Excess("spark.master", f"another cluster ({master})", "a Spark of its own", never=True)
    elif local[1] and int(local[1]) > limits.threads:
        yield Excess("spark.master", _count(int(local[1]), "task at once", "tasks at once"), f"{limits.threads}")


def _driver(given: Mapping[str, str], conf: Mapping[str, str], limits: SparkLimits) -> Iterator[Excess]:
    heap = _mebibytes(given.get("spark.driver.memory"))
    if heap is not None and heap > limits.heap:
        yield Excess("spark.driver.memory", _memory(heap), f"{_memory(limits.heap)} for it, beside Python")
    result = _mebibytes(given.get("spark.driver.maxResultSize"))
    # To Spark, none is no limit.
    if result is not None and (result > limits.heap or result == 0):
        asked = _memory(result) if result else "results without a limit"
        yield Excess("spark.driver.maxResultSize", asked, f"{_memory(limits.heap)} for them")


def _queue(given: Mapping[str, str], conf: Mapping[str, str], limits: SparkLimits) -> Iterator[Excess]:
    """Who schedules executors, and in which queue, is not for a person to say: elsewhere they may wait for ever."""
    for setting, value in given.items():
        label = setting.removeprefix("spark.kubernetes.executor.label.")
        if setting in _SCHEDULERS or (label != setting and label in _QUEUE_LABELS):
            yield Excess(setting, f"another queue ({value})", "one of its own, or none", never=True)


_SCHEDULERS = ("spark.kubernetes.scheduler.name", "spark.kubernetes.executor.scheduler.name")
_QUEUE_LABELS = ("kueue.x-k8s.io/queue-name", "yunikorn.apache.org/queue", "queue")


def _executors(given: Mapping[str, str], conf: Mapping[str, str], limits: SparkLimits) -> Iterator[Excess]:
    """Executors as pods: each against one of the booking's, and how many."""
    memory, parts = _executor_memory(conf)
    if memory > limits.executor.memory and not given.keys().isdisjoint(parts):
        setting = next(name for name in parts if name in given)
        asked = f"executors of {_memory(memory)} in all"
        yield Excess(setting, asked, f"executors of {_memory(limits.executor.memory)}")
    for setting in _COUNTS:
        count = _whole(given.get(setting))
        if count is not None and count > limits.executors:
            yield Excess(setting, _count(count, "executor", "executors"), f"{limits.executors}")
    cores = _whole(given.get("spark.executor.cores"))
    if cores is not None and cores > limits.tasks:
        asked = _count(cores, "task at once", "tasks at once") + " in each executor"
        yield Excess("spark.executor.cores", asked, f"room for {limits.tasks} in each")
    for setting in ("spark.kubernetes.executor.request.cores", "spark.kubernetes.executor.limit.cores"):
        millicores = _millicores(given.get(setting))
        if millicores is not None and millicores > limits.executor.millicores:
            booked = f"executors of {limits.executor.millicores / 1000:g}"
            yield Excess(setting, _count_cores(millicores), booked)


_COUNTS = (
    "spark.executor.instances",
    "spark.dynamicAllocation.minExecutors",
    "spark.dynamicAllocation.initialExecutors",
    "spark.dynamicAllocation.maxExecutors",
)


def _all_in_server(given: Mapping[str, str], conf: Mapping[str, str], limits: SparkLimits) -> Iterator[Excess]:
    """No executors: what they were to have has to be in the server. What only caps their number asks for nothing."""
    count = max([1, *(_whole(given.get(setting)) or 0 for setting in _COUNTS[:3])])
    many = f"{count} executors of " if count > 1 else "an executor of "
    memory = _mebibytes(given.get("spark.executor.memory"))
    if memory is not None and count * memory > limits.heap:
        yield Excess("spark.executor.memory", many + _memory(memory), f"{_memory(limits.heap)} for all of Spark")
    cores = _whole(given.get("spark.executor.cores"))
    if cores is not None and count * cores > limits.threads:
        booked = _count(limits.threads, "task at once", "tasks at once")
        yield Excess("spark.executor.cores", many + _count_cores(1000 * cores), f"room for {booked}")


def _task(given: Mapping[str, str], conf: Mapping[str, str], limits: SparkLimits) -> Iterator[Excess]:
    """A task that needs more than an executor has would wait for ever."""
    needs = _whole(given.get("spark.task.cpus"))
    has = (_whole(conf.get("spark.executor.cores")) or 1) if limits.executors else limits.threads
    if needs is not None and needs > has:
        yield Excess("spark.task.cpus", f"{_count_cores(1000 * needs)} for each task", f"{has} where a task runs")


def _executor_memory(conf: Mapping[str, str]) -> tuple[float, tuple[str, ...]]:
    """The memory of an executor's pod as Spark adds it up, and the settings that it is made of."""
    parts = ["spark.executor.memory", "spark.executor.memoryOverhead", "spark.executor.pyspark.memory"]
    if conf.get("spark.memory.offHeap.enabled", "").lower() == "true":
        parts.append("spark.memory.offHeap.size")
    return sum(_mebibytes(conf.get(name), plain="b" if "offHeap" in name else "m") or 0 for name in parts), tuple(parts)


def _mebibytes(text: str | None, plain: str = "m") -> float | None:
    """Spark's way to write memory: ``512m``, ``4g``, or a number that counts ``plain`` units."""
    found = _SIZE.fullmatch(text.strip().lower()) if text else None
    return None if found is None else int(found[1]) * _UNITS[found[2] or plain]


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None


def _millicores(text: str | None) -> float | None:
    """Kubernetes' way to write cores: ``1``, ``0.5``, ``500m``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(m?)", text.strip(), re.ASCII) if text else None
    return None if found is None else float(found[1]) * (1 if found[2] else 1000)


def _memory(mebibytes: float) -> str:
    text = f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:.0f} MiB"
    return text.replace(".0 GiB", " GiB")


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _count_cores(millicores: float) -> str:
    return f"{millicores / 1000:g} core{'' if millicores == 1000 else 's'}"
