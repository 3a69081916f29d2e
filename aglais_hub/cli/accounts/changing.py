"""Commands that change an account, and ask first where something is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.text import Text

from aglais_hub.cli.accounts.views import account_lines, lost
from aglais_hub.cli.amounts import mebibytes
from aglais_hub.cli.options import AsJson, Token, Url, Yes, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.words import finish, moment
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.policy import Attributes

if TYPE_CHECKING:
    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.accounts import Account

__all__ = ["delete", "edit", "merge", "resume", "suspend"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="A note for the record; its owner does not see it.")]
Size = Annotated[str | None, typer.Option(metavar="SIZE", help="Room for them, as 20G.")]


def edit(
    name: Name,
    *,
    level: Annotated[int | None, typer.Option(min=1, max=100, metavar="N", help="Its level.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it ends; a day is included, `never` takes an end away.")
    ] = None,
    package: Annotated[str | None, typer.Option(metavar="NAME", help="What a lab gets that names no package.")] = None,
    notebooks: Size = None,
    saved: Size = None,
    temporary: Size = None,
    keep: Annotated[
        Literal["no", "again", "always"] | None,
        typer.Option(help="Whether its owner may keep notebooks and saved files past their time."),
    ] = None,
    as_level: Annotated[
        bool, typer.Option("--as-level", help="Drop what was set by hand: all is as its level.")
    ] = False,
    display: Annotated[str | None, typer.Option(metavar="TEXT", help="The person's name.")] = None,
    affiliation: Annotated[str | None, typer.Option(metavar="TEXT", help="Where they work.")] = None,
    note: Note = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Set what an account may have, and who it is.

    What you don't name stays as it is. Sizes and the package are set by hand, for this account alone; with --as-level
    it has again what its level has. If somebody else changes the account at the same moment, you are told and nothing
    is changed.

    For example:

        aglais accounts edit ada --level 2
        aglais accounts edit ada --saved 200G --keep always --note Survey
        aglais accounts edit gaia-01 --until 2026-12-04
        aglais accounts edit gaia-01 --until never
        aglais accounts edit ada --as-level
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        account = desk.client.account(name)
        settings: dict[str, Any] = {"level": level, "display": display, "affiliation": affiliation, "note": note}
        settings = {key: value for key, value in settings.items() if value is not None}
        if until is not None:
            settings["expires"] = None if until == "never" else finish(moment(until, desk.zone, desk.now), desk.zone)
        sizes = {"notebooks": notebooks, "saved": saved, "temporary": temporary}
        by_hand = _by_hand(account, package, sizes, keep, as_level=as_level)
        if by_hand is not None:
            settings["attributes"] = by_hand or None
        if not settings.keys() - {"note"}:
            raise InvalidValueError(
                "Nothing to change was named.", help="`aglais accounts edit --help` shows what can be."
            )
        changed = desk.client.set_account(name, **settings, version=account.version)
        desk.answer(changed, lambda: account_lines(changed, None, desk))


def suspend(
    name: Name,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; its owner reads it.")],
    release: Annotated[
        bool, typer.Option("--release", help="Give its bookings back; else they stay, and nobody can use them.")
    ] = False,
    note: Note = None,
    yes: Yes = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Suspend an account: nobody gets in, and its lab stops.

    What its browser has not saved, and running code, is lost. Files and groups
    stay. Whoever logs in reads the reason.

    For example:

        aglais accounts suspend ada --reason 'Please call the helpdesk.'
        aglais accounts suspend ada --reason 'Left the project.' --release
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if desk.can_ask and not yes:
            held = desk.client.holdings(name)
            stops = " Its server stops, and running code is lost." if held.server else ""
            bookings = f" {held.bookings} of its bookings are given back." if release and held.bookings else ""
            _confirm(f"Suspend {name}?{stops}{bookings}")
        done = desk.client.suspend(name, reason, bookings="release" if release else None, note=note)
        desk.answer(done, lambda: Text(f"{name} is suspended. To let them in again: aglais accounts resume {name}"))


def resume(
    name: Name,
    *,
    note: Note = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let a suspended account in again.

    For example:

        aglais accounts resume ada
    """
    with at_desk(url, token, as_json=as_json) as desk:
        done = desk.client.resume(name, note=note)
        desk.answer(done, lambda: Text(f"{name} can log in again."))


