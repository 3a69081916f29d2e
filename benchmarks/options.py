"""What ``make bench`` was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["DATABASES", "Options"]

DATABASES = ["postgresql", "sqlite"]


@dataclass
class Options:
    """What to run. ``folder`` is a part's own; nothing is told without ``say``.

    ``quick`` is as little as shows that it works, and judges nothing. The part *engine* has ``seconds`` for each
    comparison of quick things, its own ``sizes`` and ``databases``, and does without ``blazar``.
    """

    folder: Path
    quick: bool = False
    seconds: float = 8.0
    seed: int = 2020
    sizes: list[int] = field(default_factory=list)
    databases: list[str] = field(default_factory=lambda: list(DATABASES))
    blazar: bool = True
    say: Callable[[str], None] = lambda _: None
