"""Executors that Spark has asked for and that don't run yet: why, and their place where the cluster's queue tells it.

Spark itself knows only that they are missing. The session may read its own pods, and its own queue where it has one.
"""

from __future__ import annotations

import ssl
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aglais_lab.spark_settings import Executors

__all__ = ["Reason", "Waiting", "reason_of", "waiting_executors"]

Reason = Literal["queued", "full", "no_machine", "starting"]
"""Why: its turn has not come, its queue has used up what it may, no machine has room, or a machine makes it ready."""

_ORDER: tuple[Reason, ...] = ("queued", "full", "no_machine", "starting")

_QUEUE_NAME = "kueue.x-k8s.io/queue-name"
_VISIBILITY = "/apis/visibility.kueue.x-k8s.io"
_SESSION = "aglais.hub/session"
_CREDENTIALS = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_SECONDS = 5.0
_UNSEEN: Mapping[str, str] = {}


class Waiting(TypedDict):
    """So many executors that wait for one reason; ``place`` is how many are served until the first of them is."""

    count: int
    reason: Reason
    place: int | None


async def waiting_executors(executors: Executors, credentials: Path = _CREDENTIALS) -> list[Waiting]:
    """All of the session that wait, by reason. Never raises: who does not get an answer knows of none."""
    try:
        token = (credentials / "token").read_text()
        tls = ssl.create_default_context(cafile=credentials / "ca.crt")
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            base_url=executors.api, headers=headers, verify=tls, trust_env=False, timeout=_SECONDS
        ) as api:
            counts = Counter(found for pod in await _pods(api, executors) if (found := reason_of(pod)))
            place = await _place(api, executors) if counts["queued"] else None
    except (OSError, ValueError, LookupError, httpx.HTTPError):
        return []
    return [
        {"count": counts[reason], "reason": reason, "place": place if reason == "queued" else None}
        for reason in _ORDER
        if counts[reason]
    ]


def reason_of(pod: Mapping[str, Any]) -> Reason | None:
    """Why this pod does not run yet; ``None`` where it does, or has ended, or is about to."""
    status, spec = pod["status"], pod["spec"]
    if status.get("phase") != "Pending" or "deletionTimestamp" in pod["metadata"]:
        return None
    conditions: Sequence[Mapping[str, str]] = status.get("conditions") or ()
    scheduled = next((one for one in conditions if one["type"] == "PodScheduled"), _UNSEEN)
    if scheduled.get("status") == "True":
        return "starting"
    if spec.get("schedulingGates") or scheduled.get("reason") == "SchedulingGated":
        return "queued"
    if scheduled.get("reason") == "SchedulingSkipped":
        # YuniKorn's word where a queue's own limit is reached.
        return "full"
    if scheduled.get("status") == "False":
        return "no_machine"
    # Nobody has looked at it: whose turn comes at once is looked at at once.
    return "queued" if spec.get("schedulerName", "default-scheduler") != "default-scheduler" else "starting"


async def _pods(api: httpx.AsyncClient, executors: Executors) -> Sequence[Mapping[str, Any]]:
    path = f"/api/v1/namespaces/{executors.namespace}/pods"
    which = f"spark-role=executor,{_SESSION}={executors.labels[_SESSION]}"
    asked = {"labelSelector": which, "fieldSelector": "status.phase=Pending"}
    found: list[Mapping[str, Any]] = (await api.get(path, params=asked)).raise_for_status().json()["items"]
    return found


async def _place(api: httpx.AsyncClient, executors: Executors) -> int | None:
    """The place of the session's first in Kueue's queue, from one on. Others don't tell, nor Kueue without its API."""
    name = executors.labels.get(_QUEUE_NAME)
    if name is None:
        return None
    try:
        version = (await api.get(_VISIBILITY)).raise_for_status().json()["preferredVersion"]["version"]
        path = f"{_VISIBILITY}/{version}/namespaces/{executors.namespace}/localqueues/{name}/pendingworkloads"
        # The queue is the session's alone, and tells them in order.
        pending = (await api.get(path, params={"limit": 1})).raise_for_status().json()["items"]
        return 1 + int(pending[0]["positionInClusterQueue"])
    except (ValueError, LookupError, httpx.HTTPError):
        return None
