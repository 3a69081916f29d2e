"""The Jupyter Server extension: builds the parts, adds the routes, starts the guard and what follows the home."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aglais_hub.client import AsyncClient
from aglais_hub.clock import SystemClock
from aglais_hub.homes.sharing import link_shared
from aglais_lab.copies import refuse_saving
from aglais_lab.guard import Guard, Watched
from aglais_lab.home_files import GOES, home_handlers
from aglais_lab.notebook_errors import NotBookedError
from aglais_lab.parts import Parts, read_session
from aglais_lab.routes import routes
from aglais_lab.runs import run_handlers
from aglais_lab.saving import Saving, saving_handlers
from aglais_lab.spaces.contents import mind_spaces
from aglais_lab.spaces.routes import space_handlers
from aglais_lab.spaces.watch import Spaces
from aglais_lab.spark_folder import prepare_spark
from aglais_lab.spark_routes import spark_handlers
from aglais_lab.upstream import Upstream

if TYPE_CHECKING:
    from aglais_hub.clock import Clock

__all__: list[str] = []

KERNEL_SECONDS = 10.0

LANGUAGE_SERVERS = [Path(sys.prefix, "lib"), Path(sys.prefix), Path("/usr/local/lib"), Path("/usr/lib")]
"""Where npm puts the language servers that the lab may use: what it would answer, without starting it at each start."""


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the routes. The guard needs a running loop, and so comes later."""
    clock = SystemClock()
    name_language_servers(server.config)
    session = read_session()
    parts = Parts(clock=clock)
    if session:
        client = AsyncClient(session.url, session.token)
        saving = Saving(session.token)
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
                save=saving.save,
                stop=partial(stop_server, server),
                clock=clock,
                log=server.log,
            ),
            saving=saving,
            spaces=_follow_home(server, session.account, client, clock),
        )
    if shared := os.environ.get("AGLAIS_SHARED"):
        link_groups(Path(server.root_dir), Path(shared), server.log)
    # Before the first kernel or terminal starts: they find Spark's settings through the environment.
    with contextlib.suppress(NotBookedError):
        prepare_spark()
    if session:
        _mind_contents(server, parts)
    server.web_app.settings["aglais"] = parts
    base_url = server.web_app.settings["base_url"]
    own = [
        *routes(base_url),
        *home_handlers(base_url),
        *space_handlers(base_url),
        *run_handlers(base_url),
        *saving_handlers(base_url),
        *spark_handlers(base_url),
    ]
    server.web_app.add_handlers(".*$", own)


def name_language_servers(config: Any) -> None:
    """Say where language servers are, to the extension that looks for them; it is loaded after this one."""
    config.LanguageServerManager.setdefault("node_roots", [Path.cwd(), *LANGUAGE_SERVERS])


def link_groups(home: Path, shared: Path, log: Any) -> None:
    """Let the home have links to the folders of groups that are mounted in ``shared``, and to no others there."""
    try:
        link_shared(home, shared, [one.name for one in shared.iterdir()] if shared.is_dir() else [])
    except OSError as error:
        log.warning("The home has no links to the folders of groups: %s", error)


def _follow_home(server: Any, account: str, client: AsyncClient, clock: Clock) -> Spaces:
    home, stays = Path(server.root_dir), GOES not in os.environ
    return Spaces(home, account, client=client, clock=clock, log=server.log, stays=stays)


def _mind_contents(server: Any, parts: Parts) -> None:
    """What is saved in the lab is asked about first, and what is deleted there makes room."""
    manager = server.contents_manager
    manager.register_pre_save_hook(refuse_saving)
    # What is in a trash still takes its room on the disk, and nobody could empty it from the lab.
    manager.delete_to_trash = False
    manager.always_delete_dir = True
    if parts.spaces and not mind_spaces(manager, parts.spaces):
        server.log.warning("This contents manager is not asynchronous: what is too much for a space is not refused.")


async def _start_jupyter_server_extension(server: Any) -> None:
    """Start the guard, and what follows the home."""
    parts: Parts = server.web_app.settings["aglais"]
    # The reference keeps the tasks alive.
    server.web_app.settings["aglais_tasks"] = [
        asyncio.create_task(part.run()) for part in (parts.guard, parts.spaces) if part is not None
    ]


async def stop_server(server: Any) -> None:
    """Shut the kernels down, then the server itself; the server goes even where a kernel will not."""
    try:
        await asyncio.wait_for(server.kernel_manager.shutdown_all(now=True), KERNEL_SECONDS)
    except Exception:
        server.log.exception("Not every kernel could be shut down.")
    server.stop()
