"""What the cluster says of a pod, in words that are for people."""

from __future__ import annotations

from typing import Any

import pytest

from aglais_spawner.kube_words import NO_ANSWER, ended, refused, stage_of


def pod(phase: str = "Pending", *, deleted: bool = False, state: Any = None, ready: bool = False, **status: Any) -> Any:
    """A pod as the API server writes it; ``conditions`` are given as a dictionary."""
    conditions = [{"type": name, **said} for name, said in status.pop("conditions", {}).items()]
    containers = [] if state is None else [{"name": "notebook", "ready": ready, "state": state}]
    metadata = {"name": "lab", **({"deletionTimestamp": "2026-06-08T12:00:00Z"} if deleted else {})}
    said = {"phase": phase, "conditions": conditions, "containerStatuses": containers, **status}
    return {"metadata": metadata, "status": said}


def unscheduled(message: str) -> dict[str, Any]:
    return {"PodScheduled": {"status": "False", "reason": "Unschedulable", "message": message}}


def waiting(reason: str) -> Any:
    # JSON of some clients has every kind of state, and nothing for those that are not.
    return pod(conditions=SCHEDULED, state={"waiting": {"reason": reason}, "running": None, "terminated": None})


SCHEDULED = {"PodScheduled": {"status": "True"}}
READY = {"Ready": {"status": "True"}}
NOT_READY = {"Ready": {"status": "False"}}


@pytest.mark.parametrize(
    ("found", "reason", "words"),
    [
        (None, "not_made", "Asking the cluster"),
        (pod(), "not_made", "Asking the cluster"),
        (pod(conditions=unscheduled("0/3 nodes are available: 3 Insufficient cpu.")), "no_node", "machine with room"),
        (
            pod(conditions=unscheduled("pod has unbound immediate PersistentVolumeClaims")),
            "no_disk",
            "Waiting for your disk",
        ),
        (pod(conditions=unscheduled('persistentvolumeclaim "x" not found')), "no_disk", "Waiting for your disk"),
        (pod(conditions=SCHEDULED), "not_ready", "makes your lab ready"),
        (waiting("ContainerCreating"), "not_ready", "makes your lab ready"),
        (waiting("ErrImagePull"), "no_image", "can't be fetched"),
        (waiting("ImagePullBackOff"), "no_image", "can't be fetched"),
        (waiting("CreateContainerConfigError"), "mismade", "It goes on trying"),
        (pod("Running", conditions=SCHEDULED | READY, state={"running": {}}, ready=True), "no_lab", "about to answer"),
    ],
)
def test_a_start_that_goes_on_says_what_it_waits_for(found: Any, reason: str, words: str) -> None:
    stage = stage_of(found)
    assert (stage.trouble.reason, stage.is_final) == (reason, False)
    assert words in stage.message


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (waiting("InvalidImageName"), "no_image"),
        (waiting("CrashLoopBackOff"), "mismade"),
        (pod("Failed", reason="OutOfcpu", message="Pod Node didn't have enough resource"), "mismade"),
        (pod("Failed", reason="Evicted", message="The node was low on resource: memory."), "evicted"),
        (pod(deleted=True), "removed"),
    ],
)
def test_a_start_that_waiting_does_not_help_ends_at_once(found: Any, reason: str) -> None:
    stage = stage_of(found)
    assert (stage.trouble.reason, stage.is_final) == (reason, True)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (pod("Running", conditions=READY, state={"running": {}}, ready=True), None),
        (pod("Running", conditions=NOT_READY, state={"running": {}}, ready=True), "node_lost"),
        # A lab whose own container is not ready has only not come up yet.
        (pod("Running", conditions=NOT_READY, state={"running": {}}), None),
        (pod("Failed", reason="NodeLost", state={"running": {}}), "node_lost"),
        (pod("Failed", reason="NodeShutdown"), "node_lost"),
        (pod("Running", deleted=True, conditions=READY, state={"running": {}}, ready=True), "removed"),
        (pod("Failed", state={"terminated": {"reason": "OOMKilled", "exitCode": 137}}), "memory"),
        # Who shuts the lab down from within needs no telling.
        (pod("Succeeded", state={"terminated": {"reason": "Completed", "exitCode": 0}}), None),
        (pod("Failed", state={"terminated": {"reason": "Error", "exitCode": 1}}), None),
    ],
)
def test_an_end_has_a_reason_where_nobody_asked_for_it(found: Any, reason: str | None) -> None:
    trouble = ended(found)
    assert (trouble.reason if trouble else None) == reason


@pytest.mark.parametrize(
    ("message", "is_own"),
    [
        ("Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ", True),
        ('Container notebook exceeded its local ephemeral storage limit "1Gi". ', True),
        ('Usage of EmptyDir volume "scratch" exceeds the limit "1Gi". ', True),
        ("The node was low on resource: memory. Container c was using 9Gi, which exceeds its request of 1Gi. ", False),
        ("The node had condition: [DiskPressure]. ", False),
    ],
)
def test_an_eviction_is_one_s_own_doing_only_beyond_one_s_own_limits(message: str, is_own: bool) -> None:
    trouble = ended(pod("Failed", reason="Evicted", message=message))
    assert trouble is not None
    assert (trouble.reason, trouble.is_own) == (("full", True) if is_own else ("evicted", False))


@pytest.mark.parametrize(("low", "words"), [("memory", "memory"), ("ephemeral-storage", "disk"), ("pids", "room")])
def test_an_eviction_says_what_was_short(low: str, words: str) -> None:
    trouble = ended(pod("Failed", reason="Evicted", message=f"The node was low on resource: {low}. Threshold …"))
    assert trouble is not None
    assert f"short of {words}," in trouble.message


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (403, 'pods "x" is forbidden: exceeded quota: theirs, requested: pods=1', "quota"),
        (403, 'pods "x" is forbidden: violates PodSecurity "baseline:latest"', "refused"),
        (422, "Invalid value", "refused"),
        (500, "pod tolerations (possibly merged with namespace default tolerations) conflict", "refused"),
        (503, "etcdserver: leader changed", NO_ANSWER.reason),
    ],
)
def test_a_refusal_of_the_api_server_is_told_apart_from_silence(status: int, message: str, reason: str) -> None:
    assert refused(status, message).reason == reason
