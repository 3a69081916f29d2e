"""``aglais grants`` and ``aglais blackout``: what clusters have, and when they have less."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from aglais_hub.cli.amounts import counted, percent
from aglais_hub.cli.chosen import ALWAYS, short
from aglais_hub.cli.options import AsJson, Need, Token, Url, Yes, Zone, takes
from aglais_hub.cli.screen import Desk, at_desk
from aglais_hub.cli.tables import bookings_table, grant_words, grants_table
from aglais_hub.cli.words import moment, plain, span, to_api
from aglais_hub.client.calls.base import Amounts
from aglais_hub.client.calls.capacity import GrantDetails
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.decisions import Hit
    from aglais_hub.wire.resources import Grant

__all__ = ["add", "blackout", "change", "grants", "list_", "remove"]

ID_LENGTH = 36

Which = Annotated[str, typer.Argument(metavar="ID", help="A grant or a blackout: the end of its id.")]
Start = Annotated[str, typer.Option("--from", metavar="TIME", help="When it begins.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="When it ends; a day is included.")]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")]
Cancel = Annotated[bool, typer.Option("--cancel", help="Cancel bookings that are in the way, the latest made first.")]


def grants() -> None:
    """List, add, change and remove grants of capacity.

    A grant says what a cluster has during a time. Times when it has less are blackouts: `aglais blackout`.

    For example:

        aglais grants list
        aglais grants add local --cores 16 --memory 64G --until 2026-12-31
        aglais grants change 3fa2b1c0 --until 2027-06-30
        aglais grants remove 3fa2b1c0
    """


def list_(
    *,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="Those from then on.")] = "now",
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Those until then; a day is included.")] = None,
    cluster: Annotated[str | None, typer.Option(metavar="NAME", help="One cluster's.")] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """List grants, and blackouts among them.

    For example:

        aglais grants list
        aglais grants list --cluster local --from 2026-01-01 --until 2026-12-31
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        first = to_api(moment(start, desk.zone, desk.now))
        last = to_api(moment(until, desk.zone, desk.now)) if until else ALWAYS[1]
        found = desk.client.grants((first, last), cluster=cluster)
        empty = Text("Nothing is granted then. Grant with `aglais grants add CLUSTER --cores N --memory SIZE`.")
        desk.answer(found, lambda: grants_table(found.rows, desk.zone, desk.now) if found.rows else empty)


@takes(Need)
def add(
    need: Need,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Which cluster is granted it.")],
    *,
    start: Start = "now",
    until: Until = None,
    note: Note = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Grant capacity to a cluster.

    For example:

        aglais grants add local --cores 16 --memory 64G --until 2026-12-31
        aglais grants add north --gpus 2 --from mon --until fri --note 'on loan'
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        amounts = need.amounts()
        if not amounts:
            raise InvalidValueError("It grants nothing.", field="cores", help="Give --cores, --memory, or the like.")
        details = _details(desk, amounts, note)
        made = desk.client.grant(cluster, *_ends(desk, start, until), **details)
        desk.answer(made, lambda: _told(desk, "Granted", made))


@takes(Need)
def change(
    need: Need,
    id: Which,
    *,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="When it begins instead.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When it ends instead.")] = None,
    share: Annotated[str | None, typer.Option(metavar="PERCENT", help="Of a blackout: how much is closed.")] = None,
    note: Note = None,
    cancel: Cancel = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Change a grant or a blackout: what is not given stays as it is.

    Where bookings would no longer fit it is refused, and they are listed; --cancel cancels them.

    For example:

        aglais grants change 3fa2b1c0 --until 2027-06-30
        aglais grants change 3fa2b1c0 --cores 8 --cancel
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        old = _chosen(desk, id)
        had = old.resources.model_dump(mode="json")
        amounts = Amounts(**{name: value for name, value in had.items() if value})  # type: ignore[typeddict-item]
        amounts |= need.amounts(sign=-1 if min(had.values()) < 0 else 1)
        details = _details(desk, Amounts() if old.share is not None else amounts, old.note if note is None else note)
        if old.share is not None:
            details["share"] = percent(share, sign="-") if share else f"{float(old.share):g}%"
        if cancel:
            details["hit"] = "cancel"
        first = to_api(moment(start, desk.zone, desk.now) if start else old.start)
        last = to_api(moment(until, desk.zone, desk.now) if until else old.end)
        with _way_out():
            made = desk.client.change_grant(old.id, old.cluster, first, last, **details)
        desk.answer(made, lambda: _told(desk, "Changed", made))


