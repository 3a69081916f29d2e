"""``requires("small")``: the first cell of a notebook says which package it needs, and finds out whether it has it."""

from __future__ import annotations

import html
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython
from IPython.display import display

from aglais_hub.client import Client
from aglais_hub.errors import AglaisError
from aglais_lab.booked import BookedResources, bookings_page, in_words
from aglais_lab.notebook_errors import NotBookedError, PackageTooSmallError

if TYPE_CHECKING:
    from aglais_hub.wire.packages import Package

__all__ = ["requires"]

_ASK_SECONDS = 5.0


def requires(package: str) -> None:
    """Say what this session has, or raise ``PackageTooSmallError`` if that is less than ``package``.

    A booking of another package is enough if it holds as much of everything. Outside a booked session it raises
    ``NotBookedError``.
    """
    page = bookings_page(os.environ)
    try:
        booked = BookedResources.from_environment(os.environ)
    except NotBookedError as error:
        shown = _show_refusal(
            f"This notebook requires a {package} package, and this kernel runs under no booking.", page
        )
        message = f"This notebook requires a {package} package."
        raise NotBookedError(message, help=f"{error.message} {error.help}", helped=shown) from None
    enough = booked.is_enough_for(package, None if booked.package == package else _ask(package))
    if enough is False:
        have = f"you have {booked.package or booked.size}"
        message = f"This notebook requires a {package} package ({have})."
        shown = _show_refusal(message, page)
        way_out = f"Book one in the Booking panel or at {page}, then run it again."
        raise PackageTooSmallError(message, help=way_out, helped=shown)
    print(_what_you_have(booked, package, checked=enough is not None))


def _ask(package: str) -> Package | None:
    """The package as the platform has it, or None: unknown there, or the platform does not answer."""
    if not os.environ.get("AGLAIS_API_URL"):
        return None
    try:
        with Client(timeout=_ASK_SECONDS) as client:
            return client.package(package)
    except AglaisError:
        return None


def _what_you_have(booked: BookedResources, package: str, *, checked: bool) -> str:
    left = booked.left(datetime.now(UTC))
    until = f", {in_words(left)} left" if left is not None else ""
    doubt = (
        "" if checked else f"\nWhether that is enough for a notebook that requires a {package} package is not known."
    )
    return f"You have a {booked.title}: {booked.size}{until}.{doubt}"


def _show_refusal(message: str, page: str) -> bool:
    """Show the refusal with a link to where a package is booked; False where there is no notebook to show it in."""
    if get_ipython() is None:
        return False
    link = f'<a href="{html.escape(page)}" target="_blank" rel="noopener">Book one</a>'
    style = (
        "border-left:3px solid var(--jp-warn-color1,#d98e04);padding:8px 12px;margin:4px 0;max-width:46em;"
        "background:var(--jp-layout-color2,#f4f4f4);color:var(--jp-ui-font-color1,#222);border-radius:3px"
    )
    body = f'<div style="{style}"><b>{html.escape(message)}</b><br>{link}, or open the Booking panel.</div>'
    bundle = {"text/html": body, "text/plain": f"{message}\nBook one: {page}"}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]
    return True
