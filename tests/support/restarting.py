"""A service process that is there again at once when it is killed, with everything imported: for killing it often.

``python -m tests.support.restarting PORT`` forks one that serves on the port, writes its pid, and does so again when it
has died.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import uvicorn

from aglais_hub.app import API, create_app
from tests.support.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from aglais_hub.settings import Settings
    from tests.support.hub import RealHub

__all__ = ["RestartingService"]


class RestartingService:
    """The process that forks, and the one that serves; it owns a process group, and leaves nothing behind."""

    def __init__(self, settings: Settings, hub: RealHub, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/services/aglais/api/"
        self.log = folder / f"restarting-{port}.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AGLAIS_", "JUPYTERHUB_"))}
        for name in ("accounts", "packages", "bookings"):
            environment[f"AGLAIS_{name}_URL".upper()] = settings.database_url(name)
        environment |= {
            "AGLAIS_STATE": str(settings.state_folder),
            "AGLAIS_SWEEP_SECONDS": "0.2",
            "JUPYTERHUB_API_URL": hub.url,
            "JUPYTERHUB_API_TOKEN": hub.token("aglais"),
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(port)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._read_pid()

    def kill(self) -> None:
        """Kill the one that serves; another is on its way when this returns."""
        os.kill(self.pid, signal.SIGKILL)
        self.pid = self._read_pid()

    def stop(self) -> None:
        """End both."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _read_pid(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The services did not start:\n" + self.log.read_text()[-3000:])
        return int(line)


async def make_ready(app: FastAPI) -> None:
    """FastAPI makes a route ready when it is first asked for: by someone unknown, who gets no further."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        for path in ("bookings/create", "bookings/any", "resources/create"):
            assert (await http.post(f"{API}/{path}", json={})).status_code == 401


def main(port: int) -> None:
    """Fork, wait, and fork again."""
    app = create_app()  # connects to nothing yet
    asyncio.run(make_ready(app))
    while True:
        pid = os.fork()
        if pid == 0:
            uvicorn.run(app, port=port, log_level="error")
            os._exit(0)
        print(pid, flush=True)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
