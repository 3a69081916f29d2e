"""``aglais accounts``: look, set, suspend, invite, import and export, and who changed what."""

from __future__ import annotations

import stat
from datetime import datetime, time, timedelta
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aglais_hub.wire.accounts import Account, AccountRows, Batch
from aglais_hub.wire.admin import AccountChangeRows, Imported, Invitation, InvitationRows
from tests.cli.test_bookings import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Aglais

BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = "name,email,display,level\nann,ann@example.org,Ann,2\n,ben@example.org,Ben,\n"


def people(aglais: Aglais, folder: Path, text: str = PEOPLE, *more: str, caller: str = "root") -> Imported:
    file = folder / "people.csv"
    file.write_text(text)
    done = aglais("accounts", "import", str(file), "--json", *more, caller=caller)
    return Imported.model_validate_json(done.stdout)


def test_accounts_are_a_table(aglais: Aglais) -> None:
    empty = aglais("accounts", "list", caller="root")
    assert "There are no accounts yet" in empty.stdout
    made = visitor(aglais)
    table = aglais("accounts", "list", caller="root").stdout
    assert made.name in table
    assert "visitor" in table
    one = aglais("accounts", "show", made.name, "--json", caller="root")
    assert Account.model_validate_json(one.stdout).name == made.name
    refused = aglais("accounts", "list")
    assert refused.returncode == 1
    assert "scope" in refused.stderr


def test_a_workshop_gets_its_accounts_and_cards_to_print(aglais: Aglais, tmp_path: Path) -> None:
    cards = tmp_path / "cards.html"
    last = aglais.now.astimezone(BERLIN).date() + timedelta(days=10)
    words = (
        "accounts",
        "batch",
        "3",
        "--name",
        "gaia",
        "--until",
        last.isoformat(),
        "--tz",
        "Europe/Berlin",
        "--cards",
        str(cards),
    )
    made = aglais(*words, "--json", caller="root")
    found = Batch.model_validate_json(made.stdout)
    assert [card.account for card in found.rows] == ["gaia-01", "gaia-02", "gaia-03"]
    assert found.until == datetime.combine(last + timedelta(days=1), time(), BERLIN)
    page = cards.read_text()
    assert all(page.count(escape(card.url)) == 2 and card.account in page for card in found.rows)
    assert page.count('<img src="data:image/svg+xml') == 3
    assert f"{last + timedelta(days=1):%B %Y}, 00:00 (Europe/Berlin)" in page, "a day as it is on paper"
    assert stat.S_IMODE(cards.stat().st_mode) == 0o600
    again = aglais(*words, caller="root")
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert aglais("accounts", "batch", "1", "--name", "gaia", "--until", last.isoformat()).returncode == 1


def test_people_go_in_and_out_by_a_file(aglais: Aglais, tmp_path: Path) -> None:
    assert [row.action for row in people(aglais, tmp_path, PEOPLE, "--dry-run").rows] == ["created", "created"]
    assert [row.action for row in people(aglais, tmp_path).rows] == ["created", "created"]
    out = tmp_path / "out.yaml"
    assert aglais("accounts", "export", "--output", str(out), caller="root").returncode == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = aglais("accounts", "import", str(out), caller="root")
    assert (again.returncode, again.stdout.strip()) == (0, "2 unchanged.")
    many = "email\n" + "".join(f"p{number}@example.org\n" for number in range(230)) + "nobody\n"
    rows = people(aglais, tmp_path, many).rows
    assert [row.row for row in rows] == list(range(1, 232))
    assert [row.action for row in rows] == ["created"] * 230 + ["refused"]
    (tmp_path / "bad.csv").write_text("email\nnobody\n")
    refused = aglais("accounts", "import", str(tmp_path / "bad.csv"), caller="root")
    assert refused.returncode == 1
    assert "1 refused" in refused.stdout


