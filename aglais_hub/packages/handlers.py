"""HTTP of the packages."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from aglais_hub.packages.service import PackageService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.packages import Package, PackageRequest, PackageRows

__all__ = ["router"]

router = make_router("packages")

Service = Annotated[PackageService, Depends(part("packages"))]
Reader = Annotated[Caller, Depends(needs("packages:read"))]
Writer = Annotated[Caller, Depends(needs("packages:write"))]


@router.get("/packages/select")
def select_packages(service: Service, _caller: Reader) -> PackageRows:
    """The newest version of every package, from the smallest to the largest."""
    return service.select()


@router.post("/packages/create", status_code=201)
def create_package(request: PackageRequest, service: Service, _caller: Writer) -> Package:
    """Make a package."""
    return service.create(request)


@router.get("/packages/{name}")
def get_package(name: str, service: Service, _caller: Reader) -> Package:
    """The newest version of a package."""
    return service.get(name)


@router.post("/packages/{name}")
def change_package(name: str, request: PackageRequest, service: Service, _caller: Writer) -> Package:
    """Make a new version of a package; bookings keep the version they were made with."""
    return service.change(name, request)


@router.delete("/packages/{name}")
def withdraw_package(name: str, service: Service, _caller: Writer) -> Package:
    """Take a package out of the list; bookings that have it keep it."""
    return service.withdraw(name)
