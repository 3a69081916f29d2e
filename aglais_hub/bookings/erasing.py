"""SQL that takes an account's name, and what its owner has written, off the record of its bookings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update

from aglais_hub.bookings.tables import PERSONS, BookingRow, ChangeRow, DecisionRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["pseudonymise"]

OWN_WORDS = ("note", "account")
"""What a request or a change holds that its owner wrote, or is known by."""


def pseudonymise(session: Session, account: str, pseudonym: str) -> None:
    """Give an account's bookings, decisions and changes to ``pseudonym``, without a word of their owner's."""
    own = select(BookingRow.id).where(BookingRow.account == account)
    for change in session.scalars(select(ChangeRow).where(ChangeRow.booking_id.in_(own))):
        change.fields = _without(change.fields)
    for decision in session.scalars(select(DecisionRow).where(DecisionRow.account == account)):
        decision.request = _without(decision.request)
    session.flush()
    values = {"account": pseudonym, "note": "", "key": None, "asked": None}
    for statement in (
        update(ChangeRow).where(ChangeRow.by == account, text(PERSONS)).values(by=pseudonym),
        update(DecisionRow).where(DecisionRow.account == account).values(account=pseudonym),
        update(BookingRow).where(BookingRow.account == account).values(values),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()


def _without(said: str) -> str:
    kept = json.loads(said)
    if not any(name in kept for name in OWN_WORDS):
        return said
    return json.dumps({name: value for name, value in kept.items() if name not in OWN_WORDS})
