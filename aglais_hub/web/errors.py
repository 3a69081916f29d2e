"""Errors to answers: every one in the one shape ``{error: {code, message, rule?, field?, help?}}``."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aglais_hub.errors import AglaisError, ConflictError, RefusedError, UnauthenticatedError, seconds_to_wait
from aglais_hub.web.headers import HEADERS
from aglais_hub.wire.base import Error, isoformat
from aglais_hub.wire.mistakes import mistake_words

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

__all__ = ["add_error_handlers", "error_answer"]

log = logging.getLogger(__name__)

CODES = {400: "invalid_value", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
HELP = {
    400: "Send a form, or JSON in UTF-8.",
    404: "See /services/aglais/api/openapi.json for what there is.",
    405: "See the Allow header for what may be.",
}


def error_answer(error: AglaisError) -> JSONResponse:
    """The answer that tells a caller of ``error``."""
    said = Error(code=error.code, message=error.message, rule=error.rule, field=error.field, help=error.help)
    body: dict[str, Any] = {"error": said.model_dump(exclude_none=True)}
    if isinstance(error, ConflictError):
        for name in ("changes", "hit"):
            if (found := getattr(error, name)) is not None:
                body[name] = [one.model_dump(mode="json") for one in found]
    if isinstance(error, RefusedError):
        body["offers"] = [offer.model_dump(mode="json") for offer in error.offers]
        body |= {"until": isoformat(error.until)} if error.until else {}
        body |= {"why": error.why} if error.why else {}
    return JSONResponse(body, error.status, _headers(error))


def _headers(error: AglaisError) -> dict[str, str]:
    seconds = seconds_to_wait(error)
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    if isinstance(error, UnauthenticatedError):
        # A wrong password is answered with the same status; no token makes it a right one.
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def add_error_handlers(app: FastAPI) -> None:
    """Translate our errors, FastAPI's, Starlette's, and defects."""

    @app.exception_handler(AglaisError)
    def ours(_request: Request, error: AglaisError) -> JSONResponse:
        return error_answer(error)

    @app.exception_handler(RequestValidationError)
    def unreadable(_request: Request, error: RequestValidationError) -> JSONResponse:
        return _plain(400, _first_mistake(error))

    @app.exception_handler(HTTPException)
    def http(_request: Request, error: HTTPException) -> JSONResponse:
        said = Error(
            code=CODES.get(error.status_code, HTTPStatus(error.status_code).name.lower()),
            message=str(error.detail),
            help=HELP.get(error.status_code),
        )
        headers = dict(error.headers or {})
        if "GET" in headers.get("Allow", "").split(", "):
            headers["Allow"] += ", HEAD"
        return _plain(error.status_code, said, headers)

    @app.exception_handler(Exception)
    def defect(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        said = Error(code="internal", message="Something went wrong on our side.", help="Tell an admin what you did.")
        # What answers defects stands outside of what puts the headers on.
        return _plain(500, said, HEADERS)


def _plain(status: int, said: Error, headers: Any = None) -> JSONResponse:
    return JSONResponse({"error": said.model_dump(exclude_none=True)}, status, headers)


def _first_mistake(error: RequestValidationError) -> Error:
    first = error.errors()[0]
    names = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header")]
    if first["type"] == "json_invalid":
        return Error(code="invalid_value", message="The body is not JSON.", help="Send a form, or JSON.")
    field = ".".join(names) or None
    where = "See /services/aglais/api/openapi.json for what it takes."
    return Error(code="invalid_value", message=f"{field or 'body'}: {mistake_words(first)}.", field=field, help=where)
