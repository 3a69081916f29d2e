"""What is stored, over HTTP: counted, full, kept, and ordered to be deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.wire.base import isoformat
from aglais_hub.wire.storage import Item
from tests.storage.conftest import join

if TYPE_CHECKING:
    from tests.support.platform import Platform

MIB = 2**20
DAY = timedelta(days=1)


def item(path: str, changed: datetime, *, space: str = "saved", files: int = 1, size: int = 10) -> dict[str, Any]:
    return {"space": space, "path": path, "files": files, "size": size, "changed": isoformat(changed)}


def test_what_a_lab_measures_is_what_its_owner_sees(platform: Platform, ada) -> None:
    now = platform.clock.now()
    items = [
        item("user/project", now - DAY, files=30, size=3 * MIB),
        item("user/project", now - DAY, space="notebooks", files=2, size=MIB),
        item("user/a.ipynb", now - 2 * DAY, space="notebooks"),
        item("temp/big", now, space="temporary", files=1, size=49_000 * MIB),
    ]
    said = ada("POST", "measured", items=items)
    assert said.status_code == 200, said.text
    assert said.json()["spaces"]["notebooks"]["files"] == 3
    assert said.json()["spaces"]["notebooks"]["size"] == MIB + 10
    assert not said.json()["spaces"]["saved"]["near"]
    assert said.json()["spaces"]["temporary"]["near"]
    assert not said.json()["spaces"]["temporary"]["full"]
    assert said.json()["due"] == []
    assert [one["path"] for one in said.json()["soon"]] == ["temp/big"]
    seen = ada().json()
    assert seen["spaces"] == said.json()["spaces"]
    assert [one["path"] for one in seen["items"]] == ["temp/big", "user/project", "user/a.ipynb", "user/project"]
    assert seen["items"][0]["until"] == isoformat(now + 7 * DAY)
    assert seen["items"][1]["until"] == "2026-12-07T09:00:00Z"
    assert ada("POST", "measured", items=items[:1]).json()["spaces"]["notebooks"]["files"] == 0


def test_the_client_says_and_sees_the_same(platform: Platform, ada) -> None:
    now = platform.clock.now()
    with platform.client() as client:
        client.measured("ada", [Item(space="saved", path="user/a", files=1, size=5, changed=now)])
        assert client.storage("ada").items[0].path == "user/a"
        assert client.keep("ada", "saved", "user/a").kept is not None


def test_what_is_due_is_ordered_once_everyone_was_told(platform: Platform, ada) -> None:
    now = platform.clock.now()
    items = [item("temp/old", now - 8 * DAY, space="temporary"), item("temp/new", now - 6 * DAY, space="temporary")]
    said = ada("POST", "measured", items=items).json()
    assert [order["path"] for order in said["due"]] == ["temp/old"]
    assert [one["path"] for one in said["soon"]] == ["temp/new"]
    refused = ada("POST", "keep", space="temporary", path="temp/new")
    assert (refused.status_code, refused.json()["error"]["rule"]) == (409, "keep")
    told = ada("POST", "deleted", items=said["due"])
    assert told.status_code == 200, told.text
    again = ada("POST", "deleted", items=said["due"])
    assert again.json()["due"] == []
    seen = ada().json()
    assert [one["path"] for one in seen["deleted"]] == ["temp/old"]
    assert [one["path"] for one in seen["items"]] == ["temp/new"]
    platform.clock.move(timedelta(days=31))
    assert ada().json()["deleted"] == []


def test_what_was_not_ordered_is_not_noted_as_deleted(platform: Platform, ada) -> None:
    now = platform.clock.now()
    one = item("temp/new", now, space="temporary")
    ada("POST", "measured", items=[one])
    order = {name: one[name] for name in ("space", "path", "changed")}
    assert ada("POST", "deleted", items=[order]).status_code == 200
    assert ada().json()["deleted"] == []
    assert len(ada().json()["items"]) == 1


def test_who_has_ordered_something_and_finds_it_gone_has_deleted_it(platform: Platform, ada) -> None:
    old = item("temp/old", platform.clock.now() - 8 * DAY, space="temporary")
    assert ada("POST", "measured", items=[old]).json()["due"]
    ada("POST", "measured", items=[])
    assert [one["path"] for one in ada().json()["deleted"]] == ["temp/old"]


def test_a_suspended_account_loses_nothing(platform: Platform) -> None:
    now = platform.clock.now()
    join(platform, "ada", suspended=now)
    old = item("temp/old", now - 8 * DAY, space="temporary")
    # The lab's last words may come after its account was suspended.
    said = platform.call("POST", "storage/ada/measured", "root", json={"items": [old]})
    assert said.json()["due"] == []


def test_keeping(platform: Platform, ada) -> None:
    now = platform.clock.now()
    ada("POST", "measured", items=[item("user/data", now - 30 * DAY)])
    kept = ada("POST", "keep", space="saved", path="user/data").json()
    assert kept["until"] == "2026-12-08T09:00:00Z"
    refused = ada("POST", "keep", space="saved", path="user/data", keep="always")
    assert (refused.status_code, refused.json()["error"]["rule"]) == (409, "keep")
    undone = ada("POST", "keep", space="saved", path="user/data", keep="no").json()
    assert (undone["kept"], undone["until"]) == (None, "2026-11-09T09:00:00Z")
    assert ada("POST", "keep", space="saved", path="user/other").status_code == 404


def test_where_it_is_allowed_things_are_kept_for_good(platform: Platform) -> None:
    join(platform, "ada", level=2)
    now = platform.clock.now()
    body = {"items": [item("user/data", now - 30 * DAY)]}
    platform.call("POST", "storage/ada/measured", json=body)
    kept = platform.call(
        "POST", "storage/ada/keep", json={"space": "saved", "path": "user/data", "keep": "always"}
    ).json()
    assert (kept["always"], kept["until"]) == (True, None)


def test_nobody_sees_or_keeps_what_is_anothers(platform: Platform, ada) -> None:
    ada("POST", "measured", items=[item("user/data", platform.clock.now())])
    assert ada(caller="ben").status_code == 403
    assert ada("POST", "keep", "ben", space="saved", path="user/data").status_code == 403
    assert ada("POST", "measured", "ben", items=[]).status_code == 403
    assert ada("POST", "deleted", "ben", items=[]).status_code == 403
    assert platform.call("GET", "storage/select", "ben").status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"space": "attic"}, {"files": -1}, {"size": "much"}, {"changed": "2026-06-08"}, {"path": "x" * 301}]
)
def test_what_makes_no_sense_is_refused(platform: Platform, ada, wrong) -> None:
    one = {**item("user/a", platform.clock.now()), **wrong}
    assert ada("POST", "measured", items=[one]).status_code == 400


def test_the_largest_home_is_taken_down(platform: Platform, ada) -> None:
    now = platform.clock.now()
    items = [item(f"user/{number}", now, files=2**50, size=2**50) for number in range(2100)]
    said = ada("POST", "measured", items=items)
    assert said.status_code == 200, said.text
    assert said.json()["spaces"]["saved"]["size"] == 2100 * 2**50
    assert ada("POST", "measured", items=[*items, item("a", now)]).status_code == 400


def test_an_item_that_is_there_twice_is_refused(platform: Platform, ada) -> None:
    one = item("user/a", platform.clock.now())
    assert ada("POST", "measured", items=[one, one]).status_code == 400


def test_those_with_most_come_first(platform: Platform) -> None:
    now = platform.clock.now()
    assert platform.call("GET", "storage/select", "root").json() == {"rows": [], "next": None}
    for name, size in (("ada", 5), ("ben", 500), ("cleo", 50), ("dan", 50)):
        join(platform, name)
        said = platform.call("POST", f"storage/{name}/measured", "root", json={"items": [item("a", now, size=size)]})
        assert said.status_code == 200, said.text
    page = platform.call("GET", "storage/select?limit=2", "root").json()
    assert [row["account"] for row in page["rows"]] == ["ben", "cleo"]
    rest = platform.call("GET", page["next"].removeprefix("/services/aglais/api/"), "root").json()
    assert [row["account"] for row in rest["rows"]] == ["dan", "ada"]
    assert rest["next"] is None
    some = platform.call("GET", "storage/select?accounts=ada,dan,cleo,eve&limit=2", "root").json()
    rest = platform.call("GET", some["next"].removeprefix("/services/aglais/api/"), "root").json()
    assert [row["account"] for row in some["rows"] + rest["rows"]] == ["cleo", "dan", "ada"]
    assert platform.call("GET", "storage/select?after=nonsense", "root").status_code == 400


def test_who_may_delete_an_account_sees_what_it_has_stored(platform: Platform, ada) -> None:
    ada("POST", "measured", items=[item("user/data", platform.clock.now(), files=3, size=MIB + 1)])
    held = platform.call("GET", "accounts/ada/holdings", "root").json()
    assert {"space": "saved", "files": 3, "size": 2} in held["spaces"]


def test_erased_and_moved(platform: Platform, ada) -> None:
    storage, now = platform.parts.storage, platform.clock.now()
    join(platform, "cleo")
    ada("POST", "measured", items=[item("user/data", now, size=7), item("temp/x", now - 8 * DAY, space="temporary")])
    ada("POST", "keep", space="saved", path="user/data")
    storage.note_deleted("ada", storage.orders("ada"))
    storage.move("ada", "cleo")
    assert ada().json()["measured"] is None
    moved = storage.get("cleo")
    assert [(one.path, one.kept is not None) for one in moved.items] == [("user/data", True)]
    assert [one.path for one in moved.deleted] == ["temp/x"]
    assert moved.spaces["saved"].size == 7
    storage.erase("cleo")
    storage.erase("cleo")
    assert storage.get("cleo").items == storage.get("cleo").deleted == []
