"""What is done again and again."""

import logging
import threading

import pytest

from aglais_hub.errors import ServiceDownError
from aglais_hub.loop import Loop


@pytest.mark.parametrize("trouble", [ServiceDownError("The hub is away."), ValueError("a mistake")])
def test_what_fails_is_tried_again(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    done, times = threading.Event(), []

    def work() -> None:
        times.append(1)
        if len(times) == 1:
            raise trouble
        done.set()

    loop = Loop("sweeper", work, every=0.01, waits="The sweep waits")
    with caplog.at_level(logging.WARNING):
        loop.start()
        assert done.wait(60)
        loop.stop()
    said = caplog.messages[0]
    assert said in ("The sweep waits: The hub is away.", "The sweeper failed; it tries again.")


def test_it_ends_once_what_it_does_is_done_and_never_starts_what_was_not_started() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        assert may_end.wait(60)
        ended.append(1)

    loop = Loop("sweeper", work, every=3600, waits="It waits", at_once=True)
    loop.start()
    assert begun.wait(60)
    stopping = threading.Thread(target=loop.stop)
    stopping.start()
    assert not ended
    may_end.set()
    stopping.join(60)
    assert ended == [1]
    Loop("sweeper", work, every=0, waits="It waits").stop()
