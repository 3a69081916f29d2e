"""The shared folders of groups, on this host: a link in the home of each member, as long as it is one.

The folders lie beside the homes, and outlive their members. A link is made or taken away when a lab starts: who
leaves a group has its folder until their lab ends.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aglais_hub.wire.groups import GROUP_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["SHARED", "link_shared"]

SHARED = "shared"
"""The folder in a home that holds the links, and nothing else of ours."""


def link_shared(home: Path, folder: Path, groups: Iterable[str]) -> None:
    """Let ``home`` have links to the folders of ``groups`` under ``folder``, and to no other's.

    What somebody has put in the place of a link stays, but for a link into ``folder`` that is not theirs any more.
    Raises ``OSError``.
    """
    at = home / SHARED
    wanted = {name for name in groups if re.fullmatch(GROUP_NAME, name)}
    if at.is_symlink():
        at.unlink()
    if not at.exists() and wanted:
        at.mkdir(mode=0o700)
    if not at.is_dir():
        return
    for there in list(at.iterdir()):
        if there.is_symlink() and there.name not in wanted and _leads_into(there, folder):
            there.unlink()
    for name in sorted(wanted):
        target = folder / name
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        link = at / name
        if link.is_symlink() and link.readlink() != target:
            link.unlink()
        # Whatever else is of that name is somebody's own.
        with contextlib.suppress(FileExistsError):
            link.symlink_to(target, target_is_directory=True)
    if not wanted:
        with contextlib.suppress(OSError):  # there is something else in it
            at.rmdir()


def _leads_into(link: Path, folder: Path) -> bool:
    target = link.readlink()
    return target.is_absolute() and target.parent == folder
