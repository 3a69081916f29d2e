"""People in the middle of a failure, and what they see: it must be what the guide says, and is kept with times."""

from __future__ import annotations

import itertools
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.support.ports import TLS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from aglais_hub.wire.bookings import Booking
    from tests.support.product import Product

__all__ = ["Person", "Witness"]

ROOT = Path(__file__).parents[2]
PATIENCE = 90
_numbers = itertools.count()


class Witness:
    """Knows the guide's table, and compares what is seen with it; ``write`` keeps it in ``test-output``."""

    def __init__(self) -> None:
        guide = (ROOT / "docs" / "kubernetes.md").read_text()
        _, _, table = guide.partition("| what goes | who | sees | the booking |\n|---|---|---|---|\n")
        self.guide: dict[tuple[str, str], tuple[str, str]] = {}
        what = ""
        for line in itertools.takewhile(lambda one: one.startswith("|"), table.splitlines()):
            gone, who, sees, booking = (cell.strip() for cell in line.strip("|").split("|"))
            what = gone or what
            self.guide[what, who] = (sees, booking)
        self._words = {key: re.findall(r"\*(.+?)\*", sees) for key, (sees, _) in self.guide.items()}
        self._rows: list[tuple[str, ...]] = []
        self._gone, self._began = "", 0.0

    def begin(self, gone: str) -> None:
        """Something is gone from now on."""
        self._gone, self._began = gone, time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has been gone."""
        return time.monotonic() - self._began

    def sees(self, who: str, *looks: Callable[[], str]) -> None:
        """Wait until each look has the next words in it that the guide has for it, one after the other."""
        for look in looks:
            words = self._words[self._gone, who].pop(0)
            seen = ""

            def says(look: Callable[[], str] = look, words: str = words) -> bool:
                nonlocal seen
                seen = look()
                return words in seen

            try:
                wait_until(says, PATIENCE, every=0.2, saying=f"who {who} sees: {words}")
            except AssertionError:
                print(seen[-3000:])
                raise
            self.note(who, words)

    def note(self, who: str, what: str) -> None:
        """Something has come true for somebody."""
        assert (self._gone, who) in self.guide
        self._rows.append((self._gone, who, what, f"{self.seconds:.0f} s"))

    def keeps(self, who: str, word: str) -> None:
        """What has become of the booking, in the guide's own word."""
        assert word in self.guide[self._gone, who][1], (who, word)
        self.note(who, f"the booking {word}")

    def write(self) -> None:
        """Keep what was seen, and when."""
        lines = [
            "| what goes | who | sees | after |",
            "|---|---|---|---|",
            *(f"| {' | '.join(row)} |" for row in self._rows),
        ]
        (ROOT / "test-output").mkdir(exist_ok=True)
        (ROOT / "test-output" / "failures.md").write_text("\n".join(lines) + "\n")


class Person:
    """Somebody with an account of the hub's, and a token of their own. Those called ``lab`` have a real JupyterLab."""

    def __init__(self, product: Product, kind: str = "light") -> None:
        self.product = product
        self.name = f"{kind}-{next(_numbers)}"
        self._token = product.user(self.name)

    def book(self) -> None:
        """Book an hour from now on."""
        self.product.client().book("tiny", account=self.name, duration="PT1H")

    def starts(self) -> httpx.Response:
        """Ask for one's server."""
        return self.product.hub("POST", f"users/{self.name}/server", token=self._token, json={"package": "tiny"})

    def stops(self) -> httpx.Response:
        """Ask for its end."""
        return self.product.hub("DELETE", f"users/{self.name}/server", token=self._token)

    def works(self) -> None:
        """Start, and wait until the server is ready."""
        answer = self.starts()
        assert answer.status_code in (201, 202), answer.text
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the server is ready."""
        wait_until(lambda: self.product.server(self.name).get("ready"), PATIENCE, saying=f"{self.name} is ready")

    def opens(self, path: str = "lab", accept: str = "text/html") -> httpx.Response:
        """What one's own address answers; 599 where nobody does."""
        url, headers = f"{self.product.url}user/{self.name}/{path}", {"Authorization": f"token {self._token}"}
        headers["Accept"] = accept
        try:
            return httpx.get(url, headers=headers, timeout=60, follow_redirects=True, trust_env=False, verify=TLS)
        except httpx.TransportError:
            return httpx.Response(599)

    def page(self) -> str:
        """What the page of one's lab says."""
        return self.opens().text

    def is_told(self) -> str:
        """What the page of one's start says by now, from its first words on."""
        url = f"{self.product.url}hub/api/users/{self.name}/server/progress"
        headers, heard = {"Authorization": f"token {self._token}"}, ""
        try:
            with httpx.stream("GET", url, headers=headers, timeout=2, trust_env=False, verify=TLS) as events:
                for line in events.iter_lines():
                    if line.startswith("data:"):
                        heard += json.loads(line.removeprefix("data:")).get("message", "") + "\n"
        except httpx.TransportError:
            pass  # it goes on
        return heard

    @property
    def booking(self) -> Booking:
        """The only booking."""
        (found,) = self.product.client().bookings(account=self.name).rows
        return found
