"""Pods that do something where homes are mounted, for the services, and then end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.errors import ServiceDownError
from aglais_hub.homes.moving import FULL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_hub.clock import Clock
    from aglais_hub.clusters.kubernetes import Kubernetes

__all__ = ["ERRAND", "Errands", "exit_code"]

log = logging.getLogger(__name__)

ERRAND = "aglais.hub/errand"
"""The label of such a pod, and of what is lent to it, with its name."""

TEMPLATE = "errand"
"""The name of the pod template, of the platform's own, that they are made from."""

MOST_SECONDS = 6 * 3600
"""After which the cluster ends one, whatever it is at."""

AGAIN = timedelta(minutes=1)
"""How long one that has failed is left for people to look at, before it is tried anew."""

LEFT = timedelta(seconds=MOST_SECONDS) + timedelta(hours=1)
"""What is older is nobody's any more."""

Object = dict[str, Any]


class Errands:
    """Those of one platform, in its own ``namespace``. Every method raises ``ServiceDownError``."""

    def __init__(self, api: Kubernetes, namespace: str, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self.namespace = namespace
        self._pods = f"namespaces/{namespace}/pods"

    def get(self, name: str) -> Object | None:
        """The pod of an errand; none while it has not begun."""
        return self._api.read(f"{self._pods}/{name}")

    def begin(
        self,
        name: str,
        command: Sequence[str],
        claims: Mapping[str, str],
        *,
        node: str = "",
        environment: Mapping[str, str] | None = None,
        reads: bool = False,
    ) -> None:
        """Run ``command`` with volume claims mounted, by path; for ``reads`` alone, so that it can change nothing.

        It runs on ``node``, where it has to be with a pod that uses one of them already. Begun twice, it runs once.
        """
        template = self._api.read(f"namespaces/{self.namespace}/podtemplates/{TEMPLATE}")
        if template is None:
            raise ServiceDownError(
                f"The namespace {self.namespace} has no pod template '{TEMPLATE}'.",
                help="Whoever runs the platform applies deploy/base again.",
            )
        spec: Object = template["template"]["spec"]
        container = spec["containers"][0]
        container["command"] = list(command)
        container["env"] = [{"name": key, "value": value} for key, value in (environment or {}).items()]
        container["volumeMounts"] = [
            *container.get("volumeMounts", ()),
            *({"name": f"claim-{n}", "mountPath": path, "readOnly": reads} for n, path in enumerate(claims)),
        ]
        spec["volumes"] = [
            *spec.get("volumes", ()),
            *(
                {"name": f"claim-{n}", "persistentVolumeClaim": {"claimName": claim}}
                for n, claim in enumerate(claims.values())
            ),
        ]
        own = {"restartPolicy": "Never", "activeDeadlineSeconds": MOST_SECONDS, "automountServiceAccountToken": False}
        metadata = template["template"].get("metadata") or {}
        labels = {**(metadata.get("labels") or {}), ERRAND: name}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": self.namespace, "labels": labels},
            "spec": {**spec, **own, **({"nodeName": node} if node else {})},
        }
        self._api.make(self._pods, pod)

    def end(self, name: str) -> None:
        """Remove the pod of an errand, where there is one, and give back what was lent to it."""
        pod = self.get(name)
        if pod is not None:
            self._api.remove(f"{self._pods}/{name}", pod["metadata"]["uid"])
        for claim in self._api.claims(f"{ERRAND}={name}", self.namespace):
            self._api.remove(
                f"namespaces/{self.namespace}/persistentvolumeclaims/{claim['metadata']['name']}",
                claim["metadata"]["uid"],
            )

    def is_done(self, name: str) -> bool:
        """Whether an errand has succeeded; one that has failed is cleared away after a while, to be begun anew."""
        pod = self.get(name)
        phase = pod["status"].get("phase") if pod else ""
        if pod is not None and phase == "Failed" and self._age(pod) > AGAIN:
            # Whoever waits for room hears of it from whoever has asked.
            level = logging.INFO if exit_code(pod) == FULL else logging.WARNING
            log.log(level, "The errand %s has failed, and is begun anew: %s", name, _why(pod))
            self.end(name)
        return phase == "Succeeded"

    def tidy(self) -> None:
        """Remove what an errand has left whose process was killed."""
        for claim in self._api.claims(ERRAND, self.namespace):
            if self._age(claim) > LEFT:
                self.end(claim["metadata"]["labels"][ERRAND])

    def _age(self, thing: Object) -> timedelta:
        return self._clock.now() - datetime.fromisoformat(thing["metadata"]["creationTimestamp"])


def exit_code(pod: Object | None) -> int | None:
    """With which code the pod of an errand has ended, where it has."""
    for state in _ended(pod) if pod else ():
        return state.get("exitCode")
    return None


def _ended(pod: Object) -> list[Object]:
    return [one.get("state", {}).get("terminated") or {} for one in pod["status"].get("containerStatuses", ())]


def _why(pod: Object) -> str:
    """What its status says."""
    status = pod["status"]
    return status.get("message") or "; ".join(f"exit code {one.get('exitCode')}" for one in _ended(pod)) or "no reason"
