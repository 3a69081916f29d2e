"""What is in a home, from the lab's server to the services and back: limits, what goes, and what was deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.accounts.store import AccountStore
from aglais_hub.accounts.tables import AccountRow
from tests.support.booked_lab import BookedLab
from tests.support.product import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.platform import Platform

MIB = 2**20
SMALL = {"saved": {"files": 4, "size": 1, "kept": "P6M", "keep": "again"}}


@pytest.fixture
def lab(tmp_path: Path, platform: Platform) -> Iterator[BookedLab]:
    platform.clock.move(datetime.now(UTC).replace(microsecond=0) - platform.clock.now())
    with platform.parts.databases[0].write() as session:
        AccountStore(session).add(
            AccountRow(name="ada", level=1, display="Ada", created=platform.clock.now(), attributes=SMALL)
        )
    home = tmp_path / "home"
    for name, size in (("user/mine.csv", 300), ("user/run/large.csv", MIB - 400), ("temp/old/part.csv", 50)):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x" * size)
    running = BookedLab(tmp_path, platform)
    yield running
    running.close()


def spaces(lab: BookedLab) -> dict[str, Any]:
    found: dict[str, Any] = lab.http.get("aglais/spaces").json()
    return found


def put(lab: BookedLab, path: str, content: str) -> tuple[int, str]:
    """Save a file as the lab does; the status, and the message where there is one."""
    answer = lab.http.put(f"api/contents/{path}", json={"type": "file", "format": "text", "content": content})
    return answer.status_code, answer.json().get("message", "")


def test_a_home_that_is_nearly_full_is_told_held_and_tidied(lab: BookedLab) -> None:
    platform = lab.platform
    found = wait_until(lambda: (now := spaces(lab))["known"] and now["soon"] and now, saying="it is known")
    saved = found["spaces"][1]
    assert (saved["space"], saved["files"], saved["size"]) == ("saved", 2, MIB - 100)
    assert (saved["most_files"], saved["most_size"]) == (4, MIB)
    assert saved["largest"][0] == {"path": "user/run", "files": 1, "size": MIB - 400}
    assert [item["path"] for item in found["soon"]] == ["temp/old"]

    status, words = put(lab, "user/new.csv", "x" * 2000)
    assert status == 413
    assert words.startswith("1 MiB of 1 MiB of your saved data space are used, and this would add 2 KiB. Delete what")
    assert put(lab, "user/mine.csv", "x" * 2000)[0] == 200
    assert lab.http.delete("api/contents/user/run").status_code == 204
    assert put(lab, "user/new.csv", "x" * 2000)[0] == 201
    assert not (lab.home / "user" / "run").exists()
    assert not list(lab.home.rglob(".local/share/Trash/**/*")), "what is deleted is gone"

    # Services see what the lab last told them.
    platform.clock.move(timedelta(days=8))
    wish = {"space": "saved", "path": "user/mine.csv"}
    answer = lab.http.post("aglais/spaces/keep", json=wish)
    assert answer.status_code == 200, answer.text
    assert [one["path"] for one in answer.json()["gone"]] == ["temp/old"]
    assert not (lab.home / "temp" / "old").exists()
    known = platform.call("GET", "storage/ada").json()
    assert [one["path"] for one in known["deleted"]] == ["temp/old"]
    kept = {item["path"]: item["kept"] for item in known["items"]}
    assert kept["user/mine.csv"]
    assert not kept["user/new.csv"]

    bad = lab.http.post("aglais/spaces/keep", json={"space": "nowhere", "path": "user/mine.csv"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "invalid_value")
    (lab.home / "temp" / "new.csv").write_text("x")
    refused = lab.http.post("aglais/spaces/keep", json={"space": "temporary", "path": "temp/new.csv"})
    assert refused.status_code in (404, 409)
    assert refused.json()["error"]["message"]


def test_a_copy_of_an_example_is_new_too(lab: BookedLab) -> None:
    wait_until(lambda: spaces(lab)["known"])
    (lab.home / "examples" / "large.csv").write_bytes(b"x" * 2000)
    answer = lab.http.post("aglais/copy", json={"path": "examples/large.csv"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert not (lab.home / "user" / "large.csv").exists()
    assert lab.http.post("aglais/copy", json={"path": "examples/stars.ipynb"}).status_code == 201
