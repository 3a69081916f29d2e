"""What the lab in a pod is told of its executors, and what Spark makes of it. No cluster is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from aglais_lab.booked import BookedResources
from aglais_lab.spark_settings import Executors, spark_settings
from aglais_lab.spark_sizes import Amount
from aglais_spawner.kube_objects import SESSION
from aglais_spawner.kube_plan import Plan
from tests.support.pods import package, plan, plans, pod_of


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)


def lab_environment(made: Plan, **classes: dict) -> dict[str, str]:
    """What the lab finds in its environment once its pod runs."""
    pod = pod_of(made, **classes)
    fields = {"metadata.name": pod["metadata"]["name"], "metadata.namespace": "ns", "status.podIP": "10.1.2.3"}
    env = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    for one in pod["spec"]["containers"][0]["env"]:
        source = one.get("valueFrom")
        env[one["name"]] = fields[source["fieldRef"]["fieldPath"]] if source else one.get("value", "")
    return env


def test_the_lab_knows_its_executors_as_they_are_planned() -> None:
    theirs = {
        "image": "lab:1",
        "volumes": [{"name": "data", "nfs": {"path": "/{username}"}}],
        "volume_mounts": {"data": {"name": "data", "mountPath": "/data"}},
    }
    made = replace(plan(package(temporary=3000), "reserved"), cluster="large")
    ours = {"priority_classes": {"reserved": "first"}, "pool_label": "pool"}
    environ = lab_environment(made, KubeSpawner=theirs, KubeBookingSpawner=ours)
    found = Executors.from_environment(environ)
    assert found is not None
    assert (found.count, found.size, found.temporary) == (2, Amount(1000, 4096), 1000)
    assert (found.api, found.namespace, found.address) == ("https://10.0.0.1:443", "ns", "10.1.2.3")
    assert found.pod.startswith("jupyter-")
    assert (found.image, found.priority) == ("lab:1", "first")
    assert found.nodes == ("aglais.hub/nodes", "reserved")
    assert found.affinity == [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["large"]}]}]
    assert found.labels["aglais.hub/package"] == "small"
    assert found.account == found.labels[SESSION]
    assert found.mounts == [{"name": "data", "mountPath": "/data"}]
    assert found.volumes[0]["nfs"]["path"].startswith("/mock-name")


QUEUES = {"managed": "root.batch", "large": "root.large"}


@pytest.mark.parametrize(
    ("queue_class", "package_name", "scheduler", "label"),
    [
        ("yunikorn", "small", "yunikorn", ("yunikorn.apache.org/queue", "root.batch")),
        ("yunikorn", "large", "yunikorn", ("yunikorn.apache.org/queue", "root.large")),
        # Kueue's queue is one of the session's own, which leads to the one that is named.
        ("kueue", "small", "", ("kueue.x-k8s.io/queue-name", None)),
        ("", "small", "", None),
    ],
)
def test_executors_wait_in_the_queue_of_their_package_or_their_sharing(
    queue_class: str, package_name: str, scheduler: str, label: tuple[str, str | None] | None
) -> None:
    made = replace(plan(package()), package=package_name)
    ours = {"queue_class": queue_class, "queues": QUEUES}
    found = Executors.from_environment(lab_environment(made, KubeBookingSpawner=ours))
    assert found is not None
    assert found.scheduler == scheduler
    named = {name: value for name, value in found.labels.items() if "queue" in name}
    assert named == ({} if label is None else {label[0]: label[1] or found.account})
    # The server has a booking, and does not wait.
    server = pod_of(made, KubeBookingSpawner=ours)
    assert not any("queue" in name for name in server["metadata"]["labels"])
    assert server["spec"].get("schedulerName", "default-scheduler") == "default-scheduler"


def test_who_has_no_queue_does_not_wait() -> None:
    ours = {"queue_class": "yunikorn", "queues": {"large": "root.large"}}
    found = Executors.from_environment(lab_environment(plan(package()), KubeBookingSpawner=ours))
    assert found is not None
    assert (found.scheduler, [name for name in found.labels if "queue" in name]) == ("", [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(plans)
def test_spark_is_told_to_take_no_more_than_the_booking(made: Plan) -> None:
    environ = lab_environment(made)
    told = Executors.from_environment(environ)
    division = made.division
    assert ((told.count, told.size) if told else (0, Amount(0, 0))) == (division.executors, division.executor)
    if told is not None:
        conf = spark_settings(BookedResources.from_environment(environ | RESOURCES), Path("/tmp/spark"), told)
        pod = sum(int(conf[f"spark.executor.{part}"].removesuffix("m")) for part in ("memory", "memoryOverhead"))
        assert division.server.memory + int(conf["spark.dynamicAllocation.maxExecutors"]) * pod <= made.limit.memory


RESOURCES = {"AGLAIS_RESOURCES_CORES": "1", "AGLAIS_RESOURCES_MEMORY": "1"}
