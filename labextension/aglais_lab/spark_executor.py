"""``python -m aglais_lab.spark_executor``: an executor of Spark's, in a pod that the driver has made.

The variables are those that Spark puts on the pods it makes; the Java classes are those of the installed PySpark.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.find_spark_home import _find_spark_home

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["executor_command"]

_BACKEND = "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
_OPTION = "SPARK_JAVA_OPT_"


def executor_command(environ: Mapping[str, str], home: Path) -> list[str]:
    """The command of an executor; ``home`` is where Spark is."""
    java = Path(environ["JAVA_HOME"], "bin", "java") if environ.get("JAVA_HOME") else Path("java")
    numbered = sorted((int(name.removeprefix(_OPTION)), value) for name, value in environ.items() if _OPTION in name)
    memory = environ["SPARK_EXECUTOR_MEMORY"]
    return [
        str(java),
        *(value for _, value in numbered),
        f"-Xms{memory}",
        f"-Xmx{memory}",
        *("-cp", f"{home}/jars/*", _BACKEND),
        *("--driver-url", environ["SPARK_DRIVER_URL"]),
        *("--executor-id", environ["SPARK_EXECUTOR_ID"]),
        *("--cores", environ["SPARK_EXECUTOR_CORES"]),
        *("--app-id", environ["SPARK_APPLICATION_ID"]),
        *("--hostname", environ["SPARK_EXECUTOR_POD_IP"]),
        *("--resourceProfileId", environ["SPARK_RESOURCE_PROFILE_ID"]),
        *("--podName", environ["SPARK_EXECUTOR_POD_NAME"]),
    ]


def main() -> None:
    """Become the executor."""
    home = Path(_find_spark_home())
    command = executor_command(os.environ, home)
    os.execvpe(command[0], command, {**os.environ, "SPARK_HOME": str(home)})  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
