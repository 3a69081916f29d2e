"""Long lists a page at a time: each page names the address of the next."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aglais_hub.errors import InvalidValueError

if TYPE_CHECKING:
    from fastapi import Request

__all__ = ["DEFAULT_LIMIT", "LARGEST_LIMIT", "next_page", "read_cursor", "write_cursor"]

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000

_ID = re.compile(r"[0-9a-f-]{36}\Z")


def write_cursor(start: datetime, row_id: str) -> str:
    """The place of a row in a list that is ordered by start and id."""
    return base64.urlsafe_b64encode(json.dumps([start.isoformat(), row_id]).encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> tuple[datetime, str] | None:
    """The place that ``write_cursor`` wrote; raises ``InvalidValueError`` for anything else."""
    if not text:
        return None
    try:
        start, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        instant = datetime.fromisoformat(start)
        if instant.tzinfo is None or not _ID.match(row_id):
            raise ValueError(text)
        return instant.astimezone(UTC), row_id
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise InvalidValueError(
            "This is no place in the list.", field="after", help="Follow the address in 'next' as it stands."
        ) from None


def next_page(request: Request, cursor: str | None) -> str | None:
    """The address of the page that follows, on the same host; ``None`` at the end of the list."""
    if cursor is None:
        return None
    url = request.url.include_query_params(after=cursor)
    return f"{url.path}?{url.query}"
