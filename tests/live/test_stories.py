"""What a person does, in a real Chromium, from the login page on. Screenshots are kept in ``test-output``."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import keep, open_browser, open_page
from tests.support.product import Product, wait_until
from tests.support.steps import open_panel, register, run_all, see_plot, wait_for_kernel, wait_for_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.live, pytest.mark.timeout(2400)]

ADDRESS, PASSWORD = "ada.o'neill@example.org", "stars & <'\">` nebulae"

CELL = """import os
print("package", os.environ["AGLAIS_PACKAGE"])
print("cores", os.environ["AGLAIS_RESOURCES_CORES"], "on", len(os.sched_getaffinity(0)), "cpus")
import resource
print("limit", resource.getrlimit(resource.RLIMIT_DATA)[0] // 2**20, "of", os.environ["AGLAIS_RESOURCES_MEMORY"])
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("stories") / "state") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


def test_try_it_and_run_the_tiny_example(product: Product, browser: Browser) -> None:
    story = "try"
    with open_page(browser, story) as page:
        before = _processor_seconds(product)
        page.goto(product.url)
        keep(page, story, "1-login")
        page.get_by_role("button", name="Give it a try").click()
        wait_for_lab(page)
        took = _processor_seconds(product) - before
        assert took < 60, f"the lab took {took:.0f} s of processor time, more than a minute on the slowest of machines"
        keep(page, story, "2-lab")

        base = page.url.split("/lab")[0]
        page.goto(f"{base}/lab/tree/examples/tiny/sky_density.ipynb")
        wait_for_lab(page)
        wait_for_kernel(page)
        run_all(page)
        see_plot(page)
        keep(page, story, "3-plot")
        _see_spark(page, story)

        page.get_by_role("button", name="Copy to user/").first.click()
        expect(page.get_by_text("Copied to user/sky_density.ipynb.").first).to_be_visible()
        copied = product.state / "homes" / base.rsplit("/", 1)[1] / "user" / "sky_density.ipynb"
        wait_until(lambda: "image/png" in copied.read_text(), saying="the copy has what was drawn")
        keep(page, story, "4-copied")


def _processor_seconds(product: Product) -> float:
    """What all that runs of it has taken, since the wall's clock depends on what else this machine is doing."""
    taken = 0.0
    for process in product.processes():
        with suppress(psutil.Error):
            taken += sum(process.cpu_times()[:4])
    return taken


def _see_spark(page: Page, story: str) -> None:
    """What Spark holds is in the panel, and its own pages are behind the lab."""
    open_panel(page)
    spark = page.get_by_role("region", name="Spark", exact=True)
    # A Spark of a tenth of a core takes a while to say it for the first time.
    expect(spark.get_by_text("idle, room for 1 task")).to_be_visible(timeout=180_000)
    expect(spark.get_by_text(re.compile(r"^\d+ MiB of 1\.\d GiB$"))).to_be_visible()
    keep(page, story, "5-spark")
    with page.expect_popup() as opened:
        spark.get_by_role("link", name=re.compile("Spark UI")).click()
    with opened.value as pages:
        expect(pages.get_by_text("Spark Jobs")).to_be_visible()
        pages.get_by_role("link", name="Executors").click()
        expect(pages.get_by_role("cell", name="driver", exact=True)).to_be_visible()
        assert pages.url.startswith(page.url.split("/lab")[0] + "/aglais/spark/")
        keep(pages, story, "6-spark-ui")


def _cell_type(page: Page, text: str) -> None:
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def test_register_book_small_work_and_see_time_run_out(product: Product, browser: Browser) -> None:
    story = "member"
    with open_page(browser, story) as page:
        register(page, product, story, ADDRESS, PASSWORD)

        # Book small now, from the page.
        page.goto(f"{product.url}services/aglais/bookings")
        grid = page.get_by_role("grid", name="What is free")
        expect(grid).to_be_visible()
        keep(page, story, "4-what-is-free", full_page=True)
        page.get_by_role("group", name="Book now").get_by_role("button", name=re.compile("small")).click()
        expect(page.get_by_role("region", name="Now").get_by_role("heading", name=re.compile("small"))).to_be_visible()
        keep(page, story, "5-booked", full_page=True)
        page.get_by_role("button", name="Open lab").click()
        wait_for_lab(page)

        # The server has the package's variables and limits.
        base = page.url.split("/lab")[0]
        home = product.state / "homes" / base.rsplit("/", 1)[1]
        _save_nothing_now_and_then(home)
        notebook = home / "user" / "mine.ipynb"
        notebook.write_text(_empty_notebook())
        page.goto(f"{base}/lab/tree/user/mine.ipynb")
        wait_for_lab(page)
        wait_for_kernel(page)
        _cell_type(page, CELL)
        page.keyboard.press("Shift+Enter")
        output = page.locator(".jp-OutputArea-output").first
        expect(output).to_contain_text("package small", timeout=180_000)
        package = product.client().package("small").size.resources
        expect(output).to_contain_text(f"cores {float(package.cores)}")
        expect(output).to_contain_text(f"limit {package.memory} of {package.memory}")

        # Time left counts down.
        status = page.locator("#jp-main-statusbar").get_by_text(re.compile("left"))
        keep(page, story, "7-lab")
        booking = product.client().bookings(phase=["RUNNING"], account=base.rsplit("/", 1)[1]).rows[0]
        open_panel(page)
        expect(page.get_by_role("grid", name="What is free")).to_be_visible()
        keep(page, story, "8-panel")

        # Three minutes are left: it warns, saves what was typed a minute before the end, and stops.
        client = product.client()
        soon_end = datetime.now(UTC) + timedelta(minutes=3)
        client.edit(booking.id, enddate=soon_end)
        expect(status).to_have_text(re.compile(r"^[23] min left"), timeout=90_000)
        warning = page.locator(".jp-Notification-Toast, .Toastify__toast").filter(has_text=re.compile("booking ends"))
        expect(warning.last).to_be_visible(timeout=150_000)
        expect(status).to_have_text(re.compile(r"^(1 min|\d+ s) left"))
        keep(page, story, "9-warning")
        wait_until(lambda: datetime.now(UTC) > soon_end - timedelta(seconds=60), 180)
        _cell_type(page, "typed = 'a minute before the end'")
        assert "a minute before" not in notebook.read_text()
        ended = page.get_by_role("dialog").filter(has_text="Your booking has ended")
        expect(ended).to_be_visible(timeout=240_000)
        keep(page, story, "10-ended")
        wait_until(lambda: "typed = 'a minute before the end'" in notebook.read_text(), saying="it is saved")
        wait_until(lambda: client.booking(booking.id).phase == "COMPLETED", 120, saying="the booking is COMPLETED")
        assert datetime.now(UTC) > soon_end
        wait_until(lambda: not product.server(booking.account), 120, saying="the server is gone")
        wait_until(lambda: not _labs_of(product, booking.account), saying="its process is gone")


def _save_nothing_now_and_then(home: Path) -> None:
    """JupyterLab's own saving every two minutes might hide that nothing is saved at the end."""
    settings = home / ".jupyter/lab/user-settings/@jupyterlab/docmanager-extension/plugin.jupyterlab-settings"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"autosave": false}')


def _labs_of(product: Product, account: str) -> list[psutil.Process]:
    found = []
    for lab in product.labs():
        with suppress(psutil.Error):
            found += [lab] if account in lab.environ().get("HOME", "") else []
    return found


def _empty_notebook() -> str:
    cell = {"cell_type": "code", "execution_count": None, "id": "one", "metadata": {}, "outputs": [], "source": ""}
    kernel = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    return json.dumps({"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
