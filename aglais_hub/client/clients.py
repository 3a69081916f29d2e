"""The two clients. Each method is a call of ``calls``, sent and waited for in one way or the other."""

from __future__ import annotations

import json
import os
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, Self, TypeVar

import httpx

from aglais_hub import errors
from aglais_hub.client import calls
from aglais_hub.client.calls import Call
from aglais_hub.errors import AglaisError, ConflictError, InvalidValueError, RefusedError, ServiceDownError
from aglais_hub.wire.base import ErrorAnswer, Model
from aglais_hub.wire.bookings import Booking
from aglais_hub.wire.decisions import Change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from types import TracebackType

__all__ = ["AsyncClient", "Client"]

API = "services/aglais/api/"
CHANGES = "available/changes"
TIMEOUT_SECONDS = 30.0
SILENCE_SECONDS = 90.0
"""How long a stream of changes may say nothing, not even that it is there, before it counts as lost."""

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

    @classmethod
    def _answer(cls, call: Call[Answer], response: httpx.Response) -> Answer:
        if not response.is_success:
            cls._refused(response)
        try:
            return call.answer.model_validate(response.json())
        except ValueError as error:
            raise _not_ours(response) from error

    @staticmethod
    def _refused(response: httpx.Response) -> NoReturn:
        try:
            raise _error(response)
        except ValueError as error:
            raise _not_ours(response) from error

    @staticmethod
    def _patient() -> httpx.Timeout:
        return httpx.Timeout(TIMEOUT_SECONDS, read=SILENCE_SECONDS)


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

    def watch(self) -> Iterator[int]:
        """The number of the timeline's last change, at once and whenever it has changed, without end.

        Raises ``ServiceDownError`` where the connection is lost: what happened since is asked for again then.
        """
        try:
            with self._http.stream("GET", CHANGES, timeout=self._patient()) as response:
                if not response.is_success:
                    response.read()
                    self._refused(response)
                yield from (change for change in map(_change, response.iter_lines()) if change is not None)
        except httpx.TransportError as error:
            raise _down(self.url) from error
        raise _down(self.url)

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
    bookings = _method(calls.bookings)
    booking = _method(calls.booking)
    book = _method(calls.book)
    book_class = _method(calls.book_class)
    offers = _method(calls.offers)
    accept = _method(calls.accept)
    edit = _method(calls.edit)
    extend = _method(calls.extend)
    extension = _method(calls.extension)
    shorten = _method(calls.shorten)
    move = _method(calls.move)
    cancel = _method(calls.cancel)
    end = _method(calls.end)
    changes = _method(calls.changes)
    decisions = _method(calls.decisions)
    decision = _method(calls.decision)
    grants = _method(calls.grants)
    granted = _method(calls.granted)
    grant = _method(calls.grant)
    preview_grant = _method(calls.preview_grant)
    change_grant = _method(calls.change_grant)
    remove_grant = _method(calls.remove_grant)
    clusters = _method(calls.clusters)
    cluster = _method(calls.cluster)
    create_cluster = _method(calls.create_cluster)
    edit_cluster = _method(calls.edit_cluster)
    remove_cluster = _method(calls.remove_cluster)
    nodes = _method(calls.nodes)
    read_nodes = _method(calls.read_nodes)
    audit_nodes = _method(calls.audit_nodes)
    start_session = _method(calls.start_session)
    stop_session = _method(calls.stop_session)
    try_account = _method(calls.try_account)
    register = _method(calls.register)
    confirm = _method(calls.confirm)
    resend = _method(calls.resend)
    forgot_password = _method(calls.forgot_password)
    reset_password = _method(calls.reset_password)
    change_password = _method(calls.change_password)
    change_address = _method(calls.change_address)
    stop_change = _method(calls.stop_change)
    token_login = _method(calls.token_login)
    login_token = _method(calls.login_token)
    open_batch = _method(calls.open_batch)
    login = _method(calls.login)
    arrive = _method(calls.arrive)
    arrival = _method(calls.arrival)
    open_account = _method(calls.open_account)
    link_identity = _method(calls.link_identity)
    unlink_identity = _method(calls.unlink_identity)
    accounts = _method(calls.accounts)
    account = _method(calls.account)
    edit_account = _method(calls.edit_account)
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
                    if (change := _change(line)) is not None:
                        yield change
        except httpx.TransportError as error:
            raise _down(self.url) from error
        raise _down(self.url)

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
    bookings = _method(calls.bookings)
    booking = _method(calls.booking)
    book = _method(calls.book)
    book_class = _method(calls.book_class)
    offers = _method(calls.offers)
    accept = _method(calls.accept)
    edit = _method(calls.edit)
    extend = _method(calls.extend)
    extension = _method(calls.extension)
    shorten = _method(calls.shorten)
    move = _method(calls.move)
    cancel = _method(calls.cancel)
    end = _method(calls.end)
    changes = _method(calls.changes)
    decisions = _method(calls.decisions)
    decision = _method(calls.decision)
    grants = _method(calls.grants)
    granted = _method(calls.granted)
    grant = _method(calls.grant)
    preview_grant = _method(calls.preview_grant)
    change_grant = _method(calls.change_grant)
    remove_grant = _method(calls.remove_grant)
    clusters = _method(calls.clusters)
    cluster = _method(calls.cluster)
    create_cluster = _method(calls.create_cluster)
    edit_cluster = _method(calls.edit_cluster)
    remove_cluster = _method(calls.remove_cluster)
    nodes = _method(calls.nodes)
    read_nodes = _method(calls.read_nodes)
    audit_nodes = _method(calls.audit_nodes)
    start_session = _method(calls.start_session)
    stop_session = _method(calls.stop_session)
    try_account = _method(calls.try_account)
    register = _method(calls.register)
    confirm = _method(calls.confirm)
    resend = _method(calls.resend)
    forgot_password = _method(calls.forgot_password)
    reset_password = _method(calls.reset_password)
    change_password = _method(calls.change_password)
    change_address = _method(calls.change_address)
    stop_change = _method(calls.stop_change)
    token_login = _method(calls.token_login)
    login_token = _method(calls.login_token)
    open_batch = _method(calls.open_batch)
    login = _method(calls.login)
    arrive = _method(calls.arrive)
    arrival = _method(calls.arrival)
    open_account = _method(calls.open_account)
    link_identity = _method(calls.link_identity)
    unlink_identity = _method(calls.unlink_identity)
    accounts = _method(calls.accounts)
    account = _method(calls.account)
    edit_account = _method(calls.edit_account)
    delete_account = _method(calls.delete_account)


