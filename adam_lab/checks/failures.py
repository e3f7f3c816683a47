"""Checks of 06_when_adam_fails."""

from functools import cache
from itertools import count

import numpy as np

import adam_core as core
from adam_lab.checks import adam, diagnose
from adam_lab.checks.diagnose import Complaint, Feedback
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
    angle = diagnose.real(angle, "a number of degrees")
    if angle != round(angle):
        raise Complaint(f"a whole number of degrees, please, not {angle:g}.")
    if not 0 <= angle <= 90:
        raise Complaint("stay between 0 and 90 degrees, as the panel does.")
    adam = steps_needed(core.adam, angle, lr=0.2)
    gd = steps_needed(core.gd, angle, lr=1.9)
    counts = f"Adam needs {adam:.0f} steps, gradient descent {gd:.0f}."
    if adam > gd and steps_needed(core.adam, angle - 1, lr=0.2) <= gd:
        return Feedback("right", f"{counts} At these two learning rates so small a turn is enough.")
    if adam > gd:
        said, step = "Adam has lost here, but it had lost one degree earlier already.", -1
    elif angle == 90:
        said, step = "A quarter turn puts the valley along y: on an axis again.", -1
    elif adam == gd:
        said, step = "A tie: Adam has to need more.", 1 if angle < 45 else -1
    elif angle < 45:
        said, step = "Adam is still first: turn further.", 1
    else:
        said, step = "Adam is first again: turn back.", -1
    return Feedback("not yet", f"{counts} {said}", better=(angle + step,), score=abs(angle - 12))


