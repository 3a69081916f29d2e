"""The platform with two real OpenID providers and a real mail server at its doors, and how people come in."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.test_mail import FreePortController, Mailbox
from tests.support.openid import SECRET, OpenIdProvider
from tests.support.ports import free_port
from tests.support.product import Product, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.wire.accounts import Account

PASSWORD = "correct horse battery"
TABLE = """
[{name}]
kind = "openid"
label = "{label}"
url = "{url}"
client_id = "aglais"
client_secret = "{secret}"
"""

_numbers = itertools.count(1)


@dataclass
class House:
    """The platform, the two providers at its doors, and the mail that has come."""

    product: Product
    north: OpenIdProvider
    south: OpenIdProvider
    mail: Mailbox

    def page_of(self, path: str) -> str:
        return f"{self.product.url}{path}"

    def account(self, name: str) -> Account:
        return self.product.client().account(name)

    def mailed_link(self, address: str) -> str:
        def newest() -> str | None:
            texts = [content.decode() for to, content in self.mail.received if to == [address]]
            found = re.search(r"http\S+/confirm/\S+", texts[-1]) if texts else None
            return found[0] if found else None

        found: str = wait_until(newest, saying=f"a mail to {address} has come")
        return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, port, box = tmp_path_factory.mktemp("oauth"), free_port(), Mailbox()
    controller = FreePortController(box, hostname="127.0.0.1", port=0)
    controller.start()
    back = f"http://127.0.0.1:{port}/hub/oauth/{{}}/callback"
    north = OpenIdProvider("north", back.format("north"))
    # It wants the secret in a header; the platform finds that out.
    south = OpenIdProvider("south", back.format("south"), method="client_secret_basic")
    with north, south:
        tables = [
            TABLE.format(name=one.name, label=f"{one.name.title()} University", url=one.url, secret=SECRET)
            for one in (north, south)
        ]
        (folder / "providers.toml").write_text("".join(tables))
        settings = {
            "AGLAIS_PROVIDERS": str(folder / "providers.toml"),
            "AGLAIS_ASK_AFFILIATION": "true",
            "AGLAIS_TERMS_URL": "https://example.org/terms",
            "AGLAIS_SMTP_HOST": "127.0.0.1",
            "AGLAIS_SMTP_PORT": str(controller.port),
            "AGLAIS_SMTP_STARTTLS": "false",
        }
        with Product(folder / "state", settings, port=port) as product:
            yield House(product, north, south, box)
            assert SECRET not in "".join(product.log(name) for name in ("hub", "services", "proxy"))
    controller.stop()


@pytest.fixture
def login() -> str:
    """What somebody is called who has not been here yet."""
    return f"ann-{next(_numbers)}"


def come(house: House, page: Page, provider: OpenIdProvider, login: str) -> None:
    """Go to the log-in page, to the provider, log in there, and come back."""
    page.goto(house.page_of("hub/login"))
    page.get_by_role("link", name=f"Continue with {provider.name.title()} University").click()
    log_in_there(page, login)


def log_in_there(page: Page, login: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_role("button", name="Log in").click()
    # Whoever has a lab that runs is led straight into it.
    page.wait_for_url(re.compile("/(hub|user)/"), wait_until="commit")


def answer(page: Page, button: str = "Open my account") -> None:
    """Answer what is asked."""
    page.get_by_label("Where you work").fill("ROE")
    page.get_by_role("checkbox", name=re.compile("terms of use")).check()
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(r"/hub/(spawn|home)"))


def name_of(page: Page) -> str:
    return page.locator(".hub-me").inner_text()


def join(house: House, page: Page, provider: OpenIdProvider, login: str) -> str:
    """Open an account; gives its name."""
    come(house, page, provider, login)
    answer(page)
    return name_of(page)


def join_by_mail(house: House, page: Page, address: str) -> str:
    page.goto(house.page_of("hub/register"))
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="check your mail")).to_be_visible()
    page.goto(house.mailed_link(address))
    log_in_by_mail(page, address)
    return name_of(page)


def log_in_by_mail(page: Page, address: str) -> None:
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"/hub/(spawn|welcome)"))
