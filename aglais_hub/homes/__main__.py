"""What is done where homes are mounted: ``python -m aglais_hub.homes WORD …``, a pod's command.

``move SOURCE TARGET FOLDER`` moves files. Once, for who asks there, ``send HOME ADDRESS`` sends them, ``tend HOME
ADDRESS`` deletes what is due, and ``count FOLDER ADDRESS`` says how much there is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from aglais_hub.homes import counting, sending, tending
from aglais_hub.homes.moving import FULL, NO_ROOM, move_home

WAIT_SECONDS = 300.0

SERVE = {"count": counting.serve, "send": sending.serve, "tend": tending.serve}


def main(arguments: list[str]) -> int:
    """Do it; gives the exit code."""
    match arguments:
        case ["move", source, target, folder]:
            try:
                move_home(Path(source), Path(target), folder)
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                return FULL
            return 0
        case ["count" | "send" | "tend" as word, home, address]:
            host, _, port = address.rpartition(":")
            token = os.environ["AGLAIS_ERRAND_TOKEN"]
            return 0 if SERVE[word](Path(home), (host, int(port)), token, seconds=WAIT_SECONDS) else 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
