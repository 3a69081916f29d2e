"""HEAD is answered as GET is, without what follows the headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.platform import Platform


@pytest.mark.parametrize(
    "path", ["health", "openapi.json", "bookings/select", "packages/select?limit=1", "policy", "nowhere", "groups/none"]
)
def test_it_has_the_headers_of_get_and_no_body(lite: Platform, path: str) -> None:
    got, head = lite.call("GET", path), lite.call("HEAD", path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    told = ("content-type", "content-length", "cache-control", "content-security-policy")
    assert [head.headers[name] for name in told] == [got.headers[name] for name in told]


def test_it_lets_in_nobody_whom_get_does_not(lite: Platform) -> None:
    assert lite.call("HEAD", "bookings/select", caller=None).status_code == 401
    assert lite.call("HEAD", "accounts/select").status_code == 403


def test_what_would_stream_is_not_begun(lite: Platform) -> None:
    for path in ("available/changes", "bookings/select"):
        head = lite.call("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")


def test_what_takes_no_get_takes_no_head(lite: Platform) -> None:
    head = lite.call("HEAD", "sessions/start")
    assert (head.status_code, head.headers["allow"]) == (405, "POST")
    assert lite.call("PATCH", "health").headers["allow"] == "GET, HEAD"
