"""The lab's own routes under ``<base>/aglais/``: its session, its examples, and the booking API passed on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import httpx
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import iostream, web

from aglais_hub.errors import AglaisError, InvalidValueError, ServiceDownError
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.packages import Package
from aglais_lab.booked import BookedResources
from aglais_lab.copies import copy_example, copy_there, example_size, place_of_copy
from aglais_lab.notebook_errors import NotBookedError
from aglais_lab.offered import find_examples
from aglais_lab.parts import Parts
from aglais_lab.upstream import CHANGES, Upstream

__all__ = ["LabHandler", "routes"]

MOST_BYTES = 65536


class LabHandler(APIHandler):
    """What all routes share: the parts, and errors in the one shape."""

    # The panel asks by itself: that is no sign of somebody at work.
    _track_activity = False

    @property
    def parts(self) -> Parts:
        parts: Parts = self.settings["aglais"]
        return parts

    @property
    def upstream(self) -> Upstream:
        """The way to the services; raises ``ServiceDownError`` in a lab that has none."""
        if self.parts.upstream is None:
            raise ServiceDownError("This lab was not started by Aglais Hub.", help="Start it from the hub.")
        return self.parts.upstream

    def answer(self, body: dict[str, Any], status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(body))

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        # Our own errors are answers, and need no traceback.
        if not isinstance(error, AglaisError):
            super().log_exception(kind, error, trace)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, AglaisError):
            shape = {"code": error.code, "message": error.message, "field": error.field, "help": error.help}
            self.answer({"error": {key: value for key, value in shape.items() if value}}, error.status)
            return
        code = {401: "unauthenticated", 403: "forbidden", 404: "not_found"}.get(status_code)
        code = code or ("invalid_value" if status_code < 500 else "internal")
        message = "The lab could not do this." if status_code >= 500 else f"The lab refused this: {self._reason}."
        self.answer({"error": {"code": code, "message": message}}, status_code)


class SessionHandler(LabHandler):
    """``GET aglais/session``: the booking that this server runs under, and the time."""

    @web.authenticated
    async def get(self) -> None:
        parts = self.parts
        guard = parts.guard
        booking = guard.booking if guard else None
        self.answer(
            {
                "configured": guard is not None,
                "booking": booking.model_dump(mode="json") if booking else None,
                "package": (booking.package if booking else None) or parts.package,
                "end": isoformat(guard.end) if guard else None,
                "over": guard.over if guard else False,
                "now": isoformat(parts.clock.now()),
                "account": parts.account,
                "hub_prefix": parts.hub_prefix,
                "bookings_page": parts.bookings_page,
            }
        )


class ExamplesHandler(LabHandler):
    """``GET aglais/examples``: the examples that this lab's booking is large enough for, the easiest first."""

    @web.authenticated
    async def get(self) -> None:
        found = await asyncio.to_thread(find_examples, Path(self.settings["server_root_dir"]))
        enough = {name: await self._is_enough_for(name) for name in {example.package for example in found}}
        self.answer({"rows": [asdict(example) for example in found if enough[example.package] is not False]})

    async def _is_enough_for(self, name: str) -> bool | None:
        try:
            booked = BookedResources.from_environment(os.environ)
        except NotBookedError:
            return None
        is_asked = name not in ("", booked.package) and self.parts.upstream is not None
        return booked.is_enough_for(name, await self._package(name) if is_asked else None)

    async def _package(self, name: str) -> Package | None:
        try:
            answer = await self.upstream.send("GET", f"packages/{quote(name, safe='')}", "", b"", {})
            return Package.model_validate_json(answer.content) if answer.is_success else None
        except (AglaisError, ValueError):
            return None


class CopyHandler(LabHandler):
    """``POST aglais/copy`` ``{"path": "examples/…"}``: copies an example into ``user/``.

    With ``"once": true`` a copy that is there already is the answer.
    """

    @web.authenticated
    async def post(self) -> None:
        body = self.get_json_body() or {}
        path = body.get("path") if isinstance(body, dict) else None
        if not isinstance(path, str):
            raise InvalidValueError("Say which example to copy.", field="path")
        home, spaces = Path(self.settings["server_root_dir"]), self.parts.spaces
        if body.get("once") is True and (there := copy_there(home, path)):
            self.answer({"path": there})
            return
        if spaces is not None:
            await spaces.admit(place_of_copy(path), example_size(home, path))
        self.answer({"path": copy_example(home, path)}, 201)


class ApiHandler(LabHandler):
    """``<base>/aglais/api/…``: the booking API, passed on with the server's token."""

    @web.authenticated
    async def get(self, path: str) -> None:
        await self._pass_on(path)

    @web.authenticated
    async def post(self, path: str) -> None:
        await self._pass_on(path)

    @web.authenticated
    async def delete(self, path: str) -> None:
        await self._pass_on(path)

    async def _pass_on(self, path: str) -> None:
        upstream, guard, request = self.upstream, self.parts.guard, self.request
        if len(request.body) > MOST_BYTES:
            raise InvalidValueError("This is more than a booking needs.")
        method = request.method or "GET"
        # The lab's own token may be in the address, and stays here.
        query = urlencode([pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] != "token"])
        found = await upstream.send(method, path, query, request.body, dict(request.headers))
        if guard and method != "GET" and found.is_success:
            own = guard.booking is not None and path == f"bookings/{guard.booking.id}"
            guard.look_soon(ended_here=own and method == "DELETE")
        self.set_status(found.status_code)
        self.set_header("Cache-Control", "no-store")
        self.finish(found.content)


class ChangesHandler(LabHandler):
    """``GET <base>/aglais/api/available/changes``: the stream of changes, passed on as it comes."""

    _reading: asyncio.Task[None] | None = None

    @web.authenticated
    async def get(self) -> None:
        self._reading = asyncio.create_task(self._pass_on(self.upstream))
        # Whoever reads it closes it: that is its usual end.
        with contextlib.suppress(asyncio.CancelledError, iostream.StreamClosedError):
            await self._reading

    def on_connection_close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        super().on_connection_close()

    async def _pass_on(self, upstream: Upstream) -> None:
        async with upstream.changes() as found:
            self.set_status(found.status_code)
            self.set_header("Content-Type", found.headers.get("Content-Type", "application/json"))
            self.set_header("Cache-Control", "no-store")
            # A reader that sees the headers knows that it is heard.
            await self.flush()
            # Services that go away in the middle end the stream, and the reader comes again.
            with contextlib.suppress(httpx.TransportError):
                async for chunk in found.aiter_bytes():
                    self.write(chunk)
                    await self.flush()


def routes(base_url: str) -> list[tuple[str, type[APIHandler]]]:
    """The routes under the server's base."""
    return [
        (url_path_join(base_url, "aglais", "session"), SessionHandler),
        (url_path_join(base_url, "aglais", "examples"), ExamplesHandler),
        (url_path_join(base_url, "aglais", "copy"), CopyHandler),
        (url_path_join(base_url, "aglais", "api", CHANGES), ChangesHandler),
        (url_path_join(base_url, "aglais", "api", "(.*)"), ApiHandler),
    ]
