"""``aglais up`` from an installed wheel: no checkout, no compiler, and everything is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")


def run(*command: str, **options) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of a fresh environment are, with the wheel and what the lock file names."""
    folder = tmp_path_factory.mktemp("wheel")
    python = str(folder / "venv" / "bin" / "python")
    run(UV, "build", "--wheel", "--out-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    run(UV, "pip", "sync", "--python", python, "--require-hashes", str(ROOT / "requirements.lock"))
    run(UV, "pip", "install", "--python", python, "--no-deps", str(wheel))
    return folder / "venv" / "bin"


def test_the_installed_platform_is_whole(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    with Product(tmp_path / "state", command=[str(programs / "aglais"), "up"]) as product:
        for process in product.processes():
            assert not [part for part in process.cmdline() if part.startswith(f"{ROOT}/")]
        product.user("ann")
        product.start_server("ann", package="tiny")
        headers = {"Authorization": f"token {product.user('ann')}"}
        lab = httpx.get(f"{product.url}user/ann/lab", headers=headers, timeout=120)
        assert '"name": "aglais-lab"' in lab.text, "the lab extension is there"
        examples = httpx.get(f"{product.url}user/ann/api/contents/examples/tiny", headers=headers, timeout=120)
        assert [entry["name"] for entry in examples.json()["content"]]
        assert httpx.get(f"{product.url}hub/login", timeout=120).status_code == 200
        for name in ("bookings", "decisions", "capacity"):
            assert httpx.get(f"{product.url}services/aglais/static/{name}.js", timeout=120).status_code == 200, name
        product.stop_server("ann")


def test_the_core_alone_is_a_light_client(programs: Path):
    """What a script that only books needs: neither the hub nor a database is imported."""
    script = (
        "import sys, aglais_hub.client; "
        "heavy = {'jupyterhub', 'sqlalchemy', 'fastapi', 'tornado'} & set(sys.modules); sys.exit(bool(heavy))"
    )
    run(str(programs / "python"), "-I", "-c", script, env={"PATH": os.defpath})
