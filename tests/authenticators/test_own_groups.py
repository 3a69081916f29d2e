"""The page of one's groups: with a real Chromium, and for whoever has no eyes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.authenticators.person import PASSWORD, Person
from tests.authenticators.test_browser import listen, look
from tests.support.browser import open_browser, open_page

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "groups"


def test_an_owner_adds_and_removes_members_and_hands_over(product: Product, address: str) -> None:
    with Person(product) as somebody:
        owner = somebody.join(address)
    with Person(product) as other:
        member = other.join("bob-" + address)
    admin = product.client()
    with open_browser() as browser, open_page(browser, STORY) as page:
        wrong = listen(page)
        page.goto(f"{product.url}hub/login?next=/hub/groups")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="You are in no group")).to_be_visible()
        look(page, "none", STORY)
        admin.create_group("astro", display="Astrometry of dwarf galaxies", note="Until the paper is out.", owner=owner)
        admin.give_budget("astro", 120, "2026-01-01", "2099-12-31")
        page.reload()
        expect(page.get_by_text("120 core-hours left")).to_be_visible()
        page.get_by_label("Add somebody").fill("bob-" + address)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("Added, if there is such an account.")).to_be_visible()
        assert [one.account for one in admin.group("astro").members] == [owner, member]
        soon = datetime.now(UTC) + timedelta(days=2)
        admin.book_class("tiny", [owner, member], group="astro", startdate=soon, duration=timedelta(hours=1))
        page.goto(f"{product.url}hub/groups")
        each = page.locator("li", has_text="core-hours: ").filter(has_text="booked ahead")
        expect(each).to_have_count(2)
        look(page, "two", STORY)
        page.get_by_role("link", name="Leave Astrometry").click()
        expect(page.get_by_role("heading", name="You are the only owner")).to_be_visible()
        page.get_by_role("link", name="My groups").click()
        page.get_by_role("link", name="Remove").click()
        expect(page.get_by_text("reads and writes its folder until it ends")).to_be_visible()
        look(page, "remove", STORY)
        page.get_by_role("link", name="Keep them").click()
        page.get_by_role("button", name="Make owner").click()
        page.get_by_role("link", name="Leave Astrometry").click()
        page.get_by_role("button", name="Leave the group").click()
        expect(page.get_by_text("You are not in the group any more.")).to_be_visible()
        assert [one.account for one in admin.group("astro").members] == [member]
        assert {one.account: one.role for one in admin.group_use("astro").rows} == {member: "owner", owner: None}
        assert wrong == []


def test_pages_of_a_group_are_for_whoever_is_in_it(product: Product, person: Person, address: str) -> None:
    name = person.join(address)
    admin = product.client()
    admin.create_group("secret")
    for path in ("hub/groups/secret/delete", f"hub/groups/secret/members/{name}"):
        assert person.get(path).status_code == 404
        person.get("hub/account")
        assert person.post(f"/{path}", files="delete").status_code == 404
    person.get("hub/account")
    assert person.post("/hub/groups", group="secret", account=name, role="owner").status_code == 404
    assert admin.group("secret").members == []
    admin.add_member("secret", name, role="member")
    person.get("hub/groups/secret/delete")
    assert person.post("/hub/groups/secret/delete", files="delete").status_code == 403
    admin.add_member("secret", name, role="owner")
    person.get("hub/groups/secret/delete")
    assert person.post("/hub/groups/secret/delete", files="keep").status_code == 303
    assert "secret" not in [row.name for row in admin.groups().rows]