def remove(
    id: Which,
    *,
    cancel: Cancel = False,
    yes: Yes = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Take a grant back, or end a blackout.

    Where bookings would no longer fit it is refused, and they are listed; --cancel cancels them. On a terminal you are
    asked first.

    For example:

        aglais grants remove 3fa2b1c0
        aglais grants remove 3fa2b1c0 --cancel --yes
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        old = _chosen(desk, id)
        if desk.can_ask and not yes:
            also = ", and cancel the bookings that need it" if cancel else ""
            typer.confirm(f"Remove {_said(desk, old)}{also}?", abort=True, err=True)
        with _way_out():
            gone = desk.client.remove_grant(old.id, hit="cancel" if cancel else None)
        desk.answer(gone, lambda: _told(desk, "Removed", gone))


@takes(Need)
def blackout(
    need: Need,
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Which cluster has less.")],
    *,
    start: Start = "now",
    until: Until = None,
    share: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="How much of it is closed; all unless amounts are given.")
    ] = None,
    note: Note = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show which bookings it would hit; change nothing.")
    ] = False,
    cancel: Cancel = False,
    yes: Yes = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Close a cluster for a time, or a part of it.

    Where bookings would no longer fit it is refused, and they are listed: --preview shows them beforehand, --cancel
    cancels them. A blackout is listed and removed as a grant: `aglais grants`.

    For example:

        aglais blackout local --from 'sat 08:00' --until 'sat 18:00' --preview
        aglais blackout local --from sat --until sun --note 'New disks' --cancel
        aglais blackout local --from mon --until fri --share 50%
        aglais blackout local --until fri --gpus 1
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        ends = _ends(desk, start, until)
        details = _details(desk, need.amounts(sign=-1), note)
        if share or not need.amounts():
            details["share"] = percent(share or "100%", sign="-")
        asks = cancel and desk.can_ask and not yes
        if preview or asks:
            hit = desk.client.preview_grant(cluster, *ends, **details)
            if preview:
                desk.answer(hit, lambda: _hits(desk, hit))
                return
            if hit.hit:
                desk.err.print(_hits(desk, hit))
                typer.confirm(f"Cancel {_counted(hit.hit)}?", abort=True, err=True)
        if cancel:
            details["hit"] = "cancel"
        with _way_out():
            made = desk.client.grant(cluster, *ends, **details)
        desk.answer(made, lambda: _told(desk, "Closed", made))


def _details(desk: Desk, amounts: Amounts, note: str | None) -> GrantDetails:
    details: GrantDetails = {**amounts, "tz": desk.zone.key}  # type: ignore[typeddict-item]
    return details | {"note": note} if note else details


def _ends(desk: Desk, start: str, until: str | None) -> tuple[str, str]:
    if until is None:
        raise InvalidValueError("It has no end.", field="enddate", help="Give --until.")
    return to_api(moment(start, desk.zone, desk.now)), to_api(moment(until, desk.zone, desk.now))


@contextmanager
def _way_out() -> Iterator[None]:
    """Say what to do about bookings in the way, in this command's own words."""
    try:
        yield
    except ConflictError as error:
        if error.hit:
            error.message = f"{_counted(error.hit)} would have to go."
            error.help = "To cancel them: --cancel. Or choose another time."
        raise


def _chosen(desk: Desk, text: str) -> Grant:
    """The grant that is meant; raises ``NotFoundError``, or ``InvalidValueError`` where it could be several."""
    if len(text) == ID_LENGTH:
        return desk.client.granted(text)
    found = [grant for grant in desk.client.grants(ALWAYS).rows if grant.id.endswith(text.lower())]
    if not found:
        raise NotFoundError(f"No grant ends with {text!r}.", help="`aglais grants list` lists them.")
    if len(found) > 1:
        given = ", ".join(grant.id for grant in found)
        raise InvalidValueError(f"{len(found)} grants end with {text!r}.", help=f"Give more of it: {given}.")
    return found[0]


def _said(desk: Desk, grant: Grant) -> str:
    much = "all of it" if grant.share == -100 else grant_words(grant)
    return f"{grant.cluster}, {much}, {span(grant.start, grant.end, desk.zone, desk.now)}"


def _told(desk: Desk, said: str, grant: Grant) -> Text:
    lines = Text.assemble((f"{said}:", "bold"), f" {_said(desk, grant)} ({desk.zone.key})", overflow="fold")
    note = [plain(grant.note)] if grant.note else []
    return lines.append("\n" + " · ".join([*note, f"id {short(grant.id)}"]), style="dim")


def _hits(desk: Desk, found: Hit) -> RenderableType:
    if not found.hit:
        return Text("It hits no booking.")
    return Group(
        Text(f"It hits {_counted(found.hit)}, the latest made first:"), bookings_table(found.hit, desk.zone, desk.now)
    )


def _counted(hit: Sequence[Booking]) -> str:
    people = len({booking.account for booking in hit})
    return f"{counted(len(hit), 'booking')} of {counted(people, 'person', 'people')}"
