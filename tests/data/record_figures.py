"""Records what the panels show: `python tests/data/record_figures.py [panel ...]`.

At the start, and after each control alone was moved to its ends and its middle: the words, and
everything a person can see, as numbers. Look at the pictures before you record: this is what
tests/test_figures.py compares with.
"""

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import matplotlib as mpl
import numpy as np
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from adam_lab import panels
from adam_lab.live import Live

FILE = Path(__file__).with_name("figures.json")


def content(figure):
    """Artist by artist, in the order of drawing: name -> what is seen of it."""
    found = {"size": figure.get_size_inches().tolist()}
    for i, ax in enumerate(figure.axes):
        found[f"axes {i}"] = [
            *(ax.get_title(loc=place) for place in ("left", "center", "right")),
            ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale(), ax.get_yscale(),
            str(ax.get_aspect()), _brief([*ax.get_xlim(), *ax.get_ylim()]), ax.get_visible(),
            [label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())],
        ]  # fmt: skip
        _walk(ax, f"axes {i}", found)
    _walk(figure, "figure", found)
    return found


def _walk(parent, name, found):
    axes = parent if hasattr(parent, "viewLim") else None
    for i, artist in enumerate(parent.get_children()):
        here = f"{name} {type(artist).__name__} {i}"
        if isinstance(artist, mpl.axes.Axes | mpl.axis.Axis | mpl.spines.Spine):
            continue
        if seen := _seen(artist, axes):
            found[here] = [artist.get_visible(), *seen] if artist.get_visible() else [False]
        if isinstance(artist, mpl.legend.Legend):
            found[here] = [
                [text.get_text() for text in artist.get_texts()],
                [_seen(handle, None) for handle in artist.legend_handles],
            ]


def _seen(artist, axes):
    """What a person sees of one artist; nothing of those that have no looks of their own."""
    alpha = artist.get_alpha()
    if isinstance(artist, Line2D):
        looks = [to_hex(artist.get_color()), str(artist.get_linestyle()), str(artist.get_marker()),
                 artist.get_linewidth(), artist.get_markersize(), str(artist.get_markevery()),
                 alpha]  # fmt: skip
        return [looks, *_points(artist.get_xydata(), axes)]
    if isinstance(artist, Text):
        place = artist.xyann if hasattr(artist, "xyann") else artist.get_position()
        looks = [to_hex(artist.get_color()), artist.get_fontsize(), artist.get_rotation()]
        return [artist.get_text(), looks, _brief(place)] if artist.get_text() else []
    if isinstance(artist, AxesImage):
        values = np.ma.filled(np.ma.asarray(artist.get_array(), dtype=float), -1)
        corners = [values[0, 0], values[0, -1], values[-1, 0], values[-1, -1]]
        return [artist.origin, _brief(artist.get_extent()), artist.get_cmap().name,
                _summary(values), _brief(np.ravel(corners)), _brief(artist.get_clim())]  # fmt: skip
    if isinstance(artist, Collection):
        paths = [path.vertices for path in artist.get_paths()]
        colors = sorted(
            {to_hex(color) for color in (*artist.get_facecolor(), *artist.get_edgecolor())}
        )
        points = np.concatenate(paths) if paths else np.empty((0, 2))
        if len(points) < 200 or not hasattr(artist, "levels"):
            shape = _points(points, axes)
        else:
            shape = [_summary(points[:, 0]), _summary(points[:, 1])]
        return [colors[:20], len(paths), sorted(set(np.ravel(artist.get_linewidth()).tolist())),
                *shape, *_points(np.ma.getdata(artist.get_offsets()), axes)]  # fmt: skip
    if isinstance(artist, Patch) and artist.get_path() is not None:
        looks = [
            to_hex(artist.get_facecolor()),
            to_hex(artist.get_edgecolor()),
            artist.get_hatch(),
            alpha,
        ]
        corners = artist.get_patch_transform().transform(artist.get_path().vertices)
        return [looks, *_points(corners, axes)]
    return []


def _points(points, axes):
    """Two summaries; what is far outside of the axes counts as at their edge."""
    points = np.ma.filled(np.ma.asarray(points, dtype=float), np.nan).reshape(-1, 2)
    if axes is not None:
        for k, (low, high) in enumerate((sorted(axes.get_xlim()), sorted(axes.get_ylim()))):
            points[:, k] = np.clip(points[:, k], low - (high - low), high + (high - low))
    return [_summary(points[:, 0]), _summary(points[:, 1])]


def _summary(values):
    """How many, and where: the ends, the extremes, the mean, and a mean that knows the order."""
    values = np.ravel(values).astype(float)
    good = values[np.isfinite(values)]
    if not len(good):
        return [len(values)]
    order = np.linspace(-1, 1, len(good)) if len(good) > 1 else np.ones(1)
    return [len(values), *_brief([good[0], good[-1], good.min(), good.max(), good.mean(),
                                  (good * order).mean()])]  # fmt: skip


def _brief(values):
    return [float(f"{value:.6g}") for value in np.ravel(values).astype(float)]


@contextmanager
def undrawn():
    """Panels change their artists and their words, and are not drawn: five times as fast."""
    with (
        patch.object(Live, "_overlay", lambda self: []),
        patch.object(Live, "_background", lambda self, *canvas: b""),
    ):
        yield


def stops(control):
    """(attribute, values): the ends and the middle of a control; all options of a menu."""
    if hasattr(control, "options"):
        last = len(control.options) - 1
        slides = type(control).__name__ == "SelectionSlider"
        return "index", [0, last // 2, last] if slides else list(range(last + 1))
    if isinstance(control.value, bool):
        return "value", [False, True]
    if isinstance(control.value, tuple):  # a point of the picture: nearer to the middle, and beyond
        return "value", [tuple(part * end for end in control.value) for part in (-0.5, 0.5, 1.1)]
    low, middle, high = control.min, (control.min + control.max) / 2, control.max
    if hasattr(control, "base"):
        return "value", [control.base**end for end in (low, middle, high)]
    return "value", [type(control.value)(end) for end in (low, middle, high)]


def states(panel):
    """Name of a state -> the panel in it; between two of them the moved control goes back."""
    yield "start"
    for name, control in panel.controls.items():
        key, values = stops(control)
        start = getattr(control, key)
        for value in values:
            setattr(control, key, value)
            yield f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}"
        setattr(control, key, start)


def record(panel):
    """State -> words, and what is seen; of a moved control what is not as at the start."""
    with undrawn():
        recorded, start = {}, {}
        for state in states(panel):
            assert panel.error is None, state
            seen = content(panel.figure)
            recorded[state] = [panel.text, {k: v for k, v in seen.items() if start.get(k) != v}]
            start = start or seen
    return recorded


if __name__ == "__main__":
    told = json.loads(FILE.read_text(encoding="utf-8")) if sys.argv[1:] and FILE.exists() else {}
    told |= {name: record(getattr(panels, name)()) for name in sys.argv[1:] or panels.__all__}
    lines = [
        f"{json.dumps(name)}: {{\n" + ",\n".join(
            f" {json.dumps(state)}: {json.dumps(what, ensure_ascii=False, separators=(',', ':'))}"
            for state, what in told[name].items()
        ) + "\n}" for name in sorted(told) if name in panels.__all__
    ]  # fmt: skip
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
