"""Checks of 06_when_adam_fails."""

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback
from adam_lab.panels.failures import settled


def longer_prediction(guess):
    """The valley, not turned, gets four times as long: what does Adam's path do? (06)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "that is more like gradient descent, whose steps along the valley shrink with the "
            "slope: 157 become 485. What does Adam divide each slope by?",
            "b": "√κ is what momentum pays at its best dials. Adam has momentum too, but it "
            "divides x's slope by x's own size. What is left of a factor that multiplies every x "
            "slope?",
            "c": "along the valley every slope becomes a quarter, and so does the size it is "
            "divided by. The quarter cancels: same steps, same path.",
        },
    )


def steps_needed(rule, angle, lr, kappa=100, goal=1e-3, limit=600):
    """The step from which on a run in the turned valley stays below `goal`, or inf."""
    valley = core.ravine(kappa, angle)
    theta = core.run(rule, valley.grad, valley.start, limit, record=("theta",), lr=lr).theta
    return settled(valley.f(theta.T), goal)


def adam_loses(angle):
    """The smallest whole angle at which gradient descent needs fewer steps (06)."""
    if diagnose.not_started(angle):
        return Feedback("not started", "replace the ... with a number and run the cell again.")
    try:
        angle = float(angle)
        adam = steps_needed(core.adam, angle, lr=0.2)
        gd = steps_needed(core.gd, angle, lr=1.9)
    except (TypeError, ValueError):
        return Feedback("not yet", f"write a number of degrees, not {angle!r}.")
    if angle != round(angle):
        return Feedback("not yet", f"a whole number of degrees, please, not {angle:g}.")
    if not 0 <= angle <= 90:
        return Feedback("not yet", "stay between 0 and 90 degrees, as the panel does.")
    counts = f"Adam needs {adam:.0f} steps, gradient descent {gd:.0f}."
    if angle == 90:
        return Feedback(
            "not yet", f"a quarter turn puts the valley along y: on an axis again. {counts}"
        )
    if adam == gd:
        return Feedback("not yet", f"{counts} A tie: it has to need more.")
    if adam < gd:
        side = "still first: turn further" if angle < 45 else "first again: turn back"
        return Feedback("not yet", f"{counts} Adam is {side}.")
    if steps_needed(core.adam, angle - 1, lr=0.2) > gd:
        return Feedback(
            "not yet", f"{counts} Adam has lost here, but it had lost one degree earlier already."
        )
    return Feedback("right", f"{counts} At these two learning rates so small a turn is enough.")


def eps_share(share):
    """A constant gradient as large as eps: which share of lr is Adam's step? (06)"""
    return diagnose.number(
        share, 0.5,
        mistakes={
            "that would be so without eps. Here √v̂ is 1e-8 too, and eps is added to it.": 1,
            "next to nothing is what gradient descent makes of it, lr times the gradient. Adam "
            "divides by √v̂ + eps, and that is just as small.": 0,
            "upside down: eps makes the divisor larger, so the step smaller.": 2,
            "that is eps inside the root, √(v̂ + eps), with eps = v̂. Adam has it outside, and it "
            "is added to √v̂.": np.sqrt(0.5),
        },
        praise="g / (g + eps) = 1/2. For a g far below eps the step is lr/eps times g: momentum, "
        "as in lesson 04.",
    )  # fmt: skip


