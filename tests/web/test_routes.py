"""Every route asks who is calling and for its scope; the few that don't are named here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.routing import iter_route_contexts

from aglais_hub.app import API, make_app
from aglais_hub.web.scopes import SCOPE, SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from tests.support.platform import Platform

OPEN = {
    ("GET", f"{API}/openapi.json"),
    ("GET", f"{API}/health"),
    # Pages: each sends whoever has not logged in to the hub's log-in, and these are on the way there and back.
    ("GET", "/services/aglais"),
    ("GET", "/services/aglais/"),
    ("GET", "/services/aglais/oauth_callback"),
    ("GET", "/services/aglais/bookings"),
    ("GET", "/services/aglais/bookings/{booking}"),
    ("GET", "/services/aglais/account"),
    ("GET", "/services/aglais/archive"),
    ("GET", "/services/aglais/decisions"),
    ("GET", "/services/aglais/decisions/{decision}"),
    ("GET", "/services/aglais/capacity"),
    ("GET", "/services/aglais/clusters/{name}"),
    ("GET", "/services/aglais/resources/{grant}"),
    ("GET", "/services/aglais/accounts"),
    ("GET", "/services/aglais/accounts/{name}"),
    ("GET", "/services/aglais/workshops"),
    ("GET", "/services/aglais/workshops/{name}"),
    ("GET", "/services/aglais/invitations"),
    ("GET", "/services/aglais/import"),
    ("GET", "/services/aglais/policy"),
    ("ANY", "/services/aglais/static"),
}
"""Routes that answer without a token."""

NEEDED = {
    "POST accounts/try": "accounts:login",
    "POST accounts/register": "accounts:login",
    "POST accounts/confirm": "accounts:login",
    "POST accounts/login": "accounts:login",
    "POST accounts/resend": "accounts:login",
    "POST accounts/forgot": "accounts:login",
    "POST accounts/reset": "accounts:login",
    "POST accounts/stop": "accounts:login",
    "POST accounts/{name}/password": "accounts:login",
    "POST accounts/{name}/address": "accounts:login",
    "POST accounts/arrive": "accounts:login",
    "POST accounts/arrival": "accounts:login",
    "POST accounts/open": "accounts:login",
    "POST accounts/{name}/identities": "accounts:login",
    "DELETE accounts/{name}/identities/{identity}": "accounts:write",
    "GET policy": "accounts:read",
    "POST accounts/{name}": "accounts:write",
    "POST accounts/token-login": "accounts:login",
    "POST accounts/{name}/leave": "accounts:login",
    "POST accounts/{name}/folders": "sessions:write",
    "POST accounts/batch": "accounts:admin",
    "GET workshops/select": "accounts:admin",
    "POST workshops/create": "accounts:admin",
    "GET workshops/{name}": "accounts:admin",
    "GET workshops/{name}/accounts": "accounts:admin",
    "GET workshops/{name}/holdings": "accounts:admin",
    "POST workshops/{name}/accounts": "accounts:admin",
    "POST workshops/{name}/links": "accounts:admin",
    "POST workshops/{name}": "accounts:admin",
    "POST workshops/{name}/end": "accounts:admin",
    "POST accounts/{name}/merge": "accounts:admin",
    "POST accounts/{name}/login-tokens": "accounts:tokens",
    "GET accounts/select": "accounts:admin",
    "GET changes/select": "accounts:admin",
    "GET accounts/export": "accounts:admin",
    "POST accounts/import": "accounts:admin",
    "POST invitations/create": "accounts:admin",
    "POST invitations/look": "accounts:login",
    "GET invitations/select": "accounts:admin",
    "GET invitations/{invitation_id}": "accounts:admin",
    "POST invitations/{invitation_id}/resend": "accounts:admin",
    "DELETE invitations/{invitation_id}": "accounts:admin",
    "GET accounts/{name}/changes": "accounts:read",
    "GET accounts/{name}/holdings": "accounts:read",
    "POST accounts/{name}/settings": "accounts:admin",
    "POST accounts/{name}/suspend": "accounts:admin",
    "POST accounts/{name}/resume": "accounts:admin",
    "GET accounts/{name}": "accounts:read",
    "DELETE accounts/{name}": "accounts:write",
    "GET accounts/{name}/keys": "accounts:read",
    "GET accounts/{name}/archive": "accounts:read",
    "GET accounts/{name}/archive/size": "accounts:read",
    "POST accounts/{name}/keys": "keys:write",
    "GET accounts/{name}/keys/authorized": "keys:read",
    "GET accounts/{name}/keys/{key}": "accounts:read",
    "DELETE accounts/{name}/keys/{key}": "keys:write",
    "GET groups/select": "groups:read",
    "POST groups/create": "groups:create",
    "GET groups/{name}": "groups:read",
    "GET groups/{name}/use": "groups:read",
    "POST groups/{name}": "groups:write",
    "DELETE groups/{name}": "groups:write",
    "POST groups/{name}/members": "groups:write",
    "DELETE groups/{name}/members/{account}": "groups:write",
    "POST groups/{name}/budget": "admin",
    "DELETE groups/{name}/budget": "admin",
    "GET packages/select": "packages:read",
    "POST packages/create": "packages:write",
    "GET packages/{name}": "packages:read",
    "POST packages/{name}": "packages:write",
    "DELETE packages/{name}": "packages:write",
    "GET available/select": "resources:read",
    "GET available/changes": "resources:read",
    "POST classes/create": "bookings:write",
    "POST offers/create": "bookings:write",
    "GET bookings/{booking_id}/changes": "bookings:read",
    "GET decisions/select": "bookings:read",
    "GET decisions/{decision_id}": "bookings:read",
    "GET nodes/select": "resources:write",
    "POST nodes/read": "resources:write",
    "POST nodes/audit": "resources:write",
    "GET clusters/select": "resources:read",
    "POST clusters/create": "resources:write",
    "GET clusters/{name}": "resources:read",
    "POST clusters/{name}": "resources:write",
    "DELETE clusters/{name}": "resources:write",
    "POST resources/preview": "resources:write",
    "GET bookings/select": "bookings:read",
    "POST bookings/create": "bookings:write",
    "GET bookings/{booking_id}": "bookings:read",
    "POST bookings/{booking_id}": "bookings:write",
    "DELETE bookings/{booking_id}": "bookings:write",
    "GET bookings/{booking_id}/extension": "bookings:read",
    "POST sessions/start": "sessions:write",
    "POST sessions/{booking_id}/stop": "sessions:write",
    "GET storage/select": "admin",
    "GET storage/{name}": "storage:read",
    "POST storage/{name}/measured": "storage:write",
    "POST storage/{name}/deleted": "storage:write",
    "POST storage/{name}/keep": "storage:write",
    "GET resources/select": "resources:read",
    "POST resources/create": "resources:write",
    "GET resources/{grant_id}": "resources:read",
    "POST resources/{grant_id}": "resources:write",
    "DELETE resources/{grant_id}": "resources:write",
}
"""The scope that each call needs. A new route is entered here, on purpose."""

THINGS = {
    "name": "tiny",
    "booking_id": "some-booking",
    "grant_id": "some-grant",
    "decision_id": "some-decision",
    "identity": "1",
    "key": "1",
    "invitation_id": "some-invitation",
    "account": "ada",
}
"""What the addresses of the calls name."""

BODIES = {
    "POST accounts/try": {},
    "POST accounts/register": {"email": "ann@example.org", "password": "correct horse"},
    "POST accounts/confirm": {"code": "x" * 20},
    "POST accounts/login": {"email": "ann@example.org", "password": "correct horse"},
    "POST accounts/arrive": {"kind": "github", "subject": "1"},
    "POST accounts/arrival": {"pending": "x" * 20},
    "POST accounts/open": {"pending": "x" * 20},
    "POST accounts/{name}/merge": {"into": "ann"},
    "POST accounts/{name}/identities": {"pending": "x" * 20},
    "POST accounts/{name}/keys": {"generate": True},
    "POST packages/create": {"name": "xl", "notebook_cores": 1, "notebook_memory": 1},
    "POST packages/{name}": {"name": "xl", "notebook_cores": 1, "notebook_memory": 1},
    "POST sessions/start": {"account": "ada"},
    "POST resources/create": {"startdate": "2026-06-08", "enddate": "2026-06-08", "cores": 1},
    "POST resources/preview": {"startdate": "2026-06-08", "enddate": "2026-06-08", "cores": 1},
    "POST clusters/create": {"name": "north"},
    "POST resources/{grant_id}": {"startdate": "2026-06-08", "enddate": "2026-06-08", "cores": 1},
}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of everything that the application answers to."""
    for found in iter_route_contexts(app.routes):
        for method in found.methods or ["ANY"]:
            yield method, found.path


