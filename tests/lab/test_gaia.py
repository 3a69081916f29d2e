from __future__ import annotations

import json
import os
import struct
import threading
from typing import TYPE_CHECKING

import astropy.units as u
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy_healpix import HEALPix

from aglais_lab import gaia
from aglais_lab.notebook_errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@pytest.fixture(scope="module")
def stars() -> pa.Table:
    return gaia.table(gaia.read(gaia.catalogue()))


@pytest.fixture(scope="module")
def frame(stars: pa.Table) -> pd.DataFrame:
    return stars.to_pandas()


def write(path: Path, *, magic: bytes = b"GDR3", version: int = 1, count: int = 2, records: bytes = b"") -> Path:
    path.write_bytes(struct.pack("<4sIQ", magic, version, count) + records)
    return path


ONE = struct.pack("<qddfff", 4611686018427387904, 1.5, -2.5, 9.0, 9.5, 0.0)
TWO = struct.pack("<qddfff", -677, 2.1, 29.1, 2.03, 0.0, 0.0)


def test_the_records_are_read_as_they_are_written(tmp_path: Path) -> None:
    records = gaia.read(write(tmp_path / "two.bin", records=ONE + TWO))
    assert records["source_id"].tolist() == [4611686018427387904, -677]
    assert records["ra"].tolist() == [1.5, 2.1]
    assert records["dec"].tolist() == [-2.5, 29.1]
    assert records["bp"].tolist() == [9.5, 0.0]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ({"magic": b"GDR2", "records": ONE + TWO}, "not a star catalogue of version 1"),
        ({"version": 2, "records": ONE + TWO}, "not a star catalogue of version 1"),
        ({"records": ONE}, "damaged"),
        ({"records": ONE + TWO + b"x"}, "damaged"),
        ({"count": 2**60, "records": ONE + TWO}, "damaged"),
    ],
)
def test_a_file_that_is_none_is_refused(file: dict[str, bytes | int], says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says):
        gaia.read(write(tmp_path / "bad.bin", **file))  # type: ignore[arg-type]


def test_a_file_shorter_than_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short.bin").write_bytes(b"GDR3")
    with pytest.raises(DataError, match="fewer than a header"):
        gaia.read(tmp_path / "short.bin")


def test_no_magnitude_is_null_not_zero(tmp_path: Path) -> None:
    found = gaia.table(gaia.read(write(tmp_path / "two.bin", records=ONE + TWO))).to_pylist()
    assert [row["source_id"] for row in found] == [-677, 4611686018427387904], "sorted by id"
    assert (found[0]["phot_bp_mean_mag"], found[0]["phot_rp_mean_mag"]) == (None, None)
    assert (found[1]["phot_bp_mean_mag"], found[1]["phot_rp_mean_mag"]) == (9.5, None)


def test_the_catalogue_is_the_one_that_is_known(frame: pd.DataFrame) -> None:
    assert len(frame) == 482_176
    assert (frame["source_id"] < 0).sum() == 70
    assert frame["source_id"].is_unique
    assert frame["phot_bp_mean_mag"].isna().sum() == 363
    assert frame["phot_rp_mean_mag"].isna().sum() == 359
    assert frame["ra"].between(0, 360, inclusive="left").all()
    assert frame["dec"].between(-90, 90).all()
    assert frame.loc[frame["source_id"] > 0, "phot_g_mean_mag"].between(1, 10).all()


def test_the_last_two_numbers_are_colours_and_no_motions(frame: pd.DataFrame) -> None:
    # Barnard's star: the largest proper motion there is (10.4″ a year), and a red dwarf.
    barnard = frame[frame["source_id"] == 4472832130942575872].iloc[0]
    assert barnard["phot_g_mean_mag"] == pytest.approx(8.19, abs=0.05)
    assert barnard["phot_bp_mean_mag"] - barnard["phot_rp_mean_mag"] == pytest.approx(2.83, abs=0.05)


def test_every_column_has_its_unit_and_the_table_its_source(stars: pa.Table) -> None:
    described = {field.name: {k.decode(): v.decode() for k, v in field.metadata.items()} for field in stars.schema}
    assert list(described) == [column.name for column in gaia.COLUMNS]
    assert {name: about["unit"] for name, about in described.items() if about["unit"]} == {
        "ra": "deg",
        "dec": "deg",
        "phot_g_mean_mag": "mag",
        "phot_bp_mean_mag": "mag",
        "phot_rp_mean_mag": "mag",
    }
    assert all(about["ucd"] and about["description"] for about in described.values())
    about = json.loads(stars.schema.metadata[b"aglais"])
    assert "ESA/Gaia/DPAC" in about["licence"]
    assert "CC BY-SA 3.0 IGO" in about["licence"]
    assert "674, A1" in about["citation"]


