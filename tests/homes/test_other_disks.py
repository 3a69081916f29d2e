"""Homes on disks of their own: files that move from one disk to another, and files that are sent to who has no disk."""

from __future__ import annotations

import os
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from aglais_hub.homes import moving, tending
from aglais_hub.homes.moving import move_home
from aglais_hub.homes.sending import read_stream, serve
from aglais_hub.homes.tending import Tended, Tending
from aglais_hub.wire.storage import Order
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = Path("/dev/shm")


class KilledError(Exception):
    """What a test puts in the way, as if the process had been killed there."""


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    """A home on another disk than ``tmp_path``."""
    if not OTHER.is_dir() or OTHER.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("There is but one disk here.")
    with tempfile.TemporaryDirectory(dir=OTHER) as folder:
        home = Path(folder)
        (home / "user" / "deep").mkdir(parents=True)
        (home / "user" / "deep" / "a.csv").write_text("1,2")
        (home / "user" / "deep" / "out").symlink_to("/etc")
        os.mkfifo(home / "user" / "deep" / "pipe")
        (home / "notes.txt").write_text("notes")
        (home / "examples").mkdir()
        yield home


def held(home: Path) -> dict[str, str]:
    """The files of a home, by path."""
    return {str(one.relative_to(home)): one.read_text() for one in home.rglob("*") if one.is_file()}


MOVED = {"user/was/deep/a.csv": "1,2", "user/was/notes.txt": "notes"}


def test_what_moves_to_another_disk_is_not_on_the_first_any_more(source: Path, tmp_path: Path) -> None:
    move_home(source, tmp_path, "was")
    assert held(tmp_path) == MOVED
    assert (tmp_path / "user" / "was" / "deep" / "out").is_symlink()
    assert held(source) == {}
    assert not (tmp_path / moving.ARRIVING).exists()


def test_what_a_killed_move_left_is_not_taken_for_another_homes(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, calls = moving._free, []

    def killed(wanted: Path) -> Path:
        calls.append(wanted)
        if len(calls) == 2:  # it has come as a whole, and is to be put in its place
            raise KilledError
        return free(wanted)

    with monkeypatch.context() as patched:
        patched.setattr(moving, "_free", killed)
        with pytest.raises(KilledError):
            move_home(source, tmp_path, "was")
    with tempfile.TemporaryDirectory(dir=OTHER) as folder:
        other = Path(folder)
        (other / "user" / "deep").mkdir(parents=True)
        (other / "user" / "deep" / "b.csv").write_text("3,4")
        move_home(other, tmp_path, "other")
    assert (tmp_path / "user" / "other" / "deep" / "b.csv").read_text() == "3,4"
    move_home(source, tmp_path, "was")
    assert held(tmp_path) == MOVED | {"user/other/deep/b.csv": "3,4"}


@pytest.mark.parametrize("where", ["_copy", "_copy_file", "discard", "_free"])
@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("time", [1, 2])
def test_a_kill_between_two_disks_loses_nothing_and_doubles_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, is_after: bool, time: int
) -> None:
    step, calls = getattr(moving, where), []

    def killed(*given: object) -> object:
        calls.append(given)
        if len(calls) == time and not is_after:
            raise KilledError
        answer = step(*given)
        if len(calls) == time:
            raise KilledError
        return answer

    monkeypatch.setattr(moving, where, killed)
    with pytest.raises(KilledError):
        move_home(source, tmp_path, "was")
    monkeypatch.undo()
    move_home(source, tmp_path, "was")
    assert held(tmp_path) == MOVED
    assert held(source) == {}


def test_where_there_is_no_room_nothing_is_lost_and_half_of_it_does_not_stay(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str, target: str) -> None:
        Path(target).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(moving, "_copy_file", full)
    with pytest.raises(OSError, match="No space"):
        move_home(source, tmp_path, "was")
    assert held(tmp_path) == {}
    assert set(held(source)) == {"user/deep/a.csv", "notes.txt"}


def test_files_are_sent_once_to_who_has_the_token_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "large").write_bytes(os.urandom(3_000_000))
    (tmp_path / ".hidden").write_text("dot")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("/etc/passwd")
    done: list[bool] = []
    port = free_port()
    sender = threading.Thread(target=lambda: done.append(serve(tmp_path, ("127.0.0.1", port), "secret", seconds=60)))
    sender.start()
    url = f"http://127.0.0.1:{port}/"
    with httpx.Client(transport=httpx.HTTPTransport(retries=5), trust_env=False, timeout=60) as client:
        assert client.get(url).status_code == 403
        assert client.get(url, headers={"Authorization": "Bearer guess"}).status_code == 403
        with client.stream("GET", url, headers={"Authorization": "Bearer secret"}) as answer:
            found = {}
            for one in read_stream(answer.iter_bytes()):
                with one.opened() as file:
                    found[one.path] = file.read()
    sender.join(60)
    assert done == [True]
    large = (tmp_path / "user" / "large").read_bytes()
    assert found == {"user/large": large, ".hidden": b"dot", "empty": b""}


def test_a_home_is_tended_for_who_has_the_token(tmp_path: Path) -> None:
    for name in ("due.csv", "new.csv"):
        (tmp_path / name).write_text("1")
    now = datetime.now(UTC)
    due = Order(space="saved", path="due.csv", changed=now)
    body = Tending(now=now, orders=[due, Order(space="saved", path="new.csv", changed=now - timedelta(days=1))])
    port = free_port()
    pod = threading.Thread(target=lambda: tending.serve(tmp_path, ("127.0.0.1", port), "secret", seconds=60))
    pod.start()
    url, asked = f"http://127.0.0.1:{port}/", body.model_dump_json().encode() + b" " * 3_000_000
    with httpx.Client(transport=httpx.HTTPTransport(retries=5), trust_env=False, timeout=60) as client:
        assert client.post(url, content=b"{}", headers={"Authorization": "Bearer guess"}).status_code == 403
        assert set(held(tmp_path)) == {"due.csv", "new.csv"}
        answer = client.post(url, content=asked, headers={"Authorization": "Bearer secret"})
    pod.join(60)
    found = Tended.model_validate_json(answer.content)
    assert found.gone == [due]
    assert [item.path for item in found.items] == list(held(tmp_path)) == ["new.csv"]


def test_a_stream_that_breaks_off_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1000)
    port = free_port()
    sender = threading.Thread(target=lambda: serve(tmp_path, ("127.0.0.1", port), "s", seconds=60))
    sender.start()
    with httpx.Client(transport=httpx.HTTPTransport(retries=5), trust_env=False, timeout=60) as client:
        whole = client.get(f"http://127.0.0.1:{port}/", headers={"Authorization": "Bearer s"}).content
    sender.join(60)

    def broken() -> Iterator[bytes]:
        yield whole[:700]
        raise httpx.RemoteProtocolError("peer closed connection")

    def read_all() -> None:
        for one in read_stream(broken()):
            with one.opened() as file:
                file.read()

    with pytest.raises(httpx.RemoteProtocolError):
        read_all()
