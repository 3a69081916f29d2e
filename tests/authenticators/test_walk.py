"""The hub's pages that have a thing or a name in their address, asked by somebody whose it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.authenticators import AglaisAuthenticator
from tests.authenticators.person import Person

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

NOBODYS = {r"/confirm/([^/]+)"}
"""Pages whose address holds a secret of whoever opens them; other tests are about it."""


def test_no_page_shows_or_changes_anothers_thing(product: Product, person: Person, address: str) -> None:
    with Person(product) as other:
        owner = other.join("olga" + address.removeprefix("ann"))
    admin = product.client()
    key = admin.generate_key(owner, name="the owner's laptop")
    admin.create_group("walked", display="The owner's group", owner=owner)
    start = datetime.now(UTC) + timedelta(days=300)
    offer = admin.offers("tiny", account=owner, startdate=start, duration="PT1H").offers[0]
    identity = admin.account(owner).identities[0]
    addresses = {
        r"/keys/(\d{1,15})": f"hub/keys/{key.id}",
        r"/unlink/(\d{1,15})": f"hub/unlink/{identity.id}",
        r"/groups/([a-z0-9-]{1,40})/delete": "hub/groups/walked/delete",
        r"/groups/([a-z0-9-]{1,40})/members/([^/]+)": f"hub/groups/walked/members/{owner}",
        r"/spawn/([^/]+)": f"hub/spawn/{owner}",
        r"/spawn-pending/([^/]+)": f"hub/spawn-pending/{owner}",
        r"/user/([^/]+)(/.*)?": f"hub/user/{owner}/lab",
        r"/offer/([^/]+)": f"hub/offer/{offer.id}",
        r"/api/users/([^/]+)/sessions": f"hub/api/users/{owner}/sessions",
    }
    patterns = {pattern for pattern, *_ in AglaisAuthenticator().get_handlers(None) if "(" in pattern}
    assert {one for one in patterns if "/static/" not in one} - NOBODYS == set(addresses), (
        "a page nobody has thought of"
    )
    person.join(address)

    def things() -> tuple[object, ...]:
        # How full a group's folder is may be measured meanwhile.
        return admin.account(owner), admin.keys(owner), admin.group("walked").model_copy(update={"shared": None})

    before = things()
    for path in addresses.values():
        for answer in (
            person.get(path, follow=False),
            person.get("hub/account") and person.post(f"/{path}", files="delete"),
        ):
            # 424 is what JupyterHub answers for a lab, whoever asks: none is there.
            refused = (302, 303, 400, 403, 404, 405, 409, *([424] if path.startswith("hub/user/") else []))
            assert answer.status_code in refused, f"{path}: {answer.status_code}"
            for secret in ("owner's", "olga" + address.removeprefix("ann"), key.fingerprint):
                assert secret not in answer.text, path
    assert things() == before
    assert admin.booking(offer.id).phase == "OFFERED"
    assert not product.server(owner)
