"""The session's folder for Spark: ``SPARK_CONF_DIR``, with settings as large as the booking, and what is on disk.

It is written where the lab starts, and so every Spark of the session finds it: ``SparkSession.builder`` in a notebook,
``pyspark``, ``spark-shell`` and ``spark-submit`` in a terminal. It is not in the home, where it would outlive its
booking; it goes when the lab does. Each Spark process has a folder of its own in it, ``processes/PID``.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_lab.booked import BookedResources
from aglais_lab.notebook_errors import TooLittleMemoryError
from aglais_lab.spark_settings import Executors, executor_template, spark_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

__all__ = ["forget_ended", "prepare_spark", "processes", "spark_folder"]

_VARIABLE = "AGLAIS_SPARK"

_ENVIRONMENT = """\
# Read by every program of Spark's before it starts Java, with the program's own arguments.
case "${{1-}}" in
org.apache.spark.deploy.SparkSubmit)
    # Spark's own pages are for the lab, which shows them to whoever may see the lab.
    SPARK_LOCAL_IP=127.0.0.1
    aglais_options=$({python} -m aglais_lab.spark_launch "$$" "$@") || exit 1
    SPARK_SUBMIT_OPTS="${{SPARK_SUBMIT_OPTS-}} $aglais_options"
    ;;
esac
# The shells start a program in a program: it is to be asked again.
unset SPARK_ENV_LOADED
"""


def prepare_spark(environ: MutableMapping[str, str] = os.environ) -> Path:
    """The session's folder, made and named in ``environ`` where it isn't there yet; it goes with this process.

    Raises ``NotBookedError`` where there is no booking.
    """
    if environ.get(_VARIABLE) and (spark_folder(environ) / "spark-env.sh").is_file():
        return spark_folder(environ)
    resources = BookedResources.from_environment(environ)
    folder = Path(tempfile.mkdtemp(prefix="aglais-spark-", dir=_short_lived(environ)))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _write(folder, resources, Executors.from_environment(environ))
    environ[_VARIABLE] = environ["SPARK_CONF_DIR"] = str(folder)
    # The Python that runs a task is the notebook's own.
    environ["PYSPARK_PYTHON"] = environ.get("PYSPARK_PYTHON") or sys.executable
    return folder


def _short_lived(environ: Mapping[str, str]) -> Path | None:
    """What the session's spawner removes after it, even where the lab is killed; the system's place without one."""
    folder = environ.get("JUPYTER_RUNTIME_DIR")
    if not folder:
        return None
    Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(folder)


def spark_folder(environ: Mapping[str, str]) -> Path:
    """Where the session's folder is."""
    return Path(environ[_VARIABLE])


def processes(folder: Path) -> Iterator[tuple[int, Path]]:
    """The Spark processes of the session that run, the newest last: number and folder."""
    found = [one for one in (folder / "processes").glob("*") if one.name.isdecimal()]
    for one in sorted(found, key=lambda one: one.stat().st_mtime):
        if Path("/proc", one.name).exists():
            yield int(one.name), one


def forget_ended(folder: Path) -> None:
    """Remove what Spark processes that are gone have left on disk, however they ended."""
    running = {number for number, _ in processes(folder)}
    with contextlib.suppress(OSError):
        for one in (folder / "processes").iterdir():
            if one.name.isdecimal() and int(one.name) not in running:
                shutil.rmtree(one, ignore_errors=True)


def _write(folder: Path, resources: BookedResources, executors: Executors | None) -> None:
    (folder / "processes").mkdir()
    (folder / "spark-env.sh").write_text(_ENVIRONMENT.format(python=shlex.quote(sys.executable)))
    if executors is not None:
        (folder / "executor.json").write_text(json.dumps(executor_template(executors)))
    # A booking that is too small for Spark gets no settings: whoever starts Spark is told.
    with contextlib.suppress(TooLittleMemoryError):
        settings = spark_settings(resources, folder, executors)
        lines = [f"{name} {value}" for name, value in settings.items()]
        (folder / "spark-defaults.conf").write_text("\n".join([*lines, ""]))
