"""HTTP of the archive."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.responses import StreamingResponse

from aglais_hub.accounts.archive.service import ArchiveService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.archives import ArchiveSize

__all__ = ["router"]

router = make_router("archive")

Service = Annotated[ArchiveService, Depends(part("archives"))]
Reader = Annotated[Caller, Depends(needs("accounts:read"))]


@router.get(
    "/accounts/{name}/archive",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "A zip file"}},
)
def get_archive(name: str, service: Service, caller: Reader) -> StreamingResponse:
    """All that is kept of one's account, as a zip file: ``account.json``, and the files of its home."""
    caller.check_owner(name)
    return StreamingResponse(
        service.open(name),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{_ascii(name)}.zip"', "Cache-Control": "no-store"},
    )


@router.get("/accounts/{name}/archive/size")
def get_archive_size(name: str, service: Service, caller: Reader) -> ArchiveSize:
    """How many files the archive would hold, and how large they are."""
    caller.check_owner(name)
    return service.size(name)


def _ascii(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.@") else "_" for sign in name)
