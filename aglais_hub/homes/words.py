"""Sizes and numbers of files, for people."""

from __future__ import annotations

__all__ = ["count_words", "size_words"]


def size_words(size: int) -> str:
    """``812 bytes``, ``3 KiB``, ``1.5 MiB``, ``12 GiB``."""
    if size < 1024:
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    amount, units = size / 1024, ["KiB", "MiB", "GiB", "TiB"]
    while round(amount) >= 1024 and len(units) > 1:
        amount /= 1024
        del units[0]
    return f"{amount:.{1 if amount < 9.95 else 0}f}".removesuffix(".0") + f" {units[0]}"


def count_words(files: int) -> str:
    """``1 file``, ``12,000 files``."""
    return f"{files:,} {'file' if files == 1 else 'files'}"
