"""What the services answer, in a form that a test can be short about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.platform import Platform

__all__ = ["cores", "give_servers", "kinds"]


def cores(platform: Platform, range: str, **query: str) -> list[float]:
    """The cores that are free in each hour."""
    found = platform.call("GET", "available/select", params={"range": range, "grain": "hour", **query})
    assert found.status_code == 200, found.text
    return [row["resources"]["cores"] for row in found.json()["rows"]]


def kinds(answer: Any) -> dict[str, dict[str, Any]]:
    """The offers, by their kinds."""
    assert answer.status_code in (201, 409), answer.text
    return {offer["kind"]: offer for offer in answer.json()["offers"]}


def give_servers(platform: Platform, count: int = 4) -> None:
    """Servers of 16 cores in all, that rest an hour after each reserved booking."""
    body = {"startdate": "2026-06-08", "enddate": "2027-06-08", "cores": 16, "memory": 65536, "servers": count}
    assert platform.call("POST", "resources/create", "root", json=body).status_code == 201
    assert platform.call("POST", "clusters/local", "root", json={"buffer": "PT1H"}).status_code == 200
