"""The panels of 02_momentum."""

import numpy as np

import adam_core as core
from adam_lab.figures import counted, number
from adam_lab.figures import momentum as figures
from adam_lab.live import Live
from adam_lab.panels.descents import descents, heights_of, result_of
from adam_lab.panels.dials import beta_dial, dial, log_dial, lr_dial, pick, stops, switch


def roll():
    """ROLL (02): a ball with momentum in the valley, gradient descent beside it."""

    def runs(lr, beta):
        return dict(gd=dict(lr=lr), heavy_ball=dict(lr=lr, beta=beta))

    dials = dict(lr=lr_dial(0.2, 0.01, 4), beta=beta_dial(0.9, "β momentum"))
    return descents(runs, dials, steps=150)


SCHEDULES = {
    "constant": lambda lr: lr,
    "a tenth after step 20": lambda lr: lambda t: lr if t <= 20 else lr / 10,
    "cosine": lambda lr: core.cosine(lr, steps=100),
    "warm-up": lambda lr: core.warmup(lr, steps=30),
}


def two_forms():
    """TWO FORMS (02): the velocity and the average; the same path, or not."""

    def runs(lr, beta, convert, schedule):
        change = SCHEDULES[schedule]
        average_lr = lr / (1 - beta) if convert else lr
        return dict(
            heavy_ball=dict(lr=change(lr), beta=beta),
            momentum=dict(lr=change(average_lr), beta=beta),
        )

    def note(paths):
        velocity, average = paths["heavy_ball"], paths["momentum"]
        apart = np.abs(velocity - average).max()
        same = apart < 1e-9 * max(1, np.abs(velocity).max())  # far out, rounding is large too
        return "the same path" if same else f"up to {number(apart, 2)} apart"

    dials = dict(
        lr=lr_dial(0.2, 0.01, 4, name="lr of the velocity"),
        beta=beta_dial(0.9, "β momentum"),
        convert=switch("convert lr", True),
        schedule=pick("lr over time", list(SCHEDULES)),
    )
    return descents(runs, dials, steps=100, note=note)


def look_ahead():
    """LOOK AHEAD (02): Nesterov's momentum against the plain one."""

    def runs(lr, beta):
        return dict(heavy_ball=dict(lr=lr, beta=beta), nesterov=dict(lr=lr, beta=beta))

    def note(paths):
        plain, ahead = (paths[name][1, 20:] for name in ("heavy_ball", "nesterov"))
        if not len(plain):
            return ""
        most = (np.abs(np.nan_to_num(y, nan=np.inf)).max() for y in (plain, ahead))
        said = [number(y, 1) if y < 1e6 else "beyond a million" for y in most]
        return f"largest |y| from step 20: plain {said[0]}, Nesterov {said[1]}"

    dials = dict(lr=lr_dial(0.8, 0.01, 4), beta=beta_dial(0.9, "β momentum"))
    return descents(runs, dials, steps=150, note=note)


# ---------------------------------------------------------------------------
# Averages and rates: 02 momentum
# ---------------------------------------------------------------------------


def average():
    """AVERAGE (02): the moving average of a noisy series, and what it remembers."""
    t = np.arange(1, 161)
    signal = 2 + 0.5 * np.sin(2 * np.pi * t / 80)
    series = signal + np.random.default_rng(2).normal(0, 0.35, t.size)
    picture = figures.averaging(signal, series)

    def update(beta, correct):
        # the first moment m of an optimizer whose gradients are the series
        values = iter(series)
        trace = core.run(core.momentum, lambda _: [next(values)], [0.0], t.size, lr=1, beta=beta)
        m = trace.m[1:, 0]
        half = np.log(2) / -np.log(beta) if beta else 0
        constant = counted(number(1 / (1 - beta), 4), "step")
        words = f"time constant 1/(1 − β) = {constant}\nhalf-life {half:.3g} steps"
        picture.show(m, m / (1 - beta**t), beta ** np.arange(60.0), words)
        picture.corrected.set_visible(correct)
        error = np.abs(m - signal)[:10].mean()
        fixed = np.abs(m / (1 - beta**t) - signal)[:10].mean()
        start = f"corrected, by {fixed:.2g}" if correct else "the corrected average is not drawn"
        return (
            f"Moving average with beta {beta:g}: {words}. In the first ten steps it is off by "
            f"{error:.2g} on average; {start}."
        ).replace("\n", "; ")

    controls = dict(beta=beta_dial(0.9, "β memory"), correct=switch("correct the start"))
    return Live(picture.figure, picture.moving, update, controls)


