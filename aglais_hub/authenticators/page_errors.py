"""Our errors in the form that JupyterHub passes on to its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from aglais_hub.errors import RefusedError, ServiceDownError, seconds_to_wait

if TYPE_CHECKING:
    from aglais_hub.errors import AglaisError

__all__ = ["PageError", "headers_of", "said"]


class PageError(HTTPError):
    """An error of ours as an HTTP error of the hub.

    ``aglais_error`` is the error as on the services' own API; ``offers`` are bookings in OFFERED, as on the wire.
    """

    def __init__(self, error: AglaisError) -> None:
        super().__init__(error.status, "%s", error.message)
        self.error = error
        self.aglais_error = said(error)
        self.jupyterhub_message = self.aglais_error["message"]
        offers = error.offers if isinstance(error, RefusedError) else []
        self.offers: list[dict[str, Any]] = [offer.model_dump(mode="json") for offer in offers]
        self.headers = headers_of(error)


def headers_of(error: AglaisError) -> dict[str, str]:
    """The headers of a page about an error: when to try again."""
    seconds = seconds_to_wait(error)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def said(error: AglaisError) -> dict[str, Any]:
    """The error as the services' API writes it; every field is there, so that a page need not ask."""
    fields = {name: getattr(error, name) for name in ("code", "message", "rule", "field", "help")}
    if isinstance(error, ServiceDownError) and error.__cause__ is not None:
        # Said by our own client, for operators: it names an address that means nothing to the reader of a page.
        fields |= {"message": "A part of the platform does not answer.", "help": "Try again in a minute."}
    return fields
