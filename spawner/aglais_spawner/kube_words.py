"""What the cluster says of a server's pod, in words: where its start is, or why it has ended. Pure.

A pod is as the API server writes it, in JSON. What Kubernetes says itself is for the log, not for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["INTERRUPTED", "NO_ANSWER", "REMOVED", "SILENT", "Stage", "Trouble", "ended", "refused", "stage_of"]


@dataclass(frozen=True)
class Trouble:
    """Why a server does not start, or has ended without being asked to. ``reason`` is a word for logs.

    Where it ``is_own``, it was what ran in the lab, and no time is given back.
    """

    reason: str
    message: str
    is_own: bool = False

    @property
    def is_the_machine(self) -> bool:
        """Whether nobody is left there who would tell of an end."""
        return self.reason == "node_lost"


@dataclass(frozen=True)
class Stage:
    """Where a start is. ``progress`` is out of 100.

    ``trouble`` is what it was if the start ends here; where it ``is_final``, waiting is of no use. ``may_last`` where
    it waits for others.
    """

    message: str
    progress: int
    trouble: Trouble
    is_final: bool = False
    may_last: bool = False


NO_ANSWER = Trouble("no_answer", "The cluster does not answer.")
SILENT = Stage("The cluster does not answer; it is asked again and again.", 10, NO_ANSWER, may_last=True)
INTERRUPTED = Trouble("interrupted", "The platform was started again while your lab was starting.")
REMOVED = Trouble("removed", "The cluster has ended your lab, as when a machine is emptied to be looked after.")

_ASKED = Stage(
    "Asking the cluster for your lab.", 10, Trouble("not_made", "The cluster did not make your lab in time.")
)
_NO_NODE = Stage(
    "Waiting for a machine with room for your lab: usually a minute.",
    20,
    Trouble("no_node", "No machine of the cluster had room for your lab, though its booking counts on one."),
    may_last=True,
)
_NO_DISK = Stage(
    "Waiting for your disk: usually a few seconds.",
    20,
    Trouble("no_disk", "Your disk could not be made ready."),
    may_last=True,
)
_PREPARING = Stage(
    "A machine has been found, and makes your lab ready: usually a few seconds, the first time some minutes.",
    40,
    Trouble("not_ready", "The machine could not make your lab ready in time."),
    may_last=True,
)
_NO_IMAGE = Stage(
    "The software of this package can't be fetched. The machine goes on trying.",
    40,
    Trouble("no_image", "The software of this package can't be fetched."),
    may_last=True,
)
_RUNNING = Stage(
    "Your lab runs, and is about to answer.", 80, Trouble("no_lab", "Your lab started, but did not answer in time.")
)
_MISMADE = Trouble("mismade", "The machine can't run your lab as it is set up.")
_NOT_RUN = Stage(f"{_MISMADE.message} It goes on trying.", 40, _MISMADE, may_last=True)

_MEMORY = Trouble(
    "memory", "Your lab needed more memory than its booking has, and was ended. Book more of it.", is_own=True
)
_FULL = Trouble(
    "full",
    "Your lab has put more on its temporary disk than its booking has, and was ended. Put less there, or book more.",
    is_own=True,
)

_IMAGE_REASONS = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError"}
# The node tries again by itself: a config map may come a moment after the pod that reads it.
_TRIED_AGAIN = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
_FINAL_REASONS = {"InvalidImageName": _NO_IMAGE.trouble, "CrashLoopBackOff": _MISMADE}


def stage_of(pod: Mapping[str, Any] | None) -> Stage:
    """Where the start of ``pod`` is; ``None`` where the API server doesn't know it yet."""
    if pod is None:
        return _ASKED
    waiting = _waiting(pod)
    if trouble := ended(pod) or _FINAL_REASONS.get(waiting):
        return Stage(trouble.message, 90, trouble, is_final=True)
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return _NO_DISK if "persistentvolumeclaim" in scheduled.get("message", "").lower() else _NO_NODE
    if waiting in _IMAGE_REASONS:
        return _NO_IMAGE
    if waiting in _TRIED_AGAIN:
        return _NOT_RUN
    return _RUNNING if pod["status"].get("phase") == "Running" else _PREPARING if scheduled else _ASKED


def ended(pod: Mapping[str, Any]) -> Trouble | None:
    """Why a pod that was started has come to its end, or is about to; ``None`` where it goes on, or ended by itself."""
    status = pod["status"]
    reason = status.get("reason", "")
    if reason == "Evicted":
        return _evicted(status.get("message", "").lower())
    if reason in ("NodeLost", "NodeShutdown", "Terminated") or _is_out_of_touch(status):
        return Trouble("node_lost", "The machine that your lab ran on is lost.")
    if any(
        _state(one).get("terminated", {}).get("reason") == "OOMKilled" for one in status.get("containerStatuses") or ()
    ):
        return _MEMORY
    if "deletionTimestamp" in pod["metadata"]:
        return REMOVED
    if status.get("phase") == "Failed":
        return _MISMADE if not status.get("containerStatuses") else None
    return None


def _evicted(message: str) -> Trouble:
    """Why a pod was evicted: for what it has used itself, beyond its own limits, or since its node was short."""
    if "low on resource" not in message and "exceed" in message and "limit" in message:
        return _FULL
    what = next((word for word in ("memory", "disk", "storage") if word in message), "")
    return Trouble(
        "evicted", f"The machine that your lab ran on was short of {_SHORT.get(what, 'room')}, and ended it."
    )


_SHORT = {"memory": "memory", "disk": "disk", "storage": "disk"}


def refused(status: int, message: str) -> Trouble:
    """Why the API server did not make what was asked of it."""
    if status == 403 and "quota" in message:
        return Trouble(
            "quota", "The cluster has less for your account than its booking says: a quota of its own is used up."
        )
    if status >= 500 and "tolerations" not in message:
        return NO_ANSWER
    return Trouble("refused", "The cluster refuses your lab as it is set up.")


def _waiting(pod: Mapping[str, Any]) -> str:
    """Why the container waits, in Kubernetes' word; empty where it doesn't."""
    for one in pod["status"].get("containerStatuses") or ():
        reason: str = _state(one).get("waiting", {}).get("reason", "")
        if reason:
            return reason
    return ""


def _state(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """The container's state; what is not so may be there as nothing."""
    return {name: value for name, value in (container.get("state") or {}).items() if value}


def _condition(pod: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = pod["status"].get("conditions") or ()
    return next((one for one in found if one["type"] == kind), {})


def _is_out_of_touch(status: Mapping[str, Any]) -> bool:
    """Whether the pod's node has gone silent: then the cluster calls its pods not ready, whatever containers were.

    A lab has no probe, so nothing else makes it so.
    """
    containers = status.get("containerStatuses") or ()
    ready = next((one["status"] for one in status.get("conditions") or () if one["type"] == "Ready"), "True")
    return bool(containers) and ready == "False" and all(one.get("ready") for one in containers)
