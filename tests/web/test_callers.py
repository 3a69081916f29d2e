"""Whose token it is, and what it allows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from aglais_hub.errors import ServiceDownError
from aglais_hub.web import caller as module
from aglais_hub.web.caller import Callers
from aglais_hub.web.hub import Hub

BOOK, ADMIN, SELL = "custom:aglais:bookings:write", "custom:aglais:admin", "custom:aglais:packages:write"


class Asked:
    """A hub at the border: it knows one token, and counts how often it is asked."""

    def __init__(self, *scopes: str) -> None:
        self.status = 200
        self.count = 0
        self.body: Any = {"name": "ada", "kind": "user", "scopes": list(scopes)}
        self.hub = Hub("http://hub.test/hub/api", "ours", httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        known = request.headers["authorization"] == "token good"
        return httpx.Response(self.status if known else 403, json=self.body if known else {"message": "no"})


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        ((BOOK,), {"bookings:write"}),
        ((f"{BOOK}!user=ada",), {"bookings:write"}),
        ((f"{BOOK}!server=ada/",), {"bookings:write"}),
        ((f"{BOOK}!user=ben",), set()),
        ((f"{BOOK}!group=astronomers",), set()),
        ((f"{SELL}!user=ada",), set()),
        ((f"{ADMIN}!user=ada",), set()),  # a narrowed admin is no admin
        ((f"{ADMIN}!group=astronomers",), set()),
        ((ADMIN,), {"bookings:write", "packages:write"}),
        (("admin:users", "bookings:write", "access:services"), set()),
    ],
)
def test_scopes_count_as_far_as_they_reach(scopes: tuple[str, ...], may: set[str]) -> None:
    caller = Callers(Asked(*scopes).hub).find("good")
    assert caller is not None
    assert {scope for scope in ("bookings:write", "packages:write") if caller.may(scope)} == may
    assert caller.is_admin is (scopes == (ADMIN,))


def test_the_hubs_answer_is_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(BOOK)
    callers = Callers(asked.hub)
    assert callers.find("good") is callers.find("good")
    assert asked.count == 1
    assert callers.find("bad") is None
    assert callers.find("bad") is None
    assert asked.count == 2
    monkeypatch.setattr(module, "KEPT_SECONDS", -1)
    callers = Callers(asked.hub)
    assert callers.find("good")
    asked.status = 403  # taken back
    assert callers.find("good") is None


def test_tokens_end_with_their_account_and_not_with_one_that_is_called_as_a_service() -> None:
    asked = Asked(BOOK)
    assert Callers(asked.hub, lambda name: name == "ada").find("good") is None
    asked.body["kind"] = "service"
    assert Callers(asked.hub, lambda name: name == "ada").find("good")


def test_no_more_answers_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_TOKENS", 3)
    asked = Asked(BOOK)
    callers = Callers(asked.hub)
    for number in range(10):
        assert callers.find(f"bad-{number}") is None
    assert asked.count == 10
    assert callers.find("bad-9") is None
    assert asked.count == 10
    assert callers.find("bad-0") is None
    assert asked.count == 11


@pytest.mark.parametrize("status", [404, 429, 500, 502, 503])
def test_a_hub_in_trouble_is_not_a_wrong_token(status: int) -> None:
    asked = Asked(BOOK)
    asked.status = status
    with pytest.raises(ServiceDownError):
        Callers(asked.hub).find("good")
    asked.status = 200
    assert Callers(asked.hub).find("good")