def merge(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account that goes.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The account that stays.")],
    *,
    files: Annotated[bool, typer.Option("--files/--no-files", help="Take its files along, or delete them.")] = True,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let all of one account become another's: ways in, bookings, keys, files. Then it is gone.

    Its server stops, saved first. It takes a moment, and can't be taken back.

    For example:

        aglais accounts merge ada-2 ada
        aglais accounts merge guest-amber-vega-7k2q ada --no-files --yes
    """
    with at_desk(url, token, as_json=as_json) as desk:
        held = lost(desk.client.holdings(name)) or "nothing"
        _ask(desk, f"Let {name} become part of {into}, with {held}? It can't be taken back.", yes=yes)
        begun = desk.client.merge_accounts(name, into, files=files)
        desk.answer(begun, lambda: Text(f"{name} becomes part of {into} within a minute."))


def delete(
    name: Name,
    *,
    files_to: Annotated[
        str | None, typer.Option(metavar="NAME", help="Hand its files to this account, in a folder of their own.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Delete an account with all that it has.

    Its server stops, its bookings are given back, its files are deleted, or handed to somebody. On a terminal you are
    told what is lost, and asked; elsewhere it takes --yes.

    For example:

        aglais accounts delete gaia-01
        aglais accounts delete gaia-01 --files-to ada --yes
    """
    with at_desk(url, token, as_json=as_json) as desk:
        held = desk.client.holdings(name)
        alone = f" Nobody else owns {', '.join(held.alone)}." if held.alone else ""
        what = lost(held)
        if files_to:
            question = f"Delete {name}, and hand its files to {files_to}? It had {what or 'nothing'}."
            _ask(desk, f"{question}{alone} It can't be taken back.", yes=yes)
            begun = desk.client.merge_accounts(name, files_to, only_files=True)
            desk.answer(begun, lambda: Text(f"{name} is deleted within a minute; its files go to {files_to}."))
            return
        _ask(desk, f"Delete {name}{f' and lose {what}' if what else ''}?{alone} It can't be taken back.", yes=yes)
        gone = desk.client.delete_account(name)
        desk.answer(gone, lambda: Text(f"{name} is deleted."))


# ---- within


def _ask(desk: Desk, question: str, *, yes: bool) -> None:
    """Ask a person at a terminal; where there is none, ``--yes`` has to say it."""
    if yes:
        return
    if not desk.can_ask:
        raise InvalidValueError(question, field="--yes", help="Say --yes, if that is what is wanted.")
    _confirm(question)


def _confirm(question: str) -> None:
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


def _by_hand(
    account: Account, package: str | None, sizes: dict[str, str | None], keep: str | None, *, as_level: bool
) -> dict[str, Any] | None:
    """What is set by hand from now on; ``None`` where it stays as it is, nothing where its level says all."""
    said = {name: size for name, size in sizes.items() if size is not None}
    if as_level:
        if package or said or keep:
            raise InvalidValueError(
                "--as-level drops what is set by hand.", help="Give it alone, then set what differs."
            )
        return {}
    if not (package or said or keep):
        return None
    by_hand = (account.attributes or Attributes()).model_dump(mode="json", exclude_none=True)
    if package:
        by_hand["package"] = package
    for name in ("notebooks", "saved", "temporary"):
        space = getattr(account.allowance, name).model_dump(mode="json")
        changed: dict[str, Any] = {"size": mebibytes(said[name], name)} if name in said else {}
        if keep and name != "temporary":
            changed["keep"] = keep
        if changed:
            by_hand[name] = space | changed
    return by_hand
