"""A volume claim lent to another namespace: one more claim there, on the same volume.

A pod mounts claims of its own namespace only. So the volume is named a second time, by a volume object that is bound to
the claim in the other namespace, and that leaves what is on the volume as it is when it goes. Several pods use it at
once where the volume can be mounted by several.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aglais_hub.clusters.kubernetes import Kubernetes

__all__ = ["LENT", "lend", "take_back", "tidy"]

LENT = "aglais.hub/lent"
"""The label of claims and volume objects that are another's volume once more."""

LOAN = "aglais.hub/loan"
"""The label of a lent volume, and what its claim selects: a value that is drawn by chance."""

YOUNG = timedelta(minutes=10)
"""What is younger may be on its way to a claim."""

Object = dict[str, Any]


def lend(
    api: Kubernetes, claim: Object, namespace: str, name: str, labels: Mapping[str, str] | None = None
) -> str | None:
    """Let ``namespace`` have the volume of ``claim`` as a claim ``name``; says the name of that, once it can be used.

    Asked again, it goes on. Nothing is said while the claim has no volume itself, or its loan is not bound yet.
    """
    path = f"namespaces/{namespace}/persistentvolumeclaims"
    there = api.read(f"{path}/{name}")
    if there is not None and ("deletionTimestamp" in there["metadata"] or there["status"].get("phase") == "Bound"):
        return None if "deletionTimestamp" in there["metadata"] else name
    lender = claim["spec"].get("volumeName")
    volume = api.read(f"persistentvolumes/{lender}") if lender else None
    if volume is None or claim["status"].get("phase") != "Bound":
        return None
    if there is None:
        api.make(path, lent_claim(volume, {LENT: "yes", **(labels or {})}, name))
        there = api.read(f"{path}/{name}")
    if there is not None:
        api.make("persistentvolumes", lent_volume(volume, there))
    return None


def lent_claim(volume: Object, labels: Mapping[str, str], name: str) -> Object:
    """The claim of a loan. It asks for next to nothing, since its lender has asked for the volume.

    What it selects is on no volume but that which is made for it, so that it never gets another.
    """
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": dict(labels)},
        "spec": {
            "accessModes": volume["spec"]["accessModes"],
            "volumeMode": volume["spec"].get("volumeMode", "Filesystem"),
            "storageClassName": "",
            "selector": {"matchLabels": {LOAN: uuid4().hex}},
            "resources": {"requests": {"storage": "1Mi"}},
        },
    }


def lent_volume(volume: Object, claim: Object) -> Object:
    """The same volume under a name of its own, for one claim; what is on it stays, whatever becomes of this one."""
    own = ("claimRef", "persistentVolumeReclaimPolicy", "storageClassName")
    spec = {name: value for name, value in volume["spec"].items() if name not in own}
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": f"lent-{metadata['uid']}",
            "labels": {**metadata["labels"], **claim["spec"]["selector"]["matchLabels"]},
        },
        "spec": {
            **spec,
            "storageClassName": "",
            "persistentVolumeReclaimPolicy": "Retain",
            # With its uid: then the cluster binds both as soon as it sees them.
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                **{part: metadata[part] for part in ("namespace", "name", "uid")},
            },
        },
    }


def take_back(api: Kubernetes, claim: Object) -> None:
    """End a loan: the claim goes once no pod uses it any more, and its volume object with the next ``tidy``."""
    metadata = claim["metadata"]
    api.remove(f"namespaces/{metadata['namespace']}/persistentvolumeclaims/{metadata['name']}", metadata["uid"])


def tidy(api: Kubernetes, now: datetime) -> None:
    """Remove the volume objects of loans that are over, or that a process was killed over."""
    for one in api.lent_volumes(LENT):
        metadata, phase = one["metadata"], one["status"].get("phase")
        is_old = now - datetime.fromisoformat(metadata["creationTimestamp"]) > YOUNG
        if phase in ("Released", "Failed") or (phase in ("Pending", "Available") and is_old):
            api.remove(f"persistentvolumes/{metadata['name']}", metadata["uid"])