def rate_map():
    """MAP (02): every lr and beta for a valley at once, coloured by how fast it is."""
    lrs, betas, steps = np.linspace(0.02, 4, 120), np.linspace(0, 0.99, 100), 100
    picture = figures.rate_plane(lrs, betas, steps)

    def update(kappa, lr, beta):
        rate = core.heavy_ball_rate(lrs, betas[:, None], 1 / kappa, 1)
        valley = core.ravine(kappa)
        trace = core.run(
            core.heavy_ball, valley.grad, valley.start, steps, record=("theta",), lr=lr, beta=beta
        )
        heights = heights_of(valley, trace.theta.T)
        mine = core.heavy_ball_rate(lr, beta, 1 / kappa, 1)
        best = core.heavy_ball_best(1 / kappa, 1)
        words = f"each step keeps {mine:.3g} of the distance\nat best {np.sqrt(best[1]):.3g} (star)"
        picture.show(
            steps_per_digit(rate),
            (lr, beta),
            best,
            heights,
            heights[0] * mine ** (2 * np.arange(steps + 1.0)),
            words,
        )
        return (
            f"Valley with kappa {number(kappa)}, lr {lr:.3g}, beta {beta:.3g}: {words}; "
            f"height after {steps} steps: {result_of(heights)}."
        ).replace("\n", ", ")

    controls = dict(
        kappa=log_dial("κ of the valley", 25, 1, 1000),
        lr=dial("lr learning rate", 1, 0.01, 4, 0.01),
        beta=dial("β momentum", 0.2, 0, 0.99, 0.002),
    )
    touch = {picture.figure.axes[0]: ("lr", "beta")}
    return Live(picture.figure, picture.moving, update, controls, touch=touch)


def steps_per_digit(rate):
    """How many steps make the distance ten times smaller; infinite where it does not shrink."""
    with np.errstate(divide="ignore"):
        return np.where(rate < 1, -1 / np.log10(np.clip(rate, 1e-12, 1 - 1e-12)), np.inf)


def best_lr(beta, kappa):
    """The lr of the velocity form that is best in the long run, for this beta and valley.

    Both ends of the valley then keep the same part; beta = 0 is gradient descent.
    """
    return 2 * (1 + beta) / (1 + 1 / kappa)


def pays_from(beta):
    """The kappa from which on momentum with this beta beats gradient descent, each at its best.

    There the sqrt(beta) of the ball is the (kappa - 1) / (kappa + 1) of gradient descent.
    """
    return (1 + np.sqrt(beta)) / (1 - np.sqrt(beta))


def break_even():
    """BREAK EVEN (02): gradient descent and momentum, each at its best lr, for every kappa."""
    kappas, steps = np.geomspace(2, 1000, 250), 200

    def digit(beta, kappa):
        rate = core.heavy_ball_rate(best_lr(beta, kappa), beta, 1 / kappa, 1)
        return steps_per_digit(rate)

    def best_beta(kappa):
        return core.heavy_ball_best(1 / kappa, 1)[1]

    picture = figures.best_of_each(
        kappas, digit(0, kappas), digit(best_beta(kappas), kappas), steps
    )

    def update(kappa, beta):
        betas = dict(alone=0.0, yours=beta, best=best_beta(kappa))
        valley = core.ravine(kappa)
        here = {name: float(digit(each, kappa)) for name, each in betas.items()}
        results, heights = {}, {}
        for name, each in betas.items():
            lr = best_lr(each, kappa)
            trace = core.run(
                core.heavy_ball, valley.grad, valley.start, steps, record=("theta",), lr=lr,
                beta=each,
            )  # fmt: skip
            heights[name] = heights_of(valley, trace.theta.T)
            dial = "" if name == "alone" else f"β {each:.3g}, "
            results[name] = f"{dial}lr {lr:.4g}, {number(here[name])} steps a digit"
        pays = f"β {beta:g} pays from κ = {number(pays_from(beta))}"
        words = pays if beta else "β 0: no momentum"
        picture.show(kappa, digit(beta, kappas), here, heights, words, results)
        ends = "; ".join(
            f"{figures.CONTENDERS[name].label}: {results[name]}, {result_of(heights[name])}"
            for name in betas
        )
        return f"Valley with kappa {number(kappa)}, heights after {steps} steps: {ends}. {words}."

    valleys = [
        *(2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 38, 40, 45, 50, 60, 70, 80),
        *(100, 125, 150, 200, 250, 300, 400, 500, 600, 800, 1000),
    ]
    controls = dict(kappa=stops("κ of the valley", 25, valleys), beta=beta_dial(0, "β momentum"))
    return Live(picture.figure, picture.moving, update, controls)
