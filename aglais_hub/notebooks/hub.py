"""The hub as a run of a notebook needs it: the account's server, and what is behind the proxy."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, RefusedError, ServiceDownError
from aglais_hub.notebooks.outcome import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["POLL_SECONDS", "Hub"]

POLL_SECONDS = 0.5
ANSWER_SECONDS = 30.0
START_SECONDS = 300.0
STOP_SECONDS = 60.0


class Hub:
    """JupyterHub's REST API, and the servers behind its proxy."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"token {token}"},
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, path: str, *, body: Any = None, quietly: bool = False) -> dict[str, Any]:
        """One request; raises what the answer's code says, or, ``quietly``, nothing."""
        try:
            response = self._http.request(method, path, json=body)
            if not response.is_success:
                raise _error(response)
            found = response.json() if response.content else {}
            return found if isinstance(found, dict) else {}
        except (httpx.TransportError, ValueError) as error:
            if quietly:
                return {}
            raise ServiceDownError(
                "The hub or the session stopped answering.", help="Try again in a moment."
            ) from error
        except (ConflictError, ForbiddenError, InvalidValueError, ServiceDownError):
            if quietly:
                return {}
            raise

    def own_account(self) -> str:
        """The account that the token belongs to."""
        found = self.ask("GET", "/hub/api/user")
        if found.get("kind") != "user":
            raise InvalidValueError("This token belongs to no account: name one to run as.", field="account")
        return str(found["name"])

    def server(self, name: str) -> str | None:
        """The address of the account's server if it is ready."""
        server = self.ask("GET", f"/hub/api/users/{quote(name, safe='')}").get("servers", {}).get("", {})
        # The hub says the path with its own base in it, so it starts at the root of the host.
        return str(self._http.base_url.join(server["url"])) if server.get("ready") else None

    def start(self, name: str, package: str | None, tell: Callable[[Progress], None]) -> str:
        """Start the account's server and wait until it is ready; its address."""
        tell(Progress(stage="starting", message="starting the session", percent=0))
        self.ask("POST", f"/hub/api/users/{quote(name, safe='')}/server", body={"package": package})
        address = f"/hub/api/users/{quote(name, safe='')}/server/progress"
        try:
            with self._http.stream("GET", address, timeout=START_SECONDS) as response:
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        event = json.loads(line.removeprefix("data:"))
                        if event.get("failed"):
                            raise ServiceDownError(f"The session did not start: {event.get('message', '')}")
                        message = str(event.get("message", "starting the session"))
                        tell(Progress(stage="starting", message=message, percent=event.get("progress")))
        except httpx.TransportError as error:
            raise ServiceDownError("The hub stopped answering while the session started.") from error
        server = self.server(name)
        if server is None:
            raise ServiceDownError("The session did not start.")
        return server

    def stop(self, name: str) -> None:
        """Stop the account's server, and wait until it is gone."""
        self.ask("DELETE", f"/hub/api/users/{quote(name, safe='')}/server", quietly=True)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            found = self.ask("GET", f"/hub/api/users/{quote(name, safe='')}", quietly=True)
            if not found.get("servers"):
                return
            time.sleep(POLL_SECONDS)


def _error(response: httpx.Response) -> Exception:
    """The error that an answer of the hub, its spawner or the lab means."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else body.get("message")
    message = message or f"{response.request.url.path} answered {response.status_code}."
    if response.status_code in {401, 403}:
        return ForbiddenError(message, help="The token must be of the account, and may start and reach its server.")
    if response.status_code == 409 and isinstance(error, dict) and error.get("code") == "refused":
        return RefusedError(message, rule=str(error.get("rule") or "capacity"), help=error.get("help"))
    if response.status_code >= 500:
        return ServiceDownError(message, help="Try again in a moment.")
    return ConflictError(message) if response.status_code == 409 else InvalidValueError(message)
