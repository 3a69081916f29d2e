"""What one person does, as a browser does it: click, follow the start, open a notebook, run cells with Spark."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import httpx

from benchmarks.sessions.stage import PACKAGE, Stage
from tests.support.kernels import Cell, Kernel
from tests.support.ports import TLS

__all__ = ["CELL", "SUM", "Times", "start_server", "work"]

CELL = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print(spark.range(1_000_000).selectExpr("sum(id) AS total").first().total)
"""
SUM = "499999500000\n"

_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Times:
    """Seconds from the click until the server was ready, the first cell with Spark began, and it had its result."""

    ready: float
    cell: float
    result: float


def work(stage: Stage, account: str, package: str = PACKAGE) -> Times:
    """From the click to the result. The server goes on. Raises ``AssertionError`` where anything goes wrong."""
    token = stage.token(account)
    clicked = time.monotonic()
    start_server(stage, account, package)
    ready = time.monotonic()
    with Kernel(stage.product, account, token) as kernel:
        cell = kernel.run(CELL, seconds=_PATIENCE_SECONDS)
    _check(cell)
    return Times(ready - clicked, cell.began - clicked, cell.ended - clicked)


def start_server(stage: Stage, account: str, package: str = PACKAGE) -> None:
    """Click, and follow the start until the server is ready."""
    answer = stage.product.hub("POST", f"users/{account}/server", json={"package": package})
    assert answer.status_code in (201, 202), answer.text
    if answer.status_code == 201:
        return
    url = f"{stage.product.url}hub/api/users/{account}/server/progress"
    headers = {"Authorization": f"token {stage.token(account)}"}
    with httpx.stream("GET", url, headers=headers, timeout=_PATIENCE_SECONDS, verify=TLS, trust_env=False) as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                event = json.loads(line.removeprefix("data:"))
                assert not event.get("failed"), event
                if event.get("ready"):
                    return
    raise AssertionError(f"the start of {account} has no end")


def _check(cell: Cell) -> None:
    assert not cell.error, cell.error
    assert cell.text.endswith(SUM), cell.text
