"""Accounts: by trying out, by registering, and logging in."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from aglais_hub.accounts.admin.search import Search
from aglais_hub.accounts.tables import CodeRow, IdentityRow
from aglais_hub.errors import (
    AglaisError,
    BadCredentialsError,
    ForbiddenError,
    InvalidValueError,
    NotFoundError,
    TooManyError,
)
from aglais_hub.wire.accounts import Confirmation
from tests.accounts.conftest import PASSWORD, World

# ---- trying out


def test_a_visitor_gets_a_readable_name_and_the_tiny_package(world: World) -> None:
    account = world.visit()
    assert account.name.startswith("guest-")
    assert (account.level, account.package, account.admin) == (0, "tiny", False)
    assert account.identities == []
    assert world.service.get(account.name) == account


def test_visitors_from_one_network_are_limited_and_told_when_to_come_back(world: World) -> None:
    names = {world.visit().name for _ in range(3)}
    assert len(names) == 3
    world.clock.move(timedelta(minutes=50))
    with pytest.raises(TooManyError) as refused:
        world.visit()
    assert refused.value.help == "Try again in 10 minutes."
    world.visit("10.0.0.2")
    world.clock.move(timedelta(minutes=10))
    world.visit()


def test_a_hundred_visitors_at_once_are_no_more_than_the_limit(world: World) -> None:
    def visit(_: int) -> bool:
        try:
            world.visit()
        except TooManyError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(visit, range(100))) == 3


# ---- registering


def test_registering_mails_a_code_and_opens_no_account_yet(world: World) -> None:
    world.register("  Ann@Example.ORG ", link="http://hub.example/hub/confirm/CODE")
    (mail,) = world.mails()
    assert mail["To"] == "ann@example.org"
    assert "http://hub.example/hub/confirm/" in mail.get_body(("plain",)).get_content()
    assert "http://hub.example/hub/confirm/" in mail.get_body(("html",)).get_content()
    assert world.accounts() == []


def test_confirming_opens_the_account(world: World) -> None:
    account = world.join("Ann.O'Hara+spam@Example.org")
    assert account.name == "ann-o-hara"
    assert (account.level, account.package) == (1, "small")
    assert [(one.kind, one.subject) for one in account.identities] == [("email", "ann.o'hara+spam@example.org")]
    assert account.identities[0].verified == world.clock.now()


def test_confirming_twice_gives_the_same_account(world: World) -> None:
    world.register()
    first = world.confirm()
    assert world.confirm() == first


def test_a_hundred_confirmations_at_once_open_one_account(world: World) -> None:
    world.register()
    code = world.code()
    with ThreadPoolExecutor(16) as pool:
        names = {account.name for account in pool.map(lambda _: world.confirm(code), range(100))}
    assert names == {"ann"}
    assert len(world.accounts()) == 1


def test_a_code_expires_and_says_how_to_get_another(world: World) -> None:
    world.register()
    world.clock.move(timedelta(seconds=world.settings.code_lifetime))
    with pytest.raises(InvalidValueError, match="expired") as refused:
        world.confirm()
    assert "Ask for another" in (refused.value.help or "")
    world.register()
    assert world.confirm().name == "ann"


def test_a_made_up_code_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError, match="not known"):
        world.confirm("0123456789")


def test_names_are_numbered_and_never_given_again(world: World) -> None:
    assert world.join("ann@example.org").name == "ann"
    assert world.join("ann@example.net").name == "ann-2"
    world.end("ann")
    assert world.join("ann@example.org").name == "ann-3"


def test_registering_a_known_address_answers_alike_and_mails_its_owner(world: World) -> None:
    world.join()
    world.register(password="another password")
    assert "account at Aglais already" in world.mails()[-1]["Subject"]
    with pytest.raises(BadCredentialsError):
        world.login(password="another password")
    assert world.login().name == "ann"


def test_only_the_password_counts_whose_code_was_confirmed(world: World) -> None:
    world.register(password="somebody else's")
    others = world.code()
    world.register()
    assert world.confirm().name == "ann"
    with pytest.raises(NotFoundError):
        world.confirm(others)
    assert world.login().name == "ann"
    with pytest.raises(BadCredentialsError):
        world.login(password="somebody else's")


def test_an_older_code_does_not_open_an_account_once_it_was_deleted(world: World) -> None:
    world.register(password="somebody else's")
    others = world.code()
    world.end(world.join().name)
    with pytest.raises(NotFoundError):
        world.confirm(others)


def test_two_codes_of_one_address_confirmed_at_once_open_one_account(world: World) -> None:
    codes = []
    for _ in range(4):
        world.register()
        codes.append(world.code())

    def confirm(code: str) -> str:
        try:
            return world.confirm(code).name
        except AglaisError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(confirm, codes)) == ["ann", "not_found", "not_found", "not_found"]


def test_mails_to_one_address_are_limited_known_or_not(world: World) -> None:
    world.join()
    for address in ("ann@example.org", "bob@example.org"):
        for _ in range(4 if address.startswith("ann") else 5):
            world.register(address)
        with pytest.raises(TooManyError, match="Too many mails"):
            world.register(address)
    assert len([mail for mail in world.mails() if mail["To"] == "bob@example.org"]) == 5


# ---- logging in


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(world: World) -> None:
    world.join()
    answers = []
    for address in ("ann@example.org", "nobody@example.org"):
        with pytest.raises(BadCredentialsError) as refused:
            world.login(address, "wrong password")
        answers.append((refused.value.message, refused.value.help, refused.value.field))
    assert answers[0] == answers[1]


def test_a_wrong_password_and_an_unknown_address_take_the_same_time(dear_world: World) -> None:
    dear_world.join()

    def seconds(address: str) -> float:
        # Of the processor: others on this machine take their time from both, and never the same.
        taken = []
        for number in range(5):
            begun = time.process_time()
            with pytest.raises(BadCredentialsError):
                dear_world.login(address, "wrong password", f"10.0.0.{number}")
            taken.append(time.process_time() - begun)
        return median(taken)

    # Without the hash that is computed for nobody, one would take a tenth of the other.
    assert 0.5 < seconds("ann@example.org") / seconds("nobody@example.org") < 2


def test_the_address_is_compared_without_case(world: World) -> None:
    world.join("ann@example.org")
    assert world.login(" ANN@example.org").name == "ann"


def test_an_unconfirmed_address_is_told_so_only_with_the_right_password(world: World) -> None:
    world.register()
    with pytest.raises(ForbiddenError, match="not confirmed"):
        world.login()
    with pytest.raises(BadCredentialsError):
        world.login(password="wrong password")


def test_wrong_passwords_are_limited_and_the_right_one_starts_anew(world: World) -> None:
    world.join()
    for _ in range(9):
        with pytest.raises(BadCredentialsError):
            world.login(password="wrong password")
    assert world.login().name == "ann"
    for _ in range(10):
        with pytest.raises(BadCredentialsError):
            world.login(password="wrong password")
    with pytest.raises(TooManyError) as refused:
        world.login()
    assert refused.value.help == "Try again in 15 minutes, or have a link mailed to choose a new password."
    assert world.login(place="10.0.0.2").name == "ann"
    world.clock.move(timedelta(minutes=15))
    assert world.login().name == "ann"


def test_a_hundred_guesses_at_once_are_no_more_than_the_limit(world: World) -> None:
    world.join()

    def guess(number: int) -> str:
        try:
            world.login(password=f"guess number {number}")
        except AglaisError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(guess, range(100)))
    assert (codes.count("bad_credentials"), codes.count("too_many")) == (10, 90)


def test_a_password_hashed_with_weaker_parameters_is_hashed_anew(world: World) -> None:
    world.join()
    weak = PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash(PASSWORD)
    with world.database.write() as session:
        session.scalars(select(IdentityRow)).one().secret = weak
    assert world.login().name == "ann"
    with world.database.read() as session:
        secret = session.scalars(select(IdentityRow)).one().secret
    assert secret != weak
    assert world.login().name == "ann"


# ---- accounts


def test_an_admin_is_one_whose_confirmed_address_the_settings_name(world: World) -> None:
    assert world.join("boss@EXAMPLE.org").admin
    assert not world.join("ann@example.org").admin


def test_no_address_is_confirmed_by_a_link_that_is_just_opened(world: World) -> None:
    """A program may have done so, for a stranger who has registered with it and would be invited for its owner."""
    world.register("boss@example.org")
    code = world.code()
    for browser in ("", "ann@example.org"):
        with pytest.raises(ForbiddenError, match="by hand"):
            world.emails.confirm(Confirmation(code=code, opened=browser))
    assert world.accounts() == []
    assert world.emails.confirm(Confirmation(code=code, opened="Boss@example.org ")).admin
    # Once confirmed, it only leads on.
    assert world.emails.confirm(Confirmation(code=code, opened="")).admin
    world.register("ann@example.org")
    code = world.code()
    with pytest.raises(ForbiddenError, match="by hand"):
        world.emails.confirm(Confirmation(code=code, opened=""))
    assert world.emails.confirm(Confirmation(code=code)).name == "ann"


def test_accounts_come_in_pages(world: World) -> None:
    for letter in "cab":
        world.join(f"{letter}@example.org")
    page = world.admin.select(Search(), limit=2, after="")
    assert [account.name for account in page.rows] == ["a", "b"]
    assert page.next is not None
    following = parse_qs(urlsplit(page.next).query)
    assert following["limit"] == ["2"]
    page = world.admin.select(Search(), limit=2, after=following["after"][0])
    assert ([account.name for account in page.rows], page.next) == (["c"], None)


def test_no_secret_and_no_code_is_kept_as_it_was_typed(world: World) -> None:
    world.register()
    code = world.code()
    world.confirm()
    with world.database.read() as session:
        kept = [repr(row) for table in (IdentityRow, CodeRow) for row in session.execute(select(table.__table__))]
    assert len(kept) == 2
    assert not any(PASSWORD in row or code in row for row in kept)
