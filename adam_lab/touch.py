"""What can be touched in a picture and read in it: numbers by which the page does both alone.

touch.js is the page's half. Lengths on an axis are in units: values, or log10 of them.
"""

import ipywidgets as widgets
import numpy as np
from matplotlib import _path
from matplotlib.transforms import Affine2D
from traitlets import Float, Tuple, Unicode

from adam_lab import drawing

_UNITS = {"linear": lambda value: value, "log": np.log10}


class Spot(widgets.Widget):
    """A control that is a point of the picture: a handle lies there, for a hand and arrow keys.

    value        (x, y)
    description  what a screen reader calls the handle
    """

    value = Tuple(Float(), Float()).tag(sync=True)
    description = Unicode("point").tag(sync=True)


class Geometry:
    """Where the axes of a figure are now, what their lines are called, what a hand moves there.

    moving   the artists, in the order of their layers
    touch    as in `Live`. ValueError says what is wrong with it
    """

    def __init__(self, figure, moving, touch, controls):
        self._figure, self._layers = figure, {artist: i for i, artist in enumerate(moving)}
        self._hands = {ax: self._hand(ax, names, controls) for ax, names in touch.items()}

    def _hand(self, ax, names, controls):
        if ax not in self._figure.axes:
            raise ValueError(f"touch must have axes of the figure, got {ax!r}")
        both = [names] if isinstance(names, str) else list(names)
        for name in both:
            if name not in controls:
                raise ValueError(f"touch has {name!r}; the controls are {', '.join(controls)}")
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_scale() not in _UNITS:
                raise ValueError(f"touch takes linear and log axes, got {axis.get_scale()!r}")
        if isinstance(names, str):
            if not isinstance(controls[names], Spot):
                raise ValueError(f"touch has {names!r} alone, so it must be a Spot; or name two")
            return dict(spot=controls[names].model_id)
        if len(both) != 2:
            raise ValueError(f"touch needs two dials for x and y, got {', '.join(both)}")
        places = names.values() if isinstance(names, dict) else [None, None]
        dials = [
            [controls[name].model_id, _stops(name, controls[name], axis, place)]
            for name, axis, place in zip(both, (ax.xaxis, ax.yaxis), places, strict=True)
        ]
        return dict(dials=dials)

    def now(self):
        """One dict for each axes in which something can be touched or read."""
        shown = [
            ax for ax in self._figure.axes
            if ax.get_visible() and {ax.get_xscale(), ax.get_yscale()} <= _UNITS.keys()
        ]  # fmt: skip
        found = []
        for ax in shown:
            lines = [line for line in ax.lines if not line.get_label().startswith("_")]
            if lines or ax in self._hands:
                found.append(self._axes(ax, lines))
        return found

    def _axes(self, ax, lines):
        left, bottom, width, height = ax.bbox.bounds
        high = self._figure.bbox.height
        return dict(
            title=ax.get_title(loc="left"),
            x=_axis(ax.xaxis, left, left + width, _whole(lines)),
            y=_axis(ax.yaxis, high - bottom, high - bottom - height),
            lines=[[line.get_label(), self._curve(line)] for line in lines],
            hand=self._hands.get(ax, {}),
        )

    def _curve(self, line):
        """The number of its layer, or, where it does not move, its path in SVG."""
        if line in self._layers:
            return self._layers[line]
        if not line.get_visible():
            return ""
        down = Affine2D().scale(1, -1).translate(0, self._figure.bbox.height)
        path = (line.get_transform() + down).transform_path(line.get_path())
        codes = [b"M", b"L", b"Q", b"C", b"z"]
        return _path.convert_to_string(
            path, None, None, False, None, 1, codes, False
        ).decode("ascii")  # fmt: skip


def _axis(axis, start, end, whole=False):
    """Where it is, in pixels from the upper left; in units; and whether only whole ones count."""
    unit = _UNITS[axis.get_scale()]
    return dict(
        pixels=[round(float(start), 2), round(float(end), 2)],
        units=[float(unit(value)) for value in axis.get_view_interval()],
        log=axis.get_scale() == "log",
        whole=whole,
    )


def _whole(lines):
    """Are they over whole numbers, such as steps?"""
    xs = [np.asarray(line.get_xdata(orig=False)) for line in lines]
    xs = [x for x in xs if x.size > 1]
    return bool(xs) and all((x == np.rint(x)).all() for x in xs)


def _stops(name, dial, axis, place):
    """Where the stops of a dial are on an axis, in units: all of a menu's, both ends of a slider.

    place   function of the dial's value, where the axis shows something else
    """
    unit = _UNITS[axis.get_scale()]

    def at(value):
        return float(unit(place(value) if place else value))

    with drawing:
        if hasattr(dial, "options"):
            return [at(value) for value in dial._options_values]
        if not hasattr(dial, "min"):
            raise ValueError(f"touch moves sliders and menus; {name!r} is a {type(dial).__name__}")
        base = getattr(dial, "base", None)
        track = (dial.min, (dial.min + dial.max) / 2, dial.max)
        low, middle, high = (at(base**end if base else end) for end in track)
    if not abs(middle - (low + high) / 2) <= 0.01 * abs(high - low):
        raise ValueError(
            f"touch: the slider {name!r} and the {axis.axis_name} axis of "
            f"{axis.axes.get_title(loc='left')!r} do not go alike; say where a value stands, "
            f"as in dict({name}=np.log10, ...)"
        )
    return [low, high]
