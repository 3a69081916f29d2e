"""A kernel of somebody's lab, driven as a browser drives it: over the proxy, by Jupyter's API and its WebSocket."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import httpx
import websocket

from tests.support.ports import TLS

if TYPE_CHECKING:
    from tests.support.product import Product

__all__ = ["Cell", "Kernel"]


@dataclass(frozen=True)
class Cell:
    """One that was run: instants of ``time.monotonic``, what it wrote, and its error, empty where there is none.

    It ``began`` when the kernel said that it had.
    """

    asked: float
    began: float
    ended: float
    text: str
    error: str


class Kernel:
    """A kernel of ``account``'s running server: a new one, or the ``first`` that there is.

    Every method raises ``ConnectionError`` once it has gone.
    """

    def __init__(self, product: Product, account: str, token: str, *, first: bool = False) -> None:
        self._url = f"{product.url}user/{account}/api/kernels"
        self._headers = {"Authorization": f"token {token}"}
        try:
            with httpx.Client(headers=self._headers, timeout=300, verify=TLS, trust_env=False) as http:
                answer = http.get(self._url) if first else http.post(self._url, json={})
                answer.raise_for_status()
            self._id: str = answer.json()[0]["id"] if first else answer.json()["id"]
            self._socket = websocket.create_connection(
                f"ws{self._url.removeprefix('http')}/{self._id}/channels",
                header=[f"Authorization: {self._headers['Authorization']}"],
                timeout=600,
            )
        except (httpx.HTTPError, websocket.WebSocketException, OSError) as error:
            raise ConnectionError(str(error)) from error

    def run(self, code: str, *, seconds: float = 600) -> Cell:
        """Run one cell, and wait for its end."""
        return self.wait(self.ask(code), seconds=seconds)

    def ask(self, code: str) -> tuple[str, float]:
        """Ask for a cell to be run, and don't wait."""
        identity = uuid.uuid4().hex
        header = {
            "msg_id": identity,
            "msg_type": "execute_request",
            "session": "test",
            "username": "",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        try:
            self._socket.send(json.dumps(message))
        except (websocket.WebSocketException, OSError) as error:
            raise ConnectionError(str(error)) from error
        return identity, time.monotonic()

    def wait(self, asked: tuple[str, float], *, seconds: float = 600) -> Cell:
        """Wait for the end of a cell that was asked for."""
        identity, at = asked
        began, text, error = 0.0, "", ""
        while time.monotonic() - at < seconds:
            kind, content = self._next(identity, at + seconds)
            if kind == "execute_input":
                began = time.monotonic()
            elif kind == "stream":
                text += content["text"]
            elif kind == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle" and began:
                return Cell(at, began, time.monotonic(), text, error)
        raise ConnectionError(f"no end of the cell after {seconds} s")

    def _next(self, identity: str, until: float) -> tuple[str, dict[str, Any]]:
        """The kind and the content of the next message, empty where it is about something else."""
        try:
            self._socket.settimeout(max(0.1, until - time.monotonic()))
            said = self._socket.recv()
        except (websocket.WebSocketException, OSError) as error:
            raise ConnectionError(str(error)) from error
        if not said:
            raise ConnectionError("the lab has ended the connection")
        message = json.loads(said)
        if message["parent_header"].get("msg_id") == identity:
            return message["header"]["msg_type"], message["content"]
        if message["content"].get("execution_state") in ("dead", "restarting"):
            raise ConnectionError("the kernel has died")
        return "", {}

    def close(self) -> None:
        """Close the connection; the kernel stays."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
