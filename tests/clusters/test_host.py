"""This host as a cluster, and what a first start makes of it."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aglais_hub.clusters.host import LOCAL, measure_host
from aglais_hub.errors import InvalidValueError
from aglais_hub.wire.resources import Resources

if TYPE_CHECKING:
    from tests.support.platform import Platform

MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def test_the_host_is_what_we_may_use_less_the_reserve() -> None:
    found = measure_host(reserve_cores=0.25, reserve_memory=100)
    cores = len(os.sched_getaffinity(0)) - Decimal("0.25")
    assert found == Resources(cores=cores, memory=MEMORY - 100, servers=1)


@pytest.mark.parametrize(
    ("reserve", "variable"),
    [
        ({"reserve_cores": 10_000, "reserve_memory": 0}, "AGLAIS_RESERVE_CORES"),
        ({"reserve_cores": 0, "reserve_memory": MEMORY}, "AGLAIS_RESERVE_MEMORY"),
    ],
)
def test_a_reserve_of_everything_is_refused(reserve: dict[str, float], variable: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        measure_host(**reserve)  # type: ignore[arg-type]
    assert raised.value.field == variable


def test_a_first_start_grants_the_host_once(platform: Platform) -> None:
    capacity = Resources(cores=Decimal("8.125"), memory=32_768, temporary=1000, user=500, servers=1)
    for _ in range(3):
        platform.parts.seed(capacity)
    (grant,) = platform.call("GET", "resources/select").json()["rows"]
    assert grant["cluster"] == LOCAL
    assert grant["resources"]["cores"] == 8.112
    assert grant["resources"]["memory"] == 32_768
    (row,) = platform.call("GET", "available/select?range=2026-06-08,2026-06-08").json()["rows"]
    assert row["packages"]["tiny"] == 8, "today is whole"
    names = [row["name"] for row in platform.call("GET", "packages/select").json()["rows"]]
    assert names == ["tiny", "small", "medium", "large"], "packages that are there stay as they are"


def test_what_an_admin_has_taken_back_does_not_return(platform: Platform) -> None:
    capacity = Resources(cores=Decimal(8), memory=32_768)
    platform.parts.seed(capacity)
    (grant,) = platform.call("GET", "resources/select").json()["rows"]
    assert platform.call("DELETE", f"resources/{grant['id']}", "root").status_code == 200
    platform.parts.seed(capacity)
    assert platform.call("GET", "resources/select").json()["rows"] == []
