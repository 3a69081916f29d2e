"""Carries out how accounts end, step by step. Each may be done again, so a kill at any point loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from aglais_hub.accounts.admin.store import AdminStore
from aglais_hub.accounts.endings.store import EndingStore
from aglais_hub.accounts.rules import ANONYMOUS, digest
from aglais_hub.clock import Steady
from aglais_hub.loop import Loop, each

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aglais_hub.accounts.endings.service import EndingService
    from aglais_hub.accounts.tables import AccountRow
    from aglais_hub.database import Database
    from aglais_hub.web.hub import Hub

__all__ = ["Ender", "Release", "Step"]

log = logging.getLogger(__name__)

Step = Callable[[str, str], None]
"""Takes what a feature has of an account away, or gives it to a pseudonym where it has to stay: name, pseudonym."""

Release = Callable[[str], None]
"""Gives back what an account has booked: it is no way in any more, and its files stay."""

SETTLED = timedelta(seconds=15)
"""For so long after the mark another process may still let somebody in from memory: what they did goes at the end."""


class Ender:
    """Ends what runs of accounts that are no way in, and erases those of which nothing is to stay.

    Safe in several processes at once. ``databases`` are cleaned of what was deleted from them.
    """

    def __init__(
        self,
        endings: EndingService,
        *,
        hub: Hub,
        steps: Mapping[str, Step],
        release: Release,
        databases: Collection[Database],
        every: float,
    ) -> None:
        self._endings = endings
        self._database = endings.database
        self._clock = endings.clock
        self._hub = hub
        self._steps = steps
        self._release = release
        self._databases = databases
        self._steady = Steady(endings.clock)
        self._gone: set[str] = set()
        # Whoever was here before may have been killed before it cleaned up.
        self._to_clean = True
        self.loop = Loop("ender", self.look, every=every, waits="Accounts that have ended wait", at_once=True)

    def look(self) -> None:
        """Do what is to be done now, the rest at a later look; raises ``ServiceDownError`` when a part is down."""
        is_steady, now = self._steady.look(), self._clock.now()
        with self._database.read() as session:
            # By a clock that was just set nobody's time is over for good.
            over = EndingStore(session).to_erase(now) if is_steady else []
        for name in over:
            self._endings.end(name)
        with self._database.read() as session:
            store = EndingStore(session)
            ending, closing = store.ending(), store.to_close(now if is_steady else None)
        if ending or closing:
            servers = self._hub.servers()
            each(partial(self._erase, row, servers) for row in ending)
            each(partial(self._close, row, servers) for row in closing)
        elif self._to_clean:
            self._to_clean = not all(database.clean() for database in self._databases)

    def _close(self, row: AccountRow, servers: Mapping[str, str]) -> None:
        """An account whose time is over gives back what it has booked; that of a suspended one is for its admin."""
        now = self._clock.now()
        if row.expires is not None and row.expires <= now:
            self._release(row.name)
        if row.name in servers:
            self._hub.stop_server(row.name)
            return
        with self._database.write() as session:
            EndingStore(session).close(row.name, now)

    def _erase(self, row: AccountRow, servers: Mapping[str, str]) -> None:
        if row.ending is None or row.pseudonym is None:
            return
        if row.name in servers:
            self._hub.stop_server(row.name)
            return
        is_settled = not timedelta() <= self._clock.now() - row.ending < SETTLED
        if row.name not in self._gone or is_settled:
            for step in self._steps.values():
                step(row.name, row.pseudonym)
            self._hub.delete_user(row.name)
            self._gone.add(row.name)
        if not is_settled:
            return
        with self._database.write() as session:
            store = EndingStore(session)
            store.delete(row.name)
            AdminStore(session).erase_changes(row.name)
            if row.level == ANONYMOUS:
                # Nothing is left that somebody could inherit by the name.
                store.forget_name(digest(row.name))
        self._gone.discard(row.name)
        self._to_clean = True
        log.info("An account has ended, and all that was of it is gone.")
