"""What the lab's server holds of Aglais: facts of its session, the way to the services, the guard."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aglais_hub.clock import Clock
from aglais_lab.guard import Guard
from aglais_lab.spaces.watch import Spaces
from aglais_lab.upstream import Upstream

if TYPE_CHECKING:
    from aglais_lab.saving import Saving

__all__ = ["Parts", "Session", "read_session"]


@dataclass(frozen=True)
class Session:
    """What the spawner put into the environment. ``booking`` is empty in a lab that was started by other means."""

    url: str
    token: str
    account: str
    booking: str
    package: str
    end: datetime
    hub_prefix: str
    bookings_page: str


@dataclass
class Parts:
    """What the routes use."""

    clock: Clock
    account: str = ""
    package: str = ""
    hub_prefix: str = "/"
    bookings_page: str = "/services/aglais/bookings"
    upstream: Upstream | None = None
    guard: Guard | None = None
    saving: Saving | None = None
    spaces: Spaces | None = None


def read_session(environment: Mapping[str, str] = os.environ) -> Session | None:
    """The session that the environment speaks of, or none."""
    url, token = environment.get("AGLAIS_API_URL", ""), environment.get("JUPYTERHUB_API_TOKEN", "")
    booking, end = environment.get("AGLAIS_BOOKING", ""), environment.get("AGLAIS_BOOKING_END", "")
    if not (url and token and booking and end):
        return None
    base = environment.get("JUPYTERHUB_BASE_URL", "/").rstrip("/") + "/"
    return Session(
        url=url,
        token=token,
        account=environment.get("JUPYTERHUB_USER", ""),
        booking=booking,
        package=environment.get("AGLAIS_PACKAGE", ""),
        end=datetime.fromisoformat(end).astimezone(UTC),
        hub_prefix=environment.get("JUPYTERHUB_HOST", "") + base,
        bookings_page=environment.get("JUPYTERHUB_HOST", "") + base + "services/aglais/bookings",
    )
