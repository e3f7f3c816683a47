"""The panels of 08_sparse_words."""

from functools import cache, lru_cache

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, counted, number, percent
from adam_lab.figures import words as figures
from adam_lab.live import Live
from adam_lab.live_run import LiveRun
from adam_lab.models import words as model
from adam_lab.panels.dials import pick, step_dial, stops, switch

RULES = dict(
    adam=core.adam, gd=core.gd, heavy_ball=core.heavy_ball, sign=model.sign_descent,
)  # fmt: skip
BEST = dict(adam=1, gd=600, heavy_ball=400, sign=0.5)  # lowest mean loss of the table at step 10
PARTS = (0.03, 0.1, 0.25, 0.5, 1, 2)


@cache
def fifths():
    """Counts of the table, the group of each word, names of the groups."""
    counts = model.table(model.neighbours())
    group = model.fifths(counts.sum(axis=1))
    words, names = np.array(model.vocabulary()), []
    for k in range(5):
        inside = words[group == k]
        names.append(f"{len(inside)} words: {', '.join(inside[:4])} ...")
    return counts, group, names


def by_fifth(losses):
    """Losses of words as those of the five groups: each place counts once."""
    counts, group, _ = fifths()
    seen = counts.sum(axis=1)
    return np.array([np.average(losses[group == k], weights=seen[group == k]) for k in range(5)])


def who_learns():
    """WHO LEARNS (08): frequent and rare words, each fifth of the book by itself."""
    steps = 50
    counts, group, names = fifths()
    places = np.bincount(group, weights=counts.sum(axis=1)) / counts.sum()
    start, least = np.log(model.WORDS), by_fifth(model.least_losses(counts))
    picture = figures.who_learns(names, start, least, steps)

    @lru_cache(maxsize=16)
    def losses(rule, part):
        run = model.next_run(
            RULES[rule], lambda theta: model.next_slope(theta, counts), steps, lr=part * BEST[rule]
        )
        with np.errstate(all="ignore"):
            return np.array([by_fifth(model.next_losses(theta, counts)) for theta in run])

    def update(rule, part, t):
        seen = losses(rule, part)[: t + 1]
        share = np.where(t, start - seen[-1], 0) / (start - least)
        lr = f"lr {number(part * BEST[rule])} (its best for 10 steps × {part:g})"
        mean = f"mean loss {places @ seen[-1]:.2f}, at best {places @ least:.2f}"
        words = f"{LOOKS[rule].label}, {lr}, step {t}: {mean}"
        picture.show(t, seen, np.nan_to_num(share, nan=-2), words)
        done = ", ".join(percent(x) if x > -1 else "lost" for x in share)
        return f"{words}. Share of the way done, from frequent to rare: {done}."

    controls = dict(
        rule=pick("optimizer", [(LOOKS[name].label, name) for name in RULES]),
        part=stops("lr, × its best", 0.25, [(f"{part:g}", part) for part in PARTS]),
        t=step_dial(steps, 5),
    )
    return Live(picture.figure, picture.moving, update, controls, play="t")


TRIED = dict(  # lr times the frequency of the most frequent word; Adam's lr as it is
    gd=np.geomspace(0.5, 32, 25), heavy_ball=np.geomspace(0.05, 32, 29),
    adam=np.geomspace(0.05, 3.2, 25),
)  # fmt: skip
GOAL, LIMIT = 0.1, 200


@lru_cache(maxsize=64)
def zipf_best(rule, exponent, words):
    """(steps until a tenth is left and stays, lr, what is left by step) at the best lr."""
    lrs = TRIED[rule] / (1 if rule == "adam" else model.zipf(exponent, words)[0])
    left = model.zipf_losses(RULES[rule], exponent, words, lrs, LIMIT)
    above = left >= GOAL
    needed = np.where(above[-1], np.inf, LIMIT + 1 - above[::-1].argmax(axis=0))
    best = needed.argmin()
    return needed[best], lrs[best], left[:, best]


