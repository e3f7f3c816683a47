"""The panels of 09_images."""

from functools import cache
from itertools import islice

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, number
from adam_lab.figures import images as figures
from adam_lab.live import Live
from adam_lab.live_run import Training
from adam_lab.models import images, network
from adam_lab.panels.dials import log_dial, lr_dial, pick, stops, whole_dial

RULES = ["adam", "heavy_ball", "gd"]
_MENU = [(LOOKS[name].label, name) for name in RULES]


def denoise():
    """DENOISE (09): a network learns to clean a photograph while you watch."""
    lengths = (200, 1000)
    noisy, clean = images.test_piece()
    inner = noisy[0, images.EDGE : -images.EDGE, images.EDGE : -images.EDGE, 0]
    level = images.decibels(inner, clean)
    picture = figures.denoise(inner, clean, level, lengths[-1])

    def said(rule, lr, last, steps):
        return f"{LOOKS[rule].label}, lr {lr:.3g}, last layer × {last:g}, {steps} steps"

    @cache
    def start(last):
        theta = images.he_start(0, last)
        cleaned, db = images.cleaned(theta)
        return theta, dict(cleaned=cleaned, curve=[(0, db)])

    def untrained(rule, last, **_):
        return start(last)[1] | dict(rule=rule)

    def work(rule, lr, last, steps):
        report = untrained(rule, last)
        yield 0, report
        run = images.steps(getattr(core, rule), start(last)[0], seed=0, lr=lr)
        looked = set(np.geomspace(1, steps, 40).round().astype(int))  # often at first
        for t, theta in enumerate(run, 1):
            if t in looked:
                cleaned, db = images.cleaned(theta)
                report = report | dict(cleaned=cleaned, curve=[*report["curve"], (t, db)])
                yield t / steps, report
                if t == steps or not db > -60:
                    return

    def reached(report):
        t, db = report["curve"][-1]
        return f"after step {t}: {db:.1f} dB" if db > -60 else f"lost by step {t}"

    def update(report, before, lines, **dials):
        curve = np.array(report["curve"]).T
        old = np.array(before["curve"]).T if before else np.empty((2, 0))
        now = reached(report).split(": ")[-1]
        below = [f"{level:.1f} dB", now, "never seen in training"]
        picture.show(report["rule"], report["cleaned"], curve, old, below, lines)
        return f"A noisy photograph, {level:.1f} dB, cleaned by a network. {'. '.join(lines)}."

    controls = dict(
        lr=lr_dial(0.01, 1e-4, 1),
        last=stops("last layer ×", 1.0, [(f"{x:g}", x) for x in (0.01, 0.03, 0.1, 0.3, 1.0)]),
        rule=pick("optimizer", _MENU),
        steps=pick("steps", lengths),
    )
    return Training(
        picture.figure, picture.moving, update, controls, work,
        untrained=untrained, said=said, reached=reached,
    )  # fmt: skip


def layers():
    """LAYERS (09): layer 1 times c, layer 2 divided by c: the same function, other steps."""
    lrs = np.geomspace(1e-5, 10, 61)
    (x, y), _, _ = network.digits(0)
    x, y = x[:64], y[:64]
    picture = figures.layers(lrs, (2, 2.8))
    directions = dict(gd=lambda g: g, adam=np.sign)  # Adam's first step is lr times the sign

    @cache
    def at(c, rule):
        theta = images.reader_start(0, c)
        g = images.cross_entropy_grad(theta, x, y)
        return theta, directions[rule](g)

    def loss(theta):
        with np.errstate(all="ignore"):
            return images.cross_entropy(theta, x, y)

    @cache
    def scan(c, rule):
        theta, step = at(c, rule)
        return loss(theta), np.array([loss(theta - lr * step) for lr in lrs])

    def update(c, lr, rule):
        theta, step = at(c, rule)
        before, losses = scan(c, rule)
        conv = images.ratios(lr * step, theta, images.READER)
        tail = -images.INPUTS * 10 - 10, -10
        last = np.linalg.norm(lr * step[slice(*tail)]) / np.linalg.norm(theta[slice(*tail)])
        ratios = [*conv, last]
        now, best = loss(theta - lr * step), lrs[np.nanargmin(losses)]
        words = (
            f"c = {c:.3g}, {LOOKS[rule].label}, lr {lr:.3g}: layer 1's ratio over layer 2's "
            f"{number(ratios[0] / ratios[1], 2)}; the loss after one step is lowest at "
            f"lr {best:.1g}"
        )
        picture.show(rule, lr, ratios, losses, before, now, words)
        first, second, last = (number(ratio, 2) for ratio in ratios)
        return (
            f"{words}. Update over weights: layer 1 {first}, layer 2 {second}, scores {last}. "
            f"Loss {before:.3f} before the step, {number(now, 4)} after it."
        )

    controls = dict(
        c=log_dial("c", 1.0, 0.1, 100),
        lr=lr_dial(0.01, 1e-5, 10),
        rule=pick("optimizer", [(LOOKS[n].label, n) for n in ("gd", "adam")]),
    )
    return Live(picture.figure, picture.moving, update, controls)


def kernels(lrs=None, epochs=10):
    """KERNELS (09): what the first layer of a small convolutional network looks for in a digit.

    lrs   a learning rate for each optimizer by name
    """
    lrs = lrs or dict(adam=0.03, heavy_ball=0.03, gd=0.3)
    _, _, (x, y) = network.digits(0)
    picture = figures.kernels(images.READER[1], epochs, low=0)

    @cache
    def trained(rule):
        theta = images.reader_start(0)
        run = images.epochs(getattr(core, rule), theta, 0, lr=lrs[rule])
        thetas = [theta, *islice(run, epochs)]
        return thetas, np.array([images.accuracy(theta, x, y) for theta in thetas])

    def update(epoch, digit, rule):
        thetas, accuracies = trained(rule)
        theta, shown, right = thetas[epoch], x[digit - 1], y[digit - 1]
        (K, b), _ = images.cut(theta, images.READER)[0]
        seen = images.neighbours(shown.reshape(1, 8, 8, 1)) @ K + b
        answer = images.scores(theta, shown[None]).argmax()
        words = (
            f"{LOOKS[rule].label}, lr {lrs[rule]:g}, epoch {epoch}: {accuracies[epoch]:.1%} of "
            f"{len(y)} test digits right; digit {digit} is a {right}, says {answer}"
        )
        picture.show(
            rule, accuracies[: epoch + 1], K.T.reshape(-1, 3, 3), shown.reshape(8, 8),
            np.moveaxis(np.maximum(seen[0], 0), -1, 0), words,
        )  # fmt: skip
        return f"{words}."

    epoch = whole_dial("epoch", 0, 0, epochs)
    controls = dict(
        epoch=epoch, digit=whole_dial("test digit", 1, 1, 20),
        rule=pick("optimizer", _MENU),
    )  # fmt: skip
    return Live(picture.figure, picture.moving, update, controls, play="epoch")
