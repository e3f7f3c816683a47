"""The pictures of 01_gradient_descent."""

from types import SimpleNamespace

import numpy as np
from matplotlib.collections import LineCollection

from adam_lab.figures import (
    BLUE,
    CONTOUR,
    GREEN,
    LOOKS,
    ORANGE,
    RED,
    Look,
    at_ends,
    axes_row,
    landscape,
    line,
    plan,
    put,
    scores,
    styled,
)

PARTS = {
    "along": Look("along x", BLUE, "--", ""),
    "across": Look("across y", RED, "-.", ""),
    "both": Look("height", "#8c8c8c", "-", ""),
}
CROWD = {
    "mean": Look("mean of the crowd", "#000000", "-", "o"),
    "one": Look("one of them", BLUE, "-", ""),
    "quiet": Look("no noise", GREEN, "--", ""),
    "floor": Look("noise floor", RED, "-.", ""),
}
SCHEDULES = {
    "constant": Look("constant", "#000000", "-", ""),
    "exponential": Look("exponential", BLUE, "--", ""),
    "piecewise": Look("piecewise", GREEN, "-.", ""),
    "inverse": Look("1/t", RED, (0, (7, 2, 1, 2, 1, 2)), ""),
    "adagrad": LOOKS["adagrad"],
}


def _points(curve, values, low=1e-30, high=1e30):
    """A curve by step; what has left the picture is drawn at its edge."""
    curve.set_data(np.arange(len(values)), np.clip(values, low, high))


@styled
def parabola(steps):
    """Steps on a parabola, and the signed distance from its minimum beside them.

    show(curvature, theta, ahead, slope, lr, words) moves; theta (n,) ends where we stand,
    ahead (steps + 1,) is the whole run.
    """
    titles = ["The slope here, and the step it asks for", "Where you stand, step by step"]
    figure, (left, right) = axes_row(titles, 350, [1.25, 1])
    xs = np.linspace(-4.2, 4.2, 120)
    (curve,) = left.plot([], [], color="#7f97ad", lw=1.6)
    (path,) = left.plot([], [], "o-", color="#000000", ms=5, lw=1, alpha=0.6)
    (tangent,) = left.plot([], [], color=ORANGE, label="slope g = λθ")
    (step,) = left.plot([], [], color=BLUE, lw=6, solid_capstyle="butt", label="step −lr · g")
    (here,) = left.plot([], [], "o", color="#000000", ms=12, mec="white")
    left.set(xlim=(-4.2, 4.2), ylim=(-1.1, 10.5), xlabel="θ", ylabel="height")
    left.legend(loc="upper center", ncols=2)
    (coming,) = right.plot([], [], "o-", color="#000000", ms=3, lw=1, alpha=0.35)
    trail = line(right, "gd", markersize=6)
    right.axhline(0, color="black", lw=1)
    right.set(xlim=(0, steps), ylim=(-4.2, 4.2), xlabel="step t", ylabel="θ (minimum at 0)")
    right.set_xticks(range(0, steps + 1, 5))
    texts = scores(figure, ["gd"], columns=1)

    def show(curvature, theta, ahead, slope, lr, words):
        height = curvature * theta**2 / 2
        curve.set_data(xs, curvature * xs**2 / 2)
        path.set_data(theta, height)
        near = theta[-1] + np.array([-1.2, 1.2])
        tangent.set_data(near, height[-1] + slope * (near - theta[-1]))
        step.set_data([theta[-1], theta[-1] - lr * slope], [-0.6, -0.6])
        put(here, theta[-1:], height[-1:])
        inside = np.count_nonzero(np.abs(ahead) <= 4.2) + 1  # one line out of the picture
        for artist, part in ((coming, ahead[:inside]), (trail, theta[:inside])):
            put(artist, np.arange(len(part)), part, every=1)
        texts["gd"].set_text(words)

    moving = [curve, path, tangent, step, here, coming, trail, *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def step_size(steps, highest_lr):
    """The valley from above, what a step leaves of each distance, and the parts of the height.

    show(kappa, lr, best, path, parts, words) moves: lr and best are (lr, kept along,
    kept across), path (2, n), parts and words by the names of PARTS.
    """
    titles = ["The way down", "What one step keeps", "Height by step"]
    figure, (left, middle, right) = axes_row(titles, 360, [1.25, 1, 1])
    turn = np.linspace(0, 2 * np.pi, 60)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    sizes = np.array([0.15, 0.4, 0.8, 1.4, 2.2, 3.2, 4.5, 6])[:, None, None]  # half axes across
    rings = left.add_collection(LineCollection([], colors=CONTOUR, linewidths=0.6))
    left.plot(0, 0, "+", color="black", ms=12, mew=2)
    path = line(left, "gd", markersize=5, lw=1.6)
    (here,) = left.plot([], [], "o", color="#000000", ms=11, mec="white")
    left.set(xlim=(-10, 10), ylim=(-7.5, 7.5))
    plan(left, "x: along", "y: across")
    left.texts[-1].set(x=0.99, ha="right")  # clear of a path that runs away

    lrs = np.linspace(0, highest_lr, 121)
    middle.axhspan(1, 2, color="#f3d6c8", lw=0)
    middle.text(0.05, 1.04, "above 1: grows", va="bottom")
    middle.plot(lrs, np.abs(1 - lrs), color=RED, ls="-.", label="across: |1 − lr · L|")
    (along,) = middle.plot([], [], color=BLUE, ls="--", label="along: |1 − lr · μ|")
    limit = middle.axvline(2, color="black", lw=1, ls=":", label="limit 2/L")
    (best,) = middle.plot([], [], "*", color=ORANGE, ms=16, mec="black", ls="none",
                          label="best 2/(L + μ)")  # fmt: skip
    (now,) = middle.plot([], [], color="black", lw=1.6)
    (dots,) = middle.plot([], [], "o", color="#000000", ms=8, mec="white")
    middle.set(xlim=(0, highest_lr), ylim=(0, 2), xlabel="lr", ylabel="distance kept")
    handles = [along, middle.lines[0], best, limit]
    middle.legend(
        handles=handles, loc="upper left", fontsize=11.5, handlelength=2.2, labelspacing=0.2,
        borderpad=0.1,
    )  # fmt: skip

    curves = {name: line(right, name, PARTS) for name in PARTS}
    curves["both"].set(lw=5, zorder=1.5)
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-9, 1e4), xlabel="step t")
    texts = scores(figure, list(PARTS), PARTS, columns=3)

    def show(kappa, lr, optimum, theta, parts, words):
        rings.set_segments(sizes * circle * [np.sqrt(kappa), 1])
        along.set_data(lrs, np.abs(1 - lrs / kappa))
        now.set_data([lr[0]] * 2, [0, max(lr[1:])])
        dots.set_data([lr[0]] * 2, lr[1:])
        best.set_data(optimum[:1], [max(optimum[1:])])
        outside = np.flatnonzero(np.abs(theta[1]) > 7.5)  # one line out of the picture, no more
        put(path, *(theta[:, : outside[0] + 1] if len(outside) else theta))
        put(here, *theta[:, -1:])
        for name in PARTS:
            _points(curves[name], parts[name])
            curves[name].set_marker("o" if len(parts[name]) == 1 else "")  # no line yet
            texts[name].set_text(words[name])

    moving = [rings, path, here, along, best, now, dots, *curves.values(), *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def crowd(surface, steps):
    """Many walkers on a surface, each with its own noise, and their heights by step.

    show(theta, curves, words) moves: theta (2, n, walkers), the first is drawn as a path;
    curves and words by the names of CROWD.
    """
    figure, (left, right) = axes_row(["The way down", "Height by step"], 400, [1.35, 1])
    landscape(left, surface)
    (dots,) = left.plot([], [], "o", color=ORANGE, ms=6, mec="black", mew=0.5)
    (path,) = left.plot([], [], color=BLUE, lw=1.3)
    lines = {name: line(right, name, CROWD) for name in ("one", "quiet", "floor", "mean")}
    lines["one"].set_linewidth(1)
    lines["mean"].set_markevery(steps // 6)
    height = surface.f(surface.start)
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-5, 10 * height), xlabel="step t")
    put_end, labels = at_ends(right, list(CROWD), CROWD, wide=165)

    def show(theta, curves, words):
        dots.set_data(*theta[:, -1])
        path.set_data(*theta[:, :, 0])
        for name, values in curves.items():
            _points(lines[name], values)
            put_end(name, len(values) - 1, values, words[name].split(": ")[-1])

    return SimpleNamespace(figure=figure, show=show, moving=[dots, path, *lines.values(), *labels])


