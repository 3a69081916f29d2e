"""``spark_session()``: Spark as large as the booking, with the table ``gaia.source`` in it."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from aglais_lab import gaia
from aglais_lab.booked import BookedResources
from aglais_lab.notebook_errors import DataError, JavaError, SparkRunsError
from aglais_lab.spark_check import refuse_excess
from aglais_lab.spark_folder import prepare_spark
from aglais_lab.spark_settings import Executors, spark_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["java_version", "spark_session"]

LEAST_JAVA = 17

_lock = threading.Lock()
_sessions: list[SparkSession] = []


def spark_session(name: str = "Aglais", settings: Mapping[str, object] | None = None) -> SparkSession:
    """The Spark session of this notebook, started on the first call; later calls return the same one.

    It is as large as the booking. ``settings`` are Spark's own, as ``{"spark.executor.instances": 1}``, for less.
    Raises ``BeyondBookingError`` where they ask for more, and ``SparkRunsError`` where Spark already runs without them.
    """
    given = {key: _written(value) for key, value in (settings or {}).items()}
    with _lock:
        if not _sessions or _sessions[0].sparkContext._jsc is None:  # noqa: SLF001 nothing public tells it has stopped
            folder = prepare_spark()
            refuse_excess(given)
            _sessions[:] = [_start(name, given, folder)]
        elif any(_sessions[0].conf.get(key, "") != value for key, value in given.items()):
            raise SparkRunsError("Spark runs already, with other settings.", help="Stop it first: spark.stop().")
        return _sessions[0]


def _written(value: object) -> str:
    """As Spark writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def java_version() -> int:
    """The major version of the Java that Spark would use; raises ``JavaError`` where there is none to use."""
    return _java_version(os.environ.get("JAVA_HOME", ""))


@cache
def _java_version(home: str) -> int:
    mend = f"Install Java {LEAST_JAVA} (on Debian: apt install openjdk-17-jre-headless), or set JAVA_HOME to one."
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise JavaError("Spark needs Java, and there is none on this server.", help=mend) from error
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < LEAST_JAVA:
        have = f"Java {found[1]}" if found else "a Java that does not say its version"
        raise JavaError(f"Spark needs Java {LEAST_JAVA} or newer, and this server has {have}.", help=mend)
    return int(found[1])


def _start(name: str, given: Mapping[str, str], folder: Path) -> SparkSession:
    java_version()
    data = os.environ.get("AGLAIS_DATA", "")
    if not data:
        raise DataError("This server does not say where its data sets are.", help="An administrator sets AGLAIS_DATA.")
    source = gaia.prepare(Path(data))
    resources, executors = BookedResources.from_environment(os.environ), Executors.from_environment(os.environ)
    settings = {**spark_settings(resources, folder, executors), **given}
    session = _connect(name, settings, folder / f"notebook-{os.getpid()}.log")
    _register(session, source)
    return session


def _connect(name: str, settings: Mapping[str, str], log: Path) -> SparkSession:
    """Start Java, or use the one that an ended session left; what it prints goes to ``log``, not into the notebook."""
    # PySpark says at every turn that it is not done with pandas 3; what it lacks is pandas on Spark, not toPandas.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    conf = SparkConf(loadDefaults=False).setAppName(name).setAll(list(settings.items()))
    gateway = SparkContext._gateway  # noqa: SLF001 only so can Java be started with its messages kept apart
    if gateway is None:
        with log.open("wb") as errors:
            try:
                gateway = launch_gateway(conf, popen_kwargs={"stderr": errors})  # type: ignore[no-untyped-call]
            except PySparkRuntimeError as error:
                raise JavaError(f"Spark did not start: {_what_java_said(log)}") from error
        SparkContext._ensure_initialized(gateway=gateway)  # noqa: SLF001
    return SparkSession(SparkContext.getOrCreate(conf))


def _what_java_said(log: Path) -> str:
    """The first lines that are about the failure: not warnings, nor what the script that starts Java makes of it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line for line in lines if line.strip() and not line.startswith("WARNING") and "spark-class:" not in line]
    return " ".join(telling[:2]) or "Java ended and said nothing."


def _register(session: SparkSession, source: Path) -> None:
    """Name the prepared Parquet ``gaia.source``, with a comment on each column."""
    columns = ", ".join(f"`{column.name}` {column.type} COMMENT '{_quoted(column.comment)}'" for column in gaia.COLUMNS)
    session.sql("CREATE DATABASE IF NOT EXISTS gaia COMMENT 'Gaia Data Release 3'")
    session.sql(
        f"CREATE TABLE IF NOT EXISTS gaia.source ({columns}) USING parquet LOCATION '{_quoted(source.as_uri())}' "
        f"COMMENT '{_quoted(gaia.LICENCE)}'"
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
