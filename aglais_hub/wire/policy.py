"""What a level of accounts may have: the policy, as operators write it and as everyone may read it.

Sizes are in MiB. Lengths of time are ISO 8601 durations of years, months, weeks, days, hours and minutes, as in
``P7D``, ``P6M`` or ``PT12H``; ``null`` stands for *no limit* and *for good*.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from aglais_hub.wire.base import RequestModel

__all__ = ["LASTING", "SPACES", "Allowance", "Attributes", "Keep", "Policy", "Space", "SpaceName"]

LASTING = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,3})W)?(?:(\d{1,4})D)?"
    r"(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?\Z"
)
"""A length of time: years, months, weeks, days, hours, minutes."""


def _lasting(value: str) -> str:
    if not LASTING.match(value):
        raise ValueError("is no length of time, as P7D, P6M or PT12H")
    return value


Lasting = Annotated[str, AfterValidator(_lasting)]

SpaceName = Literal["notebooks", "saved", "temporary"]
"""Where an account's files are counted.

``temporary`` is what is in ``temp/``; ``notebooks`` are the ``.ipynb`` files everywhere else in the home, ``saved`` is
all the rest of it. The examples, which are the platform's, and what begins with a dot count nowhere.
"""

SPACES: tuple[SpaceName, ...] = ("notebooks", "saved", "temporary")

Keep = Literal["no", "again", "always"]
"""Whether a file may be kept past its time: not at all, once more for as long each time it is asked, or for good."""


class Space(RequestModel):
    """What may be in a space: so many ``files`` of so many MiB together (``size``), each kept for so long (``kept``).

    ``keep`` says whether its owner may put that off.
    """

    files: Annotated[int | None, Field(ge=0, le=10**9)] = None
    size: Annotated[int | None, Field(ge=0, le=10**9)] = None
    kept: Lasting | None = None
    keep: Keep = "no"


class Allowance(RequestModel):
    """What an account may have. ``package`` is what a server gets when none is named.

    An account that ``lasts`` ends so long after it was opened.
    """

    package: Annotated[str, Field(min_length=1, max_length=40)] = "small"
    lasts: Lasting | None = None
    notebooks: Space = Space()
    saved: Space = Space()
    temporary: Space = Space()


class Attributes(RequestModel):
    """What an admin has set for one account by hand; what is left out is as its level has it.

    So is what a space leaves out, as its level has it when it is set; ``null`` is *no limit* and *for good*.
    """

    package: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    notebooks: Space | None = None
    saved: Space | None = None
    temporary: Space | None = None


class Policy(RequestModel):
    """The allowance of each level; a level that is not named has that of the next lower one that is."""

    levels: dict[Annotated[int, Field(ge=0, le=100)], Allowance]
