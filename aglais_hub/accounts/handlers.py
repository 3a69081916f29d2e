"""HTTP of the accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from aglais_hub.accounts.admin.handlers import manager_of
from aglais_hub.accounts.admin.handlers import router as admin_router
from aglais_hub.accounts.archive.handlers import router as archive_router
from aglais_hub.accounts.email.changes import ChangeService
from aglais_hub.accounts.email.service import EmailService
from aglais_hub.accounts.endings.service import EndingService
from aglais_hub.accounts.identities import IdentityService
from aglais_hub.accounts.keys.handlers import router as keys_router
from aglais_hub.accounts.merging.handlers import router as merging_router
from aglais_hub.accounts.service import AccountService
from aglais_hub.accounts.tokens import TokenService
from aglais_hub.accounts.workshops.handlers import router as workshops_router
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.accounts import (
    Account,
    AccountEdit,
    AddressChange,
    Arrival,
    Arrived,
    Confirmation,
    Credentials,
    Left,
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
from aglais_hub.wire.policy import Policy
from aglais_hub.wire.visits import Confirmed

__all__ = ["router"]

router = make_router("accounts")
# Before the others: accounts/select is nobody's account.
router.include_router(admin_router)
router.include_router(workshops_router)

Service = Annotated[AccountService, Depends(part("accounts"))]
Emails = Annotated[EmailService, Depends(part("emails"))]
Changes = Annotated[ChangeService, Depends(part("changes"))]
Endings = Annotated[EndingService, Depends(part("endings"))]
Identities = Annotated[IdentityService, Depends(part("identities"))]
Reader = Annotated[Caller, Depends(needs("accounts:read"))]
Writer = Annotated[Caller, Depends(needs("accounts:write"))]
Tokens = Annotated[TokenService, Depends(part("tokens"))]
TokenMaker = Annotated[Caller, Depends(needs("accounts:tokens"))]
Authenticator = Annotated[Caller, Depends(needs("accounts:login"))]


@router.post("/accounts/try", status_code=201)
def try_out(request: TryRequest, service: Service, _caller: Authenticator) -> Account:
    """Open an anonymous account."""
    return service.try_out(request)


@router.post("/accounts/register", status_code=202)
def register(registration: Registration, emails: Emails, _caller: Authenticator) -> Registered:
    """Mail a confirmation code; the answer is the same whether or not the address has an account."""
    late = emails.register(registration)
    return Registered(message="Please check your mail for a confirmation link.", late=late)


@router.post("/accounts/resend", status_code=202)
def resend(request: MailRequest, emails: Emails, _caller: Authenticator) -> Registered:
    """Mail another confirmation code to an address that waits for one."""
    late = emails.resend(request)
    return Registered(message="Please check your mail for a confirmation link.", late=late)


@router.post("/accounts/confirm")
def confirm(confirmation: Confirmation, emails: Emails, _caller: Authenticator) -> Confirmed:
    """Open the account that a mailed code stands for, make a visitor a member, or give an account its new address."""
    return emails.confirm(confirmation)


@router.post("/accounts/login")
def login(credentials: Credentials, emails: Emails, _caller: Authenticator) -> LoggedIn:
    """The account of an email address and its password."""
    return emails.login(credentials)


@router.post("/accounts/forgot", status_code=202)
def forgot(request: MailRequest, emails: Emails, _caller: Authenticator) -> Registered:
    """Mail a link to choose a new password; the answer is the same whether or not the address has an account."""
    late = emails.forgot(request)
    return Registered(message="If there is an account with this address, a link is on its way to it.", late=late)


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
    late = changes.ask_address(name, change)
    return Registered(message="Please check the mail of your new address for a link.", late=late)


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


@router.post("/accounts/{name}/leave")
def leave_account(name: str, endings: Endings, _caller: Authenticator) -> Left:
    """Its owner has logged out: a visitor's account ends, others go on."""
    return endings.leave(name)


@router.post("/accounts/{name}/login-tokens", status_code=201)
def make_login_token(name: str, request: LoginTokenRequest, tokens: Tokens, caller: TokenMaker) -> LoginToken:
    """A token that logs the account in once and within minutes, for other front ends."""
    return tokens.make(name, request, by_admin=caller.is_admin)


@router.get("/policy")
def get_policy(service: Service, _caller: Reader) -> Policy:
    """What accounts may have, level by level."""
    return service.policy


@router.get("/accounts/{name}")
def get_account(name: str, service: Service, caller: Reader) -> Account:
    """One's account; an admin sees everyone's."""
    caller.check_account(name)
    return service.get(name)


@router.delete("/accounts/{name}")
def delete_account(name: str, endings: Endings, caller: Writer) -> Account:
    """Let an account end with all that is of it: nobody gets in any more, and within moments nothing is left."""
    caller.check_account(name)
    return endings.end(name, None if caller.name == name else manager_of(caller))


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


router.include_router(keys_router)
router.include_router(archive_router)
router.include_router(merging_router)
