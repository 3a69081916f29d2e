from __future__ import annotations

from typing import TYPE_CHECKING

import astropy.units as u
import matplotlib as mpl
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix
from matplotlib import pyplot as plt
from matplotlib.colors import LogNorm

from aglais_lab.sky import galactic_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

LEVEL = 3
SKY = HEALPix(nside=2**LEVEL, order="nested")


@pytest.fixture(autouse=True)
def _picture() -> Iterator[None]:
    with mpl.rc_context(), plt.style.context("aglais_lab.aglais"):
        plt.switch_backend("agg")
        yield
        plt.close("all")


def one_patch(lon: float, lat: float) -> npt.NDArray[np.float64]:
    values = np.ones(SKY.npix)
    here = SkyCoord(lon * u.deg, lat * u.deg, frame="galactic").icrs
    values[SKY.lonlat_to_healpix(here.ra, here.dec)] = 100.0
    return values


@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (90, 30), (270, -30), (179, 0), (10, 85)])
@pytest.mark.parametrize("smooth", [False, True])
def test_a_bright_patch_is_drawn_where_it_is(lon: float, lat: float, smooth: bool) -> None:
    axes = galactic_map(one_patch(lon, lat), title="t", label="l", smooth=smooth)
    picture = np.asarray(axes.collections[0].get_array()).reshape(540, 1080)
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    found_lon, found_lat = 180 - (column + 0.5) / 3, (row + 0.5) / 3 - 90
    found = SkyCoord(found_lon * u.deg, found_lat * u.deg, frame="galactic")
    apart = found.separation(SkyCoord(lon * u.deg, lat * u.deg, frame="galactic"))
    assert apart < 1.5 * SKY.pixel_resolution


def test_longitude_grows_to_the_left_and_names_stand_beside_it() -> None:
    names = [("left", (30, 0), (60, 20)), ("right", (330, 0), (300, -20))]
    axes = galactic_map(np.ones(SKY.npix), title="t", label="l", names=names)
    left, right = (text.get_position() for text in axes.texts)
    assert left == pytest.approx(np.radians((-60, 20)))
    assert right == pytest.approx(np.radians((60, -20)))


def test_it_says_what_it_is() -> None:
    values = np.arange(1.0, SKY.npix + 1)
    axes = galactic_map(values, title="Stars", label="number", norm=LogNorm(2, 80))
    assert axes.get_title("left") == "Stars"
    assert axes.get_title("right") == "Galactic coordinates, HEALPix level 3"
    bar = axes.figure.axes[-1]
    assert bar.get_xlabel() == "number"
    axes.figure.canvas.draw()
    ticks = [text.get_text() for text in bar.get_xticklabels()]
    assert {"5", "10", "20"} <= set(ticks)
    assert not any("10^" in tick for tick in ticks)
