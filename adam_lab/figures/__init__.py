"""The drawings: arrays in, matplotlib artists out. No widgets, no global settings.

Here is what all lessons share; what one lesson draws is in the file of its name.

Every optimizer keeps one colour, one line style and one marker through the whole
series, so that it is known without its colour too. Colours: after Okabe & Ito, safe for
colour-blind readers, each dark enough to be seen on the palest ground and on a map.
adam_lab/night.py has them for a dark page.

Two plots side by side, the map on the left, each line's name and result at its end. Thin axes
and little grid; what is measured in one unit has one scale; letters and formulas are DejaVu
Sans, which comes with matplotlib, so that every machine draws the same.
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

    @property
    def short(self):
        """The label without what is in brackets."""
        return self.label.split(" (")[0]


LOOKS = {
    "gd": Look("gradient descent", "#000000", "-", "o"),
    "heavy_ball": Look("momentum (velocity form)", "#0072B2", "--", "s"),
    "momentum": Look("momentum (average form)", "#2585BC", (0, (6, 2)), "D"),
    "nesterov": Look("Nesterov", "#B7568E", "-.", "^"),
    "adagrad": Look("AdaGrad", "#AD7000", ":", "v"),
    "rmsprop": Look("RMSprop", "#00805A", "-.", ">"),
    "adadelta": Look("AdaDelta", "#00805A", ":", "<"),
    "adam": Look("Adam", "#C25300", "-", "*"),
    "adamw": Look("AdamW", "#C25300", "--", "P"),
    "amsgrad": Look("AMSGrad", "#B7568E", "-", "X"),
    "adamax": Look("AdaMax", "#AD7000", "--", "h"),
    "nadam": Look("Nadam", "#2585BC", "-.", "p"),
    "mine": Look("yours", "#B7568E", (0, (1, 1)), "H"),
    "sign": Look("sign descent", "#AD7000", "-.", "d"),
    "swapped": Look("moments swapped", "#0072B2", "-", "8"),
}
BLUE, ORANGE, GREEN, RED = "#0072B2", "#AD7000", "#00805A", "#C25300"

# Heights from low to high, one calm colour that the paths stand out from
HEIGHTS = mpl.colors.LinearSegmentedColormap.from_list("heights", ["#dae7f2", "#f8fafd"])(
    np.linspace(0, 1, 14)
)
INK, FRAME, CONTOUR, GREY = "#1f2933", "#8895a1", "#b4c5d5", "#5f5f5f"

_RC = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 12.5,
    "axes.titlesize": 13.5,
    "axes.titlepad": 12,
    "axes.titley": 1,  # where they stand; to look for a place took a tenth of the drawing
    "axes.titlecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelpad": 5,
    "axes.edgecolor": FRAME,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#edf0f3",
    "grid.linewidth": 0.7,
    "xtick.color": FRAME,
    "xtick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "xtick.minor.size": 0,
    "ytick.color": FRAME,
    "ytick.labelcolor": INK,
    "ytick.major.width": 0.7,
    "ytick.minor.size": 0,
    "text.color": INK,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.12,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.wspace": 0.05,
}
# For the back row: shown 1256 pixels wide and up to 568 high, of 720, no type is below 20 pixels.
PROJECTOR = bool(os.environ.get("ADAM_LAB_PROJECTOR"))
LEAST, HIGHEST = (15.6, 416) if PROJECTOR else (0, 1000)
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


def called(name):
    """An optimizer's name, the short one on a projector: there is little room."""
    return LOOKS[name].short if PROJECTOR else LOOKS[name].label


def _style(look):
    return dict(color=look.color, linestyle=look.linestyle, marker=look.marker)


def line(ax, name, looks=LOOKS, **more):
    """An empty line in the look of an optimizer, with few markers: they are slow to draw."""
    look = looks[name]
    style = dict(markersize=7, label=look.label) | _style(look) | more
    return ax.plot([], [], **style)[0]


