"""What becomes of bookings when their account becomes part of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.service.edits import Edits
from aglais_hub.bookings.store import LIVE, BookingStore
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.requests import Requests

__all__ = ["Giving"]

BY = "accounts"
"""Who gives them away, for the record."""

OPEN = (Phase.OFFERED, *LIVE)


class Giving:
    """Gives an account's bookings to another. May be done again."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._edits = Edits(requests)

    def give(self, source: str, target: str) -> None:
        """Let what ``source`` has booked ahead be ``target``'s, and end the rest: what runs, and what it was offered.

        What the target's level does not allow ends, too.
        """
        with self._requests.database.read() as session:
            is_open = bool(BookingStore(session).of_account(source, OPEN))
        if is_open:
            level, package, _ = self._requests.accounts.standings([target])[target]
            only = package if level == 0 else None
            self._requests.writer.run(lambda ledger: self._give(ledger, source, target, only))

    def _give(self, ledger: Ledger, source: str, target: str, only: str | None) -> None:
        timeline = self._requests.timeline(ledger, BY)
        for row in ledger.store.of_account(source, [Phase.ACCEPTED, Phase.WAITING]):
            if row.start > timeline.now and only in (None, row.package):
                # Whose it was is not written down: that account is about to be gone.
                timeline.record(row, account=("another account", target))
                row.account, row.key, row.asked = target, None, None
                ledger.store.forget(target)
        ledger.store.flush()
        while rows := ledger.store.of_account(source, OPEN):
            # One at a time: to decline an offer ends those beside it, too.
            self._edits.end(timeline, rows[0])
            ledger.store.flush()
