"""The panels of 10_rewards."""

from functools import cache, partial
from itertools import islice

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, counted, number
from adam_lab.figures import rewards as figures
from adam_lab.live import Live
from adam_lab.live_run import Training
from adam_lab.models import rewards
from adam_lab.panels.dials import pick, stops, whole_dial

SEEDS = range(5)


def _menu(*rules):
    return [(LOOKS[name].label, name) for name in rules]


def _lr_stops(value, low, high):
    """Three to a factor of ten, so that every run can be kept."""
    values = [digit * 10.0**power for power in range(-5, 2) for digit in (1, 3)]
    kept = [float(f"{lr:g}") for lr in values if low <= lr <= high * 1.01]
    return stops("lr learning rate", value, [(f"{lr:g}", lr) for lr in kept])


def cart():
    """CART (10): a pole on a cart, and what pushes it learns from rewards, round by round."""
    picture = figures.cart(rewards.EDGE, rewards.STEPS, rewards.ROUNDS)

    @cache
    def learned(rule, lr, reward):
        with np.errstate(all="ignore"):
            return rewards.rounds(getattr(core, rule), SEEDS, reward=reward, lr=lr)

    @cache
    def tried(rule, lr, reward, at):
        return rewards.ride(learned(rule, lr, reward)[0][at, :, :1], seed=1000 + at)

    def update(at, time, rule, lr, reward):
        _, lengths = learned(rule, lr, reward)
        states = tried(rule, lr, reward, at)
        step = min(2 * time, len(states) - 1)
        position, _, angle, _ = states[step]
        over = step == len(states) - 1
        held = len(states) > rewards.STEPS
        end = "held for" if held else "over after"
        said = f"{end} {counted(step, 'step')}" if over else f"step {step}"
        ends = np.median(lengths, axis=1)
        words = [
            f"{LOOKS[rule].label}, lr {lr:g}, a step counts {reward:g}: {ends[0]:.0f} steps before "
            f"the first round, {ends[-1]:.0f} after round {rewards.ROUNDS}",
            f"Round {at}: {ends[at]:.0f} steps; this cart: {said}, "
            f"at {number(position, 1, 'f')} m, pole leans {number(np.degrees(angle), 0, 'f')}°",
        ]
        picture.show(rule, position, angle, said, lengths, at, words)
        return f"{'. '.join(words)}."

    controls = dict(
        at=whole_dial("round", 0, 0, rewards.ROUNDS),
        time=whole_dial("time, in 1/25 s", 0, 0, rewards.STEPS // 2),
        lr=_lr_stops(0.1, 0.001, 3),
        rule=pick("optimizer", _menu("adam", "heavy_ball", "gd")),
        reward=pick("a step counts", [("1", 1.0), ("10", 10.0), ("100", 100.0)]),
    )
    return Live(picture.figure, picture.moving, update, controls, play="time")


def baird():
    """BAIRD (10): values whose target is computed from themselves."""
    steps = 10_000
    lr = _lr_stops(0.1, 0.001, 1)
    lrs = [value for _, value in lr.options]
    picture = figures.baird(rewards.chase(core.gd, np.array([0.1]), 1)[0, 0])

    @cache
    def chased(rule, frozen):
        return rewards.chase(getattr(core, rule), np.array(lrs), steps, frozen)

    def update(lr, rule, frozen):
        sizes = chased(rule, frozen)[:, lrs.index(lr)]
        last, end = sizes[-2000:].max(), sizes[-1]
        if np.isfinite(last):
            size = f"{_size(end)} at step {steps}, at most {_size(last)} in the last 2000"
        else:
            size = f"beyond 1e308 by step {steps}"
        which = f"{LOOKS[rule].label}, lr {lr:g}, target frozen for {counted(frozen, 'step')}"
        words = f"{which}: size {size}"
        picture.show(rule, sizes, words)
        return f"{words}. At the start it was {sizes[0]:.2g}."

    controls = dict(
        lr=lr,
        rule=pick("optimizer", _menu("gd", "heavy_ball", "rmsprop", "adam", "amsgrad")),
        frozen=stops("target frozen for", 1, [(str(k), k) for k in (1, 3, 10, 30, 100, 300)]),
    )
    return Live(picture.figure, picture.moving, update, controls)


def _size(size):
    return number(size, 2, least=1e-6)


CURES = {  # name -> what it changes
    "nothing": {},
    "Adam anew with each task": dict(anew="rule"),
    "β₂ = 0.9": dict(beta2=0.9),
    "weight decay 1": dict(rule=partial(core.adamw, weight_decay=1)),
    "leaky ReLU, 0.3": dict(leak=0.3),
    "dead units redrawn": dict(redraw=rewards.redrawn),
    "a new network each time": dict(anew="network"),
    "pixels minus their means": dict(centred=True),
}


def tasks():
    """TASKS (10): a network learns labels by heart, then others, again and again."""
    picture = figures.tasks(rewards.TASKS, 0.1)

    def said(lr, cure):
        return f"Adam, lr {lr:g}, {'as it is' if cure == 'nothing' else f'changed: {cure}'}"

    def untrained(**_):
        return dict(ends=[])

    def work(lr, cure):
        report = untrained()
        yield 0, report
        run = rewards.tasks(**dict(rule=core.adam, seeds=SEEDS, lr=lr) | CURES[cure])
        for k, end in enumerate(islice(run, rewards.TASKS), 1):
            report = dict(ends=[*report["ends"], end])
            yield k / rewards.TASKS, report

    def reached(report):
        if not (ends := report["ends"]):
            return ""
        right, dead = np.median(ends[-1], axis=1)
        return f"after task {len(ends)}: {right:.0%} right, {dead:.0%} of the units dead"

    def update(report, before, lines, **dials):
        ends, old = (
            np.array(r["ends"] if r else []).reshape(-1, 2, len(SEEDS)) for r in (report, before)
        )
        picture.show("adam", ends, old, lines)
        return f"A network that learns one task after the other. {'. '.join(lines)}."

    controls = dict(
        lr=_lr_stops(0.01, 0.0001, 0.1),
        cure=pick("what is changed", [(name, name) for name in CURES]),
    )
    return Training(
        picture.figure, picture.moving, update, controls, work,
        untrained=untrained, said=said, reached=reached,
    )  # fmt: skip
