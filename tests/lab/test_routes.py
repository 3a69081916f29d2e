"""The lab's routes on a real Jupyter server, in front of the real services."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from tornado.websocket import websocket_connect

from aglais_hub.wire.base import isoformat
from tests.support.booked_lab import BookedLab
from tests.support.platform import NOW, Platform, Stage
from tests.support.ports import TLS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.web.hub import Hub
    from tests.support.hub import RealHub
    from tests.support.templates import SqliteTemplate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate, hub: RealHub, hub_client: Hub
) -> Iterator[BookedLab]:
    """A lab for all tests that leave it and the services as they are: to start one is most of what a test takes."""
    folder = tmp_path_factory.mktemp("lab")
    stage = Stage()
    platform = Platform(sqlite_template.copy(folder), hub, hub_client, stage)
    running = BookedLab(folder, platform)
    yield running
    running.close()
    platform.close()
    stage.close()


@pytest.fixture
def own(tmp_path: Path, platform: Platform) -> Iterator[BookedLab]:
    """A lab of the test's own, in front of services that it may take away."""
    running = BookedLab(tmp_path, platform)
    yield running
    running.close()


def error_of(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert body["error"]["message"]
    return response.status_code, body["error"]["code"]


def test_the_session_is_told_and_pages_save_when_the_hub_asks(lab):
    found = wait_until(lambda: (session := lab.session())["booking"] and session)
    assert found["configured"]
    assert not found["over"]
    assert found["booking"]["id"] == lab.booking["id"]
    assert found["end"] == lab.booking["end"]
    assert (found["package"], found["account"]) == ("tiny", "ada")
    assert found["bookings_page"] == "/services/aglais/bookings"

    token = lab.platform.hub.token("ada")
    assert asyncio.run(answer_to_hub(lab, token, "saved")) == 200
    assert asyncio.run(answer_to_hub(lab, token, "")) == 200, "a page that goes is waited for no longer"
    assert asyncio.run(answer_to_hub(lab, "the-lab-token", None)) == 403


async def answer_to_hub(lab: BookedLab, token: str, said: str | None) -> int:
    """How the hub is answered once the page that is open has said this, or gone; with ``None`` it isn't asked."""
    address = str(lab.http.base_url.copy_with(scheme="ws")) + "aglais/saving?token=the-lab-token"
    page = await websocket_connect(address)
    async with httpx.AsyncClient(base_url=lab.http.base_url, trust_env=False, timeout=60, verify=TLS) as hub:
        asked = asyncio.create_task(hub.post("aglais/save", headers={"Authorization": f"token {token}"}))
        if said is not None:
            assert await page.read_message() == "save"
            assert not asked.done()
        if said:
            await page.write_message(said)
        else:
            page.close()
        status = (await asked).status_code
    page.close()
    assert await page.read_message() is None
    return status


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
    wait_until(lambda: open_ones() <= 2, 180, saying="the streams are closed")
    assert "Traceback" not in lab.log.read_text()


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


def test_examples_are_offered_that_the_booking_is_large_enough_for(lab):
    for name in ("tiny", "small", "unheard-of"):
        told = {"title": name.title(), "aglais": {"package": name}}
        (lab.home / "examples" / f"{name}.ipynb").write_text(json.dumps({"cells": [], "metadata": told}))
    offered = lab.http.get("aglais/examples").json()["rows"]
    assert {"path": "examples/tiny.ipynb", "title": "Tiny", "package": "tiny"} in offered
    # What the platform says is small is more than a tiny booking has; of the last, nobody can tell.
    assert [one["package"] for one in offered if one["package"]] == ["tiny", "unheard-of"]


def test_the_copy_of_an_example_is_made_once_where_that_is_asked(lab):
    (lab.home / "examples" / "moons.ipynb").write_text('{"metadata": {}}')
    asked = {"path": "examples/moons.ipynb", "once": True}
    answers = [lab.http.post("aglais/copy", json=asked) for _ in range(2)]
    assert [(one.status_code, one.json()["path"]) for one in answers] == [
        (201, "user/moons.ipynb"),
        (200, "user/moons.ipynb"),
    ]
    again = lab.http.post("aglais/copy", json={"path": "examples/moons.ipynb"})
    assert again.json() == {"path": "user/moons-1.ipynb"}


def test_nothing_else_is_passed_on(lab):
    for method, path in NOT_PASSED_ON:
        assert error_of(lab.http.request(method, path)) == (403, "forbidden"), path


ROUTES = [
    ("GET", "aglais/session"),
    ("GET", "aglais/examples"),
    ("POST", "aglais/copy"),
    ("GET", "aglais/api/packages/select"),
    ("GET", "aglais/api/available/changes"),
    ("POST", "aglais/save"),
    ("POST", "aglais/api/bookings/create"),
    ("DELETE", "aglais/api/bookings/some"),
]


def test_every_route_wants_to_know_who_asks(lab):
    for method, path in ROUTES:
        answer = httpx.request(method, f"{lab.http.base_url}{path}", trust_env=False, timeout=60, verify=TLS)
        assert error_of(answer) == (403, "forbidden"), path
    # A web socket: its page is not told why, as by Jupyter's own.
    assert httpx.get(f"{lab.http.base_url}aglais/saving", trust_env=False, timeout=60, verify=TLS).status_code == 403


def test_examples_are_copied_and_kept(lab):
    copied = lab.http.post("aglais/copy", json={"path": "examples/stars.ipynb"})
    assert (copied.status_code, copied.json()) == (201, {"path": "user/stars.ipynb"})
    assert error_of(lab.http.post("aglais/copy", json={"path": "examples/../../x"})) == (400, "invalid_value")
    assert error_of(lab.http.post("aglais/copy", json={"path": "examples/none.ipynb"})) == (404, "not_found")
    assert error_of(lab.http.post("aglais/copy", json=[])) == (400, "invalid_value")
    body = {"type": "file", "format": "text", "content": "changed"}
    assert lab.http.put("api/contents/examples/stars.ipynb", json=body).status_code == 403
    assert (lab.home / "examples" / "stars.ipynb").read_text() == "{}"


def test_without_the_services_the_lab_goes_on(own, stage):
    stage.close()
    for path in ("packages/select", "available/changes"):
        assert error_of(own.http.get(f"aglais/api/{path}")) == (503, "service_down"), path
    assert own.session()["configured"]


def test_ending_the_booking_in_the_lab_stops_the_server(own):
    wait_until(lambda: own.session()["booking"])
    assert own.http.delete(f"aglais/api/bookings/{own.booking['id']}").is_success
    wait_until(lambda: own.process.poll() is not None, 180, saying="the lab's server stops")
    assert own.process.returncode == 0, own.log.read_text()


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
