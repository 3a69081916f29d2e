"""``python -m aglais_lab.spark_launch PID ARGUMENTS``: what ``spark-env.sh`` asks before a process of Spark's starts.

It refuses settings beyond the booking, and otherwise writes the Java options that are the process's own: its folder,
and the port that its pages are on.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_lab.notebook_errors import NotebookError
from aglais_lab.spark_check import refuse_excess
from aglais_lab.spark_folder import forget_ended, spark_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["asked_settings"]

_OPTIONS = {
    "--master": "spark.master",
    "--driver-memory": "spark.driver.memory",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
}
_SWITCHES = {"--help", "-h", "--load-spark-defaults", "--supervise", "--usage-error", "--verbose", "-v", "--version"}


def asked_settings(arguments: Sequence[str]) -> dict[str, str]:
    """The settings that the arguments of ``spark-submit`` ask for, those of a file among them."""
    found: dict[str, str] = {}
    from_file: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        if word == "pyspark-shell-main":
            # What the script pyspark puts before its own arguments.
            continue
        if not word.startswith("-"):
            # The program; what follows is for it.
            break
        if word in _SWITCHES:
            continue
        name, equals, value = word.partition("=")
        value = value if equals else next(words, "")
        if name in ("--conf", "-c"):
            setting, _, value = value.partition("=")
            found[setting.strip()] = value.strip()
        elif name == "--properties-file":
            from_file = _read_properties(Path(value))
        elif name in _OPTIONS:
            found[_OPTIONS[name]] = value
    return {**from_file, **found}


def _read_properties(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        # Spark will say so.
        return {}
    pairs = (line.replace("=", " ", 1).split(None, 1) for line in lines if not line.lstrip().startswith(("#", "!")))
    return {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def main(process: str, arguments: Sequence[str]) -> None:
    """Check, and write the options. Exits with a sentence where the booking does not allow it."""
    try:
        refuse_excess(asked_settings(arguments))
    except NotebookError as error:
        sys.exit(str(error))
    folder = spark_folder(os.environ)
    forget_ended(folder)
    own = folder / "processes" / process
    own.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    (own / "port").write_text(str(port))
    print(
        f"-Djava.io.tmpdir={own} -Dspark.local.dir={own} -Dspark.sql.warehouse.dir={(own / 'warehouse').as_uri()} "
        f"-Dspark.ui.port={port}"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3:])
