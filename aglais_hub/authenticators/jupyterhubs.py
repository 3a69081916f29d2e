"""The pages that are as JupyterHub makes them: tokens, its admin panel, and questions about applications and shares.

They have inline scripts of JupyterHub's. Those carry a nonce, which is new for each answer, so that nothing runs on
them but what stands in the templates.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from jinja2.ext import Extension
from jupyterhub.apihandlers.auth import OAuthAuthorizeHandler
from jupyterhub.handlers.pages import AcceptShareHandler, AdminHandler, TokenPageHandler
from jupyterhub.handlers.static import CacheControlStaticFilesHandler

from aglais_hub.portal.headers import JUPYTERHUBS_OWN

__all__ = ["PAGES", "Nonces", "StaticFiles"]

SCRIPT = re.compile(r"<script\b")


class Nonces(Extension):
    """Writes the page's nonce to every script of a template, when the template is read and before it is filled in."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's source, its scripts with a nonce; ours need none."""
        if filename is None or name is None or "nonce=" in source:
            return source
        return SCRIPT.sub('<script{% if ag_nonce %} nonce="{{ ag_nonce }}"{% endif %}', source)


class _JupyterHubsOwn:
    """Before a handler of JupyterHub's: the policy for its scripts."""

    _nonce = ""

    def set_default_headers(self) -> None:
        super().set_default_headers()  # type: ignore[misc]
        self._nonce = secrets.token_urlsafe(18)
        self.set_header("Content-Security-Policy", JUPYTERHUBS_OWN.format(nonce=self._nonce))  # type: ignore[attr-defined]

    def render_template(self, name: str, sync: bool = False, **ns: Any) -> Any:
        """JupyterHub's page, around its own scripts."""
        return super().render_template(name, sync=sync, ag_nonce=self._nonce, **ns)  # type: ignore[misc]


class Tokens(_JupyterHubsOwn, TokenPageHandler):
    """``/hub/token``: make and revoke tokens."""


class Admin(_JupyterHubsOwn, AdminHandler):
    """``/hub/admin``: JupyterHub's own admin panel."""


class Share(_JupyterHubsOwn, AcceptShareHandler):
    """``/hub/accept-share``: a share of somebody's server."""


class Authorize(_JupyterHubsOwn, OAuthAuthorizeHandler):
    """``/hub/api/oauth2/authorize``: an application wants to know who somebody is."""


class StaticFiles(CacheControlStaticFilesHandler):
    """Our files; what they say they are is what they are."""

    def set_extra_headers(self, path: str) -> None:
        """The headers of each file."""
        super().set_extra_headers(path)
        self.set_header("X-Content-Type-Options", "nosniff")


PAGES: list[tuple[str, type]] = [
    (r"/token", Tokens),
    (r"/admin", Admin),
    (r"/accept-share", Share),
    (r"/api/oauth2/authorize", Authorize),
]
