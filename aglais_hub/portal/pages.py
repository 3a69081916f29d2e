"""Pages made of templates: what they hold, and the headers they travel with."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from aglais_hub.portal import HUB_TEMPLATES, STATIC, TEMPLATES
from aglais_hub.portal.headers import HEADERS
from aglais_hub.portal.session import PREFIX

if TYPE_CHECKING:
    from aglais_hub.errors import AglaisError

__all__ = ["is_built", "page", "trouble_page"]

HEADINGS = {
    401: "Logging in did not work",
    403: "This is not yours to open",
    404: "There is nothing here",
    405: "That did not work",
    429: "That was too often",
    503: "A part of the platform does not answer",
}


def page(name: str, *, hub: str, status: int = 200, **more: Any) -> HTMLResponse:
    """A page; ``hub`` is the hub's path."""
    text = _environment().get_template(name).render(hub=hub, portal=PREFIX, static=_static, **more)
    return HTMLResponse(text, status, headers=HEADERS)


def trouble_page(*, hub: str, status: int, error: AglaisError | None = None, **more: Any) -> HTMLResponse:
    """A page about something that did not work."""
    return page(
        "trouble.html",
        hub=hub,
        status=status,
        heading=HEADINGS.get(status, "Something went wrong on our side" if status >= 500 else "That did not work"),
        error=error,
        code=status,
        **more,
    )


def is_built(bundle: str = "bookings") -> bool:
    """Whether what draws a page was built into our folder."""
    return (STATIC / f"{bundle}.js").is_file()


@lru_cache
def _environment() -> Environment:
    loader = FileSystemLoader([TEMPLATES, HUB_TEMPLATES])
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _static(name: str) -> str:
    """The address of a file, which changes with its content."""
    path = STATIC / name
    state = path.stat() if path.is_file() else None
    return f"{PREFIX}static/{name}?v={_version(name, state.st_mtime_ns if state else 0)}"


@lru_cache
def _version(name: str, _changed: int) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "none"
