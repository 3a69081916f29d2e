"""What an operator puts into a cluster: storage, what the hub may do, and who may run which pods."""

from __future__ import annotations

from typing import Any

from tests.support.kubernetes.volumes import STORAGE_CLASS

__all__ = ["HUB_RULES", "furniture"]

_RBAC = "rbac.authorization.k8s.io"
_BASELINE = "baseline"
_SESSION_OBJECTS = ["create", "patch", "list", "deletecollection"]
_PODS = ["create", "get", "list", "watch", "delete", "deletecollection"]

HUB_RULES = {
    ("", "namespaces"): ["create", "patch"],
    ("", "pods"): _PODS,
    ("", "configmaps"): _PODS,
    ("", "persistentvolumeclaims"): ["create", "get", "delete"],
    ("", "resourcequotas"): _SESSION_OBJECTS,
    ("", "limitranges"): _SESSION_OBJECTS,
    ("", "serviceaccounts"): _SESSION_OBJECTS,
    ("networking.k8s.io", "networkpolicies"): _SESSION_OBJECTS,
    (_RBAC, "roles"): _SESSION_OBJECTS,
    (_RBAC, "rolebindings"): _SESSION_OBJECTS,
    ("kueue.x-k8s.io", "localqueues"): ["create"],
    ("visibility.kueue.x-k8s.io", "localqueues/pendingworkloads"): ["get"],
}
"""The verbs that ``docs/kubernetes.md`` says the hub needs, by API group and resource."""


SERVICES_RULES = {
    ("", "nodes"): ["list"],
    ("", "pods"): ["list", "delete"],
    ("", "namespaces"): ["list", "delete"],
    ("", "persistentvolumeclaims"): ["list", "delete"],
}
"""The same for the services, which read the nodes and audit what runs."""


def furniture() -> list[tuple[str, dict[str, Any]]]:
    """Objects, and where they are posted to."""
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "aglais.hub/folders",
    }
    use = {
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "resourceNames": [_BASELINE],
        "verbs": ["use"],
    }
    return [
        ("/apis/storage.k8s.io/v1/storageclasses", storage),
        *_granted("aglais-hub", _rules(HUB_RULES), {"kind": "User", "name": "hub"}),
        *_granted("aglais-services", _rules(SERVICES_RULES), {"kind": "User", "name": "services"}),
        ("/apis/policy/v1beta1/podsecuritypolicies", _baseline()),
        *_granted(_BASELINE, [use], {"kind": "Group", "name": "system:serviceaccounts"}),
    ]


def _rules(verbs: dict[tuple[str, str], list[str]]) -> list[dict[str, Any]]:
    return [{"apiGroups": [group], "resources": [what], "verbs": does} for (group, what), does in verbs.items()]


def _granted(name: str, rules: list[dict[str, Any]], whom: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """A cluster role, and who has it."""
    version, metadata = f"{_RBAC}/v1", {"name": name}
    role = {"apiVersion": version, "kind": "ClusterRole", "metadata": metadata, "rules": rules}
    binding = {
        "apiVersion": version,
        "kind": "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": _RBAC, **whom}],
    }
    return [(f"/apis/{version}/clusterroles", role), (f"/apis/{version}/clusterrolebindings", binding)]


def _baseline() -> dict[str, Any]:
    """What newer releases forbid by a label of the namespace, this one forbids by a policy that pods may use."""
    anything = {"rule": "RunAsAny"}
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {
            "name": _BASELINE,
            "annotations": {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"},
        },
        "spec": {
            "privileged": False,
            "hostNetwork": False,
            "hostPID": False,
            "hostIPC": False,
            "volumes": ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"],
            "fsGroup": anything,
            "runAsUser": anything,
            "seLinux": anything,
            "supplementalGroups": anything,
        },
    }
