"""The same story through both clients, against the services as they are; and what they say when nobody answers."""

from __future__ import annotations

import inspect
import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from aglais_hub import errors
from aglais_hub.client import AsyncClient, Client, calls
from aglais_hub.client.base import down
from aglais_hub.client.calls import Call
from aglais_hub.errors import (
    BadCredentialsError,
    ConflictError,
    ForbiddenError,
    InvalidValueError,
    NotFoundError,
    RefusedError,
    ServiceDownError,
    UnauthenticatedError,
)
from aglais_hub.wire.bookings import Phase
from tests.support.platform import NOW
from tests.support.ports import free_port
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.conftest import Connect
    from tests.support.platform import Platform


def test_both_clients_have_a_method_for_every_call() -> None:
    made = {name for name, found in vars(calls).items() if inspect.isfunction(found)}
    for kind in (Client, AsyncClient):
        methods = {name for name in dir(kind) if not name.startswith("_")} - {"send", "close", "watch", "archive"}
        assert methods == made
        assert all(getattr(kind, name).__doc__ for name in methods)


def test_the_story_of_a_booking(platform: Platform, clients: Callable[[str], Any]) -> None:
    ada, ben, root, spawner = (clients(name) for name in ("ada", "ben", "root", "hub-parts"))
    grant = root.grant("local", NOW, NOW + timedelta(days=30), cores="4", memory=16384, note="test")
    assert grant.resources.cores == 4
    assert [row.id for row in ada.grants(("2026-06-08", "2026-06-14")).rows] == [grant.id]
    assert [row.name for row in ada.packages().rows] == ["tiny", "small", "medium", "large"]
    assert ada.package("small").size.resources.cores == 2

    booking = ada.book("medium", duration=timedelta(hours=1), note="mine", key="one")
    assert booking.phase is Phase.AVAILABLE
    assert ada.book("medium", duration=timedelta(hours=1), note="mine", key="one").id == booking.id
    assert ada.booking(booking.id) == booking
    free = ada.available((NOW, NOW + timedelta(hours=2)), grain="hour", package="tiny")
    assert [row.packages["tiny"] for row in free.rows] == [0, 4]
    with pytest.raises(RefusedError) as refused:
        ben.book("tiny", duration="PT1H")
    assert refused.value.rule == "capacity"
    assert refused.value.why
    offer = refused.value.offers[0]
    assert (offer.kind, offer.start) == ("earliest", NOW + timedelta(hours=1))
    assert ben.accept(offer.id).phase is Phase.WAITING

    extension = ada.extension(booking.id, timedelta(hours=1))
    assert (extension.until, bool(extension.because)) == (None, True)
    with pytest.raises(RefusedError) as refused:
        ada.extend(booking.id, "PT1H")
    assert refused.value.field == "enddate"
    assert ben.cancel(offer.id).phase is Phase.CANCELLED
    assert ada.extension(booking.id).until == NOW + timedelta(hours=2)
    longer = ada.extend(booking.id, timedelta(minutes=30))
    assert longer.end == NOW + timedelta(minutes=90)
    with pytest.raises(ConflictError) as conflict:
        ada.edit(booking.id, note="late", version=booking.version)
    assert conflict.value.field == "version"
    assert ada.edit(booking.id, note="now", version=longer.version).note == "now"

    session = spawner.start_session("ada")
    assert (session.id, session.phase) == (booking.id, Phase.RUNNING)
    assert ada.end(booking.id).phase is Phase.RELEASING
    assert spawner.stop_session(booking.id).phase is Phase.COMPLETED
    assert [row.id for row in root.bookings(phase=[Phase.CANCELLED], account="ben").rows] == [offer.id]
    first = ada.bookings(("2026-06-01", "2026-06-30"), phase=[Phase.COMPLETED], limit=1)
    assert [row.id for row in first.rows] == [booking.id]
    assert first.next is None


def test_the_story_of_an_account(platform: Platform, clients: Callable[[str], Any]) -> None:
    door, root = clients("hub-parts"), clients("root")
    visitor = door.try_account("192.0.2.1")
    assert visitor.level == 0
    assert root.account(visitor.name) == visitor
    assert door.register("ann@example.org", "correct horse battery", link="http://x.test/CODE").message
    with pytest.raises((BadCredentialsError, ForbiddenError)):
        door.login("ann@example.org", "wrong horse battery")
    with pytest.raises((InvalidValueError, NotFoundError)):
        door.confirm("x" * 20)
    assert visitor.name in {row.name for row in root.accounts(limit=100).rows}
    assert not door.leave_account("ada").ended
    assert door.leave_account(visitor.name).ended
    assert root.account(visitor.name).ending
    assert root.delete_account(visitor.name).name == visitor.name


def test_errors_arrive_as_what_they_are(platform: Platform, clients: Callable[[str], Any], connect: Connect) -> None:
    ada = clients("ada")
    with pytest.raises(NotFoundError) as missing:
        ada.booking("../../packages/select")  # quoted, so it is a name that there isn't
    assert missing.value.help
    with pytest.raises(InvalidValueError) as bad:
        ada.book("tiny", startdate="yesterday", duration="PT1H")
    assert bad.value.field == "startdate"
    with pytest.raises(ForbiddenError):
        ada.grant("local", NOW, NOW + timedelta(days=1), cores=1)
    with pytest.raises(InvalidValueError) as unknown:
        ada.book("tiny", duration="PT1H", colour="blue")
    assert unknown.value.field == "colour"
    with connect(platform.url, "forged") as stranger, pytest.raises(UnauthenticatedError):
        stranger.packages()


