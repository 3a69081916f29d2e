"""Calls about groups."""

from __future__ import annotations

from decimal import Decimal

from aglais_hub.client.calls.base import Call, When, body, part, query
from aglais_hub.wire.groups import Files, Group, GroupRows, GroupUse, Role, SharedClaims

__all__ = [
    "add_member",
    "create_group",
    "delete_group",
    "edit_group",
    "give_budget",
    "group",
    "group_use",
    "groups",
    "lend_folders",
    "remove_member",
    "take_budget",
]


def groups(account: str | None = None) -> Call[GroupRows]:
    """The groups that one is in; for admins all, or those of an account."""
    return Call(GroupRows, "GET", "groups/select", query(account=account))


def group(name: str, *, by: str | None = None) -> Call[Group]:
    """One group, with its members and what is left of its budget. An admin may ask as the account ``by``."""
    return Call(Group, "GET", f"groups/{part(name)}", query(by=by))


def group_use(name: str, *, by: str | None = None) -> Call[GroupUse]:
    """Who has what of a group's budget: its members, and whoever else has booked on it."""
    return Call(GroupUse, "GET", f"groups/{part(name)}/use", query(by=by))


def create_group(name: str, *, display: str = "", note: str = "", owner: str | None = None) -> Call[Group]:
    """Make a group, owned by ``owner``. For admins."""
    said = body(name=name, display=display, note=note, owner=owner)
    return Call(Group, "POST", "groups/create", body=said)


def edit_group(
    name: str,
    *,
    display: str | None = None,
    note: str | None = None,
    size: int | None = None,
    version: int | None = None,
    by: str | None = None,
) -> Call[Group]:
    """Change what a group is called, or as an admin how many MiB its shared space holds."""
    said = body(display=display, note=note, size=size, version=version)
    return Call(Group, "POST", f"groups/{part(name)}", query(by=by), body=said)


def delete_group(name: str, files: Files, *, by: str | None = None) -> Call[GroupRows]:
    """Delete a group; ``files`` is ``keep`` or ``delete``, for its shared space. The groups that are left."""
    return Call(GroupRows, "DELETE", f"groups/{part(name)}", query(files=files, by=by))


def add_member(name: str, account: str, *, role: Role = "member", by: str | None = None) -> Call[Group]:
    """Add an account by its name or confirmed address, or change its role. For the group's owners."""
    said = body(account=account, role=role)
    return Call(Group, "POST", f"groups/{part(name)}/members", query(by=by), body=said)


def remove_member(name: str, account: str, *, by: str | None = None) -> Call[GroupRows]:
    """Take an account out of a group, or leave it oneself. The groups that one is in then."""
    return Call(GroupRows, "DELETE", f"groups/{part(name)}/members/{part(account)}", query(by=by))


def give_budget(
    name: str, hours: Decimal | float | str, startdate: When, enddate: When, *, tz: str | None = None
) -> Call[Group]:
    """Give a group so many core-hours in a period, in place of what it had. For admins."""
    said = body(hours=str(hours), startdate=startdate, enddate=enddate, tz=tz)
    return Call(Group, "POST", f"groups/{part(name)}/budget", body=said)


def take_budget(name: str) -> Call[Group]:
    """Let nothing limit what a group books. For admins."""
    return Call(Group, "DELETE", f"groups/{part(name)}/budget")


def lend_folders(account: str, namespace: str) -> Call[SharedClaims]:
    """Let a lab on a cluster have the shared folders of its account's groups. For the hub's spawner."""
    return Call(SharedClaims, "POST", f"accounts/{part(account)}/folders", body=body(namespace=namespace))
