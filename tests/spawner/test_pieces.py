"""The spawner's pure pieces, and those that only need this host's processes and folders."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from aglais_hub.errors import RefusedError, ServiceDownError
from aglais_hub.wire.bookings import Booking
from aglais_hub.wire.packages import Package
from aglais_spawner.confine import choose_cpus, confiner
from aglais_spawner.environment import booking_environment, size_of
from aglais_spawner.homes import Homes
from aglais_spawner.processes import MARK, Session, file_name, process_start
from aglais_spawner.refusals import BookingRefused, ServicesDown, in_words
from tests.support.product import wait_until

NOON = datetime(2026, 6, 8, 12, tzinfo=UTC)


def booking(**more) -> Booking:
    fields = {
        "id": "b1",
        "url": "/b1",
        "account": "ann",
        "phase": "OFFERED",
        "version": 1,
        "package": "small",
        "package_version": 1,
        "cluster": "local",
        "sharing": "managed",
        "resources": {"cores": "0.500", "memory": 2048, "temporary": 10, "user": 20},
        "spans": [],
        "start": NOON,
        "end": NOON + timedelta(hours=2),
        "created": NOON,
        "modified": NOON,
        "until": NOON + timedelta(hours=2),
    }
    return Booking.model_validate(fields | more)


def package(**more) -> Package:
    size = {
        "notebook": {"cores": "0.2", "memory": 1024},
        "workers": {"count": 2, "cores": "0.15", "memory": 512},
        "temporary": 10,
        "user": 20,
    }
    fields = {"name": "small", "version": 1, "url": "/p", "rank": 2, "size": size, "created": NOON}
    return Package.model_validate(fields | more)


# ---------------------------------------------------------------- what a server is told


def test_the_environment_says_what_is_booked_and_how_it_is_divided():
    made = booking()
    assert booking_environment(made, size_of(made, package())) == {
        "AGLAIS_BOOKING": "b1",
        "AGLAIS_BOOKING_END": "2026-06-08T14:00:00Z",
        "AGLAIS_PACKAGE": "small",
        "AGLAIS_RESOURCES_CORES": "0.5",
        "AGLAIS_RESOURCES_MEMORY": "2048",
        "AGLAIS_RESOURCES_NOTEBOOK_CORES": "0.2",
        "AGLAIS_RESOURCES_NOTEBOOK_MEMORY": "1024",
        "AGLAIS_RESOURCES_WORKER_COUNT": "2",
        "AGLAIS_RESOURCES_WORKER_CORES": "0.15",
        "AGLAIS_RESOURCES_WORKER_MEMORY": "512",
        "AGLAIS_RESOURCES_TEMPORARY": "10",
        "AGLAIS_RESOURCES_USER": "20",
        "AGLAIS_RESOURCES_GPUS": "0",
        "CPU_LIMIT": "0.5",
        "MEM_LIMIT": str(2048 * 2**20),
    }


def test_a_package_that_has_changed_since_divides_nothing():
    made = booking(resources={"cores": 16, "memory": 4096})
    size = size_of(made, package())
    assert (size.notebook.cores, size.notebook.memory, size.workers.count) == (Decimal(16), 4096, 0)
    assert booking_environment(made, size)["CPU_LIMIT"] == "16"


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0, 2, "small now until 14:00 UTC"),
        (1, 2, "small from 13:00 UTC until 14:00 UTC"),
        (20, 26, "small from Tue 09 Jun, 08:00 UTC until Tue 09 Jun, 14:00 UTC"),
    ],
)
def test_an_offer_is_said_as_a_person_would(start, end, words):
    offer = booking(start=NOON + timedelta(hours=start), end=NOON + timedelta(hours=end))
    assert in_words(offer, NOON) == words


def test_an_offer_of_several_spans_says_so():
    halves = [
        {"start": NOON + timedelta(hours=hour), "end": NOON + timedelta(hours=hour, minutes=30)} for hour in (0, 1)
    ]
    offer = booking(spans=halves, end=halves[1]["end"])
    assert in_words(offer, NOON) == "small now until 13:30 UTC, in 2 parts"


def test_a_refusal_carries_its_rule_and_offers_as_buttons():
    error = RefusedError("No <room>.", rule="capacity", offers=[booking(id='x"y')])
    refusal = BookingRefused(error, offer_url="/hub/offer", xsrf="tok")
    assert (refusal.status_code, refusal.reason) == (409, "capacity")
    assert refusal.message.startswith("No <room>. You can have: small")
    assert refusal.aglais_error == {"code": "refused", "message": "No <room>.", "rule": "capacity"}
    assert [offer["id"] for offer in refusal.offers] == ['x"y']
    assert 'formaction="/hub/offer/x&quot;y"' in refusal.message_html
    assert "<room>" not in refusal.message_html
    assert 'name="_xsrf" value="tok"' in refusal.message_html


def test_an_outage_says_try_again_and_keeps_its_cause_for_the_log():
    refusal = ServicesDown(ServiceDownError("Nobody answers at http://10.0.0.1/."))
    assert (refusal.status_code, refusal.reason) == (503, "services_down")
    assert "Try again" in refusal.message
    assert "10.0.0.1" not in refusal.message
    assert "10.0.0.1" in refusal.log_message


# ---------------------------------------------------------------- confinement


@pytest.mark.parametrize(
    ("cores", "taken", "cpus"),
    [
        ("0.109", [], (0,)),
        ("0.109", [(0,)], (1,)),
        ("0.109", [(0,), (1,), (2,)], (3,)),
        ("1", [(0, 1)], (2,)),
        ("1.001", [(0, 1)], (2, 3)),
        ("9", [], (0, 1, 2, 3)),
        ("0", [(7,)], (0,)),
    ],
)
def test_sessions_are_spread_over_the_cpus(cores, taken, cpus):
    assert choose_cpus(Decimal(cores), taken, {0, 1, 2, 3}) == cpus


REPORT = """
import os, resource, json
try:
    block = bytearray(600 * 2**20)
    taken = True
