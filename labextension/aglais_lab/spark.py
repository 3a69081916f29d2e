"""``spark_session()``: Spark as large as the booking, with the table ``gaia.source`` in it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import threading
import warnings
from functools import cache
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from aglais_lab import gaia
from aglais_lab.booked import BookedResources
from aglais_lab.notebook_errors import DataError, JavaError
from aglais_lab.spark_sizes import driver_size, threads

__all__ = ["java_version", "spark_session", "spark_settings"]

LEAST_JAVA = 17

_lock = threading.Lock()
_sessions: list[SparkSession] = []


def spark_settings(resources: BookedResources, folder: Path) -> dict[str, str]:
    """Every setting that follows from what the server has, with its unit; ``folder`` takes what Spark puts on disk."""
    tasks = threads(resources.server.cores)
    driver = driver_size(resources.server.memory)
    log = Path(__file__).with_name("log4j2.properties")
    java = [
        f"-Dlog4j2.configurationFile={log.as_uri()}",
        f"-Djava.io.tmpdir={folder}",
        "-XX:ReservedCodeCacheSize=96m",
        "-Xss1m",
        "-XX:-UsePerfData",
    ]
    if tasks == 1:  # one core: a collector with threads of its own and the slow compiler only get in its way
        java += ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return {
        "spark.master": f"local[{tasks}]",
        "spark.driver.memory": f"{driver.heap}m",
        "spark.driver.maxResultSize": f"{driver.result}m",
        "spark.driver.extraJavaOptions": " ".join(java),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.default.parallelism": str(2 * tasks),
        "spark.sql.shuffle.partitions": str(2 * tasks),
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.ui.port": "0",
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.retainedJobs": "100",
        "spark.ui.retainedStages": "100",
        "spark.sql.ui.retainedExecutions": "50",
    }


def spark_session(name: str = "Aglais") -> SparkSession:
    """The Spark session of this notebook, started on the first call; later calls return the same one."""
    with _lock:
        if not _sessions or _sessions[0].sparkContext._jsc is None:  # noqa: SLF001 nothing public tells it has stopped
            _sessions[:] = [_start(name, BookedResources.from_environment(os.environ))]
        return _sessions[0]


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


def _start(name: str, resources: BookedResources) -> SparkSession:
    java_version()
    data = os.environ.get("AGLAIS_DATA", "")
    if not data:
        raise DataError("This server does not say where its data sets are.", help="An administrator sets AGLAIS_DATA.")
    source = gaia.prepare(Path(data))
    folder = Path(tempfile.mkdtemp(prefix="aglais-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    session = _connect(name, spark_settings(resources, folder), folder / "spark.log")
    _register(session, source)
    return session


def _connect(name: str, settings: dict[str, str], log: Path) -> SparkSession:
    """Start Java, or use the one that an ended session left; what it prints goes to ``log``, not into the notebook."""
    # PySpark says at every turn that it is not done with pandas 3; what it lacks is pandas on Spark, not toPandas.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # the address that Spark's own pages listen on
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
