"""A simulated term: at every hour, what the services say is free is what a count by hand gives.

Scaled down by default; ``AGLAIS_TEST_PEOPLE=1000`` and ``AGLAIS_TEST_WEEKS=16`` make it whole.
``docs/term.py`` draws it.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.bookings.verify import verify
from aglais_hub.database.migrate import migrate_all
from tests.support.templates import settings_at
from tests.support.term import Term

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = int(os.environ.get("AGLAIS_TEST_PEOPLE", "250"))
WEEKS = int(os.environ.get("AGLAIS_TEST_WEEKS", "3"))


@pytest.mark.timeout(3600)
def test_at_every_hour_of_a_term_all_is_as_counted_by_hand(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    migrate_all(settings)
    term = Term(settings, people=PEOPLE, weeks=WEEKS)
    for hour in term.run():
        term.compare(timedelta(days=6) if hour.start.hour == 9 else timedelta(hours=2))
        assert hour.used <= hour.claimed <= hour.granted
    assert verify(term.parts.requests.database, clock=term.clock).faults == []
    term.close()
    print(dict(term.counts))
    for what in ("booked", "refused", "offers taken", "sessions", "did not come", "given back", "extend done"):
        assert term.counts[what], what
