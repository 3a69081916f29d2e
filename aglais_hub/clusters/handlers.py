"""HTTP of the nodes that capacity comes from, and of the audit."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from aglais_hub.clusters.service import NodeService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.nodes import Audit, AuditRequest, NodeRows, ReadRequest

__all__ = ["router"]

router = make_router("clusters")

Service = Annotated[NodeService, Depends(part("nodes"))]
Writer = Annotated[Caller, Depends(needs("resources:write"))]


@router.get("/nodes/select")
def select_nodes(service: Service, _caller: Writer) -> NodeRows:
    """The nodes that capacity comes from, as they were last read."""
    return service.seen()


@router.post("/nodes/read")
def read_nodes(body: ReadRequest, service: Service, _caller: Writer) -> NodeRows:
    """Read the nodes now; with ``apply`` also grant what they give."""
    return service.read(apply=body.apply, only=body.cluster, cancel=body.hit == "cancel")


@router.post("/nodes/audit")
def audit_nodes(body: AuditRequest, service: Service, _caller: Writer) -> Audit:
    """Compare what is on the cluster with what is on record; with ``repair`` make it agree."""
    return service.audit(repair=body.repair)
