"""The services as ``aglais up`` runs them: real processes around the same databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx

from tests.support.ports import TLS, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.settings import Settings
    from tests.support.hub import RealHub

START_SECONDS = 180


class ServiceProcess:
    """One process; it owns a process group, and leaves nothing behind."""

    def __init__(self, settings: Settings, hub: RealHub, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = folder / f"services-{self.port}.log"
        urls = {
            f"AGLAIS_{name}_URL".upper(): settings.database_url(name) for name in ("accounts", "packages", "bookings")
        }
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("AGLAIS_", "JUPYTERHUB_"))}
        command = [sys.executable, "-m", "aglais_hub.cli", "serve", f"--port={self.port}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=plain
                | urls
                | {
                    "AGLAIS_STATE": str(settings.state_folder),
                    "JUPYTERHUB_API_URL": hub.url,
                    "JUPYTERHUB_API_TOKEN": hub.token("aglais"),
                }
                | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if httpx.get(f"{self.url}services/aglais/api/health", trust_env=False, verify=TLS).is_success:
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The services did not start:\n" + self.log.read_text()[-3000:])
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(120)