def test_where_nobody_answers_the_service_is_down(connect: Connect) -> None:
    with connect(f"http://127.0.0.1:{free_port()}/", "token") as client:
        with pytest.raises(ServiceDownError) as told:
            client.packages()
        assert "127.0.0.1" in told.value.message
        assert "token" not in told.value.message


def test_who_does_not_answer_in_time_may_still_do_it() -> None:
    slow = down("http://127.0.0.1:1/", httpx.ReadTimeout("slow"))
    assert "in time" in slow.message
    assert slow.help is not None
    assert "may do all the same" in slow.help


ANSWERS: dict[str, tuple[int, str, str]] = {
    "a page": (200, "text/html", "<html>Welcome to nginx!</html>"),
    "a proxy's 502": (502, "text/html", "<h1>Bad gateway</h1>"),
    "a proxy's 504": (504, "text/plain", ""),
    "the hub's 404": (404, "application/json", '{"status": 404, "message": "Not Found"}'),
    "the hub's 503": (503, "application/json", '{"status": 503, "message": "Service Unavailable"}'),
    "a list": (500, "application/json", "[]"),
    "null": (400, "application/json", "null"),
    "an error that is a text": (400, "application/json", '{"error": "no"}'),
    "an error without a code": (400, "application/json", '{"error": {"message": "no"}}'),
    "offers that are none": (409, "application/json", '{"error": {"code": "refused", "message": "no"}, "offers": 1}'),
    "another model": (200, "application/json", '{"stars": 482176}'),
    "a redirect": (302, "text/html", ""),
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_is_not_ours_is_no_answer(impostor: Any, connect: Connect, said: tuple[int, str, str]) -> None:
    impostor.said = said
    with (
        connect(f"http://127.0.0.1:{impostor.server_port}", "token") as client,
        pytest.raises(ServiceDownError) as down,
    ):
        client.packages()
    assert down.value.help


def test_an_answer_that_takes_too_long_is_none(impostor: Any, connect: Connect) -> None:
    impostor.slow = threading.Event()
    with connect(f"http://127.0.0.1:{impostor.server_port}", "token", timeout=0.2) as client:

        def is_met() -> bool:
            """On a busy machine the time may be over before anything was asked."""
            with pytest.raises(ServiceDownError):
                client.packages()
            return bool(impostor.met.is_set())

        wait_until(is_met, saying="somebody was asked, and has not answered")


CLASSES = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}


@pytest.mark.parametrize("found", sorted(CLASSES - {"AglaisError", "RefusedError"}))
def test_every_code_becomes_its_class(impostor: Any, found: str) -> None:
    kind = getattr(errors, found)
    said = {"error": {"code": kind.code, "message": "What happened.", "field": "f", "rule": "r", "help": "h"}}
    impostor.said = (kind.status, "application/json", json.dumps(said))
    with Client(f"http://127.0.0.1:{impostor.server_port}", "token") as client, pytest.raises(kind) as raised:
        client.packages()
    assert type(raised.value) is kind
    error = raised.value
    assert (error.message, error.field, error.rule, error.help) == ("What happened.", "f", "r", "h")


@pytest.mark.parametrize(
    ("variables", "url", "authorization"),
    [
        ({}, "http://127.0.0.1:8000/services/aglais/api/", None),
        ({"AGLAIS_URL": "http://h.test"}, "http://h.test/services/aglais/api/", None),
        (
            {"AGLAIS_API_URL": "http://h.test/services/aglais/api", "AGLAIS_URL": "http://other.test"},
            "http://h.test/services/aglais/api/",
            None,
        ),
        ({"JUPYTERHUB_API_TOKEN": "lab"}, "http://127.0.0.1:8000/services/aglais/api/", "token lab"),
        ({"AGLAIS_TOKEN": "mine", "JUPYTERHUB_API_TOKEN": "lab"}, None, "token mine"),
        ({"AGLAIS_ADMIN_TOKEN": "admins", "JUPYTERHUB_API_TOKEN": "lab"}, None, "token lab"),
        ({"AGLAIS_ADMIN_TOKEN": "admins"}, None, "token admins"),
    ],
)
def test_without_arguments_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str | None, authorization: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with Client() as client:
        assert client.url == (url or client.url)
        assert client._http.headers.get("Authorization") == authorization


def test_a_calls_times_are_written_as_the_api_reads_them() -> None:
    call = calls.book("tiny", startdate=NOW, duration=timedelta(minutes=90), cores=0.5)
    assert call.body == {"package": "tiny", "startdate": "2026-06-08T09:00:00Z", "duration": "PT5400S", "cores": 0.5}
    assert calls.available((NOW, "2026-06-14")).query["range"] == "2026-06-08T09:00:00Z,2026-06-14"
    assert isinstance(calls.booking("a/b?c"), Call)
    assert calls.booking("a/b?c").path == "bookings/a%2Fb%3Fc"
