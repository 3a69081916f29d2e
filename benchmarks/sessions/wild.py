"""Somebody who runs wild: takes all cores, sends a thousand tasks, collects everything, fills the disk, eats memory.

Each deed is a cell of a notebook of theirs; what becomes of them is told to them in words, and those are looked for.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Self

from benchmarks.sessions.person import start_server
from benchmarks.sessions.stage import Stage
from tests.support.kernels import Cell, Kernel
from tests.support.product import wait_until

__all__ = ["Wild"]

_SECONDS = 20
"""How long cores burn."""

_ASK_FOR_MORE = """
from pyspark.sql import SparkSession
SparkSession.builder.config("spark.executor.memory", "10g").getOrCreate()
"""
_THOUSAND_TASKS = """
import threading
def burn(number):
    import time
    until = time.monotonic() + 5
    while time.monotonic() < until:
        pass
sent = lambda: spark.sparkContext.parallelize(range(1000), 1000).foreach(burn)
threading.Thread(target=sent, daemon=True).start()
"""
_COLLECT = """
spark.sparkContext.cancelAllJobs()
import os
everything = spark.sparkContext.parallelize(range(200), 200).map(lambda _: os.urandom(5_000_000)).collect()
"""
_ALL_CORES = f"""
import subprocess, sys, time
burning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(20)]
time.sleep({_SECONDS})
for one in burning:
    one.kill()
"""
_FILL = """
import os, time
with open(os.path.join(os.environ["TMPDIR"], "full"), "wb") as file:
    while True:
        file.write(bytes(10_000_000))
"""
_EAT = """
eaten = []
while True:
    eaten.append(bytearray(b"x" * 10_000_000))
"""


class Wild:
    """One person with a lab and Spark in it, wild from ``with`` on; ``told`` is what they were told, by deed."""

    def __init__(self, stage: Stage, account: str) -> None:
        self.told: dict[str, str] = {}
        self._stage = stage
        self._account = account
        self._over = threading.Event()
        self._failed: list[BaseException] = []

    def _kernel(self, *, first: bool = False) -> Kernel:
        return Kernel(self._stage.product, self._account, self._stage.token(self._account), first=first)

    def __enter__(self) -> Self:
        """Returns once a thousand tasks are on their way."""
        kernel = self._kernel(first=True)
        assert not kernel.run(_THOUSAND_TASKS).error
        with self._kernel() as another:
            self.told["more than is booked"] = _said(another.run(_ASK_FOR_MORE), "this booking has")
        self._thread = threading.Thread(target=self._go_on, args=(kernel,))
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        self._stage.stop(self._account)
        if self._failed and error[0] is None:
            raise self._failed[0]

    def _go_on(self, kernel: Kernel) -> None:
        """One deed after the other, and the last three again and again."""
        try:
            with kernel:
                self._over.wait(_SECONDS)
                self.told["everything collected"] = _said(kernel.run(_COLLECT), "maxResultSize")
            while True:
                with self._kernel() as burning:
                    assert not burning.run(_ALL_CORES).error
                self._until_ended("a full disk", _FILL, "put more on its temporary disk than its booking has")
                start_server(self._stage, self._account)
                self._until_ended("all memory", _EAT, "needed more memory than its booking has")
                if self._over.is_set():
                    return
                start_server(self._stage, self._account)
        except BaseException as error:
            self._failed.append(error)

    def _until_ended(self, deed: str, code: str, words: str) -> None:
        """Run a cell that the lab does not outlive, and read what the page says of it."""
        with contextlib.suppress(ConnectionError), self._kernel() as kernel:
            raise AssertionError(f"the lab goes on after {deed}: {kernel.run(code)}")
        wait_until(lambda: words in self._stage.page(self._account), 60, every=0.5, saying=f"{deed} is told: {words}")
        self.told[deed] = words


def _said(cell: Cell, words: str) -> str:
    assert cell.error, cell
    assert words in cell.text + cell.error, cell
    return words
