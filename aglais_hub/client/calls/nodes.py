"""Calls about the nodes that capacity comes from, and the audit."""

from __future__ import annotations

from aglais_hub.client.calls.base import Call, body
from aglais_hub.client.calls.capacity import OnHit
from aglais_hub.wire.nodes import Audit, NodeRows

__all__ = ["audit_nodes", "nodes", "read_nodes"]


def nodes() -> Call[NodeRows]:
    """The nodes that capacity comes from, as they were last read."""
    return Call(NodeRows, "GET", "nodes/select")


def read_nodes(*, apply: bool = False, cluster: str | None = None, hit: OnHit | None = None) -> Call[NodeRows]:
    """Read the nodes now; with ``apply`` also grant what they give, bookings that no longer fit as ``hit`` says.

    With ``cluster`` that is done on this one alone.
    """
    return Call(NodeRows, "POST", "nodes/read", body=body(apply=apply, cluster=cluster, hit=hit))


def audit_nodes(*, repair: bool = False) -> Call[Audit]:
    """Compare what is on the cluster with what is on record; with ``repair`` make it agree."""
    return Call(Audit, "POST", "nodes/audit", body=body(repair=repair))
