"""The services around a clock that stands still, served on a real port by a thread of this process."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from argon2 import PasswordHasher

from aglais_hub.accounts.email.passwords import Passwords
from aglais_hub.app import API, make_app
from aglais_hub.cli.platform import KEEP_ALIVE_SECONDS
from aglais_hub.client import Client
from aglais_hub.clock import ManualClock
from aglais_hub.web.hub import Hub
from aglais_hub.wiring import Parts, wire
from tests.support.ports import free_port
from tests.support.templates import NOW, PACKAGES

if TYPE_CHECKING:
    from aglais_hub.settings import Settings
    from tests.support.hub import RealHub

__all__ = ["NOW", "PACKAGES", "Platform", "Stage"]

# Argon2 at its full price is tested by itself; here it would only cost time.
QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


class Stage:
    """A server on a real port that stays up, with an application whose parts are those of the test that runs."""

    def __init__(self) -> None:
        self.app: Any = None
        port = free_port()
        # Without a lifespan: nothing moves but by the test's own hand.
        # It keeps connections as the real one does: one that closes them as soon as clients let them go resets some.
        config = uvicorn.Config(
            self._show,
            interface="asgi3",
            port=port,
            lifespan="off",
            log_level="error",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 60
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        self.url = f"http://127.0.0.1:{port}/"
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    async def _show(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def close(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join(60)


class Platform:
    """Parts and the application around them, with packages of 1, 2, 4 and 8 cores with 4 GiB each, and no capacity."""

    def __init__(self, settings: Settings, real_hub: RealHub, hub: Hub, stage: Stage) -> None:
        self.clock = ManualClock(NOW)
        self.hub = real_hub
        self.settings = settings
        self.parts: Parts = wire(settings, clock=self.clock, hub=hub, passwords=Passwords(QUICK))
        if stage.app is None:
            stage.app = make_app(self.parts)
        # FastAPI makes a route ready when it is first asked for, so the application is kept, and its parts are new.
        self.parts.enter(stage.app.state)
        self.app = stage.app
        self.url = stage.url
        self._http = stage.http

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

    def booking(self, booking_id: str) -> dict[str, Any]:
        """A booking as an admin sees it."""
        found: dict[str, Any] = self.call("GET", f"bookings/{booking_id}", "root").json()
        return found

    def client(self, caller: str = "ada") -> Client:
        return Client(self.url, self.hub.token(caller))

    def close(self) -> None:
        for database in self.parts.databases:
            database.dispose()
