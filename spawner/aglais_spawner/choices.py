"""What the page that starts a server has to offer: the packages that are free now, or the booking that is running."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from aglais_hub.errors import AglaisError, NotFoundError
from aglais_hub.wire.bookings import Phase

if TYPE_CHECKING:
    from aglais_hub.client import AsyncClient
    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.packages import Package

__all__ = ["Choices", "find_choices"]

_LOOK_AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class Choices:
    """``packages`` with how many of each are free for the next hour, smallest first; ``default`` is the account's.

    ``booking`` is the one that a server would start under now. ``problem`` says why nothing is known.
    """

    packages: tuple[tuple[Package, int], ...] = ()
    default: str = ""
    booking: Booking | None = None
    problem: str = ""

    def as_html(self) -> str:
        """The form's fields, for a page that has no better way to show them."""
        if self.problem:
            return f'<p class="aglais-problem">{escape(self.problem)}</p>'
        if self.booking is not None:
            package = escape(self.booking.package or "resources of your own choice")
            return f'<p class="aglais-booked">You have a booking now: {package}.</p>'
        return "".join(self._radio(package, free) for package, free in self.packages)

    def _radio(self, package: Package, free: int) -> str:
        name, size = escape(package.name), package.size.resources
        checked = " checked" if package.name == self.default else ""
        disabled = "" if free > 0 else " disabled"
        text = f"{name}: {size.cores.normalize():f} cores, {size.memory} MiB, {free} free"
        return (
            f'<div class="form-check"><input class="form-check-input" type="radio" name="package" value="{name}" '
            f'id="package-{name}"{checked}{disabled}> <label class="form-check-label" for="package-{name}">{text}'
            "</label></div>"
        )


async def find_choices(client: AsyncClient, account: str) -> Choices:
    """Ask the services. Never raises: what can't be found out is a ``problem``."""
    now = datetime.now(UTC)
    try:
        packages = (await client.packages()).rows
        rows = (await client.available(range=(now, now + _LOOK_AHEAD), grain="hour")).rows
        current = (await client.bookings(account=account, phase=(Phase.AVAILABLE, Phase.RUNNING))).rows
        default = await _default_package(client, account)
    except AglaisError as error:
        return Choices(problem=f"{error.message} {error.help or 'Try again in a moment.'}")
    free = {package.name: min((row.packages.get(package.name, 0) for row in rows), default=0) for package in packages}
    return Choices(
        packages=tuple((package, free[package.name]) for package in packages),
        default=default,
        booking=current[0] if current else None,
    )


async def _default_package(client: AsyncClient, account: str) -> str:
    try:
        return (await client.account(account)).package
    except NotFoundError:
        # Known to the hub only; then the services choose.
        return ""
