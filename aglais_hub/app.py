"""The ASGI application, built from the features' routes. No rules."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from aglais_hub import __version__
from aglais_hub.accounts.groups.handlers import router as groups_router
from aglais_hub.accounts.handlers import router as accounts_router
from aglais_hub.bookings.handlers import router as bookings_router
from aglais_hub.clusters.handlers import router as clusters_router
from aglais_hub.errors import InvalidValueError
from aglais_hub.packages.handlers import router as packages_router
from aglais_hub.portal.handlers import add_pages
from aglais_hub.settings import load_settings
from aglais_hub.storage.handlers import router as storage_router
from aglais_hub.web.errors import add_error_handlers
from aglais_hub.web.head import Heads
from aglais_hub.web.headers import ApiHeaders
from aglais_hub.web.routing import describe
from aglais_hub.wiring import Parts, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

__all__ = ["API", "FEATURES", "ROUTERS", "create_app", "make_app"]

API = "/services/aglais/api"

ROUTERS = {
    "accounts": accounts_router,
    "groups": groups_router,
    "packages": packages_router,
    "clusters": clusters_router,
    "bookings": bookings_router,
    "storage": storage_router,
}

FEATURES = (*ROUTERS, "portal")
"""What a process may serve: all of it, or what it is told by name."""


def create_app(features: Collection[str] = FEATURES) -> FastAPI:
    """The application with the parts that the environment asks for; what ``uvicorn --factory`` calls."""
    for name in features:
        if name not in FEATURES:
            raise InvalidValueError(f"There is no feature {name!r}.", help=f"Choose of {', '.join(FEATURES)}.")
    return make_app(wire(load_settings()), features)


def make_app(parts: Parts, features: Collection[str] = FEATURES) -> FastAPI:
    """The application around ``parts``, which it starts and stops, with the routes of ``features``."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.start(sweep="bookings" in features, send="accounts" in features, keep="storage" in features)
        yield
        parts.stop()

    app = FastAPI(title="Aglais Hub", version=__version__, lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    parts.enter(app.state)
    app.state.is_stopping = lambda: False  # whoever runs it knows; what streams ends then
    app.state.cookie_token = lambda _request: None  # the pages bring theirs
    app.add_middleware(ApiHeaders, prefix=f"{API}/")
    app.add_middleware(Heads)
    add_error_handlers(app)

    @app.get(f"{API}/openapi.json", include_in_schema=False)
    def openapi() -> JSONResponse:
        return JSONResponse(describe(app, prefix=API))

    @app.get(f"{API}/health", tags=["health"])
    def health() -> dict[str, str]:
        """Whether the services are up."""
        return {"status": "ok", "version": __version__}

    for name, router in ROUTERS.items():
        if name in features:
            app.include_router(router, prefix=API)
    if "portal" in features:
        add_pages(app)
    return app
