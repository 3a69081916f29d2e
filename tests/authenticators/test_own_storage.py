"""A home fills up and is tidied, in a real Chromium: in the lab, and on the page of what is stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.authenticators.person import PASSWORD, Person, mails
from tests.authenticators.test_browser import browser, listen, look
from tests.support.browser import OUTPUT, PICTURES, keep, open_page
from tests.support.notebooks import write
from tests.support.product import wait_until
from tests.support.steps import open_panel, wait_for_kernel, wait_for_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.product import Product

__all__ = ["browser"]

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

STORY = "storage"
SMALL = {
    "notebooks": {"files": 5, "size": 5, "kept": "P1Y", "keep": "again"},
    "saved": {"files": 20, "size": 1, "kept": "P6M", "keep": "always"},
    "temporary": {"files": 100, "size": 20, "kept": "P7D"},
}


def test_a_full_space_saves_what_is_open_and_takes_nothing_new(
    product: Product, browser: Browser, address: str, tmp_path: Path
) -> None:
    with Person(product) as person:
        name = person.join(address)
    product.client().set_account(name, attributes=SMALL)
    home = product.state / "homes" / name
    with open_page(browser, STORY) as page:
        wrong = listen(page)
        page.goto(f"{product.url}hub/login?next=/hub/storage")
        page.get_by_label("Email").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Nothing is known yet")).to_be_visible()
        look(page, "nothing", STORY)

        assert product.start_server(name).status_code in (201, 202)
        write(home / "user" / "mine.ipynb", ["open('run.bin', 'wb').write(b'x' * 2 * 2**20)"])
        page.goto(f"{product.url}user/{name}/lab/tree/user/mine.ipynb")
        wait_for_lab(page)
        wait_for_kernel(page)
        _run(page)
        open_panel(page)
        space = page.get_by_role("region", name="Space")
        expect(space.get_by_role("alert")).to_contain_text("nothing new fits")
        expect(space).to_contain_text("2 of 1 MiB · 1 of 20 files")
        expect(space).to_contain_text("user/run.bin (2 MiB, 1 file)")
        _pictures(page)

        new = tmp_path / "new.csv"
        new.write_text("a,b\n")
        _upload(page, new)
        refusal = page.get_by_role("dialog").filter(has_text="of your saved data space are used")
        expect(refusal).to_contain_text("the largest: user/run.bin (2 MiB, 1 file). There is room in temp/.")
        keep(page, STORY, "refused")
        refusal.get_by_role("button").last.click()
        assert not (home / "user" / "new.csv").exists()

        _type(page, "kept = 'though it is full'")
        page.keyboard.press("ControlOrMeta+s")
        wait_until(lambda: "though it is full" in (home / "user" / "mine.ipynb").read_text(), saying="it is saved")

        page.locator(".jp-DirListing-item", has_text="run.bin").click()
        page.keyboard.press("Delete")
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        wait_until(lambda: not (home / "user" / "run.bin").exists(), saying="it is deleted")
        _upload(page, new)
        wait_until((home / "user" / "new.csv").exists, saying="there is room again")
        expect(space.get_by_role("alert")).to_be_hidden()
        expect(space).to_contain_text("There is room for more.")
        assert list((home / "temp").parent.glob(".local/share/Trash/files/*")) == []

        _see_page(product, page, name)
        assert wrong == []
        _is_suspended(product, page, name, address)


def _see_page(product: Product, page: Page, name: str) -> None:
    """The page of what is stored: kept for good, and no longer."""
    wait_until(
        lambda: {item.path for item in product.client().storage(name).items} == {"user/mine.ipynb", "user/new.csv"},
        120,
        saying="the services have been told",
    )
    page.goto(f"{product.url}hub/storage")
    saved = page.get_by_role("region", name="Saved data")
    expect(saved).to_contain_text("4 bytes of 1 MiB · 1 of 20 files")
    expect(saved).to_contain_text("What isn't changed for 6 months is deleted.")
    look(page, "stored", STORY)
    saved.get_by_role("button", name="Keep for good: user/new.csv").click()
    expect(page.get_by_role("status")).to_have_text("Kept for good.")
    expect(saved).to_contain_text("kept for good")
    saved.get_by_role("button", name="Don't keep: user/new.csv").click()
    expect(saved.get_by_role("button", name="Keep for good: user/new.csv")).to_be_visible()
    expect(saved).not_to_contain_text("kept for good")


def _is_suspended(product: Product, page: Page, name: str, address: str) -> None:
    """What somebody has just typed is saved before their lab is stopped, and they are written why it was."""
    notebook = product.state / "homes" / name / "user" / "mine.ipynb"
    page.goto(f"{product.url}user/{name}/lab/tree/user/mine.ipynb")
    wait_for_lab(page)
    wait_for_kernel(page)
    _type(page, "typed = 'before the lab was stopped'")
    assert "before the lab" not in notebook.read_text()
    product.client().suspend(name, "Mining coins.")
    told = page.get_by_role("dialog").filter(has_text="Your lab has been stopped")
    expect(told).to_contain_text("Your notebooks are saved in user/.")
    keep(page, STORY, "suspended")
    assert "before the lab" in notebook.read_text()
    wait_until(lambda: not product.server(name), 180, saying="the lab has stopped")
    said = mails(product, address, 2)[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Mining coins." in said
    assert "Ask help@example.org about it." in said


def test_visitors_are_told_that_everything_goes(person: Person) -> None:
    person.visit()
    person.get("hub/storage")
    assert "All of this goes with your visit" in person.text
    assert "Saved data" not in person.text
    assert person.link("Register").endswith("/hub/register")


def _run(page: Page) -> None:
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-InputPrompt").first).to_have_text(re.compile(r"\[\d+\]"), timeout=180_000)


def _upload(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload Files").click()
    chooser.value.set_files(file)


def _type(page: Page, text: str) -> None:
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def _pictures(page: Page) -> None:
    """The card, in a panel of 250 px, light, dark, and with forced colours."""
    card = page.get_by_role("region", name="Space")
    assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
    if not PICTURES:
        return
    for name, is_light in (("dark", "false"), ("light", "true")):
        page.evaluate("light => document.body.setAttribute('data-jp-theme-light', light)", is_light)
        card.screenshot(path=OUTPUT / STORY / f"card-{name}.png")
    page.emulate_media(forced_colors="active")
    card.screenshot(path=OUTPUT / STORY / "card-forced.png")
    page.emulate_media(forced_colors="none")
