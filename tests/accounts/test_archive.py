"""The archive of an account: all of it, nothing else's, and never wholly in memory."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aglais_hub.accounts.tables import AccountRow
from aglais_hub.clusters.homes import ClusterHomes
from aglais_hub.clusters.kubernetes import Kubernetes
from aglais_hub.homes.files import files_of
from aglais_hub.homes.walking import discard
from aglais_hub.wire.keys import KeyRequest

if TYPE_CHECKING:
    from tests.support.platform import Platform

SECRET = "the platform's own"


@pytest.fixture
def home(lite: Platform) -> Path:
    """The home of ada, with links to what is not hers."""
    with lite.parts.databases[0].write() as session:
        for name in ("ada", "ben"):
            session.add(AccountRow(name=name, level=2, display=name.title(), created=lite.clock.now()))
    homes = lite.settings.homes_folder
    (lite.settings.state_folder / "secrets.json").write_text(SECRET)
    for name in ("ada", "ben"):
        (homes / name / "user").mkdir(parents=True)
        (homes / name / "user" / "mine.ipynb").write_text(f"of {name}")
    home = homes / "ada"
    (home / ".config").write_text("hidden")
    (home / "examples").mkdir()
    (home / "examples" / "shipped.ipynb").write_text("ours")
    (home / "secrets").symlink_to(lite.settings.state_folder / "secrets.json")
    (home / "others").symlink_to(homes / "ben")
    os.mkfifo(home / "pipe")
    (home / os.fsdecode(b"caf\xe9")).write_text("latin")
    return home


def fetched(lite: Platform, name: str = "ada", caller: str = "ada") -> dict[str, bytes]:
    """The files of an archive."""
    answer = lite.call("GET", f"accounts/{name}/archive", caller)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {entry: archive.read(entry) for entry in archive.namelist()}


def test_all_is_in_it_and_nothing_that_a_link_leads_to(home: Path, lite: Platform) -> None:
    lite.grant(2)
    assert lite.book("tiny").status_code == 201
    assert lite.book("large").status_code == 409
    lite.book("tiny", "ben")
    lite.parts.keys.add("ada", KeyRequest(name="git", generate=True))
    found = fetched(lite)
    assert set(found) == {"README.txt", "account.json", "files/user/mine.ipynb", "files/.config", "files/caf?"}
    assert found["files/user/mine.ipynb"] == b"of ada"
    told: dict[str, Any] = json.loads(found["account.json"])
    assert (told["account"]["name"], told["keys"]["rows"][0]["name"]) == ("ada", "git")
    assert [row["account"] for row in told["bookings"] if row["phase"] == "ACCEPTED" or not row["kind"]] == ["ada"]
    assert {row["account"] for row in told["decisions"]} == {"ada"}
    assert [row["what"] for row in told["changes"]] == ["key added"]
    assert b"PRIVATE" not in found["account.json"]
    assert SECRET.encode() not in b"".join(found.values())
    size = lite.call("GET", "accounts/ada/archive/size").json()
    assert size == {"has_home": True, "files": 3, "size": len("of ada" + "hidden" + "latin")}
    with lite.client() as client:
        assert b"".join(client.archive("ada"))[:2] == b"PK"


def test_nobody_gets_a_strangers(home: Path, lite: Platform) -> None:
    for caller, status in (("ben", 403), ("machine", 403), ("reader", 403), (None, 401)):
        for path in ("accounts/ada/archive", "accounts/ada/archive/size"):
            assert lite.call("GET", path, caller).status_code == status
    assert lite.call("GET", "accounts/nobody/archive", "root").status_code == 404


def test_it_is_made_as_it_is_sent(home: Path, lite: Platform) -> None:
    with (home / "large").open("wb") as file:
        for _ in range(40):
            file.write(os.urandom(1_000_000))
    pieces = [len(piece) for piece in lite.parts.archives.open("ada")]
    assert sum(pieces) > 40_000_000
    assert max(pieces) < 2_000_000


def test_what_changes_under_it_leads_nowhere(home: Path) -> None:
    """A file becomes a link, and a folder too, after they were seen and before they are read."""
    (home / "deep").mkdir()
    (home / "deep" / "file").write_text("mine")
    read = {}
    for found in files_of(home):
        if found.path == ".config":
            (home / ".config").unlink()
            (home / ".config").symlink_to(home.parent.parent / "secrets.json")
        if found.path == "deep/file":
            (home / "deep").rename(home / "was")
            (home / "deep").symlink_to(home.parent / "ben" / "user")
        try:
            with found.opened() as file:
                read[found.path] = file.read()
        except OSError:
            read[found.path] = b"refused"
    assert (read[".config"], read["deep/file"]) == (b"refused", b"mine")


def test_every_file_is_in_it_whatever_it_is_called_and_other_programs_open_it(
    home: Path, lite: Platform, tmp_path: Path
) -> None:
    """Names that are no text, or mean a folder elsewhere, are changed, and none takes another's place."""
    names = [
        b"caf\xe8",
        b"caf?",
        b"..\\up",
        b".._up",
        b"a\nline",
        b"-rf",
        b" ",
        "日本 $(x) 'é'.txt".encode(),
        b"x" * 255,
    ]
    for number, name in enumerate(names):
        (home / os.fsdecode(name)).write_text(str(number))
    answer = lite.call("GET", "accounts/ada/archive")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(set(archive.namelist())) == len(archive.namelist()) == 5 + len(names)
        said = {archive.read(name) for name in archive.namelist()}
    assert {str(number).encode() for number in range(len(names))} < said
    kept = tmp_path / "ada.zip"
    kept.write_bytes(answer.content)
    if shutil.which("unzip"):
        subprocess.run(["unzip", "-q", "-d", tmp_path / "out", kept], check=True, stdin=subprocess.DEVNULL)
        there = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
        assert len(there) == 5 + len(names)
        assert not (tmp_path / "up").exists()


