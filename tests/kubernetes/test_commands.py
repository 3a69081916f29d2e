"""``aglais clusters read`` and ``audit`` against services that follow a real API server."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aglais_hub.wire.nodes import Audit, NodeRows
from tests.cli.conftest import Aglais, run
from tests.kubernetes.nodes import GIB

if TYPE_CHECKING:
    from tests.cli.conftest import Done
    from tests.kubernetes.nodes import Nodes
    from tests.support.platform import Platform

pytestmark = pytest.mark.kubernetes


@pytest.fixture
def aglais(followed: Platform) -> Aglais:
    return Aglais(followed)


def as_root(aglais: Aglais, *arguments: str, status: int = 0) -> Done:
    done = aglais(*arguments, caller="root")
    assert done.returncode == status, done.stderr
    return done


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_nodes_are_read_compared_and_granted(aglais: Aglais, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    nodes.add("two", pool="pool", cores=4)
    nodes.cordon("two")
    shown = squeezed(as_root(aglais, "clusters", "read").stdout)
    assert "pool 1 ready, 1 cordoned" in shown
    assert "To grant what the nodes give: aglais clusters read --apply" in shown
    applied = as_root(aglais, "clusters", "read", "--apply", "--json")
    (row,) = [one for one in NodeRows.model_validate_json(applied.stdout).clusters if one.cluster == "pool"]
    assert (row.gives, row.granted.cores, row.hit) == (row.granted, 4, [])
    assert "--apply" not in as_root(aglais, "clusters", "read").stdout


def test_what_does_not_fit_is_listed_and_cancelled_on_request(aglais: Aglais, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4, memory=20 * GIB)
    as_root(aglais, "clusters", "read", "--apply")
    booked = aglais("book", "medium", "--from", "tomorrow 10:00", "--for", "2h", "--cluster", "pool", "--json")
    assert booked.returncode == 0, booked.stderr
    nodes.cordon("one")
    shown = squeezed(as_root(aglais, "clusters", "read", "--apply").stdout)
    assert "pool: 1 booking needs more than its nodes give." in shown
    assert "Nothing more is booked on pool for now, since its nodes have less than is booked" in shown
    assert "Nothing more is booked on pool for now" in squeezed(aglais("clusters", "list").stdout)
    refused = aglais("book", "tiny", "--from", "tomorrow 20:00", "--for", "1h", "--cluster", "pool")
    assert refused.returncode == 1
    assert "nothing more is booked on pool for now" in refused.stderr
    as_root(aglais, "clusters", "read", "--apply", "--cancel", "--cluster", "pool")
    assert aglais.platform.booking(json.loads(booked.stdout)["id"])["phase"] == "CANCELLED"


def test_what_the_audit_finds_is_told_and_repaired_on_request(aglais: Aglais, nodes: Nodes) -> None:
    nodes.add("one", pool="pool", cores=4)
    assert as_root(aglais, "clusters", "audit").stdout == "Cluster and records agree.\n"
    pod = nodes.run_session("one", "ada", cpu="1")
    aglais.platform.clock.move(timedelta(minutes=5))
    shown = squeezed(as_root(aglais, "clusters", "audit").stdout)
    assert "A pod of a session goes on. No booking runs for it." in shown
    assert "what was not saved in it is lost" in shown
    assert nodes.is_there(pod)
    repaired = Audit.model_validate_json(as_root(aglais, "clusters", "audit", "--repair", "--json").stdout)
    assert [(one.kind, one.account, one.repaired) for one in repaired.findings] == [("pod", "ada", True)]
    assert not nodes.is_there(pod)


def test_only_admins_read_and_audit(aglais: Aglais) -> None:
    for command in ("read", "audit"):
        done = aglais("clusters", command)
        assert done.returncode == 1
        assert "lacks the scope" in done.stderr


def test_their_help_teaches() -> None:
    for command in ("read", "audit"):
        shown = run("clusters", command, "--help").stdout
        assert "For example:" in shown
