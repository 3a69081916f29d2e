from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark import SparkContext

from aglais_lab import spark_session
from aglais_lab.booked import BookedResources
from aglais_lab.notebook_errors import DataError, JavaError, NotBookedError
from aglais_lab.spark import java_version, spark_settings
from aglais_lab.spark_sizes import LEAST_MEMORY
from tests.support.session import booked, with_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

GIB = 1024


@given(cores=st.floats(0.001, 128), memory=st.integers(LEAST_MEMORY, 1024 * GIB))
def test_every_size_has_its_unit_and_results_fit_the_heap(cores: float, memory: int) -> None:
    found = BookedResources.from_environment(booked(cores=str(cores), memory=memory))
    settings = spark_settings(found, Path("/scratch"))
    heap, result = settings["spark.driver.memory"], settings["spark.driver.maxResultSize"]
    assert re.fullmatch(r"\d+m", heap)
    assert re.fullmatch(r"\d+m", result)
    assert 0 < int(result[:-1]) <= int(heap[:-1]) < memory
    assert settings["spark.master"] == f"local[{max(1, int(cores))}]"


def test_spark_in_a_server_beside_workers_has_what_the_server_has() -> None:
    told = {"RESOURCES_SERVER_CORES": "2", "RESOURCES_SERVER_MEMORY": "4096"}
    settings = spark_settings(BookedResources.from_environment(booked(cores="8", memory=65_536, **told)), Path("/s"))
    assert (settings["spark.master"], settings["spark.driver.memory"]) == ("local[2]", "1996m")


def test_spark_listens_on_loopback_keeps_utc_and_stays_in_its_folder() -> None:
    settings = spark_settings(BookedResources.from_environment(booked()), Path("/scratch/spark"))
    assert settings["spark.driver.bindAddress"] == settings["spark.driver.host"] == "127.0.0.1"
    assert settings["spark.sql.session.timeZone"] == "UTC"
    assert settings["spark.sql.execution.arrow.pyspark.enabled"] == "true"
    assert settings["spark.local.dir"] == "/scratch/spark"
    assert settings["spark.sql.warehouse.dir"] == "file:///scratch/spark/warehouse"
    assert "-Djava.io.tmpdir=/scratch/spark" in settings["spark.driver.extraJavaOptions"].split()


def fake_java(folder: Path, says: str) -> None:
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    java.chmod(0o755)


@pytest.mark.parametrize(
    ("says", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "21" 2023-09-19', 21)],
)
def test_a_java_that_is_new_enough(says: str, version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, says)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_version() == version


@pytest.mark.parametrize(
    ("says", "have"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "Java 11"),
        ('java version "1.8.0_202"', "Java 8"),
        ("hello", "a Java that does not say its version"),
    ],
)
def test_a_java_that_is_too_old(says: str, have: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, says)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(JavaError) as caught:
        java_version()
    assert caught.value.message == f"Spark needs Java 17 or newer, and this server has {have}."
    assert "openjdk-17" in caught.value.help


def test_no_java_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with pytest.raises(JavaError) as caught:
        java_version()
    assert caught.value.message == "Spark needs Java, and there is none on this server."


def test_outside_a_booked_session_there_is_no_spark() -> None:
    with pytest.raises(NotBookedError):
        spark_session()


@pytest.mark.spark
def test_a_server_without_a_data_folder_says_who_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in booked().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DataError, match="AGLAIS_DATA"):
        spark_session()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A real session of a tiny booking."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in with_data(booked(), tmp_path_factory.mktemp("data")).items():
            patch.setenv(name, value)
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("temporary")))
        found = spark_session("tests")
        gateway = SparkContext._gateway
        yield found
        found.stop()
        assert gateway is not None
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(60)
        SparkContext._gateway = SparkContext._jvm = None


@pytest.mark.spark
def test_a_second_call_gives_the_same_session(session: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    assert spark_session("another") is session


@pytest.mark.spark
def test_the_session_is_as_large_as_the_booking(session: SparkSession) -> None:
    assert session.sparkContext.master == "local[1]"
    assert session._jvm is not None
    heap = session._jvm.java.lang.Runtime.getRuntime().maxMemory() / 2**20
    assert 480 < heap <= 512
    assert (session.sparkContext.uiWebUrl or "").startswith("http://127.0.0.1:")


@pytest.mark.spark
def test_the_stars_are_there_with_their_units(session: SparkSession) -> None:
    assert session.table("gaia.source").count() == 482_176
    comments = {row["col_name"]: row["comment"] for row in session.sql("DESCRIBE gaia.source").collect()}
    assert comments["ra"].endswith("[deg]")
    assert comments["phot_g_mean_mag"].endswith("[mag]")
    missing = session.sql(
        "SELECT COUNT_IF(phot_bp_mean_mag IS NULL) AS bp, COUNT_IF(phot_rp_mean_mag IS NULL) AS rp FROM gaia.source"
    ).first()
    assert missing is not None
    assert (missing.bp, missing.rp) == (363, 359)


@pytest.mark.spark
def test_an_instant_is_shown_in_utc(session: SparkSession) -> None:
    row = session.sql("SELECT CAST(TIMESTAMP '2026-06-08T09:00:00Z' AS STRING) AS at").first()
    assert row is not None
    assert row.at == "2026-06-08 09:00:00"


QUIET = """
from aglais_lab import spark_session
spark = spark_session()
assert spark.sql("SELECT 1 AS one").toPandas()["one"].tolist() == [1]
"""


@pytest.mark.spark
def test_starting_spark_prints_nothing_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for name, value in with_data(booked(), tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(scratch))
    ended = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, timeout=200, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(scratch.iterdir()) == []


@pytest.mark.spark
def test_a_java_that_can_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, 'openjdk version "17.0.15"')
    java = tmp_path / "bin" / "java"
    java.write_text(
        "#!/bin/sh\n[ \"$1\" = -version ] && echo 'version \"17.0.1\"' >&2 && exit 0\necho 'No space' >&2\nexit 3\n"
    )
    for name, value in with_data(booked(), tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-c", "from aglais_lab import spark_session; spark_session()"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "JavaError: Spark did not start: No space" in ended.stderr
