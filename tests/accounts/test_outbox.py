"""Mails on their way: a server that is down, a process that is killed, several processes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from aglais_hub.accounts.email.outbox import Outbox
from aglais_hub.accounts.tables import CodeRow, MailRow
from aglais_hub.errors import InvalidValueError, ServiceDownError
from aglais_hub.wire.accounts import MailRequest
from tests.accounts.conftest import World

if TYPE_CHECKING:
    from datetime import datetime

    from aglais_hub.accounts.email.mail import Mail


class Moody:
    """A mail server that does what ``mood`` says, and remembers whom it wrote to."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.seen: list[str] = []
        self.mood: Exception | None = None

    def send(self, mail: Mail, *, to: str, now: datetime) -> None:
        self.seen.append(mail.message(sender="hub@example.org", to=to, now=now)["Message-ID"])
        if self.mood is not None:
            raise self.mood
        self.sent.append(to)


@pytest.fixture
def server(world: World) -> Moody:
    moody = Moody()
    world.outbox = outbox(world, moody)
    world.emails._outbox = world.outbox
    return moody


def outbox(world: World, server: Moody) -> Outbox:
    return Outbox(database=world.database, clock=world.clock, settings=world.settings, mailer=server)


def count(world: World, table: type[MailRow | CodeRow]) -> int:
    with world.database.read() as session:
        return len(session.scalars(select(table)).all())


def test_a_server_that_is_down_loses_nothing(world: World, server: Moody) -> None:
    server.mood = ServiceDownError("The mail can't be sent right now.")
    with pytest.raises(ServiceDownError):
        world.register()
    assert (count(world, MailRow), count(world, CodeRow)) == (1, 0)
    server.mood = None
    world.outbox.send_due()
    assert server.sent == []
    world.clock.move(timedelta(seconds=10))
    world.outbox.send_due()
    assert server.sent == ["ann@example.org"]
    assert (count(world, MailRow), count(world, CodeRow)) == (0, 1)


def test_it_is_tried_less_and_less_often_and_given_up_after_a_day(world: World, server: Moody) -> None:
    server.mood = ServiceDownError("The mail can't be sent right now.")
    tries = 0
    with pytest.raises(ServiceDownError):
        world.register()
    for _ in range(25 * 60):
        world.clock.move(timedelta(minutes=1))
        try:
            world.outbox.send_due()
        except ServiceDownError:
            tries += 1
        if not count(world, MailRow):
            break
    assert (count(world, MailRow), count(world, CodeRow)) == (0, 0)
    assert 140 < tries < 160


def test_an_address_that_the_server_does_not_know_is_given_up_at_once(world: World, server: Moody) -> None:
    server.mood = InvalidValueError("The mail server does not take this address.")
    world.register()
    assert (count(world, MailRow), count(world, CodeRow)) == (0, 0)


def test_a_process_that_is_killed_while_it_sends_leaves_the_mail_to_others(world: World, server: Moody) -> None:
    server.mood = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        world.register()
    server.mood = None
    world.outbox.send_due()
    assert server.sent == []
    world.clock.move(timedelta(minutes=2))
    world.outbox.send_due()
    assert server.sent == ["ann@example.org"]
    # It may have arrived already: whoever gets it twice can drop the second, as the code of each counts.
    assert len(server.seen) == 2
    assert len(set(server.seen)) == 1
    assert count(world, CodeRow) == 2


def test_a_mail_with_another_code_is_another_mail(world: World, server: Moody) -> None:
    """The server said no, and may have taken it all the same: the code that it brings counts no more."""
    server.mood = ServiceDownError("The mail can't be sent right now.")
    with pytest.raises(ServiceDownError):
        world.register()
    server.mood = None
    world.clock.move(timedelta(seconds=10))
    world.outbox.send_due()
    assert len(set(server.seen)) == 2


def test_whoever_asks_for_mail_is_told_while_it_is_held_up(world: World, server: Moody) -> None:
    ask = MailRequest(email="ben@example.org")
    assert not world.emails.forgot(ask)
    server.mood = ServiceDownError("no")
    with pytest.raises(ServiceDownError):
        world.register()
    assert not world.emails.forgot(ask), "once is no reason to say so"
    world.clock.move(timedelta(seconds=11))
    assert world.emails.forgot(ask)
    assert world.emails.resend(ask)
    server.mood = None
    world.outbox.send_due()
    assert not world.emails.forgot(ask)


def test_a_clock_that_is_set_back_holds_no_mail_up(world: World, server: Moody) -> None:
    server.mood = ServiceDownError("no")
    with pytest.raises(ServiceDownError):
        world.register()
    server.mood = None
    world.clock.move(timedelta(hours=-1))
    world.outbox.send_due()
    assert server.sent == ["ann@example.org"]


def test_many_processes_at_once_send_each_mail_once(world: World, server: Moody) -> None:
    send_due, world.outbox.send_due = world.outbox.send_due, lambda: None  # type: ignore[method-assign]
    addresses = [f"ann-{number}@example.org" for number in range(40)]
    for address in addresses:
        world.register(address)
    others = [outbox(world, server).send_due for _ in range(7)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda send: send(), [send_due, *others]))
    assert sorted(server.sent) == sorted(addresses)


def test_deleting_an_account_takes_its_mails_along(world: World) -> None:
    world.join()
    world.forgot()
    world.end("ann")
    before = len(list((world.settings.state_folder / "mail").iterdir()))
    assert len(world.mails()) == before
