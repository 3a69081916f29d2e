"""What oauthenticator's classes make of the providers' own interfaces, and of answers that make no sense."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from aglais_hub.authenticators.oauth import ProviderDoor
from aglais_hub.authenticators.oauth.claims import Proven
from aglais_hub.errors import AglaisError, ForbiddenError, InvalidValueError, ServiceDownError
from aglais_hub.providers import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = {"access_token": "t", "token_type": "bearer", "scope": "read:user,user:email"}


class Site:
    """Answers each path with what it is told: a status and JSON."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, told = site.answers.get(self.path.partition("?")[0], (404, {}))
                body = told.encode() if isinstance(told, str) else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def door(self, name: str, **more: Any) -> ProviderDoor:
        told = {"name": name, "client_id": "us", "client_secret": SecretStr("x"), **more}
        if told.get("kind", name) in ("github", "gitlab", "openid"):
            told["url"] = self.url
        return ProviderDoor(Provider(**told), public_url="http://hub.example/")


class Back:
    """Somebody who comes back from a provider, as far as oauthenticator looks."""

    def get_argument(self, name: str, default: str = "") -> str:
        return {"code": "c"}.get(name, default)

    def get_state_cookie(self) -> str:
        return base64.urlsafe_b64encode(json.dumps({"code_verifier": "v"}).encode()).decode()


def prove(door: ProviderDoor) -> Proven:
    return asyncio.run(door.prove(Back()))


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize(
    ("addresses", "email"),
    [
        ([("a@x.org", False, True), ("b@x.org", True, True)], "b@x.org"),
        ([("a@x.org", False, True), ("b@x.org", True, False)], None),
        ([], None),
    ],
)
def test_of_githubs_addresses_the_verified_primary_one_counts(site: Site, addresses: Any, email: str | None) -> None:
    site.answers = {
        "/login/oauth/access_token": (200, TOKEN),
        # The profile shows whatever its owner likes.
        "/api/v3/user": (200, {"id": 42, "login": "ann", "name": "Ann", "email": "shown@x.org"}),
        "/api/v3/user/emails": (
            200,
            [{"email": one, "primary": primary, "verified": verified} for one, primary, verified in addresses],
        ),
    }
    assert prove(site.door("github")) == Proven("42", "ann", "Ann", email)


def test_gitlab_tells_of_its_person(site: Site) -> None:
    site.answers = {
        "/oauth/token": (200, TOKEN),
        "/api/v4/user": (200, {"id": 7, "username": "ann", "name": "Ann", "email": "a@x.org", "confirmed_at": "2020"}),
    }
    assert prove(site.door("gitlab")) == Proven("7", "ann", "Ann", "a@x.org")


def test_globus_tells_of_its_person(site: Site) -> None:
    told = {"sub": "g", "preferred_username": "ann@globusid.org", "name": "Ann", "email": "a@x.org"}
    site.answers = {"/token": (200, {**TOKEN, "other_tokens": []}), "/userinfo": (200, told)}
    door = site.door("globus", options={"token_url": f"{site.url}/token", "userdata_url": f"{site.url}/userinfo"})
    assert prove(door) == Proven("g", "ann@globusid.org", "Ann", None)


def test_cilogon_lets_in_from_the_institutions_that_are_named(site: Site) -> None:
    home = "https://idp.example.edu/shibboleth"
    options = {"token_url": f"{site.url}/token", "userdata_url": f"{site.url}/userinfo"}
    door = site.door("cilogon", institutions=[home], options=options)
    told = {"sub": "c", "idp": home, "eppn": "ann@example.edu", "name": "Ann", "email": "a@x.org"}
    site.answers = {"/token": (200, TOKEN), "/userinfo": (200, told)}
    assert prove(door) == Proven("c", "ann@example.edu", "Ann", None)
    site.answers["/userinfo"] = (200, {**told, "idp": "https://elsewhere.example/shibboleth"})
    with pytest.raises(ForbiddenError, match="not open to your CILogon account"):
        prove(door)


