"""OpenStack Blazar beside ours: its search for free periods of one host with as many leases, in the same PostgreSQL.

It is installed into an environment of its own in the cache folder, and is no part of the product.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from aglais_hub.settings import Settings
from benchmarks.engine.rows import Rows
from benchmarks.measure import Timing

__all__ = ["measure_blazar", "prepare_blazar"]

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "blazar-requirements.txt"


def prepare_blazar() -> Path:
    """The Python of an environment that has Blazar in it, made where it is missing; a minute, once."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = Settings().cache_folder / f"blazar-{digest}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        making = folder.with_suffix(f".{os.getpid()}")
        uv = str(Path(sys.executable).with_name("uv"))
        python = str(making / "bin" / "python")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(making)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", str(REQUIREMENTS)], check=True)
        try:
            making.rename(folder)
        except OSError:
            shutil.rmtree(making)  # another run was first
    return folder / "bin" / "python"


def measure_blazar(python: Path, url: str, rows: Rows, month: tuple[datetime, datetime], seconds: float) -> Timing:
    """Load the rows as leases into the empty database at ``url``, and time the search over the month."""
    with TemporaryDirectory(prefix="aglais-blazar-") as folder:
        leases = Path(folder) / "leases"
        columns = [np.datetime_as_string(column.astype("M8[us]")) for column in (rows.start, rows.end)]
        leases.write_text("\n".join("\t".join(pair) for pair in zip(*columns, strict=True)) + "\n")
        start, end = (instant.replace(tzinfo=None).isoformat() for instant in month)
        task = {"url": url, "leases": str(leases), "from": start, "until": end, "seconds": seconds}
        done = subprocess.run(
            [str(python), "-P", "-W", "ignore", str(HERE / "blazar_child.py")],
            input=json.dumps(task),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError("Blazar's search failed:\n" + done.stderr[-3000:])
    return Timing.of(json.loads(done.stdout))
