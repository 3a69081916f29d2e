"""Whether anybody listens where a server is to be."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

__all__ = ["wait_until_listens"]

_ASK_SECONDS = 1.0
_AGAIN_SECONDS = 0.05


async def wait_until_listens(where: str | tuple[str, int] | None, until: float) -> None:
    """Wait until somebody listens there, or until that time of the loop. Never raises.

    ``where`` is what a spawner's start gives. JupyterHub asks by itself whether the server answers, but more and more
    seldom. This asks often, so that JupyterHub's first question finds an answer.
    """
    if where is None:
        return
    host, port = _address(where) if isinstance(where, str) else where
    while asyncio.get_running_loop().time() < until:
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            writer.close()
            return


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
