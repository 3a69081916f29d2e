"""Ports that are free, and what it takes to ask there again and again."""

import socket

import httpx

TLS = httpx.create_ssl_context()
"""For ``verify=``: without it each call makes one of its own, in 25 ms of processor time; and who waits calls often."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
