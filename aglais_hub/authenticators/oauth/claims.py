"""What the providers say of a person, in their own words, and what of it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Proven", "proven"]

SUBJECTS = {"github": ("id",), "gitlab": ("id",), "google": ("id", "sub"), "azure": ("oid",)}
"""What never changes and is never given to somebody else; elsewhere it is OpenID Connect's ``sub``."""

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
    subject = next((told[name] for name in SUBJECTS.get(kind, ("sub",)) if told.get(name)), None)
    if subject is None:
        raise InvalidValueError("The provider did not say who you are.", help="Try again, or log in another way.")
    if kind == "azure":
        # An object id is unique within its tenant.
        subject = f"{told.get('tid', '')}/{subject}"
    email = _text(told.get("email"), 255)
    return Proven(
        subject=str(subject)[:255],
        label=next((_text(told[name], 255) for name in LABELS if told.get(name)), ""),
        display=_text(told.get("name"), 120),
        email=email if email and "@" in email and _is_verified(kind, told) else None,
    )


def _is_verified(kind: str, told: Mapping[str, Any]) -> bool:
    if kind == "gitlab":
        return bool(told.get("confirmed_at"))
    # Of GitHub's addresses we ask for those that are verified; the others don't say of theirs at all.
    name = {"google": "verified_email", "github": "email_verified", "openid": "email_verified"}.get(kind)
    # Some write their booleans as text.
    return name is not None and told.get(name) in (True, "true")


def _text(value: object, length: int) -> str:
    return " ".join(str(value or "").split())[:length]
