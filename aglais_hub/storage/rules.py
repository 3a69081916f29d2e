"""When things go, when their owners are told, and what is full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aglais_hub.errors import ConflictError, InvalidValueError
from aglais_hub.policy import after
from aglais_hub.wire.storage import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.wire.policy import Keep, Space

__all__ = ["SOON", "Plan", "check_keep", "ends", "notices", "place", "plan", "usage"]

MIB = 2**20

SOON = timedelta(days=14)
"""Whatever goes within this time is shown beside the figures."""

LONG = (SOON, timedelta(days=2))
SHORT = (timedelta(days=1),)

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class Plan(NamedTuple):
    """When an item ``goes``; the number of the notice to be ``given`` now; and what happens ``next`` after now."""

    goes: datetime
    given: int | None
    next: datetime


def notices(space: str, kept: str) -> tuple[timedelta, ...]:
    """How long ahead their owner is told of what goes after ``kept``: 14 days and 2; a day, where it is short.

    What is temporary for two weeks or less is meant to go, and of what stays two days or less nobody can be told in
    time.
    """
    length = after(_SOME_DAY, kept) - _SOME_DAY
    if length > SOON:
        return LONG
    return () if space == "temporary" or length <= timedelta(days=2) else SHORT


def ends(changed: datetime, *, kept: datetime | None, always: bool, limits: Space) -> datetime | None:
    """When the time of an item is over: so long after its last change, not before its owner lets it go; or never."""
    if limits.kept is None or always:
        return None
    end = after(changed, limits.kept)
    return end if kept is None else max(end, kept)


def plan(end: datetime, ahead: Sequence[timedelta], warned: Sequence[datetime | None], now: datetime) -> Plan:
    """When what ends at ``end`` goes: after every notice was given, each as long ``ahead`` as it ought to be.

    So what is overdue when the platform first sees it goes after its notices all the same. ``warned`` has when each
    was given.
    """
    goes, given, following = end, None, None
    for number, (notice, was) in enumerate(zip(ahead, warned, strict=False)):
        when = was or max(now, goes - notice)
        if was is None and following is None:
            following = when
            given = number if when <= now else None
        goes = max(goes, when + notice)
    return Plan(goes, given, following or goes)


def usage(files: int, size: int, *, limits: Space) -> Usage:
    """What so many ``files`` of ``size`` bytes together are of the ``limits``."""
    shares = [
        1.0 if limit == 0 else used / limit
        for used, limit in ((files, limits.files), (size, limits.size and limits.size * MIB))
        if limit is not None
    ]
    most = max(shares, default=0.0)
    return Usage(files=files, size=size, limits=limits, near=most >= 0.9, full=most >= 1)


def check_keep(keep: Keep, limits: Space) -> None:
    """Raise ``ConflictError`` where what is asked is more than the policy allows."""
    if keep == "no" or limits.kept is None or limits.keep in (keep, "always"):
        return
    if limits.keep == "no":
        raise ConflictError(
            "What is in this space can't be kept longer.",
            rule="keep",
            help="Move what you need to another space, or change it: its time begins anew with every change.",
        )
    raise ConflictError(
        "This can be kept for a while, not for good.", rule="keep", help="Keep it once more, or ask an admin."
    )


def place(text: str) -> tuple[int, str] | None:
    """Where a page of accounts begins: behind a size and an account; raises ``InvalidValueError``."""
    if not text:
        return None
    size, comma, account = text.partition(",")
    if not (comma and account and size.isascii() and size.isdigit() and len(size) < 19):
        raise InvalidValueError("This is no place in the list.", field="after", help="Follow 'next' as it stands.")
    return int(size), account
