"""An account service on a database of its own, with a clock that stands still and mail that lands in a folder."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from aglais_hub.accounts.mail import make_mailer
from aglais_hub.accounts.passwords import Passwords
from aglais_hub.accounts.service import AccountService
from aglais_hub.accounts.tables import AccountsBase
from aglais_hub.clock import ManualClock
from aglais_hub.database import Database, make_database
from aglais_hub.settings import Settings
from aglais_hub.wire.accounts import Account, Confirmation, Credentials, Registration, TryRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

PASSWORD = "correct horse battery"
URL = "/services/aglais/api/"

# Argon2 at its full price is tested by itself; here it would only cost time.
QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@dataclass
class World:
    """What a test needs to know of the world around the service."""

    service: AccountService
    database: Database
    clock: ManualClock
    settings: Settings

    def mails(self) -> list[EmailMessage]:
        """The mails that were sent, oldest first."""
        folder = self.settings.state_folder / "mail"
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]

    def code(self) -> str:
        """The code in the newest mail."""
        found = re.search(r"/confirm/([\w-]+)", self.mails()[-1].get_body(("plain",)).get_content())
        assert found, "no link in the newest mail"
        return found[1]

    def register(self, address: str = "ann@example.org", password: str = PASSWORD, **more: str) -> None:
        self.service.register(Registration(email=address, password=password, **more))

    def confirm(self, code: str | None = None) -> Account:
        return self.service.confirm(Confirmation(code=code or self.code()))

    def join(self, address: str = "ann@example.org", password: str = PASSWORD) -> Account:
        """Register and confirm."""
        self.register(address, password)
        return self.confirm()

    def login(self, address: str = "ann@example.org", password: str = PASSWORD, place: str = "10.0.0.1") -> Account:
        return self.service.login(Credentials(email=address, password=password, address=place))

    def visit(self, place: str = "10.0.0.1") -> Account:
        return self.service.try_out(TryRequest(address=place))


@pytest.fixture
def world_settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, admins=("Boss@Example.org",), tries_per_hour=3)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def accounts_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/accounts.db"
    if request.param == "postgres":
        url = Settings(accounts_url=request.getfixturevalue("postgres").database()).database_url("accounts")
    database = make_database(url)
    AccountsBase.metadata.create_all(database.engine)
    yield database
    database.dispose()


def make_world(accounts_database: Database, world_settings: Settings, hasher: PasswordHasher) -> World:
    clock = ManualClock(datetime(2026, 6, 8, 9, tzinfo=UTC))
    service = AccountService(
        database=accounts_database,
        clock=clock,
        settings=world_settings,
        mailer=make_mailer(world_settings),
        passwords=Passwords(hasher),
        url=URL,
    )
    return World(service, accounts_database, clock, world_settings)


@pytest.fixture
def world(accounts_database: Database, world_settings: Settings) -> World:
    return make_world(accounts_database, world_settings, QUICK)


@pytest.fixture
def dear_world(accounts_database: Database, world_settings: Settings) -> World:
    """A world in which a password costs what it costs in earnest."""
    return make_world(accounts_database, world_settings, PasswordHasher())
