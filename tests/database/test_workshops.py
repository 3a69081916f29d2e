"""Accounts that were opened together before there were workshops belong to one from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from sqlalchemy import text

from aglais_hub.database import make_database
from aglais_hub.database.migrate import configuration, migrate

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = (
    "INSERT INTO accounts (name, level, display, affiliation, terms, created, expires, erase, reason, version, seen) "
    "VALUES (:name, 2, '', '', '', 5000000, :expires, :erase, '', 1, 0)"
)
TOKEN = "INSERT INTO login_tokens (digest, account, is_once, created, expires) VALUES (:name, :name, :once, 5, 6)"


def test_they_are_found_by_their_links(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/accounts.db"
    database = make_database(url)
    with database.engine.execution_options(aglais_write=True).begin() as connection:
        command.upgrade(configuration("accounts", connection), "0012")
        for name, expires, once in (
            ("gaia-01", 900, False),
            ("gaia-02", 900, False),
            ("gaia-03", 700, False),
            ("star-field-1", 800, False),
            ("ann", None, True),
            ("forever-01", None, False),
        ):
            told = {"name": name, "expires": expires, "once": once, "erase": name.startswith("star")}
            connection.execute(text(ACCOUNT), told)
            connection.execute(text(TOKEN), told)
    migrate("accounts", url)
    with database.engine.connect() as connection:
        made = connection.execute(text("SELECT name, level, until, erase, opened FROM workshops ORDER BY name"))
        assert [tuple(row) for row in made] == [("gaia", 2, 900, 0, 3), ("star-field", 2, 800, 1, 1)]
        cards = connection.execute(text("SELECT account FROM workshop_cards ORDER BY account"))
        assert list(cards.scalars()) == ["gaia-01", "gaia-02", "gaia-03", "star-field-1"]
    database.dispose()
