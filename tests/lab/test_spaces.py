"""A home that fills up: what is there stays safe, what is new is refused in words, and deleting makes room at once."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager, LargeFileManager
from tornado.web import HTTPError

from aglais_hub.clock import SystemClock
from aglais_hub.homes.measuring import Use
from aglais_hub.wire.accounts import Account
from aglais_hub.wire.groups import GroupRows
from aglais_hub.wire.policy import Allowance, Space
from aglais_lab.spaces.contents import mind_spaces
from aglais_lab.spaces.room import Room
from aglais_lab.spaces.watch import Spaces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

MIB = 2**20
SMALL = Allowance(notebooks=Space(files=3, size=1), saved=Space(files=3, size=1), temporary=Space(files=100, size=100))


def account(allowance: Allowance = SMALL, level: int = 1) -> Account:
    return Account.model_validate(
        {
            "name": "ada",
            "url": "",
            "level": level,
            "display": "Ada",
            "admin": False,
            "package": "small",
            "allowance": allowance,
            "created": "2026-06-08T09:00:00Z",
        }
    )


class Services:
    """Those that know the account, and may come to know it otherwise."""

    def __init__(self, found: Account) -> None:
        self.found = found

    async def account(self, name: str) -> Account:
        assert name == "ada"
        return self.found

    async def groups(self, account: str) -> GroupRows:
        assert account == "ada"
        group = {"name": "astro", "url": "", "display": "", "note": "", "created": "2026-06-08T09:00:00Z", "version": 1}
        group |= {"role": "member", "members": [], "budget": None, "shared": {"files": 3, "size": 1}}
        return GroupRows.model_validate({"rows": [group]})


class Home:
    """A home behind a real contents manager that minds its spaces."""

    def __init__(self, folder: Path, found: Account) -> None:
        self.path = folder
        (folder / "user").mkdir(exist_ok=True)
        (folder / "temp").mkdir(exist_ok=True)
        self.services = Services(found)
        self.spaces = Spaces(
            folder,
            "ada",
            client=self.services,  # type: ignore[arg-type]
            clock=SystemClock(),
            log=logging.getLogger("home"),
        )
        self.manager = AsyncLargeFileManager(root_dir=str(folder), delete_to_trash=False, always_delete_dir=True)
        assert mind_spaces(self.manager, self.spaces)

    def put(self, path: str, size: int = 10) -> Path:
        """As a kernel would."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
        return file

    async def see(self) -> None:
        """What the loop does at the start."""
        await self.spaces.look()
        await self.spaces._learn()

    async def notebook(self, path: str, text: str = "1 + 1") -> Any:
        content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)])
        return await self.manager.save({"type": "notebook", "format": "json", "content": content}, path)

    async def file(self, path: str, size: int = 10, **more: Any) -> Any:
        return await self.manager.save({"type": "file", "format": "text", "content": "x" * size, **more}, path)

    async def upload(self, path: str, sizes: list[int]) -> None:
        """In chunks, as the lab sends what is large."""
        for number, size in enumerate(sizes, 1):
            chunk = -1 if number == len(sizes) else number
            content = base64.b64encode(b"x" * size).decode()
            await self.manager.save({"type": "file", "format": "base64", "content": content, "chunk": chunk}, path)


Story = "Callable[[Home], Awaitable[None]]"


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., None]:
    """Lives through a story in a home, whose account may be another."""

    def run(story: Callable[[Home], Awaitable[None]], found: Account | None = None) -> None:
        async def whole() -> None:
            home = Home(tmp_path, found or account())
            await story(home)

        asyncio.run(whole())

    return run


def test_of_a_home_that_goes_with_its_lab_nobody_is_told(live) -> None:
    async def story(home: Home) -> None:
        home.spaces.stays = False
        await home.spaces.look()
        await home.spaces.tell()  # these services know no way to be told
        assert home.spaces.room.account == home.services.found, "its limits hold all the same"
        assert not home.spaces._is_to_be_told()

    live(story)


async def refused(asked: Awaitable[Any]) -> str:
    with pytest.raises(HTTPError) as caught:
        await asked
    assert caught.value.status_code == 413
    words: str = caught.value.log_message or ""
    return words


