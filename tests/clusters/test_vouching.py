"""Nothing more is booked on a cluster that nobody can vouch for: over HTTP, with an API server that does not answer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aglais_hub.clock import ManualClock
from aglais_hub.clusters.service import grant_of
from aglais_hub.clusters.vouching import Vouching
from aglais_hub.errors import ServiceDownError
from aglais_hub.wire.resources import Resources
from tests.support.platform import NOW, Platform
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from tests.support.hub import RealHub
    from tests.support.platform import Stage

TOMORROW = {"startdate": "2026-06-09", "enddate": "2026-06-09"}


@pytest.fixture
def lonely(sqlite_settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage) -> Iterator[Platform]:
    """Services that follow a cluster which does not answer, and were granted eight cores of it before."""
    nowhere = {"kubernetes_url": f"http://127.0.0.1:{free_port()}"}
    made = Platform(sqlite_settings.model_copy(update=nowhere), hub, hub_client, stage)
    made.parts.capacity.keep(grant_of("pool"), "pool", Resources(cores=Decimal(8), memory=32768), "clusters", note="")
    with pytest.raises(ServiceDownError):
        made.parts.nodes.look()
    yield made
    made.parts.nodes.stop()
    made.close()


def test_a_cluster_is_vouched_for_until_it_has_not_answered_for_too_long(lonely: Platform) -> None:
    booked = lonely.book("tiny", cluster="pool", **TOMORROW)
    assert booked.status_code == 201, booked.text
    lonely.clock.move(timedelta(seconds=61))
    for refused in (lonely.book("tiny", "ben", cluster="pool", **TOMORROW), lonely.book("tiny", "ben", **TOMORROW)):
        assert refused.status_code == 409
        error = refused.json()["error"]
        assert error["rule"] == "cluster_unverified"
        assert "nothing more is booked on pool for now, since its API server has not answered" in error["message"]
        assert refused.json()["offers"] == []
        why = lonely.call("GET", refused.json()["why"].partition("/api/")[2], "ben").json()
        assert (why["rule"], why["agrees"], why["trials"]) == ("cluster_unverified", True, [])


def test_nothing_is_free_where_nothing_is_booked(lonely: Platform) -> None:
    def free(query: str = "") -> list[int]:
        rows = lonely.call("GET", f"available/select?range=2026-06-09,2026-06-10{query}").json()["rows"]
        return [row["packages"]["tiny"] for row in rows]

    assert free() == [8, 8]
    lonely.grant(4, cluster="spare")
    assert free() == [12, 12]
    lonely.clock.move(timedelta(seconds=61))
    assert free() == [4, 4]
    assert free("&cluster=pool") == [0, 0]
    lonely.parts.requests.vouching.answer()
    assert free() == [12, 12]


def test_the_other_clusters_go_on_and_are_offered(lonely: Platform) -> None:
    lonely.grant(4, cluster="spare")
    lonely.clock.move(timedelta(seconds=61))
    assert lonely.book("tiny", **TOMORROW).json()["cluster"] == "spare"
    refused = lonely.book("tiny", "ben", cluster="pool", **TOMORROW).json()
    assert refused["error"]["rule"] == "cluster_unverified"
    assert [offer["cluster"] for offer in refused["offers"]][:1] == ["spare"]


def test_what_is_booked_stays_and_can_be_ended_but_not_be_made_longer_or_moved(lonely: Platform) -> None:
    booking = f"bookings/{lonely.book('tiny', cluster='pool', **TOMORROW).json()['id']}"
    lonely.clock.move(timedelta(seconds=61))
    for edit in ({"extend": "PT1H"}, {"startdate": "2026-06-12T00:00:00Z"}):
        refused = lonely.call("POST", booking, json=edit)
        assert refused.status_code == 409
        assert refused.json()["error"]["rule"] == "cluster_unverified", refused.text
        assert "nothing more is booked on pool for now" in refused.json()["error"]["message"]
    assert lonely.call("POST", booking, json={"shorten": "PT1H"}).status_code == 200
    assert lonely.call("DELETE", booking).status_code == 200


def test_what_was_offered_before_can_still_be_taken(lonely: Platform) -> None:
    lonely.book("large", cluster="pool", **TOMORROW)
    offers = lonely.book("tiny", "ben", cluster="pool", **TOMORROW).json()["offers"]
    lonely.clock.move(timedelta(seconds=61))
    taken = lonely.call("POST", f"bookings/{offers[0]['id']}", "ben", json={"phase": "ACCEPTED"})
    assert taken.status_code == 200, taken.text


def test_an_admin_is_told_what_is_the_matter(lonely: Platform) -> None:
    seen = lonely.call("GET", "nodes/select", "root").json()
    assert seen["because"] == "The cluster's API server does not answer."
    assert seen["read"] is None
    assert lonely.call("POST", "nodes/read", "root", json={}).status_code == 503
    assert lonely.call("POST", "nodes/audit", "root", json={}).status_code == 503


def test_where_no_cluster_is_followed_nothing_is_read(lite: Platform) -> None:
    seen = lite.call("GET", "nodes/select", "root").json()
    assert seen == {"read": None, "every": 0, "because": "", "clusters": [], "nodes": []}
    answer = lite.call("POST", "nodes/read", "root", json={})
    assert answer.status_code == 409
    assert "AGLAIS_KUBERNETES_URL" in answer.json()["error"]["help"]


def test_the_reasons_end_by_themselves() -> None:
    clock = ManualClock(NOW)
    vouching = Vouching(clock, timedelta(seconds=60))
    vouching.follow(["a", "b"])
    assert vouching.unverified() == {}
    vouching.settle("a", 2)
    assert "2 bookings do not fit" in vouching.unverified()["a"]
    clock.move(timedelta(seconds=61))
    assert vouching.unverified().keys() == {"a", "b"}
    vouching.answer()
    assert vouching.unverified().keys() == {"a"}
    vouching.settle("a", 0)
    assert vouching.unverified() == {}
    careless = Vouching(clock)
    careless.follow(["a"])
    clock.move(timedelta(days=1))
    assert careless.unverified() == {}
