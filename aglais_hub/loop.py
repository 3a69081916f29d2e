"""What is done again and again, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from aglais_hub.errors import ServiceDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Loop", "each"]

log = logging.getLogger(__name__)


class Loop:
    """Does ``work`` every so many seconds until it is stopped; what could not be done is tried again the next time.

    ``waits`` is what the log says where a part of the platform does not answer. With ``at_once`` the first time is at
    the start. What ``work`` does has to be safe in several processes at once.
    """

    def __init__(
        self, name: str, work: Callable[[], object], *, every: float, waits: str, at_once: bool = False
    ) -> None:
        self._name = name
        self._work = work
        self._every = every
        self._waits = waits
        self._at_once = at_once
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, where there is one; returns once what it is doing is done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        if self._at_once:
            self._do()
        while not self._stop.wait(self._every):
            self._do()

    def _do(self) -> None:
        try:
            self._work()
        except ServiceDownError as error:
            log.warning("%s: %s", self._waits, error.message)
        except Exception:
            log.exception("The %s failed; it tries again.", self._name)


def each(works: Iterable[Callable[[], object]]) -> None:
    """Do each of them; one that fails does not stop those behind it, and is left to the next look.

    Raises ``ServiceDownError`` at the end where one of them did.
    """
    down: ServiceDownError | None = None
    for work in works:
        try:
            work()
        except ServiceDownError as error:
            down = error
        except Exception:
            log.exception("It could not be done; it is tried again.")
    if down is not None:
        raise down
