"""HTTP of the accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from aglais_hub.accounts.email.changes import ChangeService
from aglais_hub.accounts.email.service import EmailService
from aglais_hub.accounts.identities import IdentityService
from aglais_hub.accounts.service import AccountService
from aglais_hub.accounts.tokens import TokenService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.accounts import (
    Account,
    AccountEdit,
    AccountRows,
    AddressChange,
    Arrival,
    Arrived,
    Batch,
    BatchRequest,
    Confirmation,
    Credentials,
    LoggedIn,
    LoginToken,
    LoginTokenRequest,
    MailRequest,
    NewPassword,
    Opening,
    PasswordChange,
    Pending,
    Registered,
    Registration,
    Stopped,
    TokenLogin,
    TryRequest,
)

__all__ = ["router"]

router = make_router("accounts")

Service = Annotated[AccountService, Depends(part("accounts"))]
Emails = Annotated[EmailService, Depends(part("emails"))]
Changes = Annotated[ChangeService, Depends(part("changes"))]
Identities = Annotated[IdentityService, Depends(part("identities"))]
Reader = Annotated[Caller, Depends(needs("accounts:read"))]
Writer = Annotated[Caller, Depends(needs("accounts:write"))]
Tokens = Annotated[TokenService, Depends(part("tokens"))]
TokenMaker = Annotated[Caller, Depends(needs("accounts:tokens"))]
Authenticator = Annotated[Caller, Depends(needs("accounts:login"))]
Admin = Annotated[Caller, Depends(needs("admin"))]


@router.post("/accounts/try", status_code=201)
def try_out(request: TryRequest, service: Service, _caller: Authenticator) -> Account:
    """Open an anonymous account."""
    return service.try_out(request)


@router.post("/accounts/register", status_code=202)
def register(registration: Registration, emails: Emails, _caller: Authenticator) -> Registered:
    """Mail a confirmation code; the answer is the same whether or not the address has an account."""
    emails.register(registration)
    return Registered(message="Please check your mail for a confirmation link.")


@router.post("/accounts/resend", status_code=202)
def resend(request: MailRequest, emails: Emails, _caller: Authenticator) -> Registered:
    """Mail another confirmation code to an address that waits for one."""
    emails.resend(request)
    return Registered(message="Please check your mail for a confirmation link.")


@router.post("/accounts/confirm")
def confirm(confirmation: Confirmation, emails: Emails, _caller: Authenticator) -> Account:
    """Open the account that a mailed code stands for, or give an account its new address."""
    return emails.confirm(confirmation)


@router.post("/accounts/login")
def login(credentials: Credentials, emails: Emails, _caller: Authenticator) -> LoggedIn:
    """The account of an email address and its password."""
    return emails.login(credentials)


@router.post("/accounts/forgot", status_code=202)
def forgot(request: MailRequest, emails: Emails, _caller: Authenticator) -> Registered:
    """Mail a link to choose a new password; the answer is the same whether or not the address has an account."""
    emails.forgot(request)
    return Registered(message="If there is an account with this address, a link is on its way to it.")


@router.post("/accounts/reset")
def reset(new: NewPassword, emails: Emails, _caller: Authenticator) -> LoggedIn:
    """Choose a new password by the code of a mailed link, once."""
    return emails.reset(new)


@router.post("/accounts/stop")
def stop_change(confirmation: Confirmation, changes: Changes, _caller: Authenticator) -> Stopped:
    """Stop a change of address by the code that the old address got."""
    return changes.stop(confirmation)


@router.post("/accounts/{name}/password")
def change_password(name: str, change: PasswordChange, changes: Changes, _caller: Authenticator) -> LoggedIn:
    """Change the password of an account whose owner is logged in at the hub."""
    return changes.change_password(name, change)


@router.post("/accounts/{name}/address", status_code=202)
def change_address(name: str, change: AddressChange, changes: Changes, _caller: Authenticator) -> Registered:
    """Mail a code to an account's new address, and a link to the old one that stops the change."""
    changes.ask_address(name, change)
    return Registered(message="Please check the mail of your new address for a link.")


@router.post("/accounts/arrive")
def arrive(arrival: Arrival, service: Identities, _caller: Authenticator) -> Arrived:
    """The account of somebody whom a provider has proven, or a proof to open or link one with."""
    return service.arrive(arrival)


@router.post("/accounts/arrival")
def look_at_arrival(pending: Pending, service: Identities, _caller: Authenticator) -> Arrived:
    """What is known of an arrival that waits."""
    return service.look(pending)


@router.post("/accounts/open", status_code=201)
def open_account(opening: Opening, service: Identities, _caller: Authenticator) -> Account:
    """Open an account for an arrival."""
    return service.open(opening)


@router.post("/accounts/token-login")
def token_login(given: TokenLogin, tokens: Tokens, _caller: Authenticator) -> Account:
    """The account of a login token, which counts once."""
    return tokens.login(given)


@router.post("/accounts/batch", status_code=201)
def open_batch(request: BatchRequest, tokens: Tokens, _caller: Admin) -> Batch:
    """Open accounts that end at a date, each with a link that logs in until then."""
    return tokens.batch(request)


@router.post("/accounts/{name}/login-tokens", status_code=201)
def make_login_token(name: str, request: LoginTokenRequest, tokens: Tokens, caller: TokenMaker) -> LoginToken:
    """A token that logs the account in once and within minutes, for other front ends."""
    return tokens.make(name, request, by_admin=caller.is_admin)


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


@router.post("/accounts/{name}")
def edit_account(name: str, edit: AccountEdit, service: Identities, caller: Writer) -> Account:
    """Change what somebody says of themselves."""
    caller.check_owner(name)
    return service.edit(name, edit)


@router.post("/accounts/{name}/identities")
def link_identity(name: str, pending: Pending, service: Identities, _caller: Authenticator) -> Account:
    """Make an arrival a way into an account whose owner has proven both."""
    return service.link(name, pending)


@router.delete("/accounts/{name}/identities/{identity}")
def unlink_identity(
    name: str, identity: Annotated[int, Path(ge=1, le=2**53)], service: Identities, caller: Writer
) -> Account:
    """Take a way in away, while another remains."""
    caller.check_owner(name)
    return service.unlink(name, identity)
