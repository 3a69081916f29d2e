"""The spawner in the real hub, with real labs."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from aglais_hub.errors import NotFoundError
from aglais_spawner.confine import confiner
from aglais_spawner.processes import Session
from tests.support.ports import TLS
from tests.support.product import Product, stopped, wait_until

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]


_numbers = itertools.count()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory):
    # The services' own look at the servers would mend in time what the spawner forgot to say; here it comes too late.
    slow = {"AGLAIS_SWEEP_SECONDS": "60"}
    with Product(tmp_path_factory.mktemp("spawner") / "state", slow) as running:
        yield running


@pytest.fixture
def ann(product: Product) -> str:
    """An account that nothing is known of yet."""
    name = f"ann-{next(_numbers)}"
    product.user(name)
    return name


@pytest.fixture(autouse=True)
def _no_servers_left(product: Product):
    yield
    for user in product.hub("GET", "users?state=active").json():
        product.stop_server(user["name"])
    client = product.client()
    for booking in client.bookings(phase=["AVAILABLE", "RUNNING", "WAITING"]).rows:
        # A visitor's goes with the visitor, perhaps just now.
        with suppress(NotFoundError):
            client.end(booking.id)


def phases(product: Product, account: str) -> list[str]:
    return [str(booking.phase) for booking in product.client().bookings(account=account).rows]


def session_of(product: Product, account: str) -> Session:
    session = Session.load(product.state / "sessions", account)
    assert session is not None
    return session


def lab(product: Product, account: str, method: str, path: str, **options):
    headers = {"Authorization": f"token {product.user(account)}"}
    return httpx.request(
        method, f"{product.url}user/{account}/api/{path}", headers=headers, timeout=120, verify=TLS, **options
    )


def test_a_server_has_the_package_s_variables_and_limits(product: Product, ann: str):
    product.start_server(ann, package="small")
    size = product.client().package("small").size
    server = psutil.Process(session_of(product, ann).pid)
    told = server.environ()
    (booking,) = product.client().bookings(account=ann).rows
    assert str(booking.phase) == "RUNNING"
    assert told["AGLAIS_BOOKING"] == booking.id
    assert told["AGLAIS_PACKAGE"] == "small"
    assert told["AGLAIS_BOOKING_END"] == booking.model_dump(mode="json")["end"]
    assert float(told["AGLAIS_RESOURCES_NOTEBOOK_CORES"]) == float(size.notebook.cores)
    assert int(told["AGLAIS_RESOURCES_MEMORY"]) == size.resources.memory
    limit = size.resources.memory * 2**20
    assert int(told["MEM_LIMIT"]) == limit
    assert server.rlimit(psutil.RLIMIT_DATA) == (limit, limit)
    assert len(server.cpu_affinity()) == 1
    # Nothing of the platform's own is there.
    assert not {name for name in told if "ADMIN_TOKEN" in name or "SMTP" in name or "CRYPT" in name}
    assert "AGLAIS_API_TOKEN" not in told
    token = told["JUPYTERHUB_API_TOKEN"]
    assert [row.id for row in product.client(token).bookings().rows] == [booking.id]


def test_two_small_sessions_run_on_different_cpus(product: Product, ann: str):
    product.user("bob")
    for name in (ann, "bob"):
        product.start_server(name, package="tiny")
    used = [session_of(product, name).cpus for name in (ann, "bob")]
    assert used[0] != used[1] or len(os.sched_getaffinity(0)) == 1


def test_without_a_package_the_default_is_booked_and_the_last_choice_is_not_remembered(product: Product, ann: str):
    product.start_server(ann, package="tiny")
    product.stop_server(ann)
    (first,) = product.client().bookings(account=ann).rows
    product.client().end(first.id)
    product.start_server(ann)
    (second,) = product.client().bookings(account=ann, phase=["RUNNING"]).rows
    assert (first.package, second.package) == ("tiny", "small")


def test_a_stopped_server_leaves_its_booking_open_and_the_next_runs_under_it(product: Product, ann: str):
    product.start_server(ann, package="tiny")
    product.stop_server(ann)
    # Services that were too busy to hear of the end at once are told again.
    wait_until(lambda: phases(product, ann) == ["AVAILABLE"], 180, saying="the booking is open")
    assert not list((product.state / "sessions").iterdir())
    product.start_server(ann)
    assert phases(product, ann) == ["RUNNING"]


def test_a_server_that_crashes_takes_its_kernels_along(product: Product, ann: str):
    product.start_server(ann, package="tiny")
    assert lab(product, ann, "POST", "kernels", json={}).status_code == 201
    session = session_of(product, ann)
    wait_until(lambda: len(session.processes()) > 1, saying="a kernel runs")
    # No port that a kernel of another lab could have too.
    wait_until(lambda: any(path.is_socket() for path in session.scratch.iterdir()), saying="it has its sockets")
    assert session.scratch.stat().st_mode & 0o777 == 0o700
    os.kill(session.pid, signal.SIGKILL)
    wait_until(lambda: not product.server(ann), 180, saying="the hub has noticed")
    wait_until(lambda: not session.processes(), saying="the kernel is gone")
    wait_until(lambda: not session.scratch.exists(), saying="nothing of it is left")
    wait_until(lambda: phases(product, ann) == ["AVAILABLE"], 180, saying="the booking is open again")


def test_a_farewell_that_the_services_missed_is_said_again(product: Product, ann: str):
    product.start_server(ann, package="tiny")
    with stopped(product, "supervisor"):
        old = product.kill("services")
        product.stop_server(ann)
    product.wait_back("services", old)
    wait_until(lambda: phases(product, ann) == ["AVAILABLE"], 180, saying="the booking is open again")


@pytest.mark.parametrize("package", [7, ["tiny"], {"a": 1}, "no-such", "../x", ""])
def test_an_odd_package_is_the_caller_s_fault_or_none(product: Product, ann: str, package):
    answer = product.start_server(ann, package=package)
    if package == "":
        assert answer.status_code in (201, 202)
        return
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["code"] in ("invalid_value", "not_found")
    assert not product.server(ann)
    assert phases(product, ann) == []


def test_the_hub_killed_while_a_server_starts_leaves_none_without_a_booking(product: Product, ann: str):
    """At each stage of a start: the process is there and not yet in the hub's database, or is just about to answer."""
    for _ in range(3):
        starting = _start_in_background(product, ann)
        wait_until(lambda: Session.load(product.state / "sessions", ann), 180, every=0.001, saying="it starts")
        old = product.kill("hub")
        starting.wait(180)
        product.wait_back("hub", old)
        wait_until(lambda: _agree(product, ann), 180, saying="hub, processes and booking agree")
        if product.server(ann):
            product.stop_server(ann)
        wait_until(lambda: not product.labs(), saying="no lab is left")


