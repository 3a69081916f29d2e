"""Copies an example to where it can be edited. No path leaves the folder it belongs to, and nothing is overwritten."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path
from typing import Any

from tornado.web import HTTPError

from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError

__all__ = ["EXAMPLES", "copy_example", "copy_there", "example_size", "place_of_copy", "refuse_saving"]

EXAMPLES = "examples"
USER = "user"
MOST_COPIES = 1000


def copy_example(root: Path, path: str) -> str:
    """Copy the example at ``path`` (``examples/…``, as the lab names it) into ``user/``, and give the copy's path.

    Raises ``InvalidValueError`` for a path outside the examples and ``NotFoundError`` where there is no such file.
    """
    source = _example(root, path)
    folder = root / USER
    folder.mkdir(mode=0o700, exist_ok=True)
    if not folder.resolve().is_relative_to(root.resolve()):
        raise InvalidValueError("The folder user/ leads out of your home.", field="path")
    for number in count():
        if number > MOST_COPIES:
            break
        name = source.name if number == 0 else f"{source.stem}-{number}{source.suffix}"
        try:
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "wb") as target, source.open("rb") as original:
            shutil.copyfileobj(original, target)
        return f"{USER}/{name}"
    raise ConflictError("There are too many copies of this example.", help="Delete some of them in user/.")


def example_size(root: Path, path: str) -> int:
    """How many bytes a copy of the example would have; raises as ``copy_example`` does."""
    return _example(root, path).stat().st_size


def copy_there(root: Path, path: str) -> str:
    """The path of the first copy of an example, where there is one; else empty. Raises as ``copy_example`` does.

    Where two examples have the same name, nobody can tell whose copy it is.
    """
    name = _example(root, path).name
    copy = root / place_of_copy(path)
    is_there = copy.is_file() and copy.resolve().is_relative_to(root.resolve())
    return place_of_copy(path) if is_there and len([*(root / EXAMPLES).rglob(name)]) == 1 else ""


def place_of_copy(path: str) -> str:
    """Where the first copy of an example goes."""
    return f"{USER}/{path.rstrip('/').rsplit('/', 1)[-1]}"


def refuse_saving(path: str, **_: Any) -> None:
    """Before anything is saved: refuse what lies under the examples, which a superuser's lab could write.

    Raises Tornado's ``HTTPError``, since that is what the contents service passes on.
    """
    if path.strip("/").split("/")[0] == EXAMPLES:
        raise HTTPError(403, "Examples are read-only. Copy this one to user/ to edit it.")


def _example(root: Path, path: str) -> Path:
    examples = (root / EXAMPLES).resolve()
    parts = path.strip("/").split("/")
    if parts[0] != EXAMPLES or len(parts) < 2 or ".." in parts or "\0" in path:
        raise InvalidValueError("Only what is under examples/ can be copied.", field="path")
    source = (root / path.strip("/")).resolve()
    if not source.is_relative_to(examples):
        raise InvalidValueError("Only what is under examples/ can be copied.", field="path")
    if not source.is_file():
        raise NotFoundError("There is no such example.", field="path", help="Reload the list of files.")
    return source
