"""What a person does on a cluster, in a real Chromium: book, run Spark on executors, and stop.

Screenshots are kept in ``test-output``, and what is in the cluster meanwhile is asked of its API server.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from aglais_spawner.kube_objects import SESSION
from tests.kubernetes.executors import executors, watching
from tests.support.browser import keep, open_browser, open_page
from tests.support.product import ADMIN_TOKEN, wait_until
from tests.support.steps import open_panel, register, run_all, see_plot, wait_for_kernel, wait_for_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from aglais_hub.wire.bookings import Booking
    from tests.kubernetes.sessions import Session, Sessions
    from tests.support.product import Product

pytestmark = [pytest.mark.kubernetes, pytest.mark.live, pytest.mark.spark, pytest.mark.timeout(900)]

STORY = "kubernetes-story"
ADDRESS, PASSWORD = "ada.o'neill@example.org", "stars & <'\">` nebulae"
NOTEBOOK = Path(__file__).parents[2] / "examples" / "tiny" / "sky_density.ipynb"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture
def small(product: Product) -> Iterator[None]:
    """The package *small* with two workers, each large enough for Java; on a host of two cores it has one."""
    before = product.client().package("small").size
    parts = {"notebook_cores": before.notebook.cores, "notebook_memory": before.notebook.memory}
    workers = {f"worker_{name}": value for name, value in before.workers.model_dump().items()}
    _set_small(product, notebook_cores=0.3, notebook_memory=1536, worker_count=2, worker_cores=0.2, worker_memory=1200)
    yield
    _set_small(product, **{name: float(value) for name, value in (parts | workers).items()})


def _set_small(product: Product, **size: float) -> None:
    url, headers = f"{product.url}services/aglais/api/packages/small", {"Authorization": f"token {ADMIN_TOKEN}"}
    made = httpx.post(url, headers=headers, json={"name": "small", **size}, timeout=60)
    assert made.status_code == 200, made.text


@pytest.mark.usefixtures("small")
def test_book_small_map_the_sky_on_two_executors_and_stop(
    product: Product, sessions: Sessions, browser: Browser
) -> None:
    with open_page(browser, STORY) as page:
        register(page, product, STORY, ADDRESS, PASSWORD)
        page.goto(f"{product.url}services/aglais/bookings")
        book = page.get_by_role("group", name="Book now").get_by_role("button", name=re.compile("small"))
        free = book.get_by_text(re.compile(r"^\d+ free$")).inner_text()
        book.click()
        now = page.get_by_role("region", name="Now")
        expect(now.get_by_role("heading", name=re.compile("small"))).to_be_visible()
        expect(page.get_by_text("Nothing is booked for later")).to_be_visible()
        keep(page, STORY, "4-booked", full_page=True)
        now.get_by_role("button", name="Open lab").click()
        wait_for_lab(page)
        account = page.url.split("/lab")[0].rsplit("/", 1)[1]
        (booking,) = product.client().bookings(account=account, phase=["RUNNING"]).rows
        session = sessions.find(account)
        _is_held_to(session, booking)

        with watching(session) as seen:
            _map_the_sky(page)
        _are_two_of(session, seen)
        _see_spark_pages(page)

        page.goto(f"{product.url}services/aglais/bookings")
        now.get_by_role("button", name="End…").click()
        keep(page, STORY, "8-asked")
        page.get_by_role("button", name="End now").click()
        expect(now.get_by_role("heading", name="Nothing is booked now")).to_be_visible()
        _has_left_nothing(session)
        # What was booked is there for others.
        expect(book.get_by_text(free, exact=True)).to_be_visible()
        page.mouse.move(0, 0)
        keep(page, STORY, "9-ended", full_page=True)


def _is_held_to(session: Session, booking: Booking) -> None:
    """The server's pod is the notebook's part of the booking, and all that it may start is the rest."""
    metadata, spec = session.pod["metadata"], session.pod["spec"]
    resources = spec["containers"][0]["resources"]
    assert resources["requests"] == resources["limits"]
    assert (resources["limits"]["cpu"], resources["limits"]["memory"]) == ("300m", "1536Mi")
    labels, name = metadata["labels"], metadata["labels"][SESSION]
    said = {one: labels[f"aglais.hub/{one}"] for one in ("booking", "package", "sharing")}
    assert said == {"booking": booking.id, "package": "small", "sharing": booking.sharing}
    assert spec["serviceAccountName"] == name
    for kind, found in session.objects().items():
        for one in found:
            (owner,) = one["metadata"]["ownerReferences"]
            assert (owner["kind"], owner["uid"]) == ("Pod", metadata["uid"]), kind
    quotas = {one["metadata"]["name"]: one["spec"]["hard"] for one in session.objects()["resourcequotas"]}
    assert (quotas[name]["limits.cpu"], quotas[name]["limits.memory"]) == ("700m", "3936Mi")


def _map_the_sky(page: Page) -> None:
    """Upload the example, open it beside the panel, and run it: it has two executors on the way."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload Files").click()
    chooser.value.set_files(NOTEBOOK)
    page.locator(".jp-DirListing-item", has_text=NOTEBOOK.name).dblclick()
    wait_for_kernel(page)
    open_panel(page)
    spark = _spark(page)
    expect(spark).to_contain_text("None runs")
    run_all(page)
    expect(spark.get_by_text("2 of 2", exact=True)).to_be_visible(timeout=180_000)
    keep(page, STORY, "5-two-executors")
    see_plot(page)
    keep(page, STORY, "6-map")


def _spark(page: Page) -> Locator:
    return page.get_by_role("region", name="Spark", exact=True)


def _are_two_of(session: Session, seen: dict[str, dict[str, Any]]) -> None:
    """Two executors have run, as the API server says, and are the session's."""
    pods = [pod for pod in seen.values() if pod["status"]["phase"] == "Running"]
    assert len(pods) == 2
    for pod in pods:
        (owner,) = pod["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("Pod", session.pod["metadata"]["uid"])
        limits = pod["spec"]["containers"][0]["resources"]["limits"]
        assert (limits["cpu"], limits["memory"]) == ("200m", "1200Mi")
        assert pod["metadata"]["labels"][SESSION] == session.pod["metadata"]["labels"][SESSION]


def _see_spark_pages(page: Page) -> None:
    """The panel's button opens Spark's own pages, through the lab, and they have both executors."""
    with page.expect_popup() as opened:
        _spark(page).get_by_role("link", name=re.compile("Spark UI")).click()
    with opened.value as pages:
        # A Spark of three tenths of a core takes a while to show them for the first time.
        expect(pages.get_by_text("Spark Jobs")).to_be_visible()
        assert pages.url.startswith(page.url.split("/lab")[0] + "/aglais/spark/")
        pages.get_by_role("link", name="Executors").click()
        table = pages.locator("#active-executors-table")
        for name in ("driver", "1", "2"):
            expect(table.get_by_role("cell", name=name, exact=True).first).to_be_visible()
        expect(pages.locator("#loading-overlay")).to_be_hidden()
        keep(pages, STORY, "7-spark-ui")


def _has_left_nothing(session: Session) -> None:
    """What the account keeps is its namespace, with what Kubernetes itself puts into each."""
    wait_until(lambda: session.names("pods") == [], saying="no pod is left")
    wait_until(lambda: not any(session.objects().values()), saying="nothing of the session is left")
    assert executors(session) == []
    assert session.names("services") == []
    assert session.names("persistentvolumeclaims") == []
    assert session.names("configmaps") == ["kube-root-ca.crt"]
    # Those of this release for every namespace's own account.
    assert [name for name in session.names("secrets") if not name.startswith("default-token-")] == []