@styled
def decays(steps, noise_free):
    """Learning rates by step, and how low a crowd comes with each of them.

    show(rates, heights, words, adaptive) moves: by the names of SCHEDULES, rates (steps)
    and heights at every second step; for adagrad, a rate per coordinate, (2, steps).
    """
    figure, (left, right) = axes_row(["The learning rate by step", "Mean height by step"], 400)
    names = [name for name in SCHEDULES if name != "adagrad"]
    rates = {name: line(left, name, SCHEDULES) for name in names}
    curves = {name: line(right, name, SCHEDULES) for name in SCHEDULES}
    own = [line(left, "adagrad") for _ in range(2)]
    ends = [left.text(0, 0, f" {axis}") for axis in "xy"]
    left.set(yscale="log", xlim=(1, steps * 1.06), ylim=(5e-4, 12), xlabel="step t", ylabel="lr")
    right.set(yscale="log", xlim=(0, steps), ylim=(1e-4, noise_free), xlabel="step t")
    put_end, labels = at_ends(right, list(SCHEDULES), SCHEDULES, wide=110)

    def show(lrs, heights, words, adaptive):
        for name, artist in rates.items():
            artist.set_data(np.arange(1, steps + 1), lrs[name])
        for artist, end, values in zip(own, ends, lrs["adagrad"], strict=True):
            put(artist, np.arange(1, steps + 1), values)
            end.set_position((steps, values[-1]))
            upper = values[-1] == max(rate[-1] for rate in lrs["adagrad"])
            end.set_verticalalignment("bottom" if upper else "top")
        for name, artist in curves.items():
            put(artist, np.arange(0, steps + 1, 2), np.clip(heights[name], 1e-30, 1e30))
            seen = adaptive or name != "adagrad"
            put_end(name, steps, heights[name] if seen else [], words[name].split(": ")[-1])
        for artist in (*own, *ends, curves["adagrad"]):
            artist.set_visible(adaptive)

    moving = [*rates.values(), *own, *ends, *curves.values(), *labels]
    return SimpleNamespace(figure=figure, show=show, moving=moving)
