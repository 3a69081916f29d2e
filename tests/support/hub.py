"""A real JupyterHub for tests of the services: it knows some tokens, and starts small servers that need no proxy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from aglais_hub.web.scopes import OWN_SCOPES, SCOPE, SCOPES, USER_SCOPES
from tests.support.lean import JUPYTERHUB
from tests.support.ports import TLS, free_port

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {{}}

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "a-long-test-password"
c.Authenticator.allowed_users = set({users!r})
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret = b"0" * 32
c.JupyterHub.custom_scopes = {scopes!r}
c.JupyterHub.services = {services!r}
c.JupyterHub.api_tokens = {tokens!r}
c.JupyterHub.load_roles = {roles!r}
c.JupyterHub.log_level = "WARN"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.cmd = [{python!r}, "-c", {server!r}]
"""

USER = "uma"
"""A user of the hub: what is so of people and not of services is shown with her."""

SERVER = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass

HTTPServer(("127.0.0.1", urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]).port), Hello).serve_forever()
"""
"""As much of a lab as the hub wants to see."""


@dataclass
class RealHub:
    """A hub that runs, and knows a token of each caller: of a service, but for ``USER``."""

    folder: Path
    callers: dict[str, tuple[str, ...]]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub/api"

    def token(self, name: str) -> str:
        # The hub finds a token by its first four characters, and takes its time over each that it compares.
        return f"{name}-has-the-token-0123456789"

    def start(self) -> None:
        names = [name for name in [*self.callers, "aglais", "operator"] if name != USER]
        services = [{"name": name, "api_token": self.token(name)} for name in names]
        roles = [
            {
                "name": f"role-{name}",
                "scopes": [SCOPE + scope for scope in scopes],
                "users" if name == USER else "services": [name],
            }
            for name, scopes in self.callers.items()
            if scopes
        ]
        hub_scopes = ["list:users", "read:users", "read:servers", "start:servers", "delete:servers", "delete:users"]
        roles.append({"name": "role-aglais", "scopes": hub_scopes, "services": ["aglais"]})
        roles.append({"name": "role-operator", "scopes": ["servers", "read:users"], "services": ["operator"]})
        config = CONFIG.format(
            port=self.port,
            users=["ada", "ben", USER],
            homes=str(self.folder / "home-{username}"),
            python=sys.executable,
            server=SERVER,
            services=services,
            tokens={self.token(USER): USER},
            roles=roles,
            scopes={SCOPE + name: {"description": text} for name, text in SCOPES.items()},
        )
        path = self.folder / "jupyterhub_config.py"
        path.write_text(textwrap.dedent(config))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AGLAIS_")}
        with (self.folder / "hub.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*JUPYTERHUB, "-f", str(path)],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + 180
        while True:
            try:
                if httpx.get(self.url, trust_env=False, verify=TLS).is_success:
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The hub did not start:\n" + (self.folder / "hub.log").read_text()[-3000:])
            time.sleep(0.05)

    def start_server(self, user: str) -> None:
        """Have the hub start the user's server, and wait until it is ready."""
        self._ask("POST", f"users/{user}/server").raise_for_status()
        self.wait_ready(user)

    def wait_ready(self, user: str) -> None:
        self._wait(lambda: any(server["ready"] for server in self.servers(user).values()))

    def stop_server(self, user: str) -> None:
        """Have the hub stop the user's server, and wait until it is gone."""
        self._ask("DELETE", f"users/{user}/server").raise_for_status()
        self.wait_stopped(user)

    def wait_stopped(self, user: str) -> None:
        self._wait(lambda: not self.servers(user))

    def servers(self, user: str) -> dict[str, Any]:
        """The user's servers, as the hub tells of them."""
        found: dict[str, Any] = self._ask("GET", f"users/{user}").raise_for_status().json()["servers"]
        return found

    def _ask(self, method: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"token {self.token('operator')}"}
        return httpx.request(method, f"{self.url}/{path}", headers=headers, trust_env=False, verify=TLS, timeout=120)

    @staticmethod
    def _wait(met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 180
        while not met():
            assert time.monotonic() < deadline, "the hub took too long"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(120)


CALLERS = {
    "ada": (*USER_SCOPES, *OWN_SCOPES),
    "ben": (*USER_SCOPES, *OWN_SCOPES),
    "olga": (*USER_SCOPES, *OWN_SCOPES, "accounts:write"),
    "eve": (*USER_SCOPES, *OWN_SCOPES, "accounts:write"),
    "lab": USER_SCOPES,
    "machine": ("keys:read",),
    "visitor": (),
    "reader": ("bookings:read", "resources:read", "packages:read"),
    "hub-parts": (*USER_SCOPES, "accounts:login", "sessions:write"),
    USER: (*USER_SCOPES, *OWN_SCOPES),
    "root": ("admin",),
    "desk": ("accounts:admin",),
}
"""Who calls in the tests: two users, two who may also change their accounts, what runs in a lab, a machine, one with no
scope, one that may only look, the hub's own parts, a user of the hub, an admin, and a helpdesk."""
