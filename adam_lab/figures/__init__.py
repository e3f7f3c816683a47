"""The drawings: arrays in, matplotlib artists out. No widgets, no global settings.

Here is what all lessons share; what one lesson draws is in the file of its name.

Every optimizer keeps one colour, one line style and one marker through the whole
series, so that it is known without its colour too. Colours: Okabe & Ito, safe for
colour-blind readers.
"""

import os
from functools import wraps
from types import SimpleNamespace
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import TextPath

from adam_lab import drawing


class Look(NamedTuple):
    label: str
    color: str
    linestyle: str | tuple
    marker: str


LOOKS = {
    "gd": Look("gradient descent", "#000000", "-", "o"),
    "heavy_ball": Look("momentum (velocity form)", "#0072B2", "--", "s"),
    "momentum": Look("momentum (average form)", "#56B4E9", (0, (6, 2)), "D"),
    "nesterov": Look("Nesterov", "#CC79A7", "-.", "^"),
    "adagrad": Look("AdaGrad", "#E69F00", ":", "v"),
    "rmsprop": Look("RMSprop", "#009E73", "-.", ">"),
    "adadelta": Look("AdaDelta", "#009E73", ":", "<"),
    "adam": Look("Adam", "#D55E00", "-", "*"),
    "adamw": Look("AdamW", "#D55E00", "--", "P"),
    "amsgrad": Look("AMSGrad", "#CC79A7", "-", "X"),
    "adamax": Look("AdaMax", "#E69F00", "--", "h"),
    "nadam": Look("Nadam", "#56B4E9", "-.", "p"),
    "mine": Look("yours", "#CC79A7", (0, (1, 1)), "H"),
    "sign": Look("sign descent", "#E69F00", "-.", "d"),
    "swapped": Look("moments swapped", "#0072B2", "-", "8"),
}
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"

# Heights from low to high, one calm colour that the paths stand out from
HEIGHTS = mpl.colors.LinearSegmentedColormap.from_list("heights", ["#b9cfe2", "#f7fafc"])(
    np.linspace(0, 1, 14)
)
INK, FRAME = "#1f2933", "#8895a1"

_RC = {
    "font.size": 12.5,
    "axes.titlesize": 13,
    "axes.titlepad": 9,
    "axes.titlecolor": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FRAME,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e9edf1",
    "grid.linewidth": 0.8,
    "xtick.color": FRAME,
    "xtick.labelcolor": INK,
    "ytick.color": FRAME,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.09,
    "figure.constrained_layout.wspace": 0.04,
}
# For the back row: shown 1256 pixels wide and up to 568 high, of 720, no type is below 20 pixels.
PROJECTOR = bool(os.environ.get("ADAM_LAB_PROJECTOR"))
LEAST, HIGHEST = (15.6, 422) if PROJECTOR else (0, 1000)
if PROJECTOR:
    _RC |= {
        "font.size": LEAST,
        "axes.titlesize": LEAST,
        "lines.linewidth": 3,
        "axes.linewidth": 1.2,
    }


def styled(draw):
    """The look of the series, only while `draw` builds its artists."""

    @wraps(draw)
    def drawn(*args, **kwargs):
        with drawing, mpl.rc_context(_RC):
            return draw(*args, **kwargs)

    return drawn


class Sheet(Figure):
    """A figure on which no text is too small for a projector, whatever size it asked for."""

    def draw(self, renderer):
        for text in self.findobj(Text) if LEAST else ():
            text.set_fontsize(max(text.get_fontsize(), LEAST))
        super().draw(renderer)


def sheet(height):
    """A figure 960 pixels wide, for axes that are laid out by themselves."""
    size = 960 / 72, min(height, HIGHEST) / 72
    return Sheet(figsize=size, dpi=72, layout="constrained")


def axes_row(titles, height=380, widths=None):
    """A figure 960 pixels wide with axes side by side."""
    figure = sheet(height)
    row = figure.subplots(1, len(titles), width_ratios=widths, squeeze=False)[0]
    for ax, title in zip(row, titles, strict=True):
        ax.set_title(title, loc="left", fontweight="bold")
    return figure, row


def _style(look):
    return dict(color=look.color, linestyle=look.linestyle, marker=look.marker)


def line(ax, name, looks=LOOKS, **more):
    """An empty line in the look of an optimizer, with few markers: they are slow to draw."""
    look = looks[name]
    style = dict(markersize=7, label=look.label) | _style(look) | more
    return ax.plot([], [], **style)[0]


