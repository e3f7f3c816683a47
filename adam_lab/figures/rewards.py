"""The pictures of 10_rewards."""

from types import SimpleNamespace

import numpy as np
from matplotlib.patches import Rectangle

from adam_lab.figures import BLUE, GREY, INK, LOOKS, ORANGE, axes_row, styled, wish

SIZES = (1e-6, 1e12)


@styled
def cart(edge, steps, rounds):
    """A cart with its pole on a track; beside it how long a try lasts, by round.

    show(name, position, angle, said, lengths, at, words) moves: the optimizer's name, metres,
    radians, what stands above the cart, all runs' lengths (rounds + 1, runs), the round that is
    looked at, and two lines of words.
    """
    figure, (left, right) = axes_row(["The cart", "Steps until it falls, by round"], 400, [1.25, 1])
    figure.get_layout_engine().set(rect=(0, 56 / 400, 1, 1 - 56 / 400))
    left.set(xlim=(-edge - 0.6, edge + 0.6), ylim=(-0.75, 1.75), yticks=[], xlabel="metres")
    left.set_aspect("equal", anchor="N")
    left.grid(False)
    left.spines["left"].set_visible(False)
    left.axhline(-0.24, color=GREY, lw=1.6)
    for end in (-edge, edge):
        left.plot([end, end], [-0.24, 0.1], color=GREY, lw=4, solid_capstyle="butt")
    body = Rectangle((-0.3, -0.2), 0.6, 0.3, facecolor=BLUE, edgecolor="none")
    left.add_patch(body)
    (wheels,) = left.plot([], [], "o", color=INK, ms=9)
    (pole,) = left.plot([], [], color=ORANGE, lw=7)
    (joint,) = left.plot([], [], "o", color=INK, ms=6)
    verdict = left.text(0, 1.58, "", ha="center", va="center")
    right.set(xlim=(0, rounds), ylim=(0, steps * 1.04), xlabel="round", ylabel="steps, mean of 32")
    each = [right.plot([], [], color=GREY, lw=0.8, alpha=0.7)[0] for _ in range(5)]
    (median,) = right.plot([], [])
    (head,) = right.plot([], [], "o", ms=10, mec="white", clip_on=False)
    rows = [figure.text(0.02, y / 400, "", va="center") for y in (40, 16)]

    def show(name, position, angle, said, lengths, at, words):
        body.set_x(position - 0.3)
        wheels.set_data([position - 0.17, position + 0.17], [-0.2, -0.2])
        pole.set_data([position, position + np.sin(angle)], [0.1, 0.1 + np.cos(angle)])
        joint.set_data([position], [0.1])
        verdict.set_text(said)
        t = np.arange(len(lengths))
        for line, run in zip(each, lengths.T, strict=True):
            line.set_data(t, run)
        middle = np.median(lengths, axis=1)
        median.set_data(t, middle)
        head.set_data([at], middle[[at]])
        for artist in (median, head):
            artist.set_color(LOOKS[name].color)
        for row, text in zip(rows, words, strict=True):
            row.set_text(text)

    moving = [body, wheels, pole, joint, verdict, *each, median, head, *rows]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def baird(start):
    """How large the values are, by step, on a logarithmic scale; the right ones are 0.

    show(name, sizes, words) moves: the optimizer's name, sizes (steps + 1), one line of words.
    """
    figure, (ax,) = axes_row(["Size of the values, by step; the right values are 0"], 400)
    figure.get_layout_engine().set(rect=(0, 32 / 400, 1, 1 - 32 / 400))
    ax.set(yscale="log", ylim=SIZES, xlabel="step t", ylabel="size (dashed: at the start)")
    edge = "along the edge: beyond"
    ax.text(0.98, 0.03, edge, transform=ax.transAxes, ha="right", color=GREY)
    ax.axhline(start, color=GREY, lw=1.2, ls="--")
    (curve,) = ax.plot([], [], lw=1.6)
    (head,) = ax.plot([], [], "o", ms=9, mec="white", clip_on=False)
    words = figure.text(0.02, 16 / 400, "", va="center")
    ax.set_xlim(0, 10_000)

    def show(name, sizes, text):
        held = np.clip(np.nan_to_num(sizes, nan=SIZES[1], posinf=SIZES[1]), *SIZES)
        curve.set_data(np.arange(len(held)), held)
        curve.get_path().should_simplify = True
        head.set_data([len(held) - 1], held[-1:])
        for artist in (curve, head):
            artist.set_color(LOOKS[name].color)
        words.set_text(text)

    return SimpleNamespace(figure=figure, show=show, moving=[curve, head, words])


@styled
def tasks(number, chance):
    """Right answers and dead units at the end of each task, of this run and the one before.

    show(name, ends, before, words) moves: the optimizer's name, shares (tasks so far, 2, runs)
    of right answers and of dead units, the same of the run before, and three lines of words.
    """
    figure, axes = axes_row(["Right answers at the end of each task", "Dead units"], 420, [1.2, 1])
    figure.get_layout_engine().set(rect=(0, 78 / 420, 1, 1 - 78 / 420))
    medians, olds, each = [], [], []
    for ax in axes:
        ax.set(xlim=(0.7, number + 0.3), ylim=(0, 1.02), xlabel="task", xticks=range(1, number + 1))
        each.append([ax.plot([], [], ".", color=GREY, ms=5)[0] for _ in range(5)])
        olds.append(ax.plot([], [], color=GREY, lw=1.6, ls="--")[0])
        medians.append(ax.plot([], [], "o-", ms=8, mec="white")[0])
    axes[0].set_ylabel("share, median of 5 runs")
    axes[0].axhline(chance, color=GREY, lw=1.4, ls=":")
    note = "dotted: guessing\ndashed: run before\ndots: each run"
    axes[0].text(0.98, 0.97, note, transform=axes[0].transAxes, ha="right", va="top", color=GREY)
    press = wish(axes[0])
    rows = [figure.text(0.02, y / 420, "", va="center") for y in (62, 38, 14)]

    def show(name, ends, before, words):
        for k in (0, 1):
            for line, shares in ((medians[k], ends), (olds[k], before)):
                line.set_data(np.arange(1, len(shares) + 1), np.median(shares[:, k], axis=1))
            for i, dots in enumerate(each[k]):
                dots.set_data(np.arange(1, len(ends) + 1), ends[:, k, i])
            medians[k].set_color(LOOKS[name].color)
        press.set_visible(not len(ends))
        for row, text in zip(rows, words, strict=True):
            row.set_text(text)

    moving = [*medians, *olds, *each[0], *each[1], press, *rows]
    return SimpleNamespace(figure=figure, show=show, moving=moving)
