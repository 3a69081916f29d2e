"""Accounts' homes on this host: ``user/`` for one's own notebooks, ``examples/`` read-only, as this release has them.

The home of an anonymous account is temporary: it goes when its owner logs out, or when it has not been used for a
day.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path

from aglais_spawner.processes import file_name

__all__ = ["Homes"]

_TEMPORARY = ".temporary"
_DAY_SECONDS = 86400


class Homes:
    """The homes under ``folder``; each gets a copy of ``examples``, where there are any."""

    def __init__(self, folder: Path, examples: Path | None) -> None:
        self._folder = folder
        self._examples = examples

    def path(self, account: str) -> Path:
        """Where the home of ``account`` is."""
        return self._folder / file_name(account)

    def prepare(self, account: str, *, temporary: bool) -> Path:
        """Make the home, or bring its examples up to date."""
        home = self.path(account)
        (home / "user").mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
        if temporary:
            (home / _TEMPORARY).touch()
        else:
            # An account that has been registered since keeps what it has.
            (home / _TEMPORARY).unlink(missing_ok=True)
        self._copy_examples(home / "examples")
        return home

    def is_temporary(self, account: str) -> bool:
        """Whether the account's home goes when its owner does."""
        return (self.path(account) / _TEMPORARY).exists()

    def remove_temporary(self, account: str) -> bool:
        """Remove the account's home if it is a temporary one, and say whether it was."""
        if not self.is_temporary(account):
            return False
        _remove(self.path(account))
        return True

    def remove_unused(self, in_use: set[str], now: float | None = None) -> list[str]:
        """Remove temporary homes of accounts not ``in_use`` that were last prepared more than a day ago."""
        removed = []
        kept = {file_name(account) for account in in_use}
        for mark in self._folder.glob(f"*/{_TEMPORARY}"):
            home = mark.parent
            if home.name not in kept and (now or time.time()) - mark.stat().st_mtime > _DAY_SECONDS:
                _remove(home)
                removed.append(home.name)
        return removed

    def _copy_examples(self, target: Path) -> None:
        if self._examples is None or not self._examples.is_dir():
            return
        stamp = _newest(self._examples)
        if target.is_dir() and not target.is_symlink() and target.stat().st_mtime_ns == stamp:
            return
        _remove(target)
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


def _remove(path: Path) -> None:
    """Remove a file or a folder, read-only ones too; nothing where there is nothing."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        for folder, _, _ in os.walk(path):
            Path(folder).chmod(stat.S_IRWXU)
        shutil.rmtree(path)
