"""The services around a clock that stands still, served on a real port by a thread of this process."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from aglais_hub.app import API, make_app
from aglais_hub.client import Client
from aglais_hub.clock import ManualClock
from aglais_hub.database.migrate import migrate_all
from aglais_hub.settings import Settings
from aglais_hub.web.hub import Hub
from aglais_hub.wire.packages import PackageRequest
from aglais_hub.wiring import Parts, wire
from tests.support.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import RealHub

NOW = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)
"""A Monday."""

PACKAGES = {"tiny": 1, "small": 2, "medium": 4, "large": 8}


class Platform:
    """Parts and the application around them, with packages of 1, 2, 4 and 8 cores with 4 GiB each, and no capacity."""

    def __init__(self, folder: Path, hub: RealHub, urls: dict[str, str]) -> None:
        self.clock = ManualClock(NOW)
        self.hub = hub
        self.settings = Settings(state=folder, **{f"{feature}_url": url for feature, url in urls.items()})
        migrate_all(self.settings)
        self.parts: Parts = wire(self.settings, clock=self.clock, hub=Hub(hub.url, hub.token("aglais")))
        self.app = make_app(self.parts)
        self.url = ""
        self._serve()
        self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=60)
        for name, units in PACKAGES.items():
            self.parts.packages.create(PackageRequest(name=name, notebook_cores=units, notebook_memory=units * 4096))

    def call(self, method: str, path: str, caller: str | None = "ada", **options: Any) -> httpx.Response:
        headers = options.pop("headers", {})
        if caller is not None:
            headers = {"Authorization": f"token {self.hub.token(caller)}", **headers}
        return self._http.request(method, f"{API}/{path}", headers=headers, **options)

    def grant(self, tinies: int = 1, cluster: str = "local", days: int = 3650, start: datetime = NOW) -> str:
        body = {
            "cluster": cluster,
            "startdate": start.isoformat(),
            "enddate": (start + timedelta(days=days)).isoformat(),
            "cores": tinies,
            "memory": tinies * 4096,
        }
        answer = self.call("POST", "resources/create", "root", json=body)
        assert answer.status_code == 201, answer.text
        grant_id: str = answer.json()["id"]
        return grant_id

    def book(self, package: str = "tiny", caller: str = "ada", **body: Any) -> httpx.Response:
        headers = body.pop("headers", {})
        body = {"package": package, "duration": "PT1H"} | body
        if "enddate" in body:
            del body["duration"]
        return self.call("POST", "bookings/create", caller, json=body, headers=headers)

    def _serve(self) -> None:
        port = free_port()
        # Without its lifespan: nothing moves but by the test's own hand.
        self._server = uvicorn.Server(uvicorn.Config(self.app, port=port, lifespan="off", log_level="error"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        self.url = f"http://127.0.0.1:{port}/"

    def client(self, caller: str = "ada") -> Client:
        return Client(self.url, self.hub.token(caller))

    def close(self) -> None:
        self._http.close()
        self._server.should_exit = True
        self._thread.join(20)
        self.parts.hub.close()
        for database in self.parts.databases:
            database.dispose()
