"""What is written where: answers on stdout, errors on stderr; as tables and sentences, or as JSON."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from aglais_hub.bookings.times import parse_zone
from aglais_hub.cli.chosen import short
from aglais_hub.cli.history import changes_table
from aglais_hub.cli.tables import bookings_table
from aglais_hub.cli.words import local_zone, plain, told
from aglais_hub.client import Client
from aglais_hub.clock import SystemClock
from aglais_hub.errors import AglaisError, ConflictError, InvalidValueError, RefusedError, UnauthenticatedError
from aglais_hub.wire.base import isoformat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aglais_hub.wire.base import Model

__all__ = ["Desk", "at_desk", "error_json", "tell_error", "tell_why"]


API = "/services/aglais/api"

TOKENS = ("AGLAIS_TOKEN", "JUPYTERHUB_API_TOKEN", "AGLAIS_ADMIN_TOKEN")
"""Where a token is looked for, in this order."""


HERE = {
    "See packages/select.": "`aglais available` shows which there are.",
    "See bookings/select for yours.": "`aglais bookings` lists yours.",
    "See resources/select.": "`aglais available` shows what there is.",
    "See clusters/select.": "`aglais clusters list` lists them.",
    "See decisions/select for yours.": "`aglais why` lists yours.",
    "To end it, DELETE it.": "To end it now: `aglais end`.",
}
"""Help that speaks of the HTTP interface, as it is said here."""


def _console(*, stderr: bool = False) -> Console:
    # Texts of other people's are shown as they are, never read as markup.
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


@dataclass
class Desk:
    """A client of the services, and the screen that its answers go to."""

    client: Client
    platform: str
    """The platform's address; ends with a slash. In a lab the client's address leads to the services alone."""
    token: str = field(repr=False)
    as_json: bool
    zone: ZoneInfo
    now: datetime = field(default_factory=SystemClock().now)
    out: Console = field(default_factory=_console)
    err: Console = field(default_factory=lambda: _console(stderr=True))

    @property
    def can_ask(self) -> bool:
        """Whether a person is there to answer."""
        return not self.as_json and sys.stdin.isatty() and sys.stderr.isatty()

    def answer(self, model: Model, show: Callable[[], RenderableType]) -> None:
        """Print an answer: as JSON where that is asked for, else as ``show`` draws it."""
        if self.as_json:
            print(model.model_dump_json(indent=2))
        else:
            self.out.print(show())


@contextmanager
def at_desk(url: str | None, token: str | None, *, as_json: bool, tz: str | None = None) -> Iterator[Desk]:
    """A client for one command. An error is told and ends the command with status 1."""
    token = token or next(filter(None, map(os.environ.get, TOKENS)), "")
    desk: Desk | None = None
    try:
        try:
            client = Client(url, token, through="cli")
        except ValueError as error:
            # What a header or an address can't hold; the token itself is not repeated.
            raise InvalidValueError(
                "The address or the token can't be read.", help="Check --url and --token."
            ) from error
        with client:
            address = (url or os.environ.get("AGLAIS_URL") or client.url).rstrip("/").removesuffix(API)
            zone = parse_zone(tz) if tz else local_zone()
            yield (desk := Desk(client, f"{address.rstrip('/')}/", token, as_json, zone))
    except AglaisError as error:
        tell_error(error, as_json=as_json, desk=desk)
        if desk and not as_json:
            _tell_more(desk, error)
        raise typer.Exit(1) from None


def tell_error(error: AglaisError, *, as_json: bool = False, desk: Desk | None = None) -> None:
    """Say on stderr what went wrong, and how to mend it; with a desk, its times as that shows them."""

    def said(text: str) -> str:
        return told(text, desk.zone, desk.now) if desk else plain(text)

    if as_json:
        print(json.dumps(error_json(error), indent=2), file=sys.stderr)
        return
    mend = HERE.get(error.help or "", error.help)
    if not mend and error.field == "cluster":
        mend = "`aglais clusters list` lists them."
    if isinstance(error, UnauthenticatedError):
        mend = "Make a token at /hub/token of the platform, and set AGLAIS_TOKEN to it or give --token."
    message = error.message
    if isinstance(error, ConflictError) and error.changes:
        # What has changed follows as a table, in the reader's own zone.
        message = message.partition(": ")[0].rstrip(".") + "."
    line = Text(said(message), style="bold red")
    console = _console(stderr=True)
    if mend:
        line.append(f" {said(mend)}", style="not bold default")
    console.print(line, soft_wrap=not console.is_terminal)


def tell_why(why: str | None, console: Console) -> None:
    """The command that tells why, where the address of the decision is known."""
    if why:
        console.print(f"Why: aglais why {short(why.rstrip('/').rpartition('/')[2])}", style="dim")


def _tell_more(desk: Desk, error: AglaisError) -> None:
    """What an error carries beside its sentence: how the thing has changed, or which bookings are in the way."""
    if isinstance(error, ConflictError) and error.changes:
        desk.err.print(changes_table(error.changes, desk.zone, desk.now))
    if isinstance(error, ConflictError) and error.hit:
        desk.err.print(bookings_table(error.hit, desk.zone, desk.now))
    tell_why(error.why if isinstance(error, RefusedError) else None, desk.err)


def error_json(error: AglaisError) -> dict[str, Any]:
    """The error in the one shape that it has on the HTTP interface."""
    said = {"code": error.code, "message": error.message}
    said |= {name: value for name in ("rule", "field", "help") if (value := getattr(error, name))}
    body: dict[str, Any] = {"error": said}
    if isinstance(error, ConflictError):
        for name, rows in (("changes", error.changes), ("hit", error.hit)):
            if rows:
                body[name] = [row.model_dump(mode="json") for row in rows]
    if isinstance(error, RefusedError):
        body["offers"] = [offer.model_dump(mode="json") for offer in error.offers]
        body |= {"until": isoformat(error.until)} if error.until else {}
        body |= {"why": error.why} if error.why else {}
    return body
