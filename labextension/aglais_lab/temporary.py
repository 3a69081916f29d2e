"""Where a notebook puts what is needed for hours or days: ``temp``, a folder in the home that is emptied by and by."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["temp"]

temp = Path(os.environ.get("AGLAIS_TEMP") or Path.home() / "temp")
"""``temp / "stars.csv"`` counts as temporary data, of which people may have most, and which is kept shortest."""
