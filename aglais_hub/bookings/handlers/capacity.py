"""HTTP of capacity: what is free, what is granted, and the clusters it is counted in."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from aglais_hub.bookings.handlers.asked import CapacityReader, CapacityWriter, Paged, Selected, Zone, paged, router
from aglais_hub.bookings.service import AvailabilityService, CapacityService, ClusterService
from aglais_hub.errors import AglaisError
from aglais_hub.web.parts import part
from aglais_hub.wire.bookings import Sharing
from aglais_hub.wire.decisions import Hit
from aglais_hub.wire.resources import (
    MOST,
    Available,
    Cluster,
    ClusterEdit,
    ClusterRequest,
    ClusterRows,
    Cores,
    Grant,
    GrantRequest,
    GrantRows,
    Resources,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__: list[str] = []

Availability = Annotated[AvailabilityService, Depends(part("availability"))]
Capacity = Annotated[CapacityService, Depends(part("capacity"))]
Clusters = Annotated[ClusterService, Depends(part("clusters"))]

LOOK_SECONDS = 0.5
"""How often a listener's connection looks for a change: one look at one row."""

ALIVE_SECONDS = 15
"""A line is sent at least this often, so that whoever is between does not think the connection dead."""

Whole = Annotated[int, Query(ge=0, le=MOST)]


def custom(
    cores: Annotated[Cores, Query(ge=0)] = Decimal(0),
    memory: Whole = 0,
    temporary: Whole = 0,
    user: Whole = 0,
    data: Whole = 0,
    servers: Whole = 0,
    gpus: Whole = 0,
) -> Resources | None:
    """A set of resources to count, where any is given."""
    asked = Resources(cores=cores, memory=memory, temporary=temporary, user=user, data=data, servers=servers, gpus=gpus)
    return asked if asked != Resources() else None


@dataclass
class Question:
    """What is asked about: ``template`` and ``clusterid`` are other names of ``package`` and ``cluster``."""

    range: str | None = None
    grain: str = "day"
    package: str | None = None
    template: str | None = None
    cluster: str | None = None
    clusterid: str | None = None
    sharing: Sharing = "managed"
    tz: Zone = "UTC"


@router.get("/available/select", response_model=Available)
def select_available(
    service: Availability,
    _caller: CapacityReader,
    asked: Annotated[Question, Depends()],
    resources: Annotated[Resources | None, Depends(custom)],
) -> Response:
    """What is free: the figures of a row hold through the whole of it.

    All packages are counted, or one ``package``, or a set of resources by its amounts, as ``custom``.
    """
    found = service.available(
        range=asked.range,
        grain=asked.grain,
        tz=asked.tz,
        package=asked.package or asked.template,
        cluster=asked.cluster or asked.clusterid,
        sharing=asked.sharing,
        custom=resources,
    )
    return Response(found.json(), media_type="application/json")


@router.get("/available/changes", include_in_schema=False)
async def listen(request: Request, service: Availability, _caller: CapacityReader) -> StreamingResponse:
    """Server-sent events: ``change`` with ``{"change": N}`` at once, and whenever anything on the timeline changes."""

    async def events() -> AsyncIterator[str]:
        told, quiet = None, 0.0
        while not (await request.is_disconnected() or request.app.state.is_stopping()):
            try:
                change = await run_in_threadpool(service.recent_change)
            except AglaisError:
                return  # the listener comes again when the services answer
            if change != told:
                told, quiet = change, 0.0
                yield f"event: change\ndata: {json.dumps({'change': change})}\n\n"
            elif quiet >= ALIVE_SECONDS:
                quiet = 0.0
                yield ": alive\n\n"
            await asyncio.sleep(LOOK_SECONDS)
            quiet += LOOK_SECONDS

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


@router.get("/resources/select")
def select_grants(
    request: Request,
    service: Capacity,
    _caller: CapacityReader,
    span: Selected,
    page: Paged,
    cluster: str | None = None,
    clusterid: str | None = None,
) -> GrantRows:
    """Grants of capacity that overlap the range, by start."""
    shown, following = paged(request, page, service.select(span, page, cluster=cluster or clusterid))
    return GrantRows(rows=shown, next=following)


@router.post("/resources/create", status_code=201)
def create_grant(body: GrantRequest, service: Capacity, caller: CapacityWriter) -> Grant:
    """Grant capacity to a cluster, or take some away for a while."""
    return service.create(body, caller.name)


@router.post("/resources/preview")
def preview_grant(body: GrantRequest, service: Capacity, caller: CapacityWriter) -> Hit:
    """The bookings that a grant or blackout would hit; nothing is changed."""
    return service.preview(body, caller.name)


@router.get("/resources/{grant_id}")
def get_grant(grant_id: str, service: Capacity, _caller: CapacityReader) -> Grant:
    """One grant."""
    return service.get(grant_id)


@router.post("/resources/{grant_id}")
def change_grant(grant_id: str, body: GrantRequest, service: Capacity, caller: CapacityWriter) -> Grant:
    """Change a grant; what is claimed must still fit, or is cancelled with ``hit=cancel``."""
    return service.change(grant_id, body, caller.name)


@router.delete("/resources/{grant_id}")
def remove_grant(
    grant_id: str,
    service: Capacity,
    caller: CapacityWriter,
    hit: Annotated[str, Query(pattern="^(refuse|cancel)$")] = "refuse",
) -> Grant:
    """Take a grant back; what is claimed must still fit, or is cancelled with ``hit=cancel``."""
    return service.remove(grant_id, caller.name, cancel=hit == "cancel")


@router.get("/clusters/select")
def select_clusters(service: Clusters, _caller: CapacityReader) -> ClusterRows:
    """The clusters, by name."""
    return ClusterRows(rows=service.select())


@router.post("/clusters/create", status_code=201)
def create_cluster(body: ClusterRequest, service: Clusters, caller: CapacityWriter) -> Cluster:
    """Make a cluster; with dates and amounts also its first grant."""
    return service.create(body, caller.name)


@router.get("/clusters/{name}")
def get_cluster(name: str, service: Clusters, _caller: CapacityReader) -> Cluster:
    """One cluster."""
    return service.get(name)


@router.post("/clusters/{name}")
def edit_cluster(name: str, body: ClusterEdit, service: Clusters, _caller: CapacityWriter) -> Cluster:
    """Change how a cluster counts, from now on."""
    return service.edit(name, body)


@router.delete("/clusters/{name}")
def remove_cluster(name: str, service: Clusters, _caller: CapacityWriter) -> Cluster:
    """Remove a cluster that nothing was ever counted in."""
    return service.remove(name)
