"""A group's folder that fills up: it is full for all its members, and counts in nobody's own space."""

from __future__ import annotations

from aglais_hub.homes.measuring import Use
from tests.lab.test_spaces import MIB, Home, live, refused

__all__ = ["live"]


def test_a_groups_folder_is_full_for_all_its_members_and_takes_nothing_of_ones_own_space(live, tmp_path_factory):
    folder = tmp_path_factory.mktemp("groups") / "astro"
    folder.mkdir()

    async def story(home: Home) -> None:
        (home.path / "shared").mkdir()
        (home.path / "shared" / "astro").symlink_to(folder, target_is_directory=True)
        await home.see()
        await home.notebook("shared/astro/mine.ipynb")
        (folder / "theirs.bin").write_bytes(b"x" * (MIB - 2000))
        home.put("user/run/a.csv", 3000)
        await home.file("shared/astro/last.csv", 100)
        home.spaces.shared._looked.clear()
        words = await refused(home.file("shared/astro/more.csv", 100))
        assert words.startswith(
            "The shared folder of astro is full: it has 3 files, 1022 KiB, and may have 3 files and 1 MiB"
        )
        assert "Delete in shared/astro/" in words
        await refused(home.manager.copy("user/run", "shared/astro"))
        await refused(home.manager.rename("user/run", "shared/astro/run"))
        await home.notebook("shared/astro/mine.ipynb", "what is there is saved " * 100)
        await home.manager.rename("shared/astro/last.csv", "shared/astro/renamed.csv")
        await home.spaces.look()
        assert home.spaces.room.used()["saved"] == Use(1, 3000), "it counts in nobody's own space"
        (folder / "theirs.bin").unlink()
        await home.manager.copy("user/run", "shared/astro")
        home.put("user/full.bin", MIB)
        await home.spaces.look()
        await refused(home.manager.rename("shared/astro/run/a.csv", "user/a.csv"))

    live(story)
