"""Workshops: opened once, extended, given new links, moved and ended, whoever asks twice or at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.endings.store import EndingStore
from aglais_hub.accounts.store import AccountStore
from aglais_hub.errors import AglaisError, ConflictError, ForbiddenError, InvalidValueError, NotFoundError
from aglais_hub.wire.accounts import BatchRequest, TokenLogin
from aglais_hub.wire.admin import AccountSettings
from aglais_hub.wire.storage import Item
from aglais_hub.wire.workshops import LinksRequest, WorkshopCards, WorkshopEdit
from tests.accounts.conftest import World

if TYPE_CHECKING:
    import httpx

    from tests.support.platform import Platform

ROOT = Manager("root", is_admin=True)
DESK = Manager("desk", is_admin=False)


def opened(world: World, number: int = 3, name: str = "gaia", key: str | None = None, **more: Any) -> WorkshopCards:
    body = {"until": world.clock.now() + timedelta(days=7)} | more
    return world.workshops.open(BatchRequest(number=number, name=name, **body), "root", key)


def comes(world: World, url: str) -> str:
    """Follow the link of a card."""
    return world.tokens.login(TokenLogin(token=parse_qs(urlsplit(url).query)["token"][0])).name


def names(cards: WorkshopCards) -> list[str]:
    return [card.account for card in cards.rows]


def test_of_one_name_there_is_one_workshop(world: World) -> None:
    opened(world)
    with pytest.raises(ConflictError, match="There is a workshop gaia already") as refused:
        opened(world, 5)
    assert (refused.value.rule, refused.value.field) == ("workshop", "name")
    assert len(world.accounts()) == 3


def test_of_two_admins_at_once_one_opens_it(world: World) -> None:
    def ask(number: int) -> str:
        try:
            return ",".join(names(opened(world, 2, key=f"own-{number}")))
        except AglaisError as error:
            return error.message

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert (answers.count("gaia-01,gaia-02"), answers.count("There is a workshop gaia already.")) == (1, 5)
    assert len(world.accounts()) == 2


def test_sent_again_with_its_key_it_is_the_same_and_the_last_links_count(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: opened(world, 2, key="once"), range(4)))
    assert {tuple(names(one)) for one in answers} == {("gaia-01", "gaia-02")}
    assert len(world.accounts()) == 2
    counting = 0
    for one in answers:
        for card in one.rows:
            with suppress(NotFoundError):
                counting += bool(comes(world, card.url))
    assert counting == 2, "one link for each account"
    with pytest.raises(ConflictError, match="used already"):
        opened(world, 2, key="once")  # somebody has come by a link: it got to somebody


@pytest.mark.parametrize("other", [{"name": "stars"}, {"level": 2}, {"erase": True}])
def test_a_key_is_for_one_request(world: World, other: dict[str, Any]) -> None:
    opened(world, key="once")
    with pytest.raises(ConflictError, match="another request"):
        opened(world, key="once", **other)
    with pytest.raises(ConflictError, match="used already"):
        opened(world, 4, key="once")
    world.clock.move(timedelta(hours=1, seconds=1))
    with pytest.raises(ConflictError):
        opened(world, key="once")
    assert len(world.accounts()) == 3


def test_it_is_extended_once_and_its_names_go_on(world: World) -> None:
    opened(world, 2)
    world.end("gaia-02")
    assert names(world.workshops.add("gaia", 2, "root", "more")) == ["gaia-03", "gaia-04"]
    assert names(world.workshops.add("gaia", 2, "root", "more")) == ["gaia-03", "gaia-04"]
    found = world.workshops.get("gaia")
    assert (found.opened, found.accounts) == (4, 3)
    with pytest.raises(ConflictError, match="at most 500") as full:
        world.workshops.add("gaia", 498, "root")
    assert full.value.field == "number"
    world.clock.move(timedelta(days=7))
    with pytest.raises(ConflictError, match="is over"):
        world.workshops.add("gaia", 1, "root")
    with pytest.raises(NotFoundError):
        world.workshops.add("nothing", 1, "root")


def test_new_links_take_the_place_of_the_old_ones(world: World) -> None:
    first, second, third = opened(world).rows
    comes(world, first.url)
    made = world.workshops.renew("gaia", LinksRequest(accounts=["gaia-02", "gaia-02"]), ROOT)
    assert names(made) == ["gaia-02"]
    with pytest.raises(NotFoundError):
        comes(world, second.url)
    assert comes(world, made.rows[0].url) == "gaia-02"
    assert comes(world, third.url) == "gaia-03"
    all_of_them = world.workshops.renew("gaia", LinksRequest(), ROOT)
    assert names(all_of_them) == ["gaia-01", "gaia-02", "gaia-03"]
    for old in (first, third, made.rows[0]):
        with pytest.raises(NotFoundError):
            comes(world, old.url)
    with pytest.raises(InvalidValueError, match="no account of gaia"):
        world.workshops.renew("gaia", LinksRequest(accounts=["gaia-09"]), ROOT)
    told = [one.what for one in world.trail.select(account="gaia-02").rows]
    assert told == ["link made", "link withdrawn"] * 2 + ["opened for a workshop"]


def test_who_is_logged_out_is_so_between_the_links(world: World) -> None:
    card = opened(world, 1).rows[0]
    out: list[str] = []

    def log_out(name: str) -> None:
        with pytest.raises(NotFoundError):
            comes(world, card.url)
        out.append(name)

    object.__setattr__(world.workshops._reach, "log_out", log_out)
    made = world.workshops.renew("gaia", LinksRequest(accounts=["gaia-01"], log_out=True), ROOT)
    assert (out, comes(world, made.rows[0].url)) == (["gaia-01"], "gaia-01")


def test_no_helpdesk_becomes_an_admin_by_a_link(world: World) -> None:
    opened(world, 1)
    boss = world.join("boss@example.org")
    with world.database.write() as session:
        identity = AccountStore(session).identity("email", "boss@example.org")
        assert identity is not None
        identity.account = "gaia-01"
    assert boss.admin
    for act in (
        lambda: world.workshops.renew("gaia", LinksRequest(), DESK),
        lambda: world.workshops.end("gaia", None, DESK),
        lambda: world.workshops.edit("gaia", WorkshopEdit(erase=True), DESK),
    ):
        with pytest.raises(ForbiddenError, match="admin's account"):
            act()
    assert names(world.workshops.renew("gaia", LinksRequest(), ROOT)) == ["gaia-01"]


def test_its_end_is_moved_with_its_accounts_but_for_those_that_have_their_own(world: World) -> None:
    first, *_ = opened(world).rows
    own, later = world.clock.now() + timedelta(days=2), world.clock.now() + timedelta(days=20)
    world.admin.change("gaia-03", AccountSettings(expires=own), ROOT)
    found = world.workshops.edit("gaia", WorkshopEdit(until=later, version=1), ROOT)
    assert (found.until, found.version) == (later, 2)
    assert [account.expires for account in world.accounts()] == [later, later, own]
    with pytest.raises(ConflictError, match="Somebody else has changed"):
        world.workshops.edit("gaia", WorkshopEdit(erase=True, version=1), ROOT)
    with pytest.raises(InvalidValueError, match="has been") as past:
        world.workshops.edit("gaia", WorkshopEdit(until=world.clock.now()), ROOT)
    assert past.value.field == "until"
    world.clock.move(timedelta(days=19))
    assert comes(world, first.url) == "gaia-01"
    assert world.workshops.get("gaia").state == "ending"
    held = world.workshops.holdings("gaia")
    assert (held.accounts, held.apart) == (2, 1)
    changes = world.trail.select(account="gaia-01", what="workshop changed").rows
    assert len(changes) == 1


@pytest.mark.parametrize("erase", [False, True])
def test_it_is_ended_now(world: World, erase: bool) -> None:
    first, *_ = opened(world).rows
    forever = AccountSettings(expires=None)
    world.admin.change("gaia-02", forever, ROOT)
    ended = world.workshops.end("gaia", erase, ROOT)
    assert (ended.state, ended.until, ended.erase) == ("over", world.clock.now(), erase)
    with pytest.raises(InvalidValueError, match="expired"):
        comes(world, first.url)
    assert world.service.has_ended("gaia-01")
    assert not world.service.has_ended("gaia-02")
    with pytest.raises(ConflictError, match="over"):
        world.workshops.end("gaia", None if not erase else False, ROOT)
    if not erase:
        gone = world.workshops.end("gaia", erase=True, manager=ROOT)
        assert (gone.erase, gone.until) == (True, ended.until)


def test_one_that_is_over_opens_again_with_its_links(world: World) -> None:
    first, *_ = opened(world).rows
    world.clock.move(timedelta(days=8))
    assert world.workshops.get("gaia").state == "over"
    with pytest.raises(ConflictError, match="is over"):
        world.workshops.edit("gaia", WorkshopEdit(erase=True), ROOT)
    with pytest.raises(ConflictError, match="is over"):
        world.workshops.renew("gaia", LinksRequest(), ROOT)
    world.workshops.edit("gaia", WorkshopEdit(until=world.clock.now() + timedelta(days=2)), ROOT)
    assert comes(world, first.url) == "gaia-01"


def test_one_whose_accounts_are_removed_one_by_one(world: World) -> None:
    opened(world, 2)
    world.end("gaia-01")
    assert names(world.workshops.renew("gaia", LinksRequest(), ROOT)) == ["gaia-02"]
    with pytest.raises(ConflictError, match="has ended"):
        world.workshops.renew("gaia", LinksRequest(accounts=["gaia-01"]), ROOT)
    assert [one.ending is not None for one in world.workshops.accounts("gaia").rows] == [True, False]
    world.end("gaia-02")
    assert world.workshops.get("gaia").accounts == 0
    later = WorkshopEdit(until=world.clock.now() + timedelta(days=9))
    for act in (lambda: world.workshops.edit("gaia", later, ROOT), lambda: world.workshops.end("gaia", None, ROOT)):
        with pytest.raises(ConflictError, match="nothing is left"):
            act()


def test_who_has_come_is_seen(world: World) -> None:
    first, *_ = opened(world).rows
    world.clock.move(timedelta(hours=1))
    comes(world, first.url)
    rows = world.workshops.accounts("gaia").rows
    assert [(one.account, one.used is not None, one.seen is not None) for one in rows] == [
        ("gaia-01", True, True),
        ("gaia-02", False, False),
        ("gaia-03", False, False),
    ]
    assert world.workshops.get("gaia").come == 1


def test_long_over_and_empty_it_is_forgotten(world: World) -> None:
    opened(world, 1, "first")
    opened(world, 1, "kept")
    with world.database.write() as session:
        EndingStore(session).delete("first-01")
    world.clock.move(timedelta(days=800))
    world.trail.forget_old()
    rows = world.workshops.select(q="", state=None, after=None, limit=10).rows
    assert [row.name for row in rows] == ["kept"]


# ---- over HTTP


def create(platform: Platform, caller: str = "root", **body: Any) -> httpx.Response:
    headers = body.pop("headers", {})
    until = (platform.clock.now() + timedelta(days=7)).isoformat()
    body = {"name": "gaia", "number": 2, "until": until} | body
    return platform.call("POST", "workshops/create", caller, json=body, headers=headers)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 0),
        ("number", -3),
        ("number", 10_000),
        ("number", 501),
        ("number", "many"),
        ("level", 0),
        ("level", 101),
        ("until", "2020-01-01T00:00:00Z"),
        ("until", "tomorrow"),
        ("until", "2026-12-04T18:00:00"),
        ("name", ""),
        ("name", "Gaia"),
        ("name", "gaia 2"),
        ("name", "../gaia"),
        ("name", "gaia\x00"),
        ("name", "select"),
        ("name", "create"),
        ("name", "guest"),
        ("name", "x" * 25),
        ("name", "'; DROP TABLE workshops; --"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(lite: Platform, field: str, value: object) -> None:
    answer = create(lite, **{field: value})
    assert answer.status_code == 400, answer.text
    if "\x00" not in str(value):
        assert answer.json()["error"]["field"] == field
    assert lite.call("GET", "workshops/select", "root").json()["rows"] == []


def test_cards_bring_pictures_where_they_are_asked_for(lite: Platform) -> None:
    plain = create(lite).json()["rows"]
    assert [row["qr"] for row in plain] == ["", ""]
    more = lite.call("POST", "workshops/gaia/accounts?qr=true", "root", json={"number": 1})
    assert more.status_code == 201
    assert more.json()["rows"][0]["qr"].startswith("data:image/svg+xml")
    batch = {"name": "stars", "number": 1, "until": (lite.clock.now() + timedelta(days=1)).isoformat()}
    answer = lite.call("POST", "accounts/batch?qr=true", "root", json=batch).json()
    assert answer["rows"][0]["qr"].startswith("data:image/svg+xml")
    assert lite.call("GET", "workshops/stars", "root").json()["opened"] == 1, "a batch is a workshop"


def test_the_list_is_searched_and_comes_in_pages(platform: Platform) -> None:
    for number, days in enumerate((1, 3, 7, 9)):
        name = f"w{number}" if number else "stars"
        until = (platform.clock.now() + timedelta(days=days)).isoformat()
        assert create(platform, name=name, until=until).status_code == 201
        platform.clock.move(timedelta(seconds=1))
    first = platform.call("GET", "workshops/select?limit=3", "root").json()
    assert [row["name"] for row in first["rows"]] == ["w3", "w2", "w1"]
    after = parse_qs(urlsplit(first["next"]).query)["after"][0]
    second = platform.call("GET", f"workshops/select?limit=3&after={after}", "root").json()
    assert ([row["name"] for row in second["rows"]], second["next"]) == (["stars"], None)

    def found(query: str) -> list[str]:
        return [row["name"] for row in platform.call("GET", f"workshops/select?{query}", "root").json()["rows"]]

    platform.clock.move(timedelta(days=2))
    assert (found("state=over"), found("state=ending"), found("state=open")) == (["stars"], ["w1"], ["w3", "w2"])
    assert (found("q=TAR"), found("q=%25"), found("q=_"), found("q='")) == (["stars"], [], [], [])


def test_what_goes_with_a_workshop_is_counted_together(lite: Platform) -> None:
    lite.grant(4)
    for name in [row["account"] for row in create(lite, number=3).json()["rows"]]:
        made = lite.call(
            "POST", "bookings/create", "root", json={"account": name, "package": "tiny", "duration": "PT1H"}
        )
        assert made.status_code == 201, made.text
        lite.parts.storage.measure(
            name, [Item(space="saved", path="user/a", files=2, size=300_000, changed=lite.clock.now())]
        )
    held = lite.call("GET", "workshops/gaia/holdings", "desk").json()
    assert held == {"accounts": 3, "apart": 0, "labs": 0, "bookings": 3, "files": 6, "size": 1}


def test_a_helpdesk_runs_workshops_and_each_act_is_on_record(lite: Platform) -> None:
    assert create(lite, "ada").status_code == 403
    key = {"headers": {"Idempotency-Key": "once"}}
    first, again = create(lite, "desk", **key), create(lite, "desk", **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert create(lite, "root", **key).status_code == 409, "another's key is another key"
    later = (lite.clock.now() + timedelta(days=9)).isoformat()
    for path, body in {
        "workshops/gaia/accounts": {"number": 1},
        "workshops/gaia/links": {"accounts": ["gaia-01"], "log_out": True},
        "workshops/gaia": {"until": later},
        "workshops/gaia/end": {"erase": True},
    }.items():
        answer = lite.call("POST", path, "desk", json=body)
        assert answer.is_success, answer.text
    rows = lite.call("GET", "changes/select?by=desk&account=", "root").json()["rows"]
    said = [row["what"] for row in rows]
    assert said == [
        "workshop ended", "workshop changed", "workshop extended", "workshop links told again", "workshop opened",
    ]  # fmt: skip
    links = [row["url"] for row in first.json()["rows"]]
    trail = lite.call("GET", "changes/select?by=desk", "root").text
    assert not any(parse_qs(urlsplit(link).query)["token"][0] in trail for link in links)
    held = lite.call("GET", "workshops/gaia/holdings", "desk").json()
    assert held["accounts"] == 3
    lite.parts.ender.look()
    assert lite.call("GET", "workshops/gaia", "desk").json()["accounts"] == 0
