"""Whether the platform can start here. Each answer is one sentence, and one on how to mend it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

__all__ = ["NODE_MINIMUM", "CannotStartError", "check_node", "check_port", "java_warning"]

NODE_MINIMUM = 20
JAVA_MINIMUM = 17


class CannotStartError(Exception):
    """Why the platform can't start: ``message`` says what is wrong, ``help`` how to mend it."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(f"{message} {help}")
        self.message = message
        self.help = help


def check_port(host: str, port: int) -> None:
    """Raise ``CannotStartError`` if the platform can't listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except PermissionError:
            raise CannotStartError(
                f"Port {port} is reserved for the system's administrator.",
                "Choose one above 1023, as in AGLAIS_PORT=8000.",
            ) from None
        except OSError as error:
            if error.errno is not None and os.strerror(error.errno).startswith("Address already"):
                raise CannotStartError(
                    f"Port {port} is in use.",
                    f"Stop what listens there, or choose another port, as in AGLAIS_PORT={min(port + 1, 65535)}.",
                ) from None
            raise CannotStartError(
                f"{host} is not an address of this machine.", "Set AGLAIS_HOST to one that is, as 127.0.0.1."
            ) from None


def check_node() -> Path:
    """Where ``node`` is; raises ``CannotStartError`` if it is missing or too old."""
    mend = f"Install Node.js {NODE_MINIMUM} or newer (on Debian: apt-get install nodejs npm) and start again."
    node = shutil.which("node")
    if node is None:
        raise CannotStartError("Node.js is missing; the proxy needs it.", mend)
    version = _version([node, "--version"])
    if version < NODE_MINIMUM:
        raise CannotStartError(f"Node.js {version} is too old for the proxy.", mend)
    return Path(node)


def java_warning() -> str:
    """A sentence if Spark won't run here for want of Java, else nothing."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    mend = f"For Spark, install Java {JAVA_MINIMUM} or newer (on Debian: apt-get install openjdk-17-jre-headless)."
    if java is None or not Path(java).exists():
        return f"Java is missing, so labs start without Spark. {mend}"
    version = _version([java, "-version"])
    return f"Java {version} is too old for Spark. {mend}" if version < JAVA_MINIMUM else ""


def _version(command: list[str]) -> int:
    """The first whole number in what a program says about its version; 0 if it says nothing."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\d+", answer.stdout + answer.stderr)
    return int(found.group()) if found else 0
