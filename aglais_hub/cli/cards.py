"""The cards of a workshop, as a page to print."""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from aglais_hub.cli.words import plain
from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from aglais_hub.wire.accounts import Card

__all__ = ["MostAccounts", "cards_page", "cards_table", "check_new", "write_cards"]

MostAccounts = Annotated[int, typer.Argument(metavar="N", min=1, max=500, help="How many accounts.")]

# The sheet has the margins, every one of them; and an underline would hide the underscores of a link.
STYLE = """
@page { size: A4; margin: 1.2cm }
@media print { body { margin: 0 } }
@media screen { body { margin: 1cm } }
body { font: 11pt/1.4 system-ui, sans-serif; color: #28221f; background: #fff }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(8cm, 100%), 1fr)); gap: .5cm }
section { display: flow-root; border: 1px dashed #a79d95; border-radius: 6px; padding: .4cm; break-inside: avoid }
img { float: left; width: 3.2cm; height: 3.2cm; margin: 0 .4cm 0 0 }
h2 { margin: 0 0 .2cm; font-size: 14pt }
p { margin: 0 0 .2cm }
a { color: inherit; text-decoration: none; word-break: break-all; font: 9pt/1.4 ui-monospace, monospace }
"""


def cards_page(cards: Sequence[Card], until: datetime, zone: ZoneInfo) -> str:
    """The page to print: a card for each account, none of them on two sheets."""
    local = until.astimezone(zone)
    # On paper no day is today.
    counts = escape(f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({zone.key.replace('_', ' ')})")
    one = '<section>{}<h2>{}</h2><p>Open this link to log in, until {}:</p><p><a href="{}">{}</a></p></section>'
    picture = '<img src="{}" alt="">'
    drawn = "\n".join(
        one.format(
            picture.format(escape(card.qr)) if card.qr else "",
            escape(card.account),
            counts,
            escape(card.url),
            escape(card.url),
        )
        for card in cards
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Cards</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body><main>\n{drawn}\n</main></body></html>\n"
    )


def check_new(path: Path | None) -> None:
    """Raise ``InvalidValueError`` where the file for the cards is there: before anything is opened."""
    if path is not None and path.exists():
        raise InvalidValueError(f"{path} is there already.", field="--cards", help="Name a new file.")


def write_cards(path: Path, cards: Sequence[Card], until: datetime, zone: ZoneInfo) -> str:
    """Write the page; says how many cards are in it."""
    # Whoever reads it can log in: it is for the owner's eyes.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(cards_page(cards, until, zone))
    return f"{len(cards)} card{'' if len(cards) == 1 else 's'} {'is' if len(cards) == 1 else 'are'} in {path}."


def cards_table(cards: Sequence[Card]) -> Table:
    """A link to a row."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("account")
    table.add_column("link", overflow="fold")
    for card in cards:
        table.add_row(card.account, plain(card.url))
    return table
