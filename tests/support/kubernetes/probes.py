"""Whether a container is ready, as its manifest says how to ask."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.ports import TLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["readiness"]


async def readiness(container: dict[str, Any], address: str) -> AsyncIterator[bool]:
    """Whether it is ready, now and whenever that changes. One that is never asked is ready at once."""
    probe = container.get("readinessProbe")
    if probe is None:
        yield True
        return
    asked = probe["httpGet"]
    told = False
    yield told
    async with httpx.AsyncClient(trust_env=False, verify=TLS, timeout=5) as client:
        while True:
            try:
                answer = await client.get(f"http://{address}:{asked['port']}{asked['path']}")
                is_ready = 200 <= answer.status_code < 400
            except httpx.TransportError:
                is_ready = False
            if is_ready is not told:
                told = is_ready
                yield is_ready
            await asyncio.sleep(probe.get("periodSeconds", 10))
