"""The examples that a lab offers: the notebooks of ``examples/`` with what they say of themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from aglais_lab.booked import LADDER
from aglais_lab.copies import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Example", "find_examples"]

CELLS = "utils"
MOST = 60
MOST_BYTES = 2**20


@dataclass(frozen=True)
class Example:
    """An example at ``path``, as the lab names it; ``package`` is what it needs, empty where it does not say."""

    path: str
    title: str
    package: str


def find_examples(root: Path) -> list[Example]:
    """The examples in the home, the easiest first and those of one cell last; none where there is no such folder.

    What can't be read, is no notebook, or leads out of the folder is left out.
    """
    folder = (root / EXAMPLES).resolve()
    paths = islice((path for path in sorted(folder.rglob("*.ipynb")) if not _is_hidden(path, folder)), MOST)
    return sorted(filter(None, (_read(path, folder) for path in paths)), key=_place)


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _read(path: Path, folder: Path) -> Example | None:
    try:
        if not path.resolve().is_relative_to(folder) or path.stat().st_size > MOST_BYTES:
            return None
        told = json.loads(path.read_bytes())["metadata"]
        title, package = told.get("title"), told.get("aglais", {}).get("package")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return Example(
        path=f"{EXAMPLES}/{path.relative_to(folder).as_posix()}",
        title=title if isinstance(title, str) and title else path.stem,
        package=package if isinstance(package, str) else "",
    )


def _place(example: Example) -> tuple[bool, int, str]:
    step = LADDER.index(example.package) if example.package in LADDER else len(LADDER)
    return example.path.startswith(f"{EXAMPLES}/{CELLS}/"), step, example.path