def eps_share(share):
    """A constant gradient as large as eps: which share of lr is Adam's step? (06)"""
    return diagnose.number(
        share, 0.5,
        mistakes={
            "that would be so without eps, or without the root. √v̂ is 1e-8 here, and eps is added "
            "to it.": 1,
            "next to nothing is what gradient descent makes of it, lr times the gradient. Adam "
            "divides by √v̂ + eps, and that is just as small.": 0,
            "upside down: eps makes the divisor larger, so the step smaller.": 2,
            "that is in percent. As a share of lr, 1 stands for the whole.": 50,
            "the step is against the gradient, true; its share of lr is a size, without a sign.": (
                -0.5
            ),
            "that is 1e-8 over 1e-4: is eps inside the root, or v̂ the gradient and not its square? "
            "Adam adds eps to √v̂.": 1e-4,
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


# Slopes of which the one coordinate rises while the other falls, in a path of a dozen steps.
_SLOPES = [
    lambda theta: np.array([2.0, -0.6]) * theta + 3 * np.sin(np.array([2.0, 5.0]) * theta),
    lambda theta: np.array([-0.5, 1.5]) * theta + 4 * np.cos(np.array([4.0, 1.5]) * theta + 1),
    lambda theta: np.sin(3 * theta[::-1]) * np.array([5.0, 1.0]) + 0.3 * theta,
]
_CASES = [
    dict(theta=np.array([1.0, -2.0]), lr=0.2, beta1=0.6, beta2=0.3, eps=0.1),
    dict(theta=np.array([-0.5, 0.2]), lr=0.35, beta1=0.2, beta2=0.6, eps=0.03),
    dict(theta=np.array([0.3, 0.9]), lr=0.1, beta1=0.8, beta2=0.45, eps=0.2),
]
_WATCHED = 1, 2, 4, 7, 12
_LONG_QUIET = dict(  # after some 200 loud steps
    grad=adam.at_a_cliff(5, 0.01), theta=np.array([1.0175, -1.1025]), lr=5e-4, steps=1500,
    beta1=0.5, beta2=0.9, eps=1e-8,
)  # fmt: skip

_AMSGRAD = dict(
    m="beta1 * m + (1 - beta1) * g",
    v="beta2 * v + (1 - beta2) * g**2",
    v_max="np.maximum(v_max, v)",
    m_hat="m / (1 - beta1**t)",
    v_hat="v_max / (1 - beta2**t)",
    step="lr * m_hat / (np.sqrt(v_hat) + eps)",
)
_ALL_AT_ONCE = (
    "that compares all coordinates at once, and takes v for all of them or for none. Each keeps "
    "its own largest: np.maximum compares two arrays, element by element."
)
_SLIPS = {  # what to say: the lines that are otherwise
    "you keep the largest squared gradient. Keep the largest v, the average.": dict(
        v_max="np.maximum(v_max, g**2)"
    ),
    "you keep the largest gradient. Keep the largest v, the average of the squares.": dict(
        v_max="np.maximum(v_max, np.abs(g))"
    ),
    "you keep the largest m. Keep the largest v, the average of the squares.": dict(
        v_max="np.maximum(v_max, m)"
    ),
    "you take the larger of m and v. Take the larger of the old v_max and v.": dict(
        v_max="np.maximum(m, v)"
    ),
    "the root comes later, in the step: keep the largest v itself.": dict(
        v_max="np.maximum(v_max, np.sqrt(v))"
    ),
    "v_max stays at 0, where it starts: nothing holds the steps back. Keep in v_max the largest "
    "v.": dict(v_max="np.minimum(v_max, v)"),
    "v itself is replaced by the maximum, so the next average starts from it. Leave v alone: only "
    "v_max remembers.": dict(v_max="(v := np.maximum(v_max, v))"),
    "the maximum is of two neighbours, v and g², not of all v so far: v_max has to appear on the "
    "right-hand side too.": dict(v_max="np.maximum(v, g**2)"),
    "np.max takes one number out of all coordinates. np.maximum compares two arrays, element by "
    "element.": dict(v_max="np.full(v.shape, v.max())"),
    "one number is kept for all coordinates, the largest of all. np.maximum(v_max, v) alone keeps "
    "one for each.": dict(v_max="np.full(v.shape, np.maximum(v_max, v).max())"),
    _ALL_AT_ONCE: dict(v_max="v if (v > v_max).any() else v_max"),
    _ALL_AT_ONCE + " (All of them must be larger, with your line.)": dict(
        v_max="v if (v > v_max).all() else v_max"
    ),
    _ALL_AT_ONCE + " (The sums decide, with your line.)": dict(
        v_max="v if v.sum() > v_max.sum() else v_max"
    ),
    _ALL_AT_ONCE + " (The norms decide, with your line.)": dict(
        v_max="v if (v**2).sum() > (v_max**2).sum() else v_max"
    ),
    _ALL_AT_ONCE + " (The largest coordinates decide, with your line.)": dict(
        v_max="v if v.max() > v_max.max() else v_max"
    ),
    _ALL_AT_ONCE + " (The first coordinate decides, with your line.)": dict(
        v_max="v if v[0] > v_max[0] else v_max"
    ),
    "you keep the larger of v_max and g. Keep the largest v, the average of the squares.": dict(
        v_max="np.maximum(v_max, g)"
    ),
    "eps comes in the step: keep the largest v itself.": dict(v_max="np.maximum(v_max, v + eps)"),
    "v > v_max is True or False. Take the larger of the two numbers.": dict(
        v_max="(v > v_max) * 1.0"
    ),
    "v_max is right, but the line with v_hat has the wrong beta: v_max / (1 - beta2**t).": dict(
        v_hat="v_max / (1 - beta1**t)"
    ),
    "v_hat is the maximum of v_max and v̂: it is v_max / (1 - beta2**t).": dict(
        v_hat="np.maximum(v_max, v / (1 - beta2**t))"
    ),
    "v_max is right, but the last line has lost its brackets: (np.sqrt(v_hat) + eps).": dict(
        step="lr * m_hat / np.sqrt(v_hat) - eps"
    ),
    "v_max adds up, as AdaGrad does, and only grows. Take the larger of the two.": dict(
        v_max="v_max + v"
    ),
    "v_max becomes an average of v, which falls when v falls. Take the larger of the two.": dict(
        v_max="beta2 * v_max + (1 - beta2) * v"
    ),
    "that is the maximum of the corrected v̂, as in optax. Here v_max is of v, and is corrected "
    "when it is used.": dict(v_max="np.maximum(v_max, v / (1 - beta2**t))", v_hat="v_max"),
    "the maximum is of the corrected v̂, and is then corrected once more. Keep the largest v.": (
        dict(v_max="np.maximum(v_max, v / (1 - beta2**t))")
    ),
    "v_max is right, but the line with v_hat no longer corrects it: v_max / (1 - beta2**t).": dict(
        v_hat="v_max"
    ),
    "the line with v_max stands before the line with v, so it sees the v of the step before.": dict(
        late=True
    ),
    "v is squared a second time: it is the average of the squares already.": dict(
        v_max="np.maximum(v_max, v**2)"
    ),
}


@cache
def _amsgrad(late=False, start=0, **slip):
    """AMSGrad as a generator function, with a slip in it, or another start of v_max."""
    lines = [(name, (_AMSGRAD | slip)[name]) for name in _AMSGRAD]
    if late:
        lines[1:3] = reversed(lines[1:3])
    code = [compile(f"{name} = {line}", "<slip>", "exec") for name, line in lines]

    def rule(grad, theta, lr, beta1, beta2, eps):
        zero = np.zeros_like(theta)
        names = dict(np=np, lr=lr, beta1=beta1, beta2=beta2, eps=eps, m=zero, v=zero)
        names["v_max"] = zero + start
        for t in count(1):
            names |= dict(t=t, g=grad(theta))
            for line in code:
                exec(line, names)
            theta = theta - names["step"]
            yield dict(theta=theta)

    return rule


def _thetas(rule):
    """A function of the arguments of `rule` that returns theta after the watched steps."""

    def after(grad, theta, lr, beta1, beta2, eps):
        hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        walked = diagnose.walk(rule, max(_WATCHED), grad, theta, **hyper)
        return tuple(walked[step - 1] for step in _WATCHED)

    return after


def _no_number(rule):
    """What to say where theta is no number after the first step; None elsewhere."""
    first = diagnose.call(lambda: diagnose.walk(rule, 1, _SLOPES[0], **_CASES[0])[0])
    if np.isfinite(np.asarray(first, dtype=float)).all():
        return None
    return Feedback(
        "not yet",
        "theta is no number after step 1: something is divided by zero, or the root of something "
        "negative is taken. Does t still count from 1?",
    )


def _other_start(rule):
    """What to say where v_max starts above 0, which a first step on flat ground shows."""
    flat = dict(grad=lambda theta: np.full(2, 1e-6), theta=np.zeros(2), lr=1.0)
    first = diagnose.call(lambda: diagnose.walk(rule, 1, **flat, beta1=0.5, beta2=0.5, eps=1e-8)[0])
    with np.errstate(all="ignore"):
        start = float(np.mean(0.5 * (1e-6 / first + 1e-8) ** 2))
        if not 1e-9 < start < np.inf:
            return None
        wrong = _thetas(_amsgrad(start=start))
        same = all(
            np.allclose(_thetas(rule)(slope, **case), wrong(slope, **case), rtol=1e-5, atol=1e-9)
            for slope, case in zip(_SLOPES, _CASES, strict=True)
        )
    text = "v_max starts above 0, and makes the first steps short: it starts at zero, as v does."
    return Feedback("not yet", text) if same else None


def amsgrad(rule):
    """Change one line of Adam so that it never forgets its largest v (06)."""
    if rule is ...:
        raise Complaint("replace the ... with your function.", "not started")
    if not callable(rule):
        raise Complaint(f"keep it a function: it is {diagnose.short(rule)} now.")
    try:
        feedback = diagnose.function(
            _thetas(rule), _thetas(core.amsgrad),
            cases=[dict(grad=slope) | case for slope, case in zip(_SLOPES, _CASES, strict=True)],
            mistakes={hint: _thetas(_amsgrad(**slip)) for hint, slip in _SLIPS.items()},
            praise="one maximum, one more number per parameter: that is amsgrad in adam_core.",
            parts=[f"theta after step {t}" for t in _WATCHED],
            otherwise=lambda: _no_number(rule) or _other_start(rule),
            listing=(
                "this still walks as Adam does: v_max is no more than the v of this step, or v_hat "
                "is not made of it.",
                _thetas(core.adam),
            ),
        )  # fmt: skip
        if feedback.verdict == "right":
            if other := _other_start(rule):
                return other
            adam.goes_on(rule, core.amsgrad, [_LONG_QUIET])
            diagnose.lasts(rule)
        return feedback
    except Complaint as complaint:
        said = complaint.feedback.text
        if "max(" in said.split("stopped with")[0] or "if " in said.split("stopped with")[0]:
            complaint.feedback.text += (
                " Of two arrays np.maximum(a, b) takes the larger, element by element."
            )
        raise


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
            "c": "with gradient descent it would be so, on average. But here λw is part of the "
            "gradient, and Adam divides the gradient by its size.",
        },
    )


