"""What is wrong with a field, for people: pages, imports and programs show it as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aglais_hub.wire.accounts import EMAIL

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["mistake_words"]

WORDS = {
    "decimal_max_digits": "has more than {max_digits} digits",
    "decimal_max_places": "has more than {decimal_places} digits behind the point",
    "extra_forbidden": "there is no such field",
    "finite_number": "is no number",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "list_type": "is no list",
    "literal_error": "is to be {expected}",
    "missing": "is missing",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "has fewer than {min_length} characters",
    "string_type": "is no text",
}

KINDS = {
    "bool": "is neither true nor false",
    "decimal": "is no number",
    "date": "is no date or time, as 2026-06-08 or 2026-06-08T09:00:00Z",
    "int": "is no whole number",
    "string_pattern_mismatch": "is not written as it has to be",
}


def mistake_words(mistake: Mapping[str, Any]) -> str:
    """The words for one of pydantic's mistakes, to follow a colon after the field's name; without a full stop."""
    kind, limits = str(mistake["type"]), mistake.get("ctx", {})
    if limits.get("pattern") == EMAIL:
        return "is no email address"
    if kind in WORDS:
        return WORDS[kind].format(**limits)
    words = next((words for start, words in KINDS.items() if kind.startswith(start)), str(mistake["msg"]))
    return words.removeprefix("Value error, ")
