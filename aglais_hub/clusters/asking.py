"""Pods that have a disk for a while, and answer one request about what is on it."""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from aglais_hub.errors import ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from aglais_hub.clusters.errands import Errands

__all__ = ["PROGRAM", "Reached", "reach"]

PROGRAM = ("python", "-m", "aglais_hub.homes")

DISK = "/mnt/source"

PORT = 8087

REACH_SECONDS = 120.0
"""For so long such a pod may take to be there."""

LOOK_SECONDS = 0.5

SILENT_SECONDS = 600.0
"""For so long it may say nothing: what is on a large disk is counted before it answers."""

AGAIN = "Try again in a few minutes, or start the lab and look from there."

Object = dict[str, Any]


class Reached(NamedTuple):
    """Where a pod listens, who may ask it, and ``until`` when it has to be there (``time.monotonic``)."""

    address: str
    token: str
    until: float

    def ask(self, body: bytes | None = None, *, silent: float = SILENT_SECONDS) -> Generator[bytes, None, None]:
        """What it answers, to a ``body`` that is posted where there is one. Raises ``ServiceDownError``."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        url, headers = f"http://{host}:{PORT}/", {"Authorization": f"Bearer {self.token}"}
        method = "GET" if body is None else "POST"
        with httpx.Client(trust_env=False, timeout=silent) as client:
            while True:
                try:
                    with client.stream(method, url, headers=headers, content=body) as answer:
                        answer.raise_for_status()
                        yield from answer.iter_bytes()
                    return
                except httpx.ConnectError:
                    # It runs, and does not listen yet.
                    _wait(self.until)
                except httpx.HTTPError as error:
                    raise ServiceDownError("What is on the disk did not come to its end.", help=AGAIN) from error


@contextmanager
def reach(
    errands: Errands, word: str, disk: Callable[[str], str | None], *, node: str = "", reads: bool = True
) -> Iterator[Reached]:
    """A pod that does what the ``word`` says when it is asked; it ends with this. Raises ``ServiceDownError``.

    ``disk`` gives the claim that it has, by the errand's name, or none while that is on its way. It is there for
    ``reads`` alone, or to be changed.
    """
    name, token = f"{word}-{secrets.token_hex(8)}", secrets.token_urlsafe(32)
    until = time.monotonic() + REACH_SECONDS
    try:
        while (claim := disk(name)) is None:
            _wait(until)
        command = [*PROGRAM, word, DISK, f"0.0.0.0:{PORT}"]
        secret = {"AGLAIS_ERRAND_TOKEN": token}
        errands.begin(name, command, {DISK: claim}, node=node, environment=secret, reads=reads)
        while not (address := _address(errands.get(name))):
            _wait(until)
        yield Reached(address, token, until)
    finally:
        errands.end(name)


def _address(pod: Object | None) -> str:
    """Where a pod listens, once it runs."""
    status = pod["status"] if pod else {}
    if status.get("phase") in ("Succeeded", "Failed"):
        raise ServiceDownError("The pod that was to look at the disk has ended.", help=AGAIN)
    return status.get("podIP", "") if status.get("phase") == "Running" else ""


def _wait(until: float) -> None:
    if time.monotonic() > until:
        raise ServiceDownError("The cluster does not bring the disk in time.", help=AGAIN)
    time.sleep(LOOK_SECONDS)
