"""No booking outlasts its account: what would is refused, and said why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aglais_hub.bookings.times import words
from aglais_hub.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["RULE", "outlasts"]

RULE = "account_ends"


def outlasts(level: int, ends: datetime, now: datetime, field: str) -> RefusedError:
    """The refusal of what would go on when an account of ``level`` has ended."""
    whose = "Your visit" if level == 0 else "The account"
    more = "register: then your work stays, and you may book for later" if level == 0 else "ask an admin for more time"
    return RefusedError(
        f"{whose} ends in {words(max(ends - now, timedelta()))}, and the booking would go on.",
        rule=RULE,
        field=field,
        until=ends,
        help=f"Choose an end before that, or {more}.",
    )
