"""Names of rows: unique, of the standard's form, and in the order of their making."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from aglais_hub.database import new_id

# Hypothesis takes bounds without a zone, and adds it.
INSTANTS = st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS)
def test_is_a_uuid_of_version_7(at: datetime) -> None:
    made = UUID(text := new_id(at))
    assert str(made) == text
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(INSTANTS, st.timedeltas(timedelta(milliseconds=1), timedelta(days=36500)))
def test_are_in_the_order_of_their_making(at: datetime, later: timedelta) -> None:
    if at.year + later.days // 365 < 9998:
        assert new_id(at) < new_id(at + later)


def test_are_never_the_same_at_one_instant() -> None:
    at = datetime(2026, 6, 8, 9, tzinfo=UTC)
    made = {new_id(at) for _ in range(10_000)}
    assert len(made) == 10_000
    varying = [len({UUID(one).int >> bit & 1 for one in made}) == 2 for bit in range(80)]
    assert sum(varying) == 74
