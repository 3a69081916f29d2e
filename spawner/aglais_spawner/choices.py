"""What the page that starts a server has to offer: the packages that are free now, or the booking that is running.

It is what the account may have as the services see it at this moment, and no guard: a start is checked when it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from aglais_hub.authenticators.looks import USUAL_PACKAGE, find_lab, find_packages
from aglais_hub.errors import AglaisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aglais_hub.client import AsyncClient

__all__ = ["Choices", "find_choices"]


@dataclass(frozen=True)
class Choices:
    """``model`` is what the hub's page is filled with; ``problem`` is why nothing is known."""

    model: Mapping[str, Any] = field(default_factory=dict)
    problem: AglaisError | None = None

    def __html__(self) -> str:
        """The form's fields, where a page has no better way to show them. Times are in UTC."""
        if self.problem is not None:
            text = f"{self.problem.message} {self.problem.help or 'Try again in a moment.'}"
            return f'<p class="aglais-problem">{escape(text)}</p>'
        if now := self.model["now"]:
            package = escape(now.package or "resources of your own choice")
            return f'<p class="aglais-booked">You have a booking now: {package}.</p>'
        return "".join(map(_radio, self.model["packages"]))


def _radio(package: Mapping[str, Any]) -> str:
    name = escape(package["name"])
    free = f"{package['free']} free" if package["free"] else "full"
    when = (f" until {package['until']}" if package["until"] else "") + (
        f", free by {package['next']}" if package["next"] else ""
    )
    checked = " checked" if package["is_chosen"] else ""
    disabled = "" if package["free"] else " disabled"
    return (
        f'<div class="form-check"><input class="form-check-input" type="radio" name="package" value="{name}" '
        f'id="package-{name}"{checked}{disabled}> <label class="form-check-label" for="package-{name}">'
        f"{name}: {escape(package['size'])}, {free}{when}</label></div>"
    )


async def find_choices(client: AsyncClient, account: str, known: Mapping[str, Any] | None) -> Choices:
    """Ask the services; ``known`` is what the hub knows of the account. Never raises.

    Who has a booking now is not asked further. A visitor has one package only.
    """
    known = known or {}
    is_visitor = known.get("level") == 0
    default = known.get("package") or USUAL_PACKAGE
    lab = await find_lab(client, account, is_visitor=is_visitor)
    if lab.now is not None:
        return Choices({"now": lab.now})
    try:
        found = await find_packages(client, default, only=default if is_visitor else None)
    except AglaisError as error:
        return Choices(problem=error)
    return Choices({**found, "coming": lab.coming[0] if lab.coming else None})
