"""The hub's configuration, made from the settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from traitlets.config import Config

from aglais_hub.deploy import configure
from aglais_hub.errors import InvalidValueError
from aglais_hub.up.folder import Inside

INSIDE = Inside("http://s", "http://h", "http://p", "services-token", "parts-token", "proxy-token", "key")


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


def test_a_hub_apart_listens_for_others_and_leaves_labs_running(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = configured().JupyterHub
    assert (beside.hub_bind_url, beside.cleanup_servers) == (INSIDE.hub_url, True)
    for name, value in replace(INSIDE, hub_listens="http://0.0.0.0:8081/").as_environment().items():
        monkeypatch.setenv(name, value)
    apart = configured().JupyterHub
    assert (apart.hub_bind_url, apart.hub_connect_url) == ("http://0.0.0.0:8081/", INSIDE.hub_url)
    assert not apart.cleanup_servers


def test_the_hub_s_own_database_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured().JupyterHub.db_url.startswith("sqlite:///")
    monkeypatch.setenv("AGLAIS_JUPYTERHUB_URL", "postgresql://db.example.org/aglais")
    assert configured().JupyterHub.db_url == "postgresql+psycopg://db.example.org/aglais"
