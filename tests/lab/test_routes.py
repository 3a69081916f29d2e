"""The lab's routes on a real Jupyter server, in front of the real services."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from aglais_hub.wire.base import isoformat
from tests.support.platform import NOW
from tests.support.ports import free_port
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.platform import Platform

ROOT = Path(__file__).parents[2]
BASE = "/user/o%27hara/"


class Lab:
    """A Jupyter server with our extension, started as the spawner would, for the caller ada."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.home = folder / "home"
        (self.home / "examples").mkdir(parents=True)
        (self.home / "examples" / "stars.ipynb").write_text("{}")
        platform.grant(tinies=2)
        self.booking = platform.book(duration="P3650D", startdate=isoformat(NOW)).json()
        self.platform = platform
        self.port = free_port()
        self.log = folder / "lab.log"
        environment = {
            **os.environ,
            "AGLAIS_API_URL": f"{platform.url}services/aglais/api",
            "JUPYTERHUB_API_TOKEN": platform.hub.token("ada"),
            "JUPYTERHUB_USER": "ada",
            "AGLAIS_BOOKING": self.booking["id"],
            "AGLAIS_BOOKING_END": self.booking["end"],
            "AGLAIS_PACKAGE": "tiny",
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "HOME": str(self.home),
        }
        options = {
            "ServerApp.port": self.port,
            "ServerApp.base_url": BASE,
            "ServerApp.root_dir": self.home,
            "ServerApp.jpserver_extensions": "aglais_lab=True",
            "IdentityProvider.token": "the-lab-token",
            "ServerApp.allow_root": True,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())],
                env=environment,
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}{BASE}", trust_env=False, timeout=30)
        self.http.headers["Authorization"] = "token the-lab-token"
        wait_until(self._ready, 60, saying="the lab's server answers")

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get("aglais/session").is_success
        except httpx.TransportError:
            return False

    def session(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("aglais/session").json()
        return found

    def close(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def lab(tmp_path: Path, platform: Platform) -> Iterator[Lab]:
    running = Lab(tmp_path, platform)
    yield running
    running.close()


def error_of(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert body["error"]["message"]
    return response.status_code, body["error"]["code"]


def test_the_session_is_told(lab):
    found = wait_until(lambda: (session := lab.session())["booking"] and session, 10)
    assert found["configured"]
    assert not found["over"]
    assert found["booking"]["id"] == lab.booking["id"]
    assert found["end"] == lab.booking["end"]
    assert (found["package"], found["account"]) == ("tiny", "ada")
    assert found["bookings_page"] == "/services/aglais/bookings"


def test_calls_are_passed_on_with_the_servers_token(lab):
    packages = lab.http.get("aglais/api/packages/select").json()["rows"]
    assert [package["name"] for package in packages] == ["tiny", "small", "medium", "large"]

    range_ = f"{isoformat(NOW)},{isoformat(NOW + timedelta(hours=3))}"
    rows = lab.http.get("aglais/api/available/select", params={"range": range_, "grain": "hour"}).json()["rows"]
    assert [row["packages"]["tiny"] for row in rows] == [1, 1, 1]

    start = isoformat(NOW + timedelta(days=1))
    wish = {"package": "tiny", "startdate": start, "duration": "PT1H"}
    booked = [lab.http.post("aglais/api/bookings/create", json=wish, headers={"Idempotency-Key": "once"}) for _ in "ab"]
    assert [answer.status_code for answer in booked] == [201, 201]
    assert booked[0].json()["id"] == booked[1].json()["id"]
    assert booked[0].json()["account"] == "ada"
    address = f"aglais/api/bookings/{booked[0].json()['id']}"
    assert lab.http.get(f"{address}/extension", params={"extend": "PT1H"}).json()["until"]
    assert lab.http.delete(address).is_success
    assert lab.http.get(address).json()["phase"] == "CANCELLED"


def test_a_refusal_keeps_its_offers(lab):
    refused = lab.http.post("aglais/api/bookings/create", json={"package": "small", "duration": "PT1H"})
    assert error_of(refused) == (409, "refused")
    assert refused.json()["error"]["rule"] == "capacity"


def events(stream: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_changes_are_passed_on_as_they_come(lab):
    with lab.http.stream("GET", "aglais/api/available/changes") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = events(stream)
        first = next(told)["change"]
        lab.platform.book(startdate=isoformat(NOW + timedelta(days=2)))
        assert next(told)["change"] > first


def test_a_stream_that_nobody_reads_any_more_is_closed_at_the_services_too(lab):
    process, port = psutil.Process(lab.process.pid), int(lab.platform.url.rstrip("/").rsplit(":", 1)[1])

    def open_ones() -> int:
        found = process.net_connections("tcp")
        return sum(one.status == "ESTABLISHED" and bool(one.raddr) and one.raddr.port == port for one in found)

    with ExitStack() as stack:
        read = [events(stack.enter_context(lab.http.stream("GET", "aglais/api/available/changes"))) for _ in range(5)]
        for told in read:
            next(told)
        assert open_ones() >= 5
    # The lab's own two clients may keep a connection each. Nothing is sent on a stream for longer than this.
    wait_until(lambda: open_ones() <= 2, 5, saying="the streams are closed")
    assert "Traceback" not in lab.log.read_text()


def test_a_stream_of_services_that_are_away_is_an_error(lab, stage):
    stage.close()
    assert error_of(lab.http.get("aglais/api/available/changes")) == (503, "service_down")


def test_offers_changes_and_decisions_are_passed_on(lab):
    start = isoformat(NOW + timedelta(days=3))
    asked = lab.http.post("aglais/api/offers/create", json={"package": "tiny", "startdate": start, "duration": "PT1H"})
    assert [offer["kind"] for offer in asked.json()["offers"]][:1] == ["asked"]
    taken = asked.json()["offers"][0]
    address = f"aglais/api/bookings/{taken['id']}"
    assert lab.http.post(address, json={"phase": "ACCEPTED", "version": taken["version"]}).is_success
    assert lab.http.get(f"{address}/changes").json()["rows"][-1]["by"] == "ada"
    decision = asked.json()["why"].rsplit("/", 1)[1]
    assert lab.http.get(f"aglais/api/decisions/{decision}").json()["outcome"] == "offered"


NOT_PASSED_ON = [
    ("GET", "aglais/api/accounts/ben"),
    ("GET", "aglais/api/accounts/select"),
    ("POST", "aglais/api/resources/create"),
    ("POST", "aglais/api/packages/create"),
    ("DELETE", "aglais/api/packages/tiny"),
    ("DELETE", "aglais/api/accounts/ada"),
    ("POST", "aglais/api/sessions/start"),
    ("GET", "aglais/api/bookings/..%2Fpackages"),
    ("GET", "aglais/api/%61vailable/changes"),
    ("POST", "aglais/api/resources/preview"),
    ("POST", "aglais/api/clusters/create"),
    ("GET", "aglais/api/decisions/select/more"),
    ("GET", "aglais/api/..%2f..%2f..%2fhub"),
    ("GET", "aglais/api/"),
]


def test_nothing_else_is_passed_on(lab):
    for method, path in NOT_PASSED_ON:
        assert error_of(lab.http.request(method, path)) == (403, "forbidden"), path


ROUTES = [
    ("GET", "aglais/session"),
    ("POST", "aglais/copy"),
    ("GET", "aglais/api/packages/select"),
    ("GET", "aglais/api/available/changes"),
    ("POST", "aglais/api/bookings/create"),
    ("DELETE", "aglais/api/bookings/some"),
]


def test_every_route_wants_to_know_who_asks(lab):
    for method, path in ROUTES:
        answer = httpx.request(method, f"{lab.http.base_url}{path}", trust_env=False, timeout=30)
        assert error_of(answer) == (403, "forbidden"), path


def test_examples_are_copied_and_kept(lab):
    copied = lab.http.post("aglais/copy", json={"path": "examples/stars.ipynb"})
    assert (copied.status_code, copied.json()) == (201, {"path": "user/stars.ipynb"})
    assert error_of(lab.http.post("aglais/copy", json={"path": "examples/../../x"})) == (400, "invalid_value")
    assert error_of(lab.http.post("aglais/copy", json={"path": "examples/none.ipynb"})) == (404, "not_found")
    assert error_of(lab.http.post("aglais/copy", json=[])) == (400, "invalid_value")
    body = {"type": "file", "format": "text", "content": "changed"}
    assert lab.http.put("api/contents/examples/stars.ipynb", json=body).status_code == 403
    assert (lab.home / "examples" / "stars.ipynb").read_text() == "{}"


def test_without_the_services_the_lab_goes_on(lab, stage):
    stage.close()
    assert error_of(lab.http.get("aglais/api/packages/select")) == (503, "service_down")
    assert lab.session()["configured"]


def test_ending_the_booking_in_the_lab_stops_the_server(lab):
    wait_until(lambda: lab.session()["booking"], 10)
    assert lab.http.delete(f"aglais/api/bookings/{lab.booking['id']}").is_success
    wait_until(lambda: lab.process.poll() is not None, 20, saying="the lab's server stops")
    assert lab.process.returncode == 0, lab.log.read_text()


@pytest.mark.skipif(
    not (ROOT / "labextension" / "node_modules").is_dir(), reason="npm has not set up the lab extension"
)
def test_the_panels_types_are_those_of_the_services(platform, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(platform.call("GET", "openapi.json").json()))
    node = shutil.which("node")
    assert node
    checked = subprocess.run(
        [node, "types.mjs", str(document), "--check"],
        cwd=ROOT / "labextension",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
