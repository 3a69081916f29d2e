"""Every operation of the API, asked as a stranger, an owner, a member of the owner's group, and an admin.

The OpenAPI document says which operations there are, and ``WHO`` for each who may do it with what is olga's. An
operation that is not entered there fails the test, so that whoever adds one decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.app import API
from aglais_hub.web.routing import describe
from tests.support.people import make_group, open_accounts

if TYPE_CHECKING:
    import httpx

    from tests.support.platform import Platform

STRANGER, MEMBER, OWNER, ADMIN = "eve", "lab", "olga", "root"
"""The callers. Stranger and owner have whatever concerns one's own account; ``lab`` is in olga's group."""

ALL = frozenset({STRANGER, MEMBER, OWNER, ADMIN})
GROUP = frozenset({MEMBER, OWNER, ADMIN})
OWN = frozenset({OWNER, ADMIN})
ADMINS = frozenset({ADMIN})

WHO: dict[str, frozenset[str]] = {
    # ---- one's account
    "GET accounts/{name}": OWN,
    "POST accounts/{name}": OWN,
    "DELETE accounts/{name}": OWN,
    "DELETE accounts/{name}/identities/{identity}": OWN,
    "GET accounts/{name}/changes": OWN,
    "GET accounts/{name}/holdings": OWN,
    "GET accounts/{name}/archive": OWN,
    "GET accounts/{name}/archive/size": OWN,
    "GET accounts/{name}/keys": OWN,
    "POST accounts/{name}/keys": OWN,
    "GET accounts/{name}/keys/{key}": OWN,
    "DELETE accounts/{name}/keys/{key}": OWN,
    "GET storage/{name}": OWN,
    "POST storage/{name}/measured": OWN,
    "POST storage/{name}/deleted": OWN,
    "POST storage/{name}/keep": OWN,
    # ---- bookings, here one that is charged to the group
    "GET bookings/select": ALL,
    "POST bookings/create": OWN,
    "POST classes/create": OWN,
    "POST offers/create": OWN,
    "GET bookings/{booking_id}": GROUP,
    "GET bookings/{booking_id}/changes": GROUP,
    "GET bookings/{booking_id}/extension": GROUP,
    "POST bookings/{booking_id}": OWN,
    "DELETE bookings/{booking_id}": OWN,
    "GET decisions/select": ALL,
    "GET decisions/{decision_id}": OWN,
    # ---- groups
    "GET groups/select": ALL,
    "GET groups/{name}": GROUP,
    "GET groups/{name}/use": GROUP,
    "POST groups/{name}": OWN,
    "POST groups/{name}/members": OWN,
    "DELETE groups/{name}/members/{account}": GROUP,  # the account is the member's own
    "DELETE groups/{name}": OWN,
    "POST groups/create": ADMINS,
    "POST groups/{name}/budget": ADMINS,
    "DELETE groups/{name}/budget": ADMINS,
    # ---- what everyone may see
    "GET health": ALL,
    "GET policy": ALL,
    "GET packages/select": ALL,
    "GET packages/{name}": ALL,
    "GET available/select": ALL,
    "GET resources/select": ALL,
    "GET resources/{grant_id}": ALL,
    "GET clusters/select": ALL,
    "GET clusters/{name}": ALL,
    # ---- what only admins do, and the hub's own parts
    "GET accounts/select": ADMINS,
    "GET accounts/export": ADMINS,
    "POST accounts/import": ADMINS,
    "GET changes/select": ADMINS,
    "POST accounts/{name}/settings": ADMINS,
    "POST accounts/{name}/suspend": ADMINS,
    "POST accounts/{name}/resume": ADMINS,
    "POST accounts/{name}/merge": ADMINS,
    "POST accounts/{name}/login-tokens": ADMINS,
    "GET accounts/{name}/keys/authorized": ADMINS,
    "POST accounts/batch": ADMINS,
    "GET workshops/select": ADMINS,
    "POST workshops/create": ADMINS,
    "GET workshops/{name}": ADMINS,
    "GET workshops/{name}/accounts": ADMINS,
    "GET workshops/{name}/holdings": ADMINS,
    "POST workshops/{name}/accounts": ADMINS,
    "POST workshops/{name}/links": ADMINS,
    "POST workshops/{name}": ADMINS,
    "POST workshops/{name}/end": ADMINS,
    "POST invitations/create": ADMINS,
    "GET invitations/select": ADMINS,
    "POST invitations/look": ADMINS,
    "GET invitations/{invitation_id}": ADMINS,
    "POST invitations/{invitation_id}/resend": ADMINS,
    "DELETE invitations/{invitation_id}": ADMINS,
    "GET storage/select": ADMINS,
    "POST accounts/try": ADMINS,
    "POST accounts/register": ADMINS,
    "POST accounts/resend": ADMINS,
    "POST accounts/confirm": ADMINS,
    "POST accounts/login": ADMINS,
    "POST accounts/forgot": ADMINS,
    "POST accounts/reset": ADMINS,
    "POST accounts/stop": ADMINS,
    "POST accounts/arrive": ADMINS,
    "POST accounts/arrival": ADMINS,
    "POST accounts/open": ADMINS,
    "POST accounts/token-login": ADMINS,
    "POST accounts/{name}/password": ADMINS,
    "POST accounts/{name}/address": ADMINS,
    "POST accounts/{name}/identities": ADMINS,
    "POST accounts/{name}/leave": ADMINS,
    "POST accounts/{name}/folders": ADMINS,
    "POST sessions/start": ADMINS,
    "POST sessions/{booking_id}/stop": ADMINS,
    "POST packages/create": ADMINS,
    "POST packages/{name}": ADMINS,
    "DELETE packages/{name}": ADMINS,
    "POST clusters/create": ADMINS,
    "POST clusters/{name}": ADMINS,
    "DELETE clusters/{name}": ADMINS,
    "POST resources/create": ADMINS,
    "POST resources/preview": ADMINS,
    "POST resources/{grant_id}": ADMINS,
    "DELETE resources/{grant_id}": ADMINS,
    "GET nodes/select": ADMINS,
    "POST nodes/read": ADMINS,
    "POST nodes/audit": ADMINS,
}
"""Who may do an operation with olga's things; whoever else asks is refused, and learns and changes nothing."""

