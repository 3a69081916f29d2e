"""The homes on this host: folders beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import unquote

from aglais_hub.errors import ConflictError
from aglais_hub.homes.files import files_of
from aglais_hub.homes.moving import lacking, move_home
from aglais_hub.homes.naming import file_name
from aglais_hub.homes.tending import tend
from aglais_hub.homes.words import size_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from aglais_hub.homes.files import Found
    from aglais_hub.homes.sending import Sent
    from aglais_hub.homes.tending import Tended
    from aglais_hub.wire.storage import Order

__all__ = ["Counted", "Homes", "HostHomes", "no_room"]


class Counted(NamedTuple):
    """Whether a home ``is_reached``, and what is in it, in bytes, where that is known before it is read."""

    is_reached: bool
    files: int | None = None
    size: int | None = None


class Homes(Protocol):
    """All homes, wherever they are; what is asked of them may raise ``ServiceDownError``."""

    def check_move(self, source: str, target: str) -> None:
        """Raise ``ConflictError`` where the files of one account can't be moved into the other's home."""

    def move(self, source: str, target: str, folder: str) -> bool:
        """Move the files of one account to ``user/FOLDER`` of another; ask again until it says that it is done.

        Raises ``OSError``, one of ``moving.NO_ROOM`` where there is none for them.
        """

    def count(self, account: str) -> Counted:
        """The files of an account's home."""

    def files(self, account: str) -> Iterator[Found] | Iterator[Sent] | None:
        """The files of an account's home, each to be opened before the next; ``None`` where nobody reaches them."""

    def at_hand(self) -> Sequence[str]:
        """The accounts whose homes are tended at no cost, so that they may be when nothing in them is due."""

    def tend(self, account: str, orders: Sequence[Order], now: datetime) -> Tended | None:
        """Delete what is due in a home in which no lab runs; ``None`` where nobody reaches it."""


class HostHomes:
    """Those under ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check_move(self, source: str, target: str) -> None:
        """Where the two are on different disks, there has to be room."""
        if missing := lacking(self._path(source), self._path(target)):
            raise no_room(target, missing)

    def move(self, source: str, target: str, folder: str) -> bool:
        """It is done at once; raises ``OSError``."""
        move_home(self._path(source), self._path(target), folder)
        return True

    def count(self, account: str) -> Counted:
        """How many files there are, and how large they are together."""
        sizes = [found.size for found in self.files(account)]
        return Counted(is_reached=True, files=len(sizes), size=sum(sizes))

    def files(self, account: str) -> Iterator[Found]:
        """The files of a home, none where there is no home yet."""
        return files_of(self._path(account))

    def at_hand(self) -> Sequence[str]:
        """All that are there."""
        if not self._folder.is_dir():
            return []
        homes = [home for home in sorted(self._folder.iterdir()) if home.is_dir() and not home.is_symlink()]
        return [unquote(home.name) for home in homes]

    def tend(self, account: str, orders: Sequence[Order], now: datetime) -> Tended | None:
        """It is done at once; ``None`` where there is no home."""
        home = self._path(account)
        return tend(home, orders, now) if home.is_dir() and not home.is_symlink() else None

    def _path(self, account: str) -> Path:
        return self._folder / file_name(account)


def no_room(target: str, missing: int) -> ConflictError:
    """What is said of files that have no room in another's home, for which so many bytes are ``missing``."""
    return ConflictError(
        f"The disk of {target} has no room for these files: it lacks {size_words(missing)}.",
        rule="files",
        help="Make room there, or merge without files.",
    )
