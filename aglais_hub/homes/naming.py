"""What an account's home is called."""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["file_name"]


def file_name(account: str) -> str:
    """An account's name as the name of a file or folder: itself, unless it holds signs that have a meaning there."""
    name = quote(account, safe="@+ ")
    return "%2E" + name[1:] if name.startswith(".") else name
