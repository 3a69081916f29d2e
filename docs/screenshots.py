"""Takes the screenshots of the guide: ``.venv/bin/python docs/screenshots.py``, in the checkout's folder."""

import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from aglais_hub.errors import RefusedError
from tests.support.browser import open_browser
from tests.support.product import Product, wait_until
from tests.support.steps import open_panel

IMAGES = Path(__file__).with_name("images")
ADDRESS, PASSWORD = "ada@example.org", "a constellation of words"

OTHERS = [
    ("large", 6, 20, "ben"),
    ("large", 30, 20, "cai"),
    ("large", 34, 9, "dee"),
    ("medium", 52, 20, "eva"),
    ("medium", 56, 12, "fay"),
    ("medium", 58, 30, "gil"),
    ("large", 76, 12, "hal"),
    ("large", 80, 20, "ida"),
    ("small", 90, 30, "jon"),
    ("medium", 100, 12, "kim"),
    ("small", 12, 60, "lea"),
]
"""Package, hours from now, hours long, account."""


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Product(Path(folder) / "state") as product, open_browser() as browser:
        _crowd(product)
        context = browser.new_context(
            viewport={"width": 1280, "height": 860}, timezone_id="Europe/London", locale="en-GB"
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        _log_in(product, page)
        _booking_page(product, page)
        _lab(product, page)


def _crowd(product: Product) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    client = product.client()
    for package, start, length, account in OTHERS:
        begin = now + timedelta(hours=start)
        try:
            client.book(package, startdate=begin, enddate=begin + timedelta(hours=length), account=account)
        except RefusedError as error:
            print(package, account, error)


def _log_in(product: Product, page: Page) -> None:
    page.goto(f"{product.url}hub/register")
    page.get_by_label("Email").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name=re.compile("check your mail", re.IGNORECASE)).wait_for()
    mail = wait_until(lambda: list((product.state / "mail").glob("*.eml")), saying="the mail is there")[0].read_text()
    page.goto(re.search(r"http\S+/hub/confirm/[\w-]+", mail.replace("=\n", ""))[0])
    page.get_by_label("Email").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"/hub/(home|spawn)|/services/aglais/bookings"))


def _booking_page(product: Product, page: Page) -> None:
    page.goto(f"{product.url}services/aglais/bookings")
    page.get_by_role("button", name="Book small now").click()
    page.get_by_role("link", name="Open lab").or_(page.get_by_role("button", name="Open lab")).first.wait_for()
    account = product.client().bookings(phase=["AVAILABLE"]).rows[0].account
    soon = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=5)
    product.client().book("medium", startdate=soon, enddate=soon + timedelta(hours=24), account=account)
    page.reload()
    grid = page.get_by_role("grid", name="What is free")
    grid.wait_for()
    cells = grid.get_by_role("gridcell")
    row = cells.count() // 4
    cells.nth(2 * row - 2).click()  # of the second package the last days, which nobody has taken
    page.keyboard.press("Shift+ArrowRight")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(400)
        suffix = "" if scheme == "light" else "-dark"
        page.screenshot(path=IMAGES / f"booking-page{suffix}.png", full_page=True)
    page.emulate_media(color_scheme="light")


def _lab(product: Product, page: Page) -> None:
    page.goto(f"{product.url}hub/spawn")
    start = page.get_by_role("button", name=re.compile("Start|Open"))
    if start.count():
        start.first.click()
    page.wait_for_url(re.compile(r"/user/[^/]+/lab"))
    base = page.url.split("/lab")[0]
    page.goto(f"{base}/lab/tree/examples/tiny/sky_density.ipynb")
    page.locator("#jp-main-statusbar").get_by_text(re.compile(r"Python 3.*Idle")).wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    plot = page.locator(".jp-OutputArea-output img").last
    plot.wait_for(state="attached", timeout=180_000)
    open_panel(page)
    page.get_by_role("grid", name="What is free").wait_for()
    page.get_by_role("link", name=re.compile("Spark UI")).wait_for()
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(1500)
    page.screenshot(path=IMAGES / "lab.png")


if __name__ == "__main__":
    main()
