"""Runs in a real Jupyter server with the extension, in the environment of a booked session."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from tests.support.lab import BASE, Lab, start_lab
from tests.support.notebooks import RESULT, notebook, write
from tests.support.ports import TLS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    root, examples = folder / "home", folder / "shipped"
    root.mkdir()
    examples.mkdir()
    running = start_lab(root, examples)
    yield running
    running.process.terminate()
    running.process.wait(120)


LONG = ["open('started', 'w').close()", "import time\ntime.sleep(600)"]


def test_a_notebook_that_is_sent_runs_and_is_checked(lab: Lab) -> None:
    run = lab.run(notebook=notebook(["x = 3", RESULT], count=3), name="mine.ipynb")
    assert run["url"] == f"{BASE}aglais/runs/{run['id']}"
    assert (run["name"], run["status"]) == ("mine.ipynb", "running")
    over = lab.ended(run)
    assert (over["status"], over["error"]) == ("passed", "")
    assert (over["cell"], over["cells"]) == (2, 2)
    assert over["outcome"]["values"] == {"count": 3}
    found = lab.ask("GET", f"aglais/runs/{run['id']}/notebook").json()
    assert found["cells"][-1]["execution_count"] == 2


def test_a_notebook_that_is_here_runs_in_its_folder_and_is_not_changed(lab: Lab) -> None:
    (lab.root / "work").mkdir()
    (lab.root / "work" / "count.txt").write_text("3")
    source = "from aglais_lab import result\nresult(count=int(open('count.txt').read()))"
    path = write(lab.root / "work" / "mine.ipynb", [source], count=4)
    before = path.read_bytes()
    over = lab.ended(lab.run(path="work/mine.ipynb"))
    assert over["status"] == "failed"
    assert over["error"] == "`count` is 3; 4 is expected."
    assert path.read_bytes() == before


def test_an_example_runs_through_the_link_to_it(lab: Lab) -> None:
    write(lab.examples / "one.ipynb", [RESULT], count=3)
    (lab.root / "examples").symlink_to(lab.examples)
    assert lab.ended(lab.run(path="examples/one.ipynb"))["status"] == "passed"


def test_one_runs_at_a_time_and_can_be_stopped_with_its_kernel(lab: Lab) -> None:
    write(lab.root / "long.ipynb", LONG, count=3)
    run = lab.run(path="long.ipynb")
    wait_until((lab.root / "started").exists, 240, saying="the kernel runs")
    family = psutil.Process(lab.process.pid).children(recursive=True)
    assert family
    second = lab.ask("POST", "aglais/runs", json={"path": "long.ipynb"})
    assert second.status_code == 409
    assert second.json()["error"] == {
        "code": "conflict",
        "message": "long.ipynb is running; one notebook runs at a time.",
    }
    stopped = lab.ask("DELETE", f"aglais/runs/{run['id']}")
    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    _, left = psutil.wait_procs(family, 180)
    assert not left
    assert lab.ask("DELETE", f"aglais/runs/{run['id']}").json()["status"] == "stopped", "twice is no error"


@pytest.mark.parametrize(
    "path", ["../secret.ipynb", "/../secret.ipynb", "out.ipynb", "none.ipynb", "secret.txt", "", ".", "/etc/passwd"]
)
def test_a_path_never_leaves_the_root(path: str, lab: Lab) -> None:
    secret = write(lab.root.parent / "secret.ipynb", [RESULT], count=3)
    (lab.root / "secret.txt").write_text("{}")
    (lab.root / "out.ipynb").unlink(missing_ok=True)
    (lab.root / "out.ipynb").symlink_to(secret)
    answer = lab.ask("POST", "aglais/runs", json={"path": path})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), answer.text


@pytest.mark.parametrize(
    "body",
    [{}, [], None, {"notebook": 1}, {"notebook": None}, {"notebook": {"cells": []}}, {"notebook": {"nbformat": 9}}],
)
def test_what_is_no_notebook_is_refused(body: Any, lab: Lab) -> None:
    answer = lab.ask("POST", "aglais/runs", content=json.dumps(body))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_value"), answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "aglais/runs"),
        ("GET", "aglais/runs/0123456789abcdef"),
        ("DELETE", "aglais/runs/0123456789abcdef"),
        ("GET", "aglais/runs/0123456789abcdef/notebook"),
    ],
)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_every_route_needs_a_token(method: str, path: str, token: str, lab: Lab) -> None:
    with httpx.Client(base_url=lab.url, trust_env=False, timeout=60, verify=TLS) as stranger:
        stranger.get("login")
        # As a page of the server's own would send it, so that nothing but the token is missing.
        headers = {"X-XSRFToken": stranger.cookies["_xsrf"]}
        if token:
            headers["Authorization"] = f"token {token}"
        answer = stranger.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert answer.status_code in (302, 403)


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("DELETE", ""), ("GET", "/notebook")])
def test_a_run_that_is_none(method: str, tail: str, lab: Lab) -> None:
    answer = lab.ask(method, f"aglais/runs/0123456789abcdef{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_run_ends_with_its_server_however_that_ends(tmp_path: Path) -> None:
    root = tmp_path / "home"
    root.mkdir()
    lab = start_lab(root, tmp_path)
    try:
        write(root / "long.ipynb", LONG, count=3)
        lab.run(path="long.ipynb")
        wait_until((root / "started").exists, 240, saying="the kernel runs")
        family = psutil.Process(lab.process.pid).children(recursive=True)
    finally:
        lab.process.send_signal(signal.SIGKILL)
        lab.process.wait(120)
    _, left = psutil.wait_procs(family, 180)
    assert not left
