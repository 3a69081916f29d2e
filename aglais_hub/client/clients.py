"""The two clients. Each method is a call of ``calls``, sent and waited for in one way or the other."""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

import httpx

from aglais_hub import errors
from aglais_hub.client import calls
from aglais_hub.client.calls import Call
from aglais_hub.errors import AglaisError, InvalidValueError, RefusedError, ServiceDownError
from aglais_hub.wire.base import Model
from aglais_hub.wire.bookings import Booking

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

__all__ = ["AsyncClient", "Client"]

API = "services/aglais/api/"
TIMEOUT_SECONDS = 30.0

Answer = TypeVar("Answer", bound=Model)
P = ParamSpec("P")

ERRORS: dict[str, type[AglaisError]] = {
    found.code: found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, AglaisError) and found is not RefusedError
}


class _Base:
    """Where the services are, whose token is sent, and what an answer means."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        """Talk to the services at ``url``: the API's address, or that of the platform (``http://127.0.0.1:8000/``).

        Without ``url``, ``AGLAIS_API_URL`` or ``AGLAIS_URL`` is taken from the environment; without ``token``,
        ``AGLAIS_TOKEN``, ``JUPYTERHUB_API_TOKEN`` or ``AGLAIS_ADMIN_TOKEN``. In a lab both are there.
        """
        url = url or _first("AGLAIS_API_URL", "AGLAIS_URL") or "http://127.0.0.1:8000/"
        self.url = url.rstrip("/") + "/"
        if not self.url.endswith(API):
            self.url += API
        token = token or _first("AGLAIS_TOKEN", "JUPYTERHUB_API_TOKEN", "AGLAIS_ADMIN_TOKEN")
        headers = {"Authorization": f"token {token}"} if token else {}
        self._options: dict[str, Any] = {
            "base_url": self.url,
            "timeout": timeout,
            "headers": headers,
            # A proxy of the machine's is for the outside; the services are next door.
            "trust_env": False,
        }

    @staticmethod
    def _request(call: Call[Any]) -> dict[str, Any]:
        return {
            "method": call.method,
            "url": call.path,
            "params": dict(call.query),
            "json": call.body,
            "headers": dict(call.headers),
        }

    @staticmethod
    def _answer(call: Call[Answer], response: httpx.Response) -> Answer:
        try:
            if response.is_success:
                return call.answer.model_validate(response.json())
            raise _error(response)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ServiceDownError(
                f"{response.url.host} answered {response.status_code}, which is not from Aglais Hub.",
                help="Check the address, and try again in a moment.",
            ) from error


class Client(_Base):
    """Calls the services and waits. Raises the classes of ``aglais_hub.errors``; refusals carry ``offers``."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        super().__init__(url, token, timeout=timeout)
        self._http = httpx.Client(**self._options)

    def send(self, call: Call[Answer]) -> Answer:
        """Send one call; raises ``ServiceDownError`` where nobody answers."""
        try:
            response = self._http.request(**self._request(call))
        except httpx.TransportError as error:
            raise _down(self.url) from error
        return self._answer(call, response)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @staticmethod
    def _method(make: Callable[P, Call[Answer]]) -> Callable[Concatenate[Client, P], Answer]:
        @wraps(make)
        def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
            return self.send(make(*args, **kwargs))

        return method

    packages = _method(calls.packages)
    package = _method(calls.package)
    available = _method(calls.available)
    grants = _method(calls.grants)
    grant = _method(calls.grant)
    bookings = _method(calls.bookings)
    booking = _method(calls.booking)
    book = _method(calls.book)
    edit = _method(calls.edit)
    accept = _method(calls.accept)
    cancel = _method(calls.cancel)
    end = _method(calls.end)
    extend = _method(calls.extend)
    extension = _method(calls.extension)
    start_session = _method(calls.start_session)
    stop_session = _method(calls.stop_session)
    try_account = _method(calls.try_account)
    register = _method(calls.register)
    confirm = _method(calls.confirm)
    login = _method(calls.login)
    accounts = _method(calls.accounts)
    account = _method(calls.account)
    delete_account = _method(calls.delete_account)


class AsyncClient(_Base):
    """The same calls for code that must not block: each method is awaited."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        super().__init__(url, token, timeout=timeout)
        self._http = httpx.AsyncClient(**self._options)

    async def send(self, call: Call[Answer]) -> Answer:
        """Send one call; raises ``ServiceDownError`` where nobody answers."""
        try:
            response = await self._http.request(**self._request(call))
        except httpx.TransportError as error:
            raise _down(self.url) from error
        return self._answer(call, response)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    @staticmethod
    def _method(make: Callable[P, Call[Answer]]) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, Answer]]:
        @wraps(make)
        async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
            return await self.send(make(*args, **kwargs))

        return method

    packages = _method(calls.packages)
    package = _method(calls.package)
    available = _method(calls.available)
    grants = _method(calls.grants)
    grant = _method(calls.grant)
    bookings = _method(calls.bookings)
    booking = _method(calls.booking)
    book = _method(calls.book)
    edit = _method(calls.edit)
    accept = _method(calls.accept)
    cancel = _method(calls.cancel)
    end = _method(calls.end)
    extend = _method(calls.extend)
    extension = _method(calls.extension)
    start_session = _method(calls.start_session)
    stop_session = _method(calls.stop_session)
    try_account = _method(calls.try_account)
    register = _method(calls.register)
    confirm = _method(calls.confirm)
    login = _method(calls.login)
    accounts = _method(calls.accounts)
    account = _method(calls.account)
    delete_account = _method(calls.delete_account)


def _first(*names: str) -> str | None:
    return next((value for value in map(os.environ.get, names) if value), None)


def _down(url: str) -> ServiceDownError:
    return ServiceDownError(f"Nobody answers at {url}.", help="Is the platform up? Try again in a moment.")


def _error(response: httpx.Response) -> AglaisError:
    body = response.json()
    said = body["error"]
    details = {name: said.get(name) for name in ("field", "rule", "help")}
    if "offers" in body:
        offers = [Booking.model_validate(offer) for offer in body["offers"]]
        details["rule"] = details["rule"] or "capacity"
        return RefusedError(said["message"], offers=offers, **details)
    found = ERRORS.get(said["code"], InvalidValueError if response.status_code < 500 else ServiceDownError)
    return found(said["message"], **details)
