"""What the lab may ask of the services, and how it is passed on with the server's own token."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from aglais_hub.errors import ForbiddenError, ServiceDownError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["CHANGES", "Upstream"]

CHANGES = "available/changes"
"""The one address whose answer does not end: a stream of server-sent events."""

TIMEOUT_SECONDS = 20.0
# How long a stream may say nothing, not even that it is there, before it counts as lost.
SILENCE_SECONDS = 90.0
# Of the request's headers, those that mean something to the services.
PASSED_ON = ("Content-Type", "Idempotency-Key")

# The services check the token's scopes; this only keeps the lab's pages to what they are for.
ALLOWED = {
    "GET": re.compile(
        r"health|(packages|resources|bookings|decisions)/[^/]+|available/select|"
        r"bookings/[^/]+/(extension|changes)|accounts/{self}|groups/select"
    ),
    "POST": re.compile(r"bookings/[^/]+|offers/create"),
    "DELETE": re.compile(r"bookings/[^/]+"),
}


class Upstream:
    """Passes requests on to the services at ``url`` as ``account``, whose server's token this is."""

    def __init__(self, url: str, token: str, account: str) -> None:
        self._account = account
        # A proxy of the machine's is for the outside; the services are next door.
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/",
            headers={"Authorization": f"token {token}", "Accept": "application/json"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    async def send(self, method: str, path: str, query: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Pass one request on.

        Raises ``ForbiddenError`` for what a lab has no business with, ``ServiceDownError`` where nobody answers.
        """
        target = self._target(method, path)
        try:
            response = await self._http.request(
                method,
                f"{target}?{query}" if query else target,
                content=body or None,
                headers={name: headers[name] for name in PASSED_ON if name in headers},
            )
        except httpx.TransportError as error:
            raise _down() from error
        return response

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[httpx.Response]:
        """The stream of changes: read its bytes as they come. Raises ``ServiceDownError`` where nobody answers."""
        timeout = httpx.Timeout(TIMEOUT_SECONDS, read=SILENCE_SECONDS)
        request = self._http.build_request("GET", CHANGES, headers={"Accept": "text/event-stream"}, timeout=timeout)
        try:
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise _down() from error
        try:
            yield response
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _target(self, method: str, path: str) -> str:
        parts = path.split("/")
        own = "accounts/{self}" if parts == ["accounts", self._account] else path
        allowed = ALLOWED.get(method)
        if allowed is None or not allowed.fullmatch(own) or any(part in {"", ".", ".."} for part in parts):
            raise ForbiddenError("The lab does not pass this on.", help="Use the web page or the API for it.")
        return "/".join(quote(part, safe="") for part in parts)


def _down() -> ServiceDownError:
    return ServiceDownError(
        "The booking service does not answer.",
        help="Your server keeps running until its booking ends. Try again in a moment.",
    )