def put(artist, x, y, every=None):
    """Give a line its points; a marker about five times along it."""
    artist.set_data(np.clip(x, -1e9, 1e9), np.clip(y, -1e9, 1e9))
    artist.get_path().should_simplify = True  # matplotlib leaves short paths as they are
    artist.set_markevery(every or max(len(x) // 5, 1))


def around(surface, ratio):
    """The bounds of a map, (2, 2), `ratio` times as wide as high, that shows all of a surface's."""
    middle, halves = np.mean(surface.bounds, axis=1), np.diff(surface.bounds)[:, 0] / 2
    reach = max(halves[0], ratio * halves[1]) * np.array([1, 1 / ratio])
    return np.array([middle - reach, middle + reach]).T


def landscape(ax, surface, ratio=4 / 3):
    """Contours of a surface, its minimum, and all within its bounds. Returns what removes them.

    ratio   how many times as wide as high the map is: it shows as much more as that takes

    A step in x is as long as one in y, so that a gradient stands upright on its contour. Each
    line is 10**(1/3), or 2.15, times as high as the next one in.
    """
    view = around(surface, ratio)
    middle, halves = np.mean(surface.bounds, axis=1), np.diff(surface.bounds)[:, 0] / 2
    xs, ys = (np.linspace(*edges, 200) for edges in view)
    heights = surface.f(np.stack(np.meshgrid(xs, ys)))
    seen = heights[np.ix_(np.abs(ys - middle[1]) <= halves[1], np.abs(xs - middle[0]) <= halves[0])]
    levels = np.geomspace(seen.max() * 1e-4, seen.max(), 13)
    filled = ax.contourf(xs, ys, heights, levels=levels, colors=HEIGHTS, extend="both")
    lines = ax.contour(xs, ys, heights, levels=levels, colors=CONTOUR, linewidths=0.6)
    (goal,) = ax.plot(*surface.minimum, "+", color="black", ms=12, mew=2)
    ax.set(xlim=view[0], ylim=view[1])
    plan(ax)

    def remove():
        for artist in (filled, lines, goal):
            artist.remove()

    return remove


def plan(ax, x="x", y="y"):
    """A map: one scale for both axes, named inside, where no number is in the way."""
    ax.grid(False)
    ax.set_aspect("equal", anchor="NW")
    ax.locator_params(nbins=6)
    if not any(text.get_text() == x for text in ax.texts):
        ax.text(0.99, 0.015, x, transform=ax.transAxes, ha="right")
        ax.text(0.012, 0.985, y, transform=ax.transAxes, va="top")


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


def number(value, digits=3, form="g", least=-np.inf):
    """1200, not 1.2e+03; from a million on 1.2e+06; with a minus, and none for -0.00.

    least   what is less is no more than that: 'below 1e-30'
    """
    if value < least:
        return f"below {least:g}".replace("e-0", "e-")
    said = f"{value:.{digits}{form}}"
    if form == "g":
        said = f"{float(said):g}"
    return ("−" if float(said) < 0 else "") + said.lstrip("-")


def percent(share):
    """67%, or −37%."""
    return f"{number(100 * share, 0, 'f')}%"


def counted(count, what):
    """'1 step', '2 steps'."""
    return f"{count} {what}{'s' * (str(count) != '1')}"


def apart(ys, least):
    """Places between 0 and 1 near ys, in their order, at least so far from each other."""
    order = np.argsort(ys, kind="stable")
    placed = np.clip(np.asarray(ys, dtype=float)[order], 0, 1)
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + least)
    for i, high in zip(
        reversed(range(len(placed))), 1 - least * np.arange(len(placed)), strict=True
    ):
        placed[i] = min(placed[i], high)
    return placed[np.argsort(order)]


def wish(ax):
    """What to do where nothing is drawn yet: a text to show until then."""
    return ax.text(0.5, 0.5, "press Train", transform=ax.transAxes, ha="center", color=GREY)


def legend_above(ax):
    """The legend as a row between title and plot, where no line runs through it."""
    pad = 2.6 * mpl.rcParams["font.size"]
    for each in ax.figure.axes:
        each.set_title(each.get_title(loc="left"), loc="left", fontweight="bold", pad=pad)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=9, columnspacing=1.4)


