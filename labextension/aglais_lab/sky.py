"""``galactic_map()``: a value for each HEALPix patch, drawn as a map of the whole sky."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from astropy.coordinates import SkyCoord  # type: ignore[import-untyped]
from astropy_healpix import HEALPix
from matplotlib.colors import LogNorm
from matplotlib.ticker import LogLocator

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from matplotlib.axes import Axes

    Degrees = tuple[float, float]

__all__ = ["galactic_map"]

STEP = 1 / 3
"""Degrees from one point of the picture to the next: about a pixel of the screen."""


def galactic_map(
    values: npt.NDArray[np.float64],
    *,
    title: str,
    label: str,
    names: Iterable[tuple[str, Degrees, Degrees]] = (),
    smooth: bool = False,
    ink: str = "white",
    **colours: Any,
) -> Axes:
    """Draw ``values``, one for each HEALPix patch (nested, ICRS), in Galactic coordinates.

    The plane of the Galaxy lies along the middle, its centre in the centre, longitude grows to the left. ``names``
    are written with a line to what they name: the name, and the longitude and latitude in degrees of the thing and of
    its name. ``smooth`` goes from patch to patch without a step. ``colours`` are those of ``pcolormesh``: ``cmap``,
    ``vmin``, ``vmax``, ``norm``.
    """
    sky = HEALPix(nside=isqrt(len(values) // 12), order="nested")
    lon = np.radians(np.arange(180, -180 - STEP / 2, -STEP))
    lat = np.radians(np.arange(-90, 90 + STEP / 2, STEP))
    middles = np.meshgrid((lon[1:] + lon[:-1]) / 2, (lat[1:] + lat[:-1]) / 2)
    points = SkyCoord(*middles, unit="rad", frame="galactic").icrs
    if smooth:
        picture = sky.interpolate_bilinear_lonlat(points.ra, points.dec, values)
    else:
        picture = values[sky.lonlat_to_healpix(points.ra, points.dec)]

    figure = plt.figure(figsize=(10, 6.2))
    axes = figure.add_subplot(projection="mollweide")
    image = axes.pcolormesh(-lon, lat, picture, rasterized=True, **colours)
    _frame(axes, ink)
    arrow = {"arrowstyle": "-", "color": ink, "alpha": 0.6, "linewidth": 0.8}
    for name, thing, place in names:
        axes.annotate(
            name, _on_map(thing), _on_map(place), color=ink, size=10, ha="center", va="center", arrowprops=arrow
        )
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, aspect=40, pad=0.03, extend="both")
    bar.outline.set_visible(False)
    if isinstance(bar.norm, LogNorm):
        bar.ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        bar.ax.xaxis.set_major_formatter("{x:g}")
        bar.minorticks_off()
    bar.set_label(label)
    level = sky.nside.bit_length() - 1
    axes.set_title(title, pad=16)
    axes.set_title(
        f"Galactic coordinates, HEALPix level {level}", loc="right", size=10, weight="normal", color="#6b7280", pad=16
    )
    return axes


def _frame(axes: Axes, ink: str) -> None:
    axes.set_axisbelow(False)
    axes.grid(color=ink, alpha=0.16, linewidth=0.6)
    axes.set_xticks(np.radians([-120, -60, 0, 60, 120]), [])
    latitudes = [-60, -30, 0, 30, 60]
    axes.set_yticks(np.radians(latitudes), [f"{degrees}°".replace("-", "−") for degrees in latitudes], size=9)
    axes.spines["geo"].set_visible(False)


def _on_map(place: Degrees) -> tuple[float, float]:
    """Where a Galactic longitude and latitude (degrees) are on the map, in its own radians."""
    lon, lat = place
    return float(-np.radians((lon + 180) % 360 - 180)), float(np.radians(lat))
