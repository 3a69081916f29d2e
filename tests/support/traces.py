"""What is left of somebody: in databases, by table and by raw bytes, in files and folders, and in processes."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, create_engine, select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["in_database", "in_files", "in_processes"]


def in_database(url: str, needle: str) -> list[str]:
    """Each ``table.column`` of a database that has ``needle`` in any row, not by chance within an id's digits."""
    # The owner of a file may be writing to it for a while.
    engine = create_engine(url, connect_args={"timeout": 60} if url.startswith("sqlite") else {})
    metadata = MetaData()
    metadata.reflect(engine)
    sought = re.compile(re.escape(needle))
    if re.fullmatch("[0-9a-f]+", needle):
        sought = re.compile(f"(?<![0-9a-f]){needle}(?![0-9a-f])")
    found: set[str] = set()
    with engine.connect() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(select(table)):
                found |= {f"{table}.{name}" for name, value in row._mapping.items() if sought.search(str(value))}
    engine.dispose()
    return sorted(found)


def in_files(folder: Path, needle: str, *, but: Collection[str] = ()) -> list[str]:
    """Each file or folder that has ``needle`` in its name or its bytes, but those that are named relative to it."""
    return sorted(str(path.relative_to(folder)) for path in _below(folder) if _has(path, folder, needle, but))


def _has(path: Path, folder: Path, needle: str, but: Collection[str]) -> bool:
    if str(path.relative_to(folder)) in but:
        return False
    if needle in path.name:
        return True
    with suppress(OSError):
        return path.is_file() and needle.encode() in path.read_bytes()
    return False


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def in_processes(needle: str) -> list[str]:
    """Each process of this machine, but our own, that has ``needle`` in its command line or its environment."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            for file in ("cmdline", "environ"):
                with suppress(OSError):
                    if needle.encode() in (process / file).read_bytes():
                        found.append(f"{process.name}/{file}")
    return sorted(found)
