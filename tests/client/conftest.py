"""Both clients of a caller, used in the same way."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Self

import pytest

from aglais_hub.client import AsyncClient, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.platform import Platform


class Waits:
    """An ``AsyncClient`` that is used like a ``Client``, so that one story tells of both."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._make(*args, **kwargs))

    @staticmethod
    async def _make(*args: Any, **kwargs: Any) -> AsyncClient:
        return AsyncClient(*args, **kwargs)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *args, **kwargs: self._runner.run(method(*args, **kwargs))

    def watch(self) -> Iterator[int]:
        changes = self._client.watch()
        try:
            while True:
                yield self._runner.run(anext(changes))
        finally:
            self._runner.run(changes.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._runner.close()


Connect = type[Client] | type[Waits]


@pytest.fixture(params=[Client, Waits], ids=["Client", "AsyncClient"])
def connect(request: pytest.FixtureRequest) -> Connect:
    kind: Connect = request.param
    return kind


@pytest.fixture
def clients(platform: Platform, connect: Connect) -> Iterator[Callable[[str], Any]]:
    """Makes the client of a caller."""
    made: list[Any] = []

    def client(caller: str = "ada") -> Any:
        made.append(connect(platform.url, platform.hub.token(caller)))
        return made[-1].__enter__()

    yield client
    for one in made:
        one.__exit__(None, None, None)


@pytest.fixture
def impostor() -> Iterator[Any]:
    """A server that is not ours, and says what it is told to; it waits before it answers ``slow``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.met.set()
            if server.slow is not None:
                server.slow.wait(30)
            status, kind, body = server.said
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    server.slow = None
    server.met = threading.Event()
    server.said = (200, "text/plain", "")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    if server.slow is not None:
        server.slow.set()
    server.shutdown()
    thread.join(20)
    server.server_close()
