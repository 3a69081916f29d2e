"""Whoever listens hears of every change, and holds nothing up."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import TYPE_CHECKING

import httpx

from tests.support.ports import TLS
from tests.support.services import ServiceProcess

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.settings import Settings
    from tests.support.hub import RealHub

API = "services/aglais/api/"


def listen(url: str, token: str, changes: list[int], soon: threading.Event) -> None:
    """Listen until the stream ends."""
    headers = {"Authorization": f"token {token}"}
    with httpx.stream(
        "GET", f"{url}{API}available/changes", headers=headers, trust_env=False, timeout=60, verify=TLS
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                changes.append(json.loads(line.removeprefix("data: "))["change"])
                soon.set()


def test_listeners_in_one_process_hear_what_another_changes_and_let_it_stop(
    settings: Settings, hub: RealHub, tmp_path: Path
) -> None:
    hearing, writing = (ServiceProcess(settings, hub, tmp_path) for _ in range(2))
    try:
        for process in (hearing, writing):
            process.wait()
        changes: list[list[int]] = [[], []]
        soon = [threading.Event(), threading.Event()]
        listeners = [
            threading.Thread(target=listen, args=(hearing.url, hub.token("ada"), mine, event))
            for mine, event in zip(changes, soon, strict=True)
        ]
        for listener in listeners:
            listener.start()
        for event in soon:
            assert event.wait(60), "the number is told at once"
            event.clear()
        answer = httpx.post(
            f"{writing.url}{API}resources/create",
            headers={"Authorization": f"token {hub.token('root')}"},
            json={"cluster": "north", "startdate": "2030-01-01", "enddate": "2030-01-02", "cores": 1},
            timeout=60,
            trust_env=False,
            verify=TLS,
        )
        assert answer.status_code == 201, answer.text
        for event, mine in zip(soon, changes, strict=True):
            assert event.wait(60), "and so is the next one"
            assert mine == sorted(set(mine))
        os.kill(hearing.process.pid, signal.SIGTERM)
        hearing.process.wait(60)
        assert "graceful shutdown exceeded" not in hearing.log.read_text(), "who listens does not hold up the end"
        for listener in listeners:
            listener.join(60)
            assert not listener.is_alive()
    finally:
        for process in (hearing, writing):
            process.stop()
