"""How often something may be attempted, counted in the database, so that every process counts together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aglais_hub.accounts import rules
from aglais_hub.accounts.rules import Limit, digest
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import TooManyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.clock import Clock
    from aglais_hub.database import Database

__all__ = ["Attempts"]


class Attempts:
    """Counts attempts against their limits."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def count(self, act: str, limits: Sequence[tuple[str, Limit]], message: str, *, help: str = "") -> None:
        """Count an attempt under every key; raises ``TooManyError`` past a limit: when to try again, or else ``help``.

        It is counted before it is made, so that a hundred at once are not one more than the limit allows.
        """
        now = self._clock.now()
        wait: datetime | None = None
        with self._database.write() as session:
            store = AccountStore(session)
            store.forget_before(now)
            for key, limit in sorted(limits, key=lambda pair: pair[0]):
                count, until = store.count(digest(act, key), limit, now)
                if count > limit.count:
                    wait = max(wait or until, until)
        if wait is not None:
            said = f"Try again {rules.when(wait, now)}{', or ' + help if help else ''}."
            seconds = max(1, math.ceil((wait - now).total_seconds()))
            raise TooManyError(message, help=said, rule="attempts", wait=seconds)
