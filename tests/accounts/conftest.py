"""An account service on a database of its own, with a clock that stands still and mail that lands in a folder."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from aglais_hub.accounts.admin.changes import Trail
from aglais_hub.accounts.admin.invitations import InvitationService
from aglais_hub.accounts.admin.search import Search
from aglais_hub.accounts.admin.service import AdminService, Reach
from aglais_hub.accounts.attempts import Attempts
from aglais_hub.accounts.email.changes import ChangeService
from aglais_hub.accounts.email.mail import FolderMailer
from aglais_hub.accounts.email.outbox import Outbox
from aglais_hub.accounts.email.passwords import Passwords
from aglais_hub.accounts.email.service import EmailService
from aglais_hub.accounts.endings.service import EndingService
from aglais_hub.accounts.service import AccountService
from aglais_hub.accounts.tables import AccountsBase
from aglais_hub.accounts.tokens import TokenService
from aglais_hub.accounts.workshops.service import WorkshopService
from aglais_hub.clock import ManualClock
from aglais_hub.database import Database, make_database
from aglais_hub.settings import Settings
from aglais_hub.wire.accounts import (
    Account,
    Confirmation,
    Credentials,
    LoggedIn,
    MailRequest,
    NewPassword,
    Registration,
    TryRequest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from aglais_hub.accounts.email.mail import Mail

PASSWORD = "correct horse battery"
URL = "/services/aglais/api/"

# Argon2 at its full price is tested by itself; here it would only cost time.
QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@dataclass
class World:
    """What a test needs to know of the world around the service."""

    service: AccountService
    admin: AdminService
    invitations: InvitationService
    trail: Trail
    emails: EmailService
    changes: ChangeService
    outbox: Outbox
    tokens: TokenService
    workshops: WorkshopService
    database: Database
    clock: ManualClock
    settings: Settings
    sent: list[Path]
    """The mails' files, in the order in which they were written: a file system can't tell two of one moment apart."""

    def accounts(self) -> list[Account]:
        """Every account, by name."""
        return self.admin.select(Search(), limit=100, after="").rows

    def mails(self) -> list[EmailMessage]:
        """The mails that were sent, oldest first, with those that are due."""
        self.outbox.send_due()
        return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in self.sent]  # type: ignore[misc]

    def code(self, to: str = "") -> str:
        """The code in the newest mail, to this address where one is given."""
        mail = [mail for mail in self.mails() if to in mail["To"]][-1]
        found = re.search(r"(?:/confirm/|\?code=|\?invitation=)([\w-]+)", mail.get_body(("plain",)).get_content())
        assert found, f"no link in the newest mail, {mail['Subject']!r}"
        return found[1]

    def register(self, address: str = "ann@example.org", password: str = PASSWORD, **more: str) -> None:
        """Register, and have the mail sent."""
        self.emails.register(Registration(email=address, password=password, **more))
        self.outbox.send_due()

    def confirm(self, code: str | None = None, place: str = "") -> Account:
        return self.emails.confirm(Confirmation(code=code or self.code(), address=place))

    def join(self, address: str = "ann@example.org", password: str = PASSWORD) -> Account:
        """Register and confirm."""
        self.register(address, password)
        return self.confirm()

    def login(
        self, address: str = "ann@example.org", password: str = PASSWORD, place: str = "10.0.0.1", device: str = ""
    ) -> LoggedIn:
        return self.emails.login(Credentials(email=address, password=password, address=place, device=device))

    def forgot(self, address: str = "ann@example.org", place: str = "10.0.0.1") -> None:
        self.emails.forgot(MailRequest(email=address, address=place))

    def reset(self, password: str, code: str | None = None, place: str = "10.0.0.1") -> LoggedIn:
        return self.emails.reset(NewPassword(code=code or self.code(), password=password, address=place))

    def visit(self, place: str = "10.0.0.1") -> Account:
        return self.service.try_out(TryRequest(address=place))

    def end(self, name: str) -> None:
        """Delete an account, as far as its own request does it."""
        forget: list[str] = []
        EndingService(database=self.database, clock=self.clock, accounts=self.service, forget=forget.append).end(name)


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


class InOrder(FolderMailer):
    """Remembers the files in the order in which it writes them."""

    def __init__(self, folder: Path, sender: str) -> None:
        super().__init__(folder, sender)
        self._mails = folder
        self.files: list[Path] = []

    def send(self, mail: Mail, *, to: str, now: datetime) -> None:
        super().send(mail, to=to, now=now)
        self.files += set(self._mails.glob("*.eml")) - set(self.files)


def make_world(database: Database, settings: Settings, hasher: PasswordHasher) -> World:
    clock = ManualClock(datetime(2026, 6, 8, 9, tzinfo=UTC))
    attempts, passwords = Attempts(database, clock), Passwords(hasher)
    mailer = InOrder(settings.state_folder / "mail", settings.mail_from)
    outbox = Outbox(database=database, clock=clock, settings=settings, mailer=mailer)
    accounts = AccountService(database=database, clock=clock, settings=settings, attempts=attempts, url=URL)
    emails = EmailService(
        database=database, clock=clock, accounts=accounts, attempts=attempts, outbox=outbox, passwords=passwords
    )
    changes = ChangeService(
        database=database, clock=clock, attempts=attempts, outbox=outbox, passwords=passwords, emails=emails
    )
    tokens = TokenService(database=database, clock=clock, settings=settings, accounts=accounts, attempts=attempts)
    nothing = Reach(
        has_server=lambda _name: False,
        stop_server=lambda _name: None,
        log_out=lambda _name: None,
        forget=lambda _name: None,
        release=lambda _name: None,
        bookings=lambda _name: 0,
        is_package=lambda _name: True,
    )
    shared: Any = {"database": database, "clock": clock, "accounts": accounts}
    admin = AdminService(**shared, reach=nothing, outbox=outbox, settings=settings, url=URL)
    invitations = InvitationService(database=database, clock=clock, attempts=attempts, outbox=outbox, url=URL)
    trail = Trail(database=database, clock=clock, url=URL)
    workshops = WorkshopService(**shared, settings=settings, reach=nothing, url=URL)
    return World(
        accounts,
        admin,
        invitations,
        trail,
        emails,
        changes,
        outbox,
        tokens,
        workshops,
        database,
        clock,
        settings,
        mailer.files,
    )


@pytest.fixture
def world(accounts_database: Database, world_settings: Settings) -> World:
    return make_world(accounts_database, world_settings, QUICK)


@pytest.fixture
def dear_world(accounts_database: Database, world_settings: Settings) -> World:
    """A world in which a password costs what it costs in earnest."""
    return make_world(accounts_database, world_settings, PasswordHasher())
