"""A Jupyter server with our extension, as the spawner would start it, in front of the services of the tests."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import httpx

from aglais_hub.wire.base import isoformat
from tests.support.lean import JUPYTER_SERVER
from tests.support.ports import TLS, free_port
from tests.support.product import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.platform import Platform

__all__ = ["BASE", "BookedLab"]

BASE = "/user/o%27hara/"


class BookedLab:
    """A lab of the caller ada's, under a booking of ten years."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.home = folder / "home"
        (self.home / "examples").mkdir(parents=True, exist_ok=True)
        (self.home / "examples" / "stars.ipynb").write_text("{}")
        now = platform.clock.now()
        platform.grant(tinies=2, start=now)
        self.booking = platform.book(duration="P3650D", startdate=isoformat(now)).json()
        self.platform = platform
        self.port = free_port()
        self.log = folder / "lab.log"
        environment = {
            **os.environ,
            "AGLAIS_API_URL": f"{platform.url}services/aglais/api",
            "JUPYTERHUB_API_TOKEN": platform.hub.token("ada"),
            "JUPYTERHUB_USER": "ada",
            "AGLAIS_BOOKING": self.booking["id"],
            "AGLAIS_BOOKING_END": self.booking["end"],
            "AGLAIS_PACKAGE": "tiny",
            "AGLAIS_RESOURCES_CORES": str(self.booking["resources"]["cores"]),
            "AGLAIS_RESOURCES_MEMORY": str(self.booking["resources"]["memory"]),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "HOME": str(self.home),
        }
        options = {
            "ServerApp.port": self.port,
            "ServerApp.base_url": BASE,
            "ServerApp.root_dir": self.home,
            "ServerApp.jpserver_extensions": "aglais_lab=True",
            "IdentityProvider.token": "the-lab-token",
            "ServerApp.allow_root": True,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*JUPYTER_SERVER, *(f"--{name}={value}" for name, value in options.items())],
                env=environment,
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}{BASE}", trust_env=False, verify=TLS, timeout=120
        )
        self.http.headers["Authorization"] = "token the-lab-token"
        wait_until(self._ready, 180, saying="the lab's server answers")

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get("aglais/session").is_success
        except httpx.TransportError:
            return False

    def session(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("aglais/session").json()
        return found

    def close(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(120)
