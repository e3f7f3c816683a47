"""The panels of 04_adam."""

from itertools import count

import numpy as np

import adam_core as core
from adam_lab.figures import adam as figures
from adam_lab.live import Live
from adam_lab.panels.descents import descents
from adam_lab.panels.dials import beta_dial, log_dial, lr_dial, pick, step_dial, stops, switch


def _adam_dials(lr):
    return dict(
        lr=lr_dial(lr, 0.01, 3),
        beta1=beta_dial(0.9, "β₁ memory of m"),
        beta2=beta_dial(0.999, "β₂ memory of v"),
    )


def stepper():
    """STEPPER (04): Algorithm 1 one step at a time, as numbers and as arrows."""
    valley, steps = core.ravine(25), 50
    picture = figures.stepping(valley, ((-10.5, 6), (-4.5, 4.5)))

    def update(lr, beta1, beta2, eps, correct, step):
        trace = core.run(
            core.adam, valley.grad, valley.start, steps,
            lr=lr, beta1=beta1, beta2=beta2, eps=eps, bias_correction=correct,
        )  # fmt: skip
        values = {name: getattr(trace, name)[step] for name in trace.names}
        values["step"] = trace.theta[step] - trace.theta[max(step - 1, 0)]
        if step == 0:
            values |= dict(m=np.zeros(2), v=np.zeros(2), step=np.full(2, np.nan))
        slope = np.abs(trace.g[1:]).max(axis=0)
        longest = np.abs(np.diff(trace.theta, axis=0)).max(axis=0)
        scales = dict.fromkeys(("g", "m", "v", "m_hat", "v_hat"), slope) | dict(step=longest)
        divisors = [
            f"= {name} / {1 - beta**step:.4g}" if correct else f"correction off: {name} as it is"
            for name, beta in (("m", beta1), ("v", beta2))
        ]
        notes = dict(
            g="the slope where the step starts",
            m=f"{beta1:g} old + {1 - beta1:.3g} new",
            v=f"{beta2:g} old + {1 - beta2:.3g} new",
            step=f"lr {lr:.3g}, ε {eps:.2g}",
            theta="where the step ends",
        )
        if step:
            notes |= dict(m_hat=divisors[0], v_hat=divisors[1])
        else:
            notes |= dict(g="no gradient yet", m="starts at 0", v="starts at 0", theta="the start")
        picture.show(step, values, trace.theta[: max(step, 1)].T, scales, notes)
        said = "; ".join(
            f"{name} {value[0]:.4g}, {value[1]:.4g}" for name, value in values.items()
            if np.isfinite(value).all()
        )  # fmt: skip
        return (
            f"Step {step} of Adam with lr {lr:.3g}, beta1 {beta1:g}, beta2 {beta2:g}, epsilon "
            f"{eps:.2g}, correction {'on' if correct else 'off'}; along and across: {said}."
        )

    controls = _adam_dials(0.5) | dict(
        eps=log_dial("ε", 1e-8, 1e-8, 10),
        correct=switch("bias correction", True),
        step=step_dial(steps, 1),
    )
    controls["correct"].layout.width, controls["step"].layout.width = "135px", "250px"  # one row
    return Live(picture.figure, picture.moving, update, controls, play="step", by_hand=True)


def bias():
    """BIAS (04): what the correction corrects: the early steps, and in which direction."""
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

    controls = dict(
        beta1=beta_dial(0.9, "β₁ memory of m"), beta2=beta_dial(0.999, "β₂ memory of v")
    )
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


def swap():
    """SWAP (04): the two moments change places; Adam beside it."""

    def runs(lr, beta1, beta2, lend_sign):
        shared = dict(lr=lr, beta1=beta1, beta2=beta2)
        return dict(adam=shared, swapped=shared | dict(lend_sign=lend_sign))

    dials = _adam_dials(0.2) | dict(lend_sign=switch("lend it m̂'s sign"))
    return descents(runs, dials, steps=100, choose_surface=True, rules=dict(swapped=swapped))


# ---------------------------------------------------------------------------
# How large a step can get
# ---------------------------------------------------------------------------

SHOWN = 60  # steps after the quiet start
GRADIENTS = {
    "constant": lambda t, growth: np.ones(SHOWN),
    "one spike": lambda t, growth: 1.0 * (t == 1),
    "alternating": lambda t, growth: (-1.0) ** t,
    "growing by β₂/β₁": lambda t, growth: growth ** (t - 1.0),
    "shrinking": lambda t, growth: 0.9**t,
    "noise": lambda t, growth: np.random.default_rng(4).normal(size=SHOWN),
    "noise on a slope": lambda t, growth: 1 + np.random.default_rng(4).normal(size=SHOWN),
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


def step_bound(yours=None):
    """STEP BOUND (04): how large a step can get, by the gradients that made it.

    yours   a list of gradients of your own; it joins the menu
    """
    own = np.array([] if yours is None else yours, dtype=float)
    shown = max(SHOWN, own.size)
    menu = [*GRADIENTS, *(["yours"] if own.size else [])]
    t = np.arange(1, SHOWN + 1)
    picture = figures.step_sizes(shown)

    def update(gradients, quiet, beta1, beta2):
        growth = min(beta2 / beta1, 30) if beta1 else 30
        tail = own if gradients == "yours" else GRADIENTS[gradients](t, growth)
        series = np.zeros(shown)
        series[: tail.size] = tail
        steps = steps_of([0.0] * quiet + series.tolist(), beta1, beta2)[quiet:]
        share = beta1**2 / beta2 if beta2 else np.inf
        spike = (1 - beta1) / np.sqrt(1 - beta2)
        bound = spike / np.sqrt(1 - share) if share < 1 else np.inf
        last = int(np.argmax(steps > steps.max() * (1 - 1e-6)))  # rounding decides no tie
        words = f"largest: {steps[last]:.3g} lr, at step {quiet + last + 1}"
        picture.show(series / max(np.abs(series).max(), 1e-300), steps, spike, bound, words)
        limit = f"{bound:.3g}" if np.isfinite(bound) else "none"
        return (
            f"Gradients {gradients} after {quiet} quiet steps, beta1 {beta1:g}, beta2 {beta2:g}; "
            f"{words}; one spike {spike:.3g}, bound {limit}."
        )

    controls = dict(
        gradients=pick("gradients", menu, width=280),
        quiet=stops("quiet steps before", 0, [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000]),
        beta1=beta_dial(0.9, "β₁ memory of m"),
        beta2=beta_dial(0.999, "β₂ memory of v"),
    )
    if own.size:
        controls["gradients"].value = "yours"
    return Live(picture.figure, picture.moving, update, controls)