def _first(*names: str) -> str | None:
    return next((value for value in map(os.environ.get, names) if value), None)


def _down(url: str) -> ServiceDownError:
    return ServiceDownError(f"Nobody answers at {url}.", help="Is the platform up? Try again in a moment.")


def _not_ours(response: httpx.Response) -> ServiceDownError:
    return ServiceDownError(
        f"{response.url.host} answered {response.status_code}, which is not from Aglais Hub.",
        help="Check the address, and try again in a moment.",
    )


def _change(line: str) -> int | None:
    """The number in a line of the stream, where it has one; other lines keep the connection alive."""
    name, _, data = line.partition(":")
    return int(json.loads(data)["change"]) if name == "data" else None


def _error(response: httpx.Response) -> AglaisError:
    answer = ErrorAnswer.model_validate(response.json())
    said = answer.error
    more: dict[str, Any] = {"field": said.field, "rule": said.rule, "help": said.help}
    if answer.offers is not None:
        more["rule"] = said.rule or "capacity"
        return RefusedError(
            said.message, offers=_all(Booking, answer.offers), until=answer.until, why=answer.why, **more
        )
    found = ERRORS.get(said.code, InvalidValueError if response.status_code < 500 else ServiceDownError)
    if found is ConflictError:
        return ConflictError(said.message, changes=_all(Change, answer.changes), hit=_all(Booking, answer.hit), **more)
    return found(said.message, **more)


def _all(kind: type[Answer], rows: list[Any] | None) -> list[Answer]:
    return [kind.model_validate(row) for row in rows or ()]
