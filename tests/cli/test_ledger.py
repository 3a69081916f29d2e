"""``aglais ledger verify``: sound books, books with a fault, and the repair of them, on each kind of database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.cli.conftest import Terminal, run, run_process

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.platform import Platform


@pytest.fixture
def books(platform: Platform) -> dict[str, str]:
    """Where the books of a platform are on which something is booked, as settings."""
    platform.grant(8)
    for number in range(3):
        answer = platform.book("tiny", startdate=(platform.clock.now() + timedelta(days=number)).isoformat())
        assert answer.status_code == 201, answer.text
    settings = platform.settings
    return {"AGLAIS_STATE": str(settings.state_folder), "AGLAIS_BOOKINGS_URL": settings.database_url("bookings")}


def spoil(platform: Platform) -> None:
    """Take a core off what a node of the tree says is left, behind the services' back."""
    database = platform.parts.bookings._requests.database
    with database.engine.execution_options(aglais_write=True).begin() as connection:
        changed = connection.execute(text("UPDATE nodes SET low_cores = low_cores - 1000 WHERE level = 3"))
        assert changed.rowcount


def test_sound_books_end_with_0(books: dict[str, str]) -> None:
    done = run("ledger", "verify", **books)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("All adds up: ")
    report = json.loads(run("ledger", "verify", "--json", **books).stdout)
    assert (report["sound"], report["faults"], report["repaired"]) == (True, [], 0)
    assert report["entries"] >= 4


def test_a_fault_is_told_and_repaired(platform: Platform, books: dict[str, str]) -> None:
    spoil(platform)
    done = run("ledger", "verify", **books)
    assert done.returncode == 1
    assert "fault" in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[-1] == "To write anew what is wrong: aglais ledger verify --repair"
    mended = run("ledger", "verify", "--repair", **books)
    assert mended.returncode == 0, mended.stdout
    assert "and all adds up now." in mended.stdout
    assert run("ledger", "verify", **books).returncode == 0
    # What is free is what it was.
    assert platform.call("GET", "available/select").json()["rows"][1]["packages"]["tiny"] == 7


def test_the_report_as_json_says_whether_it_is_sound_now(platform: Platform, books: dict[str, str]) -> None:
    spoil(platform)
    report: dict[str, Any] = json.loads(run("ledger", "verify", "--json", **books).stdout)
    assert (report["sound"], bool(report["faults"]), report["repaired"]) == (False, True, 0)
    report = json.loads(run("ledger", "verify", "--repair", "--json", **books).stdout)
    assert (report["sound"], bool(report["faults"])) == (True, True)
    assert report["repaired"] >= 1


def test_on_a_terminal_there_is_a_bar(books: dict[str, str]) -> None:
    terminal = Terminal("ledger", "verify", **books)
    terminal.read_until("All adds up: ")
    assert "checking" in terminal.shown
    assert terminal.end() == 0
    assert run_process("ledger", "verify", **books).stderr == ""


def test_where_there_are_no_books_it_says_so_and_makes_none(tmp_path: Path) -> None:
    done = run("ledger", "verify", AGLAIS_STATE=str(tmp_path), AGLAIS_BOOKINGS_URL="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("There are no books at ")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "bookings.db").touch()
    done = run("ledger", "verify", AGLAIS_STATE=str(tmp_path))
    assert done.returncode == 1
    assert "aglais migrate" in done.stderr
