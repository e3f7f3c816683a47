"""The pictures of 12_adam_at_scale."""

from types import SimpleNamespace

import numpy as np

from adam_lab.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PROJECTOR,
    RED,
    axes_row,
    legend_above,
    styled,
)

PALE = "#b9b9b9"
_LOOKS = [(BLUE, ""), ("#2585BC", "//"), (PALE, ""), (ORANGE, "\\\\"), (RED, "..")]


@styled
def memory(parts, levels, devices=(24, 80)):
    """Bytes for each parameter on one device, by what is shared; beside it gigabytes by size.

    show(level, each, sizes, total, now, words) moves: each (levels, parts) bytes, the chosen
    level, gigabytes `total` over `sizes`, now = (size, gigabytes) and a line of words.
    """
    figure, (left, right) = axes_row(
        ["Bytes for each parameter, on one device", "Gigabytes on one device"], 440, [1.3, 1]
    )
    rows = np.arange(len(levels))[::-1]
    bars = [
        left.barh(rows, 0 * rows, 0.62, color=color, hatch=hatch, edgecolor="white", lw=0,
                  label=part)
        for part, (color, hatch) in zip(parts, _LOOKS, strict=True)
    ]  # fmt: skip
    names = [f"{level} shared" if i < 2 else level for i, level in enumerate(levels)]
    left.set_yticks(rows, names)
    left.set(xlim=(0, 18.5), ylim=(-0.6, len(levels) + 0.35), xlabel="bytes")
    left.grid(axis="y", visible=False)
    left.legend(ncols=3, loc="upper left", fontsize=11.5, handlelength=1.2, columnspacing=1)
    sums = [left.text(0, row, "", va="center") for row in rows]
    (arrow,) = left.plot([], [], "<", color="black", ms=11, clip_on=False)
    for size, side in zip(devices, ("top", "bottom"), strict=True):
        right.axhline(size, color=GREY, lw=1.2, ls="--")
        right.text(1.5e3, size * (0.8 if side == "top" else 1.2), f"a device of {size} GB",
                   color=GREY, va=side)  # fmt: skip
    (curve,) = right.plot([], [], color="black")
    (dot,) = right.plot([], [], "o", color=RED, ms=11, mec="white", clip_on=False)
    right.set(xscale="log", yscale="log", xlim=(1e3, 1e12), ylim=(1e-6, 1e5),
              xlabel="parameters")  # fmt: skip
    note = right.text(0.03, 0.97, "", transform=right.transAxes, va="top")

    def show(level, each, sizes, total, now, words):
        ends = np.cumsum(each, axis=1)
        for k, group in enumerate(bars):
            for i, bar in enumerate(group):
                bar.set_x(ends[i, k] - each[i, k])
                bar.set_width(each[i, k])
        for i, text in enumerate(sums):
            text.set_position((ends[i, -1] + 0.3, rows[i]))
            text.set_text(f"{ends[i, -1]:.3g}")
            text.set_fontweight("bold" if i == level else "normal")
        arrow.set_data([18.2], [rows[level]])
        curve.set_data(sizes, total)
        dot.set_data([now[0]], [np.clip(now[1], 1e-6, 1e5)])
        note.set_text(words)

    moving = [*(bar for group in bars for bar in group), *sums, arrow, curve, dot, note]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def speed(ways):
    """What a step moves between memory and processor, way by way; beside it the time measured.

    show(streams, moved, taken, words) moves: streams by way (NaN: not counted), what is written
    beside them, times as multiples of the time that a copy of 7 streams takes (NaN: not
    measured), and words beside those.
    """
    figure, (left, right) = axes_row(
        ["Moved from and to memory, MB", "Measured: 1 is the speed of a copy"], 430, [0.97, 1]
    )
    rows = np.arange(len(ways))[::-1]
    bars = left.barh(rows, 0 * rows, 0.6, color=BLUE)
    left.set_yticks(rows, ways)
    left.set(xlim=(0, 36), ylim=(-0.6, len(ways) - 0.4), xticks=[])
    counts = [left.text(0, row, "", va="center") for row in rows]
    times = right.barh(rows, 0 * rows, 0.6, color=ORANGE, hatch="//", edgecolor="white", lw=0)
    right.axvline(1, color="black", lw=1.4, ls="--")
    right.set(xscale="log", xlim=(0.25, 64), ylim=(-0.6, len(ways) - 0.4),
              xlabel="time of a step, in copies of 7 streams")  # fmt: skip
    right.set_yticks(rows, [])
    right.set_xticks([0.5, 1, 2, 5, 10, 20, 50], ["½", "1", "2", "5", "10", "20", "50"])
    right.set_xticks([], minor=True)
    for ax in (left, right):
        ax.grid(axis="y", visible=False)
    said = [right.text(0.27, row, "", va="center") for row in rows]
    for text in said:
        text.set_bbox(dict(facecolor="white", alpha=0.8, edgecolor="none", pad=1))

    def show(streams, moved, taken, words):
        for i, (bar, text) in enumerate(zip(bars, counts, strict=True)):
            known = np.isfinite(streams[i])
            bar.set_width(streams[i] if known else 0)
            text.set_x((streams[i] if known else 0) + 0.5)
            text.set_text(moved[i])
        for i, (bar, text) in enumerate(zip(times, said, strict=True)):
            known = np.isfinite(taken[i])
            bar.set_x(0.25)
            bar.set_width(np.clip(taken[i], 0.26, 60) - 0.25 if known else 0)
            text.set_x(np.clip(taken[i], 0.26, 24) * 1.08 if known else 1.1)
            text.set_text(words[i])

    moving = [*bars, *counts, *times, *said]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


