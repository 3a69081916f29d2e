"""A PostgreSQL of our own in a temporary folder, on its own port. ``DATABASE_URL`` is used where it is set."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.support.ports import free_port

PROGRAMS = Path("/usr/lib/postgresql")

OPTIONS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300"


def _program(name: str) -> str:
    found = next((str(path) for path in sorted(PROGRAMS.glob(f"*/bin/{name}"), reverse=True)), shutil.which(name))
    if found is None:
        raise RuntimeError(f"{name} is missing: install PostgreSQL (Debian: apt-get install postgresql).")
    return found


class Postgres:
    """A server that runs; ``database()`` makes a database and gives its address.

    Tests keep nothing, so theirs need not survive a power cut, which costs time. Where time is measured it is
    ``durable``.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._options = OPTIONS if durable else f"{OPTIONS} -c fsync=off"
        # Not in pytest's own folder, which is root's alone, and the server refuses to run as root.
        self._folder = Path(tempfile.mkdtemp(prefix="aglais-postgres-"))
        self._port = 0
        self._made: list[str] = []

    @property
    def url(self) -> str:
        return os.environ.get("DATABASE_URL") or f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        if "DATABASE_URL" in os.environ:
            return
        self._port = free_port()
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres")
        data = str(self._folder / "data")
        self._run(_program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync")
        log = str(self._folder / "log")
        self._run(_program("pg_ctl"), "-D", data, "-w", "-l", log, "-o", f"-p {self._port} {self._options}", "start")

    def stop(self) -> None:
        if self._port:
            self._run(_program("pg_ctl"), "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
        else:
            for url in self._made:
                self.drop(url)
        shutil.rmtree(self._folder)

    def database(self, template: str = "") -> str:
        """The address of a new database: an empty one, or a copy of the one at the address ``template``."""
        name = f"test_{uuid4().hex[:12]}"
        copied = f'STRATEGY file_copy TEMPLATE "{template.rsplit("/", 1)[1]}"' if template else ""
        self.execute(f'CREATE DATABASE "{name}" {copied}')
        url = self.url.rsplit("/", 1)[0] + "/" + name
        self._made.append(url)
        return url

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{url.rsplit("/", 1)[1]}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Run a statement as the server's owner."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    @staticmethod
    def _run(*command: str) -> None:
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=240, **user)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
