"""Many ways into one account, at the level of the service, on each kind of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.attempts import Attempts
from aglais_hub.accounts.identities import ARRIVAL_LIFETIME, IdentityService
from aglais_hub.accounts.service import AccountService
from aglais_hub.errors import ConflictError, ForbiddenError, InvalidValueError, NotFoundError, TooManyError
from aglais_hub.settings import Settings
from aglais_hub.wire.accounts import Account, AccountEdit, Arrival, Arrived, Opening, Pending
from aglais_hub.wire.admin import AccountSettings
from tests.accounts.conftest import URL, World

ROOT = Manager("root", is_admin=True)


class Ways:
    """The service in the world of a test, and what a browser would do with it."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.world = world
        told = Settings(**{**world.settings.model_dump(), **settings})
        database, clock = world.database, world.clock
        self.accounts = AccountService(
            database=database, clock=clock, settings=told, attempts=Attempts(database, clock), url=URL
        )
        self.service = IdentityService(
            database=database, clock=clock, settings=told, accounts=self.accounts, attempts=Attempts(database, clock)
        )

    def arrive(self, subject: str = "1", kind: str = "north", **more: Any) -> Arrived:
        usual = {"label": f"{kind}-{subject}", "display": "Ann"}
        return self.service.arrive(Arrival(kind=kind, subject=subject, **{**usual, **more}))

    def open(self, subject: str = "1", kind: str = "north", **more: Any) -> Account:
        arrived = self.arrive(subject, kind, **more)
        assert arrived.account is None
        return self.service.open(Opening(pending=arrived.pending))

    def link(self, account: Account, subject: str, kind: str = "south") -> Account:
        found = self.arrive(subject, kind, link=account.name).account
        assert found is not None
        return found


@pytest.fixture
def ways(world: World) -> Ways:
    return Ways(world)


def test_one_network_opens_so_many_accounts_an_hour(world: World) -> None:
    ways = Ways(world, tries_per_hour=2)

    def opened(subject: str, address: str) -> Account:
        return ways.service.open(Opening(pending=ways.arrive(subject).pending, address=address))

    opened("1", "192.0.2.1"), opened("2", "192.0.2.1")
    with pytest.raises(TooManyError, match="from your network"):
        opened("3", "192.0.2.1")
    assert opened("3", "192.0.2.2").level == 1, "what was proven is not lost"


def test_provider_and_subject_find_the_account_and_nothing_else_does(ways: Ways) -> None:
    ann = ways.open("1", email="ann@example.org")
    assert (ann.level, ann.display, ann.identities[0].label) == (1, "Ann", "north-1")
    for label, email in (("renamed", "new@example.org"), ("north-1", None)):
        found = ways.arrive("1", label=label, email=email).account
        assert found is not None
        assert (found.name, found.identities[0].label, found.identities[0].email) == (ann.name, label, email)
    assert ways.arrive("2", label="north-1", email="ann@example.org").account is None
    assert ways.arrive("1", kind="south", email="ann@example.org").account is None


def test_what_changes_at_a_provider_is_on_record(world: World, ways: Ways) -> None:
    name = ways.open("1", label="old").name
    ways.arrive("1", label="old")
    ways.arrive("1", label="new", email="new@example.org")
    ways.arrive("1", label="new", email="new@example.org")
    told = world.trail.select(account=name).rows
    assert [one.what for one in told] == ["way in changed", "registered"]
    assert told[0].before == {"way": "north", "label": "old", "email": None}
    assert told[0].after == {"way": "north", "label": "new", "email": "new@example.org"}


def test_a_verified_address_is_a_reason_to_ask_and_never_links(ways: Ways) -> None:
    mine = ways.world.join("ann@example.org")
    arrived = ways.arrive("1", email="Ann@Example.org")
    assert (arrived.account, arrived.has_account) == (None, True)
    assert ways.arrive("2").has_account is False
    other = ways.service.open(Opening(pending=arrived.pending))
    assert other.name != mine.name
    # The address of a second provider is as good a reason.
    ways.open("4", email="bob@example.org")
    assert ways.arrive("5", kind="south", email="bob@example.org").has_account is True


def test_an_address_that_is_not_confirmed_here_is_no_reason(ways: Ways) -> None:
    ways.world.register("ann@example.org")
    assert ways.arrive("1", email="ann@example.org").has_account is False


