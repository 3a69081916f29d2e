"""Why a server does not start, in the forms JupyterHub passes on: to its log, its pages and its REST API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from jupyterhub.spawner import SpawnException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aglais_hub.errors import AglaisError
    from aglais_hub.wire.bookings import Booking

__all__ = ["BookingRefused", "ServerFailed", "ServicesDown", "in_words", "offer_buttons", "time_in_words"]


class BookingRefused(SpawnException):
    """The timeline, or a rule, does not allow this server now. JupyterHub counts it as a refusal, not as a failure.

    ``aglais_error`` is the error as on the services' own API; ``offers`` are bookings in OFFERED, each can be taken
    as it stands; ``reason`` is the rule that stood in the way, or the error's code.
    """

    def __init__(self, error: AglaisError, *, offer_url: str = "", xsrf: str = "") -> None:
        offers: list[Booking] = list(getattr(error, "offers", ()))
        words = error.message
        if offers:
            words = f"{words} You can have: {'; '.join(in_words(offer) for offer in offers)}."
        elif error.help:
            words = f"{words} {error.help}"
        buttons = offer_buttons(offers, offer_url, xsrf) if offer_url else ""
        super().__init__(
            words,
            reason=error.rule or error.code,
            message_html=f"<p>{escape(error.message)}</p>{buttons}" if buttons else "",
            status_code=error.status,
        )
        self.aglais_error = error_fields(error)
        self.offers = [offer.model_dump(mode="json") for offer in offers]


class ServicesDown(SpawnException):
    """The services did not answer, so nothing was started. Trying again is right."""

    def __init__(self, error: Exception) -> None:
        message = "The booking service does not answer, so no server was started."
        self.aglais_error: dict[str, Any] = {
            "code": "service_down",
            "message": message,
            "help": "Try again in a moment. Your bookings and files are safe.",
        }
        self.offers: list[dict[str, Any]] = []
        super().__init__(
            f"{message} {self.aglais_error['help']}",
            reason="services_down",
            log_message=f"{message} {type(error).__name__}: {error}",
            status_code=503,
        )
        self.headers = {"Retry-After": "5"}


class ServerFailed(SpawnException):
    """What servers run on did not start this one: ``message`` says why. It is not the person's doing.

    ``help`` says what happens next. ``reason`` is a word for logs and metrics.
    """

    def __init__(self, message: str, *, help: str, reason: str) -> None:
        self.aglais_error: dict[str, Any] = {"code": "server_failed", "message": message, "help": help}
        self.offers: list[dict[str, Any]] = []
        super().__init__(f"{message} {help}", reason=reason, status_code=503)
        # What JupyterHub's page of a start says of it.
        self.jupyterhub_message = self.message


def error_fields(error: AglaisError) -> dict[str, Any]:
    """The error as the services' API writes it."""
    fields = {name: getattr(error, name) for name in ("code", "message", "rule", "field", "help")}
    return {name: value for name, value in fields.items() if value}


def in_words(offer: Booking, now: datetime | None = None) -> str:
    """An offer as a person would say it; times in UTC, as the hub does not know where the reader is."""
    now = now or datetime.now(UTC)
    what = offer.package or f"{offer.resources.cores.normalize():f} cores with {offer.resources.memory} MiB"
    start = "now" if offer.start <= now + timedelta(minutes=1) else f"from {time_in_words(offer.start, now)}"
    parts = f", in {len(offer.spans)} parts" if len(offer.spans) > 1 else ""
    return f"{what} {start} until {time_in_words(offer.end, now)}{parts}"


def time_in_words(instant: datetime, now: datetime | None = None) -> str:
    """A time of today, or of another day, in UTC."""
    now = now or datetime.now(UTC)
    same_day = instant.astimezone(UTC).date() == now.astimezone(UTC).date()
    return instant.astimezone(UTC).strftime("%H:%M UTC" if same_day else "%a %d %b, %H:%M UTC")


def offer_buttons(offers: Sequence[Booking], offer_url: str, xsrf: str) -> str:
    """A form with a button for each offer, which takes it by ``POST offer_url/ID``."""
    url = escape(offer_url.rstrip("/"))
    buttons = "".join(
        f'<button class="btn btn-outline-primary aglais-offer" type="submit" formaction="{url}/{escape(offer.id)}">'
        f"{escape(in_words(offer).capitalize())}</button> "
        for offer in offers
    )
    hidden = f'<input type="hidden" name="_xsrf" value="{escape(xsrf)}">' if xsrf else ""
    return f'<form method="post" class="aglais-offers">{hidden}{buttons}</form>' if buttons else ""
