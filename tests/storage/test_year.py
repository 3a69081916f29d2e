"""A year of people who come back, keep some, forget some: real files and mails, on a clock that is moved by days.

The services are killed over and over: after every commit, and between any two steps on the files. Whoever goes on
from there writes nothing twice and deletes nothing twice.
"""

from __future__ import annotations

import email
import os
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import policy
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.accounts.email.passwords import Passwords
from aglais_hub.database import Database
from aglais_hub.errors import ServiceDownError
from aglais_hub.homes import removing
from aglais_hub.homes.host import HostHomes
from aglais_hub.homes.tending import items_in
from aglais_hub.policy import after
from aglais_hub.wire.storage import KeepRequest, Storage
from aglais_hub.wiring import Parts, wire
from tests.storage.conftest import join
from tests.support.platform import QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aglais_hub.homes.tending import Tended
    from aglais_hub.web.hub import Hub
    from aglais_hub.wire.policy import Keep, SpaceName
    from aglais_hub.wire.storage import Order
    from tests.support.platform import Platform

DAY = timedelta(days=1)


class Killed(BaseException):
    """The process is gone at this point; nothing catches it."""


class Year:
    """The platform, its homes, and a diary: what was mailed and what went, by the day since the start."""

    def __init__(self, platform: Platform, hub: Hub) -> None:
        self.settings, self.clock, self.hub = platform.settings, platform.clock, hub
        # The kernel dates what it does itself: that has to be before the first day.
        self.start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
        self.clock.move(self.start - self.clock.now())
        self.parts: Parts = platform.parts
        self.diary: dict[int, list[str]] = defaultdict(list)
        self._mails: set[str] = set()
        self._files = self.files()
        self._opened: list[Parts] = []
        self.days: set[int] = set()

    @property
    def day(self) -> int:
        return (self.clock.now() - self.start).days

    def on(self, length: str) -> int:
        """The day on which so much time has gone by since the start."""
        return (after(self.start, length) - self.start).days

    def put(self, *paths: str) -> None:
        """Write files now, as their owner does in a lab."""
        for path in paths:
            file = self.settings.homes_folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            instant = self.clock.now().timestamp()
            os.utime(file, (instant, instant))
        self._files = self.files()

    def files(self) -> set[str]:
        homes = self.settings.homes_folder
        return {str(path.relative_to(homes)) for path in homes.rglob("*") if path.is_file()}

    def work(self, account: str, *paths: str) -> None:
        """Come back, write, and leave; the lab says what is there then."""
        self.put(*paths)
        home = self.settings.homes_folder / account
        self.parts.storage.measure(account, items_in(home, self.clock.now()))

    def keep(self, account: str, space: SpaceName, path: str, keep: Keep = "again") -> None:
        self.parts.storage.keep(account, KeepRequest(space=space, path=path, keep=keep))

    def storage(self, account: str) -> Storage:
        return self.parts.storage.get(account)

    def restart(self) -> None:
        """Whatever was in memory is gone."""
        self.parts = wire(self.settings, clock=self.clock, hub=self.hub, passwords=Passwords(QUICK))
        self._opened.append(self.parts)

    def live(self, until: int) -> None:
        """Look on each day that counts, as often as the look can be killed and then once more; and on some others."""
        while self.day < until:
            ahead = range(self.day + 1, until)
            beside = {day + off for day in self.days for off in (-1, 0, 1)}
            following = next((day for day in ahead if day % 20 == 0 or day in beside), until)
            self.clock.move((following - self.day) * DAY)
            point, is_killed = 0, self.day in self.days
            while is_killed:
                point += 1
                with kill(point) as reached:
                    self.look()
                is_killed = reached()
                if is_killed:
                    self.restart()
            # A mail that somebody was sending when they were killed is taken up again after some minutes.
            self.clock.move(timedelta(minutes=5))
            self.look()
            self._write_diary()

    def look(self) -> None:
        self.parts.keeper.look()
        self.parts.outbox.send_due()

    def _write_diary(self) -> None:
        for file in sorted((self.settings.state_folder / "mail").glob("*.eml")):
            if file.name not in self._mails:
                self._mails.add(file.name)
                mail: Any = email.message_from_bytes(file.read_bytes(), policy=policy.default)
                lines = mail.get_body(("plain",)).get_content().splitlines()
                named = [line.split()[0] for line in lines if line.startswith("    ") and line[4] not in " h"]
                self.diary[self.day].append(f"mail to {mail['To'].partition('@')[0]}: {', '.join(named)}")
        now = self.files()
        self.diary[self.day] += [f"gone: {path}" for path in sorted(self._files - now)]
        self._files = now

    def close(self) -> None:
        for parts in self._opened:
            for database in parts.databases:
                database.dispose()


