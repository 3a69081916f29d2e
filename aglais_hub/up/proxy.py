"""Finds configurable-http-proxy, the proxy in front of the hub; fetches it with npm the first time."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from aglais_hub.up.checks import CannotStartError

__all__ = ["find_proxy"]

_SHIPPED = Path(__file__).parent / "node"
_SCRIPT = Path("node_modules", "configurable-http-proxy", "bin", "configurable-http-proxy")
_MINUTES = 5


def find_proxy(cache: Path) -> Path:
    """The proxy's script in ``cache``, at the version of the shipped lock file.

    Raises ``CannotStartError`` if it has to be fetched and can't be.
    """
    lock = (_SHIPPED / "package-lock.json").read_bytes()
    folder = cache / f"proxy-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / _SCRIPT).exists():
        _fetch(folder)
    return folder / _SCRIPT


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotStartError(
            "npm is missing; the proxy is fetched with it the first time.",
            "Install it (on Debian: apt-get install npm) and start again.",
        )
    print("Fetching the proxy, this first time only…", flush=True)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f"{folder.name}.lock").open("w") as lock:
            # Where two want it at once, the second waits, and finds the first's: it may run already.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / _SCRIPT).exists():
                _fetch_now(npm, folder)
    except OSError as error:
        raise CannotStartError(
            f"The proxy could not be stored in {folder.parent}: {error.strerror}.",
            "Make room or make it writable, or choose another folder with AGLAIS_CACHE.",
        ) from None


def _fetch_now(npm: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
        new = Path(draft, "new")
        shutil.copytree(_SHIPPED, new)
        _npm_ci(npm, new)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)


def _npm_ci(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60 * _MINUTES, check=False)
    except subprocess.TimeoutExpired:
        raise CannotStartError(
            f"Fetching the proxy took more than {_MINUTES} minutes.", "Check the network and start again."
        ) from None
    if done.returncode:
        last = " ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise CannotStartError(f"Fetching the proxy failed: {last}", "Check npm's settings and start again.")
