"""The least that a hub takes for a lab: it answers everything with 200. ``python -S light_server.py``."""

import os
import socket


def serve(url: str) -> None:
    """Answer at ``url``, one after the other, until killed."""
    host, port = url.split("//", 1)[1].split("/", 1)[0].rsplit(":", 1)
    with socket.create_server((host, int(port)), backlog=100) as server:
        while True:
            caller, _ = server.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


if __name__ == "__main__":
    serve(os.environ["JUPYTERHUB_SERVICE_URL"])
