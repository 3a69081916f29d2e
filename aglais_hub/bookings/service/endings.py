"""What becomes of bookings when their account is no way in any more, for a while or for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.bookings.erasing import pseudonymise
from aglais_hub.bookings.service.edits import Edits
from aglais_hub.bookings.store import LIVE, BookingStore
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.bookings.service.ledger import Ledger
    from aglais_hub.bookings.service.requests import Requests

__all__ = ["Endings"]

BY = "accounts"
"""Who ends them, for the record."""

OPEN = (Phase.OFFERED, *LIVE)


class Endings:
    """Gives bookings back, and takes their account's name off the record. Each may be done again."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._edits = Edits(requests)

    def release(self, account: str) -> None:
        """Cancel what an account has booked, decline what it was offered, end what has begun."""
        with self._requests.database.read() as session:
            is_open = bool(BookingStore(session).of_account(account, OPEN))
        if is_open:
            self._requests.writer.run(lambda ledger: self._end_all(ledger, account))

    def erase(self, account: str, pseudonym: str) -> None:
        """The same, and from then on nobody can tell whose they were."""
        while True:
            self.release(account)
            with self._requests.database.write() as session:
                store = BookingStore(session)
                store.lock()
                if store.of_account(account, OPEN):
                    continue  # made meanwhile, by somebody who was still let in
                pseudonymise(session, account, pseudonym)
                return

    def _end_all(self, ledger: Ledger, account: str) -> None:
        timeline = self._requests.timeline(ledger, BY)
        while rows := ledger.store.of_account(account, OPEN):
            # One at a time: to decline an offer ends those beside it, too.
            self._edits.end(timeline, rows[0])
            ledger.flush()