def test_a_provider_never_makes_an_admin(ways: Ways) -> None:
    assert ways.open("1", email="boss@example.org").admin is False


def test_both_proven_make_two_ways_into_one(ways: Ways) -> None:
    mine = ways.world.join("ann@example.org")
    linked = ways.service.link(mine.name, Pending(pending=ways.arrive("1").pending))
    assert [one.kind for one in linked.identities] == ["email", "north"]
    found = ways.arrive("1").account
    assert found is not None
    assert found.name == mine.name == ways.world.login().name


def test_a_proof_counts_once_and_for_minutes(ways: Ways) -> None:
    mine, proof = ways.world.join("ann@example.org"), ways.arrive("1").pending
    ways.service.look(Pending(pending=proof))
    ways.service.link(mine.name, Pending(pending=proof))
    with pytest.raises(NotFoundError, match="used, or is too old"):
        ways.service.link(mine.name, Pending(pending=proof))
    late = ways.arrive("2").pending
    ways.world.clock.move(ARRIVAL_LIFETIME + timedelta(seconds=1))
    for pending in (proof, late, "nobody-has-this-one"):
        with pytest.raises(NotFoundError, match="used, or is too old"):
            ways.service.link(mine.name, Pending(pending=pending))
        with pytest.raises(NotFoundError):
            ways.service.open(Opening(pending=pending))
        with pytest.raises(NotFoundError):
            ways.service.look(Pending(pending=pending))


def test_what_is_linked_to_somebody_else_stays_there(ways: Ways) -> None:
    ann, bob = ways.open("1"), ways.open("2")
    pending = ways.arrive("3").pending
    ways.link(ann, "3", kind="north")
    for act in (
        lambda: ways.arrive("1", link=bob.name),
        lambda: ways.service.link(bob.name, Pending(pending=pending)),
    ):
        with pytest.raises(ConflictError, match="another account already") as refused:
            act()
        assert refused.value.rule == "linked_elsewhere"
    # Linking what is linked already changes nothing.
    assert len(ways.link(ann, "1", kind="north").identities) == 2


def test_two_windows_open_one_account(ways: Ways) -> None:
    first, second = ways.arrive("1").pending, ways.arrive("1").pending
    opened = ways.service.open(Opening(pending=first))
    assert ways.service.open(Opening(pending=second)).name == opened.name


def test_of_many_at_once_one_gets_the_identity(ways: Ways) -> None:
    people = [ways.open(f"own-{number}") for number in range(6)]

    def take(person: Account) -> str:
        try:
            return ways.link(person, "wanted").name
        except ConflictError:
            return ""

    with ThreadPoolExecutor(len(people)) as pool:
        got = [name for name in pool.map(take, people) if name]
    assert len(got) == 1
    found = ways.arrive("wanted", kind="south").account
    assert found is not None
    assert [found.name] == got


def test_of_many_openings_of_one_proof_there_is_one_account(ways: Ways) -> None:
    pending = ways.arrive("1").pending

    def attempt(_number: int) -> str | None:
        try:
            return ways.service.open(Opening(pending=pending)).name
        except NotFoundError:
            return None

    with ThreadPoolExecutor(6) as pool:
        names = {name for name in pool.map(attempt, range(6)) if name}
    assert len(names) == 1
    assert len(ways.world.accounts()) == 1


def test_a_way_in_goes_while_another_remains(ways: Ways) -> None:
    ann = ways.link(ways.open("1"), "2")
    first, second = ann.identities
    left = ways.service.unlink(ann.name, first.id)
    assert [one.kind for one in left.identities] == ["south"]
    with pytest.raises(ConflictError, match="only way into") as refused:
        ways.service.unlink(ann.name, second.id)
    assert refused.value.rule == "last_way_in"
    with pytest.raises(NotFoundError):
        ways.service.unlink(ann.name, first.id)
    # What was unlinked is free: it opens or joins an account like any other.
    assert ways.arrive("1").account is None


def test_of_two_at_once_one_way_in_stays(ways: Ways) -> None:
    for number in range(5):
        ann = ways.link(ways.open(f"a{number}"), f"b{number}")

        def unlink(identity: int, name: str = ann.name) -> bool:
            try:
                ways.service.unlink(name, identity)
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(unlink, [one.id for one in ann.identities]))
        assert sorted(done) == [False, True]


