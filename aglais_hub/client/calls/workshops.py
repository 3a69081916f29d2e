"""Calls about workshops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aglais_hub.client.calls.base import Call, body, part, query
from aglais_hub.wire.base import isoformat
from aglais_hub.wire.workshops import Workshop, WorkshopAccountRows, WorkshopCards, WorkshopHoldings, WorkshopRows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "add_to_workshop",
    "edit_workshop",
    "end_workshop",
    "open_workshop",
    "renew_links",
    "workshop",
    "workshop_accounts",
    "workshop_holdings",
    "workshops",
]


def workshops(
    *,
    q: str | None = None,
    state: Literal["open", "ending", "over"] | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> Call[WorkshopRows]:
    """A page of the workshops in whose name ``q`` is, the latest first. For admins, as all about workshops."""
    return Call(WorkshopRows, "GET", "workshops/select", query(q=q, state=state, limit=limit, after=after))


def workshop(name: str) -> Call[Workshop]:
    """One workshop."""
    return Call(Workshop, "GET", f"workshops/{part(name)}")


def workshop_accounts(name: str) -> Call[WorkshopAccountRows]:
    """The accounts of a workshop: who has come, and who has a lab now."""
    return Call(WorkshopAccountRows, "GET", f"workshops/{part(name)}/accounts")


def workshop_holdings(name: str) -> Call[WorkshopHoldings]:
    """What the accounts have that end with a workshop."""
    return Call(WorkshopHoldings, "GET", f"workshops/{part(name)}/holdings")


def open_workshop(
    number: int,
    name: str,
    until: datetime,
    *,
    level: int | None = None,
    erase: bool | None = None,
    qr: bool | None = None,
    key: str | None = None,
) -> Call[WorkshopCards]:
    """Open accounts ``NAME-01`` and so on that end at ``until``, each with a link that is told this once.

    With ``erase``, all that is of them goes then; with ``qr`` the links are pictures for phones, too. Sent again with
    the same ``key``, nothing is opened twice: the answer has new links.
    """
    said = body(number=number, name=name, until=isoformat(until), level=level, erase=erase)
    return Call(WorkshopCards, "POST", "workshops/create", query(qr=qr), said, _keyed(key))


def add_to_workshop(name: str, number: int, *, qr: bool | None = None, key: str | None = None) -> Call[WorkshopCards]:
    """Open so many more accounts of a workshop; ``qr`` and ``key`` as for ``open_workshop``."""
    path = f"workshops/{part(name)}/accounts"
    return Call(WorkshopCards, "POST", path, query(qr=qr), body(number=number), _keyed(key))


def renew_links(
    name: str, accounts: Sequence[str] | None = None, *, log_out: bool | None = None, qr: bool | None = None
) -> Call[WorkshopCards]:
    """Give these accounts of a workshop new links, or all; the old ones lead nowhere from then on.

    With ``log_out`` whoever is logged in to them is out, too.
    """
    said = body(accounts=list(accounts) if accounts is not None else None, log_out=log_out)
    return Call(WorkshopCards, "POST", f"workshops/{part(name)}/links", query(qr=qr), said)


def edit_workshop(
    name: str, *, until: datetime | None = None, erase: bool | None = None, version: int | None = None
) -> Call[Workshop]:
    """Change when a workshop ends, or what becomes of its accounts then."""
    said = body(until=isoformat(until) if until else None, erase=erase, version=version)
    return Call(Workshop, "POST", f"workshops/{part(name)}", body=said)


def end_workshop(name: str, *, erase: bool | None = None) -> Call[Workshop]:
    """End a workshop now; of one that is over, with ``erase``, delete what was kept."""
    return Call(Workshop, "POST", f"workshops/{part(name)}/end", body=body(erase=erase))


def _keyed(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}
