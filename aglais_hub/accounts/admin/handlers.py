"""HTTP of what admins do with accounts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from fastapi.responses import PlainTextResponse

from aglais_hub.accounts.admin.changes import Trail
from aglais_hub.accounts.admin.invitations import InvitationService
from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.admin.search import Search, Sort, State
from aglais_hub.accounts.admin.service import AdminService
from aglais_hub.accounts.admin.transfer import TransferService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router, takes_up_to
from aglais_hub.wire.accounts import Account, AccountRows, Confirmation
from aglais_hub.wire.admin import (
    AccountChangeRows,
    AccountSettings,
    Holdings,
    Import,
    Imported,
    Invitation,
    InvitationRequest,
    InvitationRows,
    Resumption,
    Suspension,
)

__all__ = ["manager_of", "router"]

router = make_router("admin")

Service = Annotated[AdminService, Depends(part("admin"))]
Changes = Annotated[Trail, Depends(part("trail"))]
Invitations = Annotated[InvitationService, Depends(part("invitations"))]
Authenticator = Annotated[Caller, Depends(needs("accounts:login"))]
Reader = Annotated[Caller, Depends(needs("accounts:read"))]
Helpdesk = Annotated[Caller, Depends(needs("accounts:admin"))]

Transfer = Annotated[TransferService, Depends(part("transfer"))]

Format = Literal["csv", "yaml"]
DOCUMENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, "application/yaml": {}}, "description": "The document"}
}

LARGEST_DOCUMENT = 10_000_000
"""Bytes of a request to import: twenty thousand accounts with all that there is to say of them."""

Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[str, Query(max_length=300)]
Name = Annotated[str | None, Query(max_length=63)]


def manager_of(caller: Caller) -> Manager:
    """Whoever manages accounts by this call."""
    return Manager(caller.name, caller.is_admin)


@router.get("/accounts/select")
def select_accounts(
    service: Service,
    _caller: Helpdesk,
    q: Annotated[str, Query(max_length=200)] = "",
    level: Annotated[int | None, Query(ge=0, le=100)] = None,
    state: State | None = None,
    sort: Sort = "name",
    limit: Limit = 100,
    after: After = "",
    count: bool = False,
) -> AccountRows:
    """A page of the accounts of whose name, person, ways in or affiliation words begin as those of ``q``, in any case.

    Sorted by ``name``, or with the newest (``created``), the last seen (``last``) or the highest ``level`` first. With
    ``count`` it is said how many there are in all.
    """
    wanted = Search(text=q, level=level, state=state, sort=sort)
    return service.select(wanted, limit=limit, after=after, count=count)


@router.get("/accounts/export", response_class=PlainTextResponse, responses=DOCUMENTS)
def export_accounts(transfer: Transfer, _caller: Helpdesk, format: Format = "csv") -> PlainTextResponse:
    """Every member's account as a document, which the import takes."""
    kind = "text/csv" if format == "csv" else "application/yaml"
    name = {"Content-Disposition": f'attachment; filename="accounts.{format}"'}
    return PlainTextResponse(transfer.export(format), media_type=kind, headers=name)


@router.post("/accounts/import")
@takes_up_to(LARGEST_DOCUMENT)
def import_accounts(
    asked: Import,
    transfer: Transfer,
    caller: Helpdesk,
    dry_run: bool = False,
    start: Annotated[int, Query(ge=1, le=2**31)] = 1,
    most: Annotated[int | None, Query(ge=1, le=2**31)] = None,
) -> Imported:
    """Make accounts what a document says; each row is told what became of it, and with ``dry_run`` what would.

    A long document may be sent several times, each for so many rows at ``most`` from the row ``start`` on.
    """
    return transfer.load(asked, manager_of(caller), dry_run=dry_run, start=start, most=most)


@router.get("/changes/select")
def select_changes(
    trail: Changes,
    _caller: Helpdesk,
    account: Name = None,
    by: Name = None,
    what: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 100,
    after: After | None = None,
) -> AccountChangeRows:
    """A page of the changes to accounts, the latest first."""
    return trail.select(account=account, by=by, what=what, after=after, limit=limit)


@router.get("/accounts/{name}/changes")
def account_changes(
    name: str, trail: Changes, caller: Reader, limit: Limit = 100, after: After | None = None
) -> AccountChangeRows:
    """A page of the changes to an account, the latest first; one's own without what admins note."""
    caller.check_account(name)
    if not caller.runs_accounts:
        return trail.own(name, after=after, limit=limit)
    return trail.select(account=name, after=after, limit=limit, path=f"accounts/{name}/changes")


@router.get("/accounts/{name}/holdings")
def holdings(name: str, service: Service, caller: Reader) -> Holdings:
    """What an account has, and would lose where it is deleted."""
    caller.check_account(name)
    return service.holdings(name)


@router.post("/accounts/{name}/settings")
def set_account(name: str, settings: AccountSettings, service: Service, caller: Helpdesk) -> Account:
    """Set what an account may have, and who it is; with ``version`` only where nobody else has changed it since."""
    return service.change(name, settings, manager_of(caller))


@router.post("/accounts/{name}/suspend")
def suspend_account(name: str, suspension: Suspension, service: Service, caller: Helpdesk) -> Account:
    """Suspend an account: no way in from now on, its server stops, and its owner is told the reason."""
    return service.suspend(name, suspension, manager_of(caller))


@router.post("/accounts/{name}/resume")
def resume_account(name: str, resumption: Resumption, service: Service, caller: Helpdesk) -> Account:
    """Let a suspended account in again."""
    return service.resume(name, resumption.note, manager_of(caller))


@router.post("/invitations/create", status_code=201)
def create_invitation(request: InvitationRequest, service: Invitations, caller: Helpdesk) -> Invitation:
    """Mail an address a link to register; the account that comes of it has this level."""
    return service.invite(request, caller.name)


@router.post("/invitations/look")
def look_at_invitation(given: Confirmation, service: Invitations, _caller: Authenticator) -> Invitation:
    """The invitation that a link stands for."""
    return service.look(given)


@router.get("/invitations/select")
def select_invitations(
    service: Invitations,
    _caller: Helpdesk,
    email: Annotated[str | None, Query(max_length=255)] = None,
    limit: Limit = 100,
    after: After | None = None,
) -> InvitationRows:
    """A page of invitations, the latest first."""
    return service.select(email=email, after=after, limit=limit)


@router.get("/invitations/{invitation_id}")
def get_invitation(invitation_id: str, service: Invitations, _caller: Helpdesk) -> Invitation:
    """One invitation."""
    return service.get(invitation_id)


@router.post("/invitations/{invitation_id}/resend")
def resend_invitation(invitation_id: str, service: Invitations, caller: Helpdesk) -> Invitation:
    """Mail an invitation again: it counts anew, and its older links no more."""
    return service.resend(invitation_id, caller.name)


@router.delete("/invitations/{invitation_id}")
def withdraw_invitation(invitation_id: str, service: Invitations, _caller: Helpdesk) -> Invitation:
    """Take an invitation back: its links count no more."""
    return service.withdraw(invitation_id)
