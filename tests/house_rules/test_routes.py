"""Every route asks who is calling. The few that don't are listed here, each with its reason."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from aglais_hub.app import API, ROUTERS
from aglais_hub.portal.handlers import router as pages

OPEN = {
    f"{API}/health": "monitoring has no token, and it tells nothing but that the services run",
    f"{API}/openapi.json": "the description of the interface, the same for everyone",
}
OPEN_PAGES = {
    "/services/aglais": "as with the slash",
    "/services/aglais/": "sends on to the bookings, which ask",
    "/services/aglais/account": "sends on to the hub's page, which asks",
    "/services/aglais/oauth_callback": "where the hub sends those who have logged in; it wants the hub's code",
}


def api_routes() -> list[tuple[str, str]]:
    """Every method and path of the API."""
    routes = [route for router in ROUTERS.values() for route in router.routes if isinstance(route, APIRoute)]
    found = sorted((method, API + route.path) for route in routes for method in route.methods)
    assert len(found) > 20, found
    return found


def page_routes() -> list[str]:
    return sorted({route.path for route in pages.routes if isinstance(route, APIRoute)})


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "some-thing", path)


def test_nothing_is_served_beside_the_features_the_pages_and_the_open_routes(lite):
    own = {route.path for route in lite.app.routes if isinstance(route, APIRoute)}
    assert own == set(OPEN)


@pytest.mark.parametrize(("method", "path"), api_routes())
def test_a_call_without_a_token_gets_nowhere(lite, method, path):
    relative = filled(path).removeprefix(f"{API}/")
    answer = lite.call(method, relative, caller=None, json={} if method == "POST" else None)
    assert answer.status_code == 401, f"{method} {path} answered {answer.status_code}"
    assert answer.json()["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize(("method", "path"), api_routes())
def test_a_token_without_the_scope_gets_nowhere(lite, method, path):
    relative = filled(path).removeprefix(f"{API}/")
    answer = lite.call(method, relative, caller="visitor", json={} if method == "POST" else None)
    assert answer.status_code == 403, f"{method} {path} answered {answer.status_code}"
    assert answer.json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize("path", OPEN)
def test_the_open_routes_are_open(lite, path):
    assert lite.call("GET", path.removeprefix(f"{API}/"), caller=None).status_code == 200


@pytest.mark.parametrize("path", [path for path in page_routes() if path not in OPEN_PAGES])
def test_a_page_sends_whoever_is_not_logged_in_to_the_hub(lite, path):
    answer = lite.call("GET", f"../{filled(path).removeprefix('/services/aglais/')}", caller=None)
    assert answer.status_code == 302, f"{path} answered {answer.status_code}"
    assert "/hub/api/oauth2/authorize" in answer.headers["location"]
