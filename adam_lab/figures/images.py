"""The pictures of 09_images."""

from types import SimpleNamespace

import numpy as np

from adam_lab.figures import BLUE, GREEN, GREY, LOOKS, ORANGE, axes_row, number, put, styled

DB = (5, 25)


def _picture(ax, shape, **shades):
    """An empty picture in axes without ticks."""
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.set_anchor("N")
    return ax.imshow(np.zeros(shape), **(dict(cmap="gray", vmin=0, vmax=1) | shades))


@styled
def denoise(noisy, clean, level, steps):
    """A noisy picture, what the network makes of it, the truth; beside them dB by step.

    show(name, cleaned, curve, before, said, words) moves: the optimizer's name, the picture,
    (t, dB) of this run and of the one before (2, n), what is said under the three pictures,
    and three lines of words.
    """
    figure, axes = axes_row(["Noisy", "Cleaned", "Truth", "dB by step"], 370, [1, 1, 1, 1.1])
    figure.get_layout_engine().set(rect=(0, 78 / 370, 1, 1 - 78 / 370))
    pictures = [_picture(ax, clean.shape) for ax in axes[:3]]
    for shade, values in zip(pictures, (noisy, 0 * clean, clean), strict=True):
        shade.set_data(values)
    below = [
        ax.text(0.5, -0.03, "", transform=ax.transAxes, ha="center", va="top") for ax in axes[:3]
    ]
    right = axes[3]
    right.set_xscale("symlog", linthresh=1)
    right.set(xlim=(0, steps), ylim=DB, xlabel="step t")
    right.set_xticks([0, 1, 10, 100, 1000], ["0", "1", "10", "100", "1000"])
    right.set_yticks(range(DB[0], DB[1] + 1, 5))
    right.axhline(level, color=GREY, lw=1.4, ls=":")
    dotted = "dotted: noisy\ndashed: run before"
    right.text(0.03, 0.97, dotted, transform=right.transAxes, va="top", color=GREY)
    (old,) = right.plot([], [], color=GREY, lw=1.6, ls="--")
    (now,) = right.plot([], [], color="black")
    (head,) = right.plot([], [], "o", color="black", ms=9, mec="white", clip_on=False)
    rows = [figure.text(0.02, y / 370, "", va="center") for y in (62, 38, 14)]

    def show(name, cleaned, curve, before, said, words):
        color = LOOKS[name].color
        pictures[1].set_data(np.clip(np.nan_to_num(cleaned), 0, 1))
        for artist, (t, db) in ((old, before), (now, curve)):
            artist.set_data(t, np.clip(np.nan_to_num(db, nan=DB[0]), *DB))
        head.set_data(curve[0][-1:], np.clip(np.nan_to_num(curve[1][-1:], nan=DB[0]), *DB))
        for artist in (now, head):
            artist.set_color(color)
        for text, what in zip((*below, *rows), (*said, *words), strict=True):
            text.set_text(what)

    moving = [pictures[1], old, now, head, *below, *rows]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


KERNELS = {"layer 1": (BLUE, "o"), "layer 2": (ORANGE, "s"), "scores": (GREEN, "^")}


