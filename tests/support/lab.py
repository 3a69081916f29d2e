"""A Jupyter server with the lab's extension, in the environment of a booked session, without the services."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.lean import JUPYTER_SERVER
from tests.support.ports import TLS, free_port
from tests.support.product import wait_until
from tests.support.session import booked

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BASE", "Lab", "start_lab"]

TOKEN = "token-for-tests"
BASE = "/odd/base/"


@dataclass
class Lab:
    """A running server of a tiny booking, and where its files are."""

    root: Path
    examples: Path
    process: subprocess.Popen[bytes]
    url: str

    def ask(self, method: str, path: str, *, token: str = TOKEN, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"token {token}"} if token else {}
        return httpx.request(
            method, self.url + path, headers=headers, timeout=120, trust_env=False, verify=TLS, **options
        )

    def run(self, **body: Any) -> dict[str, Any]:
        answer = self.ask("POST", "aglais/runs", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ended(self, run: dict[str, Any]) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.ask("GET", f"aglais/runs/{run['id']}").json()
            return found if found["status"] != "running" else None

        found: dict[str, Any] = wait_until(look, 240, every=0.2, saying="the run is over")
        return found


def start_lab(root: Path, examples: Path) -> Lab:
    """Start one with ``root`` as the home, and wait until it answers."""
    port = free_port()
    log = root.parent / f"lab-{port}.log"
    environment = {
        "AGLAIS_EXAMPLES": str(examples),
        "JUPYTER_CONFIG_DIR": str(root.parent / "config"),
        "JUPYTER_DATA_DIR": str(root.parent / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(root.parent / "runtime"),
        "TMPDIR": str(root.parent / "temporary"),
    }
    (root.parent / "temporary").mkdir(exist_ok=True)
    options = {
        "port": port,
        "base_url": BASE,
        "root_dir": root,
        "jpserver_extensions": '{"aglais_lab": True}',
        "allow_root": True,
        "open_browser": False,
    }
    command = [*JUPYTER_SERVER, f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=os.environ | booked() | environment, stdout=output, stderr=output)
    lab = Lab(root, examples, process, f"http://127.0.0.1:{port}{BASE}")

    def answers() -> bool:
        try:
            return lab.ask("GET", "api/status").status_code == 200
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
            return False

    wait_until(answers, 180, saying="the server answers")
    return lab
