"""What the providers say of a person, in their own words, and what of it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.accounts import EMAIL
from aglais_hub.wire.base import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Proven", "proven"]

SUBJECTS = {"github": ("id",), "gitlab": ("id",), "google": ("id", "sub"), "azure": ("oid",)}
"""What never changes and is never given to somebody else; elsewhere it is OpenID Connect's ``sub``."""

LONGEST = 255
"""Characters of a subject. It is never cut: two that begin alike would be one person."""

LABELS = ("login", "username", "preferred_username", "eppn", "upn", "unique_name", "nickname", "email", "name")


@dataclass(frozen=True)
class Proven:
    """Whom a provider has proven. ``label`` and ``display`` may change; ``email`` is there only if it is verified."""

    subject: str
    label: str
    display: str
    email: str | None


def proven(kind: str, told: Mapping[str, Any]) -> Proven:
    """The person that a provider of this kind tells of; raises ``InvalidValueError`` where it does not say who."""
    subject = next((found for name in SUBJECTS.get(kind, ("sub",)) if (found := _subject(told.get(name)))), "")
    if kind == "azure" and subject:
        # An object id is unique within its tenant.
        tenant = _subject(told.get("tid"))
        subject = f"{tenant}/{subject}" if tenant else ""
    if not 0 < len(subject) <= LONGEST:
        raise InvalidValueError("The provider did not say who you are.", help="Try again, or log in another way.")
    return Proven(
        subject=subject,
        label=next((text for name in LABELS if (text := _text(told.get(name), 255))), ""),
        display=_text(told.get("name"), 120),
        email=_email(told.get("email")) if _is_verified(kind, told) else None,
    )


def _subject(value: object) -> str:
    # GitHub and GitLab number their people.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.isprintable() else ""


def _email(value: object) -> str | None:
    """An address as the accounts take it; of a list of them nobody says which one was verified."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST and re.fullmatch(EMAIL, text) else None


def _is_verified(kind: str, told: Mapping[str, Any]) -> bool:
    if kind == "gitlab":
        return bool(told.get("confirmed_at"))
    # Of GitHub's addresses we ask for those that are verified; the others don't say of theirs at all.
    name = {"google": "verified_email", "github": "email_verified", "openid": "email_verified"}.get(kind)
    # Some write their booleans as text.
    return name is not None and told.get(name) in (True, "true")


def _text(value: object, length: int) -> str:
    """A name as a page can show it: on one line, in its place, and empty for what is no text."""
    return one_line(value)[:length].strip() if isinstance(value, str) else ""