_STEP = "m_hat / (np.sqrt(v_hat) + 1e-8)"
_ADAMW = dict(
    g="g",
    m="0.9 * m + 0.1 * g",
    v="0.999 * v + 0.001 * g**2",
    m_hat="m / (1 - 0.9**t)",
    v_hat="v / (1 - 0.999**t)",
    theta=f"theta - lr * ({_STEP} + weight_decay * theta)",
)
_LOUD = "(g + weight_decay * theta)"
_RIGHT_PLACE = "the decay stands where it should. But "
_ADAMW_SLIPS = {
    "that is Adam without any decay: theta has to shrink as well.": dict(
        theta=f"theta - lr * {_STEP}"
    ),
    "theta grows: the decay has the wrong sign.": dict(
        theta=f"theta - lr * ({_STEP} - weight_decay * theta)"
    ),
    "it still goes through the averages, and with the wrong sign. Add weight_decay * theta after "
    "the division.": dict(g="g - weight_decay * theta", theta=f"theta - lr * {_STEP}"),
    "now it decays twice: once in the gradient, once beside it. Take it out of g.": dict(g=_LOUD),
    "out of the averages, but still above the line, so that the root divides it: add the decay "
    "after the division, not to m_hat.": dict(
        theta="theta - lr * (m_hat + weight_decay * theta) / (np.sqrt(v_hat) + 1e-8)"
    ),
    "out of v, but still in m, so it is divided by √v̂: add it after the division.": dict(
        m=f"0.9 * m + 0.1 * {_LOUD}", theta=f"theta - lr * {_STEP}"
    ),
    "out of v, but in m as well as beside the step: take it out of m.": dict(
        m=f"0.9 * m + 0.1 * {_LOUD}"
    ),
    "out of m, but still in v, and nowhere beside the step: v is the average of g**2 alone.": dict(
        v=f"0.999 * v + 0.001 * {_LOUD} ** 2", theta=f"theta - lr * {_STEP}"
    ),
    "the decay stands beside the step, but v still has it too: v is the average of g**2 alone.": (
        dict(v=f"0.999 * v + 0.001 * {_LOUD} ** 2")
    ),
    "the decay stands in the divisor. It is added to the quotient, after the division.": dict(
        theta="theta - lr * (m_hat / (np.sqrt(v_hat) + 1e-8 + weight_decay * theta))"
    ),
    "the decay has come into m_hat before the division by √v̂: add it to the quotient.": dict(
        m_hat="(m + weight_decay * theta) / (1 - 0.9**t)", theta=f"theta - lr * {_STEP}"
    ),
    "lr is missing: each step takes weight_decay of theta at once. It stands inside the bracket "
    "that lr multiplies.": dict(theta=f"theta - lr * {_STEP} - weight_decay * theta"),
    "lr is in there twice: the bracket that lr multiplies has it already.": dict(
        theta=f"theta - lr * ({_STEP} + lr * weight_decay * theta)"
    ),
    "lr is missing and the sign is wrong: theta grows by weight_decay of itself at each step.": (
        dict(theta=f"theta - lr * {_STEP} + weight_decay * theta")
    ),
    "nearly: you shrink the new theta, so the step shrinks too. Shrink the theta the step starts "
    "from.": dict(theta=f"(1 - lr * weight_decay) * (theta - lr * {_STEP})"),
    "it is theta that decays, not g: weight_decay * theta.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * g)"
    ),
    "every weight is pulled by the same amount, large or small: weight_decay * theta.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * np.sign(theta))"
    ),
    "theta has to stand beside weight_decay: weight_decay * theta.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay)"
    ),
    "weight_decay is missing: theta itself is taken off.": dict(
        theta=f"theta - lr * ({_STEP} + theta)"
    ),
    "that is the gradient of λ/2 θ² with the half taken twice: the decay is weight_decay * theta, "
    "without a factor.": dict(theta=f"theta - lr * ({_STEP} + weight_decay * theta / 2)"),
    "the decay is weight_decay * theta, without the factor 2.": dict(
        theta=f"theta - lr * ({_STEP} + 2 * weight_decay * theta)"
    ),
    "theta is squared: the gradient of λ/2 θ² is λθ.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * theta**2)"
    ),
    "Adam's own step is gone: only the decay is left.": dict(
        theta="theta - lr * weight_decay * theta"
    ),
    "the decay takes m_hat, not theta: weight_decay * theta.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * m_hat)"
    ),
    "the decay takes v, not theta: weight_decay * theta.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * v)"
    ),
    "the sign of theta is lost in the decay: then a negative weight grows.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * np.abs(theta))"
    ),
    "one number decays all weights: weight_decay * theta, without a norm.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * np.sqrt(np.sum(theta**2)))"
    ),
    "the two terms of the bracket are added, not multiplied.": dict(
        theta=f"theta - lr * ({_STEP} * weight_decay * theta)"
    ),
    "weight_decay and theta are multiplied, not added.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay + theta)"
    ),
    "the decay is there twice, once outside the bracket and with a plus.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * theta) + weight_decay * theta"
    ),
    "the decay does not grow with t: weight_decay * theta.": dict(
        theta=f"theta - lr * ({_STEP} + weight_decay * theta * t)"
    ),
    "lr is missing, and you shrink the new theta: lr * weight_decay of the theta that the step "
    "starts from.": dict(theta=f"(1 - weight_decay) * (theta - lr * {_STEP})"),
    "theta shrinks to weight_decay of itself. It shrinks by lr * weight_decay of itself.": dict(
        theta=f"weight_decay * (theta - lr * {_STEP})"
    ),
    "theta is lost: only its decay is left, and with a plus.": dict(
        theta=f"lr * weight_decay * theta - lr * {_STEP}"
    ),
    "out of v, but added to m in whole: it comes after the division.": dict(
        m="0.9 * m + 0.1 * g + weight_decay * theta", theta=f"theta - lr * {_STEP}"
    ),
    "the decay has come into v_hat, under the root: add it to the quotient.": dict(
        v_hat="v / (1 - 0.999**t) + weight_decay * theta", theta=f"theta - lr * {_STEP}"
    ),
    "the decay still comes into g, at all steps but the first: take it out.": dict(
        g=f"{_LOUD} if t > 1 else g"
    ),
    _RIGHT_PLACE + "m_hat is right at t = 1 only: the power is missing in 1 - 0.9**t.": dict(
        m_hat="m / (1 - 0.9)"
    ),
    _RIGHT_PLACE + "both hats are right at t = 1 only: the powers are missing in 1 - 0.9**t and in "
    "1 - 0.999**t.": dict(m_hat="m / (1 - 0.9)", v_hat="v / (1 - 0.999)"),
    _RIGHT_PLACE + "m takes the whole gradient: 0.1 * g.": dict(m="0.9 * m + g"),
    _RIGHT_PLACE + "m weighs old and new the wrong way round.": dict(m="0.1 * m + 0.9 * g"),
    _RIGHT_PLACE + "the 0.999 of v has become 0.99.": dict(v="0.99 * v + 0.01 * g**2"),
    _RIGHT_PLACE + "v_hat takes the β of m: 1 - 0.999**t.": dict(v_hat="v / (1 - 0.9**t)"),
    _RIGHT_PLACE + "theta is not kept: theta = theta - ...": dict(back="before, m, v"),
    "all three are right, in the wrong order: return theta, m, v.": dict(back="m, v, theta"),
    "theta itself is gone: theta - lr * ( ).": dict(
        theta=f"-lr * ({_STEP} + weight_decay * theta)"
    ),
    "theta climbs: the step goes against the gradient, with a minus.": dict(
        theta=f"theta + lr * ({_STEP} + weight_decay * theta)"
    ),
    "lr is missing altogether: theta - lr * ( ).": dict(
        theta=f"theta - ({_STEP} + weight_decay * theta)"
    ),
    _RIGHT_PLACE + "lr no longer multiplies Adam's quotient.": dict(
        theta=f"theta - {_STEP} - lr * weight_decay * theta"
    ),
    _RIGHT_PLACE + "m is used uncorrected: m_hat = m / (1 - 0.9**t).": dict(m_hat="m"),
    _RIGHT_PLACE + "v is used uncorrected: v_hat = v / (1 - 0.999**t).": dict(v_hat="v"),
    _RIGHT_PLACE + "neither average is corrected: divide by 1 - 0.9**t, and by 1 - 0.999**t.": (
        dict(m_hat="m", v_hat="v")
    ),
    _RIGHT_PLACE + "eps has moved into the root.": dict(
        theta="theta - lr * (m_hat / np.sqrt(v_hat + 1e-8) + weight_decay * theta)"
    ),
    _RIGHT_PLACE + "eps is missing beside the root.": dict(
        theta="theta - lr * (m_hat / np.sqrt(v_hat) + weight_decay * theta)"
    ),
    _RIGHT_PLACE + "the root is missing.": dict(
        theta="theta - lr * (m_hat / (v_hat + 1e-8) + weight_decay * theta)"
    ),
    _RIGHT_PLACE + "v has lost its square: 0.001 * g**2.": dict(v="0.999 * v + 0.001 * g"),
    "the new theta is right. But m and v come back corrected: return m and v, not m_hat and "
    "v_hat.": dict(back="theta, m_hat, v_hat"),
    "the new theta is right. But m and v are returned in the wrong order.": dict(
        back="theta, v, m"
    ),
}


