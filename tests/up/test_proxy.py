"""The proxy is fetched once, however many start at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from aglais_hub.up import proxy

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_who_comes_while_it_is_fetched_waits_and_takes_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, fetched = threading.Barrier(2), []

    def fetch(_npm: str, folder: Path) -> None:
        fetched.append(folder)
        # Whoever fetches too comes in here; nobody does, so it goes on alone.
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        script = folder / proxy._SCRIPT
        script.parent.mkdir(parents=True)
        script.write_text("// the proxy")

    monkeypatch.setattr(proxy.shutil, "which", lambda name: name)
    monkeypatch.setattr(proxy, "_npm_ci", fetch)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(proxy.find_proxy, [tmp_path] * 2))
    assert len(fetched) == 1
    assert found[0] == found[1]
    assert found[0].read_text() == "// the proxy"
