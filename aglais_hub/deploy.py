"""Turns the settings into JupyterHub's configuration: addresses, services, roles and scopes, pages, servers."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from jupyterhub.log import log_request
from jupyterhub.roles import get_default_roles
from traitlets.config.loader import PyFileConfigLoader

from aglais_hub.authenticators.logs import without_secrets
from aglais_hub.portal import HUB_TEMPLATES
from aglais_hub.portal.headers import HEADERS
from aglais_hub.providers import load_providers
from aglais_hub.settings import Settings, load_settings
from aglais_hub.shipped import shipped
from aglais_hub.up.folder import Inside
from aglais_hub.up.parts import SERVICES_PREFIX
from aglais_hub.web.scopes import OWN_SCOPES, SCOPE, SCOPES, USER_SCOPES

__all__ = ["ADMIN_GROUP", "configure"]

ADMIN_GROUP = "aglais-admins"
"""The group that the authenticator puts the platform's admins in."""

SERVICES, HUB_PARTS, OPERATOR = "aglais", "aglais-hub-parts", "aglais-admin"

_HUB_PARTS_SCOPES = (
    "accounts:login",
    "accounts:read",
    "admin",
    "bookings:read",
    "bookings:write",
    "packages:read",
    "resources:read",
    "sessions:write",
)


def configure(c: Any) -> None:
    """Configure JupyterHub as ``aglais up`` and ``aglais hub`` run it.

    Raises ``InvalidValueError`` for a setting that makes no sense, ``KeyError`` where neither runs it.
    """
    settings = load_settings()
    inside = Inside.from_environment(os.environ)
    _addresses(c, settings, inside)
    _services(c, settings, inside)
    _roles(c, settings)
    _state(c, settings)
    _pages(c)
    _people(c, settings)
    _servers(c, settings)
    _operators_own(c, settings)


def _addresses(c: Any, settings: Settings, inside: Inside) -> None:
    c.JupyterHub.bind_url = f"http://{settings.host}:{settings.port}/"
    c.JupyterHub.hub_bind_url = inside.hub_listens or inside.hub_url
    if inside.hub_listens:
        c.JupyterHub.hub_connect_url = inside.hub_url
    if settings.public_url:
        c.JupyterHub.public_url = settings.url
    c.JupyterHub.proxy_class = "aglais_spawner.proxy.SavingProxy"
    # The proxy is run by `aglais up`, so labs stay reachable while the hub starts again.
    c.ConfigurableHTTPProxy.should_start = False
    c.ConfigurableHTTPProxy.api_url = inside.proxy_url
    c.ConfigurableHTTPProxy.auth_token = inside.proxy_token
    # After a restart of the proxy its routes are back within this many seconds.
    c.JupyterHub.proxy_check_interval = 5
    c.JupyterHub.cleanup_proxy = False
    # A hub that runs apart, as in a pod, is started again on its own: labs go on meanwhile.
    c.JupyterHub.cleanup_servers = not inside.hub_listens
    c.JupyterHub.tornado_settings = {
        "log_function": _log_request,
        "headers": HEADERS,
        # A link from elsewhere finds its reader logged in; a form or a picture from elsewhere does not.
        "cookie_options": {"samesite": "Lax"},
    }


def _log_request(handler: Any) -> None:
    """Log every request but the answered questions of our own parts, of which there are several a second."""
    handler.request.uri = without_secrets(handler.request.uri)
    if handler.request.method != "GET" or handler.get_status() >= 400 or "/hub/api/" not in handler.request.path:
        log_request(handler)


def _services(c: Any, settings: Settings, inside: Inside) -> None:
    c.JupyterHub.services = [
        {
            "name": SERVICES,
            "display": False,
            "url": inside.services_url,
            "api_token": inside.services_token,
            "oauth_client_id": f"service-{SERVICES}",
            "oauth_redirect_uri": f"{SERVICES_PREFIX}oauth_callback",
            # It is the platform itself; to ask for consent would only puzzle.
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [SCOPE + name for name in SCOPES],
        },
        {"name": HUB_PARTS, "display": False, "api_token": inside.parts_token},
    ]
    if settings.admin_token is not None:
        c.JupyterHub.services.append(
            {"name": OPERATOR, "display": False, "api_token": settings.admin_token.get_secret_value()}
        )


