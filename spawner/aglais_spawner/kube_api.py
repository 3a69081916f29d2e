"""The objects of a namespace, on a real cluster: made, given an owner, removed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from kubernetes_asyncio.client.rest import ApiException
from kubespawner.clients import shared_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aglais_spawner.kube_objects import Identity

__all__ = ["MADE_BY_SPARK", "SESSION_KINDS", "Namespace"]

SESSION_KINDS = ("ResourceQuota", "LimitRange", "NetworkPolicy", "Role", "RoleBinding", "ServiceAccount")
"""The kinds of objects that the spawner makes for a session."""

MADE_BY_SPARK = ("Pod", "ConfigMap")
"""The kinds that a session may make itself."""

_GRACE_SECONDS = 1
_EXISTS = 409

_APIS = {
    "ConfigMap": ("CoreV1Api", "config_map"),
    "LimitRange": ("CoreV1Api", "limit_range"),
    "NetworkPolicy": ("NetworkingV1Api", "network_policy"),
    "Pod": ("CoreV1Api", "pod"),
    "ResourceQuota": ("CoreV1Api", "resource_quota"),
    "Role": ("RbacAuthorizationV1Api", "role"),
    "RoleBinding": ("RbacAuthorizationV1Api", "role_binding"),
    "ServiceAccount": ("CoreV1Api", "service_account"),
}


class Namespace:
    """One namespace. Every method raises ``ApiException``, or ``TimeoutError`` after ``seconds``."""

    def __init__(self, name: str, *, seconds: float) -> None:
        self._name = name
        self._seconds = seconds

    async def create(self, *manifests: Mapping[str, Any]) -> None:
        """Make all of them at once."""
        await asyncio.gather(*(self._call("create", one["kind"], one) for one in manifests))

    async def create_custom(self, group: str, make: Callable[[str], Mapping[str, Any]], plural: str) -> None:
        """Make an object of a group that is not Kubernetes' own, in the version that the cluster prefers.

        ``make`` is given the version. A cluster that does not know the group answers 404, as it would for an object.
        """
        known = (await asyncio.wait_for(_client("ApisApi").get_api_versions(), self._seconds)).groups
        version = next((one.preferred_version.version for one in known if one.name == group), None)
        if version is None:
            raise ApiException(status=404, reason=f"The cluster has no objects of {group}.")
        create = _client("CustomObjectsApi").create_namespaced_custom_object
        await asyncio.wait_for(create(group, version, self._name, plural, make(version)), self._seconds)

    async def make(self, namespace: Any) -> bool:
        """Make the namespace itself, a ``V1Namespace``; says whether it was not there yet."""
        try:
            await asyncio.wait_for(shared_client("CoreV1Api").create_namespace(namespace), self._seconds)
        except ApiException as error:
            if error.status != _EXISTS:
                raise
            return False
        return True

    async def annotate(self, annotations: Mapping[str, str | None]) -> None:
        """Put these annotations on the namespace itself; ``None`` takes one off."""
        patch = shared_client("CoreV1Api").patch_namespace
        await asyncio.wait_for(patch(self._name, {"metadata": {"annotations": dict(annotations)}}), self._seconds)

    async def give_owner(self, kind: str, identity: Identity) -> None:
        """Have the session's object of ``kind``, made before its pod, go when the pod goes."""
        api, noun = _APIS[kind]
        patch = getattr(_client(api), f"patch_namespaced_{noun}")
        body = {"metadata": {"ownerReferences": [dict(identity.owner or {})]}}
        await asyncio.wait_for(patch(identity.name, self._name, body), self._seconds)

    async def remove(self, *kinds: str, labels: str = "", fields: str = "") -> None:
        """Remove all objects of these kinds that the selectors find; pods at once, however long they asked for."""
        options = {"label_selector": labels, "field_selector": fields, "grace_period_seconds": _GRACE_SECONDS}
        await asyncio.gather(*(self._call("delete_collection", kind, **options) for kind in kinds))

    async def _call(self, verb: str, kind: str, *body: Any, **options: Any) -> None:
        api, noun = _APIS[kind]
        method = getattr(_client(api), f"{verb}_namespaced_{noun}")
        await asyncio.wait_for(method(self._name, *body, **options), self._seconds)


def _client(api: str) -> Any:
    """All of them over the same connections: those to a new server take longer than what is asked."""
    core = shared_client("CoreV1Api")
    return core if api == "CoreV1Api" else shared_client(api, core.api_client)
