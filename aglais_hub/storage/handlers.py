"""HTTP of the storage."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from aglais_hub.storage.service import StorageService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.storage import Gone, KeepRequest, Measured, Measurement, Storage, StorageRows, StoredItem

__all__ = ["router"]

router = make_router("storage")

Service = Annotated[StorageService, Depends(part("storage"))]
Reader = Annotated[Caller, Depends(needs("storage:read"))]
Writer = Annotated[Caller, Depends(needs("storage:write"))]
Admin = Annotated[Caller, Depends(needs("admin"))]


@router.get("/storage/select")
def select_storage(
    service: Service,
    _caller: Admin,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str, Query(max_length=300)] = "",
    accounts: Annotated[str, Query(max_length=8000)] = "",
) -> StorageRows:
    """A page of accounts and what they have stored, those with most first; of ``accounts`` alone: ``ann,ben``."""
    return service.select(limit=limit, after=after, accounts=accounts.split(",") if accounts else None)


@router.get("/storage/{name}")
def get_storage(name: str, service: Service, caller: Reader) -> Storage:
    """What is in an account's spaces, what of it goes when, and what was deleted of late."""
    caller.check_owner(name)
    return service.get(name)


@router.post("/storage/{name}/measured")
def measured(name: str, measurement: Measurement, service: Service, caller: Writer) -> Measured:
    """Say what is in a home; the answer says what is to be deleted of it. For the account's lab."""
    caller.check_owner(name)
    return service.measure(name, measurement.items)


@router.post("/storage/{name}/deleted")
def deleted(name: str, gone: Gone, service: Service, caller: Writer) -> Measured:
    """Say what was deleted as ordered. For the account's lab."""
    caller.check_owner(name)
    return service.note_deleted(name, gone.items)


@router.post("/storage/{name}/keep")
def keep(name: str, request: KeepRequest, service: Service, caller: Writer) -> StoredItem:
    """Keep an item once more, for good, or no longer than it is anyway."""
    caller.check_owner(name)
    return service.keep(name, request)
