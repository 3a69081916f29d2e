"""What every wire model shares, and the shape of an error."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, ValidationInfo, field_validator

__all__ = ["Error", "ErrorAnswer", "Instant", "Model", "RequestModel", "Text", "isoformat", "one_line", "reachable"]

EMPTY_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs of which nothing is seen."""

JOINERS = frozenset("\u200c\u200d")
"""Unseen signs that belong into names of some scripts, and into pictures made of several."""


def isoformat(instant: datetime) -> str:
    """An instant as ISO 8601 in UTC with a ``Z``, to the second unless it has a fraction."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _must_be_aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must name its zone, as in 2026-06-08T09:00:00Z")
    return value.astimezone(UTC)


Instant = Annotated[
    datetime,
    AfterValidator(_must_be_aware),
    PlainSerializer(isoformat, return_type=str, when_used="json"),
]
"""An aware instant; UTC, ISO 8601 with a ``Z`` on the wire."""


def one_line(text: str) -> str:
    """A name as a page or a mail can show it: on one line, in its place, and empty where nothing of it is seen.

    What turns the direction of all that is written behind it goes, as do control signs and such as are not seen.
    """
    kept = "".join(
        " " if sign.isspace() or sign in EMPTY_LETTERS else sign
        for sign in text
        if sign.isspace() or sign in JOINERS or unicodedata.category(sign) not in ("Cc", "Cf", "Co", "Cs")
    )
    is_seen = any(unicodedata.category(sign)[0] not in "CMZ" for sign in kept)
    return " ".join(kept.split()) if is_seen else ""


def reachable(name: str) -> str:
    """``name``, unless it is a word of the addresses: nothing of that name could be reached."""
    if name in ("create", "select"):
        raise ValueError("this word can't name anything")
    return name


@lru_cache
def _fields(of: type[BaseModel]) -> set[str]:
    """The names of a model's fields; one set for all, since nobody changes a frozen model."""
    return set(of.model_fields)


@cache
def _is_number(of: type[BaseModel], field: str) -> bool:
    """Whether a field takes numbers, or instants that may be told as such, and neither truth nor text."""
    kinds: list[Any] = [of.model_fields[field].annotation]
    for kind in kinds:
        kinds += get_args(kind)
    takes_truth = any(kind in kinds for kind in (bool, str, Any))
    return not takes_truth and any(kind in kinds for kind in (int, float, Decimal, datetime))


class Model(BaseModel):
    """The base of all wire models. An answer may have fields that an older client does not know."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def trusted(cls, values: dict[str, Any]) -> Self:
        """One with ``values`` for all of its fields, unchecked: for thousands at once that we have counted ourselves.

        What ``model_construct`` does, without looking for defaults and aliases.
        """
        model = object.__new__(cls)
        put = object.__setattr__
        put(model, "__dict__", values)
        put(model, "__pydantic_fields_set__", _fields(cls))
        put(model, "__pydantic_extra__", None)
        put(model, "__pydantic_private__", None)
        return model


class RequestModel(Model):
    """The base of what is asked for: unknown fields are refused, so that a typing error is never silently dropped.

    Nor is true taken for 1, as Python does: YAML reads ``yes`` and ``on`` as true.
    """

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_is_a_number(cls, value: object, about: ValidationInfo) -> object:
        if isinstance(value, bool) and _is_number(cls, about.field_name or ""):
            raise ValueError("is true or false, and not a number")
        return value


class Text(Model):
    """An answer that is not JSON but a document."""

    text: str


class Error(Model):
    """What went wrong: a stable ``code``, the ``rule`` or input ``field`` it concerns, and what to do next."""

    code: str
    message: str
    rule: str | None = None
    field: str | None = None
    help: str | None = None


class ErrorAnswer(Model):
    """The body of every answer that is not a success.

    After a refusal ``offers`` holds bookings in OFFERED, ``until`` is how far an extension could go, and ``why`` is the
    address of the decision. After an edit of an older version, ``changes`` says what has changed since. ``hit`` are
    the bookings in the way of a change of capacity.
    """

    error: Error
    offers: list[Any] | None = None
    until: Instant | None = None
    why: str | None = None
    changes: list[Any] | None = None
    hit: list[Any] | None = None
