"""``python -m aglais_hub.notebooks IN OUT [FOLDER]``: run a notebook and tell of it, a JSON object to a line.

Each line is a ``Progress``, the last one ``{"outcome": …}``. It ends with 0 if all is as declared, else with 1. When
its standard input is closed, whoever started it is gone, and it stops.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from aglais_hub.lean import start_lean
from aglais_hub.notebooks.outcome import Progress


def _stop_with_starter() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(progress: Progress) -> None:
    print(progress.model_dump_json(), flush=True)


def main(arguments: list[str]) -> int:
    """Run the notebook named by the arguments."""
    start_lean()
    from aglais_hub.notebooks.run import run  # noqa: PLC0415 - what it imports is the point

    path, output, *folder = (Path(argument) for argument in arguments)
    if not sys.stdin.isatty():
        threading.Thread(target=_stop_with_starter, daemon=True).start()
    outcome = run(path, output, progress=_tell, folder=folder[0] if folder else None)
    print(f'{{"outcome": {outcome.model_dump_json()}}}', flush=True)
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
