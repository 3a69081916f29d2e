"""The policy: what each level of accounts may have. Shipped, or as the operator's file has it.

A TOML file with a table for each level, or the same as JSON. What a level leaves out is as in the shipped policy::

    [levels.1.saved]
    size = 50_000     # MiB
    kept = "P1Y"
    keep = "again"
"""

from __future__ import annotations

import json
import re
import tomllib
from calendar import monthrange
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.policy import LASTING, SPACES, Allowance, Attributes, Policy, Space

__all__ = ["NO_TIME", "SHIPPED", "after", "allowance", "completed", "lasting_words", "load_policy", "no_time"]

VARIABLE = "AGLAIS_POLICY"

NO_TIME = "this is no time at all"
"""What is said of ``P0D``."""

SHIPPED = Policy(
    levels={
        0: Allowance(
            package="tiny",
            lasts="PT12H",
            notebooks=Space(files=50, size=50),
            saved=Space(files=0, size=0),
            temporary=Space(files=1000, size=1000),
        ),
        1: Allowance(
            package="small",
            notebooks=Space(files=500, size=500, kept="P1Y", keep="again"),
            saved=Space(files=20_000, size=10_000, kept="P6M", keep="again"),
            temporary=Space(files=50_000, size=50_000, kept="P7D"),
        ),
        2: Allowance(
            package="small",
            notebooks=Space(files=5000, size=5000),
            saved=Space(files=200_000, size=100_000, kept="P1Y", keep="always"),
            temporary=Space(files=200_000, size=200_000, kept="P30D"),
        ),
    }
)
"""Level 0 is anonymous, 1 basic, from 2 on an admin has thought of somebody. Nothing is *saved* by visitors."""


def load_policy(told: str) -> Policy:
    """The policy of a TOML file, or of the same as JSON where it begins with a brace; the shipped one for nothing.

    Raises ``InvalidValueError`` that names the level and field.
    """
    text = told.strip()
    if not text:
        return SHIPPED
    is_json = text.startswith("{")
    source = "" if is_json else f"{Path(text).name}: "
    try:
        tables = json.loads(text) if is_json else tomllib.loads(Path(text).expanduser().read_text())
    except (OSError, ValueError) as error:
        is_placed = isinstance(error, (tomllib.TOMLDecodeError, json.JSONDecodeError))
        raise _wrong(f"{source}{error if is_placed else 'it can not be read'}") from None
    try:
        policy = Policy.model_validate(_over(SHIPPED.model_dump(mode="json"), tables))
    except (ValidationError, TypeError) as error:
        first = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else None
        field = ".".join(str(part) for part in first["loc"]) if first else "levels"
        raise _wrong(f"{source}{field}: {first['msg'] if first else 'write a table for each level'}") from None
    for level, allowed in policy.levels.items():
        if field := no_time(allowed):
            raise _wrong(f"{source}levels.{level}.{field}: {NO_TIME}")
    return policy


def no_time(allowed: Allowance | Attributes) -> str:
    """The field of a length of time that is none, as ``P0D``, if there is one: what is kept so long goes unwarned."""
    lengths = {f"{name}.kept": space.kept for name in SPACES if (space := getattr(allowed, name)) is not None}
    lengths["lasts"] = getattr(allowed, "lasts", None)
    return next((field for field, length in lengths.items() if length and not re.search("[1-9]", length)), "")


def allowance(policy: Policy, level: int, attributes: Attributes | None = None) -> Allowance:
    """What an account of ``level`` may have, where an admin has set nothing else by hand."""
    named = max((one for one in policy.levels if one <= level), default=min(policy.levels))
    by_hand = attributes.model_dump(exclude_none=True) if attributes else {}
    return _allowance(policy.levels[named], json.dumps(by_hand, sort_keys=True)) if by_hand else policy.levels[named]


def completed(by_hand: Attributes, level: Allowance) -> Attributes:
    """The same with what is left out of a space as the level has it: who sets a size alone sets nothing else."""
    spaces: dict[str, Space] = {}
    for name in SPACES:
        given, has = getattr(by_hand, name), getattr(level, name)
        if given is not None:
            said = {field: getattr(given, field) for field in given.model_fields_set}
            spaces[name] = has.model_copy(update=said)
    return by_hand.model_copy(update=spaces)


def after(instant: datetime, lasting: str) -> datetime:
    """``instant`` and so long later; of a month that has no such day, its last one. UTC."""
    found = LASTING.match(lasting)
    if found is None:
        raise ValueError(f"{lasting!r} is not a length of time")
    years, months, weeks, days, hours, minutes = (int(number or 0) for number in found.groups())
    month = instant.month - 1 + months
    year = instant.year + years + month // 12
    month = month % 12 + 1
    moved = instant.replace(year=year, month=month, day=min(instant.day, monthrange(year, month)[1]))
    return moved + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def lasting_words(lasting: str) -> str:
    """``P6M`` as ``6 months``, ``P1DT12H`` as ``1 day and 12 hours``."""
    found = LASTING.match(lasting)
    if found is None:
        raise ValueError(f"{lasting!r} is not a length of time")
    units = ("year", "month", "week", "day", "hour", "minute")
    parts = [f"{int(n)} {unit}{'' if int(n) == 1 else 's'}" for n, unit in zip(found.groups(), units, strict=True) if n]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


@lru_cache
def _allowance(level: Allowance, by_hand: str) -> Allowance:
    return Allowance.model_validate({**level.model_dump(), **json.loads(by_hand)})


def _over(under: dict[str, Any], tables: Any) -> dict[str, Any]:
    """``tables`` over the shipped policy, key by key; of a level that it does not have, over the next lower one."""
    levels: dict[str, Any] = {str(level): table for level, table in under["levels"].items()}
    if not isinstance(tables, dict) or set(tables) != {"levels"} or not isinstance(tables["levels"], dict):
        raise TypeError
    for name in sorted(tables["levels"], key=lambda name: (len(str(name)), str(name))):
        lower = [int(one) for one in levels if str(name).isdigit() and int(one) <= int(name)]
        base = levels[str(max(lower))] if lower else {}
        levels[str(name)] = _merged(base, tables["levels"][name])
    return {"levels": levels}


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def _wrong(what: str) -> InvalidValueError:
    return InvalidValueError(f"{VARIABLE}: {what}.", field=VARIABLE, help="See docs/login.md for what it takes.")
