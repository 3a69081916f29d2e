"""A lab that takes more than it has booked is ended by its node, and told why; the others do not notice."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aglais_hub.wire.bookings import Phase
from tests.kubernetes.test_troubles import Page, phases
from tests.support.kernels import Kernel
from tests.support.kubernetes.limits import CAN_HOLD, CONTROLLERS
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.kubernetes.sessions import Session, Sessions
    from tests.support.kubernetes.cluster import Cluster
    from tests.support.product import Product

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.live,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not CAN_HOLD, reason="Control groups of version 1 can't be made here."),
]

EAT = """
eaten = []
while True:
    eaten.append(bytearray(b"x" * 10_000_000))
"""
FILL = """
import os, time
with open(os.path.join(os.environ["TMPDIR"], "full"), "wb") as file:
    for _ in range(200):
        file.write(os.urandom(1_000_000))
time.sleep(60)
"""


@pytest.fixture
def bystander(own_cluster: Cluster, product: Product, sessions: Sessions) -> Session:
    """Somebody whose lab goes on."""
    return sessions.start("bounded")


def groups(session: Session) -> list[Path]:
    """The control groups of a session's pod."""
    return [found for one in CONTROLLERS.values() for found in one.rglob(session.pod["metadata"]["uid"])]


def run_wild(product: Product, session: Session, code: str) -> None:
    """Run a cell that its lab does not outlive."""
    with contextlib.suppress(ConnectionError), Kernel(product, session.account, product.user(session.account)) as wild:
        cell = wild.run(code)
        raise AssertionError(f"its lab goes on: {cell}")


@pytest.mark.parametrize(
    ("code", "words"),
    [(EAT, "needed more memory than its booking has"), (FILL, "put more on its temporary disk than its booking has")],
    ids=["memory", "disk"],
)
def test_who_takes_more_than_is_booked_is_ended_and_told(
    product: Product, sessions: Sessions, bystander: Session, code: str, words: str
) -> None:
    wild = sessions.start("bounded")
    assert len(groups(wild)) == 3
    page = Page(product, wild.account)
    run_wild(product, wild, code)
    page.wait(words)
    assert page.says("Your booking stays yours until")
    wait_until(lambda: phases(product, wild.account) == [Phase.AVAILABLE], saying="the booking goes on")
    wait_until(lambda: groups(wild) == [], saying="nothing is left of its control groups")
    with Kernel(product, bystander.account, product.user(bystander.account)) as kernel:
        assert kernel.run("print(6 * 7)").text == "42\n"
