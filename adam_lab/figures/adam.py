"""The pictures of 04_adam."""

from types import SimpleNamespace

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from adam_lab.figures import BLUE, GREEN, LOOKS, RED, axes_row, landscape, styled

SKY, GREY = LOOKS["momentum"].color, "#5f5f5f"

LINES = {  # Adam: what a line computes, how it is written, its arrow's colour
    "g": (r"$g_t = \nabla f(\theta_{t-1})$", "black"),
    "m": (r"$m_t = \beta_1 m_{t-1} + (1-\beta_1)\,g_t$", SKY),
    "v": (r"$v_t = \beta_2 v_{t-1} + (1-\beta_2)\,g_t^2$", GREEN),
    "m_hat": (r"$\hat m_t = m_t \,/\, (1-\beta_1^t)$", BLUE),
    "v_hat": (r"$\hat v_t = v_t \,/\, (1-\beta_2^t)$", GREEN),
    "step": (r"$\Delta\theta_t = -\mathrm{lr}\;\hat m_t \,/\, (\sqrt{\hat v_t} + \epsilon)$", RED),
    "theta": (r"$\theta_t = \theta_{t-1} + \Delta\theta_t$", None),
}
NUMBERS, CELLS, HALF = (322, 492), (366, 536), 36  # of the two coordinates; pixels


def magnified(largest, room=2.5):
    """The power of two by which to draw slopes so that they fill the room on the map."""
    return 2.0 ** np.clip(np.floor(np.log2(room / largest)), -4, 6) if largest else 1.0


