"""Booking from the command line, against a served platform."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aglais_hub.wire.accounts import Account, AccountRows
from aglais_hub.wire.base import ErrorAnswer
from aglais_hub.wire.bookings import Booking, BookingRows, Phase
from aglais_hub.wire.resources import Available
from tests.cli.conftest import run
from tests.support.ports import free_port
from tests.support.turns import midnight

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Aglais

ID = re.compile(r"\bid ([0-9a-f]{8})\b")


def booked(aglais: Aglais, *arguments: str, caller: str = "ada") -> Booking:
    done = aglais("book", *arguments, "--json", caller=caller)
    assert done.returncode == 0, done.stderr
    return Booking.model_validate_json(done.stdout)


def visitor(aglais: Aglais) -> Account:
    with aglais.platform.client("hub-parts") as client:
        return client.try_account("127.0.0.1")


def test_what_is_free_is_a_table_that_fits(aglais: Aglais) -> None:
    booked(aglais, "medium", "--for", "10d")
    done = aglais("available")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["tiny", "small", "medium", "large"]
    assert "32 GiB" in lines[2]
    days = [line for line in lines[3:] if line.endswith("full")]
    assert len(days) == 7
    assert days[1].split() == ["tomorrow", "4", "2", "1", "full"]
    # Figures end where their package's name ends.
    assert {line.index("full") + 4 for line in days} == {len(lines[0])}
    assert max(map(len, lines)) <= 80
    assert lines[-1].endswith("Times in Europe/London.")


def test_more_packages_than_fit_go_into_another_table(aglais: Aglais) -> None:
    for name in ("astronomers", "botanists", "chemists", "dermatologists"):
        request = {"name": f"for-{name}", "notebook_cores": 1, "notebook_memory": 1024}
        assert aglais.platform.call("POST", "packages/create", "root", json=request).status_code == 201
    lines = aglais("available").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    heads = [line.split() for line in lines if re.search("tiny|astronomers|dermatologists", line)]
    assert {name for head in heads for name in head} == {
        package.name for package in aglais.platform.parts.packages.select().rows
    }
    assert len(heads) == 2


def test_by_the_hour_the_day_is_named_once(aglais: Aglais) -> None:
    done = aglais("available", "tiny", "--grain", "hour", "--from", "tomorrow")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("tomorrow") == 1
    # A day on which the clock is changed has an hour less, or more.
    hours = (midnight(aglais.now, 2) - midnight(aglais.now, 1)) // timedelta(hours=1)
    assert len(re.findall(r"\d\d:00", done.stdout)) == hours
    assert "medium" not in done.stdout


def test_where_nothing_is_granted_it_is_closed(aglais: Aglais) -> None:
    done = aglais("available", "--from", "2299-01-01", "--until", "2299-01-01")
    assert done.stdout.splitlines()[3].split()[-4:] == ["closed"] * 4


def test_a_booking_is_made_and_told(aglais: Aglais) -> None:
    done = aglais("book", "small", "--for", "90m", "--note", "Pleiades")
    assert done.returncode == 0, done.stderr
    assert "Booked small, now to " in done.stdout
    assert "2 cores, 8 GiB" in done.stdout
    assert "1 h 30 min left" in done.stdout
    assert f"{aglais.platform.url}hub/spawn" in done.stdout
    listed = aglais("bookings").stdout
    assert ID.search(done.stdout).group(1) in listed  # type: ignore[union-attr]
    assert "Pleiades" in listed
    assert max(map(len, listed.splitlines())) <= 80


def test_days_are_days_of_the_zone_and_the_last_is_included(aglais: Aglais) -> None:
    summer = booked(aglais, "tiny", "--from", "2030-06-08", "--until", "2030-06-10")
    assert (summer.start.isoformat(), summer.end.isoformat()) == (
        "2030-06-07T23:00:00+00:00",
        "2030-06-10T23:00:00+00:00",
    )
    one = booked(aglais, "tiny", "--from", "2030-06-12", "--tz", "UTC")
    assert one.end - one.start == timedelta(days=1)
    assert one.start.hour == 0


def test_without_an_end_it_is_two_hours(aglais: Aglais) -> None:
    made = booked(aglais, "tiny")
    assert made.end - made.start == timedelta(hours=2)
    assert made.phase is Phase.AVAILABLE


def test_the_same_key_books_once(aglais: Aglais) -> None:
    first = booked(aglais, "tiny", "--key", "nightly-42")
    assert booked(aglais, "tiny", "--key", "nightly-42").id == first.id


def test_a_refusal_lists_offers_with_the_command_for_each(aglais: Aglais) -> None:
    booked(aglais, "medium", "--for", "3h", caller="ben")
    done = aglais("book", "large", "--for", "1h")
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert done.stdout == ""
    assert "large does not fit: the capacity is taken by other bookings." in done.stderr
    assert "kept for you for 5 min; times in Europe/London:" in done.stderr
    assert re.search(r"large +(today|tomorrow) .* 3 h later +aglais accept", done.stderr), done.stderr
    assert re.search(r"medium +now to .* \(1\sh\) +smaller +aglais accept", done.stderr), done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 80
    commands = re.findall(r"aglais (accept [0-9a-f]{8})", done.stderr)
    taken = aglais(*next(re.search(r"accept [0-9a-f]{8}", line)[0] for line in lines if "medium" in line).split())
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.startswith("Booked medium, now to ")
    # The other offers are let go.
    assert [aglais(*command.split()).returncode for command in commands].count(0) == 0


def test_a_refusal_as_json_is_the_answer_of_the_interface(aglais: Aglais) -> None:
    booked(aglais, "large", "--for", "3h", caller="ben")
    done = aglais("book", "tiny", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    answer = ErrorAnswer.model_validate_json(done.stderr)
    assert (answer.error.code, answer.error.rule) == ("refused", "capacity")
    offers = [Booking.model_validate(offer) for offer in answer.offers or []]
    assert (offers[0].phase, offers[0].kind) == (Phase.OFFERED, "earliest")
    assert (answer.why or "").rpartition("/")[0].endswith("/decisions")


@pytest.mark.parametrize(
    ("arguments", "path", "model"),
    [
        (
            ["available", "--from", "2030-01-01", "--until", "2030-01-07", "--tz", "Europe/London"],
            "available/select?range=2030-01-01,2030-01-07&grain=day&tz=Europe/London",
            Available,
        ),
        (["bookings", "--all"], "bookings/select?range=1970-01-01,2299-12-30&limit=100", BookingRows),
        (["accounts", "list"], "accounts/select?limit=100", AccountRows),
    ],
)
def test_json_is_what_the_interface_answers(aglais: Aglais, arguments: list[str], path: str, model: type) -> None:
    booked(aglais, "tiny")
    booked(aglais, "tiny", "--from", "2030-01-02")
    visitor(aglais)
    done = aglais(*arguments, "--json", caller="root")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == aglais.platform.call("GET", path, "root").json()
    assert model.model_validate_json(done.stdout)


def test_one_booking_as_json_reads_back(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--for", "1h")
    longer = Booking.model_validate_json(aglais("extend", made.id, "--by", "30m", "--json").stdout)
    assert longer.end - made.end == timedelta(minutes=30)
    over = Booking.model_validate_json(aglais("end", made.id, "--json").stdout)
    assert over.phase is Phase.COMPLETED
    assert aglais.platform.booking(made.id)["phase"] == "COMPLETED"


def test_a_booking_is_named_by_an_end_or_by_current(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--for", "1h")
    later = booked(aglais, "tiny", "--from", "2030-01-02")
    for name in ("current", made.id[-6:], made.id):
        done = aglais("extend", name, "--by", "10m")
        assert done.returncode == 0, done.stderr
        assert "Extended tiny, now to " in done.stdout
    assert aglais.platform.booking(made.id)["version"] == made.version + 3
    assert aglais("cancel", later.id[-6:]).stdout.startswith("Cancelled: tiny, Wed 2 Jan 2030 (")
    assert aglais.platform.booking(later.id)["phase"] == "CANCELLED"


def test_in_a_lab_current_is_the_booking_it_runs_under(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--for", "1h")
    booked(aglais, "tiny", "--for", "2h")
    assert "2 bookings are current" in aglais("extend").stderr
    assert aglais("extend", AGLAIS_BOOKING=made.id).returncode == 0
    assert aglais.platform.booking(made.id)["version"] == made.version + 1


def test_an_extension_that_does_not_fit_says_how_far_it_goes(aglais: Aglais) -> None:
    made = booked(aglais, "large", "--for", "1h")
    start = (made.end + timedelta(minutes=20)).isoformat()
    aglais.platform.call(
        "POST", "bookings/create", "ben", json={"package": "large", "startdate": start, "duration": "PT1H"}
    )
    refused = aglais("extend", "--by", "1h")
    assert refused.returncode == 1
    command = re.search(r"aglais (extend [0-9a-f]{8} --by 20m)", refused.stderr)
    assert command, refused.stderr
    assert aglais(*command.group(1).split()).returncode == 0


def test_cancel_does_not_stop_a_server(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--for", "1h")
    aglais.platform.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    refused = aglais("cancel", made.id[-8:])
    assert refused.returncode == 1
    assert f"aglais end {made.id[-8:]}" in refused.stderr
    assert aglais.platform.booking(made.id)["phase"] == "RUNNING"
    assert aglais("end", "--yes").stdout.startswith("Ended: tiny, now to ")
    assert aglais.platform.booking(made.id)["phase"] == "RELEASING"


def test_an_admin_sees_whose_bookings_they_are(aglais: Aglais) -> None:
    booked(aglais, "tiny")
    booked(aglais, "tiny", caller="ben")
    table = aglais("bookings", caller="root").stdout
    assert table.splitlines()[0].split() == ["id", "account", "package", "when", "state"]
    assert "ben" in table
    assert "ben" not in aglais("bookings", "--account", "ada", caller="root").stdout
    assert "account" not in aglais("bookings").stdout


def test_an_empty_list_says_what_to_do_next(aglais: Aglais) -> None:
    done = aglais("bookings")
    assert done.returncode == 0
    assert "aglais book PACKAGE" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["extend"], "Nothing is booked now. Book with `aglais book PACKAGE --for 2h`."),
        (["cancel", "0000"], "None of your bookings ends with '0000'. `aglais bookings` lists them."),
        (["cancel", "0" * 36], "There is no such booking. `aglais bookings` lists yours."),
        (["book", "huge"], "There is no package 'huge'. `aglais available` shows which there are."),
        (["book", "tiny", "--for", "2"], "'2' is not a length of time. Write 2h, 90m, 1h30, 3d, or PT2H."),
        (["book", "tiny", "--for", "2h", "--until", "fri"], "It has two ends. Give --until or --for, not both."),
        (["book", "tiny", "--tz", "Mars"], "There is no time zone 'Mars'. Name one as in Europe/London, or UTC."),
        (["run", "nowhere.ipynb"], "There is no notebook nowhere.ipynb."),
    ],
)
def test_a_mistake_is_one_sentence_and_how_to_mend_it(aglais: Aglais, arguments: list[str], said: str) -> None:
    done = aglais(*arguments)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", said)


def test_without_a_token_it_says_where_to_get_one(aglais: Aglais) -> None:
    done = aglais("bookings", AGLAIS_TOKEN="unknown")
    assert done.returncode == 1
    assert "/hub/token" in done.stderr
    assert "unknown" not in done.stderr


def test_nobody_there_is_said_in_a_sentence_and_as_json() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    done = run("bookings", "--url", url)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Nobody answers at {url}")
    assert "Traceback" not in done.stderr
    answer = ErrorAnswer.model_validate_json(run("bookings", "--url", url, "--json").stderr)
    assert answer.error.code == "service_down"


def test_a_note_gives_the_terminal_no_orders(aglais: Aglais) -> None:
    aglais.platform.book("tiny", note="[red]x[/] \x1b[2J")
    shown = aglais("bookings").stdout
    assert "[red]x[/] ·[2J" in shown
    assert "\x1b" not in shown


def test_a_class_is_booked_from_a_file(aglais: Aglais, tmp_path: Path) -> None:
    names = tmp_path / "class.csv"
    names.write_text("# Monday's\nben,Ben B.\n\ncai,Cai C.\n")
    asked = ("--accounts", str(names), "--from", "tomorrow 10:00", "--for", "1h", "--prepare")
    done = aglais("book", "tiny", *asked, "--json", caller="root")
    assert done.returncode == 0, done.stderr
    rows = BookingRows.model_validate_json(done.stdout).rows
    assert [(row.account, row.prepare) for row in rows] == [("ben", True), ("cai", True)]
    refused = aglais("book", "large", *asked, caller="root")
    assert refused.returncode == 1
    assert "none was booked" in refused.stderr
    assert "as small" in refused.stderr
    names.write_text("# nobody\n")
    assert "names no account" in aglais("book", "tiny", *asked, caller="root").stderr
