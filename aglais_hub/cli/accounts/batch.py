"""``aglais accounts batch``: accounts for a workshop, and the cards to hand out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aglais_hub.cli.cards import MostAccounts, cards_table, check_new, write_cards
from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.words import finish, moment

__all__ = ["batch"]


def batch(
    number: MostAccounts,
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
    labs are stopped, and tokens of the accounts count no more. `aglais workshops` looks after them.

    For example:

        aglais accounts batch 30 --name gaia --until 2026-12-04 --cards cards.html
    """
    check_new(cards)
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        end = finish(moment(until, desk.zone, desk.now), desk.zone)
        found = desk.client.open_batch(number, name, end, level=level, qr=True if cards else None)
        if cards is not None:
            desk.err.print(write_cards(cards, found.rows, found.until, desk.zone), style="dim")
        desk.answer(found, lambda: cards_table(found.rows))
