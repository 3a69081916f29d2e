"""Every error has the one shape, whoever it comes from, and whatever was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aglais_hub import errors
from aglais_hub.app import API
from aglais_hub.web.errors import error_answer
from aglais_hub.web.headers import HEADERS
from aglais_hub.web.hub import Hub
from aglais_hub.web.routing import LARGEST_BODY
from tests.support.platform import Platform
from tests.support.ports import TLS, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.settings import Settings
    from tests.support.hub import RealHub
    from tests.support.platform import Stage


def check_shape(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error in an answer that has this status and code, and nothing beside it that should not be there."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert set(body) <= {"error", "offers"}
    error: dict[str, Any] = body["error"]
    assert error["code"] == code
    assert error["message"]
    assert set(error) <= {"code", "message", "rule", "field", "help"}
    assert None not in error.values()
    return error


def test_the_tree_of_errors_is_as_its_file_draws_it() -> None:
    classes = [found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, Exception)]
    drawn = errors.__doc__ or ""
    for found in classes:
        assert f"{found.__name__} " in drawn
        assert f"{found.status}  {found.code}" in drawn
        assert found.__name__ in errors.__all__
    assert len({found.code for found in classes}) == len(classes)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "nowhere", 404, "not_found"),
        ("GET", "bookings/no-such-booking", 404, "not_found"),
        ("GET", "packages/no-such-package", 404, "not_found"),
        ("GET", "resources/no-such-grant", 404, "not_found"),
        ("GET", "accounts/no-such-account", 404, "not_found"),
        ("PUT", "bookings/create", 405, "method_not_allowed"),
        ("GET", "sessions/start", 405, "method_not_allowed"),
        ("PATCH", "health", 405, "method_not_allowed"),
        ("DELETE", "openapi.json", 405, "method_not_allowed"),
        ("GET", "bookings/select?range=never", 400, "invalid_value"),
        ("GET", "bookings/select?limit=0", 400, "invalid_value"),
        ("GET", "bookings/select?limit=99999999999999999999999", 400, "invalid_value"),
        ("GET", "bookings/select?phase=SLEEPING", 400, "invalid_value"),
        ("GET", "bookings/select?tz=a%00b", 400, "invalid_value"),
        ("GET", "bookings/a%00b", 400, "invalid_value"),
        ("GET", "available/select?grain=second", 400, "invalid_value"),
        ("GET", "available/select?grain=hour&range=1980-01-01,2200-01-01", 400, "invalid_value"),
        ("DELETE", "packages/%FF%FE", 404, "not_found"),
    ],
)
def test_errors_have_one_shape(platform: Platform, method: str, path: str, status: int, code: str) -> None:
    error = check_shape(platform.call(method, path, "root"), status, code)
    assert error.get("help"), "it says what to do next"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "ann@", "email: is no email address."),
        ("level", "two", "level: is no whole number."),
        ("level", 101, "level: is more than 100."),
        ("note", "x" * 1001, "note: has more than"),
        ("expires", "some day", "expires: is no date or time, as"),
        ("colour", "red", "colour: there is no such field."),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_plain_words(lite: Platform, field: str, value: Any, said: str) -> None:
    body = {"email": "ann@example.org", field: value}
    error = check_shape(lite.call("POST", "invitations/create", "root", json=body), 400, "invalid_value")
    assert (error["field"], error["message"].startswith(said)) == (field, True), error["message"]


def test_what_is_one_s_own_is_kept_by_nobody(lite: Platform) -> None:
    answer = lite.call("GET", "bookings/select")
    assert answer.status_code == 200
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_405_says_what_may_be(lite: Platform) -> None:
    assert lite.call("PUT", "packages/create").headers["allow"]


CURSORS = [
    "x",
    "é",
    "W10",  # []
    "WyIyMDI2LTA2LTA4VDA5OjAwOjAwKzAwOjAwIiwgMV0",  # the id is a number
    "WyIyMDI2LTA2LTA4VDA5OjAwOjAwIiwgImEiXQ",  # no zone
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgIjEyMzQ1Njc4LTEyMzQtMTIzNC0xMjM0LTEyMzQ1Njc4OTAxMiJd",  # year 1
    "WyIyMDI2LTA2LTA4VDA5OjAwOjAwKzAwOjAwIiwgIlx1MDAwMCJd",  # NUL
    "WyIyMDI2LTA2LTA4VDA5OjAwOjAwKzAwOjAwIiwgIlx1ZDgwMCJd",  # half a pair
    "W1tb" * 5000,
]


@pytest.mark.parametrize("cursor", CURSORS, ids=range(len(CURSORS)))
@pytest.mark.parametrize("what", ["bookings", "resources"])
def test_forged_places_in_a_list_are_refused(platform: Platform, what: str, cursor: str) -> None:
    answer = platform.call("GET", f"{what}/select", params={"after": cursor})
    assert check_shape(answer, 400, "invalid_value")["field"] == "after"


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing that can be read": (b"\xff\xfe\xfd", "application/json"),
    "not JSON": (b"{package: tiny}", "application/json"),
    "a list": (b"[]", "application/json"),
    "a number": (b"1e999", "application/json"),
    "null": (b"null", "application/json"),
    "a huge number": (b'{"cores": ' + b"9" * 5000 + b"}", "application/json"),
    "deep": (b'{"note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json"),
    "deep and not closed": (b"[" * 100_000, "application/json"),
    "NUL": (b'{"package": "tiny", "duration": "PT1H", "note": "a\\u0000b"}', "application/json"),
    "NUL in a name": (b'{"a\\u0000b": 1}', "application/json"),
    "half a pair": (b'{"package": "tiny", "duration": "PT1H", "note": "\\ud800"}', "application/json"),
    "NUL in UTF-16": (
        json.dumps({"package": "tiny", "duration": "PT1H", "note": "\0"}).encode("utf-16"),
        "application/json",
    ),
    "half a pair in UTF-32": (
        json.dumps({"package": "tiny", "duration": "PT1H", "note": "\ud800"}).encode("utf-32"),
        "application/json",
    ),
    "NUL in a form": (b"package=tiny&duration=PT1H&note=a%00b", "application/x-www-form-urlencoded"),
    "NUL in a form's name": (b"a%00b=1", "application/x-www-form-urlencoded"),
    "a name twice": (b"package=tiny&package=small&duration=PT1H", "application/x-www-form-urlencoded"),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "a broken form": (b"--x\r\nContent-Disposition: nothing\r\n\r\n", "multipart/form-data; boundary=x"),
    "a file": (
        b'--x\r\nContent-Disposition: form-data; name="note"; filename="a"\r\n\r\nb\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "a form without its boundary": (b"package=tiny", "multipart/form-data"),
    "an alphabet that is not told": ('{"note": "\xfc"}'.encode("latin-1"), "application/json; charset=latin-1"),
    "XML": (b"<package>tiny</package>", "application/xml"),
    "a form called JSON": (b"package=tiny", "application/json"),
    "an unknown field": (b'{"package": "tiny", "duration": "PT1H", "colour": 1}', "application/json"),
}


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES.keys())
def test_bodies_that_make_no_sense_are_refused(platform: Platform, body: bytes, kind: str) -> None:
    platform.grant(1)
    answer = platform.call("POST", "bookings/create", content=body, headers={"Content-Type": kind})
    assert check_shape(answer, 400, "invalid_value")["help"]
    assert platform.call("GET", "bookings/select?range=2026-01-01,2027-01-01").json()["rows"] == []


@pytest.mark.parametrize("note", ["Ünïcödé 🦋", "\\u0000 in letters", "quote \" and '", "  two  spaces  ", "a\tb\nc"])
def test_forms_and_json_mean_the_same(platform: Platform, note: str) -> None:
    platform.grant(4)
    body = {"package": "tiny", "duration": "PT1H", "note": note}
    ways: list[dict[str, Any]] = [
        {"json": body},
        {"data": body},
        {"files": {name: (None, text) for name, text in body.items()}},
        {"content": json.dumps(body).encode("utf-16"), "headers": {"Content-Type": "application/json"}},
    ]
    for way in ways:
        made = platform.call("POST", "bookings/create", **way)
        assert made.status_code == 201, made.text
        assert made.json()["note"] == note


def test_an_empty_input_of_a_form_is_one_left_out(lite: Platform) -> None:
    lite.grant(1)
    made = lite.call(
        "POST", "bookings/create", data={"package": "tiny", "duration": "PT1H", "cluster": "", "_xsrf": "x"}
    )
    assert made.status_code == 201, made.text


def test_a_body_without_a_kind_is_json(lite: Platform) -> None:
    lite.grant(1)
    made = lite.call("POST", "bookings/create", content=b'{"package": "tiny", "duration": "PT1H"}')
    assert made.status_code == 201, made.text


def test_too_large_a_body_is_refused(lite: Platform) -> None:
    for size in (LARGEST_BODY + 1, LARGEST_BODY * 8):
        answer = lite.call("POST", "bookings/create", content=b" " * size)
        check_shape(answer, 413, "too_large")

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    check_shape(lite.call("POST", "bookings/create", content=endless()), 413, "too_large")
    assert lite.call("POST", "bookings/create", content=b" " * LARGEST_BODY).status_code == 400


@pytest.mark.parametrize(
    "authorization",
    [
        "token forged",
        "Bearer forged",
        "token",
        "Basic YWRhOmFkYQ==",
        "token " + "x" * 5000,
        "token a b",
        "token a\tb",
        "token é".encode(),
        b"token \xff\xfe",
        "ada-has-the-token-0123456789",
        "token ada-has-the-token-012345678",
        "token ada-has-the-token-01234567890",
    ],
)
def test_forged_tokens_are_nobodys(lite: Platform, authorization: str | bytes) -> None:
    answer = lite.call("GET", "packages/select", None, headers={"Authorization": authorization})
    check_shape(answer, 401, "unauthenticated")


def test_either_word_before_a_token_will_do(lite: Platform) -> None:
    for word in ("token", "Token", "Bearer", "bearer"):
        headers = {"Authorization": f"{word} {lite.hub.token('ada')}"}
        assert lite.call("GET", "packages/select", None, headers=headers).status_code == 200


def test_with_the_hub_down_it_is_503_and_not_401(sqlite_settings: Settings, hub: RealHub, stage: Stage) -> None:
    closed = Hub(f"http://127.0.0.1:{free_port()}/hub/api", "token")
    platform = Platform(sqlite_settings, hub, closed, stage)
    for method, path in [("GET", "packages/select"), ("POST", "bookings/create"), ("DELETE", "bookings/x")]:
        answer = platform.call(method, path)
        assert check_shape(answer, 503, "service_down")["help"]
        assert answer.headers["retry-after"] == "5"
    assert platform.call("GET", "health", None).status_code == 200
    answer = platform.call("GET", "packages/select", None)
    check_shape(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    platform.close()
    closed.close()


def test_a_defect_of_ours_shows_no_more_than_that(lite: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(lite.parts.packages, "select", fail)
    answer = lite.call("GET", "packages/select")
    check_shape(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_refusal_says_rule_and_offers() -> None:
    body = json.loads(error_answer(errors.RefusedError("No.", rule="capacity")).body)
    assert body == {"error": {"code": "refused", "message": "No.", "rule": "capacity"}, "offers": []}


def test_an_address_is_not_read_beyond_the_api(lite: Platform) -> None:
    for path in ("/services/aglais/api/", "/services/aglais/api", "/", f"{API}/packages/select/"):
        answer = httpx.get(lite.url.rstrip("/") + path, timeout=60, trust_env=False, verify=TLS)
        assert answer.status_code == 404
