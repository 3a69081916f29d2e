"""A server is ready as soon as somebody listens."""

from __future__ import annotations

import asyncio

import pytest

from aglais_spawner.listening import wait_until_listens
from tests.support.ports import free_port


@pytest.mark.parametrize("as_url", [False, True])
def test_it_waits_for_somebody_who_listens(as_url: bool) -> None:
    async def story() -> None:
        port, until = free_port(), asyncio.get_running_loop().time() + 60
        where = f"http://127.0.0.1:{port}" if as_url else ("127.0.0.1", port)
        waiting = asyncio.ensure_future(wait_until_listens(where, until))
        await asyncio.wait([waiting], timeout=0.2)
        assert not waiting.done()
        async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
            await asyncio.wait_for(waiting, 60)

    asyncio.run(story())


def test_it_gives_up_in_time_and_asks_nobody_where_there_is_no_address() -> None:
    async def story() -> None:
        now = asyncio.get_running_loop().time()
        await wait_until_listens(("127.0.0.1", free_port()), now + 0.1)
        await wait_until_listens(("127.0.0.1", free_port()), now - 1)
        await wait_until_listens(None, now + 60)

    asyncio.run(story())
