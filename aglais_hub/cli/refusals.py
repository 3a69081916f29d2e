"""A refusal, with its offers: what can be had instead, and the command that takes each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from aglais_hub.cli.chosen import short
from aglais_hub.cli.screen import Desk, tell_error
from aglais_hub.cli.words import span, what, words

if TYPE_CHECKING:
    from aglais_hub.errors import RefusedError
    from aglais_hub.wire.bookings import Booking

__all__ = ["offer_instead"]

KINDS = {"earliest": "Earliest", "smaller": "Smaller, then", "shorter": "Shorter"}


def offer_instead(desk: Desk, error: RefusedError) -> Booking:
    """Show what can be had instead, and let a person at a terminal pick one, which is taken.

    Raises ``error`` where there is nothing to pick, or nobody to; ends with status 1 where none is picked.
    """
    if desk.as_json or not error.offers:
        raise error
    error.help = None
    tell_error(error)
    desk.err.print(Text(_kept(desk, error.offers), style="dim"))
    desk.err.print(_list(desk, error.offers))
    if not desk.can_ask:
        raise typer.Exit(1)
    return desk.client.accept(_pick(error.offers).id)


def _kept(desk: Desk, offers: list[Booking]) -> str:
    expires = min((offer.expires for offer in offers if offer.expires), default=None)
    kept = f", kept for you for {words(expires - desk.now)}" if expires and expires > desk.now else ""
    return f"Instead you can have{kept}:"


def _list(desk: Desk, offers: list[Booking]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for number, offer in enumerate(offers, start=1):
        time = f"{what(offer)}, {span(offer.start, offer.end, desk.zone, desk.now)} ({words(offer.end - offer.start)})"
        command = Text(f"aglais accept {short(offer.id)}", style="dim")
        kind = KINDS.get(offer.kind or "", "Instead")
        table.add_row(f"{number}", kind, Text.assemble(time, "\n", command))
    return table


def _pick(offers: list[Booking]) -> Booking:
    choices = f"1-{len(offers)}" if len(offers) > 1 else "1"
    while True:
        answer = typer.prompt(f"Take one? [{choices}, Enter for none]", default="", show_default=False, err=True)
        if not answer.strip():
            raise typer.Exit(1)
        if answer.strip().isdigit() and 1 <= int(answer) <= len(offers):
            return offers[int(answer) - 1]
