"""Ports that are free, and what it takes to ask there again and again."""

import random
import socket

import httpx

__all__ = ["TLS", "free_port"]

TLS = httpx.create_ssl_context()
"""For ``verify=``: without it each call makes one of its own, in 25 ms of processor time; and who waits calls often."""

PORTS = range(11_000, 30_000)
"""Below those that a machine gives to whoever asks for any: until what is started listens, nobody else is given one."""

_given: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens at, and that no other test on this machine is given while this process runs."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(PORTS)
        # A name of Linux's own, without a file, that one process may have and that goes with it.
        given = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            given.bind(f"\0aglais-test-port-{port}")
            with socket.socket() as found:
                found.bind(("127.0.0.1", port))
        except OSError:
            given.close()
        else:
            _given.append(given)
            return port