class Far(HostHomes):
    """Homes as a cluster has them: each takes a pod, and those of ``down`` don't come."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.tended: list[str] = []
        self.down: set[str] = set()

    def at_hand(self) -> Sequence[str]:
        return ()

    def tend(self, account: str, orders: Sequence[Order], now: datetime) -> Tended | None:
        self.tended.append(account)
        if account in self.down:
            raise ServiceDownError("The disk does not come.")
        return super().tend(account, orders, now)


@contextmanager
def kill(point: int) -> Iterator[Any]:
    """Kill whoever reaches the point of this number: each commit, each move and each removal of files is one."""
    count = 0
    patch = pytest.MonkeyPatch()

    def reached() -> bool:
        return count >= point

    def step() -> None:
        nonlocal count
        count += 1
        if count == point:
            raise Killed

    def stepping(what: Any) -> Any:
        def done(*args: Any, **kwargs: Any) -> Any:
            what(*args, **kwargs)
            # A mail that was handed over and not yet struck off would be sent again, as with every mail server.
            if "src_dir_fd" in kwargs or "dir_fd" in kwargs:
                step()

        return done

    write = Database.write

    @contextmanager
    def writing(self: Database) -> Iterator[Any]:
        with write(self) as session:
            yield session
        step()

    patch.setattr(Database, "write", writing)
    patch.setattr(removing.os, "rename", stepping(os.rename))
    patch.setattr(removing, "discard", stepping(removing.discard))
    try:
        yield reached
    except Killed:
        pass
    finally:
        patch.undo()


@pytest.fixture
def year(lite: Platform, hub_client: Hub) -> Iterator[Year]:
    made = Year(lite, hub_client)
    yield made
    made.close()


def test_a_year(lite: Platform, year: Year) -> None:
    join(lite, "ada", address="ada@example.org")
    join(lite, "ben", address="ben@example.org", level=2)
    join(lite, "cleo")
    year.put(
        "ada/user/thesis.ipynb",
        "ada/user/project/run.ipynb",
        "ada/user/project/data/a.csv",
        "ada/user/project/data/b.csv",
        "ada/user/kept.csv",
        "ada/user/used.csv",
        "ada/temp/scratch",
        "ben/user/for-good.csv",
        "ben/user/forgotten.csv",
        "ben/user/old.ipynb",
        "cleo/user/no-mail.csv",
    )
    half, full = year.on("P6M"), year.on("P1Y")
    kept = (after(year.start + (half - 7) * DAY, "P6M") - year.start).days
    year.days = {7} | {end - notice for end in (half, kept, full) for notice in (14, 2, 0)}

    year.live(half - 14)
    # Told once; one file is needed still, one is worked on, and the others are not thought of.
    year.live(half - 7)
    year.keep("ada", "saved", "user/kept.csv")
    year.work("ada", "ada/user/used.csv")
    year.live(half + 1)
    assert [item.path for item in year.storage("ada").deleted] == ["user/project"]
    assert [item.path for item in year.storage("cleo").deleted] == ["user/no-mail.csv"]
    year.live(full - 10)
    year.keep("ben", "saved", "user/for-good.csv", "always")
    year.live(full + 1)

    both, books = "user/kept.csv, user/used.csv", "user/project, user/thesis.ipynb"
    expected = defaultdict(list, {
        7: ["gone: ada/temp/scratch"],
        half - 14: ["mail to ada: user/kept.csv, user/project, user/used.csv"],
        half - 2: ["mail to ada: user/project"],
        half: ["gone: ada/user/project/data/a.csv", "gone: ada/user/project/data/b.csv", "gone: cleo/user/no-mail.csv"],
        kept - 14: [f"mail to ada: {both}"],
        full - 14: [f"mail to ada: {both}, {books}", "mail to ben: user/for-good.csv, user/forgotten.csv"],
        kept - 2: [f"mail to ada: {both}, {books}"],
        kept: ["gone: ada/user/kept.csv", "gone: ada/user/used.csv"],
        full - 2: [f"mail to ada: {books}", "mail to ben: user/forgotten.csv"],
        full: ["gone: ada/user/project/run.ipynb", "gone: ada/user/thesis.ipynb", "gone: ben/user/forgotten.csv"],
    })  # fmt: skip
    assert {day: sorted(entries) for day, entries in year.diary.items() if entries} == {
        day: sorted(entries) for day, entries in expected.items()
    }
    assert {"ben/user/for-good.csv", "ben/user/old.ipynb"} <= year.files()


def test_a_home_in_which_a_lab_runs_is_left_alone(lite: Platform, year: Year) -> None:
    join(lite, "ada")
    year.put("ada/temp/scratch")
    lite.hub.start_server("ada")
    try:
        year.clock.move(8 * DAY)
        year.parts.keeper.look()
        assert year.files() == {"ada/temp/scratch"}
        assert year.storage("ada").measured is None
    finally:
        lite.hub.stop_server("ada")
    year.parts.keeper.look()
    assert year.files() == set()


def test_a_home_that_nobody_has_is_left_alone(year: Year) -> None:
    year.put("stranger/temp/scratch")
    year.clock.move(400 * DAY)
    year.parts.keeper.look()
    assert year.files() == {"stranger/temp/scratch"}


def test_homes_that_are_not_at_hand_are_tended_where_something_is_due(lite: Platform, year: Year) -> None:
    far = Far(year.settings.homes_folder)
    year.parts.keeper._homes = far
    for name in ("ada", "ben"):
        join(lite, name)
        year.work(name, f"{name}/temp/scratch", f"{name}/user/data.csv")
    year.parts.keeper.look()
    assert far.tended == []
    year.clock.move(8 * DAY)
    far.down = {"ada"}
    for _ in range(2):
        # The one that does not come keeps the other waiting once at most, and is not tried again at once.
        with suppress(ServiceDownError):
            year.parts.keeper.look()
    assert sorted(far.tended) == ["ada", "ben"]
    assert year.files() == {"ada/temp/scratch", "ada/user/data.csv", "ben/user/data.csv"}
    assert [item.path for item in year.storage("ben").deleted] == ["temp/scratch"]
    assert [item.path for item in year.storage("ben").items] == ["user/data.csv"]
    far.down.clear()
    year.clock.move(DAY)
    year.parts.keeper.look()
    assert year.files() == {"ada/user/data.csv", "ben/user/data.csv"}
    assert [item.path for item in year.storage("ada").deleted] == ["temp/scratch"]


def test_what_is_overdue_when_it_is_first_seen_goes_after_its_warnings(lite: Platform, year: Year) -> None:
    """The platform was down, or has a policy only now."""
    join(lite, "ada", address="ada@example.org")
    year.put("ada/user/data.csv")
    year.clock.move(400 * DAY)
    year.parts.keeper.look()
    for _ in range(15):
        year.live(year.day + 1)
    assert {day - 401: entries for day, entries in year.diary.items() if entries} == {
        0: ["mail to ada: user/data.csv"],
        12: ["mail to ada: user/data.csv"],
        14: ["gone: ada/user/data.csv"],
    }


def test_a_change_after_the_order_counts(lite: Platform, year: Year) -> None:
    join(lite, "ada")
    year.put("ada/temp/scratch")
    year.parts.keeper.look()
    year.clock.move(8 * DAY)
    year.put("ada/temp/scratch")
    year.parts.keeper.look()
    assert year.files() == {"ada/temp/scratch"}
    assert year.storage("ada").items[0].until == year.clock.now() + 7 * DAY


def test_a_clock_that_is_set_wrong_and_right_again_deletes_nothing_early_and_mails_nothing(
    lite: Platform, year: Year
) -> None:
    join(lite, "ada", address="ada@example.org")
    year.put("ada/user/data.csv")
    half = year.on("P6M")
    year.days = {half - 14}
    year.live(half - 10)
    year.work("ada", "ada/temp/scratch")
    for by in (31, -1):
        year.clock.set(by * DAY)
        for _ in range(2):
            year.clock.move(timedelta(minutes=20))
            year.look()
        assert year.parts.storage.orders("ada") == []
        year.clock.set(-by * DAY)
        year.look()
    year.days = {half - 3, half - 2, half}
    year.live(half + 1)
    assert {day: entries for day, entries in year.diary.items() if entries} == {
        half - 14: ["mail to ada: user/data.csv"],
        half - 3: ["gone: ada/temp/scratch"],
        half - 2: ["mail to ada: user/data.csv"],
        half: ["gone: ada/user/data.csv"],
    }


def test_a_home_with_files_larger_than_any_disk_keeps_no_other_waiting(lite: Platform, year: Year) -> None:
    join(lite, "ada")
    join(lite, "ben")
    paths = [f"ada/user/holes/{number}" for number in range(130)]
    year.put(*paths, "ben/user/a.csv")
    for path in paths:
        os.truncate(lite.settings.homes_folder / path, 2**43)
    year.parts.keeper.look()
    assert [item.path for item in year.storage("ben").items] == ["user/a.csv"]
    assert year.storage("ada").items[0].size == 2**50


def test_what_is_kept_while_much_else_is_deleted_stays(
    lite: Platform, year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(lite, "ada", address="ada@example.org")
    year.put("ada/user/1", "ada/user/2")
    for days in (400, 0, 12):
        year.clock.move(days * DAY)
        year.look()
    year.clock.move(2 * DAY)
    passed: list[float] = []
    remove, hurry = removing.remove, removing.BEGUN_SECONDS

    def slow(*given: Any) -> bool:
        year.clock.move(timedelta(minutes=5))
        passed.append(hurry + 1)
        year.keep("ada", "saved", "user/2")
        return remove(*given)

    with monkeypatch.context() as patched:
        patched.setattr(removing, "remove", slow)
        patched.setattr(removing, "monotonic", lambda: sum(passed))
        year.parts.keeper.look()
    year.parts.keeper.look()
    assert year.files() == {"ada/user/2"}
    assert [item.path for item in year.storage("ada").items] == ["user/2"]
