"""What a booked session has in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_lab.spark_sizes import Division

__all__ = ["beside_executors", "booked", "with_data"]


def booked(package: str = "tiny", *, cores: str = "0.109", memory: int = 1344, **more: str) -> dict[str, str]:
    """The variables of a booking until 2100; ``more`` are further ones of ``AGLAIS_…``."""
    return {
        "AGLAIS_PACKAGE": package,
        "AGLAIS_BOOKING": "b-1",
        "AGLAIS_BOOKING_END": "2100-01-01T00:00:00Z",
        "AGLAIS_RESOURCES_CORES": cores,
        "AGLAIS_RESOURCES_MEMORY": str(memory),
        # What is named here is put back after a test: no folder for Spark is left to the next one.
        **dict.fromkeys(("AGLAIS_SPARK", "SPARK_CONF_DIR", "PYSPARK_PYTHON"), ""),
        **{f"AGLAIS_{name}": value for name, value in more.items()},
    }


def with_data(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """The same with a folder for data sets."""
    return environment | {"AGLAIS_DATA": str(folder)}


def beside_executors(division: Division) -> dict[str, str]:
    """The variables of a server in a pod, with as many executors as ``division`` has."""
    server, executor = division.server, division.executor
    whole = server + executor * division.executors
    return {
        **booked("small", cores=f"{whole.millicores / 1000:g}", memory=whole.memory),
        "AGLAIS_RESOURCES_SERVER_CORES": f"{server.millicores / 1000:g}",
        "AGLAIS_RESOURCES_SERVER_MEMORY": str(server.memory),
        "AGLAIS_EXECUTORS": str(division.executors),
        "AGLAIS_EXECUTOR_MILLICORES": str(executor.millicores),
        "AGLAIS_EXECUTOR_MEMORY": str(executor.memory),
        "AGLAIS_EXECUTOR_TEMPORARY": str(division.executor_temporary),
        "AGLAIS_EXECUTOR_IMAGE": "lab:1",
        "AGLAIS_EXECUTOR_ACCOUNT": "session-1",
        "AGLAIS_EXECUTOR_LABELS": "aglais.hub/session=session-1,aglais.hub/booking=b-1",
        "AGLAIS_POD": "jupyter-ada",
        "AGLAIS_POD_NAMESPACE": "jupyter-ada-ns",
        "AGLAIS_POD_ADDRESS": "10.1.2.3",
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "KUBERNETES_SERVICE_PORT": "6443",
    }
