"""What the page of capacity says of nodes: in a real Chromium, with real services and a real API server."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.kubernetes.nodes import GIB
from tests.support.browser import keep, open_browser
from tests.support.pages import does_not_scroll_sideways, move_to_today, pages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.kubernetes.nodes import Nodes
    from tests.support.platform import Platform

pytestmark = [pytest.mark.kubernetes, pytest.mark.live]

STORY = "nodes"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture
def short(followed: Platform, nodes: Nodes) -> str:
    """Two nodes, a booking that needs both, and one of them gone; gives the booking."""
    now = move_to_today(followed)
    nodes.add("one", pool="pool", cores=4, memory=20 * GIB)
    nodes.add("two", pool="pool", cores=4, memory=20 * GIB)
    followed.parts.nodes.look()
    start, end = now + timedelta(days=1), now + timedelta(days=1, hours=8)
    booked = followed.book("large", "ben", startdate=start.isoformat(), enddate=end.isoformat(), cluster="pool")
    assert booked.status_code == 201, booked.text
    nodes.cordon("two")
    followed.parts.nodes.look()
    booking: str = booked.json()["id"]
    return booking


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide-light", {}),
        ("wide-dark", {"dark": True}),
        ("narrow-light", {"width": 360, "height": 740}),
        ("narrow-dark", {"width": 360, "height": 740, "dark": True}),
    ],
)
def test_an_admin_sees_why_nothing_is_booked_and_what_does_not_fit(
    followed: Platform, short: str, browser: Browser, name: str, options: dict[str, object]
) -> None:
    with pages_of(browser, followed, "root", STORY, **options) as page:
        page.goto(f"{followed.url}services/aglais/clusters/pool")
        stopped = page.get_by_role("region", name="Nothing more is booked")
        expect(stopped).to_contain_text("its nodes have less than is booked, and 1 booking does not fit.")
        page.get_by_text("2 nodes: 1 ready, 1 cordoned").click()
        expect(page.get_by_text("test-two cordoned: gives what sessions on it still have")).to_be_visible()
        does_not_scroll_sideways(page)
        keep(page, STORY, f"1-stopped-{name}", full_page=True)
        stopped.get_by_role("button", name="Cancel what does not fit…").click()
        expect(stopped.get_by_role("region", name="Who is hit")).to_contain_text(
            "1 booking of one account would be lost"
        )
        does_not_scroll_sideways(page)
        keep(page, STORY, f"2-asked-{name}", full_page=True)


def test_what_does_not_fit_is_cancelled_after_a_question(followed: Platform, short: str, browser: Browser) -> None:
    with pages_of(browser, followed, "root", STORY) as page:
        page.goto(f"{followed.url}services/aglais/clusters/pool")
        page.get_by_role("button", name="Cancel what does not fit…").click()
        page.get_by_role("button", name="Keep the bookings").click()
        assert followed.booking(short)["phase"] == "WAITING"
        page.get_by_role("button", name="Cancel what does not fit…").click()
        page.get_by_role("button", name="Grant what the nodes give and cancel 1 booking").click()
        expect(page.get_by_role("status")).to_have_text("pool: 1 booking cancelled.")
        expect(page.get_by_role("region", name="Nothing more is booked")).to_have_count(0)
        assert followed.booking(short)["phase"] == "CANCELLED"


def test_others_see_that_nothing_is_booked_and_no_node(followed: Platform, short: str, browser: Browser) -> None:
    with pages_of(browser, followed, "ada", STORY) as page:
        page.goto(f"{followed.url}services/aglais/capacity")
        stopped = page.get_by_role("region", name="Nothing more is booked")
        expect(stopped).to_contain_text("Nothing more is booked here for now")
        expect(stopped.get_by_role("button")).to_have_count(0)
        expect(page.get_by_text("2 nodes")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "options"),
    [("wide-light", {}), ("narrow-dark", {"width": 360, "height": 740, "dark": True})],
)
def test_what_runs_without_a_booking_is_told_and_ended_after_a_question(
    followed: Platform, nodes: Nodes, browser: Browser, name: str, options: dict[str, object]
) -> None:
    nodes.add("one", pool="pool", cores=4, memory=20 * GIB)
    move_to_today(followed)
    followed.parts.nodes.look()
    with pages_of(browser, followed, "root", STORY, **options) as page:
        page.goto(f"{followed.url}services/aglais/capacity")
        runs = page.get_by_role("region", name="What runs")
        expect(runs).to_contain_text("They agree. Looked at")
        expect(runs.get_by_role("button", name="Make them agree…")).to_have_count(0)
        pod = nodes.run_session("one", "ada", cpu="1")
        followed.clock.move(timedelta(minutes=5))
        runs.get_by_role("button", name="Look again").click()
        expect(runs).to_contain_text("1 pod without a booking. Looked at")
        expect(runs).to_contain_text("ada A pod of a session goes on.")
        does_not_scroll_sideways(page)
        keep(page, STORY, f"3-found-{name}", full_page=True)
        runs.get_by_role("button", name="Make them agree…").click()
        asked = page.get_by_role("dialog", name="Make them agree?")
        expect(asked).to_contain_text("It is ended, and what was not saved in it is lost.")
        keep(page, STORY, f"4-asked-{name}")
        asked.get_by_role("button", name="Leave it").click()
        assert nodes.is_there(pod)
        runs.get_by_role("button", name="Make them agree…").click()
        asked.get_by_role("button", name="Make them agree").click()
        expect(runs).to_contain_text("They agree.")
        assert not nodes.is_there(pod)
    with pages_of(browser, followed, "ada", STORY) as page:
        page.goto(f"{followed.url}services/aglais/capacity")
        expect(page.get_by_role("heading", name="pool")).to_be_visible()
        expect(page.get_by_role("region", name="What runs")).to_have_count(0)
