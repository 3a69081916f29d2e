"""``aglais accounts batch``: accounts for a workshop, and the cards to hand out."""

from __future__ import annotations

import os
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.words import finish, moment, plain, when
from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from aglais_hub.wire.accounts import Batch

__all__ = ["batch", "cards_page"]

# The sheet has the margins, every one of them; and an underline would hide the underscores of a link.
STYLE = """
@page { size: A4; margin: 1.2cm }
@media print { body { margin: 0 } }
@media screen { body { margin: 1cm } }
body { font: 11pt/1.4 system-ui, sans-serif; color: #28221f }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(8cm, 100%), 1fr)); gap: .5cm }
section { border: 1px dashed #a79d95; border-radius: 6px; padding: .5cm; break-inside: avoid }
h2 { margin: 0 0 .2cm; font-size: 14pt }
p { margin: 0 0 .2cm }
a { color: inherit; text-decoration: none; word-break: break-all; font: 9pt/1.4 ui-monospace, monospace }
"""


def batch(
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=500, help="How many accounts.")],
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="What they are called: NAME-01, NAME-02, …")],
    until: Annotated[str, typer.Option(metavar="TIME", help="When they end; a day is included.")],
    level: Annotated[int, typer.Option(metavar="N", min=1, help="Their level.")] = 1,
    cards: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page to print, with a card for each.")
    ] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Open accounts for a workshop, with a link each.

    For admins. The links are told this once. Whoever has one is that account. From the end on they lead nowhere,
    labs are stopped, and tokens of the accounts count no more.

    For example:

        aglais accounts batch 30 --name gaia --until 2026-12-04 --cards cards.html
    """
    if cards is not None and cards.exists():
        raise InvalidValueError(f"{cards} is there already.", field="--cards", help="Name a new file.")
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        end = _end(until, desk.zone, desk.now)
        found = desk.client.open_batch(number, name, end, level=level)
        if cards is not None:
            _write(cards, cards_page(found, desk.zone, desk.now))
            desk.err.print(f"{len(found.rows)} cards are in {cards}.", style="dim")
        desk.answer(found, lambda: _table(found))


def _end(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    return finish(moment(text, zone, now), zone)


def _table(found: Batch) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("account")
    table.add_column("link", overflow="fold")
    for card in found.rows:
        table.add_row(card.account, plain(card.url))
    return table


def cards_page(found: Batch, zone: ZoneInfo, now: datetime) -> str:
    """The page to print: a card for each account, none of them on two sheets."""
    until = escape(when(found.until, zone, now))
    one = '<section><h2>{}</h2><p>Open this link to log in, until {} ({}):</p><p><a href="{}">{}</a></p></section>'
    cards = "\n".join(
        one.format(escape(card.account), until, escape(zone.key), escape(card.url), escape(card.url))
        for card in found.rows
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Cards</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body><main>\n{cards}\n</main></body></html>\n"
    )


def _write(path: Path, text: str) -> None:
    # Whoever reads it can log in: it is for the owner's eyes.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
