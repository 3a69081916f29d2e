"""What KubeSpawner would send to a cluster for a booking, and what holds a session to it. No cluster is needed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traitlets import TraitError
from traitlets.config import Config

from aglais_hub.wire.packages import PackageSize
from aglais_lab.spark_sizes import Amount
from aglais_spawner import KubeBookingSpawner
from aglais_spawner.kube_objects import (
    SESSION,
    Identity,
    limit_range,
    network_policy,
    resource_quota,
    role,
    role_binding,
    service_account,
)
from aglais_spawner.kube_plan import Plan, plan_session
from tests.support.pods import as_json, booking, package, plan, plans, pod_of, sizes, spawner_for

GPU = "nvidia.com/gpu"
MIB = 2**20


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)


def parse_quantity(text: str) -> Decimal:
    """What is written as thousandths, as MiB or plain."""
    if text.endswith("Mi"):
        return Decimal(text.removesuffix("Mi")) * MIB
    return Decimal(text.removesuffix("m")) / (1000 if text.endswith("m") else 1)


def amount(quantities: dict[str, str], prefix: str = "") -> tuple[Decimal, Decimal]:
    """Cores and bytes."""
    return parse_quantity(quantities[f"{prefix}cpu"]), parse_quantity(quantities[f"{prefix}memory"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(plans)
def test_requests_are_within_limits_and_limits_within_the_package(made: Plan) -> None:
    resources = pod_of(made)["spec"]["containers"][0]["resources"]
    package = (Decimal(made.limit.millicores) / 1000, Decimal(made.limit.memory * MIB))
    requested, limited = amount(resources["requests"]), amount(resources["limits"])
    assert all(0 <= less <= more <= most for less, more, most in zip(requested, limited, package, strict=True))
    # With all executors that it may have, too.
    executor = made.division.executor * made.division.executors
    everything = (limited[0] + Decimal(executor.millicores) / 1000, limited[1] + executor.memory * MIB)
    assert all(sum_ <= most for sum_, most in zip(everything, package, strict=True))
    disk = parse_quantity(resources["limits"]["ephemeral-storage"])
    assert disk + made.division.executors * made.division.executor_temporary * MIB == made.temporary * MIB


@given(sizes, st.booleans())
def test_a_plan_holds_what_the_booking_does_and_its_server_something(size: PackageSize, executors: bool) -> None:
    made = plan(size, executors=executors)
    assert made.limit == Amount(int(size.resources.cores * 1000), size.resources.memory)
    assert Amount(1, 1).fits(made.division.server)
    assert Amount(1, 1).fits(made.server_guarantee)


@given(plans)
def test_the_quota_is_the_package(made: Plan) -> None:
    quota = resource_quota(Identity("s", "n", {}), made, GPU)["spec"]["hard"]
    package = (Decimal(made.limit.millicores) / 1000, Decimal(made.limit.memory * MIB))
    assert amount(quota, "limits.") == package
    if made.sharing == "shared":
        assert all(less <= most for less, most in zip(amount(quota, "requests."), package, strict=True))
    else:
        assert amount(quota, "requests.") == package
    assert parse_quantity(quota["limits.ephemeral-storage"]) == made.temporary * MIB
    assert parse_quantity(quota["requests.storage"]) == made.user * MIB
    assert quota[f"requests.{GPU}"] == str(made.gpus)
    assert int(quota["pods"]) == 1 + made.division.executors


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(plans)
def test_quota_and_limit_range_let_the_session_s_own_pods_in(made: Plan) -> None:
    pod = pod_of(made)["spec"]["containers"][0]["resources"]
    hard = resource_quota(Identity("s", "n", {}), made, GPU)["spec"]["hard"]
    for pool in ("requests", "limits"):
        server = amount(pod[pool])
        executor = made.division.executor * made.division.executors
        used = (server[0] + Decimal(executor.millicores) / 1000, server[1] + executor.memory * MIB)
        assert all(have <= most for have, most in zip(used, amount(hard, f"{pool}."), strict=True))
    for limit in limit_range(Identity("s", "n", {}), made)["spec"]["limits"]:
        assert all(have <= most for have, most in zip(amount(pod["limits"]), amount(limit["max"]), strict=True))
        default, request = limit.get("default", limit["max"]), limit.get("defaultRequest", limit["max"])
        assert all(low <= high for low, high in zip(amount(request), amount(default), strict=True))


def test_a_shared_server_is_guaranteed_what_its_booking_claims() -> None:
    pod = pod_of(plan(package(), "shared"))
    resources = pod["spec"]["containers"][0]["resources"]
    assert resources["limits"] == {"cpu": "3000m", "memory": "12288Mi", "ephemeral-storage": "1024Mi"}
    assert resources["requests"] == {"cpu": "750m", "memory": "3072Mi", "ephemeral-storage": "1024Mi"}


@pytest.mark.parametrize(("cores", "memory"), [("0.001", 1), ("0.003", 3)])
def test_a_shared_server_is_guaranteed_something_however_little_it_has(cores: str, memory: int) -> None:
    made = plan(package(cores=cores, memory=memory, workers=0), "shared")
    assert made.server_guarantee == Amount(1, 1)


def test_a_managed_server_has_its_part_guaranteed_and_leaves_the_workers_theirs() -> None:
    made = plan(package(temporary=3000))
    resources = pod_of(made)["spec"]["containers"][0]["resources"]
    assert resources["limits"] == resources["requests"]
    assert resources["limits"] == {"cpu": "1000m", "memory": "4096Mi", "ephemeral-storage": "1000Mi"}
    assert (made.division.executors, made.division.executor) == (2, Amount(1000, 4096))


def test_without_executors_the_server_has_all_of_the_booking() -> None:
    made = plan(package(), executors=False)
    assert made.division.server == made.limit == Amount(3000, 12_288)
    assert made.pods == 1


def nodes_of(cluster: str, **options: Any) -> list[Any]:
    """The terms of the nodes that a server booked on ``cluster`` may go to."""
    pod = pod_of(replace(plan(package()), cluster=cluster), **options)["spec"]
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms: list[Any] = required["nodeSelectorTerms"]
    return terms


def test_a_server_runs_on_nodes_of_the_pool_that_it_is_booked_on() -> None:
    assert "affinity" not in pod_of(plan(package()))["spec"], "without pools anywhere"
    pools = {"KubeBookingSpawner": {"pool_label": "pool", "default_pool": "others"}}
    large = {"key": "pool", "operator": "In", "values": ["large"]}
    assert nodes_of("large", **pools) == [{"matchExpressions": [large]}]
    assert nodes_of("others", **pools) == [
        {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["others"]}]},
        {"matchExpressions": [{"key": "pool", "operator": "DoesNotExist"}]},
    ]
    fast = {"key": "disk", "operator": "In", "values": ["fast"]}
    own = {"KubeSpawner": {"node_affinity_required": [{"matchExpressions": [fast]}]}}
    assert nodes_of("large", **pools, **own) == [{"matchExpressions": [fast, large]}]


def test_a_reserved_server_runs_on_nodes_set_apart_and_others_do_not() -> None:
    reserved = pod_of(plan(package(), "reserved"), KubeSpawner={"node_selector": {"disk": "fast"}})["spec"]
    assert reserved["nodeSelector"] == {"disk": "fast", "aglais.hub/nodes": "reserved"}
    (toleration,) = reserved["tolerations"]
    # Of any effect: `NoExecute` ends who names such a node without a right to it.
    assert toleration.pop("effect", None) is None
    assert (toleration["key"], toleration["value"]) == ("aglais.hub/nodes", "reserved")
    assert "tolerations" not in pod_of(plan(package()))["spec"]


def test_gpus_are_asked_for_only_where_they_are_booked() -> None:
    with_gpu = pod_of(plan(package(gpus=2)))["spec"]["containers"][0]["resources"]
    assert with_gpu["limits"][GPU] == with_gpu["requests"][GPU] == "2"
    assert GPU not in pod_of(plan(package()))["spec"]["containers"][0]["resources"]["limits"]


def test_no_setting_makes_the_pod_larger_than_its_booking() -> None:
    larger = {"cpu_limit": 64, "mem_limit": "1T", "extra_resource_limits": {"ephemeral-storage": "1Ti"}}
    resources = pod_of(plan(package()), KubeSpawner=larger)["spec"]["containers"][0]["resources"]
    assert resources["limits"] == {"cpu": "1000m", "memory": "4096Mi", "ephemeral-storage": "342Mi"}


def volumes(pod: dict) -> dict[str, dict]:
    mounts = pod["spec"]["containers"][0]["volumeMounts"]
    mounted = {mount["name"]: mount["mountPath"] for mount in mounts if "subPath" not in mount}
    return {mounted[volume["name"]]: volume for volume in pod["spec"]["volumes"]}


def test_the_disks_are_as_large_as_booked() -> None:
    found = volumes(pod_of(plan(package(workers=0, temporary=2000, user=500))))
    assert found["/tmp"]["emptyDir"] == {"sizeLimit": "2000Mi"}
    assert found["/home/jovyan"]["persistentVolumeClaim"]["claimName"].startswith("claim-")


def test_a_folder_of_the_temporary_disk_is_in_the_home() -> None:
    server = pod_of(plan(package(workers=0, temporary=2000, user=500)))["spec"]["containers"][0]
    [(scratch, folder)] = [(one["name"], one["mountPath"]) for one in server["volumeMounts"] if "subPath" in one]
    assert {"name": scratch, "mountPath": "/tmp"} in server["volumeMounts"]
    assert folder.removeprefix("/home/jovyan") == "/temp"
    assert {"name": "AGLAIS_TEMP", "value": folder} in server["env"]


def test_who_has_no_disk_has_a_home_that_goes() -> None:
    found = volumes(pod_of(plan(package(workers=0))))
    assert found["/home/jovyan"]["emptyDir"] == {"sizeLimit": "1024Mi"}


def test_the_operator_s_own_volumes_stay() -> None:
    data = {"name": "data", "persistentVolumeClaim": {"claimName": "gaia", "readOnly": True}}
    theirs = {"volumes": [data], "volume_mounts": [{"name": "data", "mountPath": "/data"}]}
    found = volumes(pod_of(plan(package()), KubeSpawner=theirs))
    assert set(found) == {"/data", "/tmp", "/home/jovyan"}


def test_a_pod_says_whose_it_is_and_of_which_booking() -> None:
    labels = pod_of(plan(package()))["metadata"]["labels"]
    assert labels["aglais.hub/booking"] == "0b7c6f0e-0000-4000-8000-000000000001"
    assert labels["aglais.hub/package"] == "small"
    assert labels["aglais.hub/sharing"] == "managed"
    assert labels["aglais.hub/account"].startswith("mock-name---")
    assert labels[SESSION].startswith("session-")


def test_a_booking_without_a_package_has_no_such_label() -> None:
    size = package()
    made = plan_session(
        booking(size, package=None), size, executors=True, overcommit=Decimal(1), node=None, least_temporary=1
    )
    assert "aglais.hub/package" not in pod_of(made)["metadata"]["labels"]


def test_only_a_server_with_executors_gets_a_token_of_the_cluster() -> None:
    spec = pod_of(plan(package()))["spec"]
    assert spec["automountServiceAccountToken"] is True
    assert spec["serviceAccountName"].startswith("session-")
    assert pod_of(plan(package(), executors=False))["spec"]["automountServiceAccountToken"] is False


def test_a_pod_has_no_privileges() -> None:
    spec = pod_of(plan(package()))["spec"]
    security = spec["containers"][0]["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_the_server_is_told_what_it_has_itself() -> None:
    environment = {one["name"]: one.get("value") for one in pod_of(plan(package()))["spec"]["containers"][0]["env"]}
    assert environment["AGLAIS_RESOURCES_SERVER_CORES"] == environment["CPU_LIMIT"] == "1"
    assert environment["AGLAIS_RESOURCES_SERVER_MEMORY"] == "4096"
    assert environment["MEM_LIMIT"] == environment["MEM_GUARANTEE"] == str(4096 * MIB)


def test_images_and_priorities_are_the_operator_s() -> None:
    theirs = {"images": {"small": "lab:small"}, "priority_classes": {"managed": "booked"}}
    spec = pod_of(plan(package()), KubeBookingSpawner=theirs)["spec"]
    assert spec["containers"][0]["image"] == "lab:small"
    assert spec["priorityClassName"] == "booked"


def test_the_account_s_disk_is_claimed_as_booked() -> None:
    async def make() -> dict:
        spawner = spawner_for(plan(package(user=500)))
        assert spawner.storage_pvc_ensure
        return await as_json(spawner.get_pvc_manifest())

    assert asyncio.run(make())["spec"]["resources"] == {"requests": {"storage": "500Mi"}}


def test_each_account_has_a_namespace_without_which_nothing_starts() -> None:
    async def make(**traits) -> KubeBookingSpawner:
        return KubeBookingSpawner(_mock=True, config=Config({"KubeSpawner": traits}))

    assert asyncio.run(make()).namespace.startswith("user-mock-name---")
    with pytest.raises(TraitError, match="enable_user_namespaces"):
        asyncio.run(make(enable_user_namespaces=False))


# ---------------------------------------------------------------- the fences


OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "jupyter-ann", "uid": "u1"}
ANN = Identity("session-1", "user-ann", {SESSION: "session-1"}, OWNER)


def test_everything_of_a_session_belongs_to_its_pod() -> None:
    made = plan(package())
    for one in (
        service_account(ANN),
        role(ANN),
        role_binding(ANN),
        resource_quota(ANN, made, GPU),
        limit_range(ANN, made),
        network_policy(ANN, hub_namespace="hub", blocked=[]),
    ):
        assert one["metadata"] == {
            "name": "session-1",
            "namespace": "user-ann",
            "labels": {SESSION: "session-1"},
            "ownerReferences": [OWNER],
        }


def test_a_session_may_run_executors_and_nothing_else() -> None:
    rules = {kind: rule["verbs"] for rule in role(ANN)["rules"] for kind in rule["resources"]}
    assert set(rules) == {"pods", "configmaps"}
    assert not {verb for verbs in rules.values() for verb in verbs} & {"*", "patch", "update", "bind", "escalate"}
    binding = role_binding(ANN)
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "session-1", "namespace": "user-ann"}]


def test_only_the_hub_and_the_session_itself_get_in() -> None:
    spec = network_policy(ANN, hub_namespace="hub", blocked=["169.254.169.254/32", "fd00:ec2::254/128"])["spec"]
    (inwards,) = spec["ingress"]
    hub = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "hub"}}}
    assert inwards == {"from": [{"podSelector": {}}, hub]}
    blocks = [peer["ipBlock"] for rule in spec["egress"] for peer in rule.get("to", ()) if "ipBlock" in peer]
    assert blocks == [
        {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]},
        {"cidr": "::/0", "except": ["fd00:ec2::254/128"]},
    ]
