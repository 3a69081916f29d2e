"""The command as a process: on a terminal, in a pipe, interrupted, and without the server's parts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import aglais_hub
from aglais_hub.cli.app import GROUPS, SECTIONS
from tests.cli.conftest import COMMAND, PATIENCE_SECONDS, Aglais, Terminal, environment, run, run_process
from tests.support.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub import RealHub

NAMES = [function.__name__ for functions in SECTIONS.values() for function in functions]
INNER = [f"{group.__name__} {one.__name__.rstrip('_')}" for group, found in GROUPS.items() for one in found]
SERVER_ONLY = ("alembic", "fastapi", "jupyterhub", "pydantic_settings", "sqlalchemy", "starlette", "uvicorn")


def test_on_a_terminal_an_offer_is_picked(aglais: Aglais) -> None:
    aglais.platform.book("medium", "ben")
    terminal = Terminal("book", "large", "--for", "1h", **aglais.there())
    terminal.read_until("Enter for none]: ")
    terminal.type("7\n")
    terminal.read_until("none]: 7\r\nTake one?")
    number = re.search(r"^(\d) +medium", terminal.plain, re.MULTILINE)
    assert number, terminal.shown
    terminal.type(f"{number[1]}\n")
    terminal.read_until("Booked")
    assert "medium, now to" in terminal.read_until("id ")
    assert terminal.end() == 0
    assert [booking["package"] for booking in json.loads(aglais("bookings", "--json").stdout)["rows"]] == ["medium"]


def test_on_a_terminal_none_may_be_picked(aglais: Aglais) -> None:
    aglais.platform.book("large", "ben")
    terminal = Terminal("book", "tiny", **aglais.there())
    terminal.read_until("Enter for none]: ")
    terminal.type("\n")
    assert terminal.end() == 1


def test_on_a_terminal_one_of_the_offers_is_picked(aglais: Aglais) -> None:
    terminal = Terminal("offers", "large", "--for", "1h", **aglais.there())
    terminal.read_until("Enter for none]: ")
    terminal.type("1\n")
    assert "large, now to" in terminal.read_until("id ")
    assert terminal.end() == 0
    assert [booking["phase"] for booking in json.loads(aglais("bookings", "--json").stdout)["rows"]] == ["AVAILABLE"]


def test_on_a_terminal_it_is_asked_before_bookings_are_cancelled(aglais: Aglais) -> None:
    made = aglais.platform.book("tiny", startdate="2030-06-15T09:00:00Z").json()
    command = ("blackout", "local", "--from", "2030-06-15", "--until", "2030-06-15", "--cancel")
    for answer, status, phase in (("n", 1, "WAITING"), ("y", 0, "CANCELLED")):
        terminal = Terminal(*command, **aglais.there("root"))
        terminal.read_until("Cancel 1 booking of 1 person? [y/N]: ")
        assert made["id"][-8:] in terminal.shown
        terminal.type(f"{answer}\n")
        assert terminal.end() == status
        assert aglais.platform.booking(made["id"])["phase"] == phase


def test_on_a_terminal_the_end_of_a_server_is_asked_about(aglais: Aglais) -> None:
    made = aglais.platform.book("tiny").json()
    aglais.platform.call("POST", "sessions/start", "hub-parts", json={"account": "ada"})
    terminal = Terminal("end", **aglais.there())
    terminal.read_until("[y/N]: ")
    assert "running code is lost" in " ".join(terminal.shown.split())
    terminal.type("n\n")
    assert terminal.end() == 1
    assert aglais.platform.booking(made["id"])["phase"] == "RUNNING"


def test_colours_are_for_terminals_and_never_with_no_color(aglais: Aglais) -> None:
    coloured = Terminal("extend", **aglais.there())
    assert "\x1b[1;31m" in coloured.read_until("book PACKAGE")
    assert coloured.end() == 1
    plain = Terminal("extend", NO_COLOR="1", **aglais.there())
    assert "\x1b[1;31m" not in plain.read_until("book PACKAGE")
    assert plain.end() == 1
    assert "\x1b" not in aglais("extend").stderr


def test_ctrl_c_ends_it_without_a_traceback(aglais: Aglais) -> None:
    aglais.platform.book("large", "ben")
    terminal = Terminal("book", "tiny", **aglais.there())
    terminal.read_until("Take one?")
    terminal.interrupt()
    assert terminal.end() in (1, 130)
    assert "Traceback" not in terminal.shown


def test_what_is_free_is_shown_again_when_it_changes(aglais: Aglais) -> None:
    terminal = Terminal("available", "large", "--grain", "hour", "--follow", **aglais.there())
    terminal.read_until("throughout that time")
    assert re.findall(r"today +\d\d:\d\d +(\S+)", terminal.plain) == ["1"]
    terminal.shown = ""
    aglais.platform.book("large", "ben")
    terminal.read_until("throughout that time")
    assert re.findall(r"today +\d\d:\d\d +(\S+)", terminal.plain) != ["1"]
    terminal.interrupt()
    assert terminal.end() in (1, 130)
    assert "Traceback" not in terminal.shown


@pytest.mark.parametrize("command", [["openapi"], ["bookings", "--json"], ["bookings"]])
def test_a_reader_that_has_seen_enough_is_no_error(aglais: Aglais, command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *command],
        env=environment(**aglais.there()),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("name", [*NAMES, *INNER])
def test_help_teaches_by_examples_and_fits(name: str) -> None:
    done = run(*name.split(), "--help")
    assert done.returncode == 0
    assert "For example:" in done.stdout
    assert re.search(rf"^ +(AGLAIS_\S+ )?aglais {name}", done.stdout, re.MULTILINE)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_lists_every_command_with_its_whole_sentence() -> None:
    done = run("--help")
    for name in NAMES:
        assert re.search(rf"^  {name} +\S.*\.$", done.stdout, re.MULTILINE), name


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["book"],
        ["ledger"],
        ["clusters", "nonsense"],
        ["offers", "--take", "5"],
        ["book", "tiny", "--unknown"],
        ["serve", "--port", "x"],
    ],
)
def test_a_command_that_makes_no_sense_ends_with_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_the_version_is_told() -> None:
    assert run_process("--version").stdout == f"aglais {aglais_hub.__version__}\n"


def without_server_parts(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where none of the server's libraries can be imported, as in an install of the core."""
    code = f"import sys; sys.modules.update(dict.fromkeys({SERVER_ONLY!r})); from aglais_hub.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_core_alone_runs_the_clients_commands() -> None:
    done = without_server_parts("bookings", "--url", f"http://127.0.0.1:{free_port()}/")
    assert "Nobody answers" in done.stderr
    done = without_server_parts("run", "nowhere.ipynb", "--url", f"http://127.0.0.1:{free_port()}/")
    assert "There is no notebook" in done.stderr


