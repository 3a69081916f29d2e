"""Groups: accounts that share a budget and a space."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from aglais_hub.wire.base import Instant, Model, RequestModel, one_line, reachable

__all__ = [
    "GROUP_NAME",
    "ROLES",
    "Budget",
    "BudgetRequest",
    "Files",
    "Group",
    "GroupEdit",
    "GroupRequest",
    "GroupRows",
    "GroupUse",
    "Member",
    "MemberRequest",
    "MemberUse",
    "Role",
    "Shared",
    "SharedClaims",
    "SharedRequest",
]

GROUP_NAME = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"
"""Name of a group: it is part of addresses, and the name of its folder in its members' homes."""

Role = Literal["owner", "member"]
"""A ``member`` books on the group's budget and shares its space; an ``owner`` also says who is in it."""

ROLES: tuple[Role, ...] = get_args(Role)

Files = Literal["keep", "delete"]
"""What becomes of a deleted group's shared space: the operator keeps it, or it is deleted."""


def _as_line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


class Member(Model):
    """An account in a group; ``by`` is who added it."""

    account: str
    display: str
    role: Role
    since: Instant
    by: str


class Budget(Model):
    """Core-hours that a group may have from ``start`` until ``end``: a core for an hour is one.

    ``used`` is what its bookings had until now, ``ahead`` what is booked from now on, ``held`` what open offers may yet
    take, ``left`` the rest of ``hours``.
    """

    hours: Decimal
    start: Instant
    end: Instant
    used: Decimal
    ahead: Decimal
    held: Decimal
    left: Decimal


class Shared(Model):
    """A group's shared space: ``files`` of ``size`` MiB together at most, and how many there were when it was measured.

    Nothing limits what is ``None``.
    """

    files: int | None = None
    size: int | None = None
    has_files: int = 0
    has_size: int = 0
    measured: Instant | None = None


class Group(Model):
    """A project. ``role`` is the caller's in it, ``None`` for an admin who is not in it.

    ``version`` goes up with every change of what it is called. ``led`` says whether an owner of it can log in: else
    only an admin changes who is in it. ``shared`` is its folder in its members' labs, where there are such.
    """

    name: str
    url: str
    display: str
    note: str
    created: Instant
    version: int
    role: Role | None
    members: list[Member]
    led: bool = True
    budget: Budget | None
    shared: Shared | None = None


class GroupRows(Model):
    """Groups by name."""

    rows: list[Group]


class MemberUse(Model):
    """Core-hours of a group's budget that an account's bookings had until now, and that they have ahead.

    ``role`` is ``None`` for whoever is not in the group any more.
    """

    account: str
    display: str
    role: Role | None
    used: Decimal
    ahead: Decimal


class GroupUse(Model):
    """Who has what of a group's budget: its members, then whoever else has booked on it. Without one there are none."""

    rows: list[MemberUse]


class GroupRequest(RequestModel):
    """Make a group. ``owner`` is an account, the caller's own where none is named."""

    name: Annotated[str, Field(pattern=GROUP_NAME), AfterValidator(reachable)]
    display: Annotated[str, BeforeValidator(_as_line), Field(max_length=120)] = ""
    note: Annotated[str, Field(max_length=500)] = ""
    owner: Annotated[str | None, Field(min_length=1, max_length=255)] = None


class GroupEdit(RequestModel):
    """Change what a group is called; with ``version``, it is refused with 409 if the group has changed since.

    ``files`` and ``size`` (MiB) limit its shared space, and need an admin.
    """

    display: Annotated[str, BeforeValidator(_as_line), Field(min_length=1, max_length=120)] | None = None
    note: Annotated[str | None, Field(max_length=500)] = None
    files: Annotated[int | None, Field(ge=0, le=10**9)] = None
    size: Annotated[int | None, Field(ge=0, le=10**9)] = None
    version: int | None = None


class MemberRequest(RequestModel):
    """Add an account to a group, by its name or by an address that it has confirmed; or change its role."""

    account: Annotated[str, Field(min_length=1, max_length=255)]
    role: Role = "member"


class BudgetRequest(RequestModel):
    """Give a group so many core-hours; dates without a time are whole days of ``tz``, the last one included."""

    hours: Annotated[Decimal, Field(ge=0, le=10**8, max_digits=12, decimal_places=2)]
    startdate: str
    enddate: str
    tz: str = "UTC"


class SharedRequest(RequestModel):
    """A cluster's ``namespace``, in which an account's lab is about to start."""

    namespace: str = Field(min_length=1, max_length=63, pattern=r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")


class SharedClaims(Model):
    """The shared folders of an account's groups, each as the volume claim that a lab mounts.

    ``waits`` says that more of them are on their way: ask again.
    """

    claims: dict[str, str]
    waits: bool