def test_every_route_is_open_on_purpose_or_has_its_scope_named(lite: Platform) -> None:
    found = set(routes(lite.app))
    guarded = {(call.split()[0], f"{API}/{call.split()[1]}") for call in NEEDED}
    assert found - OPEN == guarded
    assert found >= OPEN, "no exception for what is not there"
    assert set(NEEDED.values()) <= set(SCOPES)


@pytest.mark.parametrize("call", NEEDED)
def test_without_a_token_or_scope_no_route_does_anything(lite: Platform, call: str) -> None:
    method, path = call.split()
    path = path.format(**THINGS)
    body = {"json": BODIES.get(call, {})} if method == "POST" else {}
    nobody = lite.call(method, path, None, **body)
    assert nobody.status_code == 401, nobody.text
    assert nobody.json()["error"]["code"] == "unauthenticated"
    without = lite.call(method, path, "visitor", **body)
    assert without.status_code == 403, without.text
    assert without.json()["error"]["code"] == "forbidden"
    assert f"{SCOPE}{NEEDED[call]}." in without.json()["error"]["message"]


@pytest.mark.parametrize(
    "call", [call for call, scope in NEEDED.items() if scope.endswith((":write", ":login", "admin"))]
)
def test_who_may_only_look_changes_nothing(lite: Platform, call: str) -> None:
    method, path = call.split()
    path = path.format(**THINGS)
    body = {"json": BODIES.get(call, {})} if method == "POST" else {}
    assert lite.call(method, path, "reader", **body).status_code == 403


def test_the_open_routes_answer(lite: Platform) -> None:
    assert lite.call("GET", "health", None).json()["status"] == "ok"
    assert lite.call("GET", "openapi.json", None).json()["openapi"].startswith("3.")


def test_named_features_are_served_alone(lite: Platform) -> None:
    paths = {path.removeprefix(API) for _, path in routes(make_app(lite.parts, ["packages"]))}
    assert paths == {"/openapi.json", "/health", "/packages/select", "/packages/create", "/packages/{name}"}
