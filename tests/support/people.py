"""Accounts for the callers of the tests, whom the hub knows and the services don't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.accounts.tables import AccountRow, IdentityRow
from aglais_hub.database import make_database

if TYPE_CHECKING:
    from tests.support.platform import Platform

__all__ = ["make_group", "open_accounts"]


def open_accounts(platform: Platform, *names: str, level: int = 1) -> None:
    """An account for each, that has confirmed the address ``NAME@example.org``."""
    database, now = make_database(platform.settings.database_url("accounts")), platform.clock.now()
    with database.write() as session:
        for name in names:
            session.add(AccountRow(name=name, level=level, display=name.title(), created=now, version=1))
            session.flush()
            address = f"{name}@example.org"
            session.add(IdentityRow(account=name, kind="email", subject=address, created=now, verified=now))
    database.dispose()


def make_group(platform: Platform, name: str = "astro", owner: str = "ada", *members: str, **budget: Any) -> None:
    """A group with its members, whose accounts there are; with ``hours`` also its budget of this June."""
    made = platform.call("POST", "groups/create", "root", json={"name": name, "owner": owner})
    assert made.status_code == 201, made.text
    for account in members:
        added = platform.call("POST", f"groups/{name}/members", "root", json={"account": account})
        assert added.status_code == 200, added.text
    if budget:
        said = {"startdate": "2026-06-01", "enddate": "2026-06-30"} | budget
        given = platform.call("POST", f"groups/{name}/budget", "root", json=said)
        assert given.status_code == 200, given.text
