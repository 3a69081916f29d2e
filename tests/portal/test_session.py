"""The cookies of the web pages: signed, bound to the hub's session, useless to other sites."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Request, Response

from aglais_hub.errors import ForbiddenError, UnauthenticatedError
from aglais_hub.portal.session import PortalSession

TOKEN = "a-token-of-ann"


def make(**more: Any) -> PortalSession:
    made = {"api_url": "http://127.0.0.1:1/hub/api", "token": "secret", "client_id": "service-aglais", "hub": "/hub/"}
    return PortalSession(**{**made, "is_secure": False, **more})


def request(cookies: dict[str, str], method: str = "GET", **headers: str) -> Request:
    sent = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), **headers}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": method, "path": "/services/aglais/bookings", "query_string": b"", "headers": raw}
    return Request(scope)


def cookies_of(answer: Response) -> dict[str, str]:
    pairs = [
        value.decode().split(";", 1)[0].split("=", 1) for name, value in answer.raw_headers if name == b"set-cookie"
    ]
    return dict(pairs)


def admitted(session: PortalSession, hub_session: str = "one") -> dict[str, str]:
    answer = Response()
    session.admit(request({"jupyterhub-session-id": hub_session}), answer, token=TOKEN, state="s" * 32)
    return {**cookies_of(answer), "jupyterhub-session-id": hub_session}


def signature_changed(cookie: str) -> str:
    """With another first character: of the last, Base64 leaves two bits unused."""
    content, signature = cookie.rsplit(".", 1)
    return f"{content}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def test_whoever_was_admitted_is_known() -> None:
    session = make()
    assert session.token_from_cookie(request(admitted(session))) == TOKEN


@pytest.mark.parametrize("hub_session", ["two", ""])
def test_whoever_left_the_hub_or_came_as_somebody_else_is_out(hub_session: str) -> None:
    session = make()
    cookies = {**admitted(session), "jupyterhub-session-id": hub_session}
    assert session.token_from_cookie(request(cookies)) is None


def test_a_cookie_that_was_made_up_or_changed_counts_for_nothing() -> None:
    session = make()
    cookies = admitted(session)
    for forged in (
        admitted(make(token="another secret"))["aglais-session"],
        signature_changed(cookies["aglais-session"]),
        cookies["aglais-session"].split(".", 1)[1],
        "",
        "x",
        "\u00e9",
    ):
        assert (
            session.token_from_cookie(request({**cookies, "aglais-session": forged.encode().decode("latin-1")})) is None
        )


def test_a_change_needs_the_pages_own_token() -> None:
    session = make()
    cookies = admitted(session)
    good = session.xsrf(TOKEN)
    assert session.token_from_cookie(request(cookies, "POST", **{"x-xsrftoken": good})) == TOKEN
    for bad in ("", "x", session.xsrf("a-token-of-ben"), good.upper()):
        with pytest.raises(ForbiddenError, match="out of date"):
            session.token_from_cookie(request(cookies, "DELETE", **{"x-xsrftoken": bad}))
    assert session.token_from_cookie(request({}, "POST")) is None


def test_only_the_browser_that_began_to_log_in_ends_it() -> None:
    session = make()
    answer = Response()
    url = session.login_url(request({}), answer, following="/services/aglais/bookings/1?x=y")
    assert url.startswith("/hub/api/oauth2/authorize?client_id=service-aglais&redirect_uri=%2Fservices%2Faglais%2F")
    assert "code_challenge_method=S256" in url
    state = url.split("state=")[1].split("&")[0]
    for cookies, said in (({}, state), (cookies_of(answer), "x" * 32), (cookies_of(answer), state[:8] + "x" * 24)):
        with pytest.raises(UnauthenticatedError):
            session.finish_login(request(cookies), code="code", state=said)


def test_cookies_stay_on_our_pages_and_out_of_scripts() -> None:
    answer = Response()
    make(is_secure=True).admit(request({}), answer, token=TOKEN, state="s" * 32)
    cookie = next(value.decode() for name, value in answer.raw_headers if name == b"set-cookie")
    for attribute in ("HttpOnly", "Path=/services/aglais/", "SameSite=lax", "Secure"):
        assert attribute in cookie
    assert TOKEN not in cookie.replace("aglais-session", "") or "." in cookie


def test_without_a_secret_nobody_can_sign() -> None:
    here = PortalSession.from_environment({}, public_url="http://127.0.0.1:8000/")
    assert here.token_from_cookie(request(admitted(make(token="")))) is None
    assert here.token_from_cookie(request(admitted(here))) == TOKEN