def test_nobody_unlinks_anothers(ways: Ways) -> None:
    ann, bob = ways.link(ways.open("1"), "2"), ways.link(ways.open("3"), "4")
    with pytest.raises(NotFoundError):
        ways.service.unlink(bob.name, ann.identities[0].id)


def test_a_visitor_has_nothing_to_link_to(ways: Ways) -> None:
    visitor = ways.world.visit()
    with pytest.raises(ForbiddenError):
        ways.link(visitor, "1")
    with pytest.raises(ForbiddenError):
        ways.service.link(visitor.name, Pending(pending=ways.arrive("1").pending))


def test_what_is_asked_has_to_be_answered_and_new_terms_ask_again(world: World) -> None:
    asking = {"ask_affiliation": True, "terms_url": "https://example.org/terms"}
    ways = Ways(world, **asking, terms_version="1")
    arrived = ways.arrive("1")
    assert arrived.asks == ["affiliation", "terms"]
    for missing, answers in (
        ("affiliation", {"terms": "1"}),
        ("terms", {"affiliation": "ESA"}),
        ("terms", {"affiliation": "ESA", "terms": "0"}),
    ):
        with pytest.raises(InvalidValueError) as refused:
            ways.service.open(Opening(pending=arrived.pending, **answers))
        assert refused.value.field == missing
    # A refusal costs nobody the proof.
    answers = {"display": " Ann  ", "affiliation": "ESA", "terms": "1"}
    ann = ways.service.open(Opening(pending=arrived.pending, **answers))
    assert (ann.display, ann.affiliation, ann.terms, ann.asks) == ("Ann", "ESA", "1", [])
    assert ann.accepted == world.clock.now()

    later = Ways(world, **asking, terms_version="2")
    found = later.arrive("1").account
    assert found is not None
    assert found.asks == ["terms"]
    with pytest.raises(InvalidValueError):
        later.service.edit(ann.name, AccountEdit(terms="1"))
    assert later.service.edit(ann.name, AccountEdit(terms="2")).asks == []


def test_visitors_are_asked_nothing(world: World) -> None:
    accounts = Ways(world, ask_affiliation=True).accounts
    assert accounts.get(world.visit().name).asks == []
    assert accounts.get(world.join("bob@example.org").name).asks == ["affiliation"]


def test_people_say_who_they_are(ways: Ways) -> None:
    ann = ways.open("1")
    said = ways.service.edit(ann.name, AccountEdit(display="Dr Ann", affiliation="ROE"))
    assert (said.name, said.display, said.affiliation) == (ann.name, "Dr Ann", "ROE")
    assert ways.service.edit(ann.name, AccountEdit(affiliation="")).display == "Dr Ann"
    with pytest.raises(NotFoundError):
        ways.service.edit("nobody", AccountEdit(display="x"))


def test_a_name_stays_on_its_line_and_in_its_place(ways: Ways) -> None:
    """Whoever says it: its owner, first or later, or an admin."""
    ann = ways.open("1", display="Dr\u202e\nAnn")
    assert ann.display == "Dr Ann"
    assert ways.service.edit(ann.name, AccountEdit(display="\u2066Ann\r\nB")).display == "Ann B"
    assert ways.service.edit(ann.name, AccountEdit(display="\u200b\u3164")).display == "Ann B"
    settings = AccountSettings(display="A\u200bnn\u202e", affiliation="\u202eROE")
    changed = ways.world.admin.change(ann.name, settings, ROOT)
    assert (changed.display, changed.affiliation) == ("Ann", "ROE")


@pytest.mark.parametrize("kind", ["email", "Email", "a b", "", "x" * 21, "../x"])
def test_no_provider_stands_for_the_log_in_by_email(kind: str) -> None:
    with pytest.raises(ValidationError):
        Arrival(kind=kind, subject="ann@example.org")


def test_deleting_an_account_frees_its_ways_in(ways: Ways) -> None:
    ann = ways.open("1")
    ways.world.end(ann.name)
    again = ways.open("1")
    assert again.name != ann.name, "nobody inherits a home"
