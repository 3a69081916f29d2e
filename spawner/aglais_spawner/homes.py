"""Accounts' homes on this host, each with ``user/``, ``temp/`` and ``examples/``.

``user/`` is for one's own notebooks, ``temp/`` for what is needed for days; ``examples/`` is read-only, and as this
release has them.

A home goes with its account, and so does whatever a hub that was killed meanwhile has left of one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from aglais_hub.homes.walking import discard
from aglais_spawner.processes import file_name

__all__ = ["Homes"]

_GOING = ".going-"
"""How the name of a folder begins that was a home and is being removed: no account's name has one like it."""


class Homes:
    """The homes under ``folder``; each gets a copy of ``examples``, where there are any."""

    def __init__(self, folder: Path, examples: Path | None) -> None:
        self._folder = folder
        self._examples = examples

    def path(self, account: str) -> Path:
        """Where the home of ``account`` is."""
        return self._folder / file_name(account)

    def prepare(self, account: str) -> Path:
        """Make the home, or bring its examples up to date."""
        home = self.path(account)
        (home / "user").mkdir(mode=0o700, parents=True, exist_ok=True)
        # Somebody may have a file of that name.
        with contextlib.suppress(FileExistsError):
            (home / "temp").mkdir(mode=0o700, exist_ok=True)
        home.chmod(0o700)
        self._copy_examples(home / "examples")
        return home

    def remove(self, account: str) -> None:
        """Remove the home with all that is in it, where there is one; raises ``OSError``.

        It is nobody's home from the first step on, so that what is left by a kill is not taken for one.
        """
        home = self.path(account)
        if home.is_symlink() or home.exists():
            going = home.rename(self._folder / f"{_GOING}{secrets.token_hex(8)}")
            discard(going)

    def remove_leftovers(self) -> None:
        """Remove what is left of homes whose removal was interrupted, as none is being removed; raises ``OSError``."""
        for left in self._folder.glob(f"{_GOING}*"):
            discard(left)

    def _copy_examples(self, target: Path) -> None:
        if self._examples is None or not self._examples.is_dir():
            return
        stamp = _newest(self._examples)
        if target.is_dir() and not target.is_symlink() and target.stat().st_mtime_ns == stamp:
            return
        discard(target)
        shutil.copytree(self._examples, target, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        for folder, _, files in os.walk(target, topdown=False):
            for name in files:
                Path(folder, name).chmod(stat.S_IRUSR)
            if Path(folder) != target:
                Path(folder).chmod(stat.S_IRUSR | stat.S_IXUSR)
        os.utime(target, ns=(stamp, stamp))
        target.chmod(stat.S_IRUSR | stat.S_IXUSR)


def _newest(folder: Path) -> int:
    """When anything in ``folder`` last changed, in nanoseconds."""
    return max(path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")])
