"""Amounts of resources, grants of them, and what is left over time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from operator import truediv
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, AliasChoices, Field, PlainSerializer

from aglais_hub.wire.base import Instant, Model, RequestModel, reachable

__all__ = [
    "Available",
    "AvailableColumns",
    "AvailableRow",
    "Cluster",
    "ClusterEdit",
    "ClusterRequest",
    "ClusterRows",
    "Cores",
    "Grant",
    "GrantRequest",
    "GrantRows",
    "Percent",
    "Resources",
]

# The largest amount of anything: a signed 64-bit integer, with room for summing a million rows of it.
MOST = 2**53 - 1

Cores = Annotated[
    Decimal,
    Field(ge=-MOST // 1000, le=MOST // 1000, decimal_places=3),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""Processor cores, to a thousandth, as Kubernetes counts them."""

Percent = Annotated[
    Decimal, Field(ge=-100, le=100, decimal_places=3), PlainSerializer(float, return_type=float, when_used="json")
]
"""A percentage, to a thousandth."""

CLUSTER_NAME = r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$"
"""As Kubernetes and DNS name things."""

Amount = Annotated[int, Field(ge=-MOST, le=MOST)]


class Resources(Model):
    """An amount of every resource at once. Cores are decimal, memory and disks are MiB, servers and GPUs whole."""

    cores: Cores = Decimal(0)
    memory: Amount = 0
    temporary: Amount = 0
    user: Amount = 0
    data: Amount = 0
    servers: Amount = 0
    gpus: Amount = 0


class Grant(Model):
    """Capacity that a cluster has during ``[start, end)``.

    A blackout is a grant of less than nothing: negative amounts, or with ``share`` (a negative percentage) a part of
    all that the other grants give.
    """

    id: str
    url: str
    cluster: str
    start: Instant
    end: Instant
    resources: Resources
    share: Percent | None = None
    note: str = ""
    version: int
    created: Instant


class GrantRows(Model):
    """A page of grants; ``next`` is the address of the following page, where there is one."""

    rows: list[Grant]
    next: str | None = None


class AvailableRow(Model):
    """What is left throughout ``[start, end)``: the least of every instant in it, and how many of each package fit."""

    start: Instant
    end: Instant
    resources: Resources
    packages: dict[str, int]


class Available(Model):
    """Availability over ``range``, a row for each ``grain`` (hour, day, week, month) in the zone ``tz``."""

    range: tuple[Instant, Instant]
    grain: str
    tz: str
    rows: list[AvailableRow]


class AvailableColumns(NamedTuple):
    """What ``Available`` says, in columns: thousands of rows are written at once, and none of them is ever an object.

    ``edges`` are the rows' starts and the end of the last one, as they are on the wire. ``resources`` has a column for
    each field of ``Resources``, cores in thousandths, and ``packages`` one for each package.
    """

    grain: str
    tz: str
    edges: Sequence[str]
    resources: Mapping[str, Sequence[int]]
    packages: Mapping[str, Sequence[int]]

    @property
    def rows(self) -> list[AvailableRow]:
        """The rows, as whoever receives them reads them."""
        return Available.model_validate_json(self.json()).rows

    def json(self) -> str:
        """What goes over the network: an ``Available``."""
        row = f'{{"start":"%s","end":"%s","resources":{_object(self.resources)},"packages":{_object(self.packages)}}}'
        cores, *others = self.resources.values()
        values = map(truediv, cores, repeat(1000)), *others, *self.packages.values()
        rows = ",".join(map(row.__mod__, zip(self.edges, self.edges[1:], *values, strict=False)))
        ends = f'"{self.edges[0]}","{self.edges[-1]}"'
        return f'{{"range":[{ends}],"grain":"{self.grain}","tz":{json.dumps(self.tz)},"rows":[{rows}]}}'


def _object(names: Iterable[str]) -> str:
    """A JSON object with a place to fill in for each of the ``names``."""
    return "{" + ",".join(json.dumps(name).replace("%", "%%") + ":%s" for name in names) + "}"


class GrantRequest(RequestModel):
    """Ask for a grant, or with negative amounts for a blackout.

    Dates without a time are whole days of ``tz``, the last included.
    ``share`` takes away a part of all that the cluster has, as in ``-100%`` for closing it. Where bookings would no
    longer fit, ``hit`` decides: ``refuse`` the grant, or ``cancel`` those bookings, the latest made first.
    """

    cluster: Annotated[
        str | None, Field(pattern=CLUSTER_NAME, validation_alias=AliasChoices("cluster", "clusterid"))
    ] = None
    startdate: str
    enddate: str
    cores: Cores = Decimal(0)
    memory: Amount = 0
    temporary: Amount = 0
    user: Amount = 0
    data: Amount = 0
    servers: Amount = 0
    gpus: Amount = 0
    share: Annotated[str | None, Field(max_length=8)] = None
    hit: Literal["refuse", "cancel"] = "refuse"
    note: Annotated[str, Field(max_length=200)] = ""
    tz: str = "UTC"


Overcommit = Annotated[
    Decimal, Field(ge=1, le=100, decimal_places=3), PlainSerializer(float, return_type=float, when_used="json")
]


class Cluster(Model):
    """A pool of capacity that grants and bookings are counted in.

    ``overcommit`` is how many ``shared`` bookings use each core and MiB of memory at once. ``buffer`` is the time
    (ISO 8601) that servers of a ``reserved`` booking stay closed after it, to be made ready for the next.
    ``change`` is the number of the last change to the timeline. ``unverified`` says why nothing more is booked on it
    for now, as the end of a sentence; it is empty where bookings are taken.
    """

    name: str
    url: str
    overcommit: Overcommit
    buffer: str
    change: int
    created: Instant
    unverified: str = ""


class ClusterRows(Model):
    """The clusters, by name."""

    rows: list[Cluster]
    next: str | None = None


class ClusterEdit(RequestModel):
    """Change how bookings are counted in a cluster, from now on: bookings that are there keep what they have."""

    overcommit: Overcommit | None = None
    buffer: str | None = None


class ClusterRequest(RequestModel):
    """Make a cluster; with dates and amounts also its first grant. Without a name it gets one."""

    name: Annotated[
        Annotated[str, AfterValidator(reachable)] | None,
        Field(pattern=CLUSTER_NAME, validation_alias=AliasChoices("name", "cluster", "clusterid")),
    ] = None
    overcommit: Overcommit = Decimal(1)
    buffer: str = "PT0S"
    startdate: str | None = None
    enddate: str | None = None
    cores: Annotated[Cores, Field(ge=0)] = Decimal(0)
    memory: Annotated[int, Field(ge=0, le=MOST)] = 0
    temporary: Annotated[int, Field(ge=0, le=MOST)] = 0
    user: Annotated[int, Field(ge=0, le=MOST)] = 0
    data: Annotated[int, Field(ge=0, le=MOST)] = 0
    servers: Annotated[int, Field(ge=0, le=MOST)] = 0
    gpus: Annotated[int, Field(ge=0, le=MOST)] = 0
    note: Annotated[str, Field(max_length=200)] = ""
    tz: str = "UTC"
