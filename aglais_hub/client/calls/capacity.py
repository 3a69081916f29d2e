"""Calls about capacity: what is free, grants and blackouts, clusters."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, Unpack

from aglais_hub.client.calls.base import Amounts, Call, When, body, part, query, range_text
from aglais_hub.wire.bookings import Sharing
from aglais_hub.wire.decisions import Hit
from aglais_hub.wire.resources import Available, Cluster, ClusterRows, Grant, GrantRows

__all__ = [
    "GrantDetails",
    "available",
    "change_grant",
    "cluster",
    "clusters",
    "create_cluster",
    "edit_cluster",
    "grant",
    "granted",
    "grants",
    "preview_grant",
    "remove_cluster",
    "remove_grant",
]

OnHit = Literal["refuse", "cancel"]


class GrantDetails(Amounts, total=False):
    """What a grant may say beside its cluster and dates.

    ``share`` is a part of all that the cluster has, as in ``-100%``. Where bookings would no longer fit, ``hit`` is
    ``refuse`` or ``cancel``.
    """

    share: str | None
    hit: OnHit | None
    note: str
    tz: str | None


class FirstGrant(Amounts, total=False):
    """The first grant of a new cluster."""

    startdate: When | None
    enddate: When | None
    note: str
    tz: str | None


def available(
    range: tuple[When, When] | None = None,
    *,
    grain: str = "day",
    package: str | None = None,
    cluster: str | None = None,
    sharing: Sharing | None = None,
    tz: str = "UTC",
    **custom: Unpack[Amounts],
) -> Call[Available]:
    """What is free in each row of ``range``; without it, the seven days from today.

    How many of a ``custom`` set of resources fit is counted as the package ``custom``.
    """
    said = query(
        range=range_text(range), grain=grain, package=package, cluster=cluster, sharing=sharing, tz=tz, **custom
    )
    return Call(Available, "GET", "available/select", said)


def grants(range: tuple[When, When] | None = None, *, cluster: str | None = None) -> Call[GrantRows]:
    """Grants of capacity that overlap ``range``, blackouts among them."""
    return Call(GrantRows, "GET", "resources/select", query(range=range_text(range), cluster=cluster))


def granted(id: str) -> Call[Grant]:
    """One grant."""
    return Call(Grant, "GET", f"resources/{part(id)}")


def grant(cluster: str | None, startdate: When, enddate: When, **details: Unpack[GrantDetails]) -> Call[Grant]:
    """Grant capacity to a cluster; negative amounts, or a negative ``share``, are a blackout."""
    return Call(Grant, "POST", "resources/create", body=_grant(cluster, startdate, enddate, details))


def preview_grant(cluster: str | None, startdate: When, enddate: When, **details: Unpack[GrantDetails]) -> Call[Hit]:
    """The bookings that such a grant or blackout would hit. Nothing is written."""
    return Call(Hit, "POST", "resources/preview", body=_grant(cluster, startdate, enddate, details))


def change_grant(
    id: str, cluster: str | None, startdate: When, enddate: When, **details: Unpack[GrantDetails]
) -> Call[Grant]:
    """Make a grant what is said here; raises ``ConflictError`` with the bookings it would ``hit``."""
    return Call(Grant, "POST", f"resources/{part(id)}", body=_grant(cluster, startdate, enddate, details))


def remove_grant(id: str, *, hit: OnHit | None = None) -> Call[Grant]:
    """Take a grant back, or end a blackout."""
    return Call(Grant, "DELETE", f"resources/{part(id)}", query(hit=hit))


def clusters() -> Call[ClusterRows]:
    """The clusters, by name."""
    return Call(ClusterRows, "GET", "clusters/select")


def cluster(name: str) -> Call[Cluster]:
    """One cluster."""
    return Call(Cluster, "GET", f"clusters/{part(name)}")


def create_cluster(
    name: str,
    *,
    overcommit: Decimal | float | str | None = None,
    buffer: timedelta | str | None = None,
    **first: Unpack[FirstGrant],
) -> Call[Cluster]:
    """Make a cluster; with dates and amounts also its ``first`` grant."""
    said = body(name=name, overcommit=overcommit, buffer=buffer, **first)
    return Call(Cluster, "POST", "clusters/create", body=said)


def edit_cluster(
    name: str, *, overcommit: Decimal | float | str | None = None, buffer: timedelta | str | None = None
) -> Call[Cluster]:
    """Change how bookings are counted in a cluster from now on."""
    return Call(Cluster, "POST", f"clusters/{part(name)}", body=body(overcommit=overcommit, buffer=buffer))


def remove_cluster(name: str) -> Call[Cluster]:
    """Remove a cluster that no grant and no booking has ever named."""
    return Call(Cluster, "DELETE", f"clusters/{part(name)}")


def _grant(cluster: str | None, startdate: When, enddate: When, details: GrantDetails) -> dict[str, Any]:
    return body(cluster=cluster, startdate=startdate, enddate=enddate, **details)