SECRETS = (
    "olga@example.org",
    "a note of olga's",
    "the group's own note",
    "olga's laptop",
    "olga-thesis.ipynb",
    "olgas-school",
)
"""Words in olga's things that no answer to a stranger may have."""

LATER = "2026-06-20T09:00:00Z"
ITEM = {"space": "notebooks", "path": "olga-thesis.ipynb", "files": 1, "size": 100, "changed": "2026-06-01T00:00:00Z"}

BODIES: dict[str, dict[str, Any]] = {
    "POST accounts/{name}": {"display": "Changed"},
    "POST accounts/{name}/keys": {"generate": True},
    "POST accounts/{name}/suspend": {"reason": "A test"},
    "POST storage/{name}/measured": {"items": [ITEM]},
    "POST storage/{name}/deleted": {"items": []},
    "POST storage/{name}/keep": {"space": "notebooks", "path": "olga-thesis.ipynb", "keep": "no"},
    "POST bookings/create": {"package": "tiny", "account": "olga", "startdate": LATER, "duration": "PT1H"},
    "POST offers/create": {"package": "tiny", "account": "olga", "startdate": LATER, "duration": "PT1H"},
    "POST classes/create": {"package": "tiny", "accounts": ["olga"], "startdate": LATER, "duration": "PT1H"},
    "POST bookings/{booking_id}": {"note": "changed"},
    "POST groups/{name}": {"display": "Changed"},
    "POST groups/{name}/members": {"account": "eve", "role": "owner"},
    "POST groups/create": {"name": "new", "owner": "olga"},
    "POST workshops/create": {"name": "new", "number": 1, "until": LATER},
    "POST workshops/{name}/accounts": {"number": 1},
    "POST workshops/{name}": {"until": LATER},
    "POST workshops/{name}/end": {"erase": True},
}


