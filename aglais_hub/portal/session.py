"""Logging in to the web pages: OAuth with the hub, and a signed cookie that holds the token.

Nothing is kept in memory, so any copy of the services can answer any request. The cookie counts as long as the hub's
own session does: whoever logs out of the hub, or logs in as somebody else, is out here too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
from itsdangerous import BadSignature, URLSafeTimedSerializer

from aglais_hub.errors import ForbiddenError, ServiceDownError, UnauthenticatedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request
    from fastapi.responses import Response

__all__ = ["PREFIX", "PortalSession", "is_safe"]

PREFIX = "/services/aglais/"

SESSION = "aglais-session"
STATE = "aglais-oauth-"
HUB_SESSION = "jupyterhub-session-id"
"""JupyterHub's cookie for all of its services: it changes with every log-in."""

SESSION_SECONDS = 14 * 86400
STATE_SECONDS = 600
TIMEOUT_SECONDS = 10


def is_safe(method: str) -> bool:
    """Whether a request of this method changes nothing."""
    return method in ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class PortalSession:
    """The hub as an OAuth provider, and the cookies of the pages.

    ``api_url`` is the hub's API as the services reach it, ``token`` the services' own; ``hub`` is the hub's path for
    browsers (``/hub/``).
    """

    api_url: str
    token: str
    client_id: str
    hub: str
    is_secure: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], *, public_url: str) -> PortalSession:
        """As JupyterHub tells its services."""
        base_url = environment.get("JUPYTERHUB_BASE_URL", "/")
        return cls(
            api_url=environment.get("JUPYTERHUB_API_URL", "").rstrip("/"),
            # Without one there is no hub to log in with; and nobody may sign cookies with an empty key.
            token=environment.get("JUPYTERHUB_API_TOKEN") or secrets.token_urlsafe(),
            client_id=environment.get("JUPYTERHUB_CLIENT_ID", "service-aglais"),
            hub=f"{base_url.rstrip('/')}/hub/",
            is_secure=public_url.startswith("https:"),
        )

    # ---- who is here

    def token_from_cookie(self, request: Request) -> str | None:
        """The token of whoever is logged in here, or ``None``.

        Raises ``ForbiddenError`` for a request that changes something and does not come from one of our pages: it
        lacks the page's ``X-XSRFToken``.
        """
        token = self._read(request)
        if token is None or is_safe(request.method):
            return token
        given = request.headers.get("x-xsrftoken", "")
        if not hmac.compare_digest(given.encode(), self.xsrf(token).encode()):
            raise ForbiddenError("This page is out of date.", rule="xsrf", help="Load it again, then try again.")
        return token

    def xsrf(self, token: str) -> str:
        """What a page sends with every change; no other site can know it."""
        return hmac.new(self._key("xsrf"), token.encode(), hashlib.sha256).hexdigest()

    def _read(self, request: Request) -> str | None:
        cookie = request.cookies.get(SESSION)
        if not cookie:
            return None
        try:
            content: Any = self._signer("session").loads(cookie, max_age=SESSION_SECONDS)
        except BadSignature:
            return None
        if content.get("session") != _trace(request.cookies.get(HUB_SESSION, "")):
            return None
        token: str = content["token"]
        return token

    # ---- logging in

    def login_url(self, request: Request, response: Response, *, following: str) -> str:
        """Where the browser goes to log in; ``response`` gets the cookie with which it comes back to ``following``."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        content = {"state": state, "verifier": verifier, "next": following}
        self._set(response, STATE + state[:8], self._signer("state").dumps(content), STATE_SECONDS)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.client_id,
            "redirect_uri": self._callback,
            "response_type": "code",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.hub}api/oauth2/authorize?{urlencode(query)}"

    def finish_login(self, request: Request, *, code: str, state: str) -> tuple[str, str]:
        """The token that the hub gives for ``code``, and the page to go to.

        Raises ``UnauthenticatedError`` where this browser did not begin to log in, ``ServiceDownError`` for a hub
        that does not answer.
        """
        content = self._state(request, state)
        answer = self._exchange(code, content["verifier"])
        if answer.status_code >= 500:
            raise _hub_is_down()
        token = answer.json().get("access_token") if answer.is_success else None
        if not token:
            raise _not_begun()
        return token, content["next"]

    def admit(self, request: Request, response: Response, *, token: str, state: str) -> None:
        """Set the cookie of somebody who is logged in, and drop the one that led here."""
        content = {"token": token, "session": _trace(request.cookies.get(HUB_SESSION, ""))}
        self._set(response, SESSION, self._signer("session").dumps(content), SESSION_SECONDS)
        response.delete_cookie(STATE + state[:8], path=PREFIX)

    def _state(self, request: Request, state: str) -> dict[str, str]:
        try:
            content: dict[str, str] = self._signer("state").loads(
                request.cookies.get(STATE + state[:8], ""), max_age=STATE_SECONDS
            )
        except BadSignature:
            raise _not_begun() from None
        if not hmac.compare_digest(content["state"].encode(), state.encode()):
            raise _not_begun()
        return content

    def _exchange(self, code: str, verifier: str) -> httpx.Response:
        form = {
            "client_id": self.client_id,
            "client_secret": self.token,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": verifier,
        }
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
                return client.post(f"{self.api_url}/oauth2/token", data=form)
        except httpx.TransportError as error:
            raise _hub_is_down() from error

    # ---- cookies

    @property
    def _callback(self) -> str:
        return f"{PREFIX}oauth_callback"

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path=PREFIX, httponly=True, samesite="lax", secure=self.is_secure
        )

    def _key(self, purpose: str) -> bytes:
        # All copies of the services have this token, and nobody else does.
        return hmac.new(self.token.encode(), f"aglais portal {purpose}".encode(), hashlib.sha256).digest()

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key(purpose), salt=purpose)


def _trace(session_id: str) -> str:
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _not_begun() -> UnauthenticatedError:
    return UnauthenticatedError("Logging in did not work.", help="Open the page again.")


def _hub_is_down() -> ServiceDownError:
    return ServiceDownError("The hub does not answer.", help="Try again in a moment.")
