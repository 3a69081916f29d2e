"""One request over HTTP, for who has a home mounted to answer and for who has the token to make."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Handler", "serve_once"]


def serve_once(address: tuple[str, int], token: str, answer: Callable[[Handler], None], *, seconds: float) -> bool:
    """Let ``answer`` deal with one request of who has the ``token``; false where nobody asks for ``seconds``.

    One that breaks off is not dealt with, and may be made again.
    """
    server = _Server(address, Handler)
    server.token, server.answer, server.timeout = token, answer, seconds
    with server:
        while not (server.is_done or server.is_late):
            server.handle_request()
    return server.is_done


class _Server(HTTPServer):
    token: str
    answer: Callable[[Handler], None]
    is_done = is_late = False

    def handle_timeout(self) -> None:
        self.is_late = True


class Handler(BaseHTTPRequestHandler):
    """What is known of the request, and where its answer goes."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Answer, once the token is seen to be right."""
        server = cast("_Server", self.server)
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {server.token}".encode()):
            # What else was sent is not read.
            self.close_connection = True
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        server.answer(self)
        server.is_done = True

    do_POST = do_GET  # noqa: N815 - what the base class calls it

    def answer(self, body: bytes) -> None:
        """Answer with JSON, all of it at once."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
