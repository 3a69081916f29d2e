"""Clusters, grants and blackouts from the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aglais_hub.wire.base import ErrorAnswer
from aglais_hub.wire.decisions import Hit
from aglais_hub.wire.resources import Cluster, ClusterRows, Grant, GrantRows
from tests.cli.test_asking import squeezed
from tests.cli.test_bookings import booked

if TYPE_CHECKING:
    from tests.cli.conftest import Aglais, Done

ID = re.compile(r"\bid ([0-9a-f]{8})\b")


def as_root(aglais: Aglais, *arguments: str) -> Done:
    done = aglais(*arguments, caller="root")
    assert done.returncode == 0, done.stderr
    return done


def told_id(done: Done) -> str:
    found = ID.search(done.stdout)
    assert found, done.stdout
    return found.group(1)


def grants_of(aglais: Aglais, cluster: str) -> list[Grant]:
    found = as_root(aglais, "grants", "list", "--cluster", cluster, "--json")
    return GrantRows.model_validate_json(found.stdout).rows


# ---- clusters


def test_the_story_of_a_cluster(aglais: Aglais) -> None:
    made = as_root(aglais, "clusters", "create", "north", "--overcommit", "4", "--buffer", "10m")
    assert squeezed(made.stdout).startswith("name shared bookings after a reserved one since north 4 to each core")
    assert "closed for 10 min" in made.stdout
    edited = as_root(aglais, "clusters", "edit", "north", "--overcommit", "1", "--buffer", "0")
    assert "share nothing" in edited.stdout
    assert "open at once" in edited.stdout
    listed = ClusterRows.model_validate_json(as_root(aglais, "clusters", "list", "--json").stdout)
    assert [row.name for row in listed.rows] == ["local", "north"]
    assert aglais("clusters", "list").stdout.splitlines()[2].startswith("north")
    assert as_root(aglais, "clusters", "remove", "north").stdout == "Removed: north.\n"
    gone = aglais("clusters", "edit", "north", "--overcommit", "2", caller="root")
    assert gone.stderr.strip() == "There is no such cluster. `aglais clusters list` lists them."


def test_a_cluster_begins_with_a_grant(aglais: Aglais) -> None:
    made = Cluster.model_validate_json(
        as_root(
            aglais,
            *("clusters", "create", "north", "--cores", "64", "--memory", "256G", "--gpus", "2"),
            *("--until", "2030-12-31", "--note", "on loan", "--json"),
        ).stdout
    )
    assert made.name == "north"
    (grant,) = grants_of(aglais, "north")
    assert (grant.resources.cores, grant.resources.memory, grant.resources.gpus) == (64, 262144, 2)
    assert (grant.end.isoformat(), grant.note) == ("2031-01-01T00:00:00+00:00", "on loan")
    refused = aglais("clusters", "create", "south", "--cores", "2", caller="root")
    assert refused.stderr.strip() == "Its first grant has no end. Give --until."
    kept = aglais("clusters", "remove", "north", caller="root")
    assert kept.returncode == 1
    assert "has grants or bookings" in kept.stderr


def test_only_admins_change_clusters(aglais: Aglais) -> None:
    for arguments in (["clusters", "create", "north"], ["grants", "add", "local", "--cores", "1", "--until", "fri"]):
        done = aglais(*arguments)
        assert done.returncode == 1
        assert "scope" in done.stderr


# ---- grants


def test_the_story_of_a_grant(aglais: Aglais) -> None:
    added = as_root(
        aglais, "grants", "add", "north", "--cores", "16", "--memory", "64G", "--until", "2030-06-30", "--note", "new"
    )
    assert re.match(r"Granted: north, 16 cores, 64 GiB, now to .* \(Europe/London\)\nnew · id ", squeezed_lines(added))
    name = told_id(added)
    changed = as_root(aglais, "grants", "change", name, "--until", "2030-12-31", "--cores", "24")
    assert changed.stdout.startswith("Changed: north, 24 cores, 64 GiB")
    (grant,) = grants_of(aglais, "north")
    # What was not given is as it was.
    assert (grant.resources.cores, grant.resources.memory, grant.note) == (24, 65536, "new")
    assert grant.end.isoformat() == "2031-01-01T00:00:00+00:00"
    listed = aglais("grants", "list").stdout
    assert re.search(rf"^{name} +north ", listed, re.MULTILINE)
    assert max(map(len, listed.splitlines())) <= 80
    removed = as_root(aglais, "grants", "remove", name)
    assert removed.stdout.startswith("Removed: north, 24 cores, 64 GiB")
    assert grants_of(aglais, "north") == []
    missing = aglais("grants", "remove", name, caller="root")
    assert missing.stderr.strip() == f"No grant ends with '{name}'. `aglais grants list` lists them."


def squeezed_lines(done: Done) -> str:
    return "\n".join(" ".join(line.split()) for line in done.stdout.splitlines())


def test_a_grant_in_use_is_kept_unless_its_bookings_go(aglais: Aglais) -> None:
    made = booked(aglais, "large", "--from", "2030-06-10 09:00", "--for", "2h", "--note", "course")
    (grant,) = grants_of(aglais, "local")
    refused = aglais("grants", "change", grant.id[-8:], "--cores", "4", caller="root")
    assert refused.returncode == 1
    assert "1 booking of 1 person would have to go. To cancel them: --cancel." in squeezed(refused.stderr)
    assert made.id[-8:] in refused.stderr
    assert "course" in refused.stderr
    answer = ErrorAnswer.model_validate_json(aglais("grants", "remove", grant.id[-8:], "--json", caller="root").stderr)
    assert [one["id"] for one in answer.hit or []] == [made.id]
    as_root(aglais, "grants", "change", grant.id[-8:], "--cores", "4", "--cancel")
    assert aglais.platform.booking(made.id)["phase"] == "CANCELLED"
    assert aglais("available", "large", "--json").returncode == 0


# ---- blackouts


def test_the_story_of_a_blackout(aglais: Aglais) -> None:
    made = booked(aglais, "tiny", "--from", "2030-06-15 09:00", "--for", "2h")
    booked(aglais, "tiny", "--from", "2030-06-20 09:00", "--for", "2h")
    times = ["--from", "2030-06-15", "--until", "2030-06-16"]
    shown = as_root(aglais, "blackout", "local", *times, "--preview")
    assert squeezed(shown.stdout).startswith("It hits 1 booking of 1 person")
    assert made.id[-8:] in shown.stdout
    hit = Hit.model_validate_json(as_root(aglais, "blackout", "local", *times, "--preview", "--json").stdout)
    assert [booking.id for booking in hit.hit] == [made.id]
    assert len(grants_of(aglais, "local")) == 1
    refused = aglais("blackout", "local", *times, caller="root")
    assert refused.returncode == 1
    assert "1 booking of 1 person would have to go. To cancel them: --cancel." in squeezed(refused.stderr)
    assert aglais.platform.booking(made.id)["phase"] == "WAITING"
    done = as_root(aglais, "blackout", "local", *times, "--cancel", "--note", "New disks")
    assert done.stdout.startswith("Closed: local, all of it, Sat 15 Jun 2030 to Sun 16 Jun 2030 (Europe/London)")
    assert aglais.platform.booking(made.id)["phase"] == "CANCELLED"
    free = aglais("available", "tiny", "--from", "2030-06-14", "--until", "2030-06-17").stdout
    assert [line.split()[-1] for line in free.splitlines()[3:7]] == ["8", "closed", "closed", "8"]
    listed = as_root(aglais, "grants", "list").stdout
    assert "New disks" in listed
    assert "closed" in listed
    name = told_id(done)
    as_root(aglais, "grants", "change", name, "--share", "50%")
    free = aglais("available", "tiny", "--from", "2030-06-15", "--until", "2030-06-15").stdout
    assert free.splitlines()[3].split()[-1] == "4"
    as_root(aglais, "grants", "remove", name)
    free = aglais("available", "tiny", "--from", "2030-06-15", "--until", "2030-06-15").stdout
    assert free.splitlines()[3].split()[-1] == "8"


def test_a_part_is_closed_by_share_or_by_amounts(aglais: Aglais) -> None:
    as_root(aglais, "blackout", "local", "--from", "2030-06-15", "--until", "2030-06-15", "--share", "25%")
    part = as_root(aglais, "blackout", "local", "--from", "2030-06-16", "--until", "2030-06-16", "--cores", "3")
    assert part.stdout.startswith("Closed: local, −3 cores, Sun 16 Jun 2030")
    free = aglais("available", "tiny", "--from", "2030-06-15", "--until", "2030-06-16").stdout
    assert [line.split()[-1] for line in free.splitlines()[3:5]] == ["6", "5"]
    none = as_root(aglais, "blackout", "local", "--from", "2030-07-15", "--until", "2030-07-15", "--preview")
    assert none.stdout == "It hits no booking.\n"
    name = told_id(part)
    as_root(aglais, "grants", "change", name, "--cores", "2")
    assert (
        json.loads(as_root(aglais, "grants", "change", name, "--note", "x", "--json").stdout)["resources"]["cores"]
        == -2
    )


def test_a_blackout_without_an_end_is_refused(aglais: Aglais) -> None:
    done = aglais("blackout", "local", caller="root")
    assert (done.returncode, done.stderr.strip()) == (1, "It has no end. Give --until.")
