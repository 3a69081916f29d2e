"""``aglais up`` as an operator knows it: how it starts, what it says when it can't, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from aglais_hub.cli.platform import KEEP_ALIVE_SECONDS
from tests.support.ports import TLS
from tests.support.product import COMMAND, Product, wait_until

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def refused(product: Product) -> str:
    """What it says when it does not start."""
    product.launch()
    assert product.process is not None
    try:
        status = product.process.wait(240)
        said = product.output
        assert status == 1, said
        wait_until(lambda: not product.processes(), saying="no process is left")
    finally:
        product.kill_all()
    return said


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product(tmp_path / "state")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with Product(tmp_path_factory.mktemp("up") / "state") as made:
        yield made


# ---------------------------------------------------------------- it can't start


def test_a_port_in_use_is_named_with_the_way_out(product: Product):
    with socket.socket() as other:
        other.bind(("127.0.0.1", product.port))
        other.listen()
        said = refused(product)
    assert said == (
        f"Port {product.port} is in use. Stop what listens there, "
        f"or choose another port, as in AGLAIS_PORT={product.port + 1}.\n"
    )


def test_a_state_folder_of_a_newer_release_is_left_alone(product: Product):
    product.state.mkdir()
    version = product.state / "version.json"
    version.write_text('{"version": 99, "release": "9.1.0"}')
    said = refused(product)
    assert "was made by a newer release of Aglais Hub (9.1.0). Install that release or a later one" in said
    assert len(said.splitlines()) == 1
    assert sorted(path.name for path in product.state.iterdir()) == ["lock", "version.json"]
    assert json.loads(version.read_text())["version"] == 99


def test_a_broken_version_file_is_no_reason_to_guess(product: Product):
    product.state.mkdir()
    (product.state / "version.json").write_text("{")
    assert "can't be read, so it is not known which release made this state folder." in refused(product)


def test_a_second_up_on_the_same_state_is_refused(running: Product):
    environment = {**os.environ, "AGLAIS_STATE": str(running.state), "AGLAIS_PORT": str(running.port)}
    second = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert second.returncode == 1
    assert second.stderr.startswith(f"Aglais Hub already runs from the state folder {running.state}. Stop it")
    assert running.client().packages().rows


@pytest.mark.parametrize(
    ("version", "sentence"),
    [(None, "Node.js is missing; the proxy needs it."), ("v18.19.0", "Node.js 18 is too old for the proxy.")],
)
def test_node_missing_or_too_old_is_said_with_how_to_mend_it(product: Product, tmp_path: Path, version, sentence):
    programs = tmp_path / "bin"
    programs.mkdir()
    if version:
        (programs / "node").write_text(f"#!/bin/sh\necho {version}\n")
        (programs / "node").chmod(0o755)
    product.environment["PATH"] = str(programs)
    assert refused(product) == (
        f"{sentence} Install Node.js 20 or newer (on Debian: apt-get install nodejs npm) and start again.\n"
    )


def test_a_typing_error_in_a_setting_is_named(product: Product):
    product.environment["AGLAIS_SWEEP_SECOND"] = "1"
    said = refused(product)
    assert "AGLAIS_SWEEP_SECOND is not a setting. Did you mean AGLAIS_SWEEP_SECONDS?" in said


def test_a_part_that_does_not_start_shows_its_last_lines(product: Product):
    product.state.mkdir()
    (product.state / "jupyterhub_cookie_secret").write_text("not hexadecimal")
    (product.state / "jupyterhub_cookie_secret").chmod(0o600)
    said = refused(product)
    assert "The hub ended while it started." in said
    assert "cookie_secret" in said


# ---------------------------------------------------------------- it runs


def test_it_says_where_to_go_and_where_mail_lands(running: Product):
    assert f"open   {running.url}" in running.output
    assert f"mail   {running.state}/mail (no mail server is set)" in running.output
    assert httpx.get(running.url, follow_redirects=True, timeout=120, verify=TLS).status_code == 200


def test_the_proxy_closes_no_connection_that_a_client_may_still_use(running: Product):
    told = psutil.Process(running.parts()["proxy"]).cmdline()
    kept = int(told[told.index("--keep-alive-timeout") + 1]) / 1000
    assert kept == KEEP_ALIVE_SECONDS > 2 * httpx.Limits().keepalive_expiry, "as the services behind it"


def test_the_secret_of_keys_is_the_services_alone(running: Product):
    kept = json.loads((running.state / "secrets.json").read_text())["keys_secret"].encode()
    told = {name: Path(f"/proc/{pid}/environ").read_bytes() for name, pid in running.parts().items()}
    assert [name for name, environment in told.items() if kept in environment] == ["services"]


def test_secrets_are_for_their_owner_only(running: Product):
    for name in ("secrets.json", "jupyterhub_cookie_secret", "up.json"):
        assert (running.state / name).stat().st_mode & 0o077 == 0, name
    assert running.state.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("part", ["services", "proxy", "hub"])
def test_a_part_that_is_killed_comes_back(running: Product, part):
    others = {name: pid for name, pid in running.parts().items() if name != part}
    running.wait_back(part, running.kill(part))
    assert {name: pid for name, pid in running.parts().items() if name != part} == others
    assert running.client().packages().rows


def test_a_lab_outlives_the_hub_and_the_proxy(running: Product):
    running.user("survivor")
    running.start_server("survivor", package="tiny")
    pid = running.server("survivor")["state"]["pid"]
    for part in ("hub", "proxy"):
        running.wait_back(part, running.kill(part))
    wait_until(lambda: running.server("survivor").get("ready"), 180, saying="the hub knows it again")
    assert running.server("survivor")["state"]["pid"] == pid
    assert psutil.pid_exists(pid)

    def reachable() -> bool:
        headers = {"Authorization": f"token {running.user('survivor')}"}
        url = f"{running.url}user/survivor/api/status"
        return httpx.get(url, headers=headers, timeout=120, verify=TLS).status_code == 200

    wait_until(reachable, saying="the proxy has its routes back")
    running.stop_server("survivor")


# ---------------------------------------------------------------- it stops


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_leaves_no_process_not_even_of_a_lab(product: Product, sign):
    # As from a terminal, even where the tests run under ``nohup``.
    product.command = ["env", "--default-signal", *product.command]
    product.start()
    if sign == signal.SIGINT:
        product.user("ann")
        product.start_server("ann", package="tiny")
    assert product.process is not None
    product.process.send_signal(sign)
    assert product.process.wait(180) == 0
    product.stop()
    assert product.output.endswith("Stopping…\nStopped.\n")


def test_killing_the_supervisor_leaves_no_process_either(product: Product):
    product.start()
    product.user("ann")
    product.start_server("ann", package="tiny")
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    wait_until(lambda: not product.processes(), 180, saying="nothing is left")


def test_the_second_start_takes_no_more_than_the_first_and_finds_everything(product: Product):
    def spent() -> float:
        """Processor time, since the wall's depends on what else this machine is doing."""
        taken = 0.0
        for process in product.processes():
            with suppress(psutil.Error):  # it has ended since
                taken += sum(process.cpu_times()[:4])
        return taken

    product.start()
    first = spent()
    product.user("ann")
    booked = product.client().book("tiny", account="ann", duration="PT1H")
    product.stop()
    product.start()
    try:
        second = spent()
        assert [booking.id for booking in product.client().bookings(account="ann").rows] == [booked.id]
    finally:
        product.stop()
    # The first makes the databases too; a machine that is busy makes either of them dearer.
    assert second < 1.5 * first, f"the second start took {second:.1f} s of processor time, the first {first:.1f} s"


def test_it_outlives_its_terminal_under_nohup_and_stops_in_the_background_too(product: Product):
    """``nohup`` ignores SIGHUP, and a shell's ``&`` ignores SIGINT; only the first is meant to last."""
    product.command = ["sh", "-c", 'trap "" HUP INT; exec "$0" "$@"', *product.command]
    product.start()
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    product.wait_back("services", product.kill("services"))
    product.stop()
    assert product.process.returncode == 0
