"""Invitations: mailed, accepted by the address or by the link, resent, withdrawn, and too late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aglais_hub.accounts.attempts import Attempts
from aglais_hub.accounts.email.outbox import INVITATION_LIFETIME
from aglais_hub.accounts.groups.store import GroupStore
from aglais_hub.accounts.groups.tables import GroupRow
from aglais_hub.accounts.identities import IdentityService
from aglais_hub.errors import ConflictError, InvalidValueError, NotFoundError, TooManyError
from aglais_hub.wire.accounts import Account, Arrival, Confirmation, Opening
from aglais_hub.wire.admin import Invitation, InvitationRequest
from tests.accounts.conftest import PASSWORD, World


def invite(world: World, email: str = "ann@example.org", level: int = 3, **more: Any) -> Invitation:
    made = world.invitations.invite(InvitationRequest(email=email, level=level, **more), "root")
    world.outbox.send_due()
    return made


def look(world: World, code: str) -> Invitation:
    return world.invitations.look(Confirmation(code=code))


def arrive(world: World, *, email: str | None, invitation: str = "") -> Account:
    ways = IdentityService(
        database=world.database,
        clock=world.clock,
        settings=world.settings,
        accounts=world.service,
        attempts=Attempts(world.database, world.clock),
    )
    pending = ways.arrive(Arrival(kind="github", subject="1", label="ann", email=email)).pending
    return ways.open(Opening(pending=pending, display="Ann", invitation=invitation))


def test_an_invited_address_registers_and_has_its_level(world: World) -> None:
    until = world.clock.now() + timedelta(days=90)
    made = invite(world, expires=until, note="See you in Edinburgh.")
    mail = world.mails()[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "See you in Edinburgh." in mail
    assert "/hub/register?invitation=" in mail
    account = world.join()
    assert (account.level, account.expires) == (3, until)
    found = world.invitations.get(made.id)
    assert (found.state, found.account) == ("accepted", "ann")
    assert [one.what for one in world.trail.select(account="ann").rows] == ["invitation accepted", "registered"]


def test_a_provider_that_has_verified_the_address_is_as_good(world: World) -> None:
    invite(world)
    assert arrive(world, email="Ann@Example.org").level == 3


def test_an_address_that_was_not_invited_opens_a_plain_account(world: World) -> None:
    invite(world)
    assert arrive(world, email=None).level == 1
    assert world.join("ben@example.org").level == 1


def test_the_link_invites_whoever_has_it(world: World) -> None:
    invite(world)
    code = world.code()
    assert look(world, code).email == "ann@example.org"
    assert arrive(world, email=None, invitation=code).level == 3
    with pytest.raises(NotFoundError):
        look(world, code)


def test_the_link_counts_for_another_address_too_and_once(world: World) -> None:
    invite(world)
    code = world.code()
    for address in ("ann@home.example", "ben@home.example"):
        world.register(address, PASSWORD, invitation=code)
    assert world.confirm(world.code("ann@home.example")).level == 3
    assert world.confirm(world.code("ben@home.example")).level == 1


def test_a_code_of_another_kind_invites_nobody(world: World) -> None:
    world.register("ben@example.org")
    code = world.code()
    with pytest.raises(NotFoundError):
        look(world, code)
    assert arrive(world, email=None, invitation=code).level == 1


def test_who_was_invited_once_is_not_twice(world: World) -> None:
    invite(world)
    with pytest.raises(ConflictError, match="invited already"):
        invite(world, "ANN@example.org")
    world.join()
    with pytest.raises(ConflictError, match="an account with this address"):
        invite(world)


def test_an_invitation_that_was_sent_again_counts_by_its_newest_link(world: World) -> None:
    made = invite(world)
    first = world.code()
    world.clock.move(INVITATION_LIFETIME - timedelta(minutes=1))
    again = world.invitations.resend(made.id, "root")
    world.outbox.send_due()
    assert again.until == world.clock.now() + INVITATION_LIFETIME
    with pytest.raises(NotFoundError):
        look(world, first)
    assert look(world, world.code()).id == made.id


def test_a_withdrawn_invitation_counts_for_nothing(world: World) -> None:
    made = invite(world)
    code = world.code()
    assert world.invitations.withdraw(made.id).state == "withdrawn"
    with pytest.raises(NotFoundError):
        look(world, code)
    assert world.join().level == 1
    with pytest.raises(ConflictError, match="withdrawn"):
        world.invitations.resend(made.id, "root")


def test_too_late_it_is_said_and_the_account_is_a_plain_one(world: World) -> None:
    made = invite(world)
    code = world.code()
    world.clock.move(INVITATION_LIFETIME)
    with pytest.raises(InvalidValueError, match="expired"):
        look(world, code)
    assert world.invitations.get(made.id).state == "expired"
    assert world.join().level == 1


def test_nobodys_mailbox_is_filled(world: World) -> None:
    made = invite(world)
    for _ in range(4):
        world.invitations.resend(made.id, "root")
    with pytest.raises(TooManyError):
        world.invitations.resend(made.id, "root")


def test_invitations_are_listed_the_latest_first(world: World) -> None:
    for letter in "abc":
        invite(world, f"{letter}@example.org")
        world.clock.move(timedelta(seconds=1))
    page = world.invitations.select(email=None, after=None, limit=2)
    assert [one.email for one in page.rows] == ["c@example.org", "b@example.org"]
    assert page.next is not None
    page = world.invitations.select(email=None, after=page.rows[-1].id, limit=2)
    assert ([one.email for one in page.rows], page.next) == (["a@example.org"], None)
    found = world.invitations.select(email="B@example.org", after=None, limit=2).rows
    assert [one.email for one in found] == ["b@example.org"]


def test_who_was_invited_to_a_group_is_in_it(world: World) -> None:
    with pytest.raises(InvalidValueError, match="no such group"):
        invite(world, group="stars")
    with world.database.write() as session:
        row = GroupRow(
            name="stars", display="Stars", note="", version=1, has_files=0, has_size=0, created=world.clock.now()
        )
        session.add(row)
    invite(world, group="stars")
    world.join()
    with world.database.read() as session:
        membership = GroupStore(session).membership("stars", "ann")
    assert membership is not None
    assert (membership.role, membership.by) == ("member", "root")
    assert world.trail.select(account="ann").rows[0].what == "group joined"
