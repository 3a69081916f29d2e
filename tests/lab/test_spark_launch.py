"""Whichever way a person starts Spark, it is as large as the booking, and more than that is refused with a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aglais_lab.spark_folder import forget_ended, prepare_spark, processes
from tests.support.session import booked

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 600
REFUSED = "spark.executor.memory asks for an executor of 9 GiB, and this booking has 512 MiB for all of Spark."

BUILDER = """
from pyspark.sql import SparkSession
spark = SparkSession.builder{more}.getOrCreate()
heap = spark._jvm.java.lang.Runtime.getRuntime().maxMemory() // 2**20
own, tables = spark._jvm.java.lang.System.getProperty("java.io.tmpdir"), spark.conf.get("spark.sql.warehouse.dir")
print("has", spark.sparkContext.master, heap, spark.sparkContext.uiWebUrl, own, tables)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a terminal or a kernel of a lab has in its environment."""
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(folder))
        environ = {**os.environ, **booked(memory=1400), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        prepare_spark(environ)
    yield environ
    shutil.rmtree(folder)


def run(lab: dict[str, str], *command: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**lab, **more}, input=typed, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def said(ended: subprocess.CompletedProcess[str]) -> list[str]:
    line = next((line for line in ended.stdout.splitlines() if "has local" in line), None)
    assert line is not None, (ended.stdout, ended.stderr)
    return line[line.index("has local") :].split()[1:]


@pytest.mark.spark
def test_a_plain_builder_gets_a_session_as_large_as_the_booking(lab: dict[str, str]) -> None:
    master, heap, pages, own, warehouse = said(run(lab, sys.executable, "-c", BUILDER.format(more="")))
    assert (master, 480 < int(heap) <= 512) == ("local[1]", True)
    assert pages.startswith("http://127.0.0.1:")
    assert Path(own).parent == Path(lab["AGLAIS_SPARK"], "processes")
    assert warehouse == f"file:{own}/warehouse"


@pytest.mark.spark
def test_the_scala_shell_does_too(lab: dict[str, str]) -> None:
    typed = 'println("has " + sc.master + " " + Runtime.getRuntime.maxMemory / 1024 / 1024)\n'
    master, heap = said(run(lab, "spark-shell", typed=typed))
    assert (master, 480 < int(heap) <= 512) == ("local[1]", True)


@pytest.mark.spark
def test_the_python_shell_does_too_and_less_may_be_asked_for(lab: dict[str, str]) -> None:
    typed = 'print("has", sc.master, spark.conf.get("spark.driver.maxResultSize"), sc.uiWebUrl)\n'
    asked = ("--conf", "spark.driver.maxResultSize=7m")
    master, result, pages = said(run(lab, "pyspark", *asked, typed=typed, PYSPARK_DRIVER_PYTHON_OPTS="-i"))
    assert (master, result) == ("local[1]", "7m")
    assert pages.startswith("http://127.0.0.1:")


@pytest.mark.spark
@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-c", BUILDER.format(more='.config("spark.executor.memory", "9g")')),
        ("spark-shell", "--executor-memory", "9g"),
        ("pyspark", "--conf", "spark.executor.memory=9g"),
        ("spark-submit", "--executor-memory=9g", "job.py"),
        ("spark-sql", "--conf", "spark.executor.memory=9g"),
    ],
    ids=["builder", "spark-shell", "pyspark", "spark-submit", "spark-sql"],
)
def test_more_than_the_booking_is_refused_before_java_starts(lab: dict[str, str], command: tuple[str, ...]) -> None:
    before = set(processes(Path(lab["AGLAIS_SPARK"])))
    ended = run(lab, *command)
    assert ended.returncode
    assert REFUSED in ended.stderr
    assert set(processes(Path(lab["AGLAIS_SPARK"]))) <= before


@pytest.mark.spark
def test_a_booking_too_small_for_spark_says_so_in_a_terminal(lab: dict[str, str]) -> None:
    small = {**lab, **booked(memory=700)}
    prepare_spark(small)
    ended = run(small, "spark-shell")
    assert ended.returncode
    assert "Spark and Python need 1280 MiB together, and this booking has 700 MiB." in ended.stderr


def test_what_ended_processes_left_is_removed_and_what_runs_stays(lab: dict[str, str]) -> None:
    folder = Path(lab["AGLAIS_SPARK"])
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        kept = folder / "processes" / str(running.pid)
        for own in (kept, folder / "processes" / "4194305"):  # no process has so high a number
            (own / "blockmgr-1").mkdir(parents=True)
        forget_ended(folder)
        assert list(processes(folder)) == [(running.pid, kept)]
        assert [one.name for one in (folder / "processes").iterdir()] == [kept.name]
        running.communicate(b"\n")
    forget_ended(folder)
    assert list((folder / "processes").iterdir()) == []


def test_the_settings_are_written_once_for_the_session_and_out_of_the_home(lab: dict[str, str]) -> None:
    again = dict(lab)
    folder = prepare_spark(again)
    assert str(folder) == lab["SPARK_CONF_DIR"] == lab["AGLAIS_SPARK"]
    assert again == lab
    lines = (folder / "spark-defaults.conf").read_text().splitlines()
    assert "spark.master local[1]" in lines
    assert lab["PYSPARK_PYTHON"] == sys.executable
