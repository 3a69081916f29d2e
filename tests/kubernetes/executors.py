"""A session's executors, as the API server has them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kubernetes.sessions import Session

__all__ = ["executors", "watching"]


def executors(session: Session) -> list[dict[str, Any]]:
    """The pods of a session's executors."""
    return session.admin.items(f"{session.path}/pods", labelSelector="spark-role=executor")


@contextmanager
def watching(session: Session) -> Iterator[dict[str, dict[str, Any]]]:
    """Every executor that there is meanwhile, by name."""
    seen: dict[str, dict[str, Any]] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            seen.update((pod["metadata"]["name"], pod) for pod in executors(session))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
