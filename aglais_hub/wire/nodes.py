"""What a cluster's nodes give, how that compares with what is granted, and what the audit found."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aglais_hub.wire.base import Instant, Model, RequestModel
from aglais_hub.wire.bookings import Booking
from aglais_hub.wire.resources import CLUSTER_NAME, Resources

__all__ = ["Audit", "AuditRequest", "Finding", "Node", "NodeRows", "PoolRow", "ReadRequest"]


class Node(Model):
    """A node and the cluster that it is counted in.

    ``ready`` gives all that system pods and the reserve leave, ``cordoned`` what sessions on it still have. One that
    is ``away`` (not ready), ``tainted`` or ``misnamed`` (its pool can't be a cluster's name) gives nothing.
    """

    name: str
    cluster: str
    state: Literal["ready", "cordoned", "away", "tainted", "misnamed"]
    reserved: bool
    resources: Resources


class PoolRow(Model):
    """A cluster as its nodes have it: what they ``give``, and what is ``granted`` for it.

    ``hit`` are the bookings that need more than there is. ``because`` says why nothing more is booked here, where that
    is so.
    """

    cluster: str
    gives: Resources
    granted: Resources
    hit: list[Booking]
    because: str = ""


class NodeRows(Model):
    """The clusters that follow nodes, and the nodes, as they were ``read``; ``because`` says why not, where that is so.

    ``every`` is the number of seconds between two looks; 0 where no cluster is followed.
    """

    read: Instant | None
    every: int
    because: str = ""
    clusters: list[PoolRow]
    nodes: list[Node]


class ReadRequest(RequestModel):
    """Read the nodes now; with ``apply`` also grant what they give, on all clusters that follow them or on one.

    Where bookings would no longer fit, ``hit`` decides: ``refuse`` leaves the grant and stops new bookings there,
    ``cancel`` cancels those bookings, the latest made first, and holds others for their accounts for a day.
    """

    apply: bool = False
    cluster: Annotated[str | None, Field(pattern=CLUSTER_NAME)] = None
    hit: Literal["refuse", "cancel"] = "refuse"


class Finding(Model):
    """Something on the cluster that does not agree with what is on record.

    ``message`` says what, ``help`` what repairing does to it. ``repaired`` is whether that was just done. ``uid`` is
    the cluster's own for the thing: another of the same name is another thing.
    """

    kind: Literal["pod", "session", "volume", "namespace", "size"]
    name: str
    account: str
    message: str
    help: str
    uid: str = ""
    repaired: bool = False


class Audit(Model):
    """What was found, and when. Empty: cluster and records agree."""

    at: Instant
    findings: list[Finding]


class AuditRequest(RequestModel):
    """Compare cluster and records; with ``repair`` also do what each finding's ``help`` says."""

    repair: bool = False