@styled
def layers(lrs, height):
    """Left, how far one step moves each layer beside its size; right, the loss after that step.

    show(name, lr, ratios, losses, start, now, words) moves: the rule's name, its lr, for each
    of three layers the ratio, the loss at each of lrs and at lr, and the loss before the step.
    """
    figure, (left, right) = axes_row(
        ["One step: update over weights, by layer", "The loss after that one step"], 400
    )
    figure.get_layout_engine().set(rect=(0, 32 / 400, 1, 1 - 32 / 400))
    left.set(yscale="log", ylim=(1e-8, 1e4), axisbelow=True, xlim=(-0.6, 2.6))
    left.set_ylabel("length of update / weights (dashed: 1)")
    left.set_xticks(range(3), KERNELS)
    left.axhline(1, color=GREY, lw=1.2, ls="--")
    bars = left.bar(range(3), [1] * 3, bottom=1e-8, width=0.5,
                    color=[color for color, _ in KERNELS.values()])  # fmt: skip
    paper = dict(facecolor="white", alpha=0.8, edgecolor="none", pad=1)
    labels = [left.text(i, 1, "", ha="center", va="bottom", bbox=paper) for i in range(3)]
    right.set(xscale="log", xlim=(lrs[0], lrs[-1]), ylim=height, xlabel="lr", ylabel="loss")
    before = right.axhline(1, color=GREY, lw=1.2, ls="--")
    dashed = "dashed: before the step; along the edge: beyond"
    right.text(0.02, 0.03, dashed, transform=right.transAxes, color=GREY)
    (curve,) = right.plot(lrs, 1 + 0 * lrs)
    (mark,) = right.plot([], [], "o", ms=10, mec="white", clip_on=False)
    words = figure.text(0.02, 16 / 400, "", va="center")

    def show(name, lr, ratios, losses, start, now, text):
        for bar, label, ratio in zip(bars, labels, ratios, strict=True):
            top = float(np.clip(ratio, 1e-8, 1e4))
            bar.set_height(top - 1e-8)
            label.set(y=min(top, 2e3) * 1.2, text=number(ratio, 2))
        before.set_ydata([start] * 2)
        curve.set_ydata(np.clip(np.nan_to_num(losses, nan=height[1]), *height))
        mark.set_data([lr], [np.clip(np.nan_to_num(now, nan=height[1]), *height)])
        for artist in (curve, mark):
            artist.set_color(LOOKS[name].color)
        words.set_text(text)

    moving = [*bars, *labels, before, curve, mark, words]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def kernels(number, epochs, low):
    """Right answers by epoch; the first layer's kernels, and a digit as each of them sees it.

    show(name, epoch, accuracies, kernels, digit, seen, words) moves: kernels (number, 3, 3),
    the digit (8, 8), and what each kernel makes of it (number, 6, 6).
    """
    figure, (left, middle, right) = axes_row(
        ["Right answers by epoch", "Kernels of layer 1", "The digit, and what each sees"], 400,
        [1.1, 1, 1.25],
    )  # fmt: skip
    figure.get_layout_engine().set(rect=(0, 32 / 400, 1, 1 - 32 / 400))
    left.set(xlim=(0, epochs), ylim=(low, 1), xlabel="epoch", ylabel="share of right answers")
    (curve,) = left.plot([], [])
    (head,) = left.plot([], [], "o", ms=9, mec="white", clip_on=False)
    most = 1.0
    weights = _picture(middle, (4 * 4 - 1, 4 * 2 - 1), cmap="RdBu_r", vmin=-most, vmax=most)
    pictures = _picture(right, (8 + 2 * 7, 4 * 7), cmap="gray_r")
    words = figure.text(0.02, 16 / 400, "", va="center")

    def show(name, accuracies, kernels, digit, seen, text):
        put(curve, np.arange(len(accuracies)), np.clip(accuracies, low, 1))
        head.set_data([len(accuracies) - 1], np.clip(accuracies[-1:], low, 1))
        for artist in (curve, head):
            artist.set_color(LOOKS[name].color)
        sheet = np.full((15, 7), np.nan)
        for k, kernel in enumerate(kernels):
            i, j = 4 * (k // 2), 4 * (k % 2)
            sheet[i : i + 3, j : j + 3] = kernel / np.abs(kernel).max()
        weights.set_data(sheet)
        mosaic = np.full((22, 28), np.nan)
        mosaic[:8, 10:18] = digit / digit.max()
        for k, picture in enumerate(seen):
            i, j = 9 + 7 * (k // 4), 7 * (k % 4)
            mosaic[i : i + 6, j : j + 6] = picture / max(seen.max(), 1e-9)
        pictures.set_data(mosaic)
        words.set_text(text)

    return SimpleNamespace(figure=figure, show=show, moving=[curve, head, weights, pictures, words])
