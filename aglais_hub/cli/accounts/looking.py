"""Commands that look: at the list, at one account, at who changed what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import parse_qs, urlsplit

import typer
from rich.text import Text

from aglais_hub.cli.accounts.views import account_lines, accounts_table, changes_table
from aglais_hub.cli.options import AsJson, Token, Url, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.errors import ForbiddenError

if TYPE_CHECKING:
    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.admin import Holdings

__all__ = ["changes", "list_", "show"]

PAGE = 1000

Most = Annotated[int, typer.Option(min=1, max=100_000, metavar="N", help="At most so many.")]


def list_(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORD", help="Parts of a name, person, address or affiliation.")
    ] = None,
    *,
    level: Annotated[
        int | None, typer.Option(min=0, max=100, metavar="N", help="Of this level; 0 is visitors.")
    ] = None,
    state: Annotated[
        Literal["active", "suspended", "ended", "visitor"] | None, typer.Option(help="In this state.")
    ] = None,
    sort: Annotated[
        Literal["name", "created", "last", "level"],
        typer.Option(help="By name; or the newest, the last seen or the highest level first."),
    ] = "name",
    limit: Most = 100,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List the accounts, or those that all the words are found in.

    For example:

        aglais accounts list
        aglais accounts list observatory --level 2
        aglais accounts list --state suspended
        aglais accounts list --sort last --limit 20
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        said = {"q": " ".join(words or ()) or None, "level": level, "state": state, "sort": sort}
        found = desk.client.accounts(**said, limit=min(limit, PAGE))  # type: ignore[arg-type]
        rows, following = list(found.rows), found.next
        while following and len(rows) < limit:
            after = parse_qs(urlsplit(following).query)["after"][0]
            page = desk.client.accounts(**said, limit=min(limit - len(rows), PAGE), after=after)  # type: ignore[arg-type]
            rows, following = rows + page.rows, page.next
        if following and not as_json:
            desk.err.print("There are more: give a larger --limit.", style="dim")
        is_all = not (words or state) and level is None
        empty = (
            "There are no accounts yet. People open one on the platform's first page." if is_all else "There is none."
        )
        all_of_it = found.model_copy(update={"rows": rows, "next": following})
        desk.answer(all_of_it, lambda: accounts_table(rows, desk.zone, desk.now) if rows else Text(empty))


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account.")],
    *,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Show one account: what it may have, and what it has now.

    Your own needs no admin.

    For example:

        aglais accounts show ada
        aglais accounts show ada --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        account = desk.client.account(name)
        desk.answer(account, lambda: account_lines(account, _held(desk, name), desk))


def _held(desk: Desk, name: str) -> Holdings | None:
    try:
        return desk.client.holdings(name)
    except ForbiddenError:
        return None


def changes(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of this account; else of all.")] = None,
    *,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Made by this account.")] = None,
    what: Annotated[str | None, typer.Option(metavar="WHAT", help="Of this kind, as 'suspended'.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=PAGE, metavar="N", help="At most so many.")] = 50,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Show who changed what of an account, when and through what, the latest first.

    Your own needs no admin; then what admins have noted is left out.

    For example:

        aglais accounts changes ada
        aglais accounts changes --by ben --limit 10
        aglais accounts changes --what suspended
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if name is not None and by is None and what is None:
            found = desk.client.account_changes(name, limit=limit)
        else:
            found = desk.client.changes_of_accounts(account=name, by=by, what=what, limit=limit)
        if found.next and not as_json:
            desk.err.print("There are more: give a larger --limit.", style="dim")
        empty = Text("Nothing is on record.")
        desk.answer(found, lambda: changes_table(found.rows, desk.zone, desk.now) if found.rows else empty)
