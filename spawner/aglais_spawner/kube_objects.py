"""What keeps a session on Kubernetes to its booking, as manifests: pure functions from its plan.

All of a session is in the account's own namespace. Its pods run under a service account of the session's own, which
may do what Spark needs and nothing else; quota and limit range hold whatever it starts to the booking; the network
policy keeps others out. All of it belongs to the server's pod, and goes with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_lab.spark_sizes import Amount
    from aglais_spawner.kube_plan import Plan

__all__ = [
    "ACCOUNT",
    "HUB",
    "SESSION",
    "Identity",
    "Manifest",
    "labels_of",
    "limit_range",
    "namespace_annotations",
    "network_policy",
    "priority_quota",
    "quantities",
    "resource_quota",
    "role",
    "role_binding",
    "service_account",
    "toleration",
]

_PREFIX = "aglais.hub/"

SESSION = f"{_PREFIX}session"
"""The label that everything of a session has, with the session's name."""

HUB = f"{_PREFIX}hub"
"""The label of an account's namespace, with the namespace of the hub whose account it is."""

ACCOUNT = "hub.jupyter.org/username"
"""The annotation with the account's name as it is, which KubeSpawner gives to pods and volume claims."""

_CONFIG_MAPS = 10
"""Spark makes one, Kubernetes another; a session may not fill the cluster's memory with more of them."""

_SPARK_NEEDS = (
    ("pods", ("create", "delete", "deletecollection", "get", "list", "watch")),
    ("configmaps", ("create", "delete", "deletecollection", "get", "list", "watch")),
)

_TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerationsWhitelist"

_ALWAYS_TOLERATED = (
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"},
)
"""Kubernetes gives every pod these."""

Manifest = dict[str, Any]
"""An object as Kubernetes' own documents write it."""


@dataclass(frozen=True)
class Identity:
    """What all objects of a session have in common. ``owner`` is the server's pod as an owner reference."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    owner: Mapping[str, Any] | None = None

    def manifest(self, kind: str, version: str, **fields: Any) -> Manifest:
        """An object of ``kind`` with this identity."""
        metadata: Manifest = {"name": self.name, "namespace": self.namespace, "labels": dict(self.labels)}
        if self.owner is not None:
            metadata["ownerReferences"] = [dict(self.owner)]
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def labels_of(plan: Plan, *, session: str, account: str) -> dict[str, str]:
    """The labels of everything in the session; ``account`` is already in the form of a label."""
    named = {"booking": plan.booking, "account": account, "package": plan.package, "sharing": plan.sharing}
    return {SESSION: session, **{_PREFIX + name: value for name, value in named.items() if value}}


def service_account(identity: Identity) -> Manifest:
    """Whom the session's pods are for the cluster. A pod gets its token only where it says so."""
    return identity.manifest("ServiceAccount", "v1", automountServiceAccountToken=False)


def role(identity: Identity, more: Sequence[Mapping[str, Any]] = ()) -> Manifest:
    """What Spark needs to run executors, in the account's namespace, and ``more`` rules."""
    rules = [{"apiGroups": [""], "resources": [kind], "verbs": list(verbs)} for kind, verbs in _SPARK_NEEDS]
    return identity.manifest("Role", "rbac.authorization.k8s.io/v1", rules=[*rules, *more])


def role_binding(identity: Identity) -> Manifest:
    """The session's role for the session's service account."""
    return identity.manifest(
        "RoleBinding",
        "rbac.authorization.k8s.io/v1",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": identity.name},
        subjects=[{"kind": "ServiceAccount", "name": identity.name, "namespace": identity.namespace}],
    )


def resource_quota(identity: Identity, plan: Plan, gpu: str) -> Manifest:
    """What all of the session's pods may have together: the booking. ``gpu`` is Kubernetes' name for GPUs."""
    hard = {
        "pods": str(plan.pods),
        "requests.cpu": f"{plan.guarantee.millicores}m",
        "requests.memory": f"{plan.guarantee.memory}Mi",
        "requests.ephemeral-storage": f"{plan.temporary}Mi",
        "limits.cpu": f"{plan.limit.millicores}m",
        "limits.memory": f"{plan.limit.memory}Mi",
        "limits.ephemeral-storage": f"{plan.temporary}Mi",
        f"requests.{gpu}": str(plan.gpus),
        # What is lent to it asks for no more than a MiB.
        "requests.storage": f"{plan.user + len(plan.folders)}Mi",
        "persistentvolumeclaims": str(bool(plan.user) + len(plan.folders)),
        "configmaps": str(_CONFIG_MAPS),
    }
    return identity.manifest("ResourceQuota", "v1", spec={"hard": hard})


def priority_quota(identity: Identity, priority_class: str) -> Manifest:
    """No pod of another priority class than the server's; one without is as good as any."""
    other: list[Manifest] = [{"scopeName": "PriorityClass", "operator": "Exists"}]
    if priority_class:
        other.append({"scopeName": "PriorityClass", "operator": "NotIn", "values": [priority_class]})
    spec = {"hard": {"pods": "0"}, "scopeSelector": {"matchExpressions": other}}
    return replace(identity, name=f"{identity.name}-priority").manifest("ResourceQuota", "v1", spec=spec)


def toleration(taint: str, value: str) -> Manifest:
    """What a pod has to say to go to nodes with this taint, and to stay there: whatever the taint's effect."""
    return {"key": taint, "operator": "Equal", "value": value}


def namespace_annotations(account: str, tolerations: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Whose the namespace is, which the audit reads.

    And have pods go only to nodes with taints of ``tolerations``, where the cluster has PodTolerationRestriction.
    """
    return {ACCOUNT: account, _TOLERATIONS: json.dumps([*_ALWAYS_TOLERATED, *tolerations])}


def limit_range(identity: Identity, plan: Plan) -> Manifest:
    """No pod is larger than the booking, and one that names no size has an executor's."""
    division = plan.division
    if division.executors:
        default = quantities(division.executor, division.executor_temporary)
        request = default
    else:
        default = quantities(division.server, division.server_temporary)
        request = quantities(plan.server_guarantee, division.server_temporary)
    most = quantities(plan.limit, plan.temporary)
    limits = [
        {"type": "Pod", "max": most},
        {"type": "Container", "max": most, "default": default, "defaultRequest": request},
    ]
    return identity.manifest("LimitRange", "v1", spec={"limits": limits})


def network_policy(identity: Identity, *, hub_namespace: str, blocked: Sequence[str]) -> Manifest:
    """The hub and the session's own pods get in, and nobody else. Out, everywhere but to the ``blocked`` addresses.

    Those are what a cloud gives to its machines only, as the addresses that hand out the machine's own credentials.
    """
    own: Manifest = {"podSelector": {}}
    hub = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": hub_namespace}}}
    names = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    four = [address for address in blocked if ":" not in address]
    six = [address for address in blocked if ":" in address]
    outside = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": four}}, {"ipBlock": {"cidr": "::/0", "except": six}}]
    return identity.manifest(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        spec={
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [own, hub]}],
            "egress": [{"to": [own, hub, *outside]}, {"ports": names}],
        },
    )


def quantities(amount: Amount, temporary: int) -> dict[str, str]:
    """An amount with temporary disk (MiB), in Kubernetes' words."""
    return {
        "cpu": f"{amount.millicores}m",
        "memory": f"{amount.memory}Mi",
        "ephemeral-storage": f"{temporary}Mi",
    }
