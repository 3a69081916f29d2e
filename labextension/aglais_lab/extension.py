"""The Jupyter Server extension: builds the parts, adds the routes, and starts the guard."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any

from aglais_hub.client import AsyncClient
from aglais_hub.clock import SystemClock
from aglais_lab.copies import refuse_saving
from aglais_lab.guard import Guard, Watched
from aglais_lab.notebook_errors import NotBookedError
from aglais_lab.parts import Parts, read_session
from aglais_lab.routes import routes
from aglais_lab.runs import run_handlers
from aglais_lab.spark_folder import prepare_spark
from aglais_lab.spark_routes import spark_handlers
from aglais_lab.upstream import Upstream

__all__: list[str] = []

KERNEL_SECONDS = 10.0


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the routes. The guard needs a running loop, and so comes later."""
    clock = SystemClock()
    session = read_session()
    parts = Parts(clock=clock)
    if session:
        client = AsyncClient(session.url, session.token)
        parts = Parts(
            clock=clock,
            account=session.account,
            package=session.package,
            hub_prefix=session.hub_prefix,
            bookings_page=session.bookings_page,
            upstream=Upstream(session.url, session.token, session.account),
            guard=Guard(
                end=session.end,
                look=Watched(client, session.booking),
                stop=partial(stop_server, server),
                clock=clock,
                log=server.log,
            ),
        )
    # Before the first kernel or terminal starts: they find Spark's settings through the environment.
    with contextlib.suppress(NotBookedError):
        prepare_spark()
    if session:
        server.contents_manager.register_pre_save_hook(refuse_saving)
    server.web_app.settings["aglais"] = parts
    base_url = server.web_app.settings["base_url"]
    server.web_app.add_handlers(".*$", [*routes(base_url), *run_handlers(base_url), *spark_handlers(base_url)])


async def _start_jupyter_server_extension(server: Any) -> None:
    """Start the guard."""
    parts: Parts = server.web_app.settings["aglais"]
    if parts.guard:
        # The reference keeps the task alive.
        server.web_app.settings["aglais_guard"] = asyncio.create_task(parts.guard.run())


async def stop_server(server: Any) -> None:
    """Shut the kernels down, then the server itself; the server goes even where a kernel will not."""
    try:
        await asyncio.wait_for(server.kernel_manager.shutdown_all(now=True), KERNEL_SECONDS)
    except Exception:
        server.log.exception("Not every kernel could be shut down.")
    server.stop()