def test_the_random_index_is_a_permutation_that_never_changes(frame: pd.DataFrame) -> None:
    index = frame["random_index"].to_numpy()
    assert np.array_equal(np.sort(index), np.arange(len(index)))
    shuffled = frame.sample(frac=1, random_state=1)
    again = gaia.random_index(shuffled["source_id"].to_numpy())
    assert np.array_equal(again, shuffled["random_index"].to_numpy()), "depends on the order of rows"
    # The same by the rule as it is written down, in plain numbers.
    some = frame.sample(1000, random_state=2).sort_values("random_index")["source_id"].tolist()
    assert some == sorted(some, key=split_mix)


def split_mix(source_id: int) -> int:
    mixed = (source_id + 0x9E3779B97F4A7C15) % 2**64
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
    return mixed ^ mixed >> 31


@pytest.mark.parametrize("fraction", [2, 7, 10, 100, 1000])
def test_a_sample_by_random_index_is_honest(fraction: int, frame: pd.DataFrame) -> None:
    sample = frame[frame["random_index"] % fraction == 0]
    assert len(sample) == -(-len(frame) // fraction)
    # As representative as a fair draw: the mean of anything is within four standard errors.
    for column in ("ra", "dec", "phot_g_mean_mag"):
        error = frame[column].std() / np.sqrt(len(sample))
        assert abs(sample[column].mean() - frame[column].mean()) < 4 * error, column
    bright = (frame["phot_g_mean_mag"] < 8).mean()
    assert (sample["phot_g_mean_mag"] < 8).mean() == pytest.approx(bright, abs=4 * np.sqrt(bright / len(sample)))


@pytest.mark.parametrize("level", [0, 3, 5, 8, 12])
def test_the_pixel_in_the_id_is_where_the_star_is(level: int, frame: pd.DataFrame) -> None:
    sky = HEALPix(nside=2**level, order="nested")
    some = frame[frame["source_id"] > 0].sample(5000, random_state=7)
    in_id = (some["source_id"] // 2 ** (35 + 2 * (12 - level))).to_numpy()
    by_position = sky.lonlat_to_healpix(some["ra"].to_numpy() * u.deg, some["dec"].to_numpy() * u.deg)
    # An id keeps the pixel of the position it was given for; at a pixel's edge, or for a star that moves, that is
    # next door. Level 12 is under an arc minute.
    assert (in_id == by_position).mean() > (0.99 if level == 12 else 0.9995)
    elsewhere = in_id != by_position
    neighbours = sky.neighbours(by_position[elsewhere])
    assert all(pixel in around for pixel, around in zip(in_id[elsewhere], neighbours.T, strict=True))


def test_a_float_is_too_short_for_an_id() -> None:
    # What a notebook is warned of: `/` instead of `DIV` puts a star at the end of a pixel into the next one.
    cut = 2**49
    last = 6000 * cut + cut - 1
    assert last // cut == 6000
    assert int(last / cut) == 6001


def test_prepared_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = gaia.prepare(tmp_path)
    monkeypatch.setattr(gaia, "catalogue", lambda: pytest.fail("it is read again"))
    assert gaia.prepare(tmp_path) == first
    assert [path.name for path in first.parent.iterdir()] == ["1"]
    assert first.stat().st_mode & 0o777 == 0o755, "every account may read it"
    assert pq.read_table(first).num_rows == 482_176
    assert pq.read_schema(first / "part-0.parquet").field("ra").metadata[b"unit"] == b"deg"


def test_many_at_once_do_no_harm(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(gaia.prepare(tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert len(found) == 4
    assert len(set(found)) == 1
    assert [path.name for path in found[0].parent.iterdir()] == ["1"]
    assert pq.read_table(found[0]).num_rows == 482_176


def test_what_a_killed_writer_left_is_swept_later(tmp_path: Path) -> None:
    parent = tmp_path / "gaia" / "source"
    old, new = parent / ".writing-old", parent / ".writing-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    gaia.prepare(tmp_path)
    assert not old.exists()
    assert new.exists(), "another may be writing there now"


def test_a_folder_that_can_not_be_written_says_who_mends_it(tmp_path: Path) -> None:
    (tmp_path / "gaia").write_text("in the way")
    with pytest.raises(DataError, match=r"python -m aglais_lab\.gaia"):
        gaia.prepare(tmp_path)


def test_an_administrator_prepares_it_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gaia.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "gaia" / "source" / "1")
    assert gaia.main([]) == 2
