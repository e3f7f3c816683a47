"""The pictures of 07_train_a_network."""

from types import SimpleNamespace

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from adam_lab.figures import (
    GREY,
    LOOKS,
    PROJECTOR,
    RED,
    axes_row,
    called,
    line,
    put,
    scores,
    styled,
    wish,
)

LOSSES = (1e-5, 10)
TEST = dict(label="test", lw=2, ls=(0, (1, 1.5)))  # thinner dots are not seen by night


def _held(losses, low, high):
    """Inside the axes: what leaves them, such as a run that diverges, is drawn along the edge."""
    return np.clip(np.nan_to_num(losses, nan=high, posinf=high), low, high)


def _against(ax, actual):
    """Axes for predicted against actual; the dots that move."""
    ax.axline((0, 0), slope=1, color="black", lw=1.2, ls="--")
    ax.set(xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), xlabel="actual", ylabel="predicted",
           aspect="equal")  # fmt: skip
    ax.text(0.97, 0.08, "dashed: predicted = actual", transform=ax.transAxes, ha="right")
    return ax.plot(actual, 0 * actual, "o", color="black", ms=4, alpha=0.6)[0]


@styled
def training(actual, epochs):
    """Losses that grow while a network trains; beside them predicted against actual.

    show(name, losses, predicted, before, now, then, dials) moves: the optimizer's name,
    losses (n, 2) of training and test, predictions for `actual`, the losses of the run
    before (n, 2) and three lines of words.
    """
    figure, (left, right) = axes_row(["Loss by epoch", "Test part: the network's answers"], 450)
    figure.get_layout_engine().set(rect=(0, 78 / 450, 1, 1 - 78 / 450))
    left.set(yscale="log", xlim=(0, epochs), ylim=LOSSES, xlabel="epoch", ylabel="loss")
    (old,) = left.plot([], [], color=GREY, lw=1.6, ls="--", label="training, run before")
    (train,) = left.plot([], [], color="black", label="training")
    (test,) = left.plot([], [], color="black", **TEST)
    (head,) = left.plot([], [], "o", color="black", ms=9, mec="white", clip_on=False)
    note = wish(left)
    dots = _against(right, actual)
    rows = [figure.text(0.02, y / 450, "", va="center") for y in (62, 38, 14)]
    legend = left.legend(loc="upper right", ncols=3, handlelength=1.6, columnspacing=1.2)

    def show(name, losses, predicted, before, words):
        color = LOOKS[name].color
        for curve, values in ((train, losses[:, 0]), (test, losses[:, 1]), (old, before[:, 0])):
            curve.set_data(np.arange(len(values)), _held(values, *LOSSES))
        for curve, sample in zip((train, test), legend.get_lines()[1:], strict=True):
            curve.set_color(color)
            sample.set_color(color)
        dots.set_ydata(_held(predicted, -3.5, 3.5))
        head.set_data([len(losses) - 1], _held(losses[-1:, 0], *LOSSES))
        note.set_visible(len(losses) == 1)
        for artist in (dots, head):
            artist.set_color(color)
        for row, text in zip(rows, words, strict=True):
            row.set_text(text)

    moving = [old, train, test, head, note, dots, legend, *rows]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def contest(names, epochs, low, high):
    """Losses of several optimizers over seeds: median and range by epoch, each seed beside it.

    show(name, losses, result) moves: losses (seeds, epochs so far + 1), the result in words.
    """
    figure, (left, right) = axes_row(
        ["Loss by epoch: median and range of the seeds", "Every seed, at this epoch"], 440,
        [1.25 if PROJECTOR else 1.6, 1],
    )  # fmt: skip
    bands, curves, dots = {}, {}, {}
    for i, name in enumerate(names):
        look = LOOKS[name]
        bands[name] = left.fill_between([0, 1], [1, 1], [1, 1], color=look.color, alpha=0.16, lw=0)
        curves[name] = line(left, name)
        (dots[name],) = right.plot([], [], look.marker, color=look.color, ms=8, alpha=0.6)
        dots[name].set_xdata([i])
    left.set(yscale="log", xlim=(0, epochs), ylim=(low, high), xlabel="epoch", ylabel="loss")
    left.xaxis.get_major_locator().set_params(integer=True)
    right.set(yscale="log", xlim=(-0.6, len(names) - 0.4), ylim=(low, high))
    short = [LOOKS[name].short.replace(" ", "\n") for name in names]
    right.set_xticks(range(len(names)), short, fontsize=12)
    texts = scores(figure, names)

    def show(name, losses, result):
        t, held = np.arange(losses.shape[1]), _held(losses, low, high)
        bands[name].set_data(t, held.min(axis=0), held.max(axis=0))
        put(curves[name], t, np.median(held, axis=0))
        ends = held[:, -1]
        beside = np.linspace(-0.3, 0.3, len(ends))
        dots[name].set_data(names.index(name) + beside, ends)
        texts[name].set_text(f"{called(name)}: {result}")

    moving = [*bands.values(), *curves.values(), *dots.values(), *texts.values()]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def digits(epochs):
    """Accuracy by epoch, the confusion picture, and a dozen digits that were mistaken.

    show(name, accuracies, table, images, said, words) moves: accuracies (n, 2) of training
    and test, table (10, 10) of counts with the right digit by row, images (n, 8, 8) of at
    most twelve, and for each of them (the right digit, the answer).
    """
    figure, (left, middle, right) = axes_row(
        ["Right answers by epoch", "Confusion, test part", "A dozen it got wrong"], 430,
        [1, 1.05, 1],
    )  # fmt: skip
    figure.get_layout_engine().set(rect=(0, 30 / 430, 1, 1 - 30 / 430))
    left.set(xlim=(0, epochs), ylim=(0, 1.02), xlabel="epoch", ylabel="share of right answers")
    left.set_xticks(range(0, epochs + 1, 5))
    (train,) = left.plot([], [], color="black", label="training")
    (test,) = left.plot([], [], color="black", **TEST)
    legend = left.legend(loc="lower right")
    for curve in (train, test):
        curve.set(marker="o", ms=4, markevery=[-1])  # epoch 0 alone is no line
    shades = LinearSegmentedColormap.from_list("", [(*to_rgb(RED), 0.07), (*to_rgb(RED), 0.6)])
    shade = middle.imshow(np.zeros((10, 10)), cmap=shades, vmin=0, vmax=6)
    middle.set_anchor("N")
    right.set_anchor("N")
    middle.set(xticks=range(10), yticks=range(10), xlabel="answer", ylabel="right digit")
    middle.grid(False)
    counts = [
        [middle.text(j, i, "", ha="center", va="center", fontsize=12) for j in range(10)]
        for i in range(10)
    ]
    across, wide = (3, 13) if PROJECTOR else (4, 10)
    empty = np.zeros((12 // across * 12, across * wide))
    sheet = right.imshow(empty, cmap="gray_r", vmin=0, vmax=1)
    right.set(xticks=[], yticks=[])
    right.grid(False)
    right.spines[:].set_visible(False)
    labels = [
        right.text(
            wide * (i % across) + 4.5, 12 * (i // across) + 9.7, "", ha="center", va="center"
        )
        for i in range(12)
    ]
    words = figure.text(0.02, 15 / 430, "", va="center")

    def show(name, accuracies, table, images, said, text):
        for k, curve in enumerate((train, test)):
            curve.set_data(np.arange(len(accuracies)), accuracies[:, k])
            curve.set_color(LOOKS[name].color)
            legend.get_lines()[k].set_color(LOOKS[name].color)
        wrong = table * (1 - np.eye(10, dtype=int))
        shade.set_data(np.minimum(wrong, 5))  # pale enough for black words in both themes
        for i, row in enumerate(counts):
            for j, cell in enumerate(row):
                cell.set_text(str(table[i, j]) if table[i, j] else "")
                cell.set_color("black" if i != j else "#5a5a5a")
        mosaic = np.full(empty.shape, np.nan)
        for i, label in enumerate(labels):
            y, x = 12 * (i // across), wide * (i % across)
            if i < len(images):
                mosaic[y : y + 8, x + 1 : x + 9] = images[i]
            label.set_text(f"{said[i][0]}, says {said[i][1]}" if i < len(images) else "")
        sheet.set_data(mosaic)
        words.set_text(text)

    texts = [cell for row in counts for cell in row]
    moving = [train, test, legend, shade, *texts, sheet, *labels, words]
    return SimpleNamespace(figure=figure, show=show, moving=moving)
