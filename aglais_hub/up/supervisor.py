"""``aglais up``: starts the parts, starts again what ends unexpectedly, and leaves no process behind."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from aglais_hub.up.checks import CannotStartError, check_node, check_port, java_warning
from aglais_hub.up.child import Child
from aglais_hub.up.folder import StateFolder
from aglais_hub.up.parts import hub_part, proxy_part, services_part, tell_routes
from aglais_hub.up.proxy import find_proxy
from aglais_spawner.processes import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from aglais_hub.settings import Settings

__all__ = ["up"]

_PR_SET_CHILD_SUBREAPER = 36
_LOOK_SECONDS = 0.1


def up(settings: Settings) -> int:
    """Run the platform until SIGINT, SIGTERM or SIGHUP. Returns the exit status; says on the screen what happens."""
    try:
        _Supervisor(settings).run()
    except CannotStartError as error:
        print(error.message, error.help, sep="\n" if "\n" in error.help else " ", file=sys.stderr, flush=True)
        return 1
    return 0


class _Supervisor:
    """The children in the order in which they start; they stop the other way round."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = StateFolder(settings.state_folder)
        self._children: list[Child] = []
        self._restarts: dict[str, float] = {}
        self._stopping = False
        self._proxy_is_empty = False

    def run(self) -> None:
        begun = time.monotonic()
        settings = self._settings
        node = check_node()
        with self._folder.locked():
            check_port(settings.host, settings.port)
            script = find_proxy(settings.cache_folder)
            self._migrate()
            self._inside = inside = self._folder.inside()
            parts = (
                services_part(settings, inside, self._folder.keys_secret()),
                proxy_part(settings, inside, node, script),
                hub_part(settings, inside),
            )
            self._children = [Child(part, self._folder.path / "log") for part in parts]
            with self._signals():
                try:
                    self._start()
                    if not self._stopping:
                        self._greet(time.monotonic() - begun)
                        self._watch()
                finally:
                    self._stop()

    def _migrate(self) -> None:
        from aglais_hub.database.migrate import migrate_all  # noqa: PLC0415 - slow to import, and the checks come first

        migrate_all(self._settings)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        # Labs that a killed hub leaves behind become ours, so none of them is left as a zombie.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        watched = [signal.SIGINT, signal.SIGTERM]
        # Under nohup it is ignored, and stays so. A shell's `&` ignores SIGINT too, but whoever sends it means it.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            watched.append(signal.SIGHUP)
        before = [signal.signal(sign, self._on_signal) for sign in watched]
        try:
            yield
        finally:
            for sign, handler in zip(watched, before, strict=True):
                signal.signal(sign, handler)

    def _on_signal(self, sign: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _start(self) -> None:
        services, proxy, hub = self._children
        print("Starting…", flush=True)
        services.start()
        proxy.start()
        proxy.wait_ready(lambda: self._stopping)
        # The hub is slow to start and asks the services nothing while it does.
        hub.start()
        self._tell()
        services.wait_ready(lambda: self._stopping)
        hub.wait_ready(lambda: self._stopping)
        # The hub answers before it has told the proxy where everything is; then a page would not be found.
        self._proxy_is_empty = True
        deadline = time.monotonic() + hub.part.ready_seconds
        while self._proxy_is_empty and not self._stopping and time.monotonic() < deadline:
            self._give_routes()

    def _greet(self, seconds: float) -> None:
        settings = self._settings
        lines = [f"Aglais Hub is ready, after {seconds:.1f} seconds.", f"  open   {settings.url}"]
        if not settings.smtp_host:
            lines.append(f"  mail   {self._folder.path / 'mail'} (no mail server is set)")
        lines.append(f"  logs   {self._folder.path / 'log'}")
        lines.append("  Ctrl-C stops it.")
        if warning := java_warning():
            lines.append(warning)
        print("\n".join(lines), flush=True)

    def _watch(self) -> None:
        """Until told to stop, start again what has ended."""
        while not self._stopping:
            for child in self._children:
                if child.exit_status() is not None:
                    self._restart(child)
            self._give_routes()
            self._reap()
            time.sleep(_LOOK_SECONDS)

    def _restart(self, child: Child) -> None:
        name = child.part.name
        if name not in self._restarts:
            self._restarts[name] = time.monotonic() + child.seconds_to_restart()
            print(f"{child.part.title} ended ({_how(child.exit_status())}); starting it again.", flush=True)
        if time.monotonic() >= self._restarts[name]:
            del self._restarts[name]
            child.start()
            self._tell()
            self._proxy_is_empty |= name == "proxy"

    def _give_routes(self) -> None:
        """A proxy that was started again knows no routes; without this the hub would notice seconds later."""
        _, proxy, hub = self._children
        if self._proxy_is_empty and proxy.is_ready() and hub.is_ready():
            self._proxy_is_empty = not tell_routes(self._inside)

    def _tell(self) -> None:
        self._folder.tell(
            {
                "url": self._settings.url,
                "pid": os.getpid(),
                "parts": {child.part.name: child.pid for child in self._children},
            }
        )

    def _stop(self) -> None:
        """The hub first: while it stops the labs, it needs the proxy and the services."""
        if any(child.exit_status() is None for child in self._children):
            print("Stopping…", flush=True)
        services, proxy, hub = self._children
        for together in ([hub], [proxy, services]):
            for child in together:
                child.ask_to_stop()
            for child in together:
                child.wait_stopped()
        asyncio.run(self._end_sessions())
        self._reap()
        self._folder.forget()
        print("Stopped.", flush=True)

    async def _end_sessions(self) -> None:
        """What a hub that was killed has left running."""
        for session in Session.load_all(self._folder.path / "sessions"):
            await session.end()

    def _reap(self) -> None:
        """Take leave of orphans that became ours and have ended; our own children are looked at by their names."""
        ours = {child.pid for child in self._children}
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid in ours:
                return
            with contextlib.suppress(ChildProcessError):
                os.waitpid(ended.si_pid, os.WNOHANG)


def _how(status: int | None) -> str:
    if status is not None and status < 0:
        return f"signal {signal.Signals(-status).name}"
    return f"status {status}"
