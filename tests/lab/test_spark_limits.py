"""Settings of a person's own may ask for less than the booking, and never for more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aglais_lab.notebook_errors import BeyondBookingError, NotBookedError, TooLittleMemoryError
from aglais_lab.spark_check import refuse_excess
from aglais_lab.spark_folder import prepare_spark
from aglais_lab.spark_launch import asked_settings
from aglais_lab.spark_limits import SparkLimits, find_excess
from aglais_lab.spark_sizes import Amount, Division
from tests.support.session import beside_executors, booked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.platform import Platform

GIB = 1024
# Heap 1996 MiB for two tasks in the server; on Kubernetes two executors of 4 GiB, heap 2212 MiB and 1884 beside it.
SERVER = Amount(2000, 4 * GIB)
ALONE = Division(SERVER, 0, Amount(0, 0), 1000, 0)
BESIDE = Division(SERVER, 2, Amount(2000, 4 * GIB), 1000, 1000)


@pytest.mark.parametrize(
    ("division", "setting", "least", "beyond"),
    [
        (ALONE, "spark.driver.memory", "1996m", "1997m"),
        (ALONE, "spark.driver.maxResultSize", "1996m", "2g"),
        (ALONE, "spark.driver.maxResultSize", "1", "0"),
        (ALONE, "spark.executor.memory", "1g", "2g"),
        (ALONE, "spark.executor.cores", "2", "3"),
        (ALONE, "spark.task.cpus", "2", "3"),
        (ALONE, "spark.master", "local[2]", "local[3]"),
        (ALONE, "spark.master", "local[*]", "yarn"),
        (ALONE, "spark.master", "local", "spark://elsewhere:7077"),
        (ALONE, "spark.master", "local[2,4]", "k8s://https://elsewhere"),
        (BESIDE, "spark.driver.memory", "1996m", "2g"),
        (BESIDE, "spark.executor.memory", "2212m", "2213m"),
        (BESIDE, "spark.executor.memory", "2212", "2213"),
        (BESIDE, "spark.executor.memory", "1000000k", "1t"),
        (BESIDE, "spark.executor.memoryOverhead", "1884m", "1885m"),
        (BESIDE, "spark.executor.pyspark.memory", "0", "1m"),
        (BESIDE, "spark.executor.instances", "2", "3"),
        (BESIDE, "spark.dynamicAllocation.minExecutors", "2", "3"),
        (BESIDE, "spark.dynamicAllocation.initialExecutors", "2", "3"),
        (BESIDE, "spark.dynamicAllocation.maxExecutors", "1", "100"),
        (BESIDE, "spark.executor.cores", "2", "3"),
        (BESIDE, "spark.task.cpus", "2", "3"),
        (BESIDE, "spark.kubernetes.executor.request.cores", "500m", "2001m"),
        (BESIDE, "spark.kubernetes.executor.limit.cores", "2", "2.5"),
        (BESIDE, "spark.master", "local[2]", "local[64]"),
    ],
)
def test_up_to_the_booking_and_not_beyond(division: Division, setting: str, least: str, beyond: str) -> None:
    limits = SparkLimits.of(division)
    assert find_excess({setting: least}, limits) is None
    found = find_excess({setting: beyond}, limits)
    assert found is not None
    assert found.setting == setting


@pytest.mark.parametrize(
    ("division", "asked", "said"),
    [
        (
            BESIDE,
            {"spark.executor.memory": "9g"},
            "spark.executor.memory asks for executors of 10.8 GiB in all, and this booking has executors of 4 GiB.",
        ),
        (
            BESIDE,
            {"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": str(2**30)},
            "spark.memory.offHeap.size asks for executors of 5 GiB in all, and this booking has executors of 4 GiB.",
        ),
        (
            BESIDE,
            {"spark.executor.instances": "5"},
            "spark.executor.instances asks for 5 executors, and this booking has 2.",
        ),
        (
            BESIDE,
            {"spark.executor.cores": "1", "spark.task.cpus": "2"},
            "spark.task.cpus asks for 2 cores for each task, and this booking has 1 where a task runs.",
        ),
        (
            ALONE,
            {"spark.executor.instances": "4", "spark.executor.memory": "1g"},
            "spark.executor.memory asks for 4 executors of 1 GiB, and this booking has 1.9 GiB for all of Spark.",
        ),
        (
            ALONE,
            {"spark.executor.cores": "8"},
            "spark.executor.cores asks for an executor of 8 cores, and this booking has room for 2 tasks at once.",
        ),
        (
            ALONE,
            {"spark.driver.maxResultSize": "0"},
            "spark.driver.maxResultSize asks for results without a limit, and this booking has 1.9 GiB for them.",
        ),
        (
            ALONE,
            {"spark.driver.memory": "8g"},
            "spark.driver.memory asks for 8 GiB, and this booking has 1.9 GiB for it, beside Python.",
        ),
        (ALONE, {"spark.master": "local[8]"}, "spark.master asks for 8 tasks at once, and this booking has 2."),
        (
            ALONE,
            {"spark.master": "yarn"},
            "spark.master asks for another cluster (yarn), and this booking has a Spark of its own.",
        ),
    ],
)
def test_the_reason_is_a_sentence(division: Division, asked: dict[str, str], said: str) -> None:
    assert str(find_excess(asked, SparkLimits.of(division))) == said


@pytest.mark.parametrize("division", [ALONE, BESIDE])
def test_what_is_no_amount_is_left_to_spark(division: Division) -> None:
    asked = dict.fromkeys(("spark.executor.memory", "spark.executor.cores", "spark.driver.memory"), "plenty")
    assert find_excess(asked, SparkLimits.of(division)) is None


def test_many_small_executors_that_are_no_more_in_all_run_in_the_server() -> None:
    asked = {"spark.executor.instances": "2", "spark.executor.memory": "512m", "spark.executor.cores": "1"}
    assert find_excess(asked, SparkLimits.of(ALONE)) is None
    assert find_excess({"spark.dynamicAllocation.maxExecutors": "100"}, SparkLimits.of(ALONE)) is None


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_no_executor_that_is_let_through_is_larger_than_its_pod(heap: int, overhead: int) -> None:
    asked = {"spark.executor.memory": f"{heap}m", "spark.executor.memoryOverhead": f"{overhead}m"}
    fits = find_excess(asked, SparkLimits.of(BESIDE)) is None
    assert fits == (heap + overhead <= 4 * GIB)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["pyspark-shell"], {}),
        (["--conf", "spark.a=1", "-c", "spark.b=x=y", "--conf=spark.c=3", "pyspark-shell"], None),
        (["pyspark-shell-main", "--name", "PySparkShell", "--driver-memory", "4g"], {"spark.driver.memory": "4g"}),
        (["--master", "yarn", "--num-executors=9"], {"spark.master": "yarn", "spark.executor.instances": "9"}),
        (["--verbose", "--executor-cores", "2", "job.py", "--driver-memory", "99g"], {"spark.executor.cores": "2"}),
        (["--jars", "--conf", "--executor-memory", "2g", "job.py"], {"spark.executor.memory": "2g"}),
        (["--conf"], {"": ""}),
    ],
)
def test_what_a_command_line_asks_for(arguments: list[str], asked: dict[str, str] | None) -> None:
    expected = {"spark.a": "1", "spark.b": "x=y", "spark.c": "3"} if asked is None else asked
    assert asked_settings(arguments) == expected


def test_a_file_of_settings_asks_too_and_the_command_line_counts_over_it(tmp_path) -> None:
    (tmp_path / "mine.conf").write_text("# mine\nspark.driver.memory   3g\nspark.executor.cores=2\n\nspark.empty\n")
    asked = asked_settings(["--properties-file", str(tmp_path / "mine.conf"), "--driver-memory", "1g", "job.py"])
    assert asked == {"spark.driver.memory": "1g", "spark.executor.cores": "2"}
    assert asked_settings(["--properties-file", str(tmp_path / "none"), "job.py"]) == {}


# ---------------------------------------------------------------- in a session


def test_what_says_only_what_is_booked_is_no_excess_and_more_is_refused() -> None:
    environ = beside_executors(BESIDE)
    prepare_spark(environ)
    refuse_excess({"spark.master": "k8s://https://10.0.0.1:6443", "spark.executor.memory": "2212m"}, environ)
    with pytest.raises(BeyondBookingError) as caught:
        refuse_excess({"spark.master": "k8s://https://10.0.0.2:6443"}, environ)
    assert caught.value.help == "Leave this setting out."
    with pytest.raises(BeyondBookingError) as caught:
        refuse_excess({"spark.executor.instances": "3"}, environ)
    assert caught.value.help == "Ask for less, or leave it out."


QUEUE = "spark.kubernetes.executor.label.kueue.x-k8s.io/queue-name"


@pytest.mark.parametrize(
    "setting",
    [
        "spark.kubernetes.scheduler.name",
        "spark.kubernetes.executor.scheduler.name",
        "spark.kubernetes.executor.label.yunikorn.apache.org/queue",
        QUEUE,
    ],
)
def test_the_queue_of_executors_is_not_for_a_person_to_choose(setting: str) -> None:
    environ = beside_executors(BESIDE)
    environ["AGLAIS_EXECUTOR_LABELS"] += ",kueue.x-k8s.io/queue-name=session-1"
    prepare_spark(environ)
    refuse_excess({QUEUE: "session-1", "spark.kubernetes.executor.label.mine": "yes"}, environ)
    with pytest.raises(BeyondBookingError, match="asks for another queue") as caught:
        refuse_excess({setting: "other"}, environ)
    assert caught.value.help == "Leave this setting out."


def test_without_a_booking_or_with_too_small_a_one_there_is_no_spark() -> None:
    with pytest.raises(NotBookedError):
        refuse_excess({}, {})
    environ = booked(memory=512)
    folder = prepare_spark(environ)
    assert not (folder / "spark-defaults.conf").exists()
    with pytest.raises(TooLittleMemoryError):
        refuse_excess({}, environ)


def test_what_a_killed_lab_leaves_is_where_its_spawner_removes_it(tmp_path: Path) -> None:
    runtime = tmp_path / "session"
    folder = prepare_spark(booked(memory=2048) | {"JUPYTER_RUNTIME_DIR": str(runtime)})
    assert folder.parent == runtime
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_the_smallest_package_that_would_do_is_named(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGLAIS_API_URL", f"{platform.url}services/aglais/api")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", platform.hub.token("ada"))
    with platform.client() as client:
        sizes = {one.name: one.size.resources.memory for one in client.packages().rows}
    assert sizes["tiny"] == 4096
    assert sizes["small"] == 8192
    environ = {**booked(memory=4096), "AGLAIS_API_URL": os.environ["AGLAIS_API_URL"]}
    prepare_spark(environ)
    with pytest.raises(BeyondBookingError) as caught:
        refuse_excess({"spark.driver.memory": "4g"}, environ)
    assert caught.value.help == (
        "Ask for less, or leave it out. The package small would do: "
        "book it in the Booking panel or at /services/aglais/bookings."
    )
    with pytest.raises(BeyondBookingError) as caught:
        refuse_excess({"spark.driver.memory": "1t"}, environ)
    assert caught.value.help == "Ask for less, or leave it out."


def test_the_package_that_would_do_is_divided_as_it_would_be_here(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook, worker = {"notebook_cores": 2, "notebook_memory": 4 * GIB}, {"worker_cores": 2, "worker_memory": 4 * GIB}
    for name, count in (("pair", 2), ("four", 4), ("six", 6)):
        made = {"name": name, **notebook, **worker, "worker_count": count}
        assert platform.call("POST", "packages/create", "root", json=made).status_code == 201
    monkeypatch.setenv("AGLAIS_API_URL", f"{platform.url}services/aglais/api")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", platform.hub.token("ada"))
    address = {"AGLAIS_API_URL": os.environ["AGLAIS_API_URL"]}
    apart, alone = beside_executors(BESIDE) | address, booked(cores="2", memory=4 * GIB) | address
    prepare_spark(apart)
    prepare_spark(alone)
    for environ, settings, package in (
        (apart, {"spark.executor.instances": "3"}, "four"),
        (apart, {"spark.executor.instances": "5"}, "six"),
        (apart, {"spark.executor.memory": "2300m"}, ""),
        (apart, {"spark.driver.memory": "2g"}, "small"),
        # On one host a package's workers are the server's.
        (alone, {"spark.driver.memory": "6g"}, "pair"),
    ):
        with pytest.raises(BeyondBookingError) as caught:
            refuse_excess(settings, environ)
        named = f"The package {package} would do" if package else ""
        assert (named in caught.value.help) is True
        assert ("would do" in caught.value.help) is bool(package)
