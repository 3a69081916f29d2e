"""Requests that are done together, in one transaction, see each other's as if they had come one after the other."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from aglais_hub.bookings.service.ledger import Ledger
from aglais_hub.bookings.service.writer import Task, Writer
from aglais_hub.bookings.tree import Tree
from aglais_hub.errors import RefusedError, ServiceDownError
from aglais_hub.wire.bookings import BookingRequest, Phase
from aglais_hub.wire.resources import ClusterEdit
from tests.support.platform import NOW, Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ADA = "ada"


def request(hours: float, package: str = "tiny") -> BookingRequest:
    """A booking of one hour that starts so many hours from now."""
    start = (NOW + timedelta(hours=hours)).isoformat()
    return BookingRequest(package=package, startdate=start, duration="PT1H")


def together(platform: Platform, requests: Sequence[BookingRequest]) -> list[Any]:
    """What becomes of requests of one account that come, in this order, while another transaction is under way."""
    bookings = platform.parts.bookings
    writer = bookings._requests.writer
    outcomes: list[Any] = [None] * len(requests)

    def ask(number: int) -> None:
        try:
            outcomes[number] = bookings.create(requests[number], ADA, None)
        except RefusedError as error:
            outcomes[number] = error

    busy, others_wait = threading.Event(), threading.Event()

    def hold(_: Ledger) -> None:
        busy.set()
        assert others_wait.wait(60)

    threads = [threading.Thread(target=writer.run, args=(hold,))]
    threads[0].start()
    assert busy.wait(60)
    for number in range(len(requests)):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        until(lambda: len(writer._waiting) > number)  # noqa: B023 - asked at once
    others_wait.set()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_a_later_request_gives_back_the_offers_of_an_earlier_one(platform: Platform) -> None:
    platform.grant(tinies=1)
    platform.book("tiny", "ben", startdate=NOW.isoformat(), duration="PT3H")
    first, second = together(platform, [request(1), request(2)])
    assert isinstance(first, RefusedError)
    assert isinstance(second, RefusedError)
    assert first.offers
    assert {platform.booking(offer.id)["phase"] for offer in first.offers} == {Phase.REJECTED}
    assert {platform.booking(offer.id)["phase"] for offer in second.offers} == {Phase.OFFERED}


def test_a_booking_that_follows_one_of_the_same_moment_is_seen(platform: Platform) -> None:
    platform.grant(tinies=4)
    later, earlier = together(platform, [request(2), request(1)])
    assert later.start == earlier.end
    assert earlier.until == later.end


def test_together_they_take_no_more_than_there_is(platform: Platform) -> None:
    platform.grant(tinies=3)
    outcomes = together(platform, [request(1) for _ in range(5)])
    assert [isinstance(outcome, RefusedError) for outcome in outcomes] == [False] * 3 + [True] * 2


def test_what_is_kept_of_the_tree_is_read_again_when_another_has_changed_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.grant(tinies=2)
    requests = platform.parts.requests
    bookings, other = platform.parts.bookings, Writer(requests.database, requests.clock, requests.accounts)
    bookings.create(request(1), ADA, None)
    reads: list[int] = []
    missing = Tree.missing
    monkeypatch.setattr(Tree, "missing", lambda tree, at: reads.append(len(found := missing(tree, at))) or found)
    with monkeypatch.context() as patch:
        patch.setattr(requests, "writer", other)
        bookings.create(request(1), "ben", None)
    assert sum(reads)
    with pytest.raises(RefusedError):
        bookings.create(request(1), "cleo", None)
    reads.clear()
    bookings.create(request(30), ADA, None)
    bookings.create(request(30), ADA, None)
    assert reads[-1] == 0


def test_many_bookings_take_as_many_statements_as_few(platform: Platform) -> None:
    platform.grant(tinies=1)
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement.split("(", maxsplit=1)[0])

    engine = platform.parts.requests.database.engine
    event.listen(engine, "before_cursor_execute", count)
    together(platform, [request(hour) for hour in (2, 4)])
    statements.clear()
    together(platform, [request(hour) for hour in (6, 8)])
    few = [*statements]
    statements.clear()
    outcomes = together(platform, [request(hour) for hour in range(10, 34, 2)])
    event.remove(engine, "before_cursor_execute", count)
    assert not any(isinstance(outcome, RefusedError) for outcome in outcomes)
    assert sorted(statements) == sorted(few)
    # The lock and what is next to them, for what held them up too; the tree around them; and all that is new.
    assert len(few) == (14 if platform.parts.requests.database.is_sqlite else 6)


def test_how_a_cluster_counts_is_read_again_when_somebody_has_changed_it(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.grant(tinies=1)
    requests = platform.parts.requests
    others = Writer(requests.database, requests.clock, requests.accounts)

    def shared(at: float, accounts: int) -> None:
        """As many fit as there are, and no more."""
        for number in range(accounts):
            platform.parts.bookings.create(request(at).model_copy(update={"sharing": "shared"}), f"{at}-{number}", None)
        with pytest.raises(RefusedError):
            platform.parts.bookings.create(request(at).model_copy(update={"sharing": "shared"}), f"{at}-more", None)

    shared(1, 1)
    platform.parts.clusters.edit("local", ClusterEdit(overcommit=Decimal(2)))
    shared(3, 2)
    with monkeypatch.context() as patch:
        patch.setattr(requests, "writer", others)
        platform.parts.clusters.edit("local", ClusterEdit(overcommit=Decimal(3)))
    shared(5, 3)


def test_what_may_be_committed_is_not_done_again(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    flush, calls = Ledger.flush, []

    def lost(ledger: Ledger) -> None:
        calls.append(1)
        flush(ledger)
        raise ServiceDownError("The database does not answer.")

    monkeypatch.setattr(Ledger, "flush", lost)
    outcomes = errors_of(platform, 3)
    assert [type(outcome) for outcome in outcomes] == [ServiceDownError] * 3
    assert len(calls) == 1


def errors_of(platform: Platform, count: int) -> list[BaseException | None]:
    """What becomes of some tasks in one transaction."""
    writer = platform.parts.requests.writer
    tasks = [Task(lambda ledger: ledger.next_change(), None) for _ in range(count)]
    writer._run(tasks)
    return [task.error for task in tasks]


def test_a_thread_that_is_interrupted_is_told_after_those_behind_it_could_go_on(platform: Platform) -> None:
    platform.grant(tinies=4)
    writer = platform.parts.requests.writer
    done: list[str] = []
    busy, others_wait = threading.Event(), threading.Event()

    def hold(_: Ledger) -> None:
        busy.set()
        assert others_wait.wait(60)

    def interrupt() -> None:
        """Once the main thread and another one behind it wait."""
        until(lambda: len(writer._waiting) == 1)
        behind.start()
        until(lambda: len(writer._waiting) == 2)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        others_wait.set()

    behind = threading.Thread(target=writer.run, args=(lambda _: done.append("behind"),), daemon=True)
    threads = [threading.Thread(target=work, daemon=True) for work in (lambda: writer.run(hold), interrupt)]
    threads[0].start()
    assert busy.wait(60)
    threads[1].start()
    with pytest.raises(KeyboardInterrupt):
        writer.run(lambda _: done.append("interrupted"))
    for thread in [*threads, behind]:
        thread.join(60)
    assert done == ["interrupted", "behind"]


def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
