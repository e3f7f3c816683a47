"""The panels of 04_adam."""

from functools import lru_cache
from itertools import count

import numpy as np

import adam_core as core
from adam_lab.figures import adam as figures
from adam_lab.figures import number
from adam_lab.live import Live
from adam_lab.panels.descents import descents
from adam_lab.panels.dials import beta_dial, log_dial, lr_dial, pick, step_dial, stops, switch


def _adam_dials(lr):
    return dict(
        lr=lr_dial(lr, 0.01, 3),
        beta1=beta_dial(0.9, "β₁ memory of m"),
        beta2=beta_dial(0.999, "β₂ memory of v"),
    )


RULES = {  # the stepper's: label -> name, and its dials by the names that the rule gives them
    "Adam": ("adam", dict(lr="lr", beta1="beta1", beta2="beta2", eps="eps",
                          bias_correction="correct")),
    "RMSprop": ("rmsprop", dict(lr="lr", beta="beta2", eps="eps")),
    "momentum": ("momentum", dict(lr="lr", beta="beta1")),
}  # fmt: skip


@lru_cache(maxsize=8)  # while only the step changes, nothing runs anew
def _stepped(name, steps, **hyper):
    """The run of a rule in the valley, and the largest |g| in each coordinate.

    Of Adam the largest with correction and without, so that the switch changes no scale.
    """
    valley, rule = core.ravine(25), getattr(core, name)
    trace = core.run(rule, valley.grad, valley.start, steps, **hyper)
    slopes = [trace.g[1:]]
    if name == "adam":
        other = hyper | dict(bias_correction=not hyper["bias_correction"])
        slopes.append(core.run(rule, valley.grad, valley.start, steps, **other).g[1:])
    return trace, np.abs(slopes).max(axis=(0, 1))


def stepper():
    """STEPPER (04): Algorithm 1 one step at a time, as numbers and as arrows; its parents too."""
    valley, steps = core.ravine(25), 50
    picture = figures.stepping(valley, ((-10.5, 6), (-4.5, 4.5)))

    def update(rule, lr, beta1, beta2, eps, correct, everything, step):
        dials = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps, correct=correct)
        name, takes = RULES[rule]
        hyper = {parameter: dials[dial] for parameter, dial in takes.items()}
        trace, slope = _stepped(name, steps, **hyper)
        values = {quantity: getattr(trace, quantity)[step] for quantity in trace.names}
        values["step"] = trace.theta[step] - trace.theta[max(step - 1, 0)]
        if step == 0:
            values |= {moment: np.zeros(2) for moment in ("m", "v") if moment in values}
            values["step"] = np.full(2, np.nan)
        if update.rule != rule:
            picture.choose(name, values)
            update.rule = rule
        scales = dict.fromkeys(("g", "m", "v", "m_hat", "v_hat"), slope)
        scales["step"] = np.full(2, figures.FULL * lr)
        long = bool(np.any(np.abs(values["step"]) > scales["step"] * (1 + 1e-9)))
        notes = dict(
            g="the slope where the step starts",
            m=f"{beta1:g} old + {1 - beta1:.3g} new",
            v=f"{beta2:g} old + {1 - beta2:.3g} new",
            step="longer than its cell, 2 lr" if long else f"lr {lr:.3g}; cell: ±2 lr",
            theta="where the step ends",
        )
        if step:
            notes |= {
                f"{m}_hat": f"= {m} / {1 - beta**step:.4g}" if correct
                else f"correction off: {m} as it is"
                for m, beta in (("m", beta1), ("v", beta2))
            }  # fmt: skip
        else:
            notes |= dict(g="no gradient yet", m="starts at 0", v="starts at 0", theta="the start")
        notes = {line: note for line, note in notes.items() if line in values}
        before = trace.theta[: max(step, 1)].T
        picture.show(name, step, values, before, scales, notes, everything)
        said = "; ".join(
            f"{name} {number(value[0], 4)}, {number(value[1], 4)}" for name, value in values.items()
            if np.isfinite(value).all()
        )  # fmt: skip
        set_to = {
            "lr": f"{lr:.3g}",
            "beta1": f"{beta1:g}",
            "beta2": f"{beta2:g}",
            "eps": f"epsilon {eps:.2g}",
            "correct": "correction " + "off on".split()[correct],
        }
        with_ = ", ".join(
            set_to[dial] if dial in ("eps", "correct") else f"{dial} {set_to[dial]}"
            for dial in takes.values()
        )  # fmt: skip
        more = "; all arrows" if everything else ""
        return f"Step {step} of {rule} with {with_}; x and y: {said}{more}."

    update.rule = None
    controls = dict(rule=pick("rule", list(RULES))) | _adam_dials(0.5) | dict(
        eps=log_dial("ε", 1e-8, 1e-8, 10),
        correct=switch("bias correction", True),
        everything=switch("all arrows"),
        step=step_dial(steps, 1),
    )  # fmt: skip
    return Live(
        picture.figure, picture.moving, update, controls,
        redraw={"rule"}, play="step", by_hand=True,
    )  # fmt: skip


def bias():
    """BIAS (04): what the correction corrects: the early steps, and in which direction.

    Opens without any memory, where there is nothing to correct: a question stands before it.
    """
    t = np.arange(1, 10_001)
    some = np.unique(np.geomspace(1, t.size, 160).astype(int)) - 1
    picture = figures.start_up(t.size)

    def update(beta1, beta2):
        m, root_v = 1 - beta1**t, np.sqrt(1 - beta2**t)
        ratio = m / root_v
        top = int(ratio.argmax())
        large = ratio[top] > 1 + 1e-9
        words = f"first step: {ratio[0]:.3g} times\n" + (
            f"peak: {ratio[top]:.3g} times at t = {t[top]}" if large else "never above 1"
        )
        peak = (t[top], ratio[top]) if large else None
        picture.show(t[some], m[some], root_v[some], peak, words)
        return (
            f"Uncorrected over corrected step with beta1 {beta1:g} and beta2 {beta2:g}, gradient "
            f"constant: {words}."
        ).replace("\n", "; ")

    controls = dict(beta1=beta_dial(0, "β₁ memory of m"), beta2=beta_dial(0, "β₂ memory of v"))
    return Live(picture.figure, picture.moving, update, controls)


