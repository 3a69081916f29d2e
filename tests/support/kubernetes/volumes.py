"""A folder as the volume of each claim: ``python -m tests.support.kubernetes.volumes CONFIG``, a JSON file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.kubernetes.api import Api

__all__ = ["STORAGE_CLASS"]

STORAGE_CLASS = "folders"
_AGAIN_SECONDS = 0.5


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
        "metadata": {"name": f"folder-{metadata['uid']}"},
        "spec": {
            "capacity": claim["spec"]["resources"]["requests"],
            "accessModes": claim["spec"]["accessModes"],
            "storageClassName": STORAGE_CLASS,
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"kind": "PersistentVolumeClaim", **{k: metadata[k] for k in ("namespace", "name", "uid")}},
            "hostPath": {"path": str(folder / metadata["uid"])},
        },
    }


if __name__ == "__main__":
    config = json.loads(Path(sys.argv[1]).read_text())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            provide_volumes(Api(config["url"], config["token"], Path(config["ca"])), Path(config["folder"]) / "volumes")
        )
