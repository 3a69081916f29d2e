"""HTTP of the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from aglais_hub.accounts.groups.service import GroupService
from aglais_hub.web.caller import Caller, needs
from aglais_hub.web.parts import part
from aglais_hub.web.routing import make_router
from aglais_hub.wire.groups import (
    BudgetRequest,
    Files,
    Group,
    GroupEdit,
    GroupRequest,
    GroupRows,
    GroupUse,
    MemberRequest,
    SharedClaims,
    SharedRequest,
)

__all__ = ["router"]

router = make_router("groups")

Groups = Annotated[GroupService, Depends(part("groups"))]
Reader = Annotated[Caller, Depends(needs("groups:read"))]
Writer = Annotated[Caller, Depends(needs("groups:write"))]
Maker = Annotated[Caller, Depends(needs("groups:create"))]
Spawner = Annotated[Caller, Depends(needs("sessions:write"))]
Admin = Annotated[Caller, Depends(needs("admin"))]


@dataclass
class Asker:
    """Who asks: ``account`` is whose groups may be seen and changed, ``None`` stands for everyone's."""

    account: str | None
    by: str

    @classmethod
    def of(cls, caller: Caller, by: str | None) -> Asker:
        """The caller; an admin, and so a page of the hub, may ask as the account ``by``."""
        if by is not None:
            caller.check_owner(by)
        return cls(by or (None if caller.is_admin else caller.name), by or caller.name)


By = Annotated[str | None, Query(max_length=255)]


@router.get("/groups/select")
def select_groups(groups: Groups, caller: Reader, account: By = None) -> GroupRows:
    """The groups that one is in; an admin sees all, or those of an ``account``."""
    asker = Asker.of(caller, account)
    return groups.select(asker.account)


@router.post("/groups/create", status_code=201)
def create_group(request: GroupRequest, groups: Groups, caller: Maker) -> Group:
    """Make a group, and own it."""
    if request.owner is not None:
        caller.check_owner(request.owner)
    asker = Asker.of(caller, None)
    return groups.create(request, asker.by, asker.account)


@router.get("/groups/{name}")
def get_group(name: str, groups: Groups, caller: Reader, by: By = None) -> Group:
    """A group that one is in; an admin may ask as the account ``by``."""
    return groups.get(name, Asker.of(caller, by).account)


@router.get("/groups/{name}/use")
def get_group_use(name: str, groups: Groups, caller: Reader, by: By = None) -> GroupUse:
    """Which account has what of the budget of a group that one is in."""
    return groups.use(name, Asker.of(caller, by).account)


@router.post("/groups/{name}")
def edit_group(name: str, edit: GroupEdit, groups: Groups, caller: Writer, by: By = None) -> Group:
    """Change what a group is called. For its owners."""
    return groups.edit(name, edit, Asker.of(caller, by).account)


@router.delete("/groups/{name}")
def delete_group(name: str, groups: Groups, caller: Writer, files: Files | None = None, by: By = None) -> GroupRows:
    """Delete a group; ``files`` says what becomes of its shared space. For its owners; answers with those left."""
    asker = Asker.of(caller, by)
    groups.delete(name, files, asker.account)
    return groups.select(asker.account)


@router.post("/groups/{name}/members")
def add_member(name: str, asked: MemberRequest, groups: Groups, caller: Writer, by: By = None) -> Group:
    """Add an account by its name or confirmed address, or change its role. For the group's owners."""
    asker = Asker.of(caller, by)
    return groups.add(name, asked, asker.by, asker.account)


@router.delete("/groups/{name}/members/{account}")
def remove_member(name: str, account: str, groups: Groups, caller: Writer, by: By = None) -> GroupRows:
    """Take an account out of a group, or leave it; the answer is the groups that the caller is in then."""
    asker = Asker.of(caller, by)
    groups.remove(name, account, asker.account)
    return groups.select(asker.account)


@router.post("/groups/{name}/budget")
def give_budget(name: str, asked: BudgetRequest, groups: Groups, _caller: Admin) -> Group:
    """Give a group so many core-hours in a period, in place of what it had. For admins."""
    return groups.give_budget(name, asked)


@router.delete("/groups/{name}/budget")
def take_budget(name: str, groups: Groups, _caller: Admin) -> Group:
    """Let nothing limit what a group books. For admins."""
    return groups.take_budget(name)


@router.post("/accounts/{name}/folders")
def lend_folders(name: str, asked: SharedRequest, groups: Groups, _caller: Spawner) -> SharedClaims:
    """Let a lab on a cluster have the shared folders of its account's groups. For the hub's spawner."""
    return groups.lend(name, asked.namespace)