ROUNDED = {  # name -> color, line style, marker
    "exact": ("black", "-", ""),
    "to the nearest mark": (RED, "-", "o"),
    "by chance": (BLUE, "--", "s"),
    "beside an exact copy": (GREEN, ":", "^"),
}


@styled
def swallowed(steps):
    """The marks around a weight and one step from it; beside it the weight by step.

    show(labels, there, rounded, paths, words) moves: what is written under the six marks; where
    the step leads and where it is rounded to, in marks from the weight; by name paths
    (steps so far + 1,) as parts of the exact way; words.
    """
    figure, (left, right) = axes_row(
        ["The marks around the weight, and one step", "The weight by step"], 420
    )
    left.set(xlim=(-2.6, 3.6), ylim=(-1, 1.25), xlabel="distance between two marks = 1", yticks=[])
    left.axhline(0, color="black", lw=1.2)
    left.grid(visible=False)
    ticks = left.vlines(np.arange(-2, 4), -0.16, 0.16, color="black", lw=2)
    names = [left.text(i, -0.36, "", ha="center", fontsize=11) for i in range(-2, 4)]
    (weight,) = left.plot([], [], "o", color="black", ms=13)
    (way,) = left.plot([], [], color=ORANGE, lw=4, solid_capstyle="butt")
    (end,) = left.plot([], [], ">", color=ORANGE, ms=12)
    (target,) = left.plot([], [], "v", color=RED, ms=12)
    left.text(-2.5, 0.5, "one step", va="center")
    lands = left.text(-2.5, 0.26, "", va="center")
    said = left.text(-2.5, 1.1, "", va="top", linespacing=1.5)
    lines = {
        name: right.plot([], [], color=color, ls=style, marker=marker, ms=6, label=name)[0]
        for name, (color, style, marker) in ROUNDED.items()
    }
    right.set(xlim=(0, steps), ylim=(-0.12, 1.18), xlabel="step t")
    right.set_yticks([0, 1], ["start", f"start\n+ {steps} lr"])
    right.legend(loc="upper left", fontsize=11.5)

    def show(labels, there, rounded, paths, words):
        for text, label in zip(names, labels, strict=True):
            text.set_text(label)
        weight.set_data([0], [0])
        way.set_data([0, np.clip(there, -2.5, 3.4)], [0.5, 0.5])
        end.set_data([np.clip(there, -2.5, 3.4)], [0.5])
        seen = rounded <= 3
        target.set_data([rounded if seen else np.nan], [0.26])
        lands.set_text("lands at" if seen else "lands further on")
        said.set_text(words.replace(": ", ":\n") if PROJECTOR else words)
        for name, path in paths.items():
            lines[name].set_data(np.arange(len(path)), np.clip(path, -0.1, 1.15))
            lines[name].set_markevery(max(len(path) // 6, 1))

    moving = [weight, way, end, target, lands, said, *names, *lines.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving, ticks=ticks)


@styled
def newton_schulz(sizes, most):
    """Where a singular value goes, from 0 to 1; beside it those of a matrix, step by step.

    show(s, after, dots, words) moves: after (s,), dots = (before, after) of the matrix, and a
    line of words.
    """
    titles = ["Where a singular value goes", "The singular values of the matrix"]
    figure, (left, right) = axes_row(titles, 430)
    figure.get_layout_engine().set(rect=(0, 0.08, 1, 0.92))
    left.plot([0, 1], [0, 1], color=GREY, lw=1, ls=":")
    for ax in (left, right):
        ax.axhline(1, color="black", lw=1.2, ls="--")
    (curve,) = left.plot([], [], color=BLUE)
    (points,) = left.plot([], [], "o", color=RED, ms=9, mec="white")
    left.set(xlim=(0, 1), ylim=(0, 1.45), xlabel="before", ylabel="after", aspect="equal")
    columns = right.bar(np.arange(sizes), np.zeros(sizes), color=RED, alpha=0.85)
    right.set(ylim=(0, 1.45), xlabel="the largest first", xticks=[])
    note = figure.text(0.02, 0.03, "")

    def show(s, after, dots, words):
        curve.set_data(s, np.clip(after, -1, 9))
        points.set_data(dots[0], np.clip(dots[1], -1, 9))
        for i, bar in enumerate(columns):
            bar.set_height(np.clip(dots[1][i], 0, 9) if i < len(dots[1]) else 0)
        note.set_text(words.replace("\n", "; "))

    return SimpleNamespace(figure=figure, show=show, moving=[curve, points, *columns, note])


_MODES = [("black", "-"), (BLUE, "--"), (GREEN, "-."), (ORANGE, (0, (6, 2))), (RED, ":")]


@styled
def modes(targets, steps):
    """How much of each singular value is learned, by step; beside it their sizes now.

    show(shares, words) moves: shares (steps so far + 1, targets) of 1, and a line of words.
    """
    figure, (left, right) = axes_row(
        ["How much of each singular value is learned", "Learned now; outlined: the goal"],
        430,
        [1.4, 1],
    )
    left.axhline(1, color=GREY, lw=1.2, ls="--")
    curves = [
        left.plot([], [], color=color, ls=style, label=f"{target:g}")[0]
        for target, (color, style) in zip(targets, _MODES, strict=True)
    ]
    left.set(xlim=(0, steps), ylim=(-0.25, 1.8), xlabel="step t", ylabel="share")
    legend_above(left)
    places = np.arange(len(targets))
    right.bar(places, targets, color="none", edgecolor="black", lw=1.4)
    colors = [color for color, _ in _MODES]
    columns = right.bar(places, 0 * places, color=colors, alpha=0.6)
    right.set_xticks(places, [f"{target:g}" for target in targets])
    right.set(ylim=(-1, 10.5), xlabel="singular value of the matrix")
    row = figure.text(0.02, 0.025, "", va="center")
    figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))

    def show(shares, words):
        held = np.clip(np.nan_to_num(shares, nan=9, posinf=9, neginf=-9), -9, 9)
        for i, curve in enumerate(curves):
            curve.set_data(np.arange(len(held)), held[:, i])
            columns[i].set_height(np.clip(held[-1, i] * targets[i], -1, 10.5))
        row.set_text(words)

    return SimpleNamespace(figure=figure, show=show, moving=[*curves, *columns, row])
