"""Servers as processes of this host, each confined to its booking as far as a process can be: see ``confine``."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from pathlib import Path
from subprocess import STDOUT
from typing import TYPE_CHECKING, Any, BinaryIO

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Unicode, default

from aglais_hub.errors import AglaisError
from aglais_hub.homes.sharing import link_shared
from aglais_spawner.booking import BookingSpawnerMixin
from aglais_spawner.confine import choose_cpus, confiner
from aglais_spawner.environment import MIB
from aglais_spawner.homes import Homes
from aglais_spawner.processes import MARK, Session, file_name, process_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.wire.bookings import Booking

__all__ = ["LocalBookingSpawner"]

_LOG_BYTES = 5_000_000
_OLD = ".log.1"
_KEPT_VARIABLES = ("JAVA_HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")


class LocalBookingSpawner(BookingSpawnerMixin, LocalProcessSpawner):
    """Starts JupyterLab as a process, in a home of the account's own under the state folder.

    Everyone's server runs as the hub's own user: this is for one's own machine, or for people who trust each other.
    ``start`` and ``stop`` may also raise ``OSError``.
    """

    state_folder = Unicode(help="Folder that holds what the platform remembers.").tag(config=True)
    examples_folder = Unicode(help="The examples as shipped; each home gets a copy.").tag(config=True)

    mark = ""
    started = 0
    _cpus: tuple[int, ...] = ()
    _memory_bytes = 0
    _log: BinaryIO | None = None

    @default("cmd")
    def _cmd_default(self) -> list[str]:
        return [sys.executable, "-m", "aglais_lab.server"]

    @default("args")
    def _args_default(self) -> list[str]:
        # Two labs of one host may choose the same port for their kernels at the same moment, but never the same socket.
        sockets = ["--KernelManager.transport=ipc"]
        return [*sockets, "--allow-root"] if os.geteuid() == 0 else sockets

    @default("env_keep")
    def _env_keep_default(self) -> list[str]:
        return list(_KEPT_VARIABLES)

    @default("interrupt_timeout")
    def _interrupt_timeout_default(self) -> int:
        return 10

    @default("term_timeout")
    def _term_timeout_default(self) -> int:
        return 5

    @property
    def homes(self) -> Homes:
        """The homes on this host."""
        examples = Path(self.examples_folder) if self.examples_folder else None
        return Homes(Path(self.state_folder) / "homes", examples)

    @property
    def sessions_folder(self) -> Path:
        """Where the session files are."""
        return Path(self.state_folder) / "sessions"

    async def start(self) -> Any:
        """Start the server; a leftover of the same account, of a hub that was killed, is ended first."""
        await self.end_leftover()
        return await super().start()

    async def prepare(self, booking: Booking) -> None:
        await super().prepare(booking)
        home = self.homes.prepare(self.account)
        link_shared(home, Path(self.state_folder) / "groups", await self._groups())
        self.notebook_dir = str(home)
        self.mark = uuid.uuid4().hex
        self.sessions_folder.mkdir(mode=0o700, exist_ok=True)
        taken = [session.cpus for session in Session.load_all(self.sessions_folder)]
        self._cpus = choose_cpus(booking.resources.cores, taken, os.sched_getaffinity(0))
        self._memory_bytes = booking.resources.memory * MIB
        self.session_environment |= {
            MARK: self.mark,
            "JUPYTER_RUNTIME_DIR": str(self._session().scratch),
            "TMPDIR": str(self._session().temporary),
            # Arrow's own pool takes 1 GiB of address space at once, which counts as private memory under the limit.
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            # Numeric libraries start a thread for each CPU that they see, and threads are memory.
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(len(self._cpus))),
            "AGLAIS_DATA": str(Path(self.state_folder) / "data"),
            "AGLAIS_EXAMPLES": str(home / "examples"),
            "AGLAIS_TEMP": str(home / "temp"),
        }
        self._log = self._open_log()
        self.popen_kwargs = {"stdout": self._log, "stderr": STDOUT}

    @property
    def _log_file(self) -> Path:
        return Path(self.state_folder, "log", "labs", f"{file_name(self.account)}.log")

    async def _groups(self) -> list[str]:
        """The groups that the account is in; none while that can't be said."""
        try:
            return [group.name for group in (await self.client.groups(self.account)).rows]
        except AglaisError as error:
            self.log.warning("%s starts without the folders of groups: %s", self._log_name, error.message)
            return []

    def _open_log(self) -> BinaryIO:
        log = self._log_file
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(_OLD))
        return log.open("ab")

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        programs = str(Path(sys.executable).parent)
        path = os.environ.get("PATH", os.defpath)
        return env | {
            "USER": self.account,
            "HOME": str(self.homes.path(self.account)),
            "SHELL": "/bin/bash",
            "PATH": path if programs in path.split(os.pathsep) else programs + os.pathsep + path,
        }

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        home = str(self.homes.path(self.account))
        write_session_file = self._session().writer(self.sessions_folder)
        confine = confiner(self._cpus, self._memory_bytes)

        def become_server() -> None:
            # First of all, so that no server runs that no file tells of.
            write_session_file()
            os.chdir(home)
            confine()

        return become_server

    def _session(self) -> Session:
        return Session(account=self.account, mark=self.mark, booking=self.booking_id, cpus=self._cpus)

    async def poll(self) -> int | None:
        """Never raises. A process that is not the one that was started, but got its number, is not taken for it."""
        if self.proc is None and self.pid and self.started and process_start(self.pid) != self.started:
            self.clear_state()
            return 0
        return await super().poll()

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.mark = state.get("mark", "")
        self.started = state.get("started", 0)

    def get_state(self) -> dict[str, Any]:
        state = super().get_state()
        if self.pid:
            state |= {"mark": self.mark, "started": process_start(self.pid) or 0}
        return state

    async def run_post_stop_hook(self) -> None:
        """End what the server left behind, as kernels of one that crashed, or a server the hub never knew.

        Never raises.
        """
        if self._log is not None:
            self._log.close()
        try:
            await self.end_leftover()
        except OSError:
            self.log.exception("Could not end all processes of %s", self._log_name)
        await super().run_post_stop_hook()

    async def end_leftover(self) -> None:
        """End every process of the account's last session, and forget it."""
        session = Session.load(self.sessions_folder, self.account)
        if session is None:
            return
        if count := await session.end():
            self.log.info("Ended %i processes that the server of %s had left", count, self._log_name)
        session.remove(self.sessions_folder)

    async def delete_forever(self) -> None:
        """The account is gone: remove its home, the logs of its labs, and what its last session has left."""
        await self.end_leftover()
        await asyncio.to_thread(self.homes.remove, self.account)
        for log in (self._log_file, self._log_file.with_suffix(_OLD)):
            log.unlink(missing_ok=True)
        self._notices.pop(self.account, None)
