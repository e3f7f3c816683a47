"""The pictures of 04_adam."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from adam_lab.figures import (
    BLUE,
    GREEN,
    GREY,
    LOOKS,
    PROJECTOR,
    RED,
    axes_row,
    landscape,
    number,
    sheet,
    styled,
)

SKY = LOOKS["momentum"].color

LINES = {  # Adam: what a line computes, how it is written, its arrow's colour
    "g": (r"$g_t = \nabla f(\theta_{t-1})$", "black"),
    "m": (r"$m_t = \beta_1 m_{t-1} + (1-\beta_1)\,g_t$", SKY),
    "v": (r"$v_t = \beta_2 v_{t-1} + (1-\beta_2)\,g_t^2$", GREEN),
    "m_hat": (r"$\hat m_t = m_t \,/\, (1-\beta_1^t)$", BLUE),
    "v_hat": (r"$\hat v_t = v_t \,/\, (1-\beta_2^t)$", GREEN),
    "step": (r"$\Delta\theta_t = -\mathrm{lr}\;\hat m_t \,/\, (\sqrt{\hat v_t} + \epsilon)$", RED),
    "theta": (r"$\theta_t = \theta_{t-1} + \Delta\theta_t$", None),
}
STEPS = {  # the step line of each rule
    "adam": LINES["step"][0],
    "rmsprop": r"$\Delta\theta_t = -\mathrm{lr}\;g_t \,/\, (\sqrt{v_t} + \epsilon)$",
    "momentum": r"$\Delta\theta_t = -\mathrm{lr}\;m_t$",
}
DECIDES = {  # what the step is made of: its direction, and its size
    "adam": ("m_hat", "v_hat"),
    "rmsprop": ("g", "v"),
    "momentum": ("m", None),
}
NUMBERS, CELLS, HALF = (322, 492), (366, 536), 36  # of the two coordinates; pixels
ROOM = np.array([1.55, 0.82])  # of the enlarged picture: to each side of the point
FULL = 2  # learning rates: the step that fills a cell


def magnified(lengths, room=ROOM):
    """The power of two by which to draw what is so long in x and y, so that it fills the room."""
    longest = np.max(np.abs(np.nan_to_num(lengths)) / room)
    return 2.0 ** np.clip(np.floor(-np.log2(longest)), -40, 900) if longest else 1.0


def _rooted(values):
    """v and v_hat as their roots, so that they are as long as gradients."""
    return {name: np.sqrt(value) if name in ("v", "v_hat") else value
            for name, value in values.items()}  # fmt: skip


@styled
def stepping(surface, bounds):
    """One step: the whole way on the map, enlarged as arrows, and line by line as numbers.

    choose(rule) sets what stays, show(...) moves all the rest from one dict of what the rule
    computes.
    """
    figure = sheet(408 if PROJECTOR else 470)
    axes = figure.subplot_mosaic([["map", "table"], ["lens", "table"]], width_ratios=[1, 1.42],
                                 height_ratios=[1.12, 1])  # fmt: skip
    left, lens, right = (axes[name] for name in ("map", "lens", "table"))
    titles = {
        ax: ax.set_title(title, loc="left", fontweight="bold")
        for ax, title in ((left, "The way so far"), (lens, "The step, enlarged"), (right, ""))
    }
    wide, high = np.ptp(bounds, axis=1)
    landscape(left, replace(surface, bounds=bounds), ratio=wide / high)
    lens.set(xlim=(-1.7, 1.7), ylim=(-0.95, 0.95), xticks=[], yticks=[], facecolor="#eff5fa")
    lens.spines[:].set_visible(False)
    lens.grid(False)
    (path,) = left.plot([], [], color=RED, lw=1.2, alpha=0.7, label="path")
    (here,) = left.plot([], [], "o", color="black", ms=5, label="start of the step")
    (there,) = left.plot([], [], LOOKS["adam"].marker, color=RED, ms=13, mec="white", clip_on=False,
                         label="end of the step")  # fmt: skip
    lens.plot([0], [0], "o", color="black", ms=6)
    boxes = {
        name: lens.add_patch(Rectangle((0, 0), 0, 0, fill=False, ec=GREEN, lw=1.8, ls=style))
        for name, style in (("v", ":"), ("v_hat", "-"))
    }
    exact = dict(angles="xy", scale_units="xy", scale=1, units="inches", zorder=3)
    arrows = {  # those that may lie on each other: the wider ones first
        name: lens.quiver(0, 0, 0, 0, **exact, width=width, color=LINES[name][1],
                          label=f"{name} enlarged")
        for name, width in (("g", 0.085), ("m", 0.065), ("m_hat", 0.045), ("step", 0.045))
    }  # fmt: skip
    arrows["step"].set_zorder(4)
    keys = dict(
        step=("Δθ, the step", RED, "-"), m_hat=(r"−$\hat m$, its direction", BLUE, "-"),
        v_hat=(r"√$\hat v$, half the box", GREEN, "-"), g=("−g", "black", "-"),
        m=("−m", SKY, "-"), v=("√v", GREEN, ":"),
    )  # fmt: skip
    handles = [
        Line2D([], [], color=color, ls=style, label=name) for name, color, style in keys.values()
    ]
    figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))
    narrow = dict(columnspacing=0.7, handlelength=1) if PROJECTOR else dict(columnspacing=1.4)
    legend = figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.01, 0), ncols=6, **narrow
    )
    scale = figure.text(0.985, 0.033, "", ha="right", va="center")

    right.set(xlim=(0, 575), ylim=(408, 0))
    right.set_axis_off()
    clock = right.text(0, 20, "", va="center", fontweight="bold", fontsize=15, label="t")
    formulas, gauged, numbers, notes, ys, heads = {}, {}, {}, {}, {}, []
    for place, centre, coordinate in zip(NUMBERS, CELLS, "xy", strict=True):
        middle = (place + centre) / 2
        right.text(middle, 7, coordinate, ha="center", va="center", fontweight="bold",
                   fontsize=15)  # fmt: skip
        heads.append(right.text(middle + 12, 30, "", ha="center", va="center", fontsize=12.5,
                                color=GREY, label=f"cells of {coordinate}"))  # fmt: skip
    above, below = (9, 17) if PROJECTOR else (7, 14)
    for i, (name, (formula, color)) in enumerate(LINES.items()):
        ys[name] = y = 52 * (i + 1.35)
        if name == "step":
            right.axhspan(y - 23, y + 29, color=RED, alpha=0.1, lw=0)
        right.axhline(y - 23, color="#d5d5d5", lw=1, gid="frame")
        formulas[name] = right.text(0, y - above, formula, va="center", fontsize=14)
        notes[name] = right.text(0, y + below, "", va="center", fontsize=12.5, color=GREY)
        gauged[name] = []
        for place, centre, coordinate in zip(NUMBERS, CELLS, "xy", strict=True):
            numbers[name, coordinate] = right.text(
                place, y, "", ha="right", va="center", fontsize=13, label=f"{name} {coordinate}"
            )
            if color:
                gauged[name] += right.plot([centre - HALF, centre + HALF], [y, y],
                                           color="#e4e4e4", lw=5, gid="frame")  # fmt: skip
                gauged[name] += right.plot([centre] * 2, [y - 9, y + 9], color=GREY, lw=1)
            if name in ("v", "v_hat"):
                gauged[name].append(right.text(centre, y + 16, "its root", ha="center",
                                               va="center", fontsize=12.5, color=GREY))  # fmt: skip
    cells = [(name, k) for name in LINES if LINES[name][1] for k in (0, 1)]
    gauges = right.quiver(
        [CELLS[k] for _, k in cells], [ys[name] for name, _ in cells], *np.zeros((2, len(cells))),
        **exact, width=0.04, color=[LINES[name][1] for name, _ in cells], label="in the table",
    )  # fmt: skip

    @styled
    def choose(rule, has):
        """The lines of the rule; those that it does not have turn pale."""
        titles[right].set_text(f"{LOOKS[rule].short.capitalize()}, line by line"
                               if rule != "rmsprop" else "RMSprop, line by line")  # fmt: skip
        formulas["step"].set_text(STEPS[rule])
        for name, formula in formulas.items():
            formula.set_alpha(1 if name in has else 0.25)
            for artist in gauged[name]:
                artist.set_visible(name in has)
        for name, *entry in zip(keys, legend.legend_handles, legend.get_texts(), strict=True):
            for artist in entry:
                artist.set_alpha(1 if name in has else 0.25)

    def show(rule, t, values, before, scales, words, everything):
        """Step t.

        values      name of a line -> its value (2,)
        before      (2, t) the path up to where this step starts
        scales      name of a line -> (2,) the value that fills a cell; v's and v_hat's as roots
        words       name of a line -> the note under it
        everything  draw what the direction and the size were made of, too
        """
        clock.set_text(f"step t = {t}" if t else "before step 1")
        rooted = _rooted(values)
        for (name, coordinate), text in numbers.items():
            value = values.get(name, np.full(2, np.nan))["xy".index(coordinate)]
            text.set_text(number(value, 4) if np.isfinite(value) else "·")
        for k, head in enumerate(heads):
            head.set_text(f"cell: ±{scales['g'][k]:.2g}")
        lengths = [rooted[name][k] / scales[name][k] if name in rooted else np.nan
                   for name, k in cells]  # fmt: skip
        lengths = np.ma.masked_invalid(HALF * np.clip(lengths, -1, 1))
        gauges.set_UVC(lengths, np.zeros(len(cells)))
        for name, note in notes.items():
            note.set_text(words.get(name, ""))

        path.set_data(*before)
        here.set_data(*before[:, -1:])
        low, high = np.array(bounds).T
        end = np.clip(values["theta"], low, high)
        there.set_data(end[:1], end[1:])
        if np.any(end != values["theta"]):
            notes["theta"].set_text("where the step ends: outside the map")

        shown = {name for name in rooted if everything or name in DECIDES[rule]}
        slopes = [rooted[name] for name in ("g", "m", "v", "m_hat", "v_hat") if name in shown]
        k, zoom = magnified(slopes), magnified([values["step"]])
        scale.set_text(f"enlarged: Δθ × {zoom:g}, all else × {k:g}")
        for name, arrow in arrows.items():
            seen = name == "step" or name in shown
            length = np.nan_to_num(values[name]) if seen else np.zeros(2)
            arrow.set_visible(bool(length.any()))
            arrow.set_UVC(*((zoom if name == "step" else -k) * length))
        for name, box in boxes.items():
            box.set_visible(name in shown)
            if name in shown:
                half = k * np.nan_to_num(rooted[name])
                box.set_bounds(*-half, *(2 * half))

    moving = [path, here, there, *boxes.values(), *arrows.values(), scale, clock, gauges,
              *numbers.values(), *notes.values(), *heads]  # fmt: skip
    return SimpleNamespace(figure=figure, choose=choose, show=show, moving=moving)


@styled
def start_up(last):
    """How much of each moment has arrived by step t, and what their quotient is.

    show(t, m, root_v, peak, words) moves: curves over t, the fractions of m and of the root
    of v; the peak (t, ratio) or None.
    """
    titles = ["How much has arrived", "Step without correction / step with it"]
    figure, (left, right) = axes_row(titles, 400)
    (first,) = left.plot([], [], color=SKY, ls="--", label="of m: 1 − β₁ᵗ")
    (second,) = left.plot([], [], color=GREEN, ls="-.", label="of √v: √(1 − β₂ᵗ)")
    left.set(yscale="log", ylim=(5e-4, 2), ylabel="fraction of its later value")
    left.legend(loc="lower right")
    (ratio,) = right.plot([], [], color=RED)
    (top,) = right.plot([], [], "*", color=RED, ms=15, mec="white")
    right.axhline(1, color="black", lw=1)
    right.axhspan(1, 100, color=RED, alpha=0.09, lw=0)
    right.axhspan(1e-2, 1, color=BLUE, alpha=0.09, lw=0)
    for y, va, text in ((0.97, "top", "steps too large without correction"),
                        (0.03, "bottom", "steps too small without correction")):  # fmt: skip
        right.text(0.97, y, text, transform=right.transAxes, ha="right", va=va)
    right.set(yscale="log", ylim=(1e-2, 100), yticks=[0.01, 0.1, 1, 10, 100],
              yticklabels=["0.01", "0.1", "1", "10", "100"])  # fmt: skip
    label = right.text(0.97, 0.87, "", transform=right.transAxes, ha="right", va="top",
                       fontweight="bold")  # fmt: skip
    for ax in (left, right):
        ax.set(xscale="log", xlim=(1, last), xlabel="step t")

    def show(t, m, root_v, peak, words):
        first.set_data(t, m)
        second.set_data(t, root_v)
        ratio.set_data(t, np.clip(m / root_v, 1e-2, 100))
        top.set_data(*([[value] for value in peak] if peak else ([], [])))
        label.set_text(words)

    return SimpleNamespace(figure=figure, show=show, moving=[first, second, ratio, top, label])


@styled
def step_sizes(shown):
    """A sequence of gradients, and how long the steps are that it makes.

    show(gradients, steps, spike, bound, words) moves: two series (shown,), the two limits
    (infinite: not drawn), and the words under the title.
    """
    figure, (left, right) = axes_row(["The gradients", "The steps they make"], 400)
    after = np.arange(1, shown + 1)
    stems = left.vlines(after, 0, np.zeros(shown), color="black", lw=2.5)
    left.axhline(0, color="black", lw=0.8)
    left.set(ylim=(-1.1, 1.1), ylabel="g, largest = 1")
    series = right.stairs(np.ones(shown), np.arange(shown + 1) + 0.5, fill=True, color=RED,
                          alpha=0.35, baseline=1e-2, zorder=2)  # fmt: skip
    right.axhline(1, color="black", lw=1.2)
    limits = [right.axhline(1, color=color, lw=2, ls=style)
              for color, style in ((BLUE, "--"), (GREEN, "-."))]  # fmt: skip
    labels = [right.text(x, 1, "", ha=ha, va="bottom", clip_on=True)
              for x, ha in ((1, "left"), (shown, "right"))]  # fmt: skip
    right.set(yscale="log", ylim=(1e-2, 300), yticks=[0.01, 0.1, 1, 10, 100],
              yticklabels=["0.01 lr", "0.1 lr", "1 lr", "10 lr", "100 lr"])  # fmt: skip
    words = right.text(0.98, 0.98, "", transform=right.transAxes, ha="right", va="top",
                       fontweight="bold")  # fmt: skip
    for ax in (left, right):
        ax.set(xlim=(0, shown + 1), xlabel="step after the quiet start")

    def show(gradients, steps, spike, bound, text):
        stems.set_segments([[(t, 0), (t, g)] for t, g in zip(after, gradients, strict=True)])
        series.set_data(np.clip(steps, 1e-2, 300))
        names = f"one spike: {spike:.3g}", f"longest: {bound:.3g}"
        for limit, label, y, name in zip(limits, labels, (spike, bound), names, strict=True):
            limit.set_ydata([y, y])
            limit.set_visible(bool(np.isfinite(y)))
            label.set_y(y * 1.05)
            label.set_text(name if np.isfinite(y) else "")
        words.set_text(text)

    return SimpleNamespace(figure=figure, show=show,
                           moving=[stems, series, *limits, *labels, words])  # fmt: skip
