"""The platform as it is, and the same hub with the spawner that ours is built on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from aglais_hub.wire.bookings import Phase
from tests.support.product import ADMIN_TOKEN, Product, wait_until

__all__ = ["BARE", "LAB", "Hub"]

LAB, BARE = "lab", "bare"
"""What accounts start with this name: JupyterLab, or a server that does nothing."""

_PACKAGES: dict[str, dict[str, Any]] = {
    # On this host, all that a server without a booking would have.
    LAB: {"notebook_cores": os.cpu_count(), "notebook_memory": 4096},
    BARE: {"notebook_cores": 0.1, "notebook_memory": 512},
}
_ROOM: dict[str, Any] = {"cores": 200, "memory": 1_000_000, "temporary": 1_000_000}
_START_SECONDS = 120
_LOOK_SECONDS = 0.02

_CONFIG = """
c = get_config()
c.JupyterHub.spawner_class = {spawner!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = {seconds}

def choose(spawner):
    if spawner.user.name.startswith({bare!r}):
        spawner.cmd, spawner.args = [{python!r}, "-S", {server!r}], []

c.Spawner.pre_spawn_hook = choose
"""


class Hub:
    """A hub of its own in ``folder``, whose servers ``spawner`` starts. Use it with ``with``.

    ``more`` are further lines of its configuration. With ``books`` a start names a package, and the platform has room
    for a hundred of them; without, the spawner knows nothing of bookings.
    """

    def __init__(
        self, folder: Path, spawner: str, more: str = "", environment: Mapping[str, str] | None = None, *, books: bool
    ) -> None:
        self._books = books
        config = folder.with_suffix(".py")
        server = str(Path(__file__).parents[2] / "tests" / "support" / "light_server.py")
        config.write_text(
            _CONFIG.format(spawner=spawner, python=sys.executable, seconds=_START_SECONDS, bare=BARE, server=server)
            + more
        )
        self.product = Product(folder, {"AGLAIS_HUB_CONFIG": str(config), **(environment or {})})
        self._http = httpx.Client(
            headers={"Authorization": f"token {ADMIN_TOKEN}"},
            timeout=_START_SECONDS,
            trust_env=False,
            limits=httpx.Limits(max_connections=None),
        )

    def __enter__(self) -> Self:
        self.product.start()
        if self._books:
            for name, amounts in _PACKAGES.items():
                self._ask("POST", "services/aglais/api/packages/create", {"name": name, **amounts})
            granted: dict[str, Any] = {"cluster": "local", "startdate": "2026-01-01", "enddate": "2036-01-01", **_ROOM}
            self._ask("POST", "services/aglais/api/resources/create", granted)
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()
        self.product.__exit__(*error)  # type: ignore[arg-type]

    def know(self, names: Sequence[str]) -> None:
        """Make these users; it is no part of a start."""
        self._ask("POST", "hub/api/users", {"usernames": list(names)})

    def start(self, name: str) -> float:
        """The seconds from asking for the user's server until the hub has it ready. Raises where there is none."""
        package = next(kind for kind in _PACKAGES if name.startswith(kind))
        begun = time.perf_counter()
        answer = self._ask("POST", f"hub/api/users/{name}/server", {"package": package} if self._books else {})
        # The hub answers once it is ready, or after ten seconds.
        while answer.status_code == 202 and not self._is_ready(name):
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - begun
        if not self._is_ready(name):
            raise AssertionError(f"the server of {name} has not started")
        return seconds

    def answers(self, name: str) -> bool:
        """Whether the user's server is reached through the proxy."""
        return self._http.get(f"{self.product.url}user/{name}/api").status_code == 200

    def stop(self, name: str) -> None:
        """Stop the user's server, wait until it has, and end its booking."""
        self._ask("DELETE", f"hub/api/users/{name}/server")
        wait_until(lambda: not self.servers(name), 60, saying=f"the server of {name} has stopped")
        if self._books:
            client = self.product.client()
            for booking in client.bookings(account=name, phase=[Phase.AVAILABLE]).rows:
                client.cancel(booking.id)

    def servers(self, name: str) -> dict[str, Any]:
        """The hub's model of the user's servers."""
        found: dict[str, Any] = self._ask("GET", f"hub/api/users/{name}").json()["servers"]
        return found

    def verify(self) -> None:
        """Raise unless the books of the bookings are right."""
        environment = {**os.environ, "AGLAIS_STATE": str(self.product.state)}
        command = [sys.executable, "-m", "aglais_hub.cli", "ledger", "verify"]
        found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if found.returncode:
            raise AssertionError(f"the ledger does not verify: {found.stdout}{found.stderr}")

    def _is_ready(self, name: str) -> bool:
        return bool(self.servers(name).get("", {}).get("ready"))

    def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        answer = self._http.request(method, self.product.url + path, json=body)
        if answer.is_error:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer
