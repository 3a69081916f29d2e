"""A process of ours starts without what nobody uses, and everything that would have used it still works."""

from __future__ import annotations

import json
import subprocess
import sys

CODE = """
import gc, json, sys
from aglais_hub.lean import start_lean
start_lean()
import httpx, jsonschema
from jupyter_events import EventLogger
schema = {"$id": "https://example.org/x", "version": "1", "type": "object", "properties": {"x": {"type": "integer"}}}
EventLogger().register_event_schema(schema)
jsonschema.validate({"x": 1}, schema)
heavy = ("lark", "arrow", "rich", "click")
print(json.dumps([[name for name in heavy if name in sys.modules], gc.isenabled(), gc.get_threshold()[0]]))
"""


def test_what_nobody_uses_is_not_imported() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], True, 50_000]


END = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 1000))
from aglais_hub.lean import start_lean
start_lean()
"""


def test_at_the_end_no_garbage_is_looked_for() -> None:
    done = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
