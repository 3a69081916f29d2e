"""HTTP of merges."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from aglais_hub.accounts.admin.handlers import manager_of
from aglais_hub.accounts.admin.service import AdminService
from aglais_hub.accounts.merging.service import MergeService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.visits import MergeRequest, Merging

__all__ = ["router"]

router = make_router("accounts")

Merges = Annotated[MergeService, Depends(part("merging"))]
Accounts = Annotated[AdminService, Depends(part("admin"))]
Helpdesk = Annotated[Caller, Depends(needs("accounts:admin"))]


@router.post("/accounts/{name}/merge", status_code=202)
def merge_account(name: str, request: MergeRequest, merges: Merges, service: Accounts, caller: Helpdesk) -> Merging:
    """Let all of an account become another's: bookings, files, ways in. Then it ends."""
    service.check_merge(manager_of(caller), name, request.into)
    return merges.begin(name, request.into, files=request.files, only_files=request.only_files)
