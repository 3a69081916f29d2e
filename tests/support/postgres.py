"""A PostgreSQL of our own: a cluster in a temporary folder, on its own port. ``DATABASE_URL`` is used where it is set."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.support.ports import free_port

PROGRAMS = Path("/usr/lib/postgresql")


def _program(name: str) -> str:
    found = shutil.which(name) or next((str(path) for path in sorted(PROGRAMS.glob(f"*/bin/{name}"))), None)
    if found is None:
        raise RuntimeError(f"{name} is missing: install PostgreSQL (Debian: apt-get install postgresql).")
    return found


class Postgres:
    """A server that runs; ``database()`` makes an empty database and gives its address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = 0

    @property
    def url(self) -> str:
        return os.environ.get("DATABASE_URL") or f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        if "DATABASE_URL" in os.environ:
            return
        self._port = free_port()
        data = self._folder / "data"
        data.mkdir(parents=True)
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(data, "postgres")
            for parent in [*data.parents][:3]:
                parent.chmod(0o755)
        self._run(_program("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync")
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300"
        self._run(_program("pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start")

    def stop(self) -> None:
        if self._port:
            self._run(_program("pg_ctl"), "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def database(self) -> str:
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url.rsplit("/", 1)[0] + "/" + name

    @staticmethod
    def _run(*command: str) -> None:
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=60, **user)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
