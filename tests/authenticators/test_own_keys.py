"""The page of one's keys: with a real Chromium, and for whoever has no eyes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.authenticators.person import PASSWORD, Person
from tests.authenticators.test_browser import lasting, listen, look
from tests.support.browser import open_browser, open_page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "keys"


def test_keys_are_generated_added_copied_and_removed(product: Product, address: str, tmp_path: Path) -> None:
    with Person(product) as somebody:
        name = somebody.join(address)
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "ann@laptop", "-f", tmp_path / "key"], check=True)
    mine = (tmp_path / "key.pub").read_text().strip()
    with open_browser() as browser, open_page(browser, STORY) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        wrong = listen(page)
        page.goto(f"{product.url}hub/login?next=/hub/keys")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("None yet.")).to_be_visible()
        look(page, "none", STORY)
        generate = page.get_by_role("region", name="Generate a key for git")
        generate.get_by_label("Name").fill("GitHub")
        generate.get_by_role("button", name="Generate").click()
        expect(page.get_by_text("Generated. Copy")).to_be_visible()
        ours = product.client().keys(name).rows[0]
        with lasting(page):
            page.get_by_role("button", name="Copy the public half of GitHub").click()
            expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
        assert page.evaluate("navigator.clipboard.readText()") == ours.public
        page.get_by_role("textbox", name="Public half").fill("half a key")
        page.get_by_role("button", name="Add key").click()
        expect(page.get_by_role("alert")).to_contain_text("no public key")
        page.get_by_role("textbox", name="Public half").fill(mine)
        page.get_by_role("button", name="Add key").click()
        expect(page.get_by_text("ann@laptop").first).to_be_visible()
        look(page, "two", STORY)
        page.get_by_role("link", name="Remove GitHub").click()
        expect(page.get_by_text("can't be brought back")).to_be_visible()
        look(page, "remove", STORY)
        page.get_by_role("button", name="Remove the key").click()
        expect(page.get_by_text("Removed.")).to_be_visible()
        assert [(key.kind, key.public) for key in product.client().keys(name).rows] == [("authorised", mine)]
        assert wrong == []


def test_a_visitor_is_told_why_not_and_a_private_half_never_comes_back(person: Person, address: str) -> None:
    person.visit()
    person.get("hub/keys")
    assert "Keys are for members" in person.text
    with Person(person.product) as member:
        member.join(address)
        member.get("hub/keys")
        pasted = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"
        assert member.post("/hub/keys", public=pasted).status_code == 400
        assert "must never leave your machine" in member.text
        assert "b3BlbnNzaC1rZXkt" not in member.page.text
        member.get("hub/keys")
        assert member.post("/hub/keys", public="  ").status_code == 400
        assert "There is no key yet. Paste the line of a .pub file." in member.text
        member.get("hub/keys")
        assert member.post("/hub/keys", public="b3BlbnNzaC1rZXktdjEAAAAABG5vbmU").status_code == 400
        assert "b3BlbnNzaC1rZXkt" not in member.page.text
