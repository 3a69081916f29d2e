"""Which passwords are taken: long ones that are not among the first that anybody tries. No rules about signs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from aglais_hub.errors import InvalidValueError

__all__ = ["SHORTEST", "check_strength"]

SHORTEST, LONGEST = 10, 200
"""Characters, of any alphabet."""

FEW = 4
"""So many different characters are too few; and so many behind or before a common word make it no better."""

AGAIN = re.compile(r"^(.+?)\1+$")
"""A word over and over."""

OURS = ("aglais", "jupyter", "jupyterhub", "jupyterlab", "notebook", "password")


@lru_cache
def _common() -> frozenset[str]:
    """The thirty thousand passwords that turn up most often where some were stolen."""
    return frozenset(FREQUENCY_LISTS["passwords"])


def check_strength(password: str, email: str) -> None:
    """Raise ``InvalidValueError`` for a password that is short, common, a run of keys, or the address over again."""
    plain = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise InvalidValueError(
            "The password is too short or too long.",
            field="password",
            help=f"Use {SHORTEST} to {LONGEST} characters; a sentence is fine.",
        )
    folded = plain.casefold().strip()
    once = AGAIN.sub(r"\1", folded, count=1)
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    added = len(folded) - len(core)
    local, _, domain = email.casefold().partition("@")
    words = {*OURS, local, domain, email.casefold(), domain.partition(".")[0]}
    is_known = not _common().isdisjoint({folded, once}) or not words.isdisjoint({folded, once})
    if is_known or (added <= FEW and (core in _common() or core in words)) or _is_run(folded):
        raise InvalidValueError(
            "This password is among the first that anybody would try.",
            field="password",
            help="Three or four words that have nothing to do with each other are hard to guess.",
        )


def _is_run(text: str) -> bool:
    """Whether it is a few characters over and over, or a run as in ``abcdefghij`` or ``1234567890123``."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(set(text)) <= FEW or steps <= {1, -9} or steps <= {-1, 9}
