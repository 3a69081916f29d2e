"""What a stranger can find out by trying often: neither a password, nor who has an account."""

from __future__ import annotations

import math
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.errors import AglaisError, BadCredentialsError, InvalidValueError, TooManyError
from aglais_hub.wire.accounts import LoginTokenRequest, MailRequest, Registration, TokenLogin
from tests.accounts.conftest import PASSWORD, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GUESSES = int(os.environ.get("AGLAIS_TEST_GUESSES", "600"))
TRIES = int(os.environ.get("AGLAIS_TEST_TRIES", "60"))
UNLIKELY = 1e-4


def test_guesses_across_addresses_are_bounded_and_the_owners_still_get_in(world: World) -> None:
    owners = [f"owner-{number}@example.org" for number in range(4)]
    devices = {}
    for owner in owners:
        world.join(owner)
        devices[owner] = world.login(owner).device or ""

    def guess(number: int) -> str:
        place = f"10.{number % 7}.{number // 7 % 200}.1"
        try:
            world.login(owners[number % len(owners)], f"guess number {number}", place)
        except AglaisError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(guess, range(GUESSES)))
    # Fifty an hour for each address, wherever they come from.
    assert codes["in"] == 0
    assert codes["bad_credentials"] <= 50 * len(owners)
    assert set(codes) <= {"bad_credentials", "too_many"}
    assert codes["too_many"] > 0.9 * (GUESSES - 50 * len(owners))
    for owner in owners:
        with pytest.raises(TooManyError):
            world.login(owner, place="192.0.2.9")
        assert world.login(owner, place="192.0.2.9", device=devices[owner]).identities[0].subject == owner


def test_a_clock_that_was_wrong_keeps_nobody_out(world: World) -> None:
    world.join()

    def keep_out() -> None:
        for _ in range(10):
            with pytest.raises(BadCredentialsError):
                world.login(password="a wrong one, once more")
        with pytest.raises(TooManyError):
            world.login()

    # A step back is no way around the limit, and makes it no longer than twice as long.
    keep_out()
    world.clock.move(timedelta(minutes=-10))
    with pytest.raises(TooManyError):
        world.login()
    world.clock.move(timedelta(minutes=25))
    world.login()
    # For a day it was a year ahead.
    world.clock.move(timedelta(days=365))
    keep_out()
    world.clock.move(timedelta(days=-365))
    world.login()


def test_codes_and_tokens_outlive_a_clock_that_is_set_back(world: World) -> None:
    world.register()
    code = world.code()
    world.clock.move(timedelta(hours=-1))
    name = world.confirm(code).name
    made = world.tokens.make(name, LoginTokenRequest(seconds=300), by_admin=True)
    world.clock.move(timedelta(hours=-1))
    assert world.tokens.login(TokenLogin(token=made.token)).name == name
    with pytest.raises(InvalidValueError, match="used already"):
        world.tokens.login(TokenLogin(token=made.token))


@pytest.mark.parametrize("act", ["login", "forgot", "resend", "register"])
def test_the_time_of_an_answer_tells_nothing_about_an_address(world: World, act: str) -> None:
    world.join("known@example.org")

    def ask(address: str) -> None:
        if act == "login":
            with pytest.raises(AglaisError):
                world.login(address, "wrong password")
        elif act == "register":
            world.emails.register(Registration(email=address, password=PASSWORD))
        else:
            getattr(world.emails, act)(MailRequest(email=address))

    # Times that are the same fail in one of ten thousand measurements by chance; so what fails is measured once more,
    # and both fail in one of a hundred million. A difference that there is shows in both.
    assert any(
        probability_of_same(*measured(world, ask, "known@example.org", "other@example.org")) > UNLIKELY
        for _ in range(2)
    )


def measured(world: World, ask: Callable[[str], None], *addresses: str) -> list[list[float]]:
    """The seconds of as many answers for each address, asked in a random order so that all share what else goes on."""
    chance = random.Random(7)
    taken: dict[str, list[float]] = {address: [] for address in addresses}
    for number in range(TRIES + 5):
        for address in chance.sample(addresses, len(addresses)):
            # Limits count anew, mails have gone.
            world.clock.move(timedelta(hours=2))
            world.outbox.send_due()
            begun = time.perf_counter()
            ask(address)
            if number >= 5:
                taken[address].append(time.perf_counter() - begun)
    return list(taken.values())


def probability_of_same(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p of the Mann-Whitney test: how likely ranks differ so much where there is no difference."""
    ranks = {value: rank for rank, value in enumerate(sorted([*one, *other]), 1)}
    first, second = len(one), len(other)
    u = sum(ranks[value] for value in one) - first * (first + 1) / 2
    z = (u - first * second / 2) / math.sqrt(first * second * (first + second + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def test_the_measure_sees_a_difference_where_there_is_one() -> None:
    chance = random.Random(1)
    same = [[chance.gauss(1, 0.2) for _ in range(200)] for _ in range(2)]
    assert probability_of_same(*same) > UNLIKELY
    assert probability_of_same(same[0], [value + 0.2 for value in same[1]]) < UNLIKELY
