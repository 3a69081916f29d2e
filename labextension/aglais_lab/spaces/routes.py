"""``<base>/aglais/spaces``: how full the spaces are, what goes before long, and keeping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from aglais_hub.errors import InvalidValueError, ServiceDownError
from aglais_hub.wire.policy import SPACES
from aglais_lab.routes import LabHandler
from aglais_lab.spaces.room import MIB, NEAR

if TYPE_CHECKING:
    from aglais_hub.homes.measuring import Item
    from aglais_hub.wire.policy import Keep, SpaceName
    from aglais_lab.spaces.watch import Spaces

__all__ = ["space_handlers"]

KEEPS = ("no", "again", "always")


class SpacesHandler(LabHandler):
    """``GET aglais/spaces``: how the spaces are now. Sizes in bytes; what is ``null`` is not limited."""

    @property
    def spaces(self) -> Spaces:
        """What follows the home; raises ``ServiceDownError`` in a lab that was not started by us."""
        if self.parts.spaces is None:
            raise ServiceDownError("This lab was not started by Aglais Hub.", help="Start it from the hub.")
        return self.parts.spaces

    @web.authenticated
    async def get(self) -> None:
        self.answer(_described(self.spaces))


class KeepHandler(SpacesHandler):
    """``POST aglais/spaces/keep`` ``{"space", "path", "keep": "again" | "always" | "no"}``: has an item kept."""

    @web.authenticated
    async def get(self) -> None:
        raise web.HTTPError(405)

    @web.authenticated
    async def post(self) -> None:
        body = self.get_json_body()
        told: dict[str, Any] = body if isinstance(body, dict) else {}
        space, path, keep = told.get("space"), told.get("path"), told.get("keep", "again")
        if space not in SPACES or keep not in KEEPS or not isinstance(path, str):
            raise InvalidValueError("Say what to keep: its space, its path, and for how long.")
        await self.spaces.keep(cast("SpaceName", space), path, cast("Keep", keep))
        self.answer(_described(self.spaces))


def space_handlers(base_url: str) -> list[tuple[str, type[APIHandler]]]:
    """The routes under the server's base."""
    return [
        (url_path_join(base_url, "aglais", "spaces"), SpacesHandler),
        (url_path_join(base_url, "aglais", "spaces", "keep"), KeepHandler),
    ]


def _described(spaces: Spaces) -> dict[str, Any]:
    room = spaces.room
    rows = []
    for space, use in room.used().items():
        limits, part = room.limits(space), room.part(space)
        rows.append(
            {
                "space": space,
                "files": use.files,
                "size": use.size,
                "most_files": limits.files,
                "most_size": None if limits.size is None else limits.size * MIB,
                "part": round(part, 4),
                "largest": [_named(item) for item in room.largest(space)] if part >= NEAR else [],
            }
        )
    return {
        "known": room.account is not None,
        "visitor": room.is_visitors,
        "stays": spaces.stays,
        "spaces": rows,
        "soon": [item.model_dump(mode="json") for item in spaces.soon],
        "gone": [order.model_dump(mode="json") for order in spaces.gone],
    }


def _named(item: Item) -> dict[str, Any]:
    return {"path": item.path, "files": item.files, "size": item.size}
