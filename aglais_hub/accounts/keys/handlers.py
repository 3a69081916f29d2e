"""HTTP of the keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.responses import PlainTextResponse

from aglais_hub.accounts.keys.service import KeyService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.keys import Key, KeyRequest, KeyRows

__all__ = ["router"]

router = make_router("keys")

Service = Annotated[KeyService, Depends(part("keys"))]
Reader = Annotated[Caller, Depends(needs("accounts:read"))]
Writer = Annotated[Caller, Depends(needs("keys:write"))]
Machine = Annotated[Caller, Depends(needs("keys:read"))]
KeyId = Annotated[int, Path(ge=1, le=2**53)]
Fingerprint = Annotated[str, Query(max_length=60, pattern=r"^(SHA256:[A-Za-z0-9+/]{43})?$")]


@router.get("/accounts/{name}/keys")
def get_keys(name: str, service: Service, caller: Reader) -> KeyRows:
    """One's keys; an admin sees everyone's."""
    caller.check_account(name)
    return service.list(name)


@router.post("/accounts/{name}/keys", status_code=201)
def add_key(name: str, request: KeyRequest, service: Service, caller: Writer) -> Key:
    """Keep the public half of a key, or generate a pair whose private half stays here."""
    caller.check_owner(name)
    return service.add(name, request)


@router.get("/accounts/{name}/keys/authorized", response_class=PlainTextResponse)
def get_authorized_keys(
    name: str, service: Service, _caller: Machine, fingerprint: Fingerprint = ""
) -> PlainTextResponse:
    """What sshd of a machine may let the account in with, as lines of an ``authorized_keys`` file; often none.

    With a fingerprint, only that key: sshd knows which one somebody shows.
    """
    return PlainTextResponse(service.authorised(name, fingerprint))


@router.get("/accounts/{name}/keys/{key}")
def get_key(name: str, key: KeyId, service: Service, caller: Reader) -> Key:
    """One of one's keys."""
    caller.check_account(name)
    return service.get(name, key)


@router.delete("/accounts/{name}/keys/{key}")
def remove_key(name: str, key: KeyId, service: Service, caller: Writer) -> Key:
    """Forget a key: it lets nobody in any more."""
    caller.check_owner(name)
    return service.remove(name, key)
