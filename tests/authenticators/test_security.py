"""Every page, the hub's and ours: the headers it travels with, what its policy blocks, and posts from elsewhere."""

from __future__ import annotations

import hashlib
import itertools
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import aglais_hub
from aglais_hub.authenticators import AglaisAuthenticator
from aglais_hub.portal.handlers import router
from aglais_hub.portal.headers import POLICY
from tests.authenticators.person import PASSWORD, Person
from tests.support.browser import open_browser, open_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

INLINE = re.compile(r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>|\s(?:style|on[a-z]+)=")

ADMIN = "chief@example.org"

CHOSEN = {"([^/]+)": "something", r"(/.*)?": "/lab", r"(\d{1,15})": "1", "{name}": "ann"}
"""What stands in an address for a part that varies; anything else in braces is ``something``."""

JUPYTERHUBS_OWN = ("token", "admin", "accept-share", "api/oauth2/authorize")
"""Pages that are as JupyterHub makes them, with its inline scripts."""

OF_OTHERS = ("spawn-pending/nobody", "error/503", "nowhere", "user-redirect/lab", "security/nothing")
"""Addresses of JupyterHub's that answer with a page of ours."""


def hub_handlers() -> dict[str, Any]:
    """The handlers of our authenticator by address, under ``/hub/``."""
    found = {}
    for pattern, handler, *_ in AglaisAuthenticator().get_handlers(None):
        address = pattern.lstrip("/")
        for part, chosen in CHOSEN.items():
            address = address.replace(part, chosen)
        if "static" not in address:
            found[address] = handler
    return found


def portal_addresses() -> list[str]:
    """The addresses of the web pages."""
    return [re.sub(r"{\w+}", lambda part: CHOSEN.get(part[0], "something"), one.path)[1:] for one in router.routes]  # type: ignore[attr-defined]


HUB = hub_handlers()
ADDRESSES = [*(f"hub/{one}" for one in [*HUB, *OF_OTHERS]), *portal_addresses(), "services/aglais/nowhere"]
OWN = [one for one in ADDRESSES if one.removeprefix("hub/") not in JUPYTERHUBS_OWN]
# Here the browser leaves: it is logged out, or sent on.
LEAVING = ("hub/leave", "hub/logout", "hub/try")
DOWNLOADS = ("services/aglais/archive",)


@pytest.fixture(scope="module")
def admin(product: Product) -> Iterator[Person]:
    with Person(product) as somebody:
        if somebody.login(ADMIN).status_code != 302:
            somebody.join(ADMIN)
        yield somebody


def check(person: Person, address: str) -> None:
    headers = person.get(address, follow=False).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy.replace("style-src 'self' 'unsafe-inline'", ""), address
    assert "frame-ancestors 'none'" in policy, address
    assert headers["x-content-type-options"] == "nosniff", address
    assert headers["referrer-policy"] in ("same-origin", "no-referrer"), address
    assert headers["cross-origin-opener-policy"] == "same-origin", address
    assert "no-store" in headers["cache-control"], address
    assert person.page.status_code < 500 or address == "hub/error/503", (address, person.text)
    if address in OWN:
        assert policy == POLICY, address
        inline = re.findall(
            r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>|\s(?:style|on\w+)=", person.page.text
        )
        assert not inline, address


def test_every_page_travels_safely(product: Product, admin: Person) -> None:
    with Person(product) as stranger:
        for address in ADDRESSES:
            check(stranger, address)
    for address in ADDRESSES:
        if address not in LEAVING:
            check(admin, address)


def test_the_page_of_the_proxy_runs_what_stands_in_it_and_no_more() -> None:
    """Nobody is there to send headers; what the page itself says holds its own style and script by their digests."""
    page = (Path(aglais_hub.__file__).parent / "up" / "pages" / "503.html").read_text()
    for tag in ("script", "style"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page, tag
    assert "unsafe" not in page


def test_files_are_what_they_say(admin: Person) -> None:
    for address in ("hub/aglais/static/lab.js", "hub/aglais/static/logo.svg", "services/aglais/static/aglais.css"):
        answer = admin.get(address)
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff"), address


def test_no_page_takes_a_post_that_does_not_come_from_a_page(product: Product, admin: Person) -> None:
    """As another site could send it: with the cookies, and without the page's token."""
    taking = [one for one, handler in HUB.items() if "post" in vars(handler) or one == "login"]
    assert len(taking) > 10
    with Person(product) as stranger:
        for somebody, address in itertools.product((admin, stranger), taking):
            answer = somebody.http.post(f"hub/{address}", data={"email": "ann@example.org", "password": PASSWORD})
            assert answer.status_code == 403, address
            assert re.search("_xsrf|XSRF|form invalid or expired", answer.text), address


def test_cookies_stay_with_us(product: Product, admin: Person) -> None:
    """No script reads them, no other site sends them along."""
    with Person(product) as somebody:
        somebody.login(ADMIN)
        set_here = [*somebody.page.headers.get_list("set-cookie")]
        for answer in [*somebody.get("services/aglais/bookings").history, somebody.page]:
            set_here += answer.headers.get_list("set-cookie")
    by_name = {one.partition("=")[0]: one.lower() for one in set_here if "max-age=0" not in one.lower()}
    paths = {"jupyterhub-hub-login": "/hub/", "jupyterhub-session-id": "/", "aglais-session": "/services/aglais/"}
    for name, path in paths.items():
        assert "httponly" in by_name[name], name
        assert "samesite=lax" in by_name[name], name
        assert f"path={path};" in f"{by_name[name]};", name


def test_nothing_on_a_page_is_blocked(product: Product, admin: Person) -> None:
    """A real browser tells of everything that a page's policy keeps from running."""
    with open_browser() as browser, open_page(browser, "security") as page:
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: wrong.append(f"{page.url}: {said.text}") if "Content Security Policy" in said.text else None,
        )
        page.context.add_cookies(
            [
                {"name": one.name, "value": one.value or "", "url": product.url + one.path.lstrip("/")}
                for one in admin.http.cookies.jar
            ]
        )
        for address in ADDRESSES:
            if address not in (*LEAVING, *DOWNLOADS):
                page.goto(product.url + address, wait_until="load")
        assert page.goto(f"{product.url}hub/admin")
        page.get_by_role("button", name="Add Users").wait_for()
        assert wrong == []
