"""What both clients share: where the services are, whose token is sent, and what an answer means."""

from __future__ import annotations

import json
import os
import ssl
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import httpx

from aglais_hub import errors
from aglais_hub.errors import (
    AglaisError,
    ConflictError,
    InvalidValueError,
    RefusedError,
    ServiceDownError,
    TooManyError,
)
from aglais_hub.wire.base import ErrorAnswer, Model, Text
from aglais_hub.wire.bookings import Booking
from aglais_hub.wire.decisions import Change

if TYPE_CHECKING:
    from aglais_hub.client.calls import Call

__all__ = ["TIMEOUT_SECONDS", "Base", "down", "number_in"]

API = "services/aglais/api/"
TIMEOUT_SECONDS = 30.0
SILENCE_SECONDS = 90.0
"""How long a stream of changes may say nothing, not even that it is there, before it counts as lost."""

Answer = TypeVar("Answer", bound=Model)

ERRORS: dict[str, type[AglaisError]] = {
    found.code: found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, AglaisError) and found is not RefusedError
}


class Base:
    """Where the services are, whose token is sent, and what an answer means."""

    def __init__(self, url: str | None, token: str | None, *, timeout: float, through: str) -> None:
        """Talk to the services at ``url``: the API's address, or that of the platform (``http://127.0.0.1:8000/``).

        Without ``url``, ``AGLAIS_API_URL`` or ``AGLAIS_URL`` is taken from the environment; without ``token``,
        ``AGLAIS_TOKEN``, ``JUPYTERHUB_API_TOKEN`` or ``AGLAIS_ADMIN_TOKEN``. In a lab both are there. The
        trail of changes tells what an account was changed ``through``, as ``cli``.
        """
        url = url or _first("AGLAIS_API_URL", "AGLAIS_URL") or "http://127.0.0.1:8000/"
        self.url = url.rstrip("/") + "/"
        if not self.url.endswith(API):
            self.url += API
        token = token or _first("AGLAIS_TOKEN", "JUPYTERHUB_API_TOKEN", "AGLAIS_ADMIN_TOKEN")
        headers = {"Authorization": f"token {token}"} if token else {}
        if through:
            headers["Aglais-Through"] = through
        self._options: dict[str, Any] = {
            "base_url": self.url,
            "timeout": timeout,
            "headers": headers,
            # A proxy of the machine's is for the outside; the services are next door.
            "trust_env": False,
            "verify": _trusted(),
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
            if issubclass(call.answer, Text):
                return call.answer(text=response.text)
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


def _first(*names: str) -> str | None:
    return next((value for value in map(os.environ.get, names) if value), None)


def down(url: str, error: Exception | None = None) -> ServiceDownError:
    """The error where nobody answers at an address, or not in time."""
    if isinstance(error, httpx.ReadTimeout):
        return ServiceDownError(
            f"There was no answer from {url} in time.",
            help="It is busy, and may do all the same what you asked for. Look, then try again.",
        )
    return ServiceDownError(f"Nobody answers at {url}.", help="Is the platform up? Try again in a moment.")


def _not_ours(response: httpx.Response) -> ServiceDownError:
    return ServiceDownError(
        f"{response.url.host} answered {response.status_code}, which is not from Aglais Hub.",
        help="Check the address, and try again in a moment.",
    )


def number_in(line: str) -> int | None:
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
    if found is TooManyError:
        seconds = response.headers.get("Retry-After", "")
        return TooManyError(said.message, wait=int(seconds) if seconds.isdecimal() else None, **more)
    return found(said.message, **more)


def _all(kind: type[Answer], rows: list[Any] | None) -> list[Answer]:
    return [kind.model_validate(row) for row in rows or ()]


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities to trust, read once: they take longer to read than most calls take."""
    return httpx.create_ssl_context(trust_env=False)
