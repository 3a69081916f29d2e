"""The server's pod, held to its booking: amounts, disks, labels, account, place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aglais_spawner.kube_objects import quantities, toleration
from aglais_spawner.kube_spark import executor_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_spawner.kube_plan import Plan
    from aglais_spawner.kube_queue import Queue

__all__ = ["PodRules", "keep_pod_to_plan"]

_HOME, _SCRATCH, _TEMP = "aglais-home", "aglais-scratch", "temp"


@dataclass(frozen=True)
class PodRules:
    """What a pod gets beside its amounts.

    ``image`` and ``priority_class`` are empty where the pod keeps what it has. ``nodes`` is the label and the taint of
    the nodes it runs on. ``claim`` is the volume claim of the account's disk; ``home`` and ``scratch`` are where the
    disks are mounted. ``gpu`` is what Kubernetes calls a GPU. ``volumes`` and ``mounts`` are the operator's own, as
    manifests have them: data that executors have where the server has it. ``affinity`` are the terms of the nodes that
    KubeSpawner keeps the server to. ``queue`` is where executors wait for their turn, if they do. ``groups`` is where
    the shared folders of groups are.
    """

    labels: Mapping[str, str]
    service_account: str
    image: str
    priority_class: str
    nodes: tuple[str, str] | None
    gpu: str
    claim: str
    home: str
    scratch: str
    volumes: Sequence[Mapping[str, Any]] = ()
    mounts: Sequence[Mapping[str, Any]] = ()
    affinity: Sequence[Mapping[str, Any]] = ()
    queue: Queue | None = None
    groups: str = ""


def keep_pod_to_plan(pod: Any, plan: Plan, rules: PodRules) -> None:
    """Put on ``pod``, a ``V1Pod``, what the session's plan says, over whatever it has."""
    spec, server = pod.spec, pod.spec.containers[0]
    pod.metadata.labels = {**(pod.metadata.labels or {}), **rules.labels}
    _amounts(server.resources, plan, rules.gpu)
    _disks(spec, server, plan, rules)
    spec.service_account_name = rules.service_account
    # Only who may have executors needs to speak to the cluster.
    spec.automount_service_account_token = plan.division.executors > 0
    server.image = rules.image or server.image
    spec.priority_class_name = rules.priority_class or spec.priority_class_name
    volumes, mounts = _folders(plan, rules.groups)
    spec.volumes, server.volume_mounts = [*spec.volumes, *volumes], [*server.volume_mounts, *mounts]
    # Executors find data where the notebook has it.
    rules = replace(rules, volumes=[*rules.volumes, *volumes], mounts=[*rules.mounts, *mounts])
    executors = executor_environment(plan, rules, image=server.image, priority=spec.priority_class_name or "")
    server.env = [*(server.env or []), *executors]
    if rules.nodes is not None:
        label, value = rules.nodes
        spec.node_selector = {**(spec.node_selector or {}), label: value}
        spec.tolerations = [*(spec.tolerations or []), toleration(label, value)]


def _amounts(resources: Any, plan: Plan, gpu: str) -> None:
    temporary = plan.division.server_temporary
    limits, requests = quantities(plan.division.server, temporary), quantities(plan.server_guarantee, temporary)
    # A GPU can't be shared: Kubernetes wants the request to be the limit.
    gpus = {gpu: str(plan.gpus)} if plan.gpus else {}
    resources.limits = {**(resources.limits or {}), **limits, **gpus}
    resources.requests = {**(resources.requests or {}), **requests, **gpus}


def _disks(spec: Any, server: Any, plan: Plan, rules: PodRules) -> None:
    """A scratch disk with a limit, and a home: the account's own disk, or for who has none, one that goes.

    A folder of the scratch disk is ``temp/`` in the home, so that people find it where their files are.
    """
    empty = {"emptyDir": {"sizeLimit": f"{plan.division.server_temporary}Mi"}}
    home = {"persistentVolumeClaim": {"claimName": rules.claim}} if plan.user else empty
    spec.volumes = [*(spec.volumes or []), {"name": _HOME, **home}, {"name": _SCRATCH, **empty}]
    server.volume_mounts = [
        *(server.volume_mounts or []),
        {"name": _HOME, "mountPath": rules.home},
        {"name": _SCRATCH, "mountPath": rules.scratch},
        {"name": _SCRATCH, "mountPath": f"{rules.home}/{_TEMP}", "subPath": _TEMP},
    ]
    server.env = [*(server.env or []), {"name": "AGLAIS_TEMP", "value": f"{rules.home}/{_TEMP}"}]


def _folders(plan: Plan, path: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The volumes of groups' shared folders, and where each is mounted: beside the home, which has links to them.

    What is in the home counts as its owner's, and is deleted when its time is over.
    """
    named = {group: f"aglais-group-{number}" for number, group in enumerate(sorted(plan.folders))}
    volumes = [
        {"name": name, "persistentVolumeClaim": {"claimName": plan.folders[group]}} for group, name in named.items()
    ]
    return volumes, [{"name": name, "mountPath": f"{path}/{group}"} for group, name in named.items()]
