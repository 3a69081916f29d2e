"""The web pages, and what the pages of the hub share with them: templates, style sheet, scripts, logo."""

from __future__ import annotations

from pathlib import Path

__all__ = ["HUB_TEMPLATES", "STATIC", "TEMPLATES"]

TEMPLATES = Path(__file__).parent / "templates"
HUB_TEMPLATES = TEMPLATES / "hub"
STATIC = Path(__file__).parent / "static"
