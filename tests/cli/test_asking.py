"""Asking for more than one time, for offers, and for changes of what is booked, from the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.wire.base import ErrorAnswer
from aglais_hub.wire.bookings import Booking, Offers, Phase
from aglais_hub.wire.resources import Available
from tests.cli.test_bookings import booked

if TYPE_CHECKING:
    from tests.cli.conftest import Aglais

TAKE = re.compile(r"aglais (accept [0-9a-f]{8})")


def squeezed(text: str) -> str:
    """With single spaces, so that it reads the same however it was broken into lines."""
    return " ".join(text.split())


# ---- several times, windows, shares


def test_several_times_are_one_booking(aglais: Aglais) -> None:
    done = aglais("book", "small", "--span", "2030-06-10 09:00/12:00", "--span", "2030-06-12 14:00/90m")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert squeezed(done.stdout).startswith(
        "Booked small, 2 times from Mon 10 Jun 2030 09:00 until Wed 12 Jun 2030 15:30 (Europe/London)"
    )
    assert [line.strip() for line in lines if line.startswith("  ")] == [
        "Mon 10 Jun 2030 09:00 to 12:00",
        "Wed 12 Jun 2030 14:00 to 15:30",
    ]
    assert "2 times from Mon 10 Jun 2030" in squeezed(aglais("bookings").stdout)


def test_a_booking_is_repeated_by_the_clock_of_the_zone(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--from", "2030-03-26 09:00", "--for", "3h", "--repeat", "RRULE:FREQ=WEEKLY;COUNT=14")
    assert len(made.spans) == 14
    # Nine o'clock in London before and after the change to summer time.
    assert [span.start.hour for span in made.spans[:2]] == [9, 8]
    shown = aglais("bookings").stdout
    assert "14 times" in shown
    listed = aglais("book", "tiny", "--span", "2031-01-01/2031-01-02", "--key", "one").stdout
    assert "Wed 1 Jan 2031 to Thu 2 Jan 2031" in listed


def test_very_many_times_are_not_all_listed(aglais: Aglais) -> None:
    done = aglais("book", "tiny", "--from", "2030-06-10 09:00", "--for", "1h", "--repeat", "FREQ=DAILY;COUNT=30")
    times = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert len(times) == 12
    assert times[0] == "Mon 10 Jun 2030 09:00 to 10:00"
    assert times[-2:] == ["… and 19 more", "Tue 9 Jul 2030 09:00 to 10:00"]


def test_within_a_window_it_starts_as_early_as_it_fits(aglais: Aglais) -> None:
    first = booked(aglais, "large", "--for", "1h", caller="ben")
    made = booked(aglais, "large", "--for", "2h", "--window", "1d")
    assert (made.start, made.end) == (first.end, first.end + timedelta(hours=2))


def test_amounts_are_booked_and_counted_instead_of_a_package(aglais: Aglais) -> None:
    made = booked(aglais, "--cores", "3", "--memory", "12G", "--from", "2030-06-10 09:00", "--for", "1h")
    assert (made.package, made.resources.cores, made.resources.memory) == (None, 3, 12288)
    table = aglais("available", "--cores", "2.5", "--memory", "10G", "--from", "tomorrow", "--until", "tomorrow")
    lines = table.stdout.splitlines()
    assert [line.split()[-1] for line in lines[:1]] == ["custom"]
    assert lines[1].strip() == "2.5 cores"
    assert lines[3].split() == ["tomorrow", "3"]
    found = Available.model_validate_json(aglais("available", "--cores", "4", "--json").stdout)
    assert found.rows[1].packages == {"custom": 2}


def test_a_share_of_a_cluster_is_booked(aglais: Aglais) -> None:
    done = aglais("book", "--share", "25%", "--cluster", "local", "--for", "1h")
    assert done.stdout.startswith("Booked 25% of local, now to "), done.stderr
    assert "0 cores" not in done.stdout
    assert "25% of local" in aglais("bookings").stdout


def test_servers_of_ones_own_are_reserved(aglais: Aglais) -> None:
    with aglais.platform.client("root") as root:
        root.grant("metal", aglais.now, "2299-01-01", cores=8, memory=32768, servers=2)
    done = aglais("book", "--servers", "1", "--sharing", "reserved", "--cluster", "metal", "--for", "1h")
    assert done.returncode == 0, done.stderr
    assert "on metal · reserved · " in done.stdout
    free = aglais("available", "tiny", "--sharing", "reserved", "--cluster", "metal", "--grain", "hour", "--json")
    counts = [row.packages["tiny"] for row in Available.model_validate_json(free.stdout).rows]
    # As many as there are whole servers, however small the package.
    assert (counts[0], counts[-1]) == (1, 2)


def test_by_the_month_half_a_year_is_shown(aglais: Aglais) -> None:
    done = aglais("available", "tiny", "--grain", "month", "--from", "2030-11-01")
    rows = [line.split() for line in done.stdout.splitlines()[3:9]]
    assert rows == [
        ["November", "2030", "8"],
        ["December", "2030", "8"],
        *([month, "2031", "8"] for month in ("January", "February", "March", "April")),
    ]


# ---- offers


def test_offers_are_held_and_none_is_booked(aglais: Aglais) -> None:
    done = aglais("offers", "large", "--for", "1h")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "You can have, kept for you for 5 min; times in Europe/London:"
    assert re.match(r"1  large +now to .* \(1\sh\) +as asked +aglais accept", lines[2]), done.stdout
    assert max(map(len, lines)) <= 80
    held = aglais("bookings").stdout
    assert "held, 5 min to take it" in held
    taken = aglais(*TAKE.findall(done.stdout)[0].split())
    assert taken.stdout.startswith("Booked large, now to ")


def test_an_offer_is_taken_at_once(aglais: Aglais) -> None:
    busy = booked(aglais, "medium", "--for", "2h", caller="ben")
    listed = Offers.model_validate_json(aglais("offers", "large", "--for", "1h", "--json").stdout)
    assert listed.offers[0].start == busy.end
    done = aglais("offers", "large", "--for", "1h", "--take", "1", "--json")
    taken = Booking.model_validate_json(done.stdout)
    assert (taken.phase, taken.start) == (Phase.WAITING, busy.end)
    refused = aglais("offers", "tiny", "--for", "1h", "--take", "4")
    assert refused.returncode == 1
    assert "There are only " in refused.stderr


def test_what_is_too_short_or_too_small_is_not_offered(aglais: Aglais) -> None:
    booked(aglais, "medium", "--for", "2h", caller="ben")
    asked = ["offers", "large", "--for", "1h", "--json"]
    kinds = {offer.package for offer in Offers.model_validate_json(aglais(*asked).stdout).offers}
    assert kinds >= {"large", "medium"}
    bounded = aglais(*asked, "--smallest", "large", "--shortest", "1h")
    found = Offers.model_validate_json(bounded.stdout).offers
    assert found
    assert {offer.package for offer in found} == {"large"}
    assert {sum((span.end - span.start for span in offer.spans), timedelta()) for offer in found} == {
        timedelta(hours=1)
    }


def test_where_there_is_nothing_to_offer_it_says_so(aglais: Aglais) -> None:
    done = aglais("offers", "--cores", "100", "--memory", "1T", "--for", "1h")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Nothing like it can be had." in done.stderr
    assert re.search(r"Why: aglais why [0-9a-f]{8}", done.stderr)


# ---- changes


def test_a_booking_is_extended_until_a_time_and_shortened(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--from", "2030-06-10 09:00", "--for", "2h")
    longer = aglais("extend", made.id[-8:], "--until", "2030-06-10 13:00")
    assert longer.stdout.startswith("Extended tiny, Mon 10 Jun 2030 09:00 to 13:00 (Europe/London)"), longer.stderr
    shorter = aglais("shorten", made.id[-8:], "--by", "90m")
    assert shorter.stdout.startswith("Shortened tiny, Mon 10 Jun 2030 09:00 to 11:30"), shorter.stderr
    shorter = aglais("shorten", made.id[-8:], "--until", "2030-06-10 10:00")
    assert shorter.stdout.startswith("Shortened tiny, Mon 10 Jun 2030 09:00 to 10:00"), shorter.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["extend", "--until", "2030-06-10 10:00"], "To give time back: `aglais shorten`."),
        (["shorten", "--until", "2030-06-10 12:00"], "To make it longer: `aglais extend`."),
        (["shorten"], "Give --by 30m, or --until 17:00."),
        (["extend", "--by", "1h", "--until", "fri"], "Give --by or --until, not both."),
    ],
)
def test_an_end_on_the_wrong_side_is_told(aglais: Aglais, arguments: list[str], said: str) -> None:
    made = booked(aglais, "tiny", "--from", "2030-06-10 09:00", "--for", "2h")
    done = aglais(arguments[0], made.id[-8:], *arguments[1:])
    assert (done.returncode, done.stdout) == (1, "")
    assert said in squeezed(done.stderr)
    assert aglais.platform.booking(made.id)["version"] == made.version


def test_an_extension_goes_as_far_as_it_fits(aglais: Aglais) -> None:
    made = booked(aglais, "large", "--for", "1h")
    following = (made.end + timedelta(minutes=20)).isoformat()
    aglais.platform.book("large", "ben", startdate=following)
    refused = aglais("extend", made.id[-8:], "--by", "2h")
    assert refused.returncode == 1
    assert "--by 20m" in refused.stderr
    assert "T" + f"{made.end:%H:%M}" not in refused.stderr
    done = aglais("extend", made.id[-8:], "--by", "2h", "--partial")
    assert done.stdout.startswith("Extended as far as it goes: large, now to "), done.stderr
    assert datetime.fromisoformat(aglais.platform.booking(made.id)["end"]) == made.end + timedelta(minutes=20)


def test_a_booking_is_moved_and_keeps_its_length(aglais: Aglais) -> None:
    made = booked(aglais, "large", "--from", "2030-06-10 09:00", "--for", "2h")
    done = aglais("move", made.id[-8:], "--to", "2030-06-11 14:00")
    assert done.stdout.startswith("Moved large, Tue 11 Jun 2030 14:00 to 16:00 (Europe/London)"), done.stderr
    done = aglais("move", made.id[-8:], "--to", "2030-06-12", "--until", "2030-06-13")
    assert done.stdout.startswith("Moved large, Wed 12 Jun 2030 to Thu 13 Jun 2030"), done.stderr


def test_where_it_can_not_be_moved_it_stays_and_there_are_offers(aglais: Aglais) -> None:
    booked(aglais, "large", "--from", "2030-06-11 14:00", "--for", "1h", caller="ben")
    made = booked(aglais, "large", "--from", "2030-06-10 09:00", "--for", "2h")
    refused = aglais("move", made.id[-8:], "--to", "2030-06-11 13:00")
    assert refused.returncode == 1
    assert "It does not fit at that time" in refused.stderr
    assert TAKE.search(refused.stderr)
    assert re.search(r"Why: aglais why [0-9a-f]{8}", refused.stderr)
    assert aglais.platform.booking(made.id)["version"] == made.version


def test_a_conflict_shows_what_has_changed(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--from", "2030-06-10 09:00", "--for", "2h")
    assert aglais("move", made.id[-8:], "--to", "2030-06-10 10:00").returncode == 0
    stale = ["extend", made.id[-8:], "--by", "1h", "--if-version", str(made.version)]
    refused = aglais(*stale)
    assert refused.returncode == 1
    said = squeezed(refused.stderr)
    assert "has changed since version" in said
    assert "Mon 10 Jun 2030 09:00" in said
    assert "→ Mon 10 Jun 2030 10:00" in said or "Mon 10 Jun 2030 10:00 to 12:00" in said
    assert "Times in Europe/London." in said
    answer = ErrorAnswer.model_validate_json(aglais(*stale, "--json").stderr)
    assert answer.changes
    now = str(made.version + 1)
    assert aglais("extend", made.id[-8:], "--by", "1h", "--if-version", now).returncode == 0


def test_the_changes_of_a_booking_are_a_table(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--from", "2030-06-10 09:00", "--for", "2h")
    assert aglais("extend", made.id[-8:], "--by", "1h").returncode == 0
    with aglais.platform.client("root") as root:
        root.edit(made.id, note="for the course")
        root.cancel(made.id)
    done = aglais("changes", made.id[-8:])
    assert done.returncode == 0, done.stderr
    said = squeezed(done.stdout)
    assert said.startswith("version when by what")
    assert "Mon 10 Jun 2030 09:00 to 12:00" in said or "→ Mon 10 Jun 2030 12:00" in said
    assert "note: nothing → for the course" in said
    assert "root phase: waiting → cancelled" in said
    assert re.search(r"\d{4}-\d{2}-\d{2}T", said) is None
    assert max(map(len, done.stdout.splitlines())) <= 80


# ---- why


def test_why_tells_what_was_short_and_who_had_it(aglais: Aglais) -> None:
    booked(aglais, "medium", "--for", "3h", caller="ben")
    booked(aglais, "small", "--for", "4h")
    refused = aglais("book", "large", "--for", "1h")
    command = re.search(r"Why: aglais (why [0-9a-f]{8})", refused.stderr)
    assert command, refused.stderr
    done = aglais(*command.group(1).split())
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    said = squeezed(done.stdout)
    assert said.startswith("Refused: large, ")
    assert "Times in Europe/London." in said
    assert re.search(r"local, .* it does not fit\. At the tightest moment, .* it was short of cores and memory\.", said)
    assert re.search(r"^cores +8 +2 +8 +6 *$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^memory +32 GiB +8 GiB +32 GiB +24 GiB *$", done.stdout, re.MULTILINE)
    assert re.search(r"^somebody .* 4 cores, 16 GiB", done.stdout, re.MULTILINE)
    assert re.search(r"^you .* 2 cores, 8 GiB", done.stdout, re.MULTILINE)
    assert "What was offered" in said
    assert "ben" not in said
    # An admin is told who.
    assert re.search(r"^ben .* 4 cores, 16 GiB", aglais(*command.group(1).split(), caller="root").stdout, re.MULTILINE)


def test_why_of_a_booking_tells_what_was_left(aglais: Aglais) -> None:
    made = booked(aglais, "small", "--from", "2030-06-10 09:00", "--for", "2h")
    for name in (made.id, made.id[-8:], made.why or "", made.url):
        done = aglais("why", name)
        assert done.returncode == 0, done.stderr
        said = squeezed(done.stdout)
        assert said.startswith("Accepted: small, Mon 10 Jun 2030 09:00 for 2 h")
        assert "it fits. At the tightest moment, Mon 10 Jun 2030 09:00, there was left: 8 cores, 32 GiB." in said


def test_why_of_many_times_tells_of_those_that_matter(aglais: Aglais) -> None:
    weekly = ["--from", "2030-06-10 09:00", "--for", "2h", "--repeat", "FREQ=WEEKLY;COUNT=8"]
    made = booked(aglais, "large", *weekly)
    said = squeezed(aglais("why", made.id).stdout)
    assert said.count("it fits. At the tightest moment") == 3
    assert said.endswith("It fits at 5 more times.")
    assert "large, Mon 10 Jun 2030 09:00 for 2 h, again by FREQ=WEEKLY;COUNT=8" in said
    aglais("cancel", made.id)
    booked(aglais, "tiny", "--from", "2030-07-22 10:00", "--for", "1h", caller="ben")
    refused = aglais("book", "large", *weekly)
    assert refused.returncode == 1
    command = re.search(r"aglais (why [0-9a-f]{8})", refused.stderr)
    assert command, refused.stderr
    said = squeezed(aglais(*command.group(1).split()).stdout)
    assert "local, Mon 22 Jul 2030 09:00 to 11:00: it does not fit." in said
    assert "Mon 22 Jul 2030 10:00, it was short of cores and memory." in said
    assert "It fits at 4 more times." in said


def test_why_lists_the_latest_decisions(aglais: Aglais) -> None:
    empty = aglais("why")
    assert "Nothing has been decided yet." in empty.stdout
    booked(aglais, "large", "--for", "3h", caller="ben")
    booked(aglais, "tiny", "--from", "2030-06-10")
    for arguments in (["book", "tiny", "--for", "1h"], ["offers", "tiny", "--for", "30m"]):
        aglais.platform.clock.move(timedelta(seconds=1))
        aglais(*arguments)
    listed = aglais("why")
    rows = [squeezed(row) for row in re.split(r"^(?=[0-9a-f]{8} )", listed.stdout, flags=re.MULTILINE)[1:]]
    assert [re.findall("Offered|Refused|Accepted", row) for row in rows] == [["Offered"], ["Refused"], ["Accepted"]]
    assert max(map(len, listed.stdout.splitlines())) <= 80
    only = aglais("why", "--outcome", "refused").stdout
    assert len(re.findall(r"^[0-9a-f]{8} ", only, re.MULTILINE)) == 1
    everyone = aglais("why", caller="root").stdout
    assert everyone.split()[:2] == ["id", "account"]
    assert "ben" in everyone


def test_why_of_nothing_is_told(aglais: Aglais) -> None:
    done = aglais("why", "00000000")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "There is no decision, and none of your bookings, '00000000'. `aglais why` lists the latest."
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["book", "tiny", "--span", "fri 09:00"], "'fri 09:00' has no end. Write 'fri 09:00/12:00', or a day."),
        (["book", "tiny", "--span", "fri", "--for", "2h"], "It has two times. Give --span, or --from with --until"),
        (["book", "--cores", "2", "--memory", "8"], "'8' is not a size. Write 512M, 8G, or 1.5T."),
        (["book", "tiny", "--cluster", "moon"], "There is no cluster 'moon'. `aglais clusters list` lists them."),
        (["book", "--share", "half"], "'half' is not a share. Write 20%."),
        (["book", "tiny", "--repeat", "FREQ=SOMETIMES"], "Choose DAILY, WEEKLY, MONTHLY, YEARLY"),
        (["book", "tiny", "--window", "long"], "'long' is not a length of time."),
    ],
)
def test_a_mistake_in_what_is_asked_is_one_sentence(aglais: Aglais, arguments: list[str], said: str) -> None:
    done = aglais(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in squeezed(done.stderr)