def _start_in_background(product: Product, account: str) -> subprocess.Popen[bytes]:
    script = "import sys, httpx; httpx.post(sys.argv[1], headers={'Authorization': 'token ' + sys.argv[2]}, json={})"
    url = f"{product.url}hub/api/users/{account}/server"
    return subprocess.Popen(
        [sys.executable, "-c", script, url, product.user(account)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _agree(product: Product, account: str) -> bool:
    running = phases(product, account).count("RUNNING")
    ready = bool(product.server(account).get("ready"))
    return len(product.labs()) == running == int(ready)


def test_a_server_that_no_hub_knows_is_ended_when_the_hub_starts(product: Product):
    session = Session("ghost", "ghost-mark", "b", (0,))
    ghost = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"],
        env={**os.environ, "AGLAIS_UP_SESSION": session.mark},
        preexec_fn=session.writer(product.state / "sessions"),
        start_new_session=True,
    )
    product.wait_back("hub", product.kill("hub"))
    wait_until(lambda: ghost.poll() is not None, saying="it is ended")
    wait_until(lambda: Session.load(product.state / "sessions", "ghost") is None, saying="it is forgotten")


# ---------------------------------------------------------------- homes


@pytest.fixture
def visitor(product: Product):
    """Somebody who has clicked on *Give it a try*, with the name of the account."""
    with httpx.Client(base_url=product.url, timeout=120, trust_env=False, verify=TLS) as browser:
        browser.get("hub/login")
        token = browser.cookies.get("_xsrf", path="/hub/")
        assert browser.post("hub/try", data={"_xsrf": token}).status_code == 303
        accounts = product.client().accounts().rows
        yield browser, max(accounts, key=lambda account: account.created).name


def test_a_visitor_s_home_goes_at_logout_with_the_server(product: Product, visitor):
    browser, name = visitor
    browser.get(f"hub/spawn/{name}?opt-package=tiny")
    wait_until(lambda: product.server(name).get("ready"), 180, saying="the visitor's lab is ready")
    home = product.state / "homes" / name
    (home / "user" / "mine.txt").write_text("mine")
    product.stop_server(name)
    assert (home / "user" / "mine.txt").exists(), "stopping a server deletes nothing"
    product.start_server(name)
    browser.get("hub/logout")
    wait_until(lambda: not product.server(name), 180, saying="the server is gone")
    wait_until(lambda: not home.exists(), 240, saying="the home is gone")


def test_examples_are_read_only_in_the_lab_and_own_notebooks_are_not(product: Product, ann: str):
    product.start_server(ann, package="tiny")
    content = {"type": "file", "format": "text", "content": "changed"}
    folder = lab(product, ann, "GET", "contents/examples").json()
    assert folder["writable"] is False
    assert lab(product, ann, "PUT", "contents/examples/new.txt", json=content).status_code in (403, 500)
    assert lab(product, ann, "PUT", "contents/user/new.txt", json=content).status_code == 201
    example = next(path for path in (product.state / "homes" / ann / "examples").rglob("*.ipynb"))
    path = example.relative_to(product.state / "homes" / ann)
    before = example.read_bytes()
    assert lab(product, ann, "PUT", f"contents/{path}", json=content).status_code >= 400
    assert example.read_bytes() == before


SPARK = """
from aglais_lab import spark_session
from tests.support.ports import TLS
spark = spark_session()
print("sum", spark.range(1000).selectExpr("sum(id)").collect()[0][0])
"""


@pytest.mark.spark
def test_spark_starts_under_the_limits_of_the_smallest_package(product: Product, ann: str, tmp_path: Path):
    product.start_server(ann, package="tiny")
    session = session_of(product, ann)
    told = psutil.Process(session.pid).environ()
    done = subprocess.run(
        [sys.executable, "-c", SPARK],
        env=told,
        cwd=tmp_path,
        preexec_fn=confiner(session.cpus, int(told["MEM_LIMIT"])),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert "sum 499500" in done.stdout, done.stderr[-3000:]