def swapped(grad, theta, *, lr, beta1=0.9, beta2=0.999, eps=1e-8, lend_sign=False):
    """Adam with its two moments in each other's place. Takes no schedule.

    m_hat is below the line now, so it has to lose its sign; lend_sign gives it back above.
    """
    m = np.zeros_like(theta)
    v = np.zeros_like(theta)
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        sign = np.sign(m_hat) if lend_sign else 1
        theta = theta - lr * sign * np.sqrt(v_hat) / (np.abs(m_hat) + eps)
        yield dict(theta=theta, g=g, m=m, v=v, m_hat=m_hat, v_hat=v_hat)


SWAPS = ("Adam alone", "swapped", "swapped, with the sign of m̂")


def swap():
    """SWAP (04): the two moments change places; Adam beside it, and at first alone."""

    def runs(lr, beta1, beta2, show):
        shared = dict(lr=lr, beta1=beta1, beta2=beta2)
        swapped = dict(swapped=shared | dict(lend_sign=show == SWAPS[2]))
        return dict(adam=shared) | (swapped if show != SWAPS[0] else {})

    dials = _adam_dials(0.2) | dict(show=pick("show", SWAPS))
    return descents(
        runs, dials, steps=100, choose_surface=True,
        names=("adam", "swapped"), rules=dict(swapped=swapped),
    )  # fmt: skip


# ---------------------------------------------------------------------------
# How large a step can get
# ---------------------------------------------------------------------------

SHOWN = 60  # steps after the quiet start
GRADIENTS = {
    "noise on a slope": lambda t, growth: 1 + np.random.default_rng(4).normal(size=SHOWN),
    "constant": lambda t, growth: np.ones(SHOWN),
    "one spike": lambda t, growth: 1.0 * (t == 1),
    "alternating": lambda t, growth: (-1.0) ** t,
    "growing by β₂/β₁": lambda t, growth: growth ** (t - 1.0),
    "shrinking": lambda t, growth: 0.9**t,
    "noise": lambda t, growth: np.random.default_rng(4).normal(size=SHOWN),
    "one in twenty": lambda t, growth: 1.0 * (t % 20 == 1),
}


def steps_of(gradients, beta1, beta2):
    """Adam's steps in units of lr, whatever theta does, for a sequence of gradients."""
    each = iter(gradients)
    # the undecorated box on a plain number: ten times as fast, and there may be thousands
    box = core.adam.__wrapped__(
        lambda theta: next(each), 0.0, lr=lambda t: 1.0, beta1=beta1, beta2=beta2
    )
    theta = [0.0] + [float(next(box)["theta"]) for _ in gradients]
    return np.abs(np.diff(theta))


def _gradients(yours):
    try:
        own = np.asarray(yours, dtype=float)
    except (TypeError, ValueError):
        own = np.array(None, dtype=float)
    if own.ndim != 1 or not own.size or not np.isfinite(own).all():
        raise ValueError(f"yours must be a list of finite numbers, got {yours!r}")
    return own


def step_bound(yours=None):
    """STEP BOUND (04): how large a step can get, by the gradients that made it.

    yours   a list of gradients of your own; it joins the menu
    """
    own = np.array([]) if yours is None else _gradients(yours)
    shown = max(SHOWN, own.size)
    menu = [*GRADIENTS, *(["yours"] if own.size else [])]
    t = np.arange(1, SHOWN + 1)
    picture = figures.step_sizes(shown)

    def update(gradients, quiet, beta1, beta2, limits):
        growth = min(beta2 / beta1, 30) if beta1 else 30
        tail = own if gradients == "yours" else GRADIENTS[gradients](t, growth)
        series = np.zeros(shown)
        series[: tail.size] = tail
        steps = steps_of([0.0] * quiet + series.tolist(), beta1, beta2)[quiet:]
        share = beta1 and (beta1**2 / beta2 if beta2 else np.inf)  # 0/0: each step is lr
        spike = (1 - beta1) / np.sqrt(1 - beta2)
        bound = spike / np.sqrt(1 - share) if share < 1 else np.inf
        last = int(np.argmax(steps > steps.max() * (1 - 1e-6)))  # rounding decides no tie
        words = f"largest: {number(steps[last])} lr, at step {quiet + last + 1}"
        drawn = (spike, bound) if limits else (np.inf, np.inf)
        picture.show(series / max(np.abs(series).max(), 1e-300), steps, *drawn, words)
        limit = f"{number(bound)} is the longest of all" if np.isfinite(bound) else "no limit"
        return (
            f"Gradients {gradients} after {quiet} quiet steps, beta1 {beta1:g}, beta2 {beta2:g}; "
            f"{words}{f'; one spike {number(spike)}, {limit}' if limits else ''}."
        )

    controls = dict(
        gradients=pick("gradients", menu),
        quiet=stops("quiet steps before", 0, [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000]),
        beta1=beta_dial(0.9, "β₁ memory of m"),
        beta2=beta_dial(0.999, "β₂ memory of v"),
    )
    controls["limits"] = switch("show the limits")  # they answer the question before
    if own.size:
        controls["gradients"].value = "yours"
    return Live(picture.figure, picture.moving, update, controls)