def test_google_tells_of_its_person(site: Site) -> None:
    options = {"token_url": f"{site.url}/token", "userdata_url": f"{site.url}/userinfo"}
    told = {"id": "1", "email": "a@x.org", "verified_email": True, "name": "Ann"}
    site.answers = {"/token": (200, TOKEN), "/userinfo": (200, told)}
    assert prove(site.door("google", options=options)) == Proven("1", "a@x.org", "Ann", "a@x.org")


def test_azure_tells_of_its_person_in_the_id_token(site: Site) -> None:
    parts = [{"alg": "none"}, {"oid": "o", "tid": "t", "name": "Ann", "upn": "ann@corp", "email": "a@x.org"}]
    token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    site.answers = {"/token": (200, {**TOKEN, "id_token": f"{token}."})}
    door = site.door("azure", tenant="t", options={"token_url": f"{site.url}/token"})
    assert prove(door) == Proven("t/o", "ann@corp", "Ann", None)
    for odd in ("no token", None, 7):
        site.answers = {"/token": (200, {**TOKEN, "id_token": odd})}
        with pytest.raises(InvalidValueError, match="did not confirm"):
            prove(door)


def test_options_keep_out_whom_they_do_not_name(site: Site) -> None:
    site.answers = {
        "/login/oauth/access_token": (200, TOKEN),
        "/api/v3/user": (200, {"id": 42, "login": "ann", "name": "Ann", "email": "a@x.org"}),
        "/api/v3/user/emails": (200, []),
    }
    door = site.door("github", options={"allowed_organizations": ["esa"]})
    assert "read:org" in door.authenticator.scope, "else GitHub tells of public memberships alone"
    with pytest.raises(ForbiddenError, match="not open to your GitHub account"):
        prove(door)
    site.answers["/api/v3/orgs/esa/members/ann"] = (204, "")
    assert prove(door).subject == "42"


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [
        (500, {}, ServiceDownError),
        (503, "<h1>no</h1>", ServiceDownError),
        (400, {"error": "invalid_grant"}, InvalidValueError),
        (401, {"error": "invalid_client"}, InvalidValueError),
        (200, {"error": "bad_verification_code", "error_description": "no"}, InvalidValueError),
        (200, {}, InvalidValueError),
        (200, "<h1>hello</h1>", InvalidValueError),
        (200, [], InvalidValueError),
    ],
)
def test_answers_that_make_no_sense_are_told_as_ours(
    site: Site, status: int, told: Any, kind: type[AglaisError]
) -> None:
    site.answers = {"/oauth/token": (status, told)}
    with pytest.raises(kind):
        prove(site.door("gitlab"))


@pytest.mark.parametrize("told", ["ann", [], ["ann"], None, 1, {"id": ["7"]}, {"id": None}, {"id": True}])
def test_a_person_that_makes_no_sense_is_told_as_ours(site: Site, told: Any) -> None:
    site.answers = {"/oauth/token": (200, TOKEN), "/api/v4/user": (200, json.dumps(told))}
    with pytest.raises(InvalidValueError):
        prove(site.door("gitlab"))


def test_an_issuer_is_who_it_says_it_is(site: Site) -> None:
    found = dict.fromkeys(("authorization_endpoint", "token_endpoint", "userinfo_endpoint"), f"{site.url}/x")
    site.answers = {"/.well-known/openid-configuration": (200, {**found, "issuer": "https://elsewhere.example"})}
    door = site.door("institute", kind="openid")
    with pytest.raises(ServiceDownError):
        asyncio.run(door.find())
    # And once it is, it is asked no more.
    site.answers = {"/.well-known/openid-configuration": (200, {**found, "issuer": site.url})}
    asyncio.run(door.find())
    site.answers = {}
    asyncio.run(door.find())
    assert door.authenticator.basic_auth is True, "without a word on it, the secret goes into a header"
