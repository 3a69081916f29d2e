"""A visit ends, by log-out and by the clock: nothing of it is left in any database, file or process, also after kills.

Real hub, proxy and services, and a lab with a kernel, files, a process of its own and a booking ahead.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.authenticators.person import Person, down
from tests.support import traces
from tests.support.browser import keep, open_browser, open_page
from tests.support.kernels import Kernel
from tests.support.product import Product, wait_until
from tests.support.steps import wait_for_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

STORY = "endings"

SECRET = "lambda-orionis-4711"
WORK = f"""
import os, subprocess, tempfile
from pathlib import Path
for folder in ("user", "temp", ".hidden"):
    Path.home().joinpath(folder).mkdir(exist_ok=True)
    Path.home().joinpath(folder, "notes.txt").write_text("{SECRET}")
with tempfile.NamedTemporaryFile("w", delete=False) as file:
    file.write("{SECRET}")
child = subprocess.Popen(["sleep", "3600"], start_new_session=True, env={{**os.environ, "MINE": "{SECRET}"}})
print(child.pid)
"""

DATABASES = ("accounts.db", "packages.db", "bookings.db", "storage.db", "jupyterhub.sqlite")

REQUEST_LOGS = {f"log/{part}.log" for part in ("hub", "services", "proxy")}
"""The operators' own records."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    # The path is short, as those of sockets have to be.
    with (
        tempfile.TemporaryDirectory() as temporary,
        Product(tmp_path_factory.mktemp("endings") / "state", {"TMPDIR": temporary}) as running,
    ):
        yield running


def visit(product: Product, person: Person) -> str:
    """Somebody tries it out, works a little and books for later; gives their name."""
    name = person.visit()
    person.get(person.page.headers["location"])
    person.wait_for_lab(name)
    token = product.hub("POST", f"users/{name}/tokens", json={}).json()["token"]
    with Kernel(product, name, token) as kernel:
        done = kernel.run(WORK)
    assert not done.error
    assert Path("/proc", done.text.strip()).exists()
    product.client(token).book(
        "tiny", startdate=datetime.now(UTC) + timedelta(hours=2), duration="PT1H", note=SECRET, key=f"{name}-1"
    )
    there = left(product, name)
    for part in (
        "accounts.db: ",
        "bookings.db: ",
        "jupyterhub.sqlite: ",
        f"homes/{name}",
        "log/labs/",
        "/tmp/tmp",
        "/environ",
    ):
        assert any(part in one for one in there), f"{part} is not looked at"
    return name


def left(product: Product, name: str) -> list[str]:
    """Where anything of a visitor is."""
    found = []
    for needle in (name, SECRET):
        for database in DATABASES:
            url = f"sqlite:///{product.state / database}"
            found += [f"{database}: {where}" for where in traces.in_database(url, needle)]
        found += traces.in_files(product.state, needle, but=REQUEST_LOGS)
        found += [f"temporary/{where}" for where in traces.in_files(Path(product.environment["TMPDIR"]), needle)]
        found += traces.in_processes(needle)
    return found


def is_gone(product: Product, name: str) -> None:
    wait_until(lambda: not left(product, name), 240, every=0.5, saying=f"nothing is left: {left(product, name)}")
    assert product.hub("GET", f"users/{name}").status_code == 404
    assert name not in {row.name for row in product.client().accounts().rows}


def test_after_log_out_nothing_is_left(product: Product) -> None:
    with Person(product) as person, Person(product) as thief:
        name = visit(product, person)
        thief.http.cookies.update(person.http.cookies)
        assert thief.get("hub/home").url.path == "/hub/home"
        person.get("hub/home")
        person.get(person.link("Log out"))
        person.get(person.link("Log out and delete everything"))
        assert person.page.url.path == "/hub/login"
        assert thief.get("hub/home").url.path == "/hub/login"
        is_gone(product, name)


def test_after_its_time_nothing_is_left_though_the_services_are_killed_between_the_steps(product: Product) -> None:
    with Person(product) as person:
        name = visit(product, person)
        with down(product, "services"):
            end(product, name, datetime.now(UTC))
        wait_until(lambda: not product.server(name), 180, saying="the server has stopped")
        product.wait_back("services", product.kill("services"))
        wait_until(
            lambda: product.hub("GET", f"users/{name}").status_code == 404, 180, saying="the hub has forgotten it"
        )
        product.wait_back("services", product.kill("services"))
        is_gone(product, name)
        assert person.get("hub/home").url.path == "/hub/login"


def test_a_visitor_is_warned_with_a_way_to_stay(product: Product) -> None:
    with open_browser() as browser, open_page(browser, STORY) as page:
        page.goto(f"{product.url}hub/login")
        page.get_by_role("button", name="Give it a try").click()
        wait_for_lab(page)
        name = page.url.split("/user/")[1].split("/")[0]
        told = "Your notebooks and data will be deleted:"
        end(product, name, datetime.now(UTC) + timedelta(minutes=29, seconds=30))
        page.get_by_text(re.compile(rf"{told} \d\d min left")).wait_for(timeout=180_000)
        keep(page, STORY, "warned")
        with page.expect_popup() as opened:
            page.get_by_role("button", name="Register", exact=True).click()
        opened.value.wait_for_url("**/hub/register**")
        end(product, name, datetime.now(UTC) + timedelta(minutes=4, seconds=30))
        page.get_by_text(re.compile(rf"{told} \d min left")).wait_for(timeout=180_000)
        page.goto(f"{product.url}hub/home")
        keep(page, STORY, "home")
        assert "at the latest" in page.get_by_text("You are here as a visitor").inner_text()
        page.goto(f"{product.url}hub/leave")
        page.get_by_role("link", name="Log out and delete everything").click()
        page.wait_for_url("**/hub/login**")


def end(product: Product, name: str, at: datetime) -> None:
    """Let a visitor's time be over then."""
    micros = int(at.timestamp() * 1_000_000)
    with sqlite3.connect(product.state / "accounts.db", timeout=60) as connection:
        changed = connection.execute("UPDATE accounts SET expires = ? WHERE name = ?", (micros, name)).rowcount
    connection.close()
    assert changed == 1
