"""Spark in the lab: ``aglais/spark`` says what it holds of the booking, ``aglais/spark/KEY/NUMBER/…`` are its pages.

Spark's pages listen on loopback only. Who may see the lab may see them, through here, and nobody else.

Scripts on those pages fetch more of them, and know of no token against requests that another site, or another lab at
the same address, makes in a person's name. So their address holds a key, which only who may ask ``aglais/spark`` gets
to know.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from aglais_hub.errors import NotFoundError
from aglais_lab.booked import BookedResources
from aglais_lab.notebook_errors import NotebookError
from aglais_lab.routes import LabHandler
from aglais_lab.spark_check import excess_of
from aglais_lab.spark_folder import spark_folder
from aglais_lab.spark_processes import SparkProcess, disk_use, last_refusal, spark_processes
from aglais_lab.spark_settings import Executors
from aglais_lab.spark_waiting import waiting_executors

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["spark_handlers"]

# The first question takes a while: a Spark that has but one core gets its pages ready.
_ANSWER_SECONDS = 20.0
# Of a page's headers, those that mean something to who reads it.
_PASSED_ON = ("Content-Type", "Content-Disposition", "Cache-Control")


class SparkHandler(LabHandler):
    """What the session's Sparks hold, beside what is booked. Amounts are MiB."""

    def initialize(self, key: str) -> None:
        self._key = key

    @web.authenticated
    async def get(self) -> None:
        environ = os.environ
        try:
            resources, executors = BookedResources.from_environment(environ), Executors.from_environment(environ)
            folder = spark_folder(environ)
        except (NotebookError, KeyError):
            raise NotFoundError("This lab has no booking, and so no Spark.") from None
        found, scratch = await asyncio.gather(
            asyncio.to_thread(spark_processes, folder), asyncio.to_thread(disk_use, folder)
        )
        base = url_path_join(self.base_url, "aglais", "spark", self._key)
        async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_SECONDS) as http:
            sparks = await asyncio.gather(*(_tell(http, one, base, environ) for one in found))
        count, size = (executors.count, executors.size.memory) if executors else (0, 0)
        waiting = await waiting_executors(executors) if executors and sparks else []
        self.answer(
            {
                "sparks": sparks,
                "executors": {
                    "used": sum(one["executors"] for one in sparks),
                    "booked": count,
                    "waiting": waiting,
                },
                "memory": {
                    "used": sum(one["memory"] + one["executors"] * size for one in sparks),
                    "booked": resources.server.memory + count * size,
                },
                "scratch": {"used": scratch + sum(one["shuffled"] for one in sparks), "booked": resources.temporary},
            }
        )


class PagesHandler(JupyterHandler):
    """One page of a Spark's own, passed on. Pages are read only: nothing is sent to them."""

    def initialize(self, key: str) -> None:
        self._key = key

    def check_xsrf_cookie(self) -> None:
        if not self._has_key(self.path_args[0]):
            super().check_xsrf_cookie()

    @web.authenticated
    async def get(self, key: str, number: str) -> None:
        folder = spark_folder(os.environ) if "AGLAIS_SPARK" in os.environ else None
        found = await asyncio.to_thread(spark_processes, folder) if folder and self._has_key(key) else []
        process = next((one for one in found if str(one.number) == number), None)
        if process is None:
            self._say(404, "This Spark does not run any more.")
            return
        prefix = url_path_join(self.base_url, "aglais", "spark", key, number)
        # The lab's own token may be in the address, and stays here.
        query = urlencode(
            [pair for pair in parse_qsl(self.request.query, keep_blank_values=True) if pair[0] != "token"]
        )
        path = self.request.path.removeprefix(prefix)
        # Spark puts what this says before the addresses on its pages.
        headers = {"X-Forwarded-Context": prefix, "Accept": self.request.headers.get("Accept", "*/*")}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_SECONDS) as http:
                answer = await http.get(f"http://127.0.0.1:{process.port}{path}?{query}", headers=headers)
        except httpx.TransportError:
            self._say(502, "This Spark does not answer. It may be ending.")
            return
        self.set_status(answer.status_code)
        for name in _PASSED_ON:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        if "Location" in answer.headers:
            self.set_header("Location", _under(prefix, answer.headers["Location"]))
        self.finish(answer.content)

    def _has_key(self, key: str) -> bool:
        return secrets.compare_digest(key, self._key)

    def _say(self, status: int, sentence: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{sentence}\n")


def _under(prefix: str, location: str) -> str:
    """Where a redirect leads, from the lab's own address on."""
    there = urlsplit(location)
    path = there.path if there.path.startswith(prefix) else prefix + there.path
    return f"{path}?{there.query}" if there.query else path


async def _tell(
    http: httpx.AsyncClient, process: SparkProcess, base: str, environ: Mapping[str, str]
) -> dict[str, Any]:
    """What one Spark does."""
    found = {
        "pages": url_path_join(base, str(process.number), "jobs/"),
        "memory": process.memory,
        "refused": last_refusal(spark_folder(environ), process.number),
    }
    api = f"http://127.0.0.1:{process.port}/api/v1/applications"
    try:
        apps = (await http.get(api)).raise_for_status().json()
        app = f"{api}/{apps[0]['id']}"
        every = (await http.get(f"{app}/executors")).raise_for_status().json()
        properties = (await http.get(f"{app}/environment")).raise_for_status().json()["sparkProperties"]
        excess = excess_of(dict(properties), environ)
    except (httpx.HTTPError, ValueError, LookupError, NotebookError):
        # It answers once it has an executor, or has waited for one for half a minute.
        nothing = dict.fromkeys(("executors", "tasks", "room", "shuffled"), 0)
        return {**found, **nothing, "name": "Spark", "starting": True, "excess": ""}
    apart = [one for one in every if one["id"] != "driver"]
    return {
        **found,
        "name": apps[0]["name"],
        "starting": False,
        "executors": len(apart),
        "tasks": sum(one["activeTasks"] for one in every),
        "room": sum(one["maxTasks"] for one in (apart or every)),
        "shuffled": sum(one["totalShuffleWrite"] + one["diskUsed"] for one in apart) // 2**20,
        "excess": str(excess) if excess else "",
    }


def spark_handlers(base_url: str) -> list[tuple[str, type[JupyterHandler], dict[str, str]]]:
    """The routes under the server's base."""
    own = {"key": secrets.token_hex(16)}
    return [
        (url_path_join(base_url, "aglais", "spark"), SparkHandler, own),
        (url_path_join(base_url, "aglais", "spark", r"(\w+)", r"(\d+)", "(?:.*)"), PagesHandler, own),
    ]
