"""Spark as its lab shows it: what it holds of the booking, and its own pages, for whoever may see the lab."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from aglais_lab.spark_processes import disk_use, last_refusal, spark_processes
from tests.support.lab import BASE, Lab, start_lab
from tests.support.notebooks import notebook
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(1200)

# Two Sparks after each other in one Java; the second asks for what nobody looks at before it starts.
HOLD = """
import os, pathlib, time
os.chdir({home!r})
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("Stars & <b>more</b>").getOrCreate()
spark.range(1000).selectExpr("sum(id)").collect()
pathlib.Path("held").touch()
while not pathlib.Path("second").exists():
    time.sleep(0.1)
spark.stop()
spark = SparkSession.builder.appName("Second").config("spark.executor.memory", "9g").getOrCreate()
while not pathlib.Path("over").exists():
    time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    root = folder / "home"
    root.mkdir()
    running = start_lab(root, folder)
    yield running
    running.process.terminate()
    running.process.wait(60)
    assert list((folder / "temporary").glob("aglais-spark-*")) == []


@pytest.fixture(scope="module")
def held(lab: Lab) -> Iterator[dict[str, Any]]:
    """A run that has a Spark until the tests are over."""
    run = lab.run(notebook=notebook([HOLD.format(home=str(lab.root))], none=0), name="hold.ipynb")
    wait_until((lab.root / "held").exists, 400, saying="the notebook has a Spark")
    yield run
    for name in ("second", "over"):
        (lab.root / name).touch()
    lab.ended(run)
    wait_until(lambda: told(lab)["sparks"] == [], 180, saying="no Spark is left")


def told(lab: Lab) -> dict[str, Any]:
    answer = lab.ask("GET", "aglais/spark")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_lab_in_which_no_spark_runs_says_so(lab: Lab) -> None:
    found = told(lab)
    assert found["sparks"] == []
    assert found["executors"] == {"used": 0, "booked": 0, "waiting": []}
    assert found["memory"] == {"used": 0, "booked": 1344}


@pytest.mark.parametrize("path", ["aglais/spark", "aglais/spark/key/1/jobs/"])
def test_nobody_else_sees_it(lab: Lab, path: str) -> None:
    answer = lab.ask("GET", path, token="")
    assert answer.status_code in (302, 403)
    assert answer.headers.get("Location", f"{BASE}login").startswith(f"{BASE}login")


@pytest.mark.spark
@pytest.mark.parametrize("number", ["1", str(os.getpid()), "4194305"])
def test_only_the_pages_of_this_session_are_there(lab: Lab, held: dict[str, Any], number: str) -> None:
    (spark,) = told(lab)["sparks"]
    *_, key, _, _, _ = spark["pages"].split("/")
    answer = lab.ask("GET", f"aglais/spark/{key}/{number}/jobs/")
    assert answer.status_code == 404
    assert answer.text == "This Spark does not run any more.\n"


@pytest.mark.spark
def test_what_a_spark_holds_is_told_beside_the_booking(lab: Lab, held: dict[str, Any]) -> None:
    # It writes down a little later that the notebook's task has ended.
    found = wait_until(lambda: (now := told(lab))["sparks"][0]["tasks"] == 0 and now, saying="it is idle")
    (spark,) = found["sparks"]
    assert spark["name"] == "Stars & <b>more</b>"
    assert (spark["executors"], spark["tasks"], spark["room"]) == (0, 0, 1)
    assert 200 < spark["memory"] < 1344
    assert found["memory"]["used"] == spark["memory"]
    assert found["scratch"]["booked"] == 0
    assert spark["excess"] == ""


