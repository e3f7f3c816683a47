"""The pictures of 08_sparse_words."""

from types import SimpleNamespace

import numpy as np

from adam_lab.figures import GREY, at_ends, axes_row, line, percent, put, styled, wish

FIFTHS = ("#0B3C5D", "#0072B2", "#00805A", "#AD7000", "#C25300")  # from frequent to rare
DASHES = ("-", (0, (6, 2)), "-.", (0, (3, 1, 1, 1, 1, 1)), ":")
MARKS = ("o", "s", "D", "^", "v")


@styled
def who_learns(names, start, least, steps):
    """Losses of five groups of words by step, and how far each has come.

    names   of the groups, from frequent to rare; least (5,) their lowest possible losses
    show(t, losses, share, words) moves: losses (t + 1, 5), share (5,) of the way done, words
    """
    figure, (left, right) = axes_row(
        ["Loss of each group by step", "Share of the way done"], 440, [1.15, 1]
    )
    figure.get_layout_engine().set(rect=(0, 32 / 440, 1, 1 - 32 / 440))
    high = start + 1
    left.set(xlim=(0, steps), ylim=(1.5, high), xlabel="step t", ylabel="loss")
    left.axhline(start, color=GREY, lw=1)
    left.text(steps, start + 0.06, "all words alike", ha="right", va="bottom", color=GREY)
    curves = []
    for k, color in enumerate(FIFTHS):
        left.axhline(least[k], color=color, lw=1.2, ls=":")
        (curve,) = left.plot([], [], color=color, ls=DASHES[k], marker=MARKS[k], ms=6)
        curves.append(curve)
    left.text(0.02, 0.02, "dotted: as low as each can get", transform=left.transAxes, color=GREY)
    rows = np.arange(len(names))[::-1]
    bars = right.barh(rows, np.zeros(len(names)), 0.34, color=FIFTHS, align="edge")
    right.set(xlim=(0, 1.18), ylim=(-0.15, len(names) - 0.1), yticks=[])
    right.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    right.grid(axis="y", visible=False)
    for k, (row, name) in enumerate(zip(rows, names, strict=True)):
        right.plot([0.015], [row + 0.55], MARKS[k], color=FIFTHS[k], ms=8)
        right.text(0.05, row + 0.55, name, va="center")
    ends = [right.text(0, row + 0.17, "", va="center") for row in rows]
    words = figure.text(0.02, 15 / 440, "", va="center")

    def show(t, losses, share, text):
        for curve, values in zip(curves, losses.T, strict=True):
            curve.set_data(np.arange(t + 1), np.clip(np.nan_to_num(values, nan=high), 0, high))
            curve.set_markevery(max(t // 6, 1))
        held = np.clip(share, 0, 1)
        for bar, end, wide, true in zip(bars, ends, held, share, strict=True):
            bar.set_width(wide)
            end.set_x(wide + 0.02)
            end.set_text(percent(true) if true > -1 else "lost")
        words.set_text(text)

    moving = [*curves, *bars, *ends, words]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


@styled
def zipf(names, book, steps, goal):
    """Frequencies by rank, and what is left of the loss by step, each rule at its best lr.

    book   frequencies of the book's words, the most frequent first
    show(frequency, curves, results) moves: name -> what is left (n,), name -> words
    """
    figure, (left, right) = axes_row(
        ["How often is the word of this rank?", "What is left of the loss, by step"], 440
    )
    left.set(xscale="log", yscale="log", xlim=(1, 500), ylim=(1e-5, 1), xlabel="rank")
    left.set_ylabel("share of all places")
    left.plot(np.arange(1, len(book) + 1), book, ".", color="#8c8c8c", ms=4, label="the book")
    (made,) = left.plot([], [], color="black", label="the made-up language")
    left.legend(loc="upper right")
    right.set(yscale="log", xlim=(0, steps), ylim=(0.01, 2), xlabel="step t")
    right.axhline(goal, color=GREY, lw=1.4, ls="--")
    right.set_ylabel(f"share that is left (dashed: {percent(goal)})")
    curves = {name: line(right, name) for name in names}
    put_end, labels = at_ends(right, names, wide=150)

    def show(frequency, lines, results):
        made.set_data(np.arange(1, len(frequency) + 1), frequency)
        for name, values in lines.items():
            put(curves[name], np.arange(len(values)), np.clip(values, 1e-3, 10))
            put_end(name, steps, values, results[name].split(": ")[1])

    moving = [made, *curves.values(), *labels]
    return SimpleNamespace(figure=figure, show=show, moving=moving)


def _free(points, named, order, marked):
    """(number, place, side) of those words that lie over no word before them, and no marker."""
    taken = np.concatenate([points[marked] - 0.02, points[marked] + 0.02], axis=1)
    for i in order:
        x, y = points[i]
        wide, high = 0.043 * len(named[i]), 0.09  # of letters of 11 pixels, in units of the map
        gap = 0.06 if i == order[0] else 0.03  # the first has a star
        for left, at, side in ((x + gap, x + gap, "left"), (x - gap - wide, x - gap, "right")):
            box = np.array([left, y - high / 2, left + wide, y + high / 2])
            over = (box[:2] < taken[:, 2:]).all(axis=1) & (taken[:, :2] < box[2:]).all(axis=1)
            if not over.any() and left > -1.3 and left + wide < 1.3:
                taken = np.vstack([taken, box])
                yield i, (at, y), side
                break


@styled
def embedding(span):
    """Words as points, and the averages that the optimizer keeps for one of them.

    show(points, named, chosen, near, steps, kept, met, lines) moves: points (words, 2), named
    {number: word} of those to write, the chosen one's number and its neighbours', the steps of
    the window (n,), kept: None or (m, root of v), each (n,), met (n,) where the word was drawn,
    and three lines of words.
    """
    figure, (left, right) = axes_row(
        ["Words as points", "What is kept for the chosen word"], 470, [1.6, 1]
    )
    figure.get_layout_engine().set(rect=(0, 78 / 470, 1, 1 - 78 / 470))
    left.set(xticks=[], yticks=[], xlim=(-1.3, 1.3), ylim=(-1.05, 1.05), aspect="equal")
    left.grid(False)
    (dots,) = left.plot([], [], ".", color="#8c8c8c", ms=4.5)
    (close,) = left.plot([], [], "s", color="#0072B2", ms=6)
    (here,) = left.plot([], [], "*", color="#C25300", ms=16, mec="white")
    names = [left.text(0, 0, "", fontsize=11, va="center") for _ in range(40)]
    (m,) = right.plot([], [], color="#0072B2", label="length of its m")
    (v,) = right.plot([], [], color="#00805A", ls="--", label="root of its v")
    (seen,) = right.plot([], [], "|", color="black", ms=10, mew=1.6, label="the word was drawn")
    right.set(xlabel="step t", xlim=(0, span), ylim=(0, 1.45), ylabel="share of the largest")
    right.set_yticks([0, 0.5, 1])
    right.legend(loc="upper right", fontsize=11)
    note = wish(right)
    rows = [figure.text(0.02, y / 470, "", va="center") for y in (62, 38, 14)]

    def show(points, named, chosen, near, steps, kept, met, lines):
        points = points / max(np.abs(points).max(), 1e-12)
        dots.set_data(*points.T)
        close.set_data(*points[near].T)
        here.set_data(*points[[chosen]].T)
        for text in names:
            text.set_text("")
        first = sorted(named, key=lambda i: (i != chosen, i not in near))
        free = _free(points, named, first, [chosen, *near])
        for text, (i, at, side) in zip(names, free, strict=False):
            text.set(text=named[i], position=at, ha=side)
            text.set_color("#A84300" if i == chosen else "#0072B2" if i in near else "#3a3a3a")
        for curve, values in zip((m, v), kept or ([], []), strict=True):
            top = max(np.max(values, initial=0), 1e-12)
            curve.set_data(steps if kept else [], np.asarray(values) / top)
        seen.set_data(steps[met], np.full(met.sum(), 0.03))
        right.set_xlim(*((steps[0], steps[0] + span) if len(steps) else (0, span)))
        note.set_text("" if kept else "press Train" if not len(steps) else "no m and no v here")
        for row, text in zip(rows, lines, strict=True):
            row.set_text(text)

    moving = [dots, close, here, *names, m, v, seen, note, *rows]
    return SimpleNamespace(figure=figure, show=show, moving=moving, axis=right.xaxis)
