"""A folder as the volume of each claim: ``python -m tests.support.kubernetes.volumes CONFIG``, a JSON file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.kubernetes.api import Api

__all__ = ["PROVISIONER", "STORAGE_CLASS"]

STORAGE_CLASS = "folders"
PROVISIONER = "aglais.hub/folders"
_AGAIN_SECONDS = 0.5


async def reclaim_volumes(api: Api) -> None:
    """What was on a volume goes with its claim, as with most storage of clusters."""
    while True:
        with contextlib.suppress(httpx.HTTPError):
            async for kind, volume in api.follow("/api/v1/persistentvolumes"):
                is_ours = volume["spec"].get("storageClassName") == STORAGE_CLASS
                if kind != "DELETED" and is_ours and volume["status"].get("phase") == "Released":
                    await asyncio.to_thread(shutil.rmtree, volume["spec"]["hostPath"]["path"], ignore_errors=True)
                    with contextlib.suppress(httpx.HTTPStatusError):
                        await api.delete(f"/api/v1/persistentvolumes/{volume['metadata']['name']}", {})
        await asyncio.sleep(_AGAIN_SECONDS)


async def provide_volumes(api: Api, folder: Path) -> None:
    """A folder as the volume of each claim that waits for one."""
    while True:
        with contextlib.suppress(httpx.HTTPError):
            async for kind, claim in api.follow("/api/v1/persistentvolumeclaims"):
                spec = claim["spec"]
                if kind != "DELETED" and spec.get("storageClassName") == STORAGE_CLASS and "volumeName" not in spec:
                    with contextlib.suppress(httpx.HTTPStatusError):
                        await api.post("/api/v1/persistentvolumes", _volume_for(claim, folder))
        await asyncio.sleep(_AGAIN_SECONDS)


def _volume_for(claim: dict[str, Any], folder: Path) -> dict[str, Any]:
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": f"folder-{metadata['uid']}",
            # So that the cluster leaves it to us to delete it.
            "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER},
        },
        "spec": {
            "capacity": claim["spec"]["resources"]["requests"],
            "accessModes": claim["spec"]["accessModes"],
            "storageClassName": STORAGE_CLASS,
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": {"kind": "PersistentVolumeClaim", **{k: metadata[k] for k in ("namespace", "name", "uid")}},
            "hostPath": {"path": str(folder / metadata["uid"])},
        },
    }


async def _run(api: Api, folder: Path) -> None:
    await asyncio.gather(provide_volumes(api, folder), reclaim_volumes(api))


if __name__ == "__main__":
    config = json.loads(Path(sys.argv[1]).read_text())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(Api(config["url"], config["token"], Path(config["ca"])), Path(config["folder"]) / "volumes"))