def forget_prediction(guess):
    """Slopes 3, -1, -1, again and again: where does Adam end? (06)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "that is where the sum of the slopes leads, and where gradient descent goes. But "
            "Adam divides each slope by what it remembers of their size.",
            "b": "the three steps would have to cancel. Two small slopes are enlarged, one large "
            "slope is made small: who wins?",
            "c": "with so short a memory each step becomes about as large as any other, so the two "
            "small slopes outvote the large one.",
        },
    )


def _end(rule):
    """A function of plain numbers that runs a rule on given gradients.

    A second coordinate, with gradients twice as large, stays in the background: it must
    not change the first.
    """

    def end(gradients, lr, beta1, beta2):
        given = iter(gradients)
        trace = core.run(
            rule, lambda _: next(given) * np.array([1.0, 2.0]), [0.0, 0.0], len(gradients),
            record=("theta",), lr=lr, beta1=beta1, beta2=beta2,
        )  # fmt: skip
        return trace.theta[1:, 0]

    return end


def _adam_with(largest):
    """AMSGrad with another idea of what to keep: largest(v_max, v, g) -> v_max, v."""

    def rule(grad, theta, lr, beta1, beta2, eps=1e-8):
        m = v = v_max = np.zeros_like(theta)
        for t in range(1, 10**6):
            g = grad(theta)
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            v_max, v = largest(v_max, v, g)
            theta = theta - lr * m / (1 - beta1**t) / (np.sqrt(v_max / (1 - beta2**t)) + eps)
            yield dict(theta=theta)

    return rule


def amsgrad(rule):
    """Change one line of Adam so that it never forgets its largest v (06)."""

    def of_corrected(grad, theta, lr, beta1, beta2, eps=1e-8):
        m = v = v_max = np.zeros_like(theta)
        for t in range(1, 10**6):
            g = grad(theta)
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            v_max = np.maximum(v_max, v / (1 - beta2**t))
            theta = theta - lr * m / (1 - beta1**t) / (np.sqrt(v_max) + eps)
            yield dict(theta=theta)

    feedback = diagnose.function(
        _end(rule), _end(core.amsgrad),
        cases=[
            dict(gradients=(3.0, -1, -1, 3, -1, -1), lr=0.1, beta1=0.0, beta2=0.1),
            dict(gradients=(1.0, 5, -2, 0.5, 0.1, -0.1), lr=0.1, beta1=0.9, beta2=0.5),
        ],
        mistakes={
            "you keep the largest squared gradient. Keep the largest v, the average.": _end(
                _adam_with(lambda v_max, v, g: (np.maximum(v_max, g**2), v))
            ),
            "v_max stays at 0, where it starts: nothing holds the steps back. Keep in v_max the "
            "largest v.": (
                _end(_adam_with(lambda v_max, v, g: (np.minimum(v_max, v), v)))
            ),
            "v itself is replaced by the maximum, so the next average starts from it and "
            "cannot fall. Leave v alone: only v_max remembers.": _end(
                _adam_with(lambda v_max, v, g: (np.maximum(v_max, v),) * 2)
            ),
            "the maximum is of two neighbours, v and g², not of all v so far: v_max has to "
            "appear on the right-hand side too.": _end(
                _adam_with(lambda v_max, v, g: (np.maximum(v, g**2), v))
            ),
            "np.max takes one number out of all coordinates. np.maximum compares two arrays, "
            "element by element.": _end(_adam_with(lambda v_max, v, g: (v.max(), v))),
            "v_max adds up, as AdaGrad does, and only grows. Take the larger of the two.": _end(
                _adam_with(lambda v_max, v, g: (v_max + v, v))
            ),
            "that is the maximum of the corrected v̂, which some programs use. Here v_max is of "
            "v, and is corrected when used.": _end(of_corrected),
        },
        praise="one maximum, one more number per parameter: that is amsgrad in adam_core.",
        listing=(
            "this still walks as Adam does: v_max is only the v of this step.",
            _end(core.adam),
        ),
    )  # fmt: skip
    if "stopped with ValueError" in feedback.text or "stopped with TypeError" in feedback.text:
        feedback.text += ". Of two arrays np.maximum(a, b) takes the larger, element by element."
    return feedback


def l2_prediction(guess):
    """Adam with L2: a quiet and a loud weight, who is decayed? (06)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "the pull λw is divided by √v̂ with the rest. Where the noise is small the pull "
            "is nearly all there is, and becomes a full step; where it is large it vanishes.",
            "b": "the other way round: what is large in the gradient is divided by something "
            "large. What becomes of a small λw beside it?",
            "c": "so it would be with gradient descent. But here λw is part of the gradient, and "
            "Adam divides the gradient by its size.",
        },
    )


def adamw_step(step):
    """Find the bug: L2 that calls itself AdamW (06)."""

    def variant(pull="beside", sign=1, adam=True):
        def one(theta, g, m, v, t, lr, weight_decay):
            decay = sign * weight_decay * theta
            g = g + decay if pull in ("gradient", "both") else g
            m = 0.9 * m + 0.1 * (g + decay if pull == "average" else g)
            v = 0.999 * v + 0.001 * g**2
            m_hat = m / (1 - 0.9**t)
            v_hat = v / (1 - 0.999**t)
            if pull == "divided":
                m_hat = m_hat + decay
            new = theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
            if pull in ("beside", "both"):
                new = new - lr * decay
            elif pull == "without lr":
                new = new - decay
            elif pull == "afterwards":
                new = new - lr * weight_decay * new
            return new, m, v

        return one

    theta, m, v = np.array([2.0, -1]), np.array([0.1, 0.3]), np.array([0.5, 0.04])
    return diagnose.function(
        step, variant(),
        cases=[
            dict(theta=theta, g=np.array([0.0, 1]), m=m, v=v, t=3, lr=0.1, weight_decay=0.5),
            dict(theta=theta, g=np.array([4.0, -2]), m=0 * m, v=0 * v, t=1, lr=0.3,
                 weight_decay=0.1),
        ],
        mistakes={
            "that is Adam without any decay: theta has to shrink as well.": variant("none"),
            "theta grows: the decay has the wrong sign.": variant(sign=-1),
            "now it decays twice: once in the gradient, once beside it. Take it out of g.": (
                variant("both")
            ),
            "out of the averages, but still under the root: add the decay after the division, "
            "not to m_hat.": variant("divided"),
            "out of v, but still in m, so it is divided by √v̂: add it after the division.": (
                variant("average")
            ),
            "lr is missing: each step takes weight_decay of theta at once, ten times what was "
            "asked for at lr = 0.1.": variant("without lr"),
            "nearly: you shrink the new theta, so the step shrinks too. Shrink the theta the "
            "step starts from.": variant("afterwards"),
        },
        praise="the decay is now beside Adam's step. It shares lr with it, and nothing else.",
        parts=("theta", "m", "v"),
        listing=(
            "it goes where the listing goes: weight_decay * theta passes through m and v.",
            variant("gradient"),
        ),
    )  # fmt: skip