@pytest.mark.spark
def test_its_pages_are_behind_the_lab_and_every_link_on_them_too(lab: Lab, held: dict[str, Any]) -> None:
    (spark,) = told(lab)["sparks"]
    *_, key, number, _, _ = spark["pages"].split("/")
    assert spark["pages"] == f"{BASE}aglais/spark/{key}/{number}/jobs/"
    here = f"aglais/spark/{key}/{number}"
    page = lab.ask("GET", f"{here}/jobs/")
    assert page.status_code == 200
    assert "Spark Jobs" in page.text
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert len(links) > 10
    assert [link for link in links if not link.startswith(f"{BASE}{here}/")] == []
    style = next(link for link in links if link.endswith(".css"))
    assert lab.ask("GET", style.removeprefix(BASE)).headers["Content-Type"].startswith("text/css")
    moved = lab.ask("GET", f"{here}/")
    assert (moved.status_code, moved.headers["Location"]) == (302, spark["pages"])
    assert lab.ask("GET", f"{here}/api/v1/applications?status=running").json()[0]["name"] == spark["name"]
    # Not even who may see the lab sees them without the key, as a page of another site might ask them to.
    assert lab.ask("GET", f"aglais/spark/{'0' * len(key)}/{number}/jobs/").status_code == 404
    # Its pages are read only.
    assert lab.ask("POST", f"{here}/stages/stage/kill/?id=0").status_code in (403, 405)


def command(process: psutil.Process) -> list[str]:
    """Its command line; empty where it has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.spark
def test_no_port_of_a_spark_is_open_to_other_machines(lab: Lab, held: dict[str, Any]) -> None:
    listening = [
        one.laddr.ip
        for process in psutil.Process(lab.process.pid).children(recursive=True)
        if any("SparkSubmit" in word for word in command(process))
        for one in process.net_connections("tcp")
        if one.status == "LISTEN"
    ]
    assert len(listening) >= 2
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


@pytest.mark.spark
def test_what_a_second_spark_in_the_same_java_asks_for_is_told(lab: Lab, held: dict[str, Any]) -> None:
    (lab.root / "second").touch()
    second = wait_until(
        lambda: [one for one in told(lab)["sparks"] if one["name"] == "Second"], 300, saying="the second Spark is there"
    )
    assert second[0]["excess"] == (
        "spark.executor.memory asks for an executor of 9 GiB, and this booking has 512 MiB for all of Spark."
    )


SERVER = "import socket; s = socket.create_server(('127.0.0.1', 0)); print('up', flush=True); input()"


def test_a_port_is_a_sparks_only_if_its_own_process_listens_there(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (taken,) = (one.laddr.port for one in psutil.Process(other.pid).net_connections("tcp"))
        own = tmp_path / "processes" / str(os.getpid())
        own.mkdir(parents=True)
        (own / "port").write_text(str(taken))
        assert spark_processes(tmp_path) == []
        theirs = tmp_path / "processes" / str(other.pid)
        theirs.mkdir()
        (theirs / "port").write_text(str(taken))
        (found,) = spark_processes(tmp_path)
        assert (found.number, found.port) == (other.pid, taken)
        assert 1 <= found.memory < 100
        # Where the port had been taken, Spark went on to the next.
        (theirs / "port").write_text(str(taken - 5))
        assert [one.port for one in spark_processes(tmp_path)] == [taken]
        (theirs / "port").write_text(str(taken - 17))
        assert spark_processes(tmp_path) == []
        other.communicate(b"\n")


FORBIDDEN = (
    "12:54:35 Failed to create executor pod 1. io.fabric8.kubernetes.client.KubernetesClientException: Failure "
    'executing: POST at: https://10.0.0.1/pods. Message: pods "x-exec-1" is forbidden: exceeded quota: session-1, '
    "requested: pods=1, used: pods=3. Received status: Status(code=403).\n"
)


def test_why_the_cluster_gives_no_executor_is_told_while_it_does_not(tmp_path: Path) -> None:
    log = tmp_path / "processes" / "7" / "executors.log"
    log.parent.mkdir(parents=True)
    assert last_refusal(tmp_path, 7) == ""
    log.write_text("12:54:34 something else\n" + FORBIDDEN)
    os.utime(log, (0, log.stat().st_mtime + 3600))  # however long it takes until it is read
    assert last_refusal(tmp_path, 7) == (
        'pods "x-exec-1" is forbidden: exceeded quota: session-1, requested: pods=1, used: pods=3'
    )
    os.utime(log, (0, log.stat().st_mtime - 7200))
    assert last_refusal(tmp_path, 7) == ""


def test_disk_is_counted_as_the_disk_counts_it(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "one").write_bytes(b"x" * 3 * 2**20)
    (tmp_path / "gone").symlink_to(tmp_path / "none")
    assert disk_use(tmp_path) == 3
    assert disk_use(tmp_path / "none") == 0
