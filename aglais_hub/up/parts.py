"""The three parts that ``aglais up`` runs, with their commands and environments."""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aglais_hub.shipped import shipped
from aglais_hub.up.child import Part, opener

if TYPE_CHECKING:
    from aglais_hub.settings import Settings
    from aglais_hub.up.folder import Inside

__all__ = [
    "SERVICES_PREFIX",
    "hub_command",
    "hub_environment",
    "hub_part",
    "proxy_part",
    "services_part",
    "tell_routes",
]

SERVICES_PREFIX = "/services/aglais/"

_KEEP_ALIVE_SECONDS = 75
"""How long an idle connection to the proxy stays open: longer than our clients keep one (5 s), so that none of them
sends a request on a connection that is just being closed."""

_PAGES = Path(__file__).parent / "pages"


def services_part(settings: Settings, inside: Inside, keys_secret: str) -> Part:
    """The services, in one process. They know the hub by its API and by the token of the hub service ``aglais``.

    ``keys_secret`` is this host's own. It opens what it has encrypted also after the operator has set another.
    """
    set_by_operator = settings.keys_secret.get_secret_value() if settings.keys_secret else ""
    return Part(
        name="services",
        title="The services",
        command=[sys.executable, "-m", "aglais_hub.cli", "serve", "--port", str(_port(inside.services_url))],
        environment=_environment(settings)
        | {
            "AGLAIS_PUBLIC_URL": settings.url,
            "AGLAIS_KEYS_SECRET": f"{set_by_operator},{keys_secret}",
            "JUPYTERHUB_API_URL": f"{inside.hub_url}/hub/api",
            "JUPYTERHUB_API_TOKEN": inside.services_token,
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": "service-aglais",
            "JUPYTERHUB_SERVICE_NAME": "aglais",
            "JUPYTERHUB_SERVICE_PREFIX": SERVICES_PREFIX,
        },
        ready_url=f"{inside.services_url}{SERVICES_PREFIX}api/health",
    )


def proxy_part(settings: Settings, inside: Inside, node: Path, script: Path) -> Part:
    """The proxy. It runs apart from the hub, so that labs stay reachable while the hub starts again."""
    return Part(
        name="proxy",
        title="The proxy",
        command=[
            *(str(node), str(script)),
            *("--ip", settings.host, "--port", str(settings.port)),
            *("--api-ip", "127.0.0.1", "--api-port", str(_port(inside.proxy_url))),
            # A page of its own, which needs nobody who may be away.
            *("--default-target", inside.hub_url, "--error-path", str(_PAGES)),
            *("--log-level", "warn", "--keep-alive-timeout", str(1000 * _KEEP_ALIVE_SECONDS)),
        ],
        environment=_plain_environment()
        | {
            "AGLAIS_STATE": str(settings.state_folder),
            "CONFIGPROXY_AUTH_TOKEN": inside.proxy_token,
            "NODE_ENV": "production",
        },
        ready_url=f"{inside.proxy_url}/api/routes",
        ready_headers={"Authorization": f"token {inside.proxy_token}"},
    )


def hub_part(settings: Settings, inside: Inside) -> Part:
    """The hub."""
    return Part(
        name="hub",
        title="The hub",
        command=list(hub_command()),
        environment=hub_environment(settings, inside),
        ready_url=f"{inside.hub_url}/hub/health",
        stop_seconds=40,
    )


def hub_command() -> tuple[str, ...]:
    """What runs JupyterHub as the platform has it."""
    return (sys.executable, "-m", "aglais_hub.up.hub", "--config", str(shipped("jupyterhub_config.py")), "--no-ssl")


def hub_environment(settings: Settings, inside: Inside) -> dict[str, str]:
    """Its environment. It asks the services with the token of the hub service ``aglais-hub-parts``."""
    return (
        _environment(settings)
        | inside.as_environment()
        | {
            "AGLAIS_API_URL": f"{inside.services_url}{SERVICES_PREFIX}api",
            "AGLAIS_API_TOKEN": inside.parts_token,
            "JUPYTERHUB_CRYPT_KEY": inside.crypt_key,
        }
    )


def tell_routes(inside: Inside) -> bool:
    """Have the hub give the proxy its routes; says whether it did."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{inside.hub_url}/hub/api/proxy", method="POST", headers={"Authorization": f"token {inside.parts_token}"}
    )
    try:
        with opener.open(request, timeout=10):
            return True
    except OSError:
        return False


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def _plain_environment() -> dict[str, str]:
    """Ours without what is secret, or meant for a hub that we may run under."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AGLAIS_", "JUPYTERHUB_", "CONFIGPROXY_", "JPY_"))
    }


def _environment(settings: Settings) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name.startswith("AGLAIS_")}
    for name in ("AGLAIS_API_URL", "AGLAIS_API_TOKEN", "AGLAIS_TOKEN", "AGLAIS_URL", "AGLAIS_KEYS_SECRET"):
        # What is only the services' is set for them alone.
        ours.pop(name, None)
    return (
        _plain_environment()
        | ours
        | {
            "AGLAIS_STATE": str(settings.state_folder),
            "AGLAIS_CACHE": str(settings.cache_folder),
            "PYTHONUNBUFFERED": "1",
        }
    )
