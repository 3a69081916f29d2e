"""How a server's end is noticed on a cluster, and whose doing it was."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from aglais_spawner import KubeBookingSpawner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def run(monkeypatch: pytest.MonkeyPatch, story: Callable[[KubeBookingSpawner], Awaitable[None]]) -> None:
    """Tell it with a spawner that hears of pods what the test says, and removes nothing."""

    async def nothing(*_: object, **__: object) -> None:
        return None

    async def told() -> None:
        await story(KubeBookingSpawner(_mock=True))

    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    monkeypatch.setattr("aglais_spawner.kube.Namespace", lambda *_, **__: SimpleNamespace(remove=nothing))
    monkeypatch.setattr(KubeBookingSpawner, "_start_watching_pods", nothing)
    KubeBookingSpawner._notices.clear()
    asyncio.run(told())


def test_a_machine_may_come_back_before_its_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    container = {"name": "notebook", "ready": True, "state": {"running": {}}}

    def heard(ready: str) -> None:
        conditions = [{"type": "Ready", "status": ready}]
        status = {"phase": "Running", "conditions": conditions, "containerStatuses": [container]}
        monkeypatch.setattr(KubeBookingSpawner, "_pod", lambda _: {"metadata": {}, "status": status})

    async def runs(_: object) -> None:
        return None

    async def story(spawner: KubeBookingSpawner) -> None:
        clock = 100.0
        spawner.booking_id = "b1"
        monkeypatch.setattr("aglais_spawner.kube.time.monotonic", lambda: clock)
        monkeypatch.setattr("kubespawner.KubeSpawner.poll", runs)
        for ready, seconds, status in (("False", 0, None), ("True", 29, None), ("False", 29, None), ("False", 30, 1)):
            heard(ready)
            clock += seconds
            assert await spawner.poll() == status
        assert "is lost" in spawner.notice

    run(monkeypatch, story)


@pytest.mark.parametrize(
    ("state", "status", "fault"),
    [
        ({"terminated": {"reason": "OOMKilled", "exitCode": 137}}, {}, ""),
        ({"terminated": {"reason": "Error", "exitCode": 1}}, {}, ""),
        (
            {"running": {}},
            {"reason": "Evicted", "message": 'Usage of EmptyDir volume "s" exceeds the limit "1Gi".'},
            "",
        ),
        ({"running": {}}, {"reason": "Evicted", "message": "The node was low on resource: memory."}, "short of memory"),
        ({"running": {}}, {"reason": "NodeLost"}, "is lost"),
    ],
)
def test_the_services_are_told_since_when_a_server_is_gone_where_it_was_nobody_s_doing(
    monkeypatch: pytest.MonkeyPatch, state: Any, status: dict[str, str], fault: str
) -> None:
    clock, told = 100.0, []

    async def ends(_: object) -> int | None:
        return None if clock < 110 else 1

    async def stops(booking: str, **said: Any) -> None:
        told.append((booking, said))

    async def story(spawner: KubeBookingSpawner) -> None:
        nonlocal clock
        pods = {
            "phase": "Running",
            "containerStatuses": [{"name": "notebook", "ready": False, "state": {"running": {}}}],
        }
        monkeypatch.setattr(KubeBookingSpawner, "_pod", lambda _: {"metadata": {}, "status": pods})
        monkeypatch.setattr("aglais_spawner.kube.time.monotonic", lambda: clock)
        monkeypatch.setattr("kubespawner.KubeSpawner.poll", ends)
        monkeypatch.setattr(KubeBookingSpawner, "client", SimpleNamespace(stop_session=stops))
        spawner.booking_id = "b1"
        assert await spawner.poll() is None
        clock += 20
        pods = {
            **status,
            "phase": "Failed",
            "containerStatuses": [{"name": "notebook", "ready": False, "state": state}],
        }
        assert await spawner.poll() == 1
        clock += 5
        await spawner.run_post_stop_hook()
        ((booking, said),) = told
        assert booking == "b1"
        assert fault in said["fault"]
        assert (said["gone"], bool(said["fault"])) == (("PT25S", True) if fault else (None, False))
        assert ("is added to its end" in spawner.notice) == bool(fault)

    run(monkeypatch, story)


def test_a_start_that_the_hub_did_not_live_to_see_over_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def runs(_: object) -> None:
        return None

    async def story(spawner: KubeBookingSpawner) -> None:
        status = {"phase": "Running", "containerStatuses": [{"name": "notebook", "ready": True, "state": {}}]}
        monkeypatch.setattr(KubeBookingSpawner, "_pod", lambda _: {"metadata": {}, "status": status})
        monkeypatch.setattr("kubespawner.KubeSpawner.poll", runs)
        spawner.load_state({"booking": "b1"})
        assert await spawner.poll() is None
        spawner.load_state({})
        assert await spawner.poll() == 1
        assert "started again while your lab was starting" in spawner.notice

    run(monkeypatch, story)
