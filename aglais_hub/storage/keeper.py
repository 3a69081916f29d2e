"""Deletes what is due in homes in which no lab runs, and sees to it that people are warned."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aglais_hub.loop import Loop, each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.clock import Clock
    from aglais_hub.homes.host import Homes
    from aglais_hub.storage.service import StorageService
    from aglais_hub.web.hub import Hub
    from aglais_hub.wire.storage import Order

__all__ = ["Keeper"]

EVERY_SECONDS = 60


class Keeper:
    """Looks at what is due, and has it deleted in the ``homes``.

    Nothing changes in a home while no lab runs in it. So each that is at hand is measured once after its lab has ended,
    and once by every new process; of others the lab has said what is there.
    """

    def __init__(self, service: StorageService, *, clock: Clock, hub: Hub, homes: Homes) -> None:
        self._service = service
        self._clock = clock
        self._hub = hub
        self._homes = homes
        self._settled: set[str] = set()
        self._due: set[str] = set()
        self.loop = Loop("keeper", self.look, every=EVERY_SECONDS, waits="What is stored is looked at later")

    def look(self) -> None:
        """Do what is to be done now; raises ``ServiceDownError`` when the hub or the homes do not answer.

        What is left then is done the next time, but for the home that was not reached: it is due again within a day,
        so that it keeps nobody else waiting.
        """
        self._due.update(self._service.look())
        at_hand = self._homes.at_hand()
        if not (self._due or at_hand):
            return
        busy = set(self._hub.servers())
        self._settled -= busy
        # Where a lab runs, it is told itself.
        self._due -= busy
        # Whatever somebody's home does to us, it is others' turn next.
        each(partial(self._settle, one) for one in at_hand if one not in self._settled and one not in busy)
        while self._due:
            each([partial(self._delete, self._due.pop())])

    def _settle(self, account: str) -> None:
        """Measure a home, of which nothing is known in this process; what is due is seen to next."""
        if self._tend(account, []):
            self._settled.add(account)
            self._due.add(account)

    def _delete(self, account: str) -> None:
        if orders := self._service.orders(account):
            self._tend(account, orders)

    def _tend(self, account: str, orders: Sequence[Order]) -> bool:
        """Delete what is due in a home, and take down what is in it now; false where it has none, or is nobody's."""
        tended = self._homes.tend(account, orders, self._clock.now())
        if tended is None:
            return False
        if tended.gone:
            self._service.note_deleted(account, tended.gone)
        return self._service.measure_known(account, tended.items)
