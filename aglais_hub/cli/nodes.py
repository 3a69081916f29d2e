"""``aglais clusters read`` and ``audit``: capacity from the nodes of a Kubernetes cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from aglais_hub.cli.amounts import counted
from aglais_hub.cli.options import AsJson, Token, Url, Yes, Zone
from aglais_hub.cli.screen import at_desk
from aglais_hub.cli.tables import bookings_table, findings_table, pools_table

if TYPE_CHECKING:
    from aglais_hub.cli.screen import Desk
    from aglais_hub.wire.nodes import Audit, NodeRows

__all__ = ["audit", "read"]


def read(
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Grant what the nodes give.")] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="With --apply: cancel bookings that no longer fit, and offer others.")
    ] = False,
    cluster: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --apply: on this cluster alone, not on all.")
    ] = None,
    yes: Yes = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Read what the nodes of a Kubernetes cluster give, and compare it with what is granted.

    The platform does this by itself every few seconds, and grants it. Where bookings would no longer fit, it leaves
    them, and books nothing more there until they do: here you see which, and --apply --cancel cancels them, the latest
    made first, and holds others for their accounts for a day. On a terminal you are asked first.

    For example:

        aglais clusters read
        aglais clusters read --apply
        aglais clusters read --apply --cancel --cluster north
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if apply and cancel and desk.can_ask and not yes:
            rows = desk.client.read_nodes().clusters
            hit = [booking for row in rows if cluster in (None, row.cluster) for booking in row.hit]
            if hit:
                desk.err.print(bookings_table(hit, desk.zone, desk.now))
                typer.confirm(f"Cancel {counted(len(hit), 'booking')}?", abort=True, err=True)
        found = desk.client.read_nodes(apply=apply, cluster=cluster, hit="cancel" if cancel else None)
        desk.answer(found, lambda: _read(desk, found))


def audit(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Make it agree, as each line says.")] = False,
    yes: Yes = False,
    tz: Zone = None,
    as_json: AsJson = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Compare what runs on a Kubernetes cluster with what is on record.

    It finds pods without a booking, sessions without a pod, pods that ask for more than is booked, and disks and
    namespaces of accounts that are no more. The platform looks by itself every few seconds, and repairs the first two
    once it has seen them twice. What --repair removes for good is listed first, and on a terminal you are asked.

    For example:

        aglais clusters audit
        aglais clusters audit --repair
        aglais clusters audit --json
    """
    with at_desk(url, token, as_json=as_json, tz=tz) as desk:
        if repair and desk.can_ask and not yes:
            before = desk.client.audit_nodes()
            if before.findings:
                desk.err.print(findings_table(before.findings))
                typer.confirm(f"Repair {counted(len(before.findings), 'finding')}?", abort=True, err=True)
        found = desk.client.audit_nodes(repair=repair)
        desk.answer(found, lambda: _audited(found))


def _read(desk: Desk, found: NodeRows) -> RenderableType:
    if not found.clusters and not found.nodes:
        return Text("The cluster has no nodes, so there is nothing to grant.")
    parts: list[RenderableType] = [pools_table(found.clusters, found.nodes)]
    for row in found.clusters:
        if row.hit:
            need = "needs" if len(row.hit) == 1 else "need"
            told = f"{row.cluster}: {counted(len(row.hit), 'booking')} {need} more than its nodes give."
            parts += [Text(), Text(told, style="bold"), bookings_table(row.hit, desk.zone, desk.now)]
    if any(row.gives != row.granted and not row.hit for row in found.clusters):
        parts += [Text(), Text("To grant what the nodes give: aglais clusters read --apply", style="dim")]
    return Group(*parts)


def _audited(found: Audit) -> RenderableType:
    if not found.findings:
        return Text("Cluster and records agree.")
    return findings_table(found.findings)