def test_what_is_set_is_shown_and_on_record(aglais: Aglais, tmp_path: Path) -> None:
    people(aglais, tmp_path)
    words = ("--level", "3", "--saved", "20G", "--keep", "always", "--until", "2036-12-04", "--note", "A survey.")
    done = aglais("accounts", "edit", "ann", *words, "--json", caller="root")
    account = Account.model_validate_json(done.stdout)
    assert (account.level, account.allowance.saved.size, account.allowance.saved.keep) == (3, 20480, "always")
    assert account.expires is not None
    shown = aglais("accounts", "show", "ann", caller="root").stdout
    assert "20,480 MiB" in shown
    assert "saved, notebooks" in shown or "notebooks, saved" in shown
    done = aglais("accounts", "edit", "ann", "--until", "never", "--as-level", "--json", caller="root")
    account = Account.model_validate_json(done.stdout)
    assert (account.expires, account.attributes) == (None, None)
    told = aglais("accounts", "changes", "ann", "--json", caller="root")
    rows = AccountChangeRows.model_validate_json(told.stdout).rows
    assert [(row.by, row.through, row.note) for row in rows[:2]] == [("root", "cli", ""), ("root", "cli", "A survey.")]
    assert "settings changed (A survey.)" in aglais("accounts", "changes", "ann", caller="root", COLUMNS="300").stdout
    assert aglais("accounts", "edit", "ann", caller="root").returncode == 1


def test_who_is_suspended_is_listed_and_let_in_again(aglais: Aglais, tmp_path: Path) -> None:
    people(aglais, tmp_path)
    done = aglais("accounts", "suspend", "ann", "--reason", "Please call us.", caller="root")
    assert "aglais accounts resume ann" in done.stdout
    listed = aglais("accounts", "list", "--state", "suspended", "--json", caller="root")
    assert [row.name for row in AccountRows.model_validate_json(listed.stdout).rows] == ["ann"]
    assert "suspended: Please call us." in aglais("accounts", "show", "ann", caller="root").stdout
    assert aglais("accounts", "resume", "ann", caller="root").returncode == 0
    none = aglais("accounts", "list", "--state", "suspended", caller="root")
    assert none.stdout.strip() == "There is none."


def test_the_list_goes_on_over_pages(aglais: Aglais, tmp_path: Path) -> None:
    people(aglais, tmp_path, "email\n" + "".join(f"p{number:02}@example.org\n" for number in range(12)))
    listed = aglais("accounts", "list", "example", "p0", "--sort", "name", "--json", caller="root")
    assert len(AccountRows.model_validate_json(listed.stdout).rows) == 10
    few = aglais("accounts", "list", "--limit", "5", caller="root")
    assert "give a larger --limit" in few.stderr


def test_people_are_invited(aglais: Aglais) -> None:
    words = ("ann@example.org", "ben@example.org", "--level", "2", "--note", "See you there.")
    done = aglais("accounts", "invite", *words, "--json", caller="root")
    rows = InvitationRows.model_validate_json(done.stdout).rows
    assert [(row.email, row.level, row.by) for row in rows] == [(word, 2, "root") for word in words[:2]]
    again = aglais("accounts", "invite", "ben@example.org", "cleo@example.org", caller="root")
    assert again.returncode == 1
    assert "ben@example.org: This address is invited already." in again.stderr
    assert "cleo@example.org" in again.stdout
    gone = aglais("accounts", "invitations", "--withdraw", rows[0].email, "--json", caller="root")
    assert Invitation.model_validate_json(gone.stdout).state == "withdrawn"
    assert "withdrawn" in aglais("accounts", "invitations", caller="root", COLUMNS="200").stdout


def test_nothing_is_lost_unasked(aglais: Aglais, tmp_path: Path) -> None:
    people(aglais, tmp_path)
    refused = aglais("accounts", "delete", "ann", caller="root")
    assert refused.returncode == 1
    assert "Say --yes" in refused.stderr
    assert aglais("accounts", "show", "ann", caller="root").returncode == 0
