"""Offers: what can be had, how each differs from what was asked for, and the command that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from aglais_hub.cli.chosen import short
from aglais_hub.cli.screen import Desk, tell_error, tell_why
from aglais_hub.cli.wish import differs
from aglais_hub.cli.words import span, total, what, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from aglais_hub.errors import RefusedError
    from aglais_hub.wire.bookings import Booking, Span

__all__ = ["offer_instead", "pick", "show_offers"]


def offer_instead(
    desk: Desk,
    error: RefusedError,
    *,
    package: str | None = None,
    asked: Span | None = None,
    help: str | None = None,
) -> Booking:
    """Show what can be had instead, and let a person at a terminal pick one, which is taken.

    Raises ``error`` where there is nothing to pick, or nobody to; ends with status 1 where none is picked. With
    ``package`` and ``asked`` it is said how each offer differs from them; ``help`` is what to do beside taking one.
    """
    if desk.as_json or not error.offers:
        raise error
    error.help = help
    tell_error(error, desk=desk)
    show_offers(desk, desk.err, error.offers, "Instead you can have", package=package, asked=asked)
    tell_why(error.why, desk.err)
    if not desk.can_ask:
        raise typer.Exit(1)
    return desk.client.accept(pick(error.offers).id)


def show_offers(
    desk: Desk,
    console: Console,
    offers: Sequence[Booking],
    said: str,
    *,
    package: str | None = None,
    asked: Span | None = None,
) -> None:
    """A table of the offers, with the command that takes each."""
    expires = min((offer.expires for offer in offers if offer.expires), default=None)
    kept = f", kept for you for {words(expires - desk.now)}" if expires and expires > desk.now else ""
    console.print(Text(f"{said}{kept}; times in {desk.zone.key}:", style="dim"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", justify="right", style="bold", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("when")
    table.add_column("differs")
    table.add_column("to take it", style="dim", no_wrap=True)
    for number, offer in enumerate(offers, start=1):
        times = [span(one.start, one.end, desk.zone, desk.now) for one in offer.spans]
        # The length stays in one piece where the line has to be broken.
        length = words(total(offer)).replace(" ", "\N{NO-BREAK SPACE}")
        when = "\n".join([*times[:-1], f"{times[-1]} ({length})"])
        table.add_row(
            f"{number}", what(offer), when, differs(offer, package, asked), f"aglais accept {short(offer.id)}"
        )
    console.print(table)


def pick(offers: Sequence[Booking]) -> Booking:
    """Ask which one to take; ends with status 1 where it is none."""
    choices = f"1-{len(offers)}" if len(offers) > 1 else "1"
    while True:
        answer = typer.prompt(f"Take one? [{choices}, Enter for none]", default="", show_default=False, err=True)
        if not answer.strip():
            raise typer.Exit(1)
        if answer.strip().isdigit() and 1 <= int(answer) <= len(offers):
            return offers[int(answer) - 1]