@styled
def stepping(surface, bounds):
    """One step of Adam: as arrows on the map, and line by line as numbers.

    show(...) moves it all from one dict of what Algorithm 1 computes.
    """
    titles = ["The step on the map", "Adam, line by line"]
    figure, (left, right) = axes_row(titles, 460, [1, 1.42])
    landscape(left, surface)
    left.set(xlim=bounds[0], ylim=bounds[1])
    (path,) = left.plot([], [], color=RED, lw=1.2, alpha=0.7, label="path")
    (here,) = left.plot([], [], "o", color="black", ms=5, label="start of the step")
    (there,) = left.plot([], [], LOOKS["adam"].marker, color=RED, ms=14, mec="white",
                         label="end of the step")  # fmt: skip
    boxes = [
        left.add_patch(Rectangle((0, 0), 0, 0, fill=False, ec=GREEN, lw=1.8, ls=style))
        for style in (":", "-")
    ]
    exact = dict(angles="xy", scale_units="xy", scale=1, units="inches", zorder=3)
    arrows = {  # -g and -m_hat may lie on each other
        name: left.quiver(0, 0, 0, 0, **exact, width=0.07 if name == "g" else 0.045,
                          color=LINES[name][1], label=f"{name} on the map")
        for name in ("g", "m", "m_hat", "step")
    }  # fmt: skip
    keys = [("Δθ, the step", RED, "-"), ("−m̂, its direction", BLUE, "-"),
            ("√v̂, half the box", GREEN, "-"), ("−g", "black", "-"), ("−m", SKY, "-"),
            ("√v", GREEN, ":")]  # fmt: skip
    handles = [
        Line2D([], [], color=color, ls=style, label=name.replace("m̂", r"$\hat m$")
               .replace("v̂", r"$\hat v$")) for name, color, style in keys
    ]  # fmt: skip
    figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.03, 0), ncols=6,
                  columnspacing=1.4)  # fmt: skip
    scale = figure.text(0.985, 0.033, "", ha="right", va="center")

    right.set(xlim=(0, 575), ylim=(408, 0))
    right.set_axis_off()
    clock = right.text(0, 26, "", va="center", fontweight="bold", fontsize=15, label="t")
    numbers, notes, ys = {}, {}, {}
    for number, centre, coordinate in zip(NUMBERS, CELLS, "xy", strict=True):
        right.text((number + centre) / 2, 26, f"{coordinate}", ha="center", va="center",
                   fontweight="bold", fontsize=15)  # fmt: skip
    for i, (name, (formula, color)) in enumerate(LINES.items()):
        ys[name] = y = 52 * (i + 1.35)
        if name == "step":
            right.axhspan(y - 23, y + 29, color=RED, alpha=0.1, lw=0)
        right.axhline(y - 23, color="#d5d5d5", lw=1)
        right.text(0, y - 7, formula, va="center", fontsize=14)
        notes[name] = right.text(0, y + 14, "", va="center", fontsize=12.5, color=GREY)
        for number, centre, coordinate in zip(NUMBERS, CELLS, "xy", strict=True):
            numbers[name, coordinate] = right.text(
                number, y, "", ha="right", va="center", fontsize=13, label=f"{name} {coordinate}"
            )
            if color:
                right.plot([centre - HALF, centre + HALF], [y, y], color="#e4e4e4", lw=5)
                right.plot([centre] * 2, [y - 9, y + 9], color="#8a8a8a", lw=1)
            if name in ("v", "v_hat"):
                right.text(centre, y + 16, "its root", ha="center", va="center", fontsize=12.5,
                           color=GREY)  # fmt: skip
    cells = [(name, k) for name in LINES if LINES[name][1] for k in (0, 1)]
    gauges = right.quiver(
        [CELLS[k] for _, k in cells], [ys[name] for name, _ in cells], *np.zeros((2, len(cells))),
        **exact, width=0.04, color=[LINES[name][1] for name, _ in cells], label="in the table",
    )  # fmt: skip

    def show(t, values, before, scales, words):
        """Step t.

        values    name of a line -> its value (2,)
        before    (2, t) the path up to where this step starts
        scales    name of a line -> (2,) the value that fills a cell; v's and v_hat's as roots
        words     name of a line -> the note under it
        """
        clock.set_text(f"step t = {t}" if t else "before step 1")
        rooted = {name: np.sqrt(value) if name in ("v", "v_hat") else value
                  for name, value in values.items()}  # fmt: skip
        for (name, coordinate), text in numbers.items():
            value = values[name]["xy".index(coordinate)]
            text.set_text(f"{value:.4g}" if np.isfinite(value) else "·")
        for name, note in notes.items():
            note.set_text(words.get(name, ""))
        lengths = [HALF * rooted[name][k] / scales[name][k] for name, k in cells]
        gauges.set_UVC(np.nan_to_num(lengths), np.zeros(len(cells)))

        start = before[:, -1]
        path.set_data(*before)
        here.set_data(*before[:, -1:])
        low, high = np.array(bounds).T
        end = np.clip(values["theta"], low, high)
        there.set_data(end[:1], end[1:])
        if np.any(end != values["theta"]):
            notes["theta"].set_text("where the step ends: outside the map")
        slopes = [np.nan_to_num(rooted[name]) for name in ("g", "m_hat", "v_hat")]
        k = magnified(np.abs(slopes).max())
        scale.set_text(f"drawn × {k:g}, only Δθ as it is")
        for name, arrow in arrows.items():
            arrow.set_offsets(start)
            arrow.set_UVC(*np.nan_to_num(values[name] if name == "step" else -k * values[name]))
        for box, name in zip(boxes, ("v", "v_hat"), strict=True):
            half = k * np.nan_to_num(rooted[name])
            box.set_bounds(*(start - half), *(2 * half))

    moving = [path, here, there, *boxes, *arrows.values(), scale, clock, gauges,
              *numbers.values(), *notes.values()]  # fmt: skip
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def start_up(last):
    """How much of each moment has arrived by step t, and what their quotient is.

    show(t, m, root_v, peak, words) moves: curves over t, the fractions of m and of the root
    of v; the peak (t, ratio) or None.
    """
    titles = ["How much has arrived", "Step without correction / step with it"]
    figure, (left, right) = axes_row(titles, 400)
    (first,) = left.plot([], [], color=SKY, ls="--", label="of m:  1 − β₁ᵗ")
    (second,) = left.plot([], [], color=GREEN, ls="-.", label="of √v:  √(1 − β₂ᵗ)")
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
    (bound may be infinite), and the words under the title.
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
        names = f"one spike: {spike:.3g}", f"bound: {bound:.3g}"
        for limit, label, y, name in zip(limits, labels, (spike, bound), names, strict=True):
            limit.set_ydata([y, y])
            limit.set_visible(bool(np.isfinite(y)))
            label.set_y(y * 1.05)
            label.set_text(name if np.isfinite(y) else "")
        words.set_text(text)

    return SimpleNamespace(figure=figure, show=show,
                           moving=[stems, series, *limits, *labels, words])  # fmt: skip
