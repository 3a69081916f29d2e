"""Routes that take a body as JSON or as a form alike, and say so in the OpenAPI document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_plus

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

from aglais_hub.errors import InvalidValueError, TooLargeError
from aglais_hub.wire.base import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

__all__ = ["ERRORS", "FormRoute", "describe", "make_router", "takes_up_to"]

Handler = TypeVar("Handler", bound="Callable[..., Any]")

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LARGEST_BODY = 1_000_000
"""Bytes, where a route does not say that it takes more; the largest honest body is a few hundred."""

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "A field that can't be read, or makes no sense"},
    401: {"model": ErrorAnswer, "description": "No token, or an unknown one"},
    403: {"model": ErrorAnswer, "description": "A token without the scope, or another account's thing"},
    404: {"model": ErrorAnswer, "description": "No such thing"},
    405: {"model": ErrorAnswer, "description": "Not for this address"},
    409: {"model": ErrorAnswer, "description": "A conflict, or a refusal with offers"},
    413: {"model": ErrorAnswer, "description": "The body is too large"},
    429: {"model": ErrorAnswer, "description": "Too many in this time"},
    503: {"model": ErrorAnswer, "description": "A part of the platform does not answer"},
}


class FormRoute(APIRoute):
    """A route that reads a form as if it were the JSON object with the same fields."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        largest = getattr(self.endpoint, "largest_body", LARGEST_BODY)

        async def handle_form(request: Request) -> Response:
            _refuse_unprintable(unquote_plus(request.scope["path"] + "?" + request.url.query))
            if request.method in ("POST", "PUT", "PATCH"):
                request = await _with_json(request, largest)
            return await handle(request)

        return handle_form


def takes_up_to(size: int) -> Callable[[Handler], Handler]:
    """Let a handler take bodies of so many bytes."""

    def mark(handler: Handler) -> Handler:
        vars(handler)["largest_body"] = size
        return handler

    return mark


def make_router(tag: str) -> APIRouter:
    """A router for one feature."""
    return APIRouter(route_class=FormRoute, tags=[tag], responses=ERRORS)


async def _with_json(request: Request, largest: int) -> Request:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        # What is too large is still read for a while: who has not sent all of it yet would not hear the answer.
        if size <= largest:
            body += chunk
        elif size > largest + LARGEST_BODY * 15:
            break
    if size > largest:
        raise TooLargeError("The body is too large.", help=f"Send at most {largest} bytes.")
    sent = bytes(body)
    if kind in FORMS:
        sent = json.dumps(await _form(request, sent)).encode()
    elif sent:
        _refuse_unprintable_json(sent)
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
    scope = {**request.scope, "headers": [*headers, (b"content-type", b"application/json")]}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent or b"{}", "more_body": False}

    return Request(scope, receive)


async def _form(request: Request, body: bytes) -> dict[str, Any]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_part_size=max(len(body), 1)) as form:
        return _fields(form)


def _fields(form: FormData) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in form:
        values = form.getlist(name)
        if any(not isinstance(value, str) for value in values):
            raise InvalidValueError(f"{name} is a file.", field=name, help="Send text.")
        for text in (name, *values):
            _refuse_unprintable(str(text))
        # A form repeats a name for a list. XSRF tokens are the page's affair; an empty input is one left out.
        if name != "_xsrf" and values != [""]:
            fields[name] = values[0] if len(values) == 1 else values
    return fields


def _refuse_unprintable_json(body: bytes) -> None:
    try:
        waiting: list[Any] = [json.loads(body)]  # as FastAPI does, which takes UTF-16 and UTF-32 too
    except RecursionError:
        raise InvalidValueError("The body is nested too deeply.", help="Send a flat object.") from None
    except ValueError:
        return  # FastAPI says what is wrong with it
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            _refuse_unprintable(value)
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]


def _refuse_unprintable(text: str) -> None:
    # PostgreSQL can't store NUL, and no database half of a surrogate pair.
    if _UNPRINTABLE.search(text):
        raise InvalidValueError("A text holds a character that can't be stored.", help="Remove it and send again.")


def describe(app: FastAPI, *, prefix: str) -> dict[str, Any]:
    """The OpenAPI document: with forms beside JSON, the way to authenticate, and our error shape only."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title="Aglais Hub",
        version=app.version,
        description="Bookings of compute, the capacity behind them, and the accounts they belong to.",
        routes=app.routes,
    )
    document["servers"] = [{"url": "/"}]
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A JupyterHub token."}
    }
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            if not path.endswith("/health"):
                operation["security"] = [{"token": []}]
            content = operation.get("requestBody", {}).get("content")
            if content:
                content[FORMS[0]] = {"schema": content["application/json"]["schema"]}
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    app.openapi_schema = document
    return document
