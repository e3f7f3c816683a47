"""The interactive panels of the lessons: the core, drawn by figures, moved by live.

Each function builds one panel; its docstring names the lesson that introduces it.
"""

import ipywidgets as widgets
import numpy as np

import adam_core as core
from adam_lab import figures
from adam_lab.live import Live

SURFACES = [
    core.ravine(25), core.rosenbrock, core.beale, core.himmelblau,
    core.saddle, core.plateau, core.rastrigin, core.booth,
]  # fmt: skip
STARTS = {"as usual": None, "top left": (0.1, 0.9), "bottom right": (0.85, 0.15)}

# ---------------------------------------------------------------------------
# Dials
# ---------------------------------------------------------------------------


def lr_dial(value, low=0.001, high=10, name="learning rate lr"):
    """Logarithmic: each push multiplies."""
    return widgets.FloatLogSlider(
        value=value, min=np.log10(low), max=np.log10(high), step=0.02,
        description=name, readout_format=".3g", layout={"width": "330px"},
    )  # fmt: skip


# logarithmic in 1 - beta: from 0.9 to 0.99 is as far as from 0 to 0.9
BETAS = sorted({round(1 - float(f"{10 ** (-k / 20):.2g}"), 6) for k in range(61)})


def beta_dial(value, name):
    return widgets.SelectionSlider(
        value=value, options=[(f"{beta:g}", beta) for beta in BETAS],
        description=name, layout={"width": "330px"},
    )  # fmt: skip


def step_dial(steps):
    return widgets.IntSlider(
        value=steps, min=0, max=steps, description="step t", layout={"width": "280px"}
    )


# ---------------------------------------------------------------------------
# Words
# ---------------------------------------------------------------------------


def heights_of(surface, theta):
    """The surface's height along a path (2, steps + 1); infinite where the run has left."""
    with np.errstate(all="ignore"):
        heights = surface.f(theta)
    return np.where(np.isfinite(heights), heights, np.inf)


def result_of(heights):
    """'1.2e-05', or where it diverged: a million times the height it started from."""
    lost = np.flatnonzero(heights > 1e6 * max(heights[0], 1e-6))
    return f"diverged at step {lost[0]}" if len(lost) else f"{heights[-1]:.2g}"


# ---------------------------------------------------------------------------
# Descents: 00 start here, 02 momentum
# ---------------------------------------------------------------------------


def _descents(runs, dials, steps, *, choose_surface=False, note=None):
    """Several optimizers on one surface; `runs(dials' values)` gives name -> hyper.

    `note` makes a sentence of the paths, name -> theta (2, steps + 1).
    """
    controls = dict(dials, step=step_dial(steps))
    if choose_surface:
        controls |= dict(
            surface=widgets.Dropdown(
                options=[(surface.name, surface) for surface in SURFACES],
                description="surface", layout={"width": "190px"},
            ),
            start=widgets.Dropdown(
                options=list(STARTS), description="start", layout={"width": "170px"}
            ),
        )  # fmt: skip
    names = list(runs(**{name: dial.value for name, dial in dials.items()}))
    picture = figures.descent(names, SURFACES[0], steps)

    def update(step, surface=SURFACES[0], start="as usual", **values):
        if choose_surface and surface is not update.surface:
            picture.redraw(surface)
            update.surface = surface
        theta0 = surface.start
        if STARTS[start]:
            theta0 = [lo + s * (hi - lo) for s, (lo, hi) in zip(STARTS[start], surface.bounds, strict=True)]
        paths, words = {}, []
        for name, hyper in runs(**values).items():
            optimizer = getattr(core, name)
            trace = core.run(optimizer, surface.grad, theta0, steps, record=("theta",), **hyper)
            paths[name] = trace.theta[: step + 1].T
            heights = heights_of(surface, paths[name])
            picture.show(name, paths[name], heights, result_of(heights))
            words.append(f"{figures.LOOKS[name].label} {result_of(heights)}")
        if note:
            picture.note.set_text(note(paths))
            words.append(note(paths))
        return f"Height on the {surface.name} after {step} steps: {'; '.join(words)}."

    update.surface = SURFACES[0]
    return Live(
        picture.figure, picture.moving, update, controls, redraw={"surface"}, play="step"
    )


