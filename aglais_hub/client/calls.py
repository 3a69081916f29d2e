"""Every call of the API, as data: what to send, and what the answer is. ``clients`` sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from aglais_hub.wire.accounts import Account, AccountRows, Registered
from aglais_hub.wire.base import Model, isoformat
from aglais_hub.wire.bookings import Booking, BookingRows, Extension, Phase
from aglais_hub.wire.packages import Package, PackageRows
from aglais_hub.wire.resources import Available, Grant, GrantRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Call"]

Answer = TypeVar("Answer", bound=Model)

When = datetime | str
"""An instant; or as text, also a date, which means the whole day."""


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """One request, and the model of its answer."""

    answer: type[Answer]
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def packages() -> Call[PackageRows]:
    """The packages, from the smallest to the largest."""
    return Call(PackageRows, "GET", "packages/select")


def package(name: str) -> Call[Package]:
    """The newest version of a package."""
    return Call(Package, "GET", f"packages/{_part(name)}")


def available(
    range: tuple[When, When] | None = None,
    *,
    grain: str = "day",
    package: str | None = None,
    cluster: str | None = None,
    tz: str = "UTC",
) -> Call[Available]:
    """What is free in each row of ``range``; without it, the seven days from today."""
    query = _query(range=_range(range), grain=grain, package=package, cluster=cluster, tz=tz)
    return Call(Available, "GET", "available/select", query)


def grants(range: tuple[When, When] | None = None, *, cluster: str | None = None) -> Call[GrantRows]:
    """Grants of capacity that overlap ``range``."""
    return Call(GrantRows, "GET", "resources/select", _query(range=_range(range), cluster=cluster))


def grant(
    cluster: str,
    startdate: When,
    enddate: When,
    *,
    cores: Decimal | float | str = 0,
    memory: int = 0,
    note: str = "",
    **more: int,
) -> Call[Grant]:
    """Grant capacity to a cluster: cores, memory in MiB, and what ``Resources`` has ``more``."""
    amounts = {"cores": str(cores), "memory": memory, **more}
    body = _body(cluster=cluster, startdate=startdate, enddate=enddate, note=note, **amounts)
    return Call(Grant, "POST", "resources/create", body=body)


def bookings(
    range: tuple[When, When] | None = None,
    *,
    phase: Iterable[Phase | str] = (),
    account: str | None = None,
    package: str | None = None,
    cluster: str | None = None,
    limit: int | None = None,
    after: str | None = None,
) -> Call[BookingRows]:
    """Bookings that overlap ``range``, by start: one's own, or as an admin everyone's."""
    query = _query(
        range=_range(range),
        phase=",".join(phase) or None,
        account=account,
        package=package,
        cluster=cluster,
        limit=limit,
        after=after,
    )
    return Call(BookingRows, "GET", "bookings/select", query)


def booking(id: str) -> Call[Booking]:
    """One booking."""
    return Call(Booking, "GET", f"bookings/{_part(id)}")


def book(
    package: str | None = None,
    *,
    startdate: When | None = None,
    enddate: When | None = None,
    duration: timedelta | str | None = None,
    cluster: str | None = None,
    account: str | None = None,
    tz: str | None = None,
    note: str | None = None,
    key: str | None = None,
    **resources: float | str,
) -> Call[Booking]:
    """Book a package, or explicit resources; without ``startdate`` from now on.

    With ``key``, a second call gives the first call's booking. Raises ``RefusedError`` with ``offers``.
    """
    body = _body(
        package=package,
        startdate=startdate,
        enddate=enddate,
        duration=duration,
        cluster=cluster,
        account=account,
        tz=tz,
        note=note,
        **resources,
    )
    return Call(Booking, "POST", "bookings/create", body=body, headers={"Idempotency-Key": key} if key else {})


def edit(
    id: str,
    *,
    phase: Phase | str | None = None,
    enddate: When | None = None,
    extend: timedelta | str | None = None,
    note: str | None = None,
    version: int | None = None,
) -> Call[Booking]:
    """Change a booking; with ``version``, only if it is still that one."""
    body = _body(phase=phase, enddate=enddate, extend=extend, note=note, version=version)
    return Call(Booking, "POST", f"bookings/{_part(id)}", body=body)


def accept(id: str) -> Call[Booking]:
    """Take an offer; its siblings are rejected."""
    return edit(id, phase=Phase.ACCEPTED)


def cancel(id: str) -> Call[Booking]:
    """Cancel a booking that has not begun, decline an offer, or end what has begun."""
    return Call(Booking, "DELETE", f"bookings/{_part(id)}")


def end(id: str) -> Call[Booking]:
    """End a booking now; its server is stopped."""
    return edit(id, phase=Phase.COMPLETED)


def extend(id: str, by: timedelta | str) -> Call[Booking]:
    """Extend a booking by a length of time; raises ``RefusedError`` that says until when it could be."""
    return edit(id, extend=by)


def extension(id: str, by: timedelta | str = "PT1H") -> Call[Extension]:
    """How far a booking could be extended now, by at most ``by``."""
    return Call(Extension, "GET", f"bookings/{_part(id)}/extension", _query(extend=_text(by)))


def start_session(
    account: str, package: str | None = None, *, duration: timedelta | str | None = None
) -> Call[Booking]:
    """The booking that the account's server may run under now; made where there is none. For spawners."""
    body = _body(account=account, package=package, duration=duration)
    return Call(Booking, "POST", "sessions/start", body=body)


def stop_session(id: str) -> Call[Booking]:
    """The server under this booking has stopped. For spawners."""
    return Call(Booking, "POST", f"sessions/{_part(id)}/stop")


def try_account(address: str = "") -> Call[Account]:
    """Open an anonymous account for a visitor at a network address. For the authenticator."""
    return Call(Account, "POST", "accounts/try", body=_body(address=address))


def register(email: str, password: str, *, display: str = "", link: str = "", address: str = "") -> Call[Registered]:
    """Mail a confirmation code to an address; ``link`` is the page that takes it. For the authenticator."""
    body = _body(email=email, password=password, display=display, link=link, address=address)
    return Call(Registered, "POST", "accounts/register", body=body)


def login(email: str, password: str, *, address: str = "") -> Call[Account]:
    """The account of an email address and its password. For the authenticator."""
    return Call(Account, "POST", "accounts/login", body=_body(email=email, password=password, address=address))


def confirm(code: str) -> Call[Account]:
    """The account that a mailed code stands for. For the authenticator."""
    return Call(Account, "POST", "accounts/confirm", body=_body(code=code))


def accounts(*, limit: int | None = None, after: str | None = None) -> Call[AccountRows]:
    """All accounts. For admins."""
    return Call(AccountRows, "GET", "accounts/select", _query(limit=limit, after=after))


def account(name: str) -> Call[Account]:
    """One account."""
    return Call(Account, "GET", f"accounts/{_part(name)}")


def delete_account(name: str) -> Call[Account]:
    """Delete an account and what it is known by."""
    return Call(Account, "DELETE", f"accounts/{_part(name)}")


def _part(text: str) -> str:
    return quote(text, safe="")


def _range(range: tuple[When, When] | None) -> str | None:
    return ",".join(_text(end) for end in range) if range else None


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return isoformat(value)
    if isinstance(value, timedelta):
        return f"PT{round(value.total_seconds())}S"
    return str(value)


def _query(**values: object) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items() if value is not None}


def _body(**values: object) -> dict[str, Any]:
    plain = (int, float, str)
    return {
        name: value if isinstance(value, plain) else _text(value) for name, value in values.items() if value is not None
    }
