"""A real JupyterHub for tests of the services: it knows some tokens, and needs no proxy since it starts no servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from aglais_hub.web.scopes import SCOPE, SCOPES, USER_SCOPES
from tests.support.ports import free_port

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
c.JupyterHub.load_roles = {roles!r}
c.JupyterHub.log_level = "WARN"
"""


@dataclass
class RealHub:
    """A hub that runs; ``tokens`` are those of the callers by name, each a service of the hub."""

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
        services = [{"name": name, "api_token": self.token(name)} for name in [*self.callers, "aglais"]]
        roles = [
            {"name": f"role-{name}", "scopes": [SCOPE + scope for scope in scopes], "services": [name]}
            for name, scopes in self.callers.items()
            if scopes
        ]
        hub_scopes = ["list:users", "read:users", "read:servers", "delete:servers"]
        roles.append({"name": "role-aglais", "scopes": hub_scopes, "services": ["aglais"]})
        config = CONFIG.format(
            port=self.port,
            users=["nobody"],
            services=services,
            roles=roles,
            scopes={SCOPE + name: {"description": text} for name, text in SCOPES.items()},
        )
        path = self.folder / "jupyterhub_config.py"
        path.write_text(textwrap.dedent(config))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AGLAIS_")}
        with (self.folder / "hub.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(path)],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx.get(self.url, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The hub did not start:\n" + (self.folder / "hub.log").read_text()[-3000:])
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)


CALLERS = {
    "ada": USER_SCOPES,
    "ben": USER_SCOPES,
    "visitor": (),
    "reader": ("bookings:read", "resources:read", "packages:read"),
    "hub-parts": (*USER_SCOPES, "accounts:login", "sessions:write"),
    "root": ("admin",),
}
"""Who calls in the tests: two users, one with no scope, one that may only look, the hub's own parts, an admin."""
