"""Calls about what accounts have stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aglais_hub.client.calls.base import Call, body, part, query
from aglais_hub.wire.storage import Measured, Storage, StorageRows, StoredItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aglais_hub.wire.policy import Keep, SpaceName
    from aglais_hub.wire.storage import Item, Order

__all__ = ["deleted", "keep", "measured", "storage", "storages"]


def storage(account: str) -> Call[Storage]:
    """What is in an account's spaces, what of it goes when, and what was deleted of late."""
    return Call(Storage, "GET", f"storage/{part(account)}")


def storages(
    *, limit: int | None = None, after: str | None = None, accounts: Sequence[str] | None = None
) -> Call[StorageRows]:
    """The accounts, or these, and what they have stored, those with most first. For admins."""
    of = ",".join(accounts) if accounts else None
    return Call(StorageRows, "GET", "storage/select", query(limit=limit, after=after, accounts=of))


def keep(account: str, space: SpaceName, path: str, *, keep: Keep = "again") -> Call[StoredItem]:
    """Keep an item once more from now on (``again``), for good (``always``), or no longer (``no``)."""
    said = body(space=space, path=path, keep=keep)
    return Call(StoredItem, "POST", f"storage/{part(account)}/keep", body=said)


def measured(account: str, items: Iterable[Item]) -> Call[Measured]:
    """Say what is in a home; the answer says what is to be deleted of it. For labs."""
    said = {"items": [item.model_dump(mode="json") for item in items]}
    return Call(Measured, "POST", f"storage/{part(account)}/measured", body=said)


def deleted(account: str, orders: Iterable[Order]) -> Call[Measured]:
    """Say what was deleted as ordered. For labs."""
    said = {"items": [order.model_dump(mode="json") for order in orders]}
    return Call(Measured, "POST", f"storage/{part(account)}/deleted", body=said)
