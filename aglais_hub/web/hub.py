"""The only code of the services that calls JupyterHub's REST API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx

from aglais_hub.errors import ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Hub", "Server"]

TIMEOUT_SECONDS = 10
START_SECONDS = 30
"""The hub answers a start when the server is ready, or after ten seconds."""

STOP_SECONDS = 15
"""It answers a stop when the server is gone, or after ten seconds: what is open in its pages is saved first."""

PAGE = 200


class Server(NamedTuple):
    """A server: ``ready``, ``starting`` or ``stopping``; and when the hub has last seen its account."""

    state: str
    seen: datetime | None


class Hub:
    """JupyterHub, as the services see it. Every method raises ``ServiceDownError`` when the hub does not answer."""

    def __init__(self, api_url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._token = token
        self._http = httpx.Client(
            base_url=api_url.rstrip("/") + "/", timeout=TIMEOUT_SECONDS, transport=transport, trust_env=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def whoami(self, token: str) -> Mapping[str, Any] | None:
        """The hub's model of the user or service that ``token`` belongs to; ``None`` for a token it doesn't know."""
        answer = self._send("GET", "user", token=token)
        return None if answer.status_code in (401, 403) else self._json(answer)

    def servers(self) -> dict[str, str]:
        """Accounts with a server, and its state: ``ready``, ``starting`` or ``stopping``."""
        return {account: server.state for account, server in self.active().items()}

    def active(self) -> dict[str, Server]:
        """Accounts with a server, and what the hub knows of it."""
        found: dict[str, Server] = {}
        offset = 0
        while True:
            page = self._json(self._send("GET", "users", params={"state": "active", "offset": offset, "limit": PAGE}))
            for user in page:
                for server in (user.get("servers") or {}).values():
                    found[user["name"]] = Server(_state(server), _instant(user.get("last_activity")))
            if len(page) < PAGE:
                return found
            offset += PAGE

    def start_server(self, account: str, options: Mapping[str, str]) -> str:
        """Ask the hub to start the account's server, which may take a while; says in words why it does not.

        Where one is on its way or there already, the hub starts no other.
        """
        path = f"users/{quote(account, safe='')}/server"
        answer = self._send("POST", path, json=dict(options), timeout=START_SECONDS)
        if answer.status_code in (201, 202, 400):
            return ""
        if answer.status_code == 404:
            return "its holder has never logged in"
        if answer.status_code in (401, 403):
            self._json(answer)
        return _message(answer)

    def stop_server(self, account: str) -> None:
        """Ask the hub to stop the account's server; it may take a while, and there may be none."""
        answer = self._send("DELETE", f"users/{quote(account, safe='')}/server", timeout=STOP_SECONDS)
        # 400: the server is just starting or stopping; the caller looks again later.
        if answer.status_code not in (202, 204, 400, 404):
            self._json(answer)

    def end_sessions(self, account: str) -> None:
        """Log an account out in every browser; tokens for programs are not the hub's affair."""
        answer = self._send("DELETE", f"users/{quote(account, safe='')}/sessions")
        if answer.status_code not in (204, 404):
            self._json(answer)

    def delete_user(self, account: str) -> None:
        """Have the hub forget an account that has no server, and its spawner remove what is kept for it.

        There may be none.
        """
        answer = self._send("DELETE", f"users/{quote(account, safe='')}")
        if answer.status_code not in (204, 404):
            self._json(answer)

    def _send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        try:
            return self._http.request(
                method, path, headers={"Authorization": f"token {token or self._token}"}, **options
            )
        except httpx.TransportError as error:
            raise ServiceDownError("The hub does not answer.", help="Try again in a moment.") from error

    @staticmethod
    def _json(answer: httpx.Response) -> Any:
        if answer.is_success:
            return answer.json()
        raise ServiceDownError(f"The hub answered {answer.status_code}.", help="Try again in a moment.")


def _message(answer: httpx.Response) -> str:
    try:
        message = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        message = ""
    return message or f"the hub answered {answer.status_code}"


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _state(server: Mapping[str, Any]) -> str:
    if server.get("ready"):
        return "ready"
    return "stopping" if server.get("pending") == "stop" else "starting"