class Things:
    """What is olga's: a booking of her group's and one of her own, and all that belongs to her account."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        open_accounts(platform, OWNER, STRANGER, MEMBER)
        make_group(platform, "astro", "olga", "lab", hours=100)
        grant = platform.grant(16)
        platform.call("POST", "groups/astro", OWNER, json={"note": "the group's own note"})
        shared = self.made(platform.book("tiny", OWNER, group="astro", note="a note of olga's", duration="PT4H"))
        self.private = self.made(platform.book("tiny", OWNER, note="a note of olga's", startdate=LATER))
        key = self.made(
            platform.call("POST", "accounts/olga/keys", OWNER, json={"generate": True, "name": "olga's laptop"})
        )
        self.made(platform.call("POST", "storage/olga/measured", OWNER, json={"items": [ITEM]}))
        invited = platform.call("POST", "invitations/create", "root", json={"email": "olga@example.org"})
        school = {"name": "olgas-school", "number": 2, "until": LATER}
        self.made(platform.call("POST", "workshops/create", "root", json=school))
        account = self.made(platform.call("GET", "accounts/olga", OWNER))
        self.names = {
            "booking_id": shared["id"],
            "decision_id": shared["why"].rpartition("/")[2],
            "grant_id": grant,
            "identity": str(account["identities"][0]["id"]),
            "key": str(key["id"]),
            "invitation_id": str(invited.json().get("id", "none")),
            "account": "lab",
        }

    @staticmethod
    def made(answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def address(self, path: str) -> str:
        """The path of an operation, with olga's things in it."""
        names = {"accounts": "olga", "storage": "olga", "groups": "astro", "packages": "medium", "clusters": "local"}
        names["workshops"] = "olgas-school"
        return path.format(**self.names, name=names.get(path.split("/", maxsplit=1)[0], ""))

    def ask(self, operation: str, caller: str) -> httpx.Response:
        method, path = operation.split()
        body = {"json": BODIES.get(operation, {})} if method == "POST" else {}
        query = "?files=keep" if operation == "DELETE groups/{name}" else ""
        return self.platform.call(method, self.address(path) + query, caller, **body)

    def seen(self) -> dict[str, Any]:
        """All that is olga's, as an admin sees it."""
        paths = [
            "accounts/olga", "accounts/olga/keys", "storage/olga", "groups/astro", "invitations/select",
            "bookings/select?account=olga&range=2026-06-01,2026-07-01", "decisions/select?account=olga",
            "accounts/olga/changes", "workshops/olgas-school", "workshops/olgas-school/accounts",
            *(f"bookings/{one}/changes" for one in (self.names["booking_id"], self.private["id"])),
        ]  # fmt: skip
        return {path: self.platform.call("GET", path, "root").json() for path in paths}


@pytest.fixture
def things(lite: Platform) -> Things:
    return Things(lite)


def operations(platform: Platform) -> list[str]:
    """Every operation of the API: first those that look, last those that delete, an account after all that is its."""
    document = describe(platform.app, prefix=API)
    found = [
        f"{method.upper()} {path.removeprefix(API + '/')}"
        for path, operations in document["paths"].items()
        for method in operations
    ]
    order = ("GET", "POST", "DELETE")
    return sorted(
        found, key=lambda one: (order.index(one.split()[0]), one == "DELETE accounts/{name}", -one.count("/"), one)
    )


def test_every_operation_is_entered(lite: Platform) -> None:
    assert set(operations(lite)) == set(WHO)


@pytest.mark.parametrize("caller", [STRANGER, MEMBER])
def test_nobody_else_is_told_or_changes_anything(things: Things, caller: str) -> None:
    before, answered = things.seen(), {}
    for operation in operations(things.platform):
        if caller in WHO[operation] and not operation.startswith("GET"):
            continue  # what a member may do as a member is tried below
        answer = things.ask(operation, caller)
        if caller not in WHO[operation]:
            if answer.status_code not in (403, 404):
                answered[operation] = answer.status_code
        elif answer.status_code in (401, 403, 404):
            answered[operation] = answer.status_code
        if caller == STRANGER or caller not in WHO[operation]:
            told = [secret for secret in SECRETS if secret in answer.text]
            assert not told, f"{operation} tells {caller} of {told}"
    assert answered == {}, "who may do what is not as it is entered"
    assert things.seen() == before


def test_a_member_of_a_group_sees_nothing_of_the_others_own(things: Things) -> None:
    things.names["booking_id"] = things.private["id"]
    things.names["decision_id"] = things.private["why"].rpartition("/")[2]
    before = things.seen()
    for operation in operations(things.platform):
        if "{booking_id}" in operation or "{decision_id}" in operation:
            assert things.ask(operation, MEMBER).status_code in (403, 404), operation
    listed = things.platform.call("GET", "bookings/select?range=2026-06-01,2026-07-01", MEMBER)
    assert things.private["id"] not in listed.text
    assert things.seen() == before


def test_a_member_may_leave_and_takes_nothing_along(things: Things) -> None:
    assert things.ask("DELETE groups/{name}/members/{account}", MEMBER).is_success
    assert things.ask("GET groups/{name}", MEMBER).status_code == 404
    assert things.ask("GET bookings/{booking_id}", MEMBER).status_code == 404


@pytest.mark.parametrize("caller", [OWNER, ADMIN])
def test_whose_it_is_may(things: Things, caller: str) -> None:
    answered = {}
    for operation in operations(things.platform):
        status = things.ask(operation, caller).status_code
        # What was asked for before may have taken it away: only a refusal counts.
        if (status in (401, 403)) == (caller in WHO[operation]):
            answered[operation] = status
        assert status < 500, operation
    assert answered == {}
