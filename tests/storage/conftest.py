"""Members of a platform, and what their labs say is in their homes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow, IdentityRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.platform import Platform


def join(platform: Platform, name: str, *, level: int = 1, address: str | None = None, **fields: Any) -> None:
    """Open an account; with an address of mail that is confirmed, where there is one."""
    database, now = platform.parts.databases[0], platform.clock.now()
    with database.write() as session:
        store = AccountStore(session)
        store.add(AccountRow(name=name, level=level, display=name, created=now, **fields))
        if address:
            store.add(IdentityRow(account=name, kind="email", subject=address, verified=now, created=now))


@pytest.fixture
def ada(platform: Platform) -> Callable[..., Any]:
    """A member who asks the storage: method, what of it, and the body."""
    join(platform, "ada", address="ada@example.org")

    def ask(method: str = "GET", what: str = "", caller: str = "ada", **body: Any) -> Any:
        options = {"json": body} if method == "POST" else {}
        return platform.call(method, "storage/ada" + (what and f"/{what}"), caller, **options)

    return ask
