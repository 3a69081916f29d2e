"""HTTP of the accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from aglais_hub.accounts.service import AccountService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.accounts import (
    Account,
    AccountRows,
    Confirmation,
    Credentials,
    Registered,
    Registration,
    TryRequest,
)

__all__ = ["router"]

router = make_router("accounts")

Service = Annotated[AccountService, Depends(part("accounts"))]
Reader = Annotated[Caller, Depends(needs("accounts:read"))]
Writer = Annotated[Caller, Depends(needs("accounts:write"))]
Authenticator = Annotated[Caller, Depends(needs("accounts:login"))]
Admin = Annotated[Caller, Depends(needs("admin"))]


@router.post("/accounts/try", status_code=201)
def try_out(request: TryRequest, service: Service, _caller: Authenticator) -> Account:
    """Open an anonymous account."""
    return service.try_out(request)


@router.post("/accounts/register", status_code=202)
def register(registration: Registration, service: Service, _caller: Authenticator) -> Registered:
    """Mail a confirmation code; the answer is the same whether or not the address has an account."""
    service.register(registration)
    return Registered(message="Please check your mail for a confirmation link.")


@router.post("/accounts/confirm")
def confirm(confirmation: Confirmation, service: Service, _caller: Authenticator) -> Account:
    """Open the account that a mailed code stands for."""
    return service.confirm(confirmation)


@router.post("/accounts/login")
def login(credentials: Credentials, service: Service, _caller: Authenticator) -> Account:
    """The account of an email address and its password."""
    return service.login(credentials)


@router.get("/accounts/select")
def select_accounts(
    service: Service,
    _caller: Admin,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str, Query(max_length=63)] = "",
) -> AccountRows:
    """A page of accounts by name."""
    return service.select(limit=limit, after=after)


@router.get("/accounts/{name}")
def get_account(name: str, service: Service, caller: Reader) -> Account:
    """One's account; an admin sees everyone's."""
    caller.check_owner(name)
    return service.get(name)


@router.delete("/accounts/{name}")
def delete_account(name: str, service: Service, caller: Writer) -> Account:
    """Delete an account and its ways in."""
    caller.check_owner(name)
    return service.delete(name)
