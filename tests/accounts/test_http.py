"""The accounts over HTTP: who may, what is answered, forms and JSON alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from aglais_hub.accounts.tables import MailRow
from aglais_hub.errors import TooManyError
from tests.support.hub import USER

if TYPE_CHECKING:
    from tests.support.platform import Platform

PASSWORD = "correct horse battery"
DOOR = "hub-parts"
"""The only caller that may knock for others."""


def register(platform: Platform, address: str = "ann@example.org", **more: Any) -> Any:
    return platform.call("POST", "accounts/register", DOOR, json={"email": address, "password": PASSWORD, **more})


def newest_code(platform: Platform) -> str:
    platform.parts.outbox.send_due()
    files = sorted((platform.settings.state_folder / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    found = re.search(r"/hub/confirm/([\w-]+)", files[-1].read_text())
    assert found
    return found[1]


def join(platform: Platform, address: str = "ann@example.org") -> dict[str, Any]:
    assert register(platform, address).status_code == 202
    answer = platform.call("POST", "accounts/confirm", DOOR, json={"code": newest_code(platform)})
    assert answer.status_code == 200, answer.text
    account: dict[str, Any] = answer.json()
    return account


@pytest.mark.parametrize("path", ["try", "register", "resend", "confirm", "login", "forgot", "reset", "stop"])
def test_only_the_hubs_own_parts_knock_for_others(platform: Platform, path: str) -> None:
    body = {"email": "ann@example.org", "password": PASSWORD, "code": "0123456789"}
    assert platform.call("POST", f"accounts/{path}", "ada", json=body).status_code == 403
    assert platform.call("POST", f"accounts/{path}", None, json=body).status_code == 401


def test_a_visitor_is_let_in(platform: Platform) -> None:
    answer = platform.call("POST", "accounts/try", DOOR, data={"address": "192.0.2.1"})
    assert answer.status_code == 201
    account = answer.json()
    assert (account["level"], account["package"], account["admin"]) == (0, "tiny", False)
    assert account["url"] == f"/services/aglais/api/accounts/{account['name']}"


def test_from_the_form_to_the_account(platform: Platform) -> None:
    form = {"email": "Ann@Example.org", "password": PASSWORD}
    answer = platform.call("POST", "accounts/register", DOOR, data=form)
    said = {"message": "Please check your mail for a confirmation link.", "late": False}
    assert (answer.status_code, answer.json()) == (202, said)
    platform.parts.outbox.send_due()
    early = platform.call("POST", "accounts/login", DOOR, json=form)
    assert (early.status_code, early.json()["error"]["code"]) == (403, "forbidden")
    account = platform.call("POST", "accounts/confirm", DOOR, json={"code": newest_code(platform)}).json()
    assert (account["name"], account["level"], account["package"]) == ("ann", 1, "small")
    found = platform.call("POST", "accounts/login", DOOR, json=form).json()
    assert len(found.pop("device")) == 32
    assert found.pop("seen") == "2026-06-08T09:00:00Z"
    del account["seen"], account["visit"]
    assert found == account


def test_a_known_and_an_unknown_address_are_answered_alike(platform: Platform) -> None:
    join(platform)
    known, unknown = register(platform), register(platform, "bob@example.org")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    answers = [
        platform.call("POST", "accounts/login", DOOR, json={"email": address, "password": "wrong password"})
        for address in ("ann@example.org", "nobody@example.org")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


def test_a_full_disk_is_told_and_leaves_nothing_half_done(lite: Platform) -> None:
    engine = lite.parts.databases[0].engine

    def fill(connection: Any) -> None:
        # No page more than there are by now.
        connection.exec_driver_sql("PRAGMA max_page_count=1")

    def ask(number: int) -> Any:
        body = {"email": f"ann-{number}@example.org", "password": PASSWORD, "address": f"10.0.{number}.1"}
        return lite.call("POST", "accounts/register", DOOR, json=body)

    event.listen(engine, "begin", fill)
    answers = (ask(number) for number in range(200))
    number, answer = next((number, answer) for number, answer in enumerate(answers) if answer.status_code != 202)
    told = answer.json()["error"]
    assert (answer.status_code, told["code"]) == (503, "service_down")
    assert "no space left" in told["message"]
    assert "Nothing was changed" in told["help"]
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(MailRow)) == number
    event.remove(engine, "begin", fill)
    engine.dispose()
    assert join(lite, f"ann-{number}@example.org")["level"] == 1


def test_too_many_attempts_are_told_when_to_come_back(platform: Platform) -> None:
    body = {"email": "ann@example.org", "password": "wrong password", "address": "192.0.2.1"}
    answers = [platform.call("POST", "accounts/login", DOOR, json=body) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert answers[-1].json()["error"] == {
        "code": "too_many",
        "message": "Too many attempts to log in.",
        "rule": "attempts",
        "help": "Try again in 15 minutes, or have a link mailed to choose a new password.",
    }
    assert answers[-1].headers["retry-after"] == "900"
    assert "www-authenticate" not in answers[0].headers
    # A program that uses the client need not read the sentence.
    with platform.client(DOOR) as client, pytest.raises(TooManyError) as told:
        client.login("ann@example.org", "wrong password", address="192.0.2.1")
    assert told.value.wait == 900


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "no address", "password": PASSWORD}, "email"),
        ({"email": "a@b\nBcc: c@d.org", "password": PASSWORD}, "email"),
        ({"email": "ann@example.org", "password": "short"}, "password"),
        ({"email": "ann@example.org"}, "password"),
        ({"email": "ann@example.org", "password": PASSWORD, "admin": True}, "admin"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(platform: Platform, body: dict[str, Any], field: str) -> None:
    answer = platform.call("POST", "accounts/register", DOOR, json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_one_sees_ones_own_account_and_an_admin_everyones(platform: Platform) -> None:
    name = join(platform, "ada@example.org")["name"]
    assert name == "ada"
    assert platform.call("GET", "accounts/ada", "ada").json()["display"] == "ada"
    assert platform.call("GET", "accounts/ada", "ben").status_code == 403
    assert platform.call("GET", "accounts/ada", "root").status_code == 200
    assert platform.call("GET", "accounts/nobody", "root").status_code == 404
    assert platform.call("GET", "accounts/select", "ada").status_code == 403
    assert [row["name"] for row in platform.call("GET", "accounts/select", "root").json()["rows"]] == ["ada"]


def test_an_admin_deletes_an_account(platform: Platform) -> None:
    join(platform, f"{USER}@example.org")
    assert platform.call("DELETE", f"accounts/{USER}", USER).status_code == 403
    assert platform.call("DELETE", f"accounts/{USER}", "root").json()["ending"]
    assert platform.call("GET", f"accounts/{USER}", USER).status_code == 401
    assert platform.call("GET", f"accounts/{USER}", "root").json()["identities"] == []
