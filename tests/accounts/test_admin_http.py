"""What admins and a helpdesk do over HTTP, and what nobody else may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.accounts.tables import AccountRow

if TYPE_CHECKING:
    from aglais_hub.settings import Settings
    from tests.support.platform import Platform

PEOPLE = "name,email\nann,ann@example.org\nben,ben@example.org\nboss,boss@example.org\n"


@pytest.fixture
def sqlite_settings(sqlite_settings: Settings) -> Settings:
    """With an admin."""
    return sqlite_settings.model_copy(update={"admins": ("boss@example.org",)})


@pytest.fixture
def people(lite: Platform) -> Platform:
    made = lite.call("POST", "accounts/import", "root", json={"document": PEOPLE})
    assert [row["action"] for row in made.json()["rows"]] == ["created"] * 3
    return lite


def answer(platform: Platform, method: str, path: str, caller: str, **body: Any) -> Any:
    options = {"json": body} if method == "POST" else {}
    found = platform.call(method, f"accounts/{path}", caller, **options)
    assert found.status_code == 200, found.text
    return found.json()


def test_a_helpdesk_runs_accounts_and_nothing_else(people: Platform) -> None:
    assert [row["name"] for row in answer(people, "GET", "select?q=example", "desk")["rows"]] == ["ann", "ben", "boss"]
    assert answer(people, "POST", "ann/settings", "desk", level=2)["level"] == 2
    assert answer(people, "POST", "ann/suspend", "desk", reason="Please call.")["reason"] == "Please call."
    assert answer(people, "POST", "ann/resume", "desk")["suspended"] is None
    told = answer(people, "GET", "ann/changes", "desk")["rows"]
    assert [(one["what"], one["by"], one["through"]) for one in told[:3]] == [
        ("resumed", "desk", "api"),
        ("suspended", "desk", "api"),
        ("settings changed", "desk", "api"),
    ]
    for path in ("bookings/select?account=ann", "decisions/select"):
        assert people.call("GET", path, "desk").status_code == 403


def test_nobody_looks_into_anothers_account(people: Platform) -> None:
    for path in ("accounts/ann/changes", "accounts/ann/holdings"):
        refused = people.call("GET", path, "ada")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")


def test_whose_bookings_are_released_has_none(people: Platform) -> None:
    people.grant(4)
    made = people.call(
        "POST", "bookings/create", "root", json={"account": "ann", "package": "tiny", "duration": "PT1H"}
    )
    assert made.status_code == 201, made.text
    held = answer(people, "GET", "ann/holdings", "desk")
    assert (held["bookings"], held["server"], held["keys"], held["groups"]) == (1, False, 0, [])
    answer(people, "POST", "ann/suspend", "desk", reason="Please call.", bookings="keep")
    assert answer(people, "GET", "ann/holdings", "desk")["bookings"] == 1
    started = people.call("POST", "sessions/start", "hub-parts", json={"account": "ann"})
    assert (started.status_code, started.json()["error"]["rule"]) == (403, "suspended")
    answer(people, "POST", "ann/suspend", "desk", reason="Please call.", bookings="release")
    assert answer(people, "GET", "ann/holdings", "desk")["bookings"] == 0


def test_who_gives_another_reason_is_on_record_with_the_first(people: Platform) -> None:
    for reason in ("Please call.", "Left."):
        answer(people, "POST", "ann/suspend", "desk", reason=reason)
    last, first, *_ = answer(people, "GET", "ann/changes", "desk")["rows"]
    assert (first["before"], first["after"]["reason"]) == (None, "Please call.")
    assert (last["before"], last["after"]["reason"]) == ({"reason": "Please call."}, "Left.")


def test_true_is_no_number(people: Platform) -> None:
    for body, field in (
        ({"level": True}, "level"),
        ({"attributes": {"saved": {"size": True}}}, "attributes.saved.size"),
    ):
        refused = people.call("POST", "accounts/ann/settings", "desk", json=body)
        error = refused.json()["error"]
        assert (refused.status_code, error["field"]) == (400, field)
        assert error["message"] == f"{field}: is true or false, and not a number."


def test_of_two_who_change_one_account_the_second_is_told(people: Platform) -> None:
    version = answer(people, "GET", "ann", "desk")["version"]
    answer(people, "POST", "ann/settings", "desk", level=2, version=version)
    late = people.call("POST", "accounts/ann/settings", "root", json={"level": 3, "version": version})
    assert (late.status_code, late.json()["error"]["rule"]) == (409, "version")
    assert "desk has changed" in late.json()["error"]["message"]


def test_a_form_takes_null_for_nothing_and_json_takes_an_end_away(people: Platform) -> None:
    end = "2036-01-01T00:00:00Z"
    form = people.call("POST", "accounts/ann/settings", "desk", data={"expires": end, "level": "2"})
    assert (form.json()["expires"], form.json()["level"]) == (end, 2)
    assert people.call("POST", "accounts/ann/settings", "desk", data={"expires": ""}).json()["expires"] == end
    assert answer(people, "POST", "ann/settings", "desk", expires=None)["expires"] is None


def test_an_export_is_a_document_to_keep(people: Platform) -> None:
    found = people.call("GET", "accounts/export", "desk")
    assert found.headers["content-type"].startswith("text/csv")
    assert found.headers["content-disposition"] == 'attachment; filename="accounts.csv"'
    again = people.call("POST", "accounts/import", "desk", data={"document": found.text})
    assert {row["action"] for row in again.json()["rows"]} == {"unchanged"}
    found = people.call("GET", "accounts/export?format=yaml", "desk")
    assert found.headers["content-type"].startswith("application/yaml")


def test_a_helpdesk_becomes_nobody_by_a_merge(people: Platform) -> None:
    with people.parts.accounts._database.write() as session:
        session.add(AccountRow(name="desk", level=1, display="Desk", created=people.clock.now()))
    for source, target, said in (
        ("boss", "ann", "an admin's account"),
        ("ann", "boss", "an admin's account"),
        ("ann", "desk", "yourself"),
        ("desk", "ann", "yourself"),
    ):
        refused = people.call("POST", f"accounts/{source}/merge", "desk", json={"into": target})
        assert refused.status_code in (403, 409), refused.text
        assert said in refused.json()["error"]["message"]
    assert people.call("POST", "accounts/ben/merge", "desk", json={"into": "ann"}).status_code == 202
