"""Steps that stories in a browser have in common: becoming a member, and working in a lab."""

from __future__ import annotations

import email
import re
from email import policy
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

from tests.support.browser import keep
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.product import Product

__all__ = ["open_panel", "register", "run_all", "see_plot", "wait_for_kernel", "wait_for_lab"]

LAB = 180_000
"""Milliseconds for which a lab, its page or a kernel may take to start."""


def register(page: Page, product: Product, story: str, address: str, password: str) -> None:
    """Become a member with the code of the real mail, and log in. Keeps pictures 1 to 3 of the story."""
    page.goto(f"{product.url}hub/register")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(password)
    keep(page, story, "1-register")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name=re.compile("check your mail", re.IGNORECASE))).to_be_visible()
    keep(page, story, "2-check-mail")
    link = re.search(r"http\S+/hub/confirm/\S+", _mail(product, address))
    assert link, "no link in the mail"
    page.goto(link[0])
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(password)
    keep(page, story, "3-confirmed")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"/hub/(home|spawn)|/services/aglais/bookings"))


def _mail(product: Product, address: str) -> str:
    def newest() -> Any:
        messages = [
            email.message_from_bytes(file.read_bytes(), policy=policy.default)
            for file in sorted((product.state / "mail").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        ]
        return [message for message in messages if address in str(message["To"])]

    message = wait_until(newest, saying=f"the mail to {address} is there")[-1]
    text: str = message.get_body(("plain",)).get_content()
    return text


def wait_for_lab(page: Page) -> None:
    """Wait until JupyterLab is there to be used."""
    page.wait_for_url(re.compile(r"/user/[^/]+/lab"), timeout=LAB)
    expect(page.locator("#jp-main-dock-panel")).to_be_visible(timeout=LAB)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=LAB)


def open_panel(page: Page) -> None:
    """Open the panel *Booking*, or leave it open: in a lab's first start it opens by itself."""
    page.locator("#jp-main-statusbar").get_by_role("button", name=re.compile(" left$")).click()
    expect(page.get_by_role("region", name="Booking", exact=True)).to_be_visible()


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook that is open can run."""
    expect(page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=LAB)
    expect(page.locator("#jp-main-statusbar").get_by_text(re.compile(r"Python 3.*Idle"))).to_be_visible(timeout=LAB)


def run_all(page: Page) -> None:
    """Run all cells of the notebook that is open; doesn't wait for them."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()


def see_plot(page: Page) -> None:
    """Wait for the notebook's plot, bring it into view, and see that no cell has failed."""
    plot = page.locator(".jp-OutputArea-output img")
    expect(plot.first).to_be_attached(timeout=600_000)
    plot.last.scroll_into_view_if_needed()
    expect(plot.last).to_be_visible()
    size = plot.last.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert min(size) > 200, size
    expect(page.locator("[data-mime-type='application/vnd.jupyter.stderr'] .ansi-red-fg")).to_have_count(0)
