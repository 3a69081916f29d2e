"""``aglais keys`` and ``aglais archive``: what is one's own beside bookings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from aglais_hub.cli.options import AsJson, Token, Url, Yes, Zone
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.cli.words import plain, when
from aglais_hub.errors import InvalidValueError, NotFoundError
from aglais_hub.homes.words import size_words
from aglais_hub.notebooks.hub import Hub
from aglais_hub.wire.base import Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aglais_hub.wire.keys import Key

__all__ = ["add", "archive", "generate", "keys", "list_", "remove"]

Account = Annotated[str | None, typer.Option("--account", metavar="NAME", help="Whose; else your own. For admins.")]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="What you know it by.")]


def keys() -> None:
    """List, add, generate and remove keys.

    Machines of the platform let you in with a key of your own, from level 2 on. A generated one is for git, and for
    machines that know its public half; its private half never leaves the platform.

    For example:

        aglais keys add ~/.ssh/id_ed25519.pub
        aglais keys generate --name GitHub
        aglais keys list
        aglais keys remove GitHub
    """


def list_(
    *,
    account: Account = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List your keys, with their fingerprints.

    For example:

        aglais keys list
        aglais keys list --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.keys(_whose(desk, account))
        empty = Text("You have no keys. Add one with `aglais keys add FILE`, or `aglais keys generate --name GitHub`.")
        desk.answer(found, lambda: _table(desk, found.rows) if found.rows else empty)


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The public half, as ~/.ssh/id_ed25519.pub.")],
    *,
    name: Name = "",
    account: Account = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Add a key of your own, by its public half.

    For example:

        aglais keys add ~/.ssh/id_ed25519.pub
        aglais keys add laptop.pub --name "My laptop"
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        public = _read(file)
        made = desk.client.add_key(_whose(desk, account), public, name=name)
        desk.answer(made, lambda: _table(desk, [made]))


def generate(
    *,
    name: Name,
    account: Account = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Generate a key for git, and print its public half to paste.

    For example:

        aglais keys generate --name GitHub
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        made = desk.client.generate_key(_whose(desk, account), name=name)
        if not as_json:
            desk.err.print(
                "Paste this at https://github.com/settings/ssh/new, or wherever it is to be known:", style="dim"
            )
            # In one line, however narrow the screen is.
            print(made.public)
            return
        desk.answer(made, lambda: Text(made.public))


def remove(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key: its name, number or fingerprint.")],
    *,
    account: Account = None,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Remove a key: it lets nobody in any more.

    The private half of a generated one is deleted for good. On a terminal you are asked first.

    For example:

        aglais keys remove GitHub
        aglais keys remove 12 --yes
    """
    with at_desk(url, token, as_json=as_json) as desk:
        whose = _whose(desk, account)
        found = _chosen(desk.client.keys(whose).rows, key)
        if desk.can_ask and not yes:
            desk.err.print(_table(desk, [found]))
            typer.confirm(f"Remove {plain(found.name)}?", abort=True, err=True)
        removed = desk.client.remove_key(whose, found.id)
        desk.answer(removed, lambda: Text(f"Removed: {plain(removed.name)}."))


def archive(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; else NAME.zip here.")] = None,
    *,
    account: Account = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Download all that is kept of you, as a zip file.

    It holds what the platform knows of you, and the files of your home but for the examples.

    For example:

        aglais archive
        aglais archive backup.zip
    """
    with at_desk(url, token, as_json=as_json) as desk:
        whose = _whose(desk, account)
        target = file or Path(f"{whose}.zip")
        pieces = desk.client.archive(whose)
        # Nothing is written before there is something to write.
        first = next(pieces, b"")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn())
        with _new(target) as out, Progress(*columns, console=desk.err, disable=not desk.can_ask) as bar:
            task = bar.add_task(plain(str(target)), total=None)
            for piece in chain([first], pieces):
                out.write(piece)
                bar.advance(task, len(piece))
            made = ArchiveFile(file=str(target), size=out.tell())
        desk.answer(made, lambda: Text(f"{plain(made.file)} has all of it: {size_words(made.size)}."))


class ArchiveFile(Model):
    """Where an archive is now, and its size in bytes."""

    file: str
    size: int


def _whose(desk: Desk, account: str | None) -> str:
    if account or (account := os.environ.get("JUPYTERHUB_USER")):
        return account
    with Hub(desk.platform, desk.token) as hub:
        return hub.own_account()


def _read(file: Path) -> str:
    try:
        with file.expanduser().open() as opened:
            return opened.read(20_000)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidValueError(f"{file} can't be read as a key.", field="FILE", help="Name the .pub file.") from error


def _chosen(keys: Sequence[Key], text: str) -> Key:
    found = [key for key in keys if text in (key.name, str(key.id), key.fingerprint)]
    if not found:
        raise NotFoundError(f"There is no key {text!r}.", field="KEY", help="`aglais keys list` lists them.")
    if len(found) > 1:
        numbers = ", ".join(str(key.id) for key in found)
        raise InvalidValueError(f"{len(found)} keys are called so.", field="KEY", help=f"Give a number: {numbers}.")
    return found[0]


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """A new file for its owner's eyes; where it is not finished, it is not there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise InvalidValueError(f"{path} is there already.", field="FILE", help="Name a new file.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink()
        raise


def _table(desk: Desk, keys: Sequence[Key]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in ("id", "name", "kind", "fingerprint", "since", "used"):
        table.add_column(name, overflow="fold")
    for key in keys:
        used = when(key.used, desk.zone, desk.now) if key.used else "–"
        since = when(key.created, desk.zone, desk.now)
        table.add_row(str(key.id), plain(key.name), key.kind, key.fingerprint, since, used)
    return Group(table, Text(), Text(f"Times in {desk.zone.key}.", style="dim"))
