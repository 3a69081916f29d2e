"""From visitor to member, at the level of the service: the account goes on, and only while the visit lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.accounts import MailRequest, Opening
from tests.accounts.conftest import World
from tests.accounts.test_identities import Ways


def test_a_code_makes_the_visitors_own_account_a_members(world: World) -> None:
    visitor = world.visit()
    world.register(visitor=visitor.name, display="Ann")
    assert world.service.get(visitor.name).level == 0, "not before the address is confirmed"
    confirmed = world.confirm()
    assert (confirmed.name, confirmed.visit) == (visitor.name, "kept")
    found = world.service.get(visitor.name)
    assert (found.level, found.expires, found.display, found.package) == (1, None, "Ann", "small")
    assert world.login().name == visitor.name
    # A second click on the link says the same.
    world.clock.move(timedelta(days=1))
    assert world.confirm().visit == "kept"
    assert not world.service.has_ended(visitor.name)


def test_the_mail_that_is_sent_again_makes_a_member_too(world: World) -> None:
    visitor = world.visit()
    world.register(visitor=visitor.name)
    world.emails.resend(MailRequest(email="ann@example.org"))
    assert (world.confirm().name, world.confirm().visit) == (visitor.name, "kept")


@pytest.mark.parametrize("is_gone", [False, True])
def test_after_the_visit_a_new_account_is_opened_and_it_is_said(world: World, is_gone: bool) -> None:
    visitor = world.visit()
    world.register(visitor=visitor.name)
    code = world.code()
    if is_gone:
        world.end(visitor.name)
    else:
        world.clock.move(timedelta(hours=13))
    confirmed = world.confirm(code)
    assert (confirmed.name, confirmed.visit) == ("ann", "over")
    assert world.confirm(code).visit == "over"


def test_nobody_registers_into_an_account_that_is_no_visit_any_more(world: World) -> None:
    visitor = world.visit()
    world.register("ann@example.org", visitor=visitor.name)
    code = world.code("ann@example.org")
    world.register("bob@example.org", visitor=visitor.name)
    assert world.confirm().name == visitor.name
    other = world.confirm(code)
    assert (other.name, other.visit) == ("ann", "over")
    assert [one.subject for one in world.service.get(visitor.name).identities] == ["bob@example.org"]
    member = world.join("cid@example.org")
    world.register("dan@example.org", visitor=member.name)
    assert world.confirm().name == "dan"


def test_without_a_visit_nothing_is_said_of_one(world: World) -> None:
    world.register()
    assert world.confirm().visit == ""


def test_an_arrival_makes_the_visitors_own_account_a_members(world: World) -> None:
    ways = Ways(world)
    visitor = world.visit()
    arrived = ways.arrive("1")
    opened = ways.service.open(Opening(pending=arrived.pending, visitor=visitor.name, display="Ann Other"))
    assert (opened.name, opened.level, opened.expires, opened.display) == (visitor.name, 1, None, "Ann Other")
    assert [one.kind for one in opened.identities] == ["north"]
    found = ways.arrive("1").account
    assert found is not None
    assert found.name == visitor.name


def test_an_arrival_after_the_visit_opens_an_account(world: World) -> None:
    ways = Ways(world)
    visitor = world.visit()
    world.clock.move(timedelta(hours=13))
    arrived = ways.arrive("1", label="ann")
    assert ways.service.open(Opening(pending=arrived.pending, visitor=visitor.name)).name == "ann"


def test_what_is_asked_has_to_be_answered_by_a_visitor_too(world: World) -> None:
    ways = Ways(world, ask_affiliation=True)
    visitor = world.visit()
    arrived = ways.arrive("1")
    with pytest.raises(InvalidValueError):
        ways.service.open(Opening(pending=arrived.pending, visitor=visitor.name))
    assert world.service.get(visitor.name).level == 0
    opened = ways.service.open(Opening(pending=arrived.pending, visitor=visitor.name, affiliation="ROE"))
    assert (opened.name, opened.affiliation) == (visitor.name, "ROE")