def put(artist, x, y, every=None):
    """Give a line its points; a marker about six times along it."""
    artist.set_data(np.clip(x, -1e9, 1e9), np.clip(y, -1e9, 1e9))
    artist.get_path().should_simplify = True  # matplotlib leaves short paths as they are
    artist.set_markevery(every or max(len(x) // 6, 1))


def landscape(ax, surface, ratio=4 / 3):
    """Contours of a surface, its minimum, and all within its bounds. Returns what removes them.

    ratio   how many times as wide as high the map is: it shows as much more as that takes

    A step in x is as long as one in y, so that a gradient stands upright on its contour. Each
    line is 10**(1/3), or 2.15, times as high as the next one in.
    """
    middle, halves = np.mean(surface.bounds, axis=1), np.diff(surface.bounds)[:, 0] / 2
    reach = max(halves[0], ratio * halves[1]) * np.array([1, 1 / ratio])
    view = np.array([middle - reach, middle + reach]).T
    xs, ys = (np.linspace(*edges, 200) for edges in view)
    heights = surface.f(np.stack(np.meshgrid(xs, ys)))
    seen = heights[np.ix_(np.abs(ys - middle[1]) <= halves[1], np.abs(xs - middle[0]) <= halves[0])]
    levels = np.geomspace(seen.max() * 1e-4, seen.max(), 13)
    filled = ax.contourf(xs, ys, heights, levels=levels, colors=HEIGHTS, extend="both")
    lines = ax.contour(xs, ys, heights, levels=levels, colors="#8fa6ba", linewidths=0.6)
    (goal,) = ax.plot(*surface.minimum, "+", color="black", ms=12, mew=2)
    ax.set(xlim=view[0], ylim=view[1], xlabel="x", ylabel="y")
    ax.set_aspect("equal", anchor="W")

    def remove():
        for artist in (filled, lines, goal):
            artist.remove()

    return remove


def scores(figure, names, looks=LOOKS, columns=2, labels=False):
    """Rows of results under the figure: name -> the text to set at each change.

    labels    stand before the texts, and stay: short texts are drawn sooner
    """
    columns = min(columns, 2) if PROJECTOR else columns
    height = 1.92 * mpl.rcParams["font.size"] / (figure.get_figheight() * 72)
    rows = -(-len(names) // columns)
    figure.get_layout_engine().set(rect=(0, rows * height, 1, 1 - rows * height))
    texts = {}
    for i, name in enumerate(names):
        x, y = 0.06 + i % columns / columns, (rows - i // columns - 0.6) * height
        look = looks[name]
        sample = Line2D([x, x + 0.025, x + 0.05], [y] * 3, markevery=[1], **_style(look))
        figure.add_artist(sample)
        x += 0.06
        if labels:
            label = figure.text(x, y, f"{look.label}:", va="center")
            wide = TextPath((0, 0), label.get_text(), prop=label.get_fontproperties())
            x += (wide.get_extents().x1 + 10) / (figure.get_figwidth() * 72)
        texts[name] = figure.text(x, y, "" if labels else look.label, va="center")
    return texts


@styled
def descent(names, surface, steps):
    """Paths on a surface, heights by step beside it, results below.

    Returns figure, map and curve (axes), redraw(surface) for what stays, show(...) for
    what moves, and moving, the artists that show changes.
    """
    figure, (left, right) = axes_row(["The way down", "Height by step"], 440, [1.15, 1])
    paths = {name: line(left, name) for name in names}
    curves = {name: line(right, name) for name in names}
    runners = {
        name: left.plot([], [], LOOKS[name].marker, color=LOOKS[name].color, ms=11, mec="white")[0]
        for name in names
    }
    right.set(yscale="log", xlim=(0, steps), xlabel="step t")
    texts = scores(figure, names, labels=True)
    note = right.text(0.98, 0.97, "", transform=right.transAxes, ha="right", va="top")
    note.set_bbox(dict(facecolor="white", alpha=0.8, edgecolor="none", pad=2))
    old = []

    @styled
    def redraw(surface):
        while old:
            old.pop()()
        old.append(landscape(left, surface))
        height = surface.f(surface.start)
        right.set_ylim(height * 1e-10, height * 100)

    def show(name, theta, heights, result):
        """theta (2, steps + 1), heights (steps + 1), and the result in words."""
        put(paths[name], *theta)
        put(curves[name], np.arange(len(heights)), np.clip(heights, 1e-30, 1e30))
        put(runners[name], *theta[:, -1:])
        texts[name].set_text(result)

    redraw(surface)
    moving = [*paths.values(), *curves.values(), *runners.values(), *texts.values(), note]
    return SimpleNamespace(figure=figure, redraw=redraw, show=show, note=note, moving=moving)
