"""Spark from a notebook's pod, with executors as pods: a plain builder is all that its user writes."""

from __future__ import annotations

import contextlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from aglais_hub.errors import AglaisError
from aglais_hub.notebooks import run_remote
from aglais_spawner.kube_objects import SESSION
from tests.kubernetes.executors import executors, watching
from tests.support.notebooks import write
from tests.support.ports import TLS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kubernetes.sessions import Session, Sessions
    from tests.support.kubernetes.cluster import Cluster
    from tests.support.product import Product

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.spark, pytest.mark.timeout(1800)]

GONE_SECONDS = 120

START = """
import os, time
from pyspark.sql import SparkSession
from aglais_lab import result
# Idle for less than the minute that it is otherwise, and the first one is waited for on a busy machine too.
builder = SparkSession.builder.config("spark.dynamicAllocation.executorIdleTimeout", "6s")
spark = builder.config("spark.scheduler.maxRegisteredResourcesWaitingTime", "600s").getOrCreate()
sc = spark.sparkContext

def executors():
    return sc._jsc.sc().getExecutorMemoryStatus().size() - 1

first = executors()
"""

WORK = """
def where(_):
    time.sleep(0.3)
    return os.environ["SPARK_EXECUTOR_POD_NAME"]

def wait_until(what):
    deadline = time.monotonic() + 600
    while not what() and time.monotonic() < deadline:
        time.sleep(0.1)

# More tasks than one has room for, until there is a second.
wait_until(lambda: len(set(sc.parallelize(range(8), 8).map(where).collect())) == 2)
both = executors()
wait_until(lambda: executors() == 0)
idle = executors()
total = spark.range(1_000_000).selectExpr("sum(id) AS total").first().total
result(first=first, both=both, idle=idle, total=total)
"""

SHARED = """
import subprocess, sys, threading
other = "from pyspark import SparkContext; print(SparkContext().parallelize(range(10)).sum())"

def occupy(_):
    time.sleep(15)

wait_until(lambda: len(set(sc.parallelize(range(8), 8).map(where).collect())) == 2)
job = threading.Thread(target=lambda: sc.parallelize(range(2), 2).foreach(occupy))
job.start()
ended = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, timeout=240)
noise = [line for line in ended.stderr.splitlines() if "xception" in line]
result(other=ended.stdout.strip(), left=executors(), noise=" ".join(noise))
"""

HELD = """
print(sc.parallelize(range(100), 2).sum())
time.sleep(600)
"""


def ask_lab(product: Product, session: Session, path: str) -> httpx.Response:
    headers = {"Authorization": f"token {product.user(session.account)}"}
    return httpx.get(f"{product.url}user/{session.account}/{path}", headers=headers, timeout=60, verify=TLS)


def with_an_executor(product: Product, session: Session) -> dict[str, Any] | None:
    """What the lab says of its Sparks, once they have an executor."""
    told: dict[str, Any] = ask_lab(product, session, "aglais/spark").json()
    return told if told["executors"]["used"] else None


