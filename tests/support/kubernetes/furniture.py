"""What an operator puts into a cluster: storage, what the hub may do, and who may run which pods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.kubernetes.volumes import PROVISIONER, STORAGE_CLASS

__all__ = ["PLATFORM", "RIGHTS", "cluster_roles", "furniture"]

RIGHTS = Path(__file__).parents[3] / "deploy" / "base" / "rights.yaml"
"""What an installation gives the hub and the services, and so these tests too."""

ERRAND = RIGHTS.parent / "errand.yaml"

PLATFORM = "platform"
"""The namespace that services of the tests have for themselves."""

_RBAC = "rbac.authorization.k8s.io"
_BASELINE = "baseline"


def cluster_roles() -> dict[str, dict[str, Any]]:
    """The cluster roles of ``RIGHTS``, by name."""
    found = yaml.safe_load_all(RIGHTS.read_text())
    return {one["metadata"]["name"]: one for one in found if one["kind"] == "ClusterRole"}


def furniture() -> list[tuple[str, dict[str, Any]]]:
    """Objects, and where they are posted to."""
    roles = cluster_roles()
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": PROVISIONER,
    }
    use = {
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "resourceNames": [_BASELINE],
        "verbs": ["use"],
    }
    return [
        ("/apis/storage.k8s.io/v1/storageclasses", storage),
        *_granted("test-hub", roles["aglais-hub"]["rules"], {"kind": "User", "name": "hub"}),
        *_granted("test-services", roles["aglais-services"]["rules"], {"kind": "User", "name": "services"}),
        ("/apis/policy/v1beta1/podsecuritypolicies", _baseline()),
        *_platform(),
        *_granted(_BASELINE, [use], {"kind": "Group", "name": "system:serviceaccounts"}),
    ]


def _platform() -> list[tuple[str, dict[str, Any]]]:
    """The services' own namespace, what they may do there, and what their errands are made from."""
    (role,) = [one for one in yaml.safe_load_all(RIGHTS.read_text()) if one["kind"] == "Role"]
    errand = yaml.safe_load(ERRAND.read_text())
    # Which an installation brings.
    del errand["template"]["spec"]["priorityClassName"]
    rbac = f"/apis/{_RBAC}/v1/namespaces/{PLATFORM}"
    binding = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": role["metadata"]["name"]},
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": role["metadata"]["name"]},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": "services"}],
    }
    for one in (role, errand):
        one["metadata"]["namespace"] = PLATFORM
    return [
        ("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PLATFORM}}),
        (f"{rbac}/roles", role),
        (f"{rbac}/rolebindings", binding),
        (f"/api/v1/namespaces/{PLATFORM}/podtemplates", errand),
    ]


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
