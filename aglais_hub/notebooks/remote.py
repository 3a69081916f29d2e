"""Run a notebook in a booked session, from anywhere: book, start the server, run there, fetch, check, tidy up."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aglais_hub.errors import ConflictError, InvalidValueError
from aglais_hub.notebooks.check import check, required_package
from aglais_hub.notebooks.hub import POLL_SECONDS, Hub
from aglais_hub.notebooks.outcome import Outcome, Progress
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aglais_hub.client import Client

__all__ = ["run_remote"]

DURATION = timedelta(hours=1)
"""What is booked for a run, unless told otherwise; what is left of it is given back."""


def run_remote(
    notebook_path: Path,
    client: Client,
    hub_url: str,
    token: str,
    *,
    progress: Callable[[Progress], None] | None = None,
    keep: bool = False,
    account: str | None = None,
    duration: timedelta = DURATION,
    output: Path | None = None,
) -> Outcome:
    """Run a notebook in the account's session under a booking, and check its result.

    A server that runs already is used as it is; otherwise the package that the notebook requires is booked for now
    and a server started, and both end with the run unless ``keep``. ``hub_url`` is the platform's address, ``token``
    one of the account's, or an admin's with ``account`` named. The notebook with its output goes to ``output``.
    Raises ``RefusedError`` with offers where there is no room, and the other classes of ``aglais_hub.errors``.
    """
    tell = progress or (lambda _: None)
    notebook = _read(notebook_path)
    with ExitStack() as stack:
        hub = stack.enter_context(Hub(hub_url, token))
        name = account or hub.own_account()
        server = hub.server(name)
        if server is None:
            server = stack.enter_context(_session(hub, client, name, notebook, duration, tell, keep=keep))
        finished = _run_there(hub, server, notebook_path.name, notebook, tell)
    tell(Progress(stage="checking", message="comparing the result"))
    if output is not None:
        output.write_text(json.dumps(finished, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return check(finished)


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidValueError(f"There is no notebook {path}.", field="notebook") from None
    except ValueError:
        raise InvalidValueError(f"{path} is not a notebook.", field="notebook") from None
    if not isinstance(notebook, dict) or required_package(notebook) is None:
        raise InvalidValueError(
            f"{path} does not say which package it needs.",
            field="notebook",
            help='Its metadata needs "aglais": {"package": "small", "version": 1, "result": {…}}.',
        )
    return notebook


@contextmanager
def _session(
    hub: Hub,
    client: Client,
    name: str,
    notebook: dict[str, Any],
    duration: timedelta,
    tell: Callable[[Progress], None],
    *,
    keep: bool,
) -> Iterator[str]:
    """A booking and a server under it for as long as the block lasts; the server's address."""
    package = required_package(notebook)
    now = datetime.now(UTC)
    at_once = (now, now + timedelta(seconds=1))
    rows = client.bookings(range=at_once, phase=[Phase.AVAILABLE, Phase.RUNNING], account=name).rows
    booked = None
    if not rows:
        tell(Progress(stage="booking", message=f"booking {package}"))
        booked = client.book(package=package, duration=duration, account=name, note="Run of a notebook")
    try:
        try:
            yield hub.start(name, package, tell)
        finally:
            if not keep:
                tell(Progress(stage="ending", message="giving the session back"))
                hub.stop(name)
    finally:
        if booked is not None and not keep:
            client.end(booked.id)


def _run_there(
    hub: Hub, server: str, name: str, notebook: dict[str, Any], tell: Callable[[Progress], None]
) -> dict[str, Any]:
    """Run the notebook on the server, and answer it with its output."""
    clean = notebook | {"cells": [_without_output(cell) for cell in notebook.get("cells", [])]}
    tell(Progress(stage="running", message="starting the kernel", percent=0))
    run = hub.ask("POST", f"{server}aglais/runs", body={"notebook": clean, "name": name})
    address = f"{server}aglais/runs/{run['id']}"
    told = _told_cell(run, None, tell)
    try:
        while run["status"] == "running":
            time.sleep(POLL_SECONDS)
            run = hub.ask("GET", address)
            # Also of a run that has ended since: its last cells may have taken less than the pause.
            told = _told_cell(run, told, tell)
    except BaseException:
        hub.ask("DELETE", address, quietly=True)
        raise
    if run["outcome"] is None:
        raise ConflictError(run["error"] or "The run was stopped.")
    return hub.ask("GET", f"{address}/notebook")


def _told_cell(run: dict[str, Any], told: int | None, tell: Callable[[Progress], None]) -> int | None:
    """Say which cell a run is at, where that is another than the one ``told`` before; gives the one told by now."""
    cell, cells = run["cell"], run["cells"]
    if cells and cell != told:
        percent = 100 * (cell - 1) // cells
        tell(Progress(stage="running", message=f"cell {cell} of {cells}", cell=cell, cells=cells, percent=percent))
        return int(cell)
    return told


def _without_output(cell: dict[str, Any]) -> dict[str, Any]:
    return cell | {"outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else cell