def at_ends(ax, names, looks=LOOKS, wide=156, rows=2):
    """Names and results at the ends of the lines in `ax`, in a column so many pixels wide.

    rows    of text that a name and its result take

    Returns put_end(name, x, y, result), where a line ends and what is said of it, nothing if y is
    empty: they are placed when the last of them has been told. And the artists that it moves.
    """
    figure = ax.figure
    size, inches = mpl.rcParams["font.size"], figure.get_size_inches()
    x, y, width, height = figure.get_layout_engine().get()["rect"] or (0, 0, 1, 1)
    wide *= size / 12.5 / 72 / inches[0]
    figure.get_layout_engine().set(rect=(x, y, width - wide, height))
    least = (1.2 * rows + 0.3) * size / (0.8 * height * 72 * inches[1])  # of the axes' height
    bases = [looks[name].label.partition(" (")[0] for name in names]
    shown, samples, at, texts, ends = {}, {}, {}, {}, {}
    out = dict(transform=ax.transAxes, clip_on=False, in_layout=False)
    in_axes = ax.transScale + ax.transLimits
    (leads,) = ax.plot([], [], color=GREY, lw=0.8, **out)
    for name, base in zip(names, bases, strict=True):
        form = looks[name].label.partition(" (")[2].removesuffix(")")
        shown[name] = form if form and bases.count(base) > 1 else base
        color, dashes, mark = looks[name][1:]
        sample = dict(marker=mark, ms=11 if mark == "*" else 8, mew=0, ls="none")
        sample = sample if mark else dict(lw=2, ls=dashes)
        at[name] = [1.06] if mark else [1.04, 1.085]
        samples[name] = ax.plot([], [], color=color, **sample, **out)[0]
        texts[name] = ax.text(1.095, 0, "", va="center", linespacing=1.15, **out)

    def put_end(name, x, y, result):
        ends[name] = (x, *np.ravel(y)[-1:], result)
        if len(ends) == len(names):
            place_all()
            ends.clear()

    def place_all():
        here = [name for name in names if len(ends[name]) == 3]
        points = np.array([ends[name][:2] for name in here]).reshape(-1, 2)
        x, y = in_axes.transform(np.clip(points, -1e30, 1e30)).T
        placed, gap = apart(y, least), np.full(len(here), np.nan)
        x = np.maximum(x, 0.94)  # a long one would look like a line of the plot
        leads.set_data(
            np.ravel([x, np.full(len(here), 1.035), gap], "F"),
            np.ravel([np.clip(y, 0, 1), placed, gap], "F"),
        )
        for name in set(names) - {*here}:
            samples[name].set_data([], [])
            texts[name].set_text("")
        for name, place in zip(here, placed.tolist(), strict=True):
            samples[name].set_data(at[name], [place] * len(at[name]))
            texts[name].set(y=place, text=f"{shown[name]}\n{ends[name][2]}")

    return put_end, [leads, *samples.values(), *texts.values()]


@styled
def descent(names, surface, steps, span=(1e-10, 100), height=400, below=0):
    """Paths on a surface, heights by step beside it with their results.

    span     of the heights that are shown, in parts of the one at the surface's start
    height   of the figure in pixels, of which so many are left free below

    Returns figure, map and curve (axes), redraw(surface) for what stays, show(...) for
    what moves, and moving, the artists that show changes.
    """
    figure, (left, right) = axes_row(["The way down", "Height by step"], height, [1.42, 1])
    figure.get_layout_engine().set(rect=(0, below / height, 1, 1 - below / height))
    paths = {name: line(left, name) for name in names}
    curves = {name: line(right, name) for name in names}
    runners = {
        name: left.plot([], [], LOOKS[name].marker, color=LOOKS[name].color, ms=11, mec="white",
                        clip_on=False, in_layout=False)[0] for name in names
    }  # fmt: skip
    right.set(yscale="log", xlim=(-0.01 * steps, 1.01 * steps), xlabel="step t")
    put_end, labels = at_ends(right, names)
    note = left.text(0, -0.13, "", transform=left.transAxes, va="top", in_layout=False)
    old = []

    @styled
    def redraw(surface):
        while old:
            old.pop()()
        old.append(landscape(left, surface))
        right.set_ylim(np.array(span) * surface.f(surface.start))

    def show(name, theta, heights, result):
        """theta (2, steps + 1), heights (steps + 1), and the result in words."""
        put(paths[name], *theta)
        heights = np.clip(heights, 1e-30, 1e30)
        put(curves[name], np.arange(len(heights)), heights)
        put(runners[name], *theta[:, -1:])
        runners[name].set_visible(any(left.viewLim.contains(*end) for end in theta[:, -1:].T))
        put_end(name, len(heights) - 1, heights[-1:], result)

    redraw(surface)
    moving = [*paths.values(), *curves.values(), *runners.values(), *labels, note]
    return SimpleNamespace(figure=figure, redraw=redraw, show=show, curves=curves, note=note,
                           moving=moving)  # fmt: skip
