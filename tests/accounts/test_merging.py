"""One account becomes part of another, with a clock that stands still: bookings, files, ways in; also after a kill."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from operator import attrgetter
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from aglais_hub.accounts.admin.rules import Manager
from aglais_hub.accounts.merging.service import AGAIN
from aglais_hub.accounts.merging.store import MergeStore
from aglais_hub.accounts.tables import AccountRow
from aglais_hub.errors import ConflictError
from aglais_hub.homes.moving import move_home
from aglais_hub.wire.accounts import TryRequest
from aglais_hub.wire.admin import Suspension
from tests.support.platform import Platform
from tests.support.templates import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aglais_hub.settings import Settings
    from aglais_hub.web.hub import Hub
    from tests.support.hub import RealHub
    from tests.support.platform import Stage

ANN = "ann"


class KilledError(BaseException):
    """What a test puts in the way, as if the process had been killed there: nobody catches it."""


class Both:
    """A visitor with a booking now, one ahead and files, and ann, a member with a home of her own."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.parts = platform, platform.parts
        platform.grant(8)
        self.visitor = self.parts.accounts.try_out(TryRequest()).name
        self.hub, self.admin = platform.client("hub-parts"), platform.client("root")
        assert self.member("north", ANN) == ANN
        self.now = self.admin.book("tiny", duration="PT1H", account=self.visitor).id
        later = NOW + timedelta(hours=2)
        self.ahead = self.admin.book("tiny", startdate=later, duration="PT1H", account=self.visitor).id
        homes = self.parts.settings.state_folder / "homes"
        self.old, self.new = homes / self.visitor, homes / ANN
        write(self.old / "user" / "mine.ipynb", "mine")
        write(self.old / "user" / "data" / "a.csv", "1")
        write(self.old / "notes.txt", "notes")
        write(self.old / "examples" / "tiny.ipynb", "ours")
        write(self.new / "user" / "mine.ipynb", "hers")

    def member(self, kind: str, label: str) -> str:
        return self.hub.open_account(self.hub.arrive(kind, label, label=label).pending).name

    def begin(self, **more: Any) -> Any:
        return self.admin.merge_accounts(self.visitor, ANN, **more)

    def go_on(self, times: int = 3) -> None:
        for _ in range(times):
            self.parts.merging.go_on()

    def is_done(self, folder: str = "visit-2026-06-08") -> None:
        assert self.parts.accounts.get(self.visitor).ending
        bookings = [self.platform.booking(one) for one in (self.now, self.ahead)]
        assert [one["phase"] for one in bookings] == ["COMPLETED", "WAITING"]
        assert bookings[1]["account"] == ANN
        visit = self.new / "user" / folder
        assert sorted(found(visit)) == ["data/a.csv", "mine.ipynb", "notes.txt"]
        assert (self.new / "user" / "mine.ipynb").read_text() == "hers"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def found(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def both(lite: Platform) -> Iterator[Both]:
    made = Both(lite)
    yield made
    made.hub.close()
    made.admin.close()


def test_everything_of_the_one_is_the_others(both: Both) -> None:
    asked = both.begin()
    assert (asked.account, asked.into, asked.files) == (both.visitor, ANN, True)
    assert both.begin() == asked, "asked twice, it is begun once"
    both.go_on()
    both.is_done()
    both.go_on()
    both.is_done()


@pytest.mark.parametrize("where", ["_yields", "_homes.move", "_end"])
@pytest.mark.parametrize("is_after", [False, True])
def test_a_kill_anywhere_loses_nothing_and_doubles_nothing(both: Both, where: str, is_after: bool) -> None:
    both.begin()
    *parts, name = where.split(".")
    holder = attrgetter(*parts)(both.parts.merging) if parts else both.parts.merging
    step = getattr(holder, name)

    def killed(*names: str) -> None:
        if is_after:
            step(*names)
        raise KilledError

    setattr(holder, name, killed)
    with pytest.raises(KilledError):
        both.go_on()
    setattr(holder, name, step)
    both.go_on()
    both.is_done()


def test_two_members_become_one_with_all_ways_in(both: Both) -> None:
    both.admin.merge_accounts(both.member("south", "bob"), ANN)
    both.go_on()
    both.go_on()
    account = both.parts.accounts.get(ANN)
    assert sorted(one.kind for one in account.identities) == ["north", "south"]
    arrived = both.hub.arrive("south", "bob").account
    assert arrived is not None
    assert arrived.name == ANN


def test_one_that_fails_does_not_keep_others_waiting(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    both.begin()
    source, into = both.member("south", "sam"), both.member("west", "bob")
    write(both.old.parent / source / "user" / "theirs.ipynb", "theirs")
    both.admin.merge_accounts(source, into)
    move = both.parts.merging._homes.move

    def full(name: str, *more: Any) -> bool:
        if name == both.visitor:
            raise OSError(28, "No space left on device")
        return move(name, *more)

    with monkeypatch.context() as patched:
        patched.setattr(both.parts.merging._homes, "move", full)
        both.go_on()
    assert (both.old.parent / into / "user" / source / "theirs.ipynb").read_text() == "theirs"
    assert both.parts.accounts.get(source).ending
    assert not both.parts.accounts.get(both.visitor).ending
    both.platform.clock.move(AGAIN)
    both.go_on()
    both.is_done()


@pytest.fixture
def small_disk(both: Both) -> Iterator[Path]:
    """The home of ann on a disk of its own, of a MiB."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", both.new], check=False).returncode:
        pytest.skip("No disk can be mounted here.")
    write(both.new / "user" / "mine.ipynb", "hers")
    yield both.new
    subprocess.run(["umount", "--lazy", both.new], check=True)


def test_a_merge_that_has_no_room_is_refused_before_anything_moves(both: Both, small_disk: Path) -> None:
    (both.old / "user" / "large.bin").write_bytes(bytes(3_000_000))
    answer = both.platform.call("POST", f"accounts/{both.visitor}/merge", "root", json={"into": ANN})
    assert answer.status_code == 409
    assert answer.json()["error"]["rule"] == "files"
    assert "lacks 1.9 MiB" in answer.text
    assert both.parts.accounts.get(both.visitor).suspended is None
    assert both.begin(files=False)


def test_a_merge_that_has_no_room_any_more_waits_quietly_and_goes_on(
    both: Both, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    both.begin()
    (both.old / "user" / "large.bin").write_bytes(bytes(3_000_000))
    for _ in range(5):
        both.platform.clock.move(AGAIN)
        both.go_on()
    assert [one.message for one in caplog.records if one.levelname in ("WARNING", "ERROR")] == [
        f"A merge into {ANN} waits: its disk has no room for the files."
    ]
    assert "no room" in both.parts.accounts.get(both.visitor).reason
    assert sorted(found(small_disk)) == ["user/mine.ipynb"], "nothing has moved"
    (both.old / "user" / "large.bin").unlink()
    both.platform.clock.move(AGAIN)
    both.go_on()
    both.is_done()


@pytest.mark.parametrize(
    ("source", "into", "status"),
    [("VISITOR", "VISITOR", 400), (ANN, "VISITOR", 400), ("VISITOR", "nobody", 404), ("nobody", ANN, 404)],
)
def test_what_makes_no_sense_is_refused(both: Both, source: str, into: str, status: int) -> None:
    names = [both.visitor if name == "VISITOR" else name for name in (source, into)]
    answer = both.platform.call("POST", f"accounts/{names[0]}/merge", "root", json={"into": names[1]})
    assert answer.status_code == status, answer.text
    assert both.parts.accounts.get(both.visitor).suspended is None


def test_an_account_that_is_being_merged_takes_nothing_in(both: Both) -> None:
    both.begin()
    other = both.member("south", "bob")
    answer = both.platform.call("POST", f"accounts/{ANN}/merge", "root", json={"into": other})
    assert answer.status_code == 409


def test_without_files_they_stay_behind(both: Both) -> None:
    both.begin(files=False)
    both.go_on()
    assert not (both.new / "user" / "visit-2026-06-08").exists()


def test_files_alone_are_handed_over_and_all_else_ends(both: Both) -> None:
    source = both.member("south", "sam")
    ahead = both.admin.book("tiny", startdate=NOW + timedelta(hours=2), duration="PT1H", account=source).id
    write(both.old.parent / source / "user" / "theirs.ipynb", "theirs")
    both.admin.merge_accounts(source, ANN, only_files=True)
    both.go_on()
    assert (both.new / "user" / source / "theirs.ipynb").read_text() == "theirs"
    assert both.platform.booking(ahead)["phase"] == "CANCELLED"
    assert {one.kind for one in both.parts.accounts.get(ANN).identities} == {"north"}
    assert both.parts.accounts.get(source).ending
    refused = both.platform.call(
        "POST", f"accounts/{both.visitor}/merge", "root", json={"into": ANN, "files": False, "only_files": True}
    )
    assert refused.status_code == 400


def test_files_move_whole_and_take_nobodys_place(tmp_path: Path) -> None:
    source, target = tmp_path / "old", tmp_path / "new"
    write(source / "user" / "a.ipynb", "1")
    write(source / "temp" / "big.bin", "2")
    write(source / ".gitconfig", "3")
    write(source / ".cache" / "x", "4")
    (source / "user" / "out").symlink_to("/etc")
    write(target / "user" / "visit" / "a.ipynb", "there before")
    move_home(source, target, "visit")
    move_home(source, target, "visit")
    assert sorted(found(target)) == [
        "temp/visit/big.bin", "user/visit/.gitconfig", "user/visit/a-2.ipynb", "user/visit/a.ipynb"
    ]  # fmt: skip
    assert (target / "user" / "visit" / "out").is_symlink()
    assert (source / ".cache" / "x").exists()
    move_home(tmp_path / "nobody", target, "visit")


class Crowd:
    """Members by the dozen, and what several do with them at one and the same moment."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self.parts = platform, platform.parts

    def members(self, *names: str) -> None:
        now = self.platform.clock.now()
        with self.parts.databases[0].write() as session:
            session.add_all(AccountRow(name=name, level=1, display=name, created=now) for name in names)

    def at_once(self, *works: Callable[[], object]) -> list[bool]:
        """Which of them were not refused; any other error is raised."""
        ready = Barrier(len(works))

        def work(one: Callable[[], object]) -> bool:
            ready.wait(60)
            try:
                one()
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(work, works))

    def settle(self) -> set[str]:
        """Let all go on to its end; gives those that have ended."""
        for _ in range(4):
            self.parts.merging.go_on()
            self.parts.ender.look()
            self.platform.clock.move(timedelta(seconds=20))
        with self.parts.databases[0].read() as session:
            assert MergeStore(session).all() == []
            return {row.name for row in session.scalars(select(AccountRow)) if row.ending is not None}

    def left(self) -> set[str]:
        with self.parts.databases[0].read() as session:
            return set(session.scalars(select(AccountRow.name)))


ROUNDS = 4


@pytest.fixture
def crowd(postgres_settings: Settings, hub: RealHub, hub_client: Hub, stage: Stage) -> Iterator[Crowd]:
    """On PostgreSQL alone: SQLite lets one write at a time."""
    made = Platform(postgres_settings, hub, hub_client, stage)
    yield Crowd(made)
    made.close()


@pytest.mark.postgres
def test_of_two_merges_crosswise_one_is_refused(crowd: Crowd) -> None:
    begin = crowd.parts.merging.begin
    for number in range(ROUNDS):
        a, b = f"a{number}", f"b{number}"
        crowd.members(a, b)
        first, second = crowd.at_once(partial(begin, a, b), partial(begin, b, a))
        assert first is not second
    assert crowd.settle() == set()
    assert len(crowd.left()) == ROUNDS


@pytest.mark.postgres
def test_who_is_deleted_at_the_moment_of_a_merge_ends_and_the_other_does_not(crowd: Crowd) -> None:
    parts = crowd.parts
    taken = []
    for number in range(ROUNDS):
        source, target = f"source{number}", f"target{number}"
        crowd.members(source, target)
        write(crowd.platform.settings.homes_folder / source / "user" / "a.csv", "1")
        begun, _ = crowd.at_once(partial(parts.merging.begin, source, target), partial(parts.endings.end, source))
        taken += [target] * begun
    crowd.settle()
    assert crowd.left() == {f"target{number}" for number in range(ROUNDS)}
    for number in range(ROUNDS):
        at = crowd.platform.settings.homes_folder / f"target{number}" / "user" / f"source{number}" / "a.csv"
        assert at.exists() is (f"target{number}" in taken)


@pytest.mark.postgres
def test_who_is_deleted_as_another_comes_in_takes_nothing_along(crowd: Crowd) -> None:
    parts = crowd.parts
    wanted = set()
    for number in range(ROUNDS):
        source, target = f"source{number}", f"target{number}"
        crowd.members(source, target)
        begun, ended = crowd.at_once(partial(parts.merging.begin, source, target), partial(parts.endings.end, target))
        assert begun is not ended
        wanted.add(target if begun else source)
    crowd.settle()
    assert crowd.left() == wanted


@pytest.mark.postgres
def test_who_is_suspended_or_let_in_again_while_they_merge_is_merged_all_the_same(crowd: Crowd) -> None:
    parts = crowd.parts
    boss = Manager("root", is_admin=True)
    for number in range(ROUNDS):
        source, target = f"source{number}", f"target{number}"
        crowd.members(source, target)
        parts.merging.begin(source, target)
        crowd.at_once(
            parts.merging.go_on,
            partial(parts.admin.suspend, source, Suspension(reason="odd"), boss),
            partial(parts.admin.resume, source, "", boss),
            partial(parts.admin.suspend, target, Suspension(reason="odd"), boss),
        )
        crowd.at_once(parts.merging.go_on, parts.merging.go_on)
    crowd.settle()
    assert crowd.left() == {f"target{number}" for number in range(ROUNDS)}


def test_who_is_let_in_again_meanwhile_is_shut_out_before_anything_moves(lite: Platform) -> None:
    crowd, parts = Crowd(lite), lite.parts
    crowd.members("source", "target")
    write(lite.settings.homes_folder / "source" / "user" / "a.csv", "1")
    parts.merging.begin("source", "target")
    parts.merging.go_on()
    parts.admin.resume("source", "", Manager("root", is_admin=True))
    parts.merging.go_on()
    assert (lite.settings.homes_folder / "source" / "user" / "a.csv").exists(), "its lab may run again by now"
    assert parts.accounts.get("source").suspended is not None
    parts.merging.go_on()
    assert (lite.settings.homes_folder / "target" / "user" / "source" / "a.csv").exists()
