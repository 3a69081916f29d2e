"""The state folder, as the supervisor sees it: which version made it, who uses it, its secrets and inner ports."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aglais_hub import __version__
from aglais_hub.up.checks import CannotStartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["STATE_VERSION", "Inside", "StateFolder"]

# Goes up when an older release could no longer read the folder.
STATE_VERSION = 1

_LOOPBACK = "127.0.0.1"
_PORTS = ("services_port", "hub_port", "proxy_port")
_TOKENS = ("services_token", "parts_token", "proxy_token", "crypt_key")


@dataclass(frozen=True)
class Inside:
    """What the parts know each other by: addresses without the proxy, and tokens.

    ``proxy_url`` is where the hub tells the proxy what goes where. ``hub_listens`` is the address that the hub listens
    on where it runs apart from the others, without ``aglais up``; there labs outlive it.
    """

    services_url: str
    hub_url: str
    proxy_url: str
    services_token: str = field(repr=False)
    parts_token: str = field(repr=False)
    proxy_token: str = field(repr=False)
    crypt_key: str = field(repr=False)
    hub_listens: str = ""

    def as_environment(self) -> dict[str, str]:
        """As variables, for ``aglais_hub.deploy`` to read in the hub's process."""
        return {_variable(name): value for name, value in asdict(self).items() if value}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Inside:
        """What ``as_environment`` gave; raises ``KeyError`` with the variable that is missing."""
        names = [one.name for one in fields(cls) if one.default == MISSING]
        values = {name: environment[_variable(name)] for name in names}
        return cls(**values, hub_listens=environment.get(_variable("hub_listens"), ""))


def _variable(name: str) -> str:
    return f"AGLAIS_INSIDE_{name.upper()}"


class StateFolder:
    """The folder that holds everything the platform remembers."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Own the folder; raises ``CannotStartError`` if another ``aglais up`` does, or a newer release made it."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise CannotStartError(
                f"The state folder {self.path} can't be written: {error.strerror}.",
                "Make it writable, or choose another with AGLAIS_STATE.",
            ) from None
        with lock:
            self._lock(lock.fileno())
            self._check_version()
            for name in ("log", "sessions", "mail", "homes"):
                (self.path / name).mkdir(mode=0o700, exist_ok=True)
            yield

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStartError(
                f"Aglais Hub already runs from the state folder {self.path}.",
                "Stop it with Ctrl-C where it was started, or choose another folder with AGLAIS_STATE.",
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())

    def _check_version(self) -> None:
        file = self.path / "version.json"
        try:
            made = json.loads(file.read_text())
            version, release = int(made["version"]), str(made.get("release", "unknown"))
        except FileNotFoundError:
            version, release = STATE_VERSION, ""
        except (ValueError, KeyError, TypeError):
            raise CannotStartError(
                f"{file} can't be read, so it is not known which release made this state folder.",
                f'Restore it from a backup; for a folder of this release it holds {{"version": {STATE_VERSION}}}.',
            ) from None
        if version > STATE_VERSION:
            raise CannotStartError(
                f"The state folder {self.path} was made by a newer release of Aglais Hub ({release}).",
                "Install that release or a later one, or choose another folder with AGLAIS_STATE.",
            )
        if release != __version__:
            _write(file, {"version": STATE_VERSION, "release": __version__})

    def inside(self) -> Inside:
        """The ports and tokens of the last time, so that labs which outlived it find their way; or new ones.

        A port that something else has taken meanwhile is replaced.
        """
        tokens = self._load("secrets.json")
        for name in _TOKENS:
            tokens.setdefault(name, secrets.token_hex(32))
        _write(self.path / "secrets.json", tokens)
        ports = _free_ports(_PORTS, self._load("ports.json"))
        _write(self.path / "ports.json", ports)
        urls = {f"{name}_url": f"http://{_LOOPBACK}:{ports[f'{name}_port']}" for name in ("services", "hub", "proxy")}
        return Inside(**urls, **{name: str(tokens[name]) for name in _TOKENS})

    def keys_secret(self) -> str:
        """What private keys are encrypted with here, made at the first start. The hub does not get it."""
        tokens = self._load("secrets.json")
        if "keys_secret" not in tokens:
            _write(self.path / "secrets.json", tokens | {"keys_secret": secrets.token_hex(32)})
        return str(self._load("secrets.json")["keys_secret"])

    def tell(self, what: dict[str, Any]) -> None:
        """Write down what runs, in ``up.json``: the address, and process ids by name."""
        _write(self.path / "up.json", what)

    def forget(self) -> None:
        """Nothing runs any more."""
        (self.path / "up.json").unlink(missing_ok=True)

    def _load(self, name: str) -> dict[str, Any]:
        try:
            loaded = json.loads((self.path / name).read_text())
        except (OSError, ValueError):
            return {}
        return loaded if isinstance(loaded, dict) else {}


def _free_ports(names: tuple[str, ...], wanted: dict[str, Any]) -> dict[str, int]:
    """A free port on loopback for each name, the wanted one where it can be had."""
    found: dict[str, int] = {}
    with contextlib.ExitStack() as stack:
        for name in names:
            # Without SO_REUSEADDR a port in TIME_WAIT would count as taken right after a restart.
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((_LOOPBACK, int(wanted.get(name, 0))))
                # On Linux two such sockets may bind one port until one of them listens.
                listener.listen()
            except (OSError, ValueError, TypeError, OverflowError):
                listener = stack.enter_context(socket.socket())
                listener.bind((_LOOPBACK, 0))
                listener.listen()
            found[name] = listener.getsockname()[1]
    return found


def _write(path: Path, value: dict[str, Any]) -> None:
    """Replace the file at once, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - the mode
        file.write(json.dumps(value, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