@cache
def _adamw(back="theta, m, v", **slip):
    """One step of AdamW, with a slip in it."""
    lines = [compile(f"{name} = {line}", "<slip>", "exec")
             for name, line in (_ADAMW | slip).items()]  # fmt: skip
    returned = compile(f"({back})", "<slip>", "eval")

    def step(**names):
        names |= dict(np=np, before=names["theta"])
        for line in lines:
            exec(line, names)
        return eval(returned, names)

    return step


def adamw_step(step):
    """Find the bug: L2 that calls itself AdamW (06)."""
    return diagnose.function(
        step, _adamw(),
        cases=[
            dict(theta=np.array([2.0, -1.0]), g=np.array([0.5, 1.0]), m=np.array([0.1, 0.3]),
                 v=np.array([0.5, 0.04]), t=3, lr=0.1, weight_decay=0.5),
            dict(theta=np.array([-0.7, 3.0]), g=np.array([4.0, -2.0]), m=np.array([-0.4, 0.2]),
                 v=np.array([0.02, 0.3]), t=7, lr=0.3, weight_decay=0.2),
            dict(theta=np.array([-1.0, 0.8]), g=np.array([-0.3, 2.0]), m=np.array([0.2, -0.1]),
                 v=np.array([0.3, 0.06]), t=1500, lr=0.05, weight_decay=0.9),
            # a gradient as small as eps: is it there, and outside the root?
            dict(theta=np.array([1.5, 0.4]), g=np.array([3e-8, 2.0]), m=np.zeros(2),
                 v=np.zeros(2), t=1, lr=0.02, weight_decay=1.5),
        ],
        rare=[  # steps beyond lr, loud and silent gradients, a small power
            dict(theta=np.array([0.02, -0.3]), g=np.array([3.0, -40.0]), m=np.array([2.5, -0.9]),
                 v=np.array([0.3, 0.002]), t=101, lr=2.5, weight_decay=0.01),
            dict(theta=np.array([-60.0, 0.0]), g=np.array([-900.0, 0.0]), m=np.array([30.0, 0.0]),
                 v=np.array([8.0, 0.0]), t=40, lr=0.004, weight_decay=0.3),
            dict(theta=np.array([3e-6, 5.0]), g=np.array([1e-9, -1e-6]), m=np.array([4e-9, 2e-6]),
                 v=np.array([1e-16, 1e-10]), t=60, lr=1e-6, weight_decay=2.0),
            dict(theta=np.array([0.7, -2.0, 1.1]), g=np.array([0.0, 0.0, 2.0]),
                 m=np.array([0.3, 0.0, -0.4]), v=np.array([0.2, 0.0, 0.5]), t=5, lr=0.1,
                 weight_decay=0.4),
        ],
        mistakes={hint: _adamw(**slip) for hint, slip in _ADAMW_SLIPS.items()},
        praise="the decay is now beside Adam's step. It shares lr with it, and nothing else.",
        parts=("theta", "m", "v"),
        listing=(
            "it goes where the listing goes: weight_decay * theta passes through m and v.",
            _adamw(g=_LOUD, theta=f"theta - lr * {_STEP}"),
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
    ("valley at 45 degrees", "adamw"): "AdamW shrinks theta; its division is Adam's, along "
    "the same axes.",
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
    ("minimum moves, AdaGrad stalls", "amsgrad"): "AMSGrad never forgets its largest v. After a "
    "steep start, at β₂ = 0.9, it trails Adam.",
    ("minimum moves, AdaGrad stalls", "adamw"): "AdamW follows as Adam does, and is pulled to "
    "zero besides, away from a minimum that moves off. What is the plain choice?",
}


def repairs(pairs):
    """Which optimizer for which failure? A reason for every wrong pair (06)."""
    names = sorted(set(_FAILURES.values()))
    if pairs is ...:
        raise Complaint("write the dictionary: pairs = {failure: optimizer, ...}.", "not started")
    if not isinstance(pairs, dict):
        raise Complaint("keep the dictionary: pairs = {failure: optimizer, ...}.")
    if any(value is ... for value in pairs.values()):
        raise Complaint(f"replace each ... with one of {', '.join(names)}.", "not started")
    if set(pairs) != set(_FAILURES):
        raise Complaint("leave the four failures on the left as they are.")
    wrong = []
    for failure, value in pairs.items():
        if isinstance(value, (tuple, list, set)) and len(value) == 1:
            (value,) = value
        name = diagnose.name(value, names)
        if name is None:
            raise Complaint(
                f"{failure}: write one of {', '.join(names)}, in quotes, not "
                f"{diagnose.short(value)}."
            )
        if name != _FAILURES[failure]:
            wrong.append(f"{failure}: {_REASONS[failure, name]}")
    if wrong:
        more = f" ({len(wrong)} pairs are wrong; this is the first.)" if len(wrong) > 1 else ""
        return Feedback("not yet", wrong[0] + more)
    return Feedback(
        "right",
        "each repair mends one failure. Momentum mends the valley at the price of Adam's division.",
    )
