"""The ports that tests start things at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.ports import PORTS, free_port

ANOTHER = """
import sys
from tests.support import ports
given = int(sys.argv[1])
ports.PORTS = [given] * 10 * len(ports.PORTS) + [*ports.PORTS]
assert given not in [ports.free_port() for _ in range(10)]
"""
"""Draws the one that is given more often than not."""


def test_a_port_is_given_once_to_this_process_and_any_other() -> None:
    given = free_port()
    assert given in PORTS
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", ANOTHER, str(given)], cwd=root, check=True, timeout=120)


def test_nobody_who_asks_for_any_port_is_given_one_of_these() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(PORTS) < first
