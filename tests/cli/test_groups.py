"""``aglais groups``: made, shared, booked on and left, as somebody at a terminal does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Aglais
from tests.cli.test_asking import squeezed
from tests.support.people import open_accounts

if TYPE_CHECKING:
    from tests.support.platform import Platform


@pytest.fixture
def command(lite: Platform) -> Aglais:
    open_accounts(lite, "ada", "ben")
    made = Aglais(lite)
    made.grant()
    return made


def test_a_group_is_made_shared_booked_on_and_deleted(command: Aglais) -> None:
    assert "You are in no group" in command("groups", "list").stdout
    made = command("groups", "create", "astro", "--owner", "ada", "--display", "Dwarf galaxies", caller="root")
    assert made.returncode == 0, made.stderr
    day = f"{command.now:%Y-%m-%d}"
    given = command("groups", "budget", "astro", "6", "--from", day, "--until", "2099-12-31", caller="root")
    assert "6 of 6 core-hours left" in given.stdout
    assert "ben" in command("groups", "add", "astro", "ben@example.org").stdout
    booked = command("book", "small", "--for", "2h", "--group", "astro", "--json", caller="ben")
    assert json.loads(booked.stdout)["group"] == "astro"
    refused = command("book", "small", "--for", "2h", "--group", "astro")
    assert refused.returncode == 1
    assert "astro has 2.00 of 6.00 core-hours left" in refused.stdout + refused.stderr
    made_by_ben = json.loads(booked.stdout)["id"]
    assert "Charged to no group: small" in command("charge", made_by_ben, "--none", caller="ben").stdout
    assert "charged to astro" in command("charge", "current", "astro", caller="ben").stdout
    assert command("charge", made_by_ben, caller="ben").returncode == 2
    shown = command("groups", "show", "astro").stdout
    assert "0 of 6 core-hours left until 2099-12-31: 0 used, 4 booked ahead, 2 held by open offers." in squeezed(shown)
    assert "Dwarf galaxies" in command("groups", "list", caller="ben").stdout
    shares = squeezed(command("groups", "use", "astro").stdout)
    assert "ben Ben member 0 4" in shares
    assert shares.index("ben") < shares.index("ada"), "who has most comes first"
    alone = command("groups", "leave", "astro", "ada")
    assert (alone.returncode, "Make another member an owner first" in alone.stderr) == (1, True)
    assert command("groups", "add", "astro", "ben", "--owner").returncode == 0
    assert "not in astro any more" in command("groups", "leave", "astro", "ada").stdout
    assert command("groups", "show", "astro").returncode == 1
    assert command("groups", "budget", "astro", "--none", caller="root").returncode == 0
    assert "Nothing limits what it books" in command("groups", "use", "astro", caller="ben").stdout
    assert command("groups", "delete", "astro", caller="ben").returncode == 2, "what becomes of the files is to be said"
    assert "is deleted" in command("groups", "delete", "astro", "--files", "keep", caller="ben").stdout


def test_what_makes_no_sense_is_told_at_once(command: Aglais) -> None:
    assert command("groups", "budget", "astro").returncode == 2
    assert command("groups", "budget", "astro", "5").returncode == 2
    assert command("groups", "delete", "astro", "--files", "burn").returncode == 2


def test_the_end_of_a_budget_is_told_in_the_reader_s_own_zone(command: Aglais) -> None:
    command("groups", "create", "astro", "--owner", "ada", caller="root")
    zone = ("--tz", "America/New_York")
    command("groups", "budget", "astro", "6", "--from", "2098-01-01", "--until", "2098-12-31", *zone, caller="root")
    early = command("book", "small", "--for", "2h", "--group", "astro", *zone)
    said = squeezed(early.stdout + early.stderr)
    assert "the budget of astro begins only at Wed 1 Jan 2098 00:00" in said
    assert "2098-01-01T05" not in said
    assert "left from 2098-01-01 until 2098-12-31" in squeezed(command("groups", "show", "astro", *zone).stdout)


def test_what_others_call_themselves_gives_the_terminal_no_orders(command: Aglais) -> None:
    names = ("--display", "\x1b[31m[/b]", "--note", "\x1b[2J[/i]")
    made = command("groups", "create", "astro", "--owner", "ada", *names, caller="root")
    listed, shown = (command("groups", *way) for way in (("list",), ("show", "astro")))
    for done in (made, listed, shown):
        assert "[31m[/b]" in done.stdout
        assert "\x1b" not in done.stdout
    # A note is not cleaned when it is written, so it is when it is shown.
    assert "·[2J[/i]" in shown.stdout
