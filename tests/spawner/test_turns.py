"""Starts take turns."""

from __future__ import annotations

import asyncio

from aglais_spawner.turns import Turns


def test_as_many_as_may_begin_and_the_others_wait_in_order() -> None:
    async def story() -> None:
        turns, begun = Turns(2), []

        async def begin(name: str) -> None:
            await turns.begin(name)
            begun.append(name)

        waiting = [asyncio.ensure_future(begin(name)) for name in "abcd"]
        await asyncio.wait(waiting, timeout=0.05)
        assert begun == ["a", "b"]
        # Who has none gives none away, and nobody gives one away twice.
        for name in ("d", "a", "a"):
            turns.end(name)
        await asyncio.wait(waiting, timeout=0.05)
        assert begun == ["a", "b", "c"]
        waiting[-1].cancel()
        for name in "bcd":
            turns.end(name)
        await asyncio.wait_for(asyncio.gather(begin("e"), begin("f")), 60)

    asyncio.run(story())


def test_who_begins_again_has_still_one_turn() -> None:
    async def story() -> None:
        turns = Turns(1)
        await turns.begin("a")
        await asyncio.wait_for(turns.begin("a"), 60)
        turns.end("a")
        await asyncio.wait_for(turns.begin("b"), 60)

    asyncio.run(story())
