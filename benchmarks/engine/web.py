"""The services behind real HTTP: a server on a real port, and a real JupyterHub that knows who asks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from aglais_hub.app import API, make_app
from aglais_hub.web.hub import Hub
from aglais_hub.wiring import Parts
from tests.support.hub import CALLERS, RealHub
from tests.support.platform import Stage

__all__ = ["Get", "Web"]

Get = Callable[[tuple[datetime, datetime], str], bytes]
"""Availability over HTTP: a range and a grain, the body of the answer."""


class Web:
    """A hub and a server, for one product after the other."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="aglais-hub-")
        self._hub = RealHub(Path(self._folder.name), CALLERS)

    def __enter__(self) -> Self:
        self._hub.start()
        self.hub = Hub(self._hub.url, self._hub.token("aglais"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.close()
        self._hub.stop()
        self._folder.cleanup()

    @contextmanager
    def serve(self, parts: Parts) -> Iterator[Get]:
        """Serve a product."""
        stage = Stage()
        try:
            stage.app = make_app(parts)
            parts.enter(stage.app.state)
            headers = {"Authorization": f"token {self._hub.token('ada')}"}

            def get(span: tuple[datetime, datetime], grain: str) -> bytes:
                last = span[1] - timedelta(days=1)
                params = {"range": f"{span[0]:%Y-%m-%d},{last:%Y-%m-%d}", "grain": grain}
                answer = stage.http.get(f"{API}/available/select", params=params, headers=headers)
                answer.raise_for_status()
                return answer.content

            yield get
        finally:
            stage.close()
