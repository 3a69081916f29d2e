"""An address with a password as one more way into an account that has none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.errors import BadCredentialsError, ConflictError, NotFoundError
from aglais_hub.wire.accounts import BatchRequest, MailRequest
from aglais_hub.wire.admin import InvitationRequest
from tests.accounts.conftest import PASSWORD, World

if TYPE_CHECKING:
    from aglais_hub.wire.accounts import Account

NEW = "seven green bicycles"


@pytest.fixture
def name(world: World) -> str:
    """An account without an address."""
    until = world.clock.now() + timedelta(days=7)
    return world.workshops.open(BatchRequest(number=1, name="gaia", until=until, level=2), "root").rows[0].account


def kinds(account: Account) -> list[tuple[str, str]]:
    return [(one.kind, one.subject) for one in account.identities]


def test_a_confirmed_address_is_one_more_way_in(world: World, name: str) -> None:
    before = world.service.get(name)
    world.register(account=name)
    assert name in world.mails()[-1].get_body(("plain",)).get_content()
    with pytest.raises(BadCredentialsError):
        world.login(password=NEW)
    assert kinds(world.service.get(name)) == []
    after = world.confirm()
    assert kinds(after) == [("email", "ann@example.org")]
    assert (after.name, after.level, after.expires, after.display) == (name, 2, before.expires, before.display)
    assert world.login().name == name
    assert world.trail.select(account=name).rows[0].what == "way in linked"


def test_the_mail_that_is_sent_again_does_the_same(world: World, name: str) -> None:
    world.register(account=name)
    world.emails.resend(MailRequest(email="ann@example.org"))
    assert world.confirm().name == name
    assert [one.name for one in world.accounts()] == [name]


def test_an_account_has_one_address(world: World, name: str) -> None:
    world.register(account=name)
    first = world.code()
    world.register("ann@example.net", NEW, account=name)
    second = world.code()
    assert world.confirm(first).name == name
    with pytest.raises(ConflictError, match="has an address already"):
        world.confirm(second)
    with pytest.raises(ConflictError, match="has an address already"):
        world.register("ann@example.com", account=name)
    assert kinds(world.service.get(name)) == [("email", "ann@example.org")]


def test_an_address_of_somebody_else_is_not_taken_nor_told_of(world: World, name: str) -> None:
    world.join()
    world.register(password=NEW, account=name)
    assert world.mails()[-1]["Subject"] == "You have an account at Aglais already"
    assert name not in world.mails()[-1].get_body(("plain",)).get_content()
    assert kinds(world.service.get(name)) == []
    assert world.login(password=PASSWORD).name == "ann"


def test_an_invitation_of_the_address_stays_open_and_changes_nothing(world: World, name: str) -> None:
    before = world.service.get(name)
    until = world.clock.now() + timedelta(days=1)
    world.invitations.invite(InvitationRequest(email="ann@example.org", level=1, expires=until), "root")
    world.register(account=name)
    after = world.confirm()
    assert (after.level, after.expires) == (before.level, before.expires)


def test_visitors_and_accounts_that_are_gone_get_none(world: World, name: str) -> None:
    world.register(account=name)
    code = world.code()
    world.end(name)
    for gone in (name, world.visit().name, "nobody"):
        with pytest.raises(NotFoundError):
            world.register("ben@example.org", account=gone)
    with pytest.raises(NotFoundError):
        world.confirm(code)