def test_what_is_new_is_refused_with_what_to_do(live):
    async def story(home: Home) -> None:
        home.put("user/large/a.csv", MIB - 100)
        home.put("user/b.csv", 50)
        await home.see()
        words = await refused(home.file("user/new.csv", 2000))
        assert words == (
            "1 MiB of 1 MiB of your saved data space are used, and this would add 2 KiB. Delete what you don't need; "
            "the largest: user/large (1 MiB, 1 file), user/b.csv (50 bytes, 1 file). There is room in temp/."
        )
        assert not (home.path / "user/new.csv").exists()
        await home.file("temp/new.csv", 2000)
        await home.file("user/small.csv", 10)

    live(story)


def test_too_many_files_are_refused_too(live):
    async def story(home: Home) -> None:
        for name in "abc":
            home.put(f"user/{name}.ipynb")
        await home.see()
        words = await refused(home.manager.new_untitled("user", type="notebook"))
        assert words.startswith("3 of 3 files of your notebooks space are used. Delete what you don't need; ")
        assert len(list(home.path.glob("user/*.ipynb"))) == 3
        await home.manager.new_untitled("user", type="directory")
        await home.manager.new_untitled("user", type="file", ext=".txt")

    live(story)


def test_a_notebook_that_is_there_is_saved_however_it_grows(live):
    async def story(home: Home) -> None:
        await home.notebook("user/mine.ipynb")
        home.put("user/b.ipynb", MIB)
        home.put("user/c.ipynb", MIB)
        await home.see()
        await home.notebook("user/mine.ipynb", "x" * 3 * MIB)
        assert (home.path / "user/mine.ipynb").stat().st_size > 3 * MIB
        await refused(home.notebook("user/other.ipynb"))

    live(story)


def test_a_file_that_was_never_opened_here_is_saved_too(live):
    async def story(home: Home) -> None:
        home.put("user/mine.csv", 2 * MIB)
        await home.see()
        await home.file("user/mine.csv", 3 * MIB)
        assert (home.path / "user/mine.csv").stat().st_size == 3 * MIB

    live(story)


def test_an_empty_file_is_new_as_well(live):
    async def story(home: Home) -> None:
        home.put("user/a.csv", MIB)
        await home.see()
        await refused(home.manager.new_untitled("user", type="file", ext=".txt"))

    live(story)


def test_an_upload_over_a_file_is_no_further_file(live):
    async def story(home: Home) -> None:
        for name in "abcd":
            home.put(f"user/{name}.csv")
        await home.see()
        await home.upload("user/a.csv", [1000, 1000])
        assert (home.path / "user/a.csv").stat().st_size == 2000

    live(story)


def test_a_notebook_that_is_open_is_saved_though_its_file_is_gone(live):
    async def story(home: Home) -> None:
        await home.notebook("user/mine.ipynb")
        await home.notebook("user/unseen.ipynb")
        again = Home.__new__(Home)
        again.__dict__ = dict(home.__dict__)
        again.manager = AsyncLargeFileManager(root_dir=str(home.path))
        mind_spaces(again.manager, home.spaces)
        await again.manager.get("user/mine.ipynb")
        (home.path / "user/mine.ipynb").unlink()
        (home.path / "user/unseen.ipynb").unlink()
        home.put("user/b.ipynb", 2 * MIB)
        await home.see()
        await refused(again.notebook("user/unseen.ipynb"))
        await again.notebook("user/mine.ipynb")
        # What the lab saves at a booking's end, beside what it can't save in its place.
        await again.notebook("user/mine-unsaved-2.ipynb")
        await refused(again.notebook("user/unseen-unsaved.ipynb"))

    live(story)


