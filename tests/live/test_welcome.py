"""The first minute in a lab: what one has is beside what one can run, and nothing that is tried is lost."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import keep, open_browser, open_page
from tests.support.product import Product, wait_until
from tests.support.steps import wait_for_kernel, wait_for_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

STORY = "welcome"
OFFERED = ["The Milky Way in star counts", "Star counts", "Basic SQL", "Count rows", "Plot a graph"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("welcome") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_page(browser, STORY) as opened:
        yield opened


def visit(product: Product, page: Page) -> Path:
    """Come as a visitor; gives the home."""
    page.goto(product.url)
    page.get_by_role("button", name="Give it a try").click()
    wait_for_lab(page)
    return product.state / "homes" / base(page).rsplit("/", 1)[1]


def base(page: Page) -> str:
    return page.url.split("/lab")[0]


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Booking", exact=True)


def sections(page: Page) -> Locator:
    return page.locator(".jp-Launcher-sectionTitle")


def write_cell(page: Page, number: int, text: str) -> Locator:
    """Put something else into a cell and run it; gives the cell."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=180_000)
    return cell


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return found


def sessions(page: Page) -> list[tuple[str, str]]:
    """The path and the kernel of each."""
    told = page.request.get(f"{base(page)}/api/sessions").json()
    return [(one["path"], one["kernel"]["id"]) for one in told]


def test_a_first_lab_says_what_one_has_and_what_one_can_run(product: Product, page: Page) -> None:
    home = visit(product, page)
    expect(panel(page)).to_be_visible()
    expect(panel(page).get_by_role("region", name="Now")).to_contain_text("tiny")
    expect(panel(page).get_by_role("region", name="Visit")).to_contain_text("your notebooks and data are deleted")
    assert not panel(page).evaluate("panel => panel.contains(document.activeElement)"), "the panel has taken the focus"
    expect(page.get_by_role("heading", name="Examples")).to_be_visible()
    expect(sections(page)).to_have_text(["Notebook", "Examples", "Console", "Other"])
    cards = page.locator(".jp-LauncherCard[data-category=Examples]")
    # A tiny lab runs these, and no others.
    expect(cards).to_have_text(OFFERED, use_inner_text=True)
    keep(page, STORY, "1-first")

    # By keyboard: a copy of one's own, that can be run and saved.
    cards.first.focus()
    page.keyboard.press("Enter")
    wait_for_kernel(page)
    expect(page.get_by_role("button", name="Copy to user/")).to_be_hidden()
    own = home / "user" / "sky_density.ipynb"
    write_cell(page, 1, "6 * 7")
    page.keyboard.press("ControlOrMeta+s")
    wait_until(lambda: cells(own)[1]["source"] in ("6 * 7", ["6 * 7"]), saying="the own copy is saved")
    assert "6 * 7" not in (home / "examples" / "tiny" / "sky_density.ipynb").read_text()
    keep(page, STORY, "2-own")

    # It does not come back: the panel stays closed, and the examples are the launcher's last.
    page.get_by_role("tab", name="Booking").click()
    expect(panel(page)).to_be_hidden()
    wait_until(lambda: not _is_open(page), saying="the workspace is saved")
    page.goto(f"{base(page)}/lab")
    wait_for_lab(page)
    wait_for_kernel(page)
    page.keyboard.press("ControlOrMeta+Shift+l")
    expect(page.get_by_role("heading", name="Examples")).to_be_visible()
    expect(sections(page)).to_have_text(["Notebook", "Console", "Other", "Examples"])
    expect(panel(page)).to_be_hidden()
    # Asked for again, it is the same copy with what was changed in it.
    page.get_by_role("button", name=OFFERED[0]).click()
    expect(page.locator(".jp-Notebook .jp-Cell").nth(1)).to_contain_text("6 * 7")
    assert [one.name for one in (home / "user").glob("*.ipynb")] == ["sky_density.ipynb"]


def _is_open(page: Page) -> bool:
    """Whether the panel is open as far as the lab's server has heard."""
    answer = page.request.get(f"{base(page)}/lab/api/workspaces/default")
    # Before the lab has said anything, or while it is being written, there is nothing to be read.
    told = answer.json()["data"].get("layout-restorer:data") if answer.ok else None
    return told is None or not told["right"]["collapsed"]


def test_what_is_changed_in_an_example_is_kept_in_a_copy_with_its_kernel(product: Product, page: Page) -> None:
    home = visit(product, page)
    page.goto(f"{base(page)}/lab/tree/examples/tiny/star_counts.ipynb")
    wait_for_lab(page)
    wait_for_kernel(page)
    write_cell(page, 1, "mine = 42\nmine")
    [(_, kernel)] = sessions(page)
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Copied to user/star_counts.ipynb.").first).to_be_visible()
    expect(page.get_by_role("button", name="Copy to user/")).to_be_hidden()
    own = home / "user" / "star_counts.ipynb"
    wait_until(lambda: "mine = 42" in "".join(cells(own)[1]["source"]), saying="it is in the copy")
    assert cells(own)[1]["outputs"][0]["data"]["text/plain"] in ("42", ["42"])
    assert "mine" not in (home / "examples" / "tiny" / "star_counts.ipynb").read_text()
    wait_for_kernel(page)
    expect(write_cell(page, 1, "print(mine + 1)").locator(".jp-OutputArea-output")).to_contain_text("43")
    kept = [("user/star_counts.ipynb", kernel)]
    wait_until(lambda: sessions(page) == kept, saying="the copy has the kernel of what was open")


def test_an_example_that_was_only_looked_at_leaves_nothing_behind(product: Product, page: Page) -> None:
    home = visit(product, page)
    account = base(page).rsplit("/", 1)[1]
    for change, left in (("", []), ("mine = 42", ["star_counts-unsaved.ipynb"])):
        assert product.start_server(account).status_code in (201, 202, 400)
        page.goto(f"{base(page)}/lab/tree/examples/tiny/star_counts.ipynb")
        wait_for_lab(page)
        wait_for_kernel(page)
        if change:
            write_cell(page, 1, change)
        # The page is asked to save what is open before the lab is stopped.
        product.stop_server(account)
        assert [one.name for one in (home / "user").glob("*.ipynb")] == left
    assert "mine = 42" in (home / "user" / "star_counts-unsaved.ipynb").read_text()


def test_a_lab_without_examples_offers_none(product: Product, page: Page) -> None:
    home = visit(product, page)
    (home / "examples").rename(home / "samples")
    page.goto(f"{base(page)}/lab?reset")
    wait_for_lab(page)
    expect(page.locator(".jp-LauncherCard").first).to_be_visible()
    expect(panel(page)).to_be_visible()
    expect(sections(page)).to_have_text(["Notebook", "Console", "Other"])
    (home / "samples").rename(home / "examples")


def test_a_narrow_window_keeps_its_room(product: Product, browser: Browser) -> None:
    with open_page(browser, STORY, width=800) as page:
        visit(product, page)
        expect(page.get_by_role("heading", name="Examples")).to_be_visible()
        expect(page.locator("#jp-main-statusbar").get_by_text(re.compile(" left$"))).to_be_visible()
        expect(panel(page)).to_be_hidden()
        # On a phone the list of files would cover what there is to start with. What somebody opens stays open.
        files = page.get_by_role("region", name="File Browser Section")
        expect(files).to_be_visible()
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"{base(page)}/lab?reset")
        wait_for_lab(page)
        expect(files).to_be_hidden()
        expect(page.get_by_role("heading", name="Examples")).to_be_visible()
        expect(panel(page)).to_be_hidden()
        keep(page, STORY, "3-phone")
