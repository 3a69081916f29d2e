"""A lab starts no other program to learn what is known, as npm and yarn: they take as long as half of its start."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from jupyterlab import commands
from traitlets.config import Config

from aglais_lab.extension import name_language_servers
from aglais_lab.server import build_nothing


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once npm or node has been started."""
    for name in ("npm", "node"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {tmp_path / 'asked'}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path / "asked"


def places(config: Config) -> Any:
    """Where language servers are looked for in a lab of this configuration."""
    name_language_servers(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from jupyter_lsp.manager import LanguageServerManager  # noqa: PLC0415 - it warns of itself

        return LanguageServerManager(config=config).node_roots


def test_language_servers_are_looked_for_where_npm_puts_them(asked: Path) -> None:
    assert {Path(sys.prefix), Path("/usr/lib"), Path("/usr/local/lib")} <= set(places(Config()))
    assert not asked.exists()


def test_an_operator_may_name_other_places() -> None:
    assert places(Config({"LanguageServerManager": {"node_roots": ["/opt/servers"]}})) == ["/opt/servers"]


def test_yarn_is_not_asked_where_extensions_would_be_built_from(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "AppOptions", commands.AppOptions)  # put back afterwards
    build_nothing()
    assert commands.AppOptions().registry == commands.YARN_DEFAULT_REGISTRY
    assert not asked.exists()
