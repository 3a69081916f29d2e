"""A session's executors, as the API server has them."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kubernetes.sessions import Session

__all__ = ["executors", "watching"]


def executors(session: Session) -> list[dict[str, Any]]:
    """The pods of a session's executors."""
    return session.admin.items(f"{session.path}/pods", labelSelector="spark-role=executor")


@contextmanager
def watching(session: Session) -> Iterator[dict[str, dict[str, Any]]]:
    """Every executor that there is meanwhile, by name: one that has run, as it was then."""
    seen: dict[str, dict[str, Any]] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            with suppress(httpx.TransportError):
                for pod in executors(session):
                    if _runs(pod) or not _runs(seen.get(pod["metadata"]["name"])):
                        seen[pod["metadata"]["name"]] = pod

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _runs(pod: dict[str, Any] | None) -> bool:
    return pod is not None and pod["status"].get("phase") == "Running"