def processes(session: Session, word: str) -> list[psutil.Process]:
    """The session's processes whose command has the word, on any of this host's nodes."""
    name, found = session.namespace, []
    for process in psutil.process_iter():
        try:
            if any(word in one for one in process.cmdline()) and name in str(process.environ()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_plain_builder_starts_with_one_executor_grows_to_the_booking_and_gives_back(
    product: Product, sessions: Sessions, tmp_path: Path
) -> None:
    session = sessions.start()
    expected = {"first": 1, "both": 2, "idle": 0, "total": 499_999_500_000}
    notebook = write(tmp_path / "work.ipynb", [START, WORK], package="divided", **expected)
    token = product.user(session.account)
    with watching(session) as seen:
        outcome = run_remote(notebook, product.client(token), product.url, token)
    assert outcome.problems == []
    # The notebook has ended, and its Spark with it.
    wait_until(lambda: executors(session) == [], GONE_SECONDS, saying="the executors are gone")

    assert len(seen) >= 2
    labels = session.pod["metadata"]["labels"]
    for pod in seen.values():
        (owner,) = pod["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("Pod", session.pod["metadata"]["uid"])
        container = pod["spec"]["containers"][0]
        assert container["resources"]["requests"] == container["resources"]["limits"]
        limits = container["resources"]["limits"]
        assert (limits["cpu"], limits["memory"]) == ("200m", "1200Mi")
        ours = {name: value for name, value in labels.items() if name.startswith("aglais.hub/")}
        assert ours.items() <= pod["metadata"]["labels"].items()
        assert pod["spec"]["serviceAccountName"] == labels[SESSION]
        mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
        assert "/var/run/secrets/kubernetes.io/serviceaccount" not in mounted


def test_a_second_spark_of_the_session_gets_the_executors_that_the_first_gives_back(
    product: Product, sessions: Sessions, tmp_path: Path
) -> None:
    session = sessions.start()
    sources = [START, WORK[: WORK.index("# More")], SHARED]
    notebook = write(tmp_path / "shared.ipynb", sources, package="divided", other="45", left=0, noise="")
    token = product.user(session.account)
    waits = threading.Thread(target=wait_for_refusal, args=(product, session, refusals := []))
    waits.start()
    with watching(session) as seen:
        outcome = run_remote(notebook, product.client(token), product.url, token)
    waits.join()
    assert outcome.problems == []
    assert len(seen) >= 3
    assert "exceeded quota" in refusals[0]


def wait_for_refusal(product: Product, session: Session, found: list[str]) -> None:
    """Until the lab tells of a Spark that gets no executor."""

    def told() -> list[str]:
        with contextlib.suppress(httpx.HTTPError, ValueError):
            sparks = ask_lab(product, session, "aglais/spark").json().get("sparks", [])
            return [one["refused"] for one in sparks if one["refused"]]
        return []

    found += wait_until(told, 600, every=1)


@contextmanager
def spark_held(product: Product, session: Session, folder: Path) -> Iterator[None]:
    """A notebook that has Spark with an executor, and does not end by itself."""
    notebook = write(folder / "held.ipynb", [START, HELD], package="divided", none=0)
    token = product.user(session.account)

    def hold() -> None:
        # The session goes away under it.
        with contextlib.suppress(AglaisError):
            run_remote(notebook, product.client(token), product.url, token)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        wait_until(lambda: any(one["status"]["phase"] == "Running" for one in executors(session)), 300)
        yield
    finally:
        product.stop_server(session.account)
        thread.join(60)


def test_executors_end_with_their_driver(
    product: Product, sessions: Sessions, own_cluster: Cluster, tmp_path: Path
) -> None:
    session = sessions.start()
    with spark_held(product, session, tmp_path):
        (driver,) = processes(session, "SparkSubmit")
        told = wait_until(lambda: with_an_executor(product, session), 180, saying="the lab knows of an executor")
        (spark,) = told["sparks"]
        assert 1 <= spark["executors"] == told["executors"]["used"] <= told["executors"]["booked"] == 2
        assert told["memory"]["booked"] == 1536 + 2 * 1200
        assert 1200 * spark["executors"] < told["memory"]["used"] < told["memory"]["booked"]
        pages = ask_lab(product, session, spark["pages"].partition(session.account + "/")[2])
        assert (pages.status_code, "Spark Jobs" in pages.text) == (200, True)
        driver.kill()
        running = ("Pending", "Running")
        wait_until(
            lambda: not [one for one in executors(session) if one["status"]["phase"] in running],
            GONE_SECONDS,
            saying="no executor runs without its driver",
        )


def test_executors_go_with_their_server_even_where_nobody_stops_them(
    product: Product, sessions: Sessions, tmp_path: Path
) -> None:
    session = sessions.start()
    with spark_held(product, session, tmp_path):
        session.admin.send("DELETE", session.pod_path, json={"gracePeriodSeconds": 0})
        wait_until(lambda: session.names("pods") == [], GONE_SECONDS, saying="no pod is left")
        wait_until(lambda: not any(session.objects().values()), GONE_SECONDS, saying="nothing of the session is left")
