"""An API server that is away is waited for, and what could not be removed is removed later."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import ClientConnectionError
from kubernetes_asyncio.client.rest import ApiException
from kubespawner.spawner import PodReflector

from aglais_spawner import kube_patience
from aglais_spawner.kube_patience import PatientKubeSpawner, PatientPods


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kube_patience, "_AGAIN_SECONDS", 0.01)


def listed(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> Any:
    """What comes of a list where the API server answers so, one after the other; and since when it was silent."""
    left = list(answers)
    silent = []
    pods = PatientPods.__new__(PatientPods)

    async def answer(_: object, __: object = None) -> Any:
        silent.append(bool(pods.silent_since))
        found = left.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(PodReflector, "_list_and_update", answer)
    monkeypatch.setattr(PatientPods, "log", logging.getLogger("test"))
    found = asyncio.run(pods._list_and_update())
    assert not pods.silent_since
    return found, silent


def test_an_api_server_that_is_away_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    away = [ClientConnectionError("refused"), ApiException(status=503), TimeoutError()]
    assert listed(monkeypatch, *away, "42") == ("42", [False, True, True, True])


@pytest.mark.parametrize("status", [403, 410])
def test_what_it_answers_is_an_answer(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with pytest.raises(ApiException):
        listed(monkeypatch, ApiException(status=status))


def test_where_it_has_never_answered_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = asyncio.Event()
    asked = []

    async def starts(_: object, **said: Any) -> str:
        asked.append(said["kind"])
        await answered.wait()
        return "the pods"

    async def story() -> None:
        spawner = Leaving(_mock=True)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await spawner._start_watching_pods()
        monkeypatch.setattr(kube_patience, "_FIRST_SECONDS", 60)
        answered.set()
        assert await spawner._start_watching_pods() == "the pods"
        assert asked == ["pods"]

    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    monkeypatch.setattr(PatientKubeSpawner, "_start_reflector", starts)
    monkeypatch.setattr(kube_patience, "_FIRST_SECONDS", 0.02)
    asyncio.run(story())


class Leaving(PatientKubeSpawner):
    """A spawner whose session can't be removed while ``down``."""

    down: Any = ClientConnectionError("refused")

    @property
    def _objects(self) -> Any:
        return self

    async def remove(self, *kinds: str, **selectors: str) -> None:
        if self.down:
            raise self.down
        self.removed.append(kinds[0])


async def left(monkeypatch: pytest.MonkeyPatch) -> Leaving:
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    spawner = Leaving(_mock=True)
    spawner.removed = []
    await spawner.run_post_stop_hook()
    return spawner


def test_what_could_not_be_removed_is_removed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        spawner = await left(monkeypatch)
        spawner.down = ApiException(status=403)  # the rights come a moment after the API server
        await asyncio.sleep(0.05)
        spawner.down = None
        await asyncio.wait_for(spawner._removals[spawner.user.name], 60)
        assert spawner.removed == ["Pod", "ResourceQuota"]

    asyncio.run(story())


def test_a_start_ends_the_removal_before_it_makes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        spawner = await left(monkeypatch)
        await spawner._end_removal()
        spawner.down = None
        await asyncio.sleep(0.1)
        assert spawner.removed == []

    asyncio.run(story())
