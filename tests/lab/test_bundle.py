"""What the panel and the pages weigh as they travel."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PANEL = ROOT / "labextension" / "aglais_lab" / "labextension" / "static"
PAGES = ROOT / "aglais_hub" / "portal" / "static"
MOST_BYTES = 150_000


def travels(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


@pytest.mark.skipif(not list(PANEL.glob("remoteEntry.*.js")), reason="the lab extension is not built")
def test_the_panel_is_light():
    assert 10_000 < travels(*PANEL.glob("*.js")) < MOST_BYTES


@pytest.mark.parametrize("name", ["bookings"])
def test_the_page_is_light(name):
    files = [PAGES / f"{name}.js", PAGES / f"{name}.css"]
    if not all(file.exists() for file in files):
        pytest.skip("the web pages are not built")
    assert 10_000 < travels(*files) < MOST_BYTES