def _roles(c: Any, settings: Settings) -> None:
    everything = [SCOPE + name for name in SCOPES]
    operator = [OPERATOR] if settings.admin_token is not None else []
    for_users = [SCOPE + name for name in USER_SCOPES]
    for_owners = [SCOPE + name for name in OWN_SCOPES]
    c.JupyterHub.custom_scopes = {SCOPE + name: {"description": text} for name, text in SCOPES.items()}
    c.JupyterHub.load_roles = [
        {
            "name": "user",
            "description": "What everyone may do: run their own server, and book for themselves.",
            "scopes": ["self", f"access:services!service={SERVICES}", *for_users, *for_owners],
        },
        {
            "name": "aglais-services",
            "description": "The services know callers and servers, make labs ready, and end what is over.",
            "scopes": ["list:users", "read:users", "read:servers", "start:servers", "delete:servers", "delete:users"],
            "services": [SERVICES],
        },
        {
            "name": "aglais-hub-parts",
            "description": "Spawner and authenticator, as the services see them; and who runs the proxy.",
            "scopes": ["proxy", *(SCOPE + name for name in _HUB_PARTS_SCOPES)],
            "services": [HUB_PARTS],
        },
        {
            "name": "aglais-admins",
            "description": "Everything in the services, for the platform's admins.",
            "scopes": [*everything, "admin-ui"],
            "groups": [ADMIN_GROUP],
            "services": operator,
        },
        {
            "name": "aglais-operator",
            "description": "Everything in the hub, for scripts with AGLAIS_ADMIN_TOKEN.",
            "scopes": _hub_admin_scopes(),
            "services": operator,
        },
    ]
    c.Spawner.server_token_scopes = [
        "users:activity!user",
        "access:servers!server",
        "delete:servers!server",
        "read:servers!server",
        *for_users,
    ]


def _hub_admin_scopes() -> list[str]:
    """What JupyterHub gives its admins."""
    scopes: list[str] = next(role["scopes"] for role in get_default_roles() if role["name"] == "admin")
    return scopes


class OverwritingConnection(sqlite3.Connection):
    """A connection to the hub's database that overwrites what is deleted, whatever SQLite does by itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute("PRAGMA secure_delete=ON")


def _state(c: Any, settings: Settings) -> None:
    state = settings.state_folder
    own = settings.jupyterhub_url
    c.JupyterHub.db_url = settings.database_url("jupyterhub") if own else f"sqlite:///{state / 'jupyterhub.sqlite'}"
    if c.JupyterHub.db_url.startswith("sqlite"):
        c.JupyterHub.db_kwargs = {"connect_args": {"check_same_thread": False, "factory": OverwritingConnection}}
    c.JupyterHub.upgrade_db = True
    c.JupyterHub.cookie_secret_file = str(state / "jupyterhub_cookie_secret")


def _pages(c: Any) -> None:
    c.JupyterHub.template_paths = [str(HUB_TEMPLATES)]
    c.JupyterHub.jinja_environment_options = {"extensions": ["aglais_hub.authenticators.jupyterhubs.Nonces"]}
    c.JupyterHub.template_vars = {"aglais_url": SERVICES_PREFIX}


def _people(c: Any, settings: Settings) -> None:
    c.JupyterHub.authenticator_class = "aglais_hub.authenticators.AglaisAuthenticator"
    # Whoever the services let in is let in.
    c.Authenticator.allow_all = True
    c.AglaisAuthenticator.providers = list(load_providers(settings.providers))
    c.AglaisAuthenticator.public_url = settings.url
    c.AglaisAuthenticator.terms_url = settings.terms_url
    c.AglaisAuthenticator.contact = settings.contact
    c.AglaisAuthenticator.terms_version = settings.terms_version
    c.Authenticator.manage_groups = True
    c.JupyterHub.allow_named_servers = False


def _servers(c: Any, settings: Settings) -> None:
    c.JupyterHub.spawner_class = "aglais_spawner.LocalBookingSpawner"
    c.LocalBookingSpawner.state_folder = str(settings.state_folder)
    c.LocalBookingSpawner.examples_folder = str(shipped("examples"))
    if settings.kubernetes_url:
        c.KubeBookingSpawner.pool_label = settings.pool_label
        c.KubeBookingSpawner.default_pool = settings.default_pool
    c.Spawner.default_url = "/lab"
    # A server that has ended is noticed, and its booking free for the next, within this many seconds.
    c.Spawner.poll_interval = 5
    c.Spawner.start_timeout = 120
    c.Spawner.http_timeout = 120


def _operators_own(c: Any, settings: Settings) -> None:
    if settings.hub_config is not None:
        own = settings.hub_config.absolute()
        c.merge(PyFileConfigLoader(own.name, str(own.parent)).load_config())