except MemoryError:
    taken = False
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines() if ":" in line)
print(json.dumps({"cpus": sorted(os.sched_getaffinity(0)), "taken": taken, "file": os.access(FILE, os.W_OK),
    "capabilities": status["CapEff"].strip(), "no_new": status["NoNewPrivs"].strip()}))
"""


@pytest.mark.parametrize(("mib", "taken"), [(400, False), (2000, True)])
def test_a_confined_process_keeps_to_its_cpu_memory_and_rights(tmp_path: Path, mib, taken):
    cpu = min(os.sched_getaffinity(0))
    read_only = tmp_path / "file"
    read_only.touch(0o400)
    script = REPORT.replace("FILE", repr(str(read_only)))
    done = subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=confiner((cpu,), mib * 2**20),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {
        "cpus": [cpu],
        "taken": taken,
        "capabilities": "0" * 16,
        "no_new": "1",
        "file": False,
    }


# ---------------------------------------------------------------- processes


@pytest.fixture
def own_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's folder of temporary files is beside those of no other test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.usefixtures("own_temporary")
@pytest.mark.parametrize(
    "account", ["ann", "o'neil", 'a "b"', "../../etc", "..", ".hidden", "a/b", "naïve@x.org", "%2E"]
)
def test_every_account_has_a_file_of_its_own_in_the_folder(tmp_path: Path, account):
    path = tmp_path / file_name(account)
    assert path.parent == tmp_path
    assert path.name not in ("", ".", "..")
    assert not path.name.startswith(".")
    Session(account, "m", "b", (0,)).writer(tmp_path)()
    (loaded,) = Session.load_all(tmp_path)
    assert loaded.account == account
    assert (loaded.pid, loaded.started) == (os.getpid(), process_start(os.getpid()))


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) < 2:
    subprocess.Popen([sys.executable, __file__, "child"], start_new_session=True)
time.sleep(600)
"""


