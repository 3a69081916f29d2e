"""Links that log somebody in: once for other front ends, until a date for a workshop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.tables import AccountRow, LoginTokenRow
from aglais_hub.errors import AglaisError, ForbiddenError, InvalidValueError, NotFoundError, TooManyError
from aglais_hub.wire.accounts import Account, BatchRequest, LoginTokenRequest, TokenLogin
from aglais_hub.wire.admin import AccountSettings, Suspension
from tests.accounts.conftest import World
from tests.support.hub import USER

if TYPE_CHECKING:
    from tests.support.platform import Platform


def make(world: World, name: str = "ann", *, by_admin: bool = False, **more: Any) -> str:
    return world.tokens.make(name, LoginTokenRequest(**more), by_admin=by_admin).token


def take(world: World, token: str, place: str = "") -> Account:
    return world.tokens.login(TokenLogin(token=token, address=place))


def batch(world: World, number: int = 3, name: str = "gaia", *, days: int = 7, level: int = 1) -> list[str]:
    until = world.clock.now() + timedelta(days=days)
    found = world.workshops.open(BatchRequest(number=number, name=name, until=until, level=level), "root")
    return [parse_qs(urlsplit(card.url).query)["token"][0] for card in found.rows]


def test_a_token_logs_in_once(world: World) -> None:
    world.join()
    token = make(world)
    assert take(world, token).name == "ann"
    with pytest.raises(InvalidValueError, match="used already"):
        take(world, token)


def test_of_a_hundred_at_once_one_gets_in(world: World) -> None:
    world.join()
    token = make(world)

    def knock(number: int) -> str:
        try:
            return take(world, token, f"10.0.0.{number}").name
        except AglaisError as error:
            return error.message

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(knock, range(100)))
    assert (answers.count("ann"), answers.count("This link was used already.")) == (1, 99)


def test_a_token_counts_for_minutes(world: World) -> None:
    world.join()
    token = make(world)
    world.clock.move(timedelta(minutes=5))
    with pytest.raises(InvalidValueError, match="expired"):
        take(world, token)
    token = make(world, seconds=600)
    world.clock.move(timedelta(seconds=599))
    assert take(world, token).name == "ann"


def test_a_made_up_token_is_not_known_and_not_guessed_at_leisure(world: World) -> None:
    for number in range(60):
        with pytest.raises(NotFoundError):
            take(world, f"guess-{number}", "10.0.0.1")
    with pytest.raises(TooManyError):
        take(world, "guess", "10.0.0.1")


def test_a_link_that_was_used_is_no_guess(world: World) -> None:
    """A class behind one network address, in which everybody loads the page again."""
    world.join()
    token, other = make(world), make(world)
    take(world, token, "10.0.0.1")
    for _ in range(70):
        with pytest.raises(InvalidValueError, match="used already"):
            take(world, token, "10.0.0.1")
    assert take(world, other, "10.0.0.1").name == "ann"


def test_a_token_is_not_a_way_to_become_an_admin(world: World) -> None:
    world.join("boss@example.org")
    with pytest.raises(ForbiddenError):
        make(world, "boss")
    assert take(world, make(world, "boss", by_admin=True)).admin


def test_no_token_is_made_for_an_account_that_is_no_way_in(world: World) -> None:
    root = Manager("root", is_admin=True)
    ends = world.clock.now() + timedelta(hours=1)
    for name in ("ann", "ben", "cat"):
        world.join(f"{name}@example.org")
    world.admin.suspend("ann", Suspension(reason="Mining coins."), root)
    world.end("ben")
    world.admin.change("cat", AccountSettings(expires=ends), root)
    world.clock.move(timedelta(hours=1))
    for name, said in {"ann": "suspended: Mining coins", "ben": "has ended", "cat": "has ended"}.items():
        with pytest.raises(ForbiddenError, match=said):
            make(world, name)


def test_no_token_is_kept_as_it_is_told(world: World) -> None:
    world.join()
    tokens = [make(world), *batch(world)]
    with world.database.read() as session:
        kept = [repr(row) for row in session.execute(select(LoginTokenRow.__table__))]
    assert len(kept) == 4
    assert not any(token in row for token in tokens for row in kept)


def test_the_address_of_a_token_brings_it_and_where_to_go(world: World) -> None:
    world.join()
    made = world.tokens.make("ann", LoginTokenRequest(next="/user/ann/lab"), by_admin=False)
    assert made.url.startswith("http://127.0.0.1:8000/hub/token-login?")
    assert parse_qs(urlsplit(made.url).query) == {"token": [made.token], "next": ["/user/ann/lab"]}
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        with pytest.raises(ValueError, match="next"):
            LoginTokenRequest(next=elsewhere)


def test_the_cards_of_a_workshop_log_in_until_the_date_as_often_as_wanted(world: World) -> None:
    first, second, third = batch(world, level=2)
    account = take(world, first)
    assert (account.name, account.level, account.expires) == ("gaia-01", 2, world.clock.now() + timedelta(days=7))
    assert take(world, first).name == "gaia-01"
    assert take(world, third).name == "gaia-03"
    world.clock.move(timedelta(days=7))
    with pytest.raises(InvalidValueError, match="expired"):
        take(world, second)
    assert world.service.has_ended("gaia-02")


def test_names_of_a_batch_are_never_somebody_elses(world: World) -> None:
    world.join("gaia-02@example.org")
    batch(world, 2)
    world.workshops.add("gaia", 1, "root")
    names = [account.name for account in world.accounts()]
    assert names == ["gaia-01", "gaia-02", "gaia-03", "gaia-04"]


def test_a_batch_ends_in_the_future(world: World) -> None:
    with pytest.raises(InvalidValueError, match="has been"):
        batch(world, days=0)
    with pytest.raises(InvalidValueError, match="Nobody"):
        batch(world, name="guest")


# ---- over HTTP


def test_who_may_make_tokens_and_batches(platform: Platform) -> None:
    until = (platform.clock.now() + timedelta(days=1)).isoformat()
    body = {"number": 2, "name": "gaia", "until": until}
    for caller in ("ada", "hub-parts"):
        assert platform.call("POST", "accounts/batch", caller, json=body).status_code == 403
        assert platform.call("POST", "accounts/gaia-01/login-tokens", caller, json={}).status_code == 403
    made = platform.call("POST", "accounts/batch", "root", json=body)
    assert made.status_code == 201
    assert [row["account"] for row in made.json()["rows"]] == ["gaia-01", "gaia-02"]
    token = platform.call("POST", "accounts/gaia-01/login-tokens", "root", json={"seconds": 60})
    assert token.status_code == 201
    given = {"token": token.json()["token"]}
    assert platform.call("POST", "accounts/token-login", "ada", json=given).status_code == 403
    assert platform.call("POST", "accounts/token-login", "hub-parts", json=given).json()["name"] == "gaia-01"
    assert platform.call("POST", "accounts/token-login", "hub-parts", json=given).status_code == 400


def test_a_token_of_the_hub_counts_no_more_when_its_account_has_ended(platform: Platform) -> None:
    with platform.parts.databases[0].write() as session:
        ends = platform.clock.now() + timedelta(hours=1)
        row = AccountRow(name=USER, level=1, display="Uma", created=platform.clock.now(), expires=ends)
        session.add(row)
    assert platform.call("GET", f"accounts/{USER}", USER).status_code == 200
    platform.clock.move(timedelta(hours=1))
    platform.parts.callers._kept.clear()
    assert platform.call("GET", f"accounts/{USER}", USER).status_code == 401
