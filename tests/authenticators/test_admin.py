"""Suspended people and invited ones, at the real hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.bookings.lifecycle import ENDED
from aglais_hub.errors import ForbiddenError, UnauthenticatedError
from tests.authenticators.person import PASSWORD, Person, mailed_link
from tests.support.product import wait_until

if TYPE_CHECKING:
    from tests.support.product import Product

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]


def test_who_is_suspended_is_out_everywhere_and_reads_why(product: Product, person: Person, address: str) -> None:
    client = product.client()
    name = person.join(address)
    person.get(f"hub/spawn/{name}?opt-package=small")
    person.wait_for_lab(name)
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    ahead = client.book("small", account=name, startdate=day, enddate=day)
    link = client.login_token(name).url
    made = product.hub("POST", f"users/{name}/tokens", json={"note": "test"})
    theirs = product.client(made.json()["token"])
    assert theirs.account(name).name == name

    client.suspend(name, "Please call the helpdesk", bookings="release")
    with pytest.raises(UnauthenticatedError):
        theirs.account(name)
    assert person.get("hub/home").url.path == "/hub/login"
    answer = person.login(address)
    assert answer.status_code == 403
    assert "This account is suspended: Please call the helpdesk. Ask help@example.org." in person.text
    assert person.get(link).status_code == 403
    assert "Please call the helpdesk" in person.text
    with pytest.raises(ForbiddenError, match="Please call the helpdesk"):
        client.start_session(name)
    wait_until(lambda: not product.server(name), 180, saying="the lab has stopped")
    assert client.booking(ahead.id).phase in ENDED

    client.resume(name)
    assert person.login(address).status_code == 302
    assert theirs.account(name).suspended is None
    assert client.changes_of_accounts(account=name, what="suspended").rows[0].by == "aglais-admin"


def test_an_invitation_leads_to_an_account_of_its_level(product: Product, person: Person, address: str) -> None:
    client = product.client()
    client.invite(address, level=2, note="See you in Edinburgh.")
    person.get(mailed_link(product, address))
    assert "You are invited" in person.text
    assert f'value="{address}"' in person.page.text
    assert person.post("/hub/register", email=address, password=PASSWORD).status_code == 202
    person.get(mailed_link(product, address, 2))
    assert person.login(address).status_code == 302
    (account,) = client.accounts(q=address).rows
    assert account.level == 2
    assert [one.what for one in client.account_changes(account.name).rows] == ["invitation accepted", "registered"]


def test_an_invitation_counts_for_whoever_has_its_link_and_once(product: Product, person: Person, address: str) -> None:
    client = product.client()
    client.invite(address, level=3)
    link = mailed_link(product, address)
    person.get(link)
    other = address.replace("example.org", "elsewhere.example")
    assert person.post("/hub/register", email=other, password=PASSWORD).status_code == 202
    with Person(product) as phone:
        link_there = mailed_link(product, other)
        phone.get(link_there)
        assert client.accounts(q=other).rows == []
        assert phone.post("/hub/confirm", code=link_there.rpartition("/")[2]).status_code == 303
    (account,) = client.accounts(q=other).rows
    assert account.level == 3
    with Person(product) as late:
        assert late.get(link).status_code == 404
        assert "not known" in late.text
        assert "/hub/register" in late.forms()
