"""What Spark is told follows from the booking, whatever it is, on one host and on Kubernetes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aglais_lab.booked import BookedResources
from aglais_lab.spark_limits import SparkLimits, find_excess
from aglais_lab.spark_settings import Executors, executor_template, spark_settings
from aglais_lab.spark_sizes import (
    LEAST_EXECUTOR_MEMORY,
    LEAST_MEMORY,
    LEAST_MILLICORES,
    Amount,
    Division,
    Parts,
    divide,
)
from tests.support.session import beside_executors, booked

GIB = 1024
FOLDER = Path("/scratch/spark")
LABELS = {"aglais.hub/session": "session-1", "aglais.hub/booking": "b-1"}

amounts = st.builds(Amount, st.integers(0, 32_000), st.integers(0, 64 * GIB))
packages = (
    st.builds(Parts, amounts, st.integers(1, 40), amounts, st.integers(0, 1_000_000))
    .map(divide)
    .filter(lambda division: division.server.memory >= LEAST_MEMORY)
)


def settings_of(environ: dict[str, str]) -> dict[str, str]:
    return spark_settings(BookedResources.from_environment(environ), FOLDER, Executors.from_environment(environ))


def mebibytes(settings: dict[str, str], name: str) -> int:
    found = re.fullmatch(r"(\d+)m", settings[f"spark.{name}"])
    assert found, name
    return int(found[1])


# ---------------------------------------------------------------- on one host


@given(cores=st.floats(0.001, 128), memory=st.integers(LEAST_MEMORY, 1024 * GIB))
def test_every_size_has_its_unit_and_results_fit_the_heap(cores: float, memory: int) -> None:
    settings = settings_of(booked(cores=str(cores), memory=memory))
    heap, result = mebibytes(settings, "driver.memory"), mebibytes(settings, "driver.maxResultSize")
    assert 0 < result <= heap < memory
    assert settings["spark.master"] == f"local[{max(1, int(cores))}]"


def test_spark_in_a_server_beside_workers_has_what_the_server_has() -> None:
    told = {"RESOURCES_SERVER_CORES": "2", "RESOURCES_SERVER_MEMORY": "4096"}
    settings = settings_of(booked(cores="8", memory=65_536, **told))
    assert (settings["spark.master"], settings["spark.driver.memory"]) == ("local[2]", "1996m")


def test_spark_on_one_host_listens_on_loopback_and_keeps_utc() -> None:
    settings = settings_of(booked())
    assert settings["spark.driver.bindAddress"] == settings["spark.driver.host"] == "127.0.0.1"
    assert settings["spark.sql.session.timeZone"] == "UTC"
    assert settings["spark.sql.execution.arrow.pyspark.enabled"] == "true"


# ---------------------------------------------------------------- on Kubernetes


@given(packages)
def test_driver_and_all_executors_fit_the_package(division: Division) -> None:
    settings = settings_of(beside_executors(division))
    if division.executors == 0:
        assert settings["spark.master"].startswith("local[")
        return
    count = int(settings["spark.dynamicAllocation.maxExecutors"])
    pod = mebibytes(settings, "executor.memory") + mebibytes(settings, "executor.memoryOverhead")
    assert 1 <= count == division.executors
    assert pod == division.executor.memory
    assert mebibytes(settings, "driver.memory") < division.server.memory
    for kind in ("request", "limit"):
        assert settings[f"spark.kubernetes.executor.{kind}.cores"] == f"{division.executor.millicores}m"
    tasks = int(settings["spark.executor.cores"])
    assert 1 <= tasks <= max(1, division.executor.millicores // 1000)
    # A Python process for each task, beside Java's own needs.
    assert mebibytes(settings, "executor.memoryOverhead") >= 256 + 256 * tasks
    assert int(settings["spark.default.parallelism"]) == 2 * tasks * count


@given(packages)
def test_what_is_booked_is_never_beyond_the_booking(division: Division) -> None:
    limits = SparkLimits.of(division)
    settings = settings_of(beside_executors(division))
    assert find_excess({name: value for name, value in settings.items() if name != "spark.master"}, limits) is None


SMALL = Division(Amount(1000, 2 * GIB), 2, Amount(1000, 4 * GIB), 3000, 2000)


def test_executors_start_with_one_grow_to_the_booking_and_are_given_back_after_a_minute() -> None:
    settings = settings_of(beside_executors(SMALL))
    allocation = {name.rpartition(".")[2]: value for name, value in settings.items() if ".dynamicAllocation." in name}
    # To be refused one while others have them all is no failure that ends a Spark.
    assert int(settings["spark.executor.maxNumFailures"]) > 10_000_000
    assert settings["spark.dynamicAllocation.shuffleTracking.enabled"] == allocation.pop("enabled") == "true"
    assert allocation == {
        "initialExecutors": "1",
        "minExecutors": "0",
        "maxExecutors": "2",
        "executorIdleTimeout": "60s",
        "cachedExecutorIdleTimeout": "1800s",
        "timeout": "600s",
    }


def test_executors_find_the_driver_and_belong_to_its_pod_and_its_booking() -> None:
    settings = settings_of(beside_executors(SMALL))
    assert settings["spark.master"] == "k8s://https://10.0.0.1:6443"
    assert settings["spark.driver.host"] == settings["spark.driver.bindAddress"] == "10.1.2.3"
    of_pods = {name.removeprefix("spark.kubernetes."): value for name, value in settings.items() if ".kub" in name}
    assert of_pods["driver.pod.name"] == "jupyter-ada"
    assert of_pods["namespace"] == "jupyter-ada-ns"
    assert of_pods["container.image"] == "lab:1"
    assert of_pods["authenticate.executor.serviceAccountName"] == "session-1"
    assert {f"executor.label.{name}": value for name, value in LABELS.items()}.items() <= of_pods.items()
    volume = "executor.volumes.emptyDir.spark-local-dir-1"
    assert (of_pods[f"{volume}.mount.path"], of_pods[f"{volume}.options.sizeLimit"]) == ("/scratch", "2000Mi")
    assert of_pods["executor.podTemplateFile"] == "/scratch/spark/executor.json"


def test_an_address_of_the_newer_kind_is_put_in_brackets() -> None:
    found = Executors.from_environment(beside_executors(SMALL) | {"KUBERNETES_SERVICE_HOST": "fd00::1"})
    assert found is not None
    assert found.api == "https://[fd00::1]:6443"


def test_an_executor_has_the_sessions_place_and_no_rights() -> None:
    data = {"volumes": [{"name": "data", "nfs": {"path": "/gaia"}}], "volumeMounts": [{"name": "data"}]}
    more = {
        "AGLAIS_EXECUTOR_NODES": "aglais.hub/nodes=reserved",
        "AGLAIS_EXECUTOR_AFFINITY": json.dumps([{"matchExpressions": []}]),
        "AGLAIS_EXECUTOR_PRIORITY": "high",
        "AGLAIS_EXECUTOR_SCHEDULER": "yunikorn",
        "AGLAIS_EXECUTOR_DISKS": json.dumps(data),
    }
    found = Executors.from_environment(beside_executors(SMALL) | more)
    assert found is not None
    spec = json.loads(json.dumps(executor_template(found)))["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["nodeSelector"] == {"aglais.hub/nodes": "reserved"}
    assert spec["tolerations"] == [{"key": "aglais.hub/nodes", "operator": "Equal", "value": "reserved"}]
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required == {"nodeSelectorTerms": [{"matchExpressions": []}]}
    assert (spec["priorityClassName"], spec["schedulerName"]) == ("high", "yunikorn")
    assert (spec["volumes"], spec["containers"][0]["volumeMounts"]) == (data["volumes"], data["volumeMounts"])
    assert spec["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert spec["containers"][0]["command"][1:] == ["-m", "aglais_lab.spark_executor"]
    plain = Executors.from_environment(beside_executors(SMALL))
    assert plain is not None
    assert {"nodeSelector", "tolerations", "priorityClassName", "schedulerName"}.isdisjoint(
        executor_template(plain)["spec"]
    )


def test_the_least_that_a_package_can_be_still_has_an_executor() -> None:
    least = Amount(LEAST_MILLICORES, LEAST_EXECUTOR_MEMORY)
    settings = settings_of(beside_executors(Division(Amount(100, LEAST_MEMORY), 1, least, 512, 512)))
    assert (settings["spark.executor.cores"], settings["spark.executor.memory"]) == ("1", "512m")
    assert settings["spark.dynamicAllocation.maxExecutors"] == "1"
