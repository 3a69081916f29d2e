"""What every call is made of: the request as data, the model of its answer, and how values are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from urllib.parse import quote

from aglais_hub.wire.base import Model, isoformat

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Amounts", "Call", "When", "body", "part", "query", "range_text", "text"]

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


class Amounts(TypedDict, total=False):
    """Amounts of resources: cores decimal, to a thousandth; memory and disks in MiB; servers and GPUs whole."""

    cores: Decimal | float | str
    memory: int
    temporary: int
    user: int
    data: int
    servers: int
    gpus: int


def part(text: str) -> str:
    """A part of an address, whatever is in it."""
    return quote(text, safe="")


def range_text(range: tuple[When, When] | None) -> str | None:
    """The two ends of a range with a comma between them."""
    return ",".join(text(end) for end in range) if range else None


def text(value: object) -> str:
    """An instant, a length of time, or anything else as the HTTP interface reads it."""
    if isinstance(value, datetime):
        return isoformat(value)
    if isinstance(value, timedelta):
        return f"PT{round(value.total_seconds())}S"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def query(**values: object) -> dict[str, str]:
    """The values that are given, for an address."""
    return {name: text(value) for name, value in values.items() if value is not None}


def body(**values: object) -> dict[str, Any]:
    """The values that are given, for a body in JSON."""
    plain = (int, float, str, list)
    return {
        name: value if isinstance(value, plain) else text(value) for name, value in values.items() if value is not None
    }
