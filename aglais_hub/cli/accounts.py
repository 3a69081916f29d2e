"""``aglais accounts``: who there is, for admins."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.tables import accounts_table

__all__ = ["accounts"]


def accounts(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this account; your own needs no admin.")
    ] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="At most so many.")] = 100,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List the accounts, or show one.

    The list is for admins.

    For example:

        aglais accounts
        aglais accounts ada --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if name is not None:
            one = desk.client.account(name)
            desk.answer(one, lambda: accounts_table([one], desk.zone, desk.now))
            return
        found = desk.client.accounts(limit=limit)
        if found.next and not as_json:
            desk.err.print("There are more: give a larger --limit.", style="dim")
        empty = Text("There are no accounts yet. People open one on the platform's first page.")
        desk.answer(found, lambda: accounts_table(found.rows, desk.zone, desk.now) if found.rows else empty)
