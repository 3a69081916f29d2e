from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark import SparkContext

from aglais_lab import spark_session
from aglais_lab.notebook_errors import BeyondBookingError, DataError, JavaError, NotBookedError, SparkRunsError
from aglais_lab.spark import java_version
from tests.support.session import booked, with_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


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


def test_more_than_is_booked_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in booked().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BeyondBookingError) as caught:
        spark_session(settings={"spark.executor.memory": "9g"})
    assert caught.value.message == (
        "spark.executor.memory asks for an executor of 9 GiB, and this booking has 512 MiB for all of Spark."
    )


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
def test_settings_for_a_session_that_runs_without_them_are_refused(session: SparkSession) -> None:
    assert spark_session(settings={"spark.sql.session.timeZone": "UTC"}) is session
    with pytest.raises(SparkRunsError, match="Stop it first"):
        spark_session(settings={"spark.sql.shuffle.partitions": 9})


@pytest.mark.spark
def test_what_a_session_puts_on_disk_is_in_a_folder_of_its_own(session: SparkSession) -> None:
    conf = session.sparkContext.getConf()
    own = Path(conf.get("spark.local.dir"))
    assert own.match(f"aglais-spark-*/processes/{SparkContext._gateway.proc.pid}")
    assert own.is_dir()
    assert conf.get("spark.sql.warehouse.dir") == f"file:{own}/warehouse"
    assert session._jvm.java.lang.System.getProperty("java.io.tmpdir") == str(own)


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
    ended = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, timeout=600, check=False)
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
        timeout=600,
        check=False,
    )
    assert "JavaError: Spark did not start: No space" in ended.stderr