def drift_prediction(guess):
    """The minimum leaves at half of lr per step: who falls behind for good? (06)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "gradient descent falls behind until the slope is large enough to keep up: a "
            "distance of about speed/lr. Then it stays there.",
            "b": "AdaGrad divides by the root of all squares it has ever seen. The further it is "
            "behind, the larger the gradients, and the faster the sum grows. Its lr is too small, "
            "and with every step more so.",
            "c": "while the gradients agree Adam makes about lr per step, twice what is needed, "
            "and v forgets. It may be late at first. Who never forgets?",
        },
    )


_FAILURES = {
    "valley at 45 degrees": "heavy_ball",
    "rare large gradient": "amsgrad",
    "loud weights keep their size": "adamw",
    "minimum moves, AdaGrad stalls": "adam",
}
_REASONS = {
    ("valley at 45 degrees", "amsgrad"): "AMSGrad divides coordinate by coordinate as Adam does. "
    "Which rule does not know where the axes are?",
    ("valley at 45 degrees", "adamw"): "AdamW shrinks theta; its division is Adam's, and feels "
    "the turn just as much.",
    (
        "valley at 45 degrees",
        "adam",
    ): "it is Adam that a turn of a long valley slows down. Which rule adds and "
    "scales whole vectors only?",
    ("rare large gradient", "heavy_ball"): "momentum adds the gradients up and goes the right way "
    "here, true. But it gives up the division altogether: a smaller repair of Adam is asked for.",
    ("rare large gradient", "adamw"): "AdamW has the same v as Adam, with the same short memory.",
    ("rare large gradient", "adam"): "Adam's v is what forgets. What if it kept its largest?",
    ("loud weights keep their size", "heavy_ball"): "without the division L2 is honest, true. But "
    "the repair of Adam itself is asked for: where should the decay stand?",
    ("loud weights keep their size", "amsgrad"): "the largest v divides λw by as much or more. "
    "Where should the decay stand, so that nothing divides it?",
    ("loud weights keep their size", "adam"): "Adam with L2 is the problem: λw is divided by √v̂.",
    ("minimum moves, AdaGrad stalls", "heavy_ball"): "momentum would follow, but without a step "
    "size per coordinate, which is what AdaGrad was chosen for. Who divides, and forgets?",
    ("minimum moves, AdaGrad stalls", "amsgrad"): "AMSGrad never forgets its largest v. With a "
    "steep start it keeps its small steps, as AdaGrad does.",
    ("minimum moves, AdaGrad stalls", "adamw"): "AdamW follows as Adam does, and is pulled to "
    "zero besides, away from a minimum that moves off. What is the plain choice?",
}


def repairs(pairs):
    """Which optimizer for which failure? A reason for every wrong pair (06)."""
    names = sorted(set(_FAILURES.values()))
    if not isinstance(pairs, dict):
        return Feedback("not yet", "keep the dictionary: pairs = {failure: optimizer, ...}.")
    if any(value is ... for value in pairs.values()):
        return Feedback("not started", f"replace each ... with one of {', '.join(names)}.")
    if set(pairs) != set(_FAILURES):
        return Feedback("not yet", "leave the four failures on the left as they are.")
    wrong = []
    for failure, name in pairs.items():
        if name not in names:
            return Feedback(
                "not yet", f"{failure}: write one of {', '.join(names)}, in quotes, not {name!r}."
            )
        if name != _FAILURES[failure]:
            wrong.append(f"{failure}: {_REASONS[failure, name]}")
    if wrong:
        more = f" ({len(wrong)} pairs are wrong; this is the first.)" if len(wrong) > 1 else ""
        return Feedback("not yet", wrong[0] + more)
    return Feedback("right", "each repair mends one failure, and no repair mends them all.")
