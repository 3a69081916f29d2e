"""``aglais workshops``: open, look after, end."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from aglais_hub.wire.workshops import Workshop, WorkshopAccountRows, WorkshopCards, WorkshopRows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Aglais


def test_a_workshop_from_its_opening_to_its_end(aglais: Aglais, tmp_path: Path) -> None:
    def done(*words: str) -> str:
        answer = aglais("workshops", *words, caller="root")
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    assert "There are no workshops yet." in done("list")
    opening = ("open", "3", "--name", "gaia", "--until", "2036-12-04", "--tz", "Europe/Berlin", "--key", "once")
    sheet, again = tmp_path / "cards.html", tmp_path / "again.html"
    first = WorkshopCards.model_validate_json(done(*opening, "--cards", str(sheet), "--json"))
    assert [card.account for card in first.rows] == ["gaia-01", "gaia-02", "gaia-03"]
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert sheet.read_text().count("Friday 5 December 2036, 00:00 (Europe/Berlin)") == 3
    refused = aglais("workshops", *opening, "--cards", str(sheet), caller="root")
    assert "is there already" in refused.stderr
    second = WorkshopCards.model_validate_json(done(*opening, "--cards", str(again), "--json"))
    assert second.workshop.opened == 3
    assert second.rows != first.rows
    other = aglais("workshops", *opening[:-2], caller="root")
    assert other.returncode == 1
    assert "There is a workshop gaia already." in other.stderr

    assert "gaia-05" in done("add", "gaia", "2")
    assert "Name the accounts, or give --all." in aglais("workshops", "links", "gaia", caller="root").stderr
    asked = aglais("workshops", "links", "gaia", "--all", caller="root")
    assert asked.returncode == 1
    assert "--yes" in asked.stderr
    renewed = WorkshopCards.model_validate_json(done("links", "gaia", "gaia-02", "--log-out", "--json"))
    assert [card.account for card in renewed.rows] == ["gaia-02"]
    assert len(done("links", "gaia", "--all", "--yes").splitlines()) > 5

    found = WorkshopRows.model_validate_json(done("list", "gai", "--state", "open", "--json")).rows
    assert [(one.name, one.accounts, one.by) for one in found] == [("gaia", 5, "root")]
    rows = WorkshopAccountRows.model_validate_json(done("show", "gaia", "--json")).rows
    assert [(one.seen, one.lab) for one in rows] == [(None, False)] * 5
    shown = done("show", "gaia")
    assert "not used" in shown
    assert "files kept" in shown
    edited = Workshop.model_validate_json(done("edit", "gaia", "--until", "2036-12-11", "--erase", "--json"))
    assert (edited.erase, edited.version) == (True, 2)
    assert aglais("workshops", "edit", "gaia", caller="root").returncode == 2
    lost = aglais("workshops", "end", "gaia", caller="root")
    assert lost.returncode == 1
    assert "5 accounts let nobody in, all is deleted" in " ".join(lost.stderr.split())
    assert "gaia is over." in done("end", "gaia", "--keep", "--yes")
    assert "There is none." in done("list", "--state", "open")
    assert aglais("workshops", "list").returncode == 1
