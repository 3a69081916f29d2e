"""``aglais clusters``: where capacity comes from."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from aglais_hub.cli.options import AsJson, Need, Token, Url, Zone, takes
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.tables import clusters_table
from aglais_hub.cli.words import length, moment, to_api
from aglais_hub.errors import InvalidValueError

__all__ = ["clusters", "create", "edit", "list_", "remove"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The cluster.")]
Overcommit = Annotated[
    float | None, typer.Option(metavar="N", help="How many shared bookings use each core at once.", min=1)
]
Buffer = Annotated[
    str | None,
    typer.Option(metavar="LENGTH", help="How long servers stay closed after a reserved booking; 0 for none."),
]


def clusters() -> None:
    """Make clusters, read what they have, and audit them.

    A cluster is a pool of capacity. `aglais grants` says how much it has, and when. One on Kubernetes has what its
    nodes give.

    For example:

        aglais clusters list
        aglais clusters create north --overcommit 4 --buffer 10m
        aglais clusters edit north --overcommit 2
        aglais clusters remove north
        aglais clusters read
        aglais clusters audit
    """


def list_(*, tz: Zone = None, as_json: AsJson = False, url: Url = None, token: Token = None) -> None:
    """List the clusters.

    For example:

        aglais clusters list
        aglais clusters list --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        found = desk.client.clusters()
        empty = Text("There are no clusters yet. Make one with `aglais clusters create NAME`.")
        desk.answer(found, lambda: clusters_table(found.rows, desk.zone, desk.now) if found.rows else empty)


@takes(Need)
def create(
    need: Need,
    name: Name,
    *,
    overcommit: Overcommit = None,
    buffer: Buffer = None,
    start: Annotated[str, typer.Option("--from", metavar="TIME", help="When its first grant begins.")] = "now",
    until: Annotated[str | None, typer.Option(metavar="TIME", help="When that ends; a day is included.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="A note on that grant.")] = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Make a cluster, and its first grant with it.

    With amounts it is granted them from --from until --until; without, it has nothing yet: see `aglais grants add`.

    For example:

        aglais clusters create north
        aglais clusters create north --cores 64 --memory 256G --until 2026-12-31
        aglais clusters create south --overcommit 4 --buffer 10m
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        amounts = need.amounts()
        first = {}
        if amounts:
            if until is None:
                raise InvalidValueError("Its first grant has no end.", field="enddate", help="Give --until.")
            first = {
                "startdate": to_api(moment(start, desk.zone, desk.now)),
                "enddate": to_api(moment(until, desk.zone, desk.now)),
                "tz": desk.zone.key,
            }
            if note:
                first["note"] = note
        made = desk.client.create_cluster(name, overcommit=overcommit, buffer=_buffer(buffer), **first, **amounts)
        desk.answer(made, lambda: clusters_table([made], desk.zone, desk.now))


def edit(
    name: Name,
    *,
    overcommit: Overcommit = None,
    buffer: Buffer = None,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Change how bookings are counted in a cluster from now on.

    Bookings that are there keep what they have.

    For example:

        aglais clusters edit north --overcommit 2
        aglais clusters edit north --buffer 0
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if overcommit is None and buffer is None:
            raise InvalidValueError("Nothing is to be changed.", help="Give --overcommit or --buffer.")
        made = desk.client.edit_cluster(name, overcommit=overcommit, buffer=_buffer(buffer))
        desk.answer(made, lambda: clusters_table([made], desk.zone, desk.now))


def remove(
    name: Name,
    *,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Remove a cluster that has no grants, and that nothing was ever booked in.

    Any other stays, for the record: without grants it offers nothing.

    For example:

        aglais clusters remove north
    """
    with at_desk(url, token, as_json=as_json) as desk:
        gone = desk.client.remove_cluster(name)
        desk.answer(gone, lambda: Text(f"Removed: {gone.name}."))


def _buffer(text: str | None) -> str | None:
    """A length as ISO 8601; ``0`` is no time at all."""
    if text is None or text.strip() == "0":
        return text and "PT0S"
    return f"PT{round(length(text).total_seconds())}S"
