"""HTTP of the workshops."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query

from aglais_hub.accounts.admin.handlers import manager_of
from aglais_hub.accounts.workshops.pictures import with_pictures
from aglais_hub.accounts.workshops.service import WorkshopService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.accounts import Batch, BatchRequest
from aglais_hub.wire.workshops import (
    LinksRequest,
    MoreAccounts,
    Workshop,
    WorkshopAccountRows,
    WorkshopCards,
    WorkshopEdit,
    WorkshopEnd,
    WorkshopHoldings,
    WorkshopRequest,
    WorkshopRows,
    WorkshopState,
)

__all__ = ["router"]

router = make_router("workshops")

Workshops = Annotated[WorkshopService, Depends(part("workshops"))]
Helpdesk = Annotated[Caller, Depends(needs("accounts:admin"))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@router.post("/accounts/batch", status_code=201)
def open_batch(
    request: BatchRequest, workshops: Workshops, caller: Helpdesk, key: Key = None, qr: bool = False
) -> Batch:
    """Open a workshop: accounts that end at a date, each with a link that logs in until then."""
    made = _drawn(workshops.open(request, caller.name, key), qr=qr)
    return Batch(level=made.workshop.level, until=made.workshop.until, rows=made.rows)


@router.get("/workshops/select")
def select_workshops(
    workshops: Workshops,
    _caller: Helpdesk,
    q: Annotated[str, Query(max_length=24)] = "",
    state: WorkshopState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> WorkshopRows:
    """A page of the workshops in whose name ``q`` is, the latest first."""
    return workshops.select(q=q, state=state, after=after, limit=limit)


@router.post("/workshops/create", status_code=201)
def create_workshop(
    request: WorkshopRequest, workshops: Workshops, caller: Helpdesk, key: Key = None, qr: bool = False
) -> WorkshopCards:
    """Open a workshop; the links of its accounts are told this once, with ``qr`` also as pictures for phones."""
    return _drawn(workshops.open(request, caller.name, key), qr=qr)


@router.get("/workshops/{name}")
def get_workshop(name: str, workshops: Workshops, _caller: Helpdesk) -> Workshop:
    """One workshop."""
    return workshops.get(name)


@router.get("/workshops/{name}/accounts")
def workshop_accounts(name: str, workshops: Workshops, _caller: Helpdesk) -> WorkshopAccountRows:
    """The accounts of a workshop: who has come, and who has a lab now."""
    return workshops.accounts(name)


@router.get("/workshops/{name}/holdings")
def workshop_holdings(name: str, workshops: Workshops, _caller: Helpdesk) -> WorkshopHoldings:
    """What the accounts have that end with a workshop."""
    return workshops.holdings(name)


@router.post("/workshops/{name}/accounts", status_code=201)
def add_to_workshop(
    name: str, more: MoreAccounts, workshops: Workshops, caller: Helpdesk, key: Key = None, qr: bool = False
) -> WorkshopCards:
    """Open more accounts of a workshop; their links are told this once."""
    return _drawn(workshops.add(name, more.number, caller.name, key), qr=qr)


@router.post("/workshops/{name}/links")
def renew_links(
    name: str, request: LinksRequest, workshops: Workshops, caller: Helpdesk, qr: bool = False
) -> WorkshopCards:
    """Give accounts of a workshop new links, told this once; the old ones lead nowhere from then on."""
    return _drawn(workshops.renew(name, request, manager_of(caller)), qr=qr)


@router.post("/workshops/{name}")
def edit_workshop(name: str, edit: WorkshopEdit, workshops: Workshops, caller: Helpdesk) -> Workshop:
    """Change when a workshop ends, or what becomes of its accounts then."""
    return workshops.edit(name, edit, manager_of(caller))


@router.post("/workshops/{name}/end")
def end_workshop(name: str, end: WorkshopEnd, workshops: Workshops, caller: Helpdesk) -> Workshop:
    """End a workshop now: nobody gets in, and labs stop; of one that is over, delete what was kept."""
    return workshops.end(name, end.erase, manager_of(caller))


def _drawn(cards: WorkshopCards, *, qr: bool) -> WorkshopCards:
    return cards.model_copy(update={"rows": with_pictures(cards.rows)}) if qr else cards
