"""One's data: taken along in a real Chromium, and deleted with the account."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from aglais_hub.errors import NotFoundError
from tests.authenticators.person import PASSWORD, Person, mails
from tests.authenticators.test_browser import listen, look
from tests.support.browser import open_browser, open_page
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "data"


def is_gone(product: Product, name: str) -> bool:
    try:
        product.client().account(name)
    except NotFoundError:
        return True
    return False


def test_data_are_taken_along_and_the_account_deleted(product: Product, address: str) -> None:
    with Person(product) as somebody:
        name = somebody.join(address)
    product.client().generate_key(name, name="git")
    with open_browser() as browser, open_page(browser, STORY) as page:
        wrong = listen(page)
        page.goto(f"{product.url}hub/login?next=/hub/data")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("Your home has no files.")).to_be_visible()
        folder = product.state / "homes" / name / "user"
        folder.mkdir(parents=True)
        (folder / "mine.ipynb").write_text("{}" * 1024)
        page.reload()
        expect(page.get_by_text("1 file of your home (2 KiB")).to_be_visible()
        look(page, "data", STORY)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        assert download.value.suggested_filename == f"{name}.zip"
        with zipfile.ZipFile(download.value.path()) as archive:
            assert archive.read("files/user/mine.ipynb") == b"{}" * 1024
            assert json.loads(archive.read("account.json"))["account"]["name"] == name
        page.get_by_role("link", name="Delete my account").click()
        expect(page.get_by_text("1 key: git and machines")).to_be_visible()
        look(page, "delete", STORY)
        for typed, password, said in (
            ("ann", PASSWORD, f"This is not {name}."),
            (name, "not my password", "The password is wrong."),
        ):
            page.get_by_label(f"Type {name}").fill(typed)
            page.get_by_label("Your password").fill(password)
            page.get_by_role("button", name="Delete my account for good").click()
            expect(page.get_by_role("alert")).to_contain_text(said)
        assert not is_gone(product, name)
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Delete my account for good").click()
        expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
        look(page, "deleted", STORY)
        assert wrong == []
        page.goto(f"{product.url}hub/data")
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
    with Person(product) as somebody:
        assert somebody.login(address).status_code == 403
    assert mails(product, address, 2)[-1]["Subject"] == "Your account at Aglais is deleted"
    wait_until(lambda: is_gone(product, name), 180, saying="the account is gone")


def test_who_has_no_password_has_to_have_just_logged_in(product: Product, person: Person) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    card = product.client().open_batch(1, "leaving", until).rows[0]
    person.get(card.url)
    form = person.get("hub/data/delete")
    kept = person.http.cookies["aglais-fresh"]
    person.http.cookies.delete("aglais-fresh")
    person.post("/hub/data/delete", name=card.account)
    assert (person.page.status_code, "logged in too long ago" in person.text) == (400, True)
    assert "/hub/data/delete" not in person.forms()
    # Nobody else's log-in counts, nor what somebody has made up.
    with Person(product) as other:
        other.visit()
        for fresh in (other.http.cookies["aglais-fresh"], kept[:-1] + ("0" if kept[-1] != "0" else "1")):
            person.page = form
            person.http.cookies.set("aglais-fresh", fresh)
            assert person.post("/hub/data/delete", name=card.account).status_code == 400
    assert not is_gone(product, card.account)
    person.http.cookies.delete("aglais-fresh")
    person.http.cookies.set("aglais-fresh", kept)
    person.page = form
    assert person.post("/hub/data/delete", name=card.account).status_code == 200
    assert "Your account is deleted" in person.text
    wait_until(lambda: is_gone(product, card.account), 180, saying="the account is gone")
