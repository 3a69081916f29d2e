"""HTTP of decisions: why a request was accepted or refused."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Request

from aglais_hub.bookings.handlers.asked import Paged, Reader, owner, paged, router
from aglais_hub.bookings.service import DecisionService
from aglais_hub.web.parts import part
from aglais_hub.wire.decisions import Decision, DecisionRows

__all__: list[str] = []

Decisions = Annotated[DecisionService, Depends(part("decisions"))]


@router.get("/decisions/select")
def select_decisions(
    request: Request,
    service: Decisions,
    caller: Reader,
    page: Paged,
    account: str | None = None,
    outcome: Literal["accepted", "refused", "offered"] | None = None,
) -> DecisionRows:
    """Decisions, the latest first: about one's own requests, or as an admin everyone's."""
    if account is not None:
        caller.check_owner(account)
    rows = service.select(page, account=account or owner(caller), outcome=outcome)
    shown, following = paged(request, page, rows)
    return DecisionRows(rows=shown, next=following)


@router.get("/decisions/{decision_id}")
def get_decision(decision_id: str, service: Decisions, caller: Reader) -> Decision:
    """A decision, replayed from the ledger as it stood."""
    return service.get(decision_id, owner(caller))