def test_what_lies_too_deep_for_a_zip_file_is_in_it_all_the_same(home: Path, lite: Platform) -> None:
    at = os.open(home, os.O_RDONLY)
    for _ in range(330):  # names of 66,000 bytes in all
        os.mkdir("n" * 200, dir_fd=at)
        below = os.open("n" * 200, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.write(file := os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=at), b"down here")
    os.close(file)
    os.close(at)
    found = fetched(lite)
    discard(home / ("n" * 200))
    assert found["files/too deep/bottom"] == b"down here"
    assert found["files/user/mine.ipynb"] == b"of ada"


def test_what_grows_while_it_is_read_comes_to_an_end(home: Path, lite: Platform) -> None:
    log = home / "log"
    log.write_bytes(os.urandom(2_000_000))
    size = 0
    for piece in lite.parts.archives.open("ada"):
        size += len(piece)
        assert size < 4_000_000
        with log.open("ab") as file:
            file.write(os.urandom(1_000_000))


def test_a_download_that_is_broken_off_leaves_nothing_open(home: Path, lite: Platform) -> None:
    (home / "large").write_bytes(os.urandom(3_000_000))

    def opened() -> list[Path]:
        return [file for file in Path("/proc/self/fd").iterdir() if file.exists() and home in [*file.resolve().parents]]

    pieces = lite.parts.archives.open("ada")
    next(pieces)
    assert [file.resolve().name for file in opened()] == ["large"]
    pieces.close()  # type: ignore[attr-defined]
    assert opened() == []


def test_without_homes_it_says_where_the_files_are(home: Path, lite: Platform) -> None:
    lite.parts.archives._homes = ClusterHomes(Kubernetes("http://127.0.0.1:1"), None)
    assert lite.call("GET", "accounts/ada/archive/size").json()["has_home"] is False
    found = fetched(lite)
    assert set(found) == {"README.txt", "account.json"}
    assert "tar czf home.tar.gz" in found["README.txt"].decode()


def test_many_within_an_hour_are_too_many(home: Path, lite: Platform) -> None:
    answers = [lite.call("GET", "accounts/ada/archive").status_code for _ in range(13)]
    assert answers == [200] * 12 + [429]