def test_an_open_example_is_saved_beside_at_the_end(live):
    async def story(home: Home) -> None:
        await AsyncLargeFileManager.save(
            AsyncLargeFileManager(root_dir=str(home.path)), {"type": "directory"}, "examples"
        )
        (home.path / "examples" / "stars.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
        await home.manager.get("examples/stars.ipynb")
        home.put("user/b.ipynb", 2 * MIB)
        await home.see()
        await home.notebook("user/stars-unsaved.ipynb")

    live(story)


def test_deleting_makes_room_at_once(live):
    async def story(home: Home) -> None:
        home.put("user/large/a.csv", MIB)
        home.put("user/large/deep/b.csv", MIB)
        await home.see()
        await refused(home.file("user/new.csv"))
        await home.manager.delete("user/large")
        assert not (home.path / "user/large").exists()
        await home.file("user/new.csv")

    live(story)


def test_what_a_kernel_deletes_is_noticed_before_a_refusal(live):
    async def story(home: Home) -> None:
        large = home.put("user/large.csv", 2 * MIB)
        await home.see()
        large.unlink()
        home.spaces._looked -= 10
        await home.file("user/new.csv")

    live(story)


def test_many_that_come_at_once_do_not_slip_in(live):
    async def story(home: Home) -> None:
        await home.see()
        for name in "abc":
            await home.file(f"user/{name}.csv")
        await refused(home.file("user/d.csv"))
        await home.spaces.look()
        assert home.spaces.room.used()["saved"] == Use(3, 30)
        await refused(home.file("user/d.csv"))

    live(story)


def test_an_upload_in_chunks_ends_where_the_space_does_and_leaves_no_half(live):
    async def story(home: Home) -> None:
        await home.see()
        await home.upload("user/fits.bin", [1000, 1000, 1000])
        assert (home.path / "user/fits.bin").stat().st_size == 3000
        words = await refused(home.upload("user/large.bin", [MIB // 2, MIB // 4, MIB // 2, 10]))
        assert "of your saved data space are used" in words
        assert not (home.path / "user/large.bin").exists()
        await home.upload("temp/large.bin", [MIB // 2, MIB // 4, MIB // 2, 10])

    live(story)


def test_an_upload_over_a_file_is_refused_before_anything_of_it_is_lost(live):
    async def story(home: Home) -> None:
        home.put("user/mine.bin", MIB - 10)
        await home.see()
        await refused(home.upload("user/mine.bin", [MIB // 2, 10]))
        assert (home.path / "user/mine.bin").stat().st_size == MIB - 10

    live(story)


def test_a_folder_is_copied_where_all_of_it_fits(live):
    async def story(home: Home) -> None:
        home.put("temp/run/a.ipynb", 10)
        home.put("temp/run/b.csv", MIB)
        home.put("user/c.csv", 10)
        await home.see()
        assert "saved data" in await refused(home.manager.copy("temp/run", "user"))
        assert not (home.path / "user/run").exists()
        await home.manager.copy("temp/run", "temp")
        assert (home.path / "temp/run-Copy1/b.csv").exists()
        await home.notebook("user/a.ipynb")
        await refused(home.manager.copy("temp/run/b.csv", "user"))
        await home.manager.copy("user/a.ipynb", "user")

    live(story)


def test_what_is_renamed_in_its_space_stays_and_what_leaves_it_is_new_elsewhere(live):
    async def story(home: Home) -> None:
        home.put("user/a.csv", MIB)
        home.put("temp/b.csv", MIB)
        await home.see()
        await home.manager.rename("user/a.csv", "user/renamed.csv")
        assert "saved data" in await refused(home.manager.rename("temp/b.csv", "user/b.csv"))
        assert (home.path / "temp/b.csv").exists()
        await home.manager.rename("user/renamed.csv", "temp/renamed.csv")
        home.spaces._looked -= 10
        await home.manager.rename("temp/b.csv", "user/b.csv")

    live(story)


def test_visitors_are_told_where_their_data_may_be(live):
    visitor = account(Allowance(notebooks=Space(files=3), saved=Space(files=0, size=0)), level=0)

    async def story(home: Home) -> None:
        await home.see()
        words = await refused(home.file("user/a.csv"))
        assert words == "A visit has no room for saved data. Put it into temp/. Register, and there is room for it."
        await home.notebook("user/a.ipynb")
        await home.file("temp/a.csv")
        # Registered meanwhile.
        home.services.found = account()
        home.spaces._looked -= 10
        await home.file("user/a.csv")

    live(story, visitor)


def test_nothing_is_refused_as_long_as_the_limits_are_not_known(live):
    async def story(home: Home) -> None:
        await home.spaces.look()
        await home.file("user/large.csv", 2 * MIB)

    live(story)


def test_what_is_hidden_or_temporary_counts_not_as_saved(live):
    async def story(home: Home) -> None:
        home.put("user/a.csv", MIB)
        await home.see()
        home.manager.allow_hidden = True
        await home.file("user/.hidden.csv")
        await refused(home.file("user/b.csv"))

    live(story)


def test_a_manager_that_can_not_wait_is_left_alone(tmp_path):
    manager = LargeFileManager(root_dir=str(tmp_path))
    save = manager.save
    spaces: Any = None
    assert not mind_spaces(manager, spaces)
    assert manager.save == save


def test_a_home_without_limits_is_never_full():
    room = Room(account=account(Allowance()))
    assert room.refusal({"saved": Use(10**6, 10**15)}) is None
    assert room.part("saved") == 0
