"""Every error that a caller may see, with its stable code and HTTP status.

    AglaisError                     500  internal           a defect of ours
    ├── InvalidValueError           400  invalid_value      a field that can't be read, or makes no sense
    ├── UnauthenticatedError        401  unauthenticated    no token, or one the hub doesn't know
    ├── BadCredentialsError         401  bad_credentials    wrong email or password
    ├── ForbiddenError              403  forbidden          a token without the scope, or another account's thing
    ├── NotFoundError               404  not_found          no such thing, or none that the caller may see
    ├── ConflictError               409  conflict           the thing has changed, or can't go where it is asked to
    │   └── RefusedError            409  refused            does not fit the timeline; carries a rule and offers
    ├── TooLargeError               413  too_large          a body of more bytes than is allowed
    ├── TooManyError                429  too_many           more than is allowed in this time
    └── ServiceDownError            503  service_down       a part of the platform does not answer

The code travels unchanged: from here through JSON to the spawner's reason and the panel's message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aglais_hub.wire.bookings import Booking
    from aglais_hub.wire.decisions import Change

__all__ = [
    "AglaisError",
    "BadCredentialsError",
    "ConflictError",
    "ForbiddenError",
    "InvalidValueError",
    "NotFoundError",
    "RefusedError",
    "ServiceDownError",
    "TooLargeError",
    "TooManyError",
    "UnauthenticatedError",
    "seconds_to_wait",
]


class AglaisError(Exception):
    """The root: ``message`` says what happened, ``help`` what to do next, ``field`` which input is meant."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, field: str | None = None, rule: str | None = None, help: str | None = None):
        super().__init__(message)
        self.message = message
        self.field = field
        self.rule = rule
        self.help = help


class InvalidValueError(AglaisError):
    """A field that can't be read, or makes no sense."""

    code = "invalid_value"
    status = 400


class UnauthenticatedError(AglaisError):
    """No token, or one that the hub does not know."""

    code = "unauthenticated"
    status = 401


class BadCredentialsError(AglaisError):
    """A wrong email address or password."""

    code = "bad_credentials"
    status = 401


class ForbiddenError(AglaisError):
    """A token without the scope, or another account's thing."""

    code = "forbidden"
    status = 403


class NotFoundError(AglaisError):
    """No such thing, or none that the caller may see."""

    code = "not_found"
    status = 404


class ConflictError(AglaisError):
    """The thing has changed, or can't go where it is asked to.

    ``changes`` says what has changed since, ``hit`` which bookings are in the way.
    """

    code = "conflict"
    status = 409

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        rule: str | None = None,
        help: str | None = None,
        changes: Sequence[Change] | None = None,
        hit: Sequence[Booking] | None = None,
    ):
        super().__init__(message, field=field, rule=rule, help=help)
        self.changes = changes
        self.hit = hit


class RefusedError(ConflictError):
    """A request that does not fit: ``rule`` says what stood in the way, ``offers`` what can be had instead.

    ``until`` is how far an extension could go, ``why`` the address of the decision.
    """

    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        rule: str,
        offers: Sequence[Booking] = (),
        field: str | None = None,
        help: str | None = None,
        until: datetime | None = None,
        why: str | None = None,
    ):
        super().__init__(message, field=field, rule=rule, help=help)
        self.offers = list(offers)
        self.until = until
        self.why = why


class TooLargeError(AglaisError):
    """A body of more bytes than is allowed."""

    code = "too_large"
    status = 413


class TooManyError(AglaisError):
    """More than is allowed in this time; ``Retry-After``, and ``wait`` in Python, says for how many seconds."""

    code = "too_many"
    status = 429

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        rule: str | None = None,
        help: str | None = None,
        wait: int | None = None,
    ):
        super().__init__(message, field=field, rule=rule, help=help)
        self.wait = wait


class ServiceDownError(AglaisError):
    """A part of the platform does not answer."""

    code = "service_down"
    status = 503


def seconds_to_wait(error: AglaisError) -> int | None:
    """What ``Retry-After`` says of an error; ``None`` where to wait is of no use, or nobody knows how long."""
    if isinstance(error, TooManyError):
        return error.wait
    return 5 if isinstance(error, ServiceDownError) else None
