"""How a handler gets at its feature's service: ``wiring`` put it into the application's state under its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["part"]


def part(name: str) -> Callable[[Request], Any]:
    """A dependency that gives the service called ``name``."""

    def get_part(request: Request) -> Any:
        return getattr(request.app.state, name)

    return get_part
