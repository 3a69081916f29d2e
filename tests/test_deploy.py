"""The hub's configuration, made from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from traitlets.config import Config

from aglais_hub.deploy import configure
from aglais_hub.errors import InvalidValueError
from aglais_hub.up.folder import Inside

INSIDE = Inside(1, 2, 3, "services-token", "parts-token", "proxy-token", "key")


@pytest.fixture(autouse=True)
def _under_aglais_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGLAIS_STATE", str(tmp_path / "state"))
    for name, value in INSIDE.as_environment().items():
        monkeypatch.setenv(name, value)


def configured() -> Config:
    c = Config()
    configure(c)
    return c


def test_labs_are_processes_of_this_host_unless_told_otherwise() -> None:
    assert configured().JupyterHub.spawner_class == "aglais_spawner.LocalBookingSpawner"


def test_the_operator_s_own_configuration_counts_over_the_platform_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "hub.py"
    own.write_text(
        "c = get_config()\n"
        "c.JupyterHub.spawner_class = 'aglais_spawner.KubeBookingSpawner'\n"
        "c.KubeSpawner.image = 'lab:1'\n"
        "c.JupyterHub.services.append({'name': 'own'})\n"
    )
    monkeypatch.setenv("AGLAIS_HUB_CONFIG", str(own))
    c = configured()
    assert c.JupyterHub.spawner_class == "aglais_spawner.KubeBookingSpawner"
    assert c.KubeSpawner.image == "lab:1"
    assert [service["name"] for service in c.JupyterHub.services] == ["aglais", "aglais-hub-parts", "own"]
    assert c.JupyterHub.proxy_check_interval == 5


def test_a_configuration_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGLAIS_HUB_CONFIG", str(tmp_path / "none.py"))
    with pytest.raises(InvalidValueError, match="AGLAIS_HUB_CONFIG"):
        configured()


def test_pods_go_to_the_pools_that_the_services_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "pool_label" not in configured().KubeBookingSpawner
    monkeypatch.setenv("AGLAIS_KUBERNETES_URL", "https://10.0.0.1")
    monkeypatch.setenv("AGLAIS_POOL_LABEL", "example.org/pool")
    c = configured().KubeBookingSpawner
    assert (c.pool_label, c.default_pool) == ("example.org/pool", "kubernetes")