@pytest.mark.usefixtures("own_temporary")
def test_a_session_ends_to_the_last_process_whoever_its_parent_is(tmp_path: Path):
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN)
    session = Session("ann", "mark-of-this-test", "b", (0,))
    server = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, MARK: session.mark},
        preexec_fn=session.writer(tmp_path),
        start_new_session=True,
    )
    loaded = Session.load(tmp_path, "ann")
    assert loaded is not None
    assert loaded.pid == server.pid
    wait_until(lambda: len(loaded.processes()) == 2)
    server.kill()
    server.wait()
    assert not loaded.is_alive()
    assert len(loaded.processes()) == 1
    assert asyncio.run(loaded.end(grace=0.3)) == 1
    assert loaded.processes() == []


def test_a_process_that_got_an_old_number_is_not_touched(tmp_path: Path):
    session = Session("ann", "no-such-mark", "b", (0,), pid=os.getpid(), started=(process_start(os.getpid()) or 0) - 1)
    assert not session.is_alive()
    assert asyncio.run(session.end()) == 0


@pytest.mark.usefixtures("own_temporary")
def test_a_later_session_keeps_its_file(tmp_path: Path):
    old = Session("ann", "old", "b", (0,))
    Session("ann", "new", "b", (0,)).writer(tmp_path)()
    old.remove(tmp_path)
    assert Session.load(tmp_path, "ann") is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"account": "ann"}'])
def test_a_broken_session_file_is_none(tmp_path: Path, text):
    (tmp_path / "ann.json").write_text(text)
    assert Session.load_all(tmp_path) == []


# ---------------------------------------------------------------- homes


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny" / "sky.ipynb").write_text("{}")
    return folder


def test_a_home_has_room_for_oneself_and_the_examples_read_only(tmp_path: Path, examples: Path):
    homes = Homes(tmp_path / "homes", examples)
    home = homes.prepare("ann")
    assert sorted(path.name for path in home.iterdir()) == ["examples", "temp", "user"]
    notebook = home / "examples" / "tiny" / "sky.ipynb"
    assert notebook.stat().st_mode & 0o777 == 0o400
    assert notebook.parent.stat().st_mode & 0o777 == 0o500


def test_a_file_in_the_place_of_temp_stays(tmp_path: Path, examples: Path):
    homes = Homes(tmp_path / "homes", examples)
    home = homes.prepare("ann")
    (home / "temp").rmdir()
    (home / "temp").write_text("mine")
    assert (homes.prepare("ann") / "temp").read_text() == "mine"


def test_changed_examples_arrive_and_own_notebooks_stay(tmp_path: Path, examples: Path):
    homes = Homes(tmp_path / "homes", examples)
    home = homes.prepare("ann")
    (home / "user" / "mine.ipynb").write_text("mine")
    (examples / "small").mkdir()
    (examples / "small" / "new.ipynb").write_text("new")
    homes.prepare("ann")
    assert (home / "examples" / "small" / "new.ipynb").exists()
    assert (home / "user" / "mine.ipynb").read_text() == "mine"


def test_a_home_goes_with_all_that_is_in_it_and_no_other(tmp_path: Path, examples: Path):
    homes = Homes(tmp_path / "homes", examples)
    for name in ("ann", "bob"):
        homes.prepare(name)
    homes.remove("ann")
    homes.remove("nobody")
    assert [path.name for path in (tmp_path / "homes").iterdir()] == ["bob"]


def test_a_link_in_the_place_of_a_home_is_not_followed(tmp_path: Path, examples: Path):
    homes = Homes(tmp_path / "homes", examples)
    homes.prepare("ann")
    homes.path("bob").symlink_to(homes.path("ann"))
    homes.remove("bob")
    assert not homes.path("bob").is_symlink()
    assert (homes.path("ann") / "user").is_dir()


def test_what_a_kill_has_left_of_a_home_is_removed(tmp_path: Path, examples: Path):
    homes = Homes(tmp_path / "homes", examples)
    homes.prepare("ann").rename(tmp_path / "homes" / ".going-1a2b")
    homes.prepare("bob")
    homes.remove_leftovers()
    assert [path.name for path in (tmp_path / "homes").iterdir()] == ["bob"]
