"""A real OpenID provider, of the certified implementation, on loopback. npm fetches it the first time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from tests.support.ports import TLS, free_port
from tests.support.product import wait_until

__all__ = ["SECRET", "OpenIdProvider"]

HERE = Path(__file__).parent
SECRET = "the-secret-of-the-tests"


@dataclass
class OpenIdProvider:
    """Use it with ``with``. ``redirect`` is where it may send people back to, ``method`` how the secret is sent."""

    name: str
    redirect: str
    method: str = "client_secret_post"
    port: int = field(default_factory=free_port)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.port}"

    def knows(self, login: str, **claims: Any) -> None:
        """Make somebody known, or change what is said of them. ``sub`` stays what it was."""
        usual = {"sub": f"{self.name}-{login}", "preferred_username": login, "name": login.title()}
        self.people[login] = {**usual, **self.people.get(login, {}), **claims}
        answer = httpx.put(f"{self.url}/people", json=self.people, timeout=60, trust_env=False, verify=TLS)
        assert answer.status_code == 200, answer.text

    def start(self) -> Self:
        folder = _fetched()
        told = {"name": self.name, "port": self.port, "method": self.method, "redirect": self.redirect}
        self.process = subprocess.Popen(
            ["node", str(folder / "provider.mjs"), json.dumps(told)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers, 180, saying=f"the provider {self.name} answers")
        if self.people:
            self.knows(next(iter(self.people)))
        return self

    def stop(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the provider has ended"
        with contextlib.suppress(httpx.TransportError):
            address = f"{self.url}/.well-known/openid-configuration"
            return httpx.get(address, trust_env=False, verify=TLS).status_code == 200
        return False

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _fetched() -> Path:
    """The folder with the provider and what it needs; kept where the platform keeps what it fetches."""
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("AGLAIS_CACHE", "~/.cache/aglais-hub")).expanduser()
    folder = cache / f"openid-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (folder / "node_modules" / "oidc-provider").exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as draft:
            new = Path(draft, "new")
            new.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, new)
            subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
                cwd=new,
                check=True,
                timeout=300,
            )
            # Where two fetch at once, the second finds the first's.
            if not folder.exists():
                new.rename(folder)
    # The program itself may have changed since.
    program = folder / "provider.mjs"
    if not program.exists() or program.read_bytes() != (HERE / "provider.mjs").read_bytes():
        draft_program = folder / f".provider-{os.getpid()}.mjs"
        shutil.copy(HERE / "provider.mjs", draft_program)
        draft_program.rename(program)
    return folder
