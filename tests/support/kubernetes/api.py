"""The API server as the nodes speak to it: JSON in, JSON out."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["Api"]


class Api:
    """An API server at ``url``. Every method raises ``httpx.HTTPError`` where it refuses or doesn't answer."""

    def __init__(self, url: str, token: str, ca: Path) -> None:
        self.url = url
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=str(ca)),
            trust_env=False,
            timeout=30,
            limits=httpx.Limits(max_connections=None),
        )

    async def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        return await self._send("GET", path, params=parameters)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._send("POST", path, json=body)

    async def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A merge patch: what ``body`` names is replaced."""
        headers = {"Content-Type": "application/merge-patch+json"}
        return await self._send("PATCH", path, content=json.dumps(body), headers=headers)

    async def delete(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._send("DELETE", path, json=body)

    async def follow(self, path: str, **parameters: Any) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Everything that is there, as ADDED, and then what happens to it, for ever. What was missed while the
        server was away is seen after it is back, except for what is gone by then: that is DELETED."""
        known: dict[str, dict[str, Any]] = {}
        while True:
            listed = await self.get(path, **parameters)
            now = {one["metadata"]["uid"]: one for one in listed.get("items", ())}
            for uid in set(known) - set(now):
                yield "DELETED", known.pop(uid)
            for uid, one in now.items():
                known[uid] = one
                yield "ADDED", one
            version = listed["metadata"]["resourceVersion"]
            async for kind, one in self._watch(path, version, parameters):
                if kind == "DELETED":
                    known.pop(one["metadata"]["uid"], None)
                else:
                    known[one["metadata"]["uid"]] = one
                yield kind, one

    async def _watch(
        self, path: str, version: str, parameters: dict[str, Any]
    ) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Until the server ends it, or has forgotten what came after ``version``."""
        query = {**parameters, "watch": "1", "resourceVersion": version, "timeoutSeconds": "300"}
        async with self._client.stream("GET", path, params=query, timeout=httpx.Timeout(30, read=None)) as answer:
            async for line in answer.aiter_lines():
                try:
                    event = json.loads(line)
                except ValueError:
                    return  # the server was ended in the middle of it
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]

    async def _send(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = await self._client.request(method, path, **options)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body
