"""The whole product for live tests: ``aglais up`` on a free port with a state folder of its own."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import psutil

from aglais_hub.client import Client
from tests.support.ports import TLS, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ADMIN_TOKEN", "COMMAND", "Product", "stopped", "wait_until"]

ADMIN_TOKEN = "admin-token-for-tests-0123456789"
COMMAND = [sys.executable, "-m", "aglais_hub.cli", "up"]
_libc = ctypes.CDLL(None)
READY_SECONDS = 240
LAB_SECONDS = 180
SOONEST, LATEST = 0.02, 0.5
STOP_SECONDS = 120


def wait_until(what: Callable[[], Any], seconds: float = 120, *, every: float = 0, saying: str = "") -> Any:
    """Wait until ``what`` gives something true, and give that; fail after ``seconds``.

    It is asked each ``every`` seconds. By default often at first, and then ever less: to ask takes processor time, of
    the hub's most of all, and whatever takes long may be noticed a little late.
    """
    begun = time.monotonic()
    while not (found := what()):
        waited = time.monotonic() - begun
        if waited > seconds:
            raise AssertionError(f"still not after {seconds} s: {saying or what}")
        time.sleep(every or min(max(SOONEST, waited / 8), LATEST))
    return found


@dataclass
class Product:
    """``aglais up`` with ``state`` and further settings in ``environment``. Start it, or use it with ``with``.

    ``command`` is another way to start it, as from an installed wheel.
    """

    state: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    command: list[str] = field(default_factory=lambda: list(COMMAND))
    process: subprocess.Popen[bytes] | None = None
    _clients: dict[str, Client] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is; ends with a slash."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def output(self) -> str:
        """What ``aglais up`` has said so far."""
        path = self.state.with_name(self.state.name + ".out")
        return path.read_text() if path.exists() else ""

    def log(self, name: str) -> str:
        """The log of ``services``, ``hub`` or ``proxy``."""
        return (self.state / "log" / f"{name}.log").read_text()

    def launch(self) -> None:
        """Start it and don't wait."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AGLAIS_")}
        if "AGLAIS_CACHE" in os.environ:
            environment["AGLAIS_CACHE"] = os.environ["AGLAIS_CACHE"]
        environment |= {
            "AGLAIS_STATE": str(self.state),
            "AGLAIS_PORT": str(self.port),
            "AGLAIS_ADMIN_TOKEN": ADMIN_TOKEN,
            **self.environment,
        }
        with self.state.with_name(self.state.name + ".out").open("wb") as output:
            self.process = subprocess.Popen(
                self.command,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_the_tests,
            )

    def start(self) -> Self:
        """Start it and wait until it is ready."""
        self.launch()
        try:
            wait_until(self._is_ready, READY_SECONDS, saying="aglais up is ready")
        except BaseException:
            output = self.output
            self.kill_all()
            raise AssertionError(f"aglais up did not get ready:\n{output}") from None
        return self

    def _is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError("it ended")
        return "is ready" in self.output

    # ---- using it

    def client(self, token: str = ADMIN_TOKEN) -> Client:
        """The client of the services with that token, closed at the end."""
        if token not in self._clients:
            self._clients[token] = Client(self.url, token)
        return self._clients[token]

    def hub(self, method: str, path: str, *, token: str = ADMIN_TOKEN, **options: Any) -> httpx.Response:
        """One call of the hub's REST API."""
        headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
        return httpx.request(
            method, f"{self.url}hub/api/{path}", headers=headers, timeout=120, trust_env=False, verify=TLS, **options
        )

    def user(self, name: str) -> str:
        """Make a user of the hub, without an account of the services, and give a token of theirs."""
        assert self.hub("POST", f"users/{name}").status_code in (201, 409)
        answer = self.hub("POST", f"users/{name}/tokens", json={"note": "test"})
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["token"]
        return token

    def start_server(self, name: str, **options: Any) -> httpx.Response:
        """Start a user's server; the answer is the refusal, or comes once the server is ready."""
        answer = self.hub("POST", f"users/{name}/server", json=options)
        if answer.status_code in (201, 202):
            wait_until(lambda: self.server(name).get("ready"), LAB_SECONDS, saying=f"the server of {name} is ready")
        return answer

    def stop_server(self, name: str) -> None:
        """Stop a user's server and wait until it has stopped."""
        assert self.hub("DELETE", f"users/{name}/server").status_code in (202, 204)
        wait_until(lambda: not self.server(name), LAB_SECONDS, saying=f"the server of {name} has stopped")

    def server(self, name: str) -> dict[str, Any]:
        """The hub's model of a user's server; empty where there is none."""
        servers: dict[str, dict[str, Any]] = self.hub("GET", f"users/{name}").json().get("servers", {})
        return servers.get("", {})

    # ---- its processes

    def parts(self) -> dict[str, int]:
        """The process ids of ``services``, ``proxy``, ``hub``, and of the ``supervisor`` that started them."""
        told = json.loads((self.state / "up.json").read_text())
        return {**told["parts"], "supervisor": told["pid"]}

    def kill(self, part: str) -> int:
        """``kill -9`` a part; gives the process id that it had."""
        pid = self.parts()[part]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_back(self, part: str, old: int) -> None:
        """Wait until a part that had the process id ``old`` runs again and answers."""
        wait_until(lambda: self.parts()[part] != old, 120, saying=f"{part} has been started again")
        for path in ("services/aglais/api/health", "hub/health"):
            wait_until(lambda path=path: self._answers(path), 120, saying=f"{path} answers")

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path, trust_env=False, verify=TLS, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def processes(self) -> list[psutil.Process]:
        """Every process that belongs to it and runs: by descent, and by its state folder in the environment."""
        assert self.process is not None
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and _mentions(process, self.state):
                    found[process.pid] = process
        return list(found.values())

    def labs(self) -> list[psutil.Process]:
        """Those of its processes that are labs."""
        return [process for process in self.processes() if "aglais_lab.server" in _command(process)]

    def interrupt(self) -> None:
        """Ctrl-C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Ctrl-C, and make sure that no process is left."""
        assert self.process is not None
        if self.process.poll() is None:
            self.interrupt()
        try:
            self.process.wait(STOP_SECONDS)
            # One that was killed may take a moment to be gone.
            wait_until(lambda: not any(_command(process) for process in self.processes()), 60, saying=self._left())
        finally:
            self.kill_all()

    def _left(self) -> str:
        return f"no process is left of {[' '.join(_command(process)) for process in self.processes()]}"

    def kill_all(self) -> None:
        """``kill -9`` everything of it, the supervisor first."""
        assert self.process is not None
        while self._clients:
            self._clients.popitem()[1].close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self.stop()
        else:
            print(self.output)
            self.kill_all()


def _end_with_the_tests() -> None:
    """In the child: be asked to stop when the tests are killed, so that nothing runs on."""
    _libc.prctl(1, signal.SIGTERM, 0, 0, 0)


def _mentions(process: psutil.Process, state: Path) -> bool:
    environment = process.environ()
    return environment.get("AGLAIS_STATE") == str(state) or environment.get("HOME", "").startswith(f"{state}/")


def _command(process: psutil.Process) -> list[str]:
    """Its command line; empty where it has ended since it was found."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@contextlib.contextmanager
def stopped(product: Product, part: str) -> Iterator[None]:
    """A part that does nothing for a while: it is halted. ``supervisor`` then starts nothing again."""
    pid = product.process.pid if product.process and part == "supervisor" else product.parts()[part]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