@pytest.mark.parametrize(
    ("name", "extras"),
    [("up", "server,spawner,lab"), ("migrate", "server"), ("openapi", "server"), ("ledger verify", "server")],
)
def test_a_missing_extra_is_named(name: str, extras: str) -> None:
    done = without_server_parts(*name.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert f"`aglais {name}` needs parts that are not installed" in done.stderr
    assert f"pip install 'aglais-hub[{extras}]'" in done.stderr


def test_the_openapi_document_needs_no_hub_and_no_state(tmp_path: Path) -> None:
    done = run_process("openapi", AGLAIS_STATE=str(tmp_path / "state"), AGLAIS_ADMINS="ada@example.org")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert "/services/aglais/api/bookings/create" in document["paths"]
    assert not (tmp_path / "state").exists()


def test_databases_are_brought_up_to_date(tmp_path: Path) -> None:
    for _ in range(2):
        done = run_process("migrate", AGLAIS_STATE=str(tmp_path / "state"))
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\n")[0] == "accounts  up to date"
    assert {path.name for path in (tmp_path / "state").iterdir()} >= {"accounts.db", "packages.db", "bookings.db"}


def test_serve_says_what_it_lacks() -> None:
    done = run("serve")
    assert done.returncode == 1
    assert "JUPYTERHUB_API_URL is not set." in done.stderr


def test_hub_says_what_it_lacks(tmp_path: Path) -> None:
    done = run("hub", AGLAIS_STATE=str(tmp_path / "state"))
    assert done.returncode == 1
    assert "AGLAIS_INSIDE_SERVICES_URL is not set." in done.stderr
    assert not (tmp_path / "state").exists()


def test_serve_names_what_it_can_serve(hub: RealHub) -> None:
    known = {"JUPYTERHUB_API_URL": hub.url, "JUPYTERHUB_API_TOKEN": hub.token("aglais")}
    done = run("serve", "queues", **known)
    assert done.returncode == 1
    assert (
        done.stderr.strip() == "There is no feature 'queues'. "
        "Choose of accounts, groups, packages, clusters, bookings, storage, portal."
    )


def test_a_setting_that_is_none_is_named(tmp_path: Path) -> None:
    done = run("migrate", AGLAIS_STATE=str(tmp_path), AGLAIS_PROT="8000")
    assert done.returncode == 1
    assert done.stderr.strip() == "AGLAIS_PROT is not a setting. Did you mean AGLAIS_PORT?"
