"""Runs of notebooks in this session: ``POST aglais/runs`` starts one, and each has an address of its own.

A run is a process of the session, so it has what the booking has and no more. One runs at a time, since Spark takes
the whole booking.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import nbformat
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError
from aglais_lab.routes import LabHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Run", "Runs", "run_handlers"]

STOP_SECONDS = 10.0
"""How long a run may take to stop its kernel before it is killed."""

KEPT = 20
"""Runs that are over are kept until so many newer ones are."""

Status = Literal["running", "passed", "failed", "stopped"]


class Run:
    """One run: its process, the cell it is at, and at the end its outcome."""

    def __init__(self, name: str, notebook: str, folder: Path | None) -> None:
        self.id = secrets.token_hex(8)
        self.name = name
        self.status: Status = "running"
        self.progress: Mapping[str, Any] = {}
        self.outcome: Mapping[str, Any] | None = None
        self.error = ""
        self.task: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._stopping = False
        self._home = Path(tempfile.mkdtemp(prefix="aglais-run-"))
        self._where = folder or self._home
        (self._home / "notebook.ipynb").write_text(notebook, encoding="utf-8")

    @property
    def output(self) -> Path:
        """The notebook with its output, as far as the run has come."""
        return self._home / "output.ipynb"

    def describe(self, url: str) -> dict[str, Any]:
        """The run as its address answers it."""
        return {
            "id": self.id,
            "url": url,
            "name": self.name,
            "status": self.status,
            "cell": self.progress.get("cell", 0),
            "cells": self.progress.get("cells", 0),
            "error": self.error,
            "outcome": self.outcome,
        }

    async def start(self) -> None:
        """Start the process; it stops by itself when this server is gone, since its standard input is then closed."""
        # The import path must not start with the folder that a notebook was put into.
        environ = os.environ | {"PYTHONSAFEPATH": "1"}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aglais_hub.notebooks", self._home / "notebook.ipynb", self.output, self._where),
            stdin=PIPE,
            stdout=PIPE,
            stderr=(self._home / "log").open("wb"),
            cwd=self._where,
            env=environ,
            start_new_session=True,
        )
        self.task = asyncio.create_task(self._follow(self._process))

    async def _follow(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 it was asked for
        async for line in process.stdout:
            with suppress(ValueError):
                said = json.loads(line)
                if "outcome" in said:
                    self.outcome = said["outcome"]
                else:
                    self.progress = said
        await process.wait()
        if self._stopping:
            self.status = "stopped"
        elif self.outcome is None:
            self.status, self.error = "failed", self._last_words()
        else:
            self.status = "passed" if self.outcome["ok"] else "failed"
            self.error = "\n".join(problem["message"] for problem in self.outcome["problems"])

    def _last_words(self) -> str:
        lines = (self._home / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"The run ended without an outcome: {lines[-1]}" if lines else "The run ended without an outcome."

    async def stop(self) -> None:
        """Stop the run with its kernel, gently and then not; over when this returns."""
        process = self._process
        if process is None or process.returncode is not None or self.task is None:
            return
        self._stopping = True
        process.send_signal(signal.SIGTERM)
        done, _ = await asyncio.wait([self.task], timeout=STOP_SECONDS)
        if not done:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await self.task

    def forget(self) -> None:
        """Remove what the run left on disk."""
        shutil.rmtree(self._home, ignore_errors=True)


class Runs:
    """The runs of this server, by id."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def get(self, id: str) -> Run:
        """The run of this id; raises ``NotFoundError``."""
        if id not in self._runs:
            raise NotFoundError("There is no such run.")
        return self._runs[id]

    @property
    def running(self) -> Run | None:
        """The run that is not over yet."""
        return next((run for run in self._runs.values() if run.status == "running"), None)

    async def add(self, run: Run) -> None:
        """Start a run and keep it; the oldest that are over make room."""
        self._runs[run.id] = run
        await run.start()
        for old in [run for run in self._runs.values() if run.status != "running"][:-KEPT]:
            self._runs.pop(old.id).forget()


class _RunHandler(LabHandler):
    @property
    def runs(self) -> Runs:
        runs: Runs = self.settings.setdefault("aglais_runs", Runs())
        return runs

    def answer_run(self, run: Run, status: int = 200) -> None:
        self.answer(run.describe(url_path_join(self.base_url, "aglais", "runs", run.id)), status)


class RunsHandler(_RunHandler):
    """``POST aglais/runs``: starts a run of ``{"path": …}``, a notebook here, or ``{"notebook": …, "name": …}``."""

    @web.authenticated
    async def post(self) -> None:
        if self.runs.running is not None:
            raise ConflictError(f"{self.runs.running.name} is running; one notebook runs at a time.")
        body = self.get_json_body()
        asked = body if isinstance(body, dict) else {}
        if isinstance(asked.get("path"), str):
            file = find_notebook(Path(self.settings["server_root_dir"]), asked["path"])
            name, notebook, folder = asked["path"], file.read_text(encoding="utf-8"), file.parent
        else:
            name, folder = Path(str(asked.get("name") or "notebook.ipynb")).name, None
            notebook = json.dumps(asked.get("notebook"))
        run = Run(name, valid_notebook(notebook, name), folder)
        await self.runs.add(run)
        self.answer_run(run, 201)


class RunHandler(_RunHandler):
    """``GET aglais/runs/{id}``: how far a run is. ``DELETE`` stops it, and answers when it is over."""

    @web.authenticated
    async def get(self, id: str) -> None:
        self.answer_run(self.runs.get(id))

    @web.authenticated
    async def delete(self, id: str) -> None:
        run = self.runs.get(id)
        await run.stop()
        self.answer_run(run)


class RunNotebookHandler(_RunHandler):
    """``GET aglais/runs/{id}/notebook``: the notebook with the output it has so far."""

    @web.authenticated
    async def get(self, id: str) -> None:
        output = self.runs.get(id).output
        if not output.is_file():
            raise NotFoundError("The run has no output yet.")
        self.answer(json.loads(output.read_text(encoding="utf-8")))


def find_notebook(root: Path, path: str) -> Path:
    """The notebook file at ``path`` from the root of the file browser; raises ``NotFoundError``.

    A link may lead out of the root to the examples, and nowhere else.
    """
    examples = os.environ.get("AGLAIS_EXAMPLES", "")
    allowed = [root.resolve(), *([Path(examples).resolve()] if examples else [])]
    file = (root / path.lstrip("/")).resolve()
    if file.suffix != ".ipynb" or not any(file.is_relative_to(folder) for folder in allowed) or not file.is_file():
        raise NotFoundError(f"There is no notebook {path}.")
    return file


def valid_notebook(text: str, name: str) -> str:
    """The notebook as it stands, if it is one of format 4; raises ``InvalidValueError``."""
    try:
        notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook, version=4)
    except (nbformat.ValidationError, nbformat.reader.NotJSONError, AttributeError, TypeError, ValueError, KeyError):
        raise InvalidValueError(f"{name} is not a notebook of format 4.", field="notebook") from None
    return text


def run_handlers(base_url: str) -> list[tuple[str, type[APIHandler]]]:
    """The routes of runs, to be added to the server's."""
    runs = url_path_join(base_url, "aglais", "runs")
    return [
        (runs, RunsHandler),
        (f"{runs}/(?P<id>[0-9a-f]{{16}})", RunHandler),
        (f"{runs}/(?P<id>[0-9a-f]{{16}})/notebook", RunNotebookHandler),
    ]
