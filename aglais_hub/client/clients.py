"""The two clients: the same methods, each sent and waited for in one way or the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import httpx

from aglais_hub.client.base import TIMEOUT_SECONDS, down, number_in
from aglais_hub.client.calls.base import part
from aglais_hub.client.methods import Methods
from aglais_hub.wire.base import Model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType

    from aglais_hub.client.calls import Call

__all__ = ["AsyncClient", "Client"]

CHANGES = "available/changes"
ARCHIVE = "accounts/{}/archive"

Answer = TypeVar("Answer", bound=Model)


class Client(Methods):
    """Calls the services and waits. Raises the classes of ``aglais_hub.errors``; refusals carry ``offers``."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        through: str = "",
    ) -> None:
        super().__init__(url, token, timeout=timeout, through=through)
        self._http = httpx.Client(**self._options)

    def send(self, call: Call[Answer]) -> Answer:
        """Send one call; raises ``ServiceDownError`` where nobody answers."""
        try:
            response = self._http.request(**self._request(call))
        except httpx.TransportError as error:
            raise down(self.url, error) from error
        return self._answer(call, response)

    def watch(self) -> Iterator[int]:
        """The number of the timeline's last change, at once and whenever it has changed, without end.

        Raises ``ServiceDownError`` where the connection is lost: what happened since is asked for again then.
        """
        try:
            with self._http.stream("GET", CHANGES, timeout=self._patient()) as response:
                if not response.is_success:
                    response.read()
                    self._refused(response)
                yield from (number for number in map(number_in, response.iter_lines()) if number is not None)
        except httpx.TransportError as error:
            raise down(self.url, error) from error
        raise down(self.url)

    def archive(self, name: str) -> Iterator[bytes]:
        """The archive of an account, a zip file, in pieces; raises ``ServiceDownError`` where it breaks off."""
        try:
            with self._http.stream("GET", ARCHIVE.format(part(name))) as response:
                if not response.is_success:
                    response.read()
                    self._refused(response)
                yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise down(self.url, error) from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncClient(Methods):
    """The same calls for code that must not block: each method is awaited."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        through: str = "",
    ) -> None:
        super().__init__(url, token, timeout=timeout, through=through)
        self._http = httpx.AsyncClient(**self._options)

    async def send(self, call: Call[Answer]) -> Answer:
        """Send one call; raises ``ServiceDownError`` where nobody answers."""
        try:
            response = await self._http.request(**self._request(call))
        except httpx.TransportError as error:
            raise down(self.url, error) from error
        return self._answer(call, response)

    async def watch(self) -> AsyncIterator[int]:
        """The number of the timeline's last change, at once and whenever it has changed, without end.

        Raises ``ServiceDownError`` where the connection is lost: what happened since is asked for again then.
        """
        try:
            async with self._http.stream("GET", CHANGES, timeout=self._patient()) as response:
                if not response.is_success:
                    await response.aread()
                    self._refused(response)
                async for line in response.aiter_lines():
                    if (number := number_in(line)) is not None:
                        yield number
        except httpx.TransportError as error:
            raise down(self.url, error) from error
        raise down(self.url)

    async def archive(self, name: str) -> AsyncIterator[bytes]:
        """The archive of an account, a zip file, in pieces; raises ``ServiceDownError`` where it breaks off."""
        try:
            async with self._http.stream("GET", ARCHIVE.format(part(name))) as response:
                if not response.is_success:
                    await response.aread()
                    self._refused(response)
                async for piece in response.aiter_bytes():
                    yield piece
        except httpx.TransportError as error:
            raise down(self.url, error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()
