"""Has the open pages of a lab save before its server stops, whoever stops it.

Each page keeps a connection. It is told to save, and says when it has: so the stop waits for just that, and for nothing
where no page is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from aglais_lab.routes import LabHandler

if TYPE_CHECKING:
    from jupyter_server.base.handlers import APIHandler

    from aglais_lab.parts import Parts

__all__ = ["PATIENCE_SECONDS", "Saving", "saving_handlers"]

PATIENCE_SECONDS = 8.0
"""For so long a page may take to save; then the server stops all the same."""

SAVE, SAVED = "save", "saved"


class Saving:
    """The pages that are open. ``token`` is the server's own, which the hub shows when it is about to stop it."""

    def __init__(self, token: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self._token = token
        self._patience = patience
        self._pages: set[PageHandler] = set()

    def is_hub(self, authorization: str) -> bool:
        """Whether a request is the hub's. The hub itself may refuse the token by now, as that of one suspended."""
        return bool(self._token) and hmac.compare_digest(authorization.encode(), f"token {self._token}".encode())

    def open(self, page: PageHandler) -> None:
        """A page is open."""
        self._pages.add(page)

    def close(self, page: PageHandler) -> None:
        """It is no longer, or has nothing to save any more."""
        self._pages.discard(page)
        page.settled.set()

    async def save(self) -> None:
        """Have every open page save; returns once each has said that it has, or is gone, or has had its time."""
        pages = list(self._pages)
        for page in pages:
            page.ask()
        if pages:
            await asyncio.wait([asyncio.create_task(page.settled.wait()) for page in pages], timeout=self._patience)


class PageHandler(WebSocketMixin, JupyterHandler, WebSocketHandler):
    """``GET aglais/saving``, a web socket: tells a page ``save``, and hears ``saved``."""

    @property
    def saving(self) -> Saving | None:
        parts: Parts = self.settings["aglais"]
        return parts.saving

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        if self.saving is None:
            raise web.HTTPError(404)
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        self.settled = asyncio.Event()
        super().open(*args, **kwargs)
        if self.saving is not None:
            self.saving.open(self)

    def ask(self) -> None:
        """Tell the page to save."""
        self.settled.clear()
        try:
            self.write_message(SAVE)
        except WebSocketClosedError:
            self.on_close()

    def on_message(self, message: str | bytes) -> None:
        if message == SAVED:
            self.settled.set()

    def on_close(self) -> None:
        if self.saving is not None:
            self.saving.close(self)
        super().on_close()


class SaveHandler(LabHandler):
    """``POST aglais/save``: has all pages save. For the hub, before it stops this server."""

    def check_xsrf_cookie(self) -> None:
        """No cookie counts here."""

    @allow_unauthenticated
    async def post(self) -> None:
        saving = self.parts.saving
        if saving is None or not saving.is_hub(self.request.headers.get("Authorization", "")):
            raise web.HTTPError(403)
        if self.parts.guard is not None:
            # The booking may be why, and then it is said so.
            self.parts.guard.look_soon()
        await saving.save()
        with contextlib.suppress(RuntimeError):  # the hub waits no longer
            self.answer({})


def saving_handlers(base_url: str) -> list[tuple[str, type[APIHandler | PageHandler]]]:
    """The routes under the server's base."""
    return [
        (url_path_join(base_url, "aglais", "saving"), PageHandler),
        (url_path_join(base_url, "aglais", "save"), SaveHandler),
    ]
