"""Files that move between disks of a cluster: refused where they have no room, and waiting where it has gone."""

from __future__ import annotations

import errno
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from aglais_hub.clock import ManualClock
from aglais_hub.clusters.errands import Errands
from aglais_hub.clusters.homes import ClusterHomes
from aglais_hub.clusters.rules import ACCOUNT
from aglais_hub.errors import ConflictError
from aglais_hub.homes.__main__ import main
from aglais_hub.homes.moving import FULL
from tests.support.templates import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from aglais_hub.clusters.kubernetes import Kubernetes

GIB = 2**30


class Cluster:
    """Two disks, and the pod that was to move files from one to the other and has ended."""

    def __init__(self) -> None:
        self.code, self.removed = FULL, 0

    def volumes(self) -> list[dict[str, Any]]:
        return [
            {
                "metadata": {"name": "home", "namespace": name, "annotations": {ACCOUNT: name}},
                "spec": {"resources": {"requests": {"storage": "10Gi"}}},
                "status": {"capacity": {"storage": "12Gi"}} if name == "ann" else {},
            }
            for name in ("ann", "bob")
        ]

    def read(self, _path: str) -> dict[str, Any]:
        ended = {"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": self.code}}}]}
        made = {"uid": "1", "creationTimestamp": NOW.isoformat()}
        return {"metadata": made, "status": ended}

    def remove(self, _path: str, _uid: str) -> None:
        self.removed += 1

    def claims(self, *_of: str) -> list[Any]:
        return []


def homes(cluster: Cluster, clock: ManualClock, **sizes: int) -> ClusterHomes:
    api = cast("Kubernetes", cluster)
    return ClusterHomes(api, Errands(api, "hub", clock), lambda account: sizes.get(account, 0))


def test_files_that_have_no_room_are_refused_beforehand() -> None:
    clock = ManualClock(NOW)
    homes(Cluster(), clock, ann=5 * GIB, bob=7 * GIB).check_move("bob", "ann")
    with pytest.raises(ConflictError, match="ann has no room for these files: it lacks 1 GiB") as refused:
        homes(Cluster(), clock, ann=5 * GIB, bob=8 * GIB).check_move("bob", "ann")
    assert refused.value.rule == "files"
    with pytest.raises(ConflictError, match="lacks 2 GiB"):  # a disk that is not there yet will be what was asked for
        homes(Cluster(), clock, ann=5 * GIB, bob=7 * GIB).check_move("ann", "bob")


def test_a_pod_that_found_no_room_is_begun_anew_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    cluster, clock = Cluster(), ManualClock(NOW)
    for _ in range(3):
        with pytest.raises(OSError, match="No space") as full:
            homes(cluster, clock).move("bob", "ann", "bob")
        assert full.value.errno == errno.ENOSPC
    clock.move(timedelta(minutes=2))
    with pytest.raises(OSError, match="No space"):
        homes(cluster, clock).move("bob", "ann", "bob")
    assert cluster.removed == 1
    assert [one for one in caplog.records if one.levelname == "WARNING"] == []


def test_what_moves_files_says_by_its_exit_code_that_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr("aglais_hub.homes.__main__.move_home", full)
    assert main(["move", str(tmp_path), str(tmp_path), "was"]) == FULL