def zipf():
    """ZIPF (08): a made-up language with words as uneven as you like."""
    names, shown = ["gd", "heavy_ball", "adam"], 120
    book = np.array([model.book().count(word) for word in model.vocabulary()]) / len(model.book())
    picture = figures.zipf(names, book, shown, GOAL)

    def update(exponent, words):
        lines, results, said = {}, {}, []
        for name in names:
            needed, lr, left = zipf_best(name, exponent, words)
            lines[name] = left[: shown + 1]
            count = counted(int(needed), "step") if needed <= LIMIT else f"not in {LIMIT} steps"
            results[name] = f"{LOOKS[name].short}: {count}, lr {number(lr)}"
            said.append(results[name])
        picture.show(model.zipf(exponent, words), lines, results)
        return (
            f"Made-up language of {words} words, exponent {exponent:g}. Until a tenth of the loss "
            f"is left for good, each at its best lr: {'; '.join(said)}."
        )

    controls = dict(
        exponent=stops("exponent", 1, [(f"{k / 4:g}", k / 4) for k in range(6)]),
        words=stops("words", 100, [(str(n), n) for n in (50, 100, 200, 400)]),
    )
    return Live(picture.figure, picture.moving, update, controls)


POINT_RULES = {  # name -> (label, rule, lr that falls to 0)
    "adam": ("Adam", core.adam, 0.025),
    "lazy": ("lazy Adam", model.lazy_adam, 0.025),
    "gd": ("gradient descent", core.gd, 12),
}
THIN = 0.003
WRITTEN = (
    "the she said alice king queen hatter gryphon turtle rabbit mouse cat duchess dormouse hare "
    "you they her his head hand eyes two three little very went had"
).split()


def embedding():
    """EMBEDDING (08): words become points while you watch; what is kept for one of them."""
    steps, span = 2000, 300
    words = model.vocabulary()
    number = {word: i for i, word in enumerate(words)}
    picture = figures.embedding(span)
    written = [number[word] for word in WRITTEN if word in number]

    def named(rule, thin):
        label, _, lr = POINT_RULES[rule]
        return f"{label}, lr {lr:g} falling to 0{', frequent words thinned' if thin else ''}"

    def work(last, rule, thin, **dials):
        size = model.WORDS
        m, v, met = (np.zeros((steps + 1, size), kind) for kind in (float, float, bool))
        now = dict(rule=rule, name=named(rule, thin), m=m, v=v, met=met)
        theta = model.points(0)
        yield 0, now | dict(t=0, theta=theta, loss=model.points_loss(theta))
        _, optimizer, lr = POINT_RULES[rule]
        run = model.points_run(optimizer, 0, steps, limit=THIN * thin, lr=model.to_zero(lr, steps))
        for t, state in enumerate(run, 1):
            for kept, into in (("m", m), ("v", v)):
                if kept in state:
                    rows = state[kept].reshape(2, size, -1)[0]
                    into[t] = np.sqrt((rows * rows if kept == "m" else rows).sum(axis=1))
            met[t] = state["g"].reshape(2, size, -1)[0].any(axis=1)
            if t % 50 == 0:
                theta = state["theta"]
                yield t / steps, now | dict(t=t, theta=theta, loss=model.points_loss(theta))

    def update(report, word, rule, thin):
        chosen = number[word]
        t = report["t"] if report else 0
        theta = report["theta"] if report else model.points(0)
        near = model.nearest(theta, chosen)
        steps_now = np.arange(max(t - span, 0) + 1, t + 1)
        kept, met = None, np.zeros(0, bool)
        if report:
            met = report["met"][steps_now, chosen]
            if report["rule"] != "gd" and t:
                kept = report["m"][steps_now, chosen], report["v"][steps_now, chosen]
        close = [i for i, _ in near]
        listed = ", ".join(f"{words[i]} {cosine:.2f}" for i, cosine in near[:6])
        loss = report["loss"] if report else model.points_loss(theta)
        lines = [
            f"{report['name'] if report else 'Not trained yet'}: step {t}, loss {loss:.2f}",
            f"Nearest to {word} (cosine of the angle): {listed}",
            f"Train will use {named(rule, thin)}",
        ]
        show = {i: words[i] for i in dict.fromkeys([chosen, *close, *written])}
        picture.show(model.plane(theta), show, chosen, close, steps_now, kept, met, lines)
        drawn = f", drawn {met.sum()} times in the last {len(steps_now)} steps" if t else ""
        return f"{'. '.join(lines)}. {word.capitalize()} is marked{drawn}."

    controls = dict(
        word=pick("word", sorted(WRITTEN), value="head"),
        rule=pick("optimizer", [(label, k) for k, (label, *_) in POINT_RULES.items()]),
        thin=switch("thin frequent words"),
    )
    return LiveRun(
        picture.figure, [*picture.moving, picture.axis], update, controls, work, name="Train"
    )