def race():
    """THE RACE (00): four optimizers on one surface, all on the same dials."""

    def runs(lr, beta1, beta2):
        return dict(
            gd=dict(lr=lr),
            heavy_ball=dict(lr=lr, beta=beta1),
            rmsprop=dict(lr=lr, beta=beta2),
            adam=dict(lr=lr, beta1=beta1, beta2=beta2),
        )

    dials = dict(
        lr=lr_dial(0.2),
        beta1=beta_dial(0.9, "β₁ momentum"),
        beta2=beta_dial(0.9, "β₂ size memory"),
    )
    return _descents(runs, dials, steps=100, choose_surface=True)


def roll():
    """ROLL (02): a ball with momentum in the valley, gradient descent beside it."""

    def runs(lr, beta):
        return dict(gd=dict(lr=lr), heavy_ball=dict(lr=lr, beta=beta))

    dials = dict(lr=lr_dial(0.2, 0.01, 4), beta=beta_dial(0.9, "β momentum"))
    return _descents(runs, dials, steps=150)


SCHEDULES = {
    "constant": lambda lr: lr,
    "a tenth after step 20": lambda lr: core.step_decay(lr, 0.1, every=20),
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
        apart = np.abs(paths["heavy_ball"] - paths["momentum"]).max()
        return "the same path" if apart < 1e-9 else f"up to {apart:.2g} apart"

    dials = dict(
        lr=lr_dial(0.2, 0.01, 4, name="lr of the velocity"),
        beta=beta_dial(0.8, "β momentum"),
        convert=widgets.Checkbox(value=False, description="convert lr", indent=False),
        schedule=widgets.Dropdown(
            options=list(SCHEDULES), description="lr over time", layout={"width": "270px"}
        ),
    )
    return _descents(runs, dials, steps=100, note=note)


def look_ahead():
    """LOOK AHEAD (02): Nesterov's momentum against the plain one."""

    def runs(lr, beta):
        return dict(heavy_ball=dict(lr=lr, beta=beta), nesterov=dict(lr=lr, beta=beta))

    dials = dict(lr=lr_dial(0.8, 0.01, 4), beta=beta_dial(0.9, "β momentum"))
    return _descents(runs, dials, steps=150)


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
        words = f"time constant 1/(1 − β) = {1 / (1 - beta):.3g} steps\nhalf-life {half:.3g} steps"
        picture.show(m, m / (1 - beta**t), beta ** np.arange(60.0), words)
        picture.corrected.set_visible(correct)
        error = np.abs(m - signal)[:10].mean()
        start = "drawn" if correct else "not drawn"
        return (
            f"Moving average with beta {beta:g}: {words}. In the first ten steps it is off by "
            f"{error:.2g} on average; the corrected average is {start}."
        ).replace("\n", "; ")

    correct = widgets.Checkbox(value=False, description="correct the start", indent=False)
    controls = dict(beta=beta_dial(0.9, "β memory"), correct=correct)
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
            steps_per_digit(rate), (lr, beta), best, heights, heights[0] * mine ** (2 * np.arange(steps + 1.0)), words
        )
        return (
            f"Valley with kappa {kappa:.3g}, lr {lr:.3g}, beta {beta:.3g}: {words}; "
            f"height after {steps} steps {result_of(heights)}."
        ).replace("\n", ", ")

    controls = dict(
        kappa=widgets.FloatLogSlider(
            value=25, min=0, max=3, step=0.05, description="κ of the valley", readout_format=".3g"
        ),
        lr=widgets.FloatSlider(value=1, min=0.02, max=4, step=0.02, description="lr"),
        beta=widgets.FloatSlider(value=0.2, min=0, max=0.99, step=0.01, description="β momentum"),
    )
    return Live(picture.figure, picture.moving, update, controls)


def steps_per_digit(rate):
    """How many steps make the distance ten times smaller; infinite where it does not shrink."""
    with np.errstate(divide="ignore"):
        return np.where(rate < 1, -1 / np.log10(np.clip(rate, 1e-12, 1 - 1e-12)), np.inf)
