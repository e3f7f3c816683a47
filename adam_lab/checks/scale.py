"""The checks of 12_adam_at_scale."""

from copy import deepcopy
from functools import cache, wraps

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose

# ---------------------------------------------------------------------------
# Memory and speed
# ---------------------------------------------------------------------------


def sharing_prediction(guess):
    """64 devices share the 32-bit copy, m and v of 7e9 parameters: what is left on each? (12)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "that is a 64th of everything. But here each device still holds all weights and "
            "all gradients, 4 bytes for each parameter.",
            "b": "4 bytes stay, and of the other 12 a 64th: 4.19 bytes, times 7e9.",
            "c": "that is m and v alone, in 32 bits, on one device. They are what is shared now: "
            "which bytes stay whole?",
            "d": "sharing the work leaves every device with its whole copy. Here bytes are shared: "
            "each device keeps a 64th of the 32-bit copy, of m and of v.",
        },
    )


def place_prediction(guess):
    """Adam's step without new arrays: what becomes of the traffic with memory? (12)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "7 of 32 would be the least: θ, g, m and v read once, θ, m and v written once. "
            "But each of the 13 operations still walks through whole arrays.",
            "b": "m *= β₁ makes no new array, and yet reads m and writes it: two streams, as "
            "before. Count what each operation reads and writes.",
            "c": "13 operations read 17 arrays and write 13, though none is new. What falls "
            "is the memory in use, not the traffic.",
        },
    )


def least_seconds(seconds):
    """7e9 parameters in float32, 2e12 bytes a second: how long does Adam's step take? (12)"""
    return diagnose.number(
        seconds, 7 * 4 * 7e9 / 2e12, tolerance=0.03,
        mistakes={
            "that is 16 bytes for each parameter: what is kept, or what is read. θ, m and v are "
            "written, too.": 16 * 7e9 / 2e12,
            "seven streams, yes; each number has 4 bytes.": 7 * 7e9 / 2e12,
            "that is one stream. Count them: θ, g, m and v are read, θ, m and v are written.":
                4 * 7e9 / 2e12,
            "that is what is written alone. θ, g, m and v have to be read, too.": 12 * 7e9 / 2e12,
            "those are the bytes. How long do they take, at 2e12 in a second?": 28 * 7e9,
            "float32 has 32 bits, and those are 4 bytes.": 7 * 32 * 7e9 / 2e12,
            "that is 32 streams, the step as the papers write it. How few will do?":
                32 * 4 * 7e9 / 2e12,
            "that is 30 streams, the step in place. How few will do?": 30 * 4 * 7e9 / 2e12,
            "you divided the wrong way round: seconds are bytes / (bytes a second).":
                2e12 / (28 * 7e9),
            "g is only read: 7 streams, not 8.": 32 * 7e9 / 2e12,
            "that is in milliseconds.": 98,
            "θ, m and v count twice, read and written, g once: 7 streams, not 5.": 20 * 7e9 / 2e12,
            "θ, m and v are written and read, and g is read: 7 streams, not 6.": 24 * 7e9 / 2e12,
            "that is float64: 8 bytes a number. It is float32 here.": 56 * 7e9 / 2e12,
            "that is 2-byte numbers. It is float32 here.": 14 * 7e9 / 2e12,
        },
        praise="28 bytes for each parameter. On this device only fewer bytes make a faster step.",
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Few bits
# ---------------------------------------------------------------------------


def swallowed_prediction(guess):
    """A weight of 1 in bfloat16 and 1000 steps of +0.001: where does it end? (12)"""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "it would in 32 bits. In bfloat16 the next number above 1 is 1.0078.",
            "b": "if every other step counted. But the steps are all alike: if one is swallowed, "
            "why should the next one not be?",
            "c": "a rounding error each time, and on average none? Rounding to the nearest does "
            "the same thing each time. Where does 1.001 go?",
            "d": "1.001 is nearer to 1 than to 1.0078, so it becomes 1 again, a thousand times.",
        },
    )


_LOW = "np.floor(x / spacing) * spacing"
_PART = "(x / spacing - np.floor(x / spacing))"
_CHANCE = f"{_LOW} + spacing * (u < {_PART})"
_CHANCE_SLIPS = {
    "that rounds to the nearest mark, and u has no say.": "np.round(x / spacing) * spacing",
    "that always goes down: u has no say.": _LOW,
    "that always goes up: u has no say.": "np.ceil(x / spacing) * spacing",
    "it goes up and down with the same chance. It should go up more often, the nearer x is to the "
    "mark above.": f"{_LOW} + spacing * (u < 0.5)",
    "up where u is above a half is the same chance for every x. It should be larger, the nearer x "
    "is to the mark above.": (
        "np.where(u < 0.5, np.floor(x / spacing), np.ceil(x / spacing)) * spacing"
    ),
    "three tenths was an example. Each x has its own share of the way to the mark above, and goes "
    "up as often as that.": f"{_LOW} + spacing * (u < 0.3)",
    "the chances are exchanged: the nearer x is to the mark above, the more often it goes up.": (
        f"{_LOW} + spacing * (u > {_PART})"
    ),
    "it shifts x by chance and does not put it on a mark.": "x + u * spacing",
    "first add u marks, then round to the nearest: that goes up too often, by half a mark on "
    "average. Cut down to the mark below.": "np.round(x / spacing + u) * spacing",
    "the result counts marks. Times spacing, it is a weight again.": "np.floor(x / spacing + u)",
    "u is counted in marks, x in marks: x / spacing + u, not x + u.": (
        "np.floor((x + u) / spacing) * spacing"
    ),
    "x is counted in marks: x / spacing.": "np.floor(x + u) * spacing",
    "on average that is a whole mark too low: u is added, not subtracted.": (
        "np.floor(x / spacing - u) * spacing"
    ),
    "that is too high: cut down after adding u, do not round up.": (
        "np.ceil(x / spacing + u) * spacing"
    ),
    "that cuts towards zero, so negative weights go the wrong way: np.floor goes down for them "
    "too.": "np.trunc(x / spacing + u) * spacing",
    "the share of the way is in weights here; divide it by spacing before you compare it with u.": (
        f"{_LOW} + spacing * (u < x - {_LOW})"
    ),
    "the mark above is one spacing further, not 1.": f"{_LOW} + (u < {_PART})",
    "x itself must not stay in the result: start from the mark below.": (
        f"x + spacing * (u < {_PART})"
    ),
}


@cache
def _of(line):
    code = compile(line, "<slip>", "eval")

    def rule(**given):
        with np.errstate(all="ignore"):
            return eval(code, dict(np=np) | given)

    return rule


def _either(rule):
    """`rule`, but another fair way counts as going up for small u: it may go up for large u, or
    away from 0 for the one or the other."""

    @wraps(rule)
    def judged(*args, **kwargs):
        given = dict(zip(("x", "spacing", "u"), deepcopy(args or [*kwargs.values()]), strict=True))
        result, small = rule(*args, **kwargs), _BY_SMALL(**given)
        try:
            found = np.array(result, dtype=float)
            alike = found.size == small.size and found.shape[-1:] == small.shape
            fair = alike and any(
                np.allclose(found, way(**given), rtol=2e-5, atol=1e-9) for way in _OTHER_WAYS
            )
        except Exception:
            return result
        return small if fair else result

    return judged


_BY_SMALL = _of(_CHANCE)
_OTHER_WAYS = [
    _of("np.floor(x / spacing + u) * spacing"),
    _of("np.sign(x) * np.floor(np.abs(x) / spacing + u) * spacing"),
    _of("np.sign(x) * np.ceil(np.abs(x) / spacing - u) * spacing"),
]


def rounds_by_chance(attempt):
    """Round to one of the two marks beside x, by chance, so that on average x stays (12)."""
    return diagnose.function(
        _either(attempt) if callable(attempt) else attempt, _BY_SMALL,
        cases=[
            dict(x=np.array([1.3, -0.7, 2.0]), spacing=0.25, u=np.array([0.1, 0.9, 0.6])),
            dict(x=np.array([0.17, 3.14, -1.5]), spacing=0.5, u=np.array([0.4, 0.2, 0.7])),
            dict(x=np.array([-0.81, 0.33, 0.07]), spacing=0.1, u=np.array([0.7, 0.25, 0.75])),
            dict(x=np.array([5.4, -2.2, 0.9]), spacing=2.0, u=np.array([0.45, 0.02, 0.4])),
            dict(x=np.array([-7.3, 19.55, 0.2, -6.7, 3.1, 12.8, -0.3]), spacing=0.625,
                 u=np.array([0.35, 0.8, 0.9, 0.2, 0.03, 0.3, 0.95])),
        ],
        rare=[  # far from 0 and close to a mark, with marks close together and far apart
            dict(x=np.array([19_000.3, -17_000.2, 0.02, 0.02, -0.004, -0.004, -0.004, -0.004]),
                 spacing=0.5, u=np.array([0.3, 0.7, 0.01, 0.045, 0.995, 0.005, 0.991, 0.009])),
            dict(x=np.array([0.3, -0.0007, 0.01, -0.2]), spacing=2.0**-9,
                 u=np.array([0.2, 0.5, 0.9, 0.3])),
            dict(x=np.array([5e-6, -3e-6, 2.2e-5]), spacing=2.0**-17, u=np.array([0.2, 0.5, 0.9])),
            dict(x=np.array([2080.0, -153.6, 880.0, -6400.0, 1311.488, 1311.488]), spacing=256.0,
                 u=np.array([0.06, 0.7, 0.3, 0.5, 0.1244, 0.8754])),
        ],
        mistakes={hint: _either(_of(line)) for hint, line in _CHANCE_SLIPS.items()},
        praise="on average nothing is lost: a step of a tenth of the distance is taken one time "
        "in ten, and then it is ten times as long.",
    )  # fmt: skip


_RUNG = "np.round(254 * np.log(np.clip(v, low, high) / low) / np.log(high / low))"
_LADDER = f"np.where(v == 0, 0, low * (high / low) ** ({_RUNG} / 254))"


def _ladder(rung=_RUNG, zero="0", value="low * (high / low) ** (rung / 254)"):
    return f"np.where(v == 0, {zero}, {value})".replace("rung", f"({rung})")


_LADDER_SLIPS = {
    "zero has become the lowest rung: leave what is exactly 0 at 0.": _ladder(zero="low"),
    "255 rungs have 254 steps between them: the ratio is (high / low) ** (1 / 254).": _ladder(
        rung=_RUNG.replace("254", "255"), value="low * (high / low) ** (rung / 255)"
    ),
    "255 rungs, and zero: that makes 256 codes. Here a rung is missing.": _ladder(
        rung=_RUNG.replace("254", "253"), value="low * (high / low) ** (rung / 253)"
    ),
    "with 256 rungs and zero there would be 257 codes: there are 255 rungs, so 254 steps.": _ladder(
        rung=_RUNG.replace("254", "256"), value="low * (high / low) ** (rung / 256)"
    ),
    "these rungs are at equal distances. On this ladder each is the same factor above the last.": (
        "np.where(v == 0, 0, low + np.round(254 * (np.clip(v, low, high) - low) / (high - low))"
        " * (high - low) / 254)"
    ),
    "those are the 256 equal steps from 0 to high that failed: small v become 0.": (
        "np.round(v / high * 255) * high / 255"
    ),
    "it goes down to the rung below. The nearest one is asked for: np.round.": _ladder(
        rung=_RUNG.replace("np.round", "np.floor")
    ),
    "it goes up to the rung above. The nearest one is asked for: np.round.": _ladder(
        rung=_RUNG.replace("np.round", "np.ceil")
    ),
    "it goes up to the next rung: np.round goes to the nearest.": _ladder(
        rung="np.ceil(np.log(np.clip(v, low, high) / low) / np.log((high / low) ** (1 / 254)))"
    ),
    "that is the rung at the smallest distance. The nearest in the logarithm is asked for.": (
        "np.where(v == 0, 0, (low * (high / low) ** (np.arange(255) / 254))[np.argmin(np.abs(v[:,"
        " None] - low * (high / low) ** (np.arange(255) / 254)), axis=1)])"
    ),
    "nothing is rounded: v comes back as it went in.": _ladder(
        rung=_RUNG.replace("np.round", "np.abs")
    ),
    "the number of the rung is rounded, but it is returned as a number of a rung. What is the "
    "height of that rung?": _ladder(value="rung"),
    "that is the code of the rung, its number and one more. What is the height of that rung?": (
        _ladder(value="rung + 1")
    ),
    "below low or above high v has left the ladder: np.clip(v, low, high) first keeps it on.": (
        _ladder(rung=_RUNG.replace("np.clip(v, low, high)", "np.where(v == 0, low, v)"))
    ),
    "rung counts 254ths of the way: low * (high / low) ** (rung / 254).": _ladder(
        value="low * (high / low) ** rung"
    ),
    "the power comes before the division: brackets, (rung / 254).": _ladder(
        value="low * (high / low) ** rung / 254"
    ),
    "from low to high there are 254 steps, and here is one: the 254 is missing.": _ladder(
        rung=_RUNG.replace("254 * ", ""), value="low * (high / low) ** rung"
    ),
    "what is above high has left the ladder: its last rung is high. np.clip(v, low, high).": (
        _ladder(rung=_RUNG.replace("np.clip(v, low, high)", "np.maximum(v, low)"))
    ),
    "what is below low has left the ladder, or has become zero: it counts as the lowest rung. "
    "np.clip(v, low, high).": _ladder(
        rung=_RUNG.replace("np.clip(v, low, high)", "np.minimum(np.where(v == 0, low, v), high)")
    ),
    "what is below low has become zero, and m is divided by next to nothing. It counts as the "
    "lowest rung.": f"np.where(v < low, 0, {_LADDER})",
    "low is missing in front: the lowest rung is low, not 1.": _ladder(
        value="(high / low) ** (rung / 254)"
    ),
    "the ladder starts at high and goes up: low * ratio ** rung.": _ladder(
        value="high * (high / low) ** (rung / 254)"
    ),
    "the rungs are upside down: low is rung 0.": _ladder(
        value="high * (low / high) ** (rung / 254)"
    ),
}


def on_a_ladder(attempt):
    """v on zero or one of 255 rungs, each the same factor above the last (12)."""
    return diagnose.function(
        attempt, _of(_LADDER),
        cases=[
            dict(v=np.array([0.0123, 0.5, 0.0]), low=1e-3, high=1.0),
            dict(v=np.array([3.3, 1e-4, 77.0]), low=0.02, high=40.0),
            dict(v=np.array([2e-9, 7e-5, 0.0, 1.9e-2]), low=1e-10, high=0.02),
            dict(v=np.array([5.87e-5, 4.4e-17]), low=1e-20, high=0.01),  # nearer below in distance
            dict(v=np.geomspace(3e-4, 9, 9), low=1e-3, high=20.0),
        ],
        rare=[  # all are zero, all are tiny, some are huge
            dict(v=np.zeros(4), low=1e-8, high=0.5),
            dict(v=np.array([3e-16, 2.6e-13, 0.0, 5e-11, 1e-30]), low=1e-16, high=1e-9),
            dict(v=np.array([5e3, 1.4e8, 6e5, 0.0, 2e-2]), low=20.0, high=2e6),
        ],
        mistakes={hint: _of(line) for hint, line in _LADDER_SLIPS.items()},
        praise="one byte for each number. From low to high every v is off by the same share at "
        "most, however small it is: what Adam divides by needs a share, not a distance.",
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Going on
# ---------------------------------------------------------------------------

_STEP = dict(
    begin="t = t",
    m="m = 0.9 * m + 0.1 * g",
    v="v = 0.999 * v + 0.001 * g**2",
    m_hat="m_hat = m / (1 - 0.9**t)",
    v_hat="v_hat = v / (1 - 0.999**t)",
    theta="theta = theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8)",
)


@cache
def _resumed(first=1, extra=0, end=None, back="theta, m, v", counted="t", **lines):
    """`go_on` with a slip in it.

    first   what is added to the old t, or None: it starts anew
    end     function (t, steps): the last step, if it does not fit to the first
    """
    names = _STEP | lines
    code = {name: compile(line, "<slip>", "exec") for name, line in names.items()}
    returned = compile(f"({back})", "<slip>", "eval")

    def rule(grad, theta, m, v, t, steps, lr):
        given = dict(np=np, grad=grad, theta=theta, m=m, v=v, lr=lr, t=t, steps=steps)
        exec(code["begin"], given)
        start = 1 if first is None else t + first
        last = end(t, steps) if end else start + steps + extra - 1
        for now in range(start, last + 1):
            given["t"] = now if counted == "t" else start
            given["g"] = grad(given["theta"])
            for name in ("m", "v", "m_hat", "v_hat", "theta"):
                exec(code[name], given)
        return eval(returned, given)

    return rule


_RESUME_SLIPS = {
    "v is remembered now. One bug is left: which t has the first step after step t?": dict(
        first=None
    ),
    "t goes on now. One bug is left: what is v when the loop begins?": dict(
        begin="v = np.zeros_like(theta)"
    ),
    "m is forgotten: it comes in, saved after step t, and has to stay.": dict(
        begin="m = np.zeros_like(theta)"
    ),
    "m and v are both forgotten: they come in, saved after step t, and have to stay.": dict(
        begin="m = np.zeros_like(theta); v = np.zeros_like(theta)"
    ),
    "everything starts anew: t, m and v. Only θ is kept.": dict(
        first=None, begin="m = np.zeros_like(theta); v = np.zeros_like(theta)"
    ),
    "step t was taken before it was saved. The next one is t + 1.": dict(first=0),
    "the first step here is t + 1, not t + 2.": dict(first=2),
    "it takes one step too many: `steps` of them, from t + 1 to t + steps.": dict(extra=1),
    "it takes one step too few: `steps` of them, from t + 1 to t + steps.": dict(extra=-1),
    "it ends at step number `steps`: the last step is t + steps.": dict(end=lambda t, steps: steps),
    "step t was taken before it was saved, and the last step is t + steps.": dict(
        first=0, end=lambda t, steps: steps
    ),
    "step t is taken once more: the first step here is t + 1.": dict(first=0, extra=1),
    "it stops after one step: the return belongs after the loop.": dict(end=lambda t, steps: t + 1),
    "t stands still at t + 1. It has to go on with every step.": dict(counted="start"),
    "t stands still at the step that was saved. It has to go on with every step.": dict(
        first=0, counted="start"
    ),
    "all is right but what is returned: theta, m, v, not the corrected averages.": dict(
        back="theta, m_hat, v_hat"
    ),
    "all is right but the order of what is returned: theta, m, v.": dict(back="theta, v, m"),
    "the correction of m is gone. It is nearly 1 late in a run, and not early.": dict(
        m_hat="m_hat = m"
    ),
    "the correction of v is gone. After 1000 steps v is still more than a third too small.": dict(
        v_hat="v_hat = v"
    ),
    "both corrections are gone. With a wrong t they did harm; it was t that was wrong.": dict(
        m_hat="m_hat = m", v_hat="v_hat = v"
    ),
    "ε stands outside the root, as before.": dict(
        theta="theta = theta - lr * m_hat / np.sqrt(v_hat + 1e-8)"
    ),
    "ε belongs to the root, below the line: brackets around both.": dict(
        theta="theta = theta - lr * m_hat / np.sqrt(v_hat) + 1e-8"
    ),
    "it begins with t = 0, where the corrections divide by 0: the first step here is t + 1.": dict(
        first=None,
        m_hat="m_hat = m / (1 - 0.9 ** (t - 1))",
        v_hat="v_hat = v / (1 - 0.999 ** (t - 1))",
    ),
    "ε below the line is missing, smaller than 1e-8, or inside the root.": dict(
        theta="theta = theta - lr * m_hat / np.sqrt(v_hat)"
    ),
    "g is the slope where the run was saved. Take it anew at each step, at the newest theta.": dict(
        begin="saved = grad(theta)", m="g = saved; m = 0.9 * m + 0.1 * g"
    ),
    "v comes in corrected before it is averaged: it was saved as it is, uncorrected.": dict(
        begin="v = v / (1 - 0.999**t)"
    ),
}


def goes_on(attempt):
    """Find the two bugs: a run that is resumed (12)."""

    def slope(theta):
        return np.array([theta[0] + 0.4 * theta[1], 0.4 * theta[0] + 2 * theta[1] - 1])

    grads = slope, core.ravine(5, angle=20).grad, lambda theta: 0.3 * theta, np.sin
    saved = [
        dict(theta=np.array([2.0, -1.0]), m=np.array([0.3, 0.8]), v=np.array([0.02, 0.1]), t=9,
             steps=1, lr=0.1),
        dict(theta=np.array([0.0, 3.0]), m=np.array([-0.6, 0.1]), v=np.array([0.3, 0.004]), t=40,
             steps=3, lr=0.001),
        dict(theta=np.array([0.7, 1e-4]), m=np.array([1.0, -2e-4]), v=np.array([0.001, 1e-9]), t=1,
             steps=1, lr=0.3),
        dict(theta=np.linspace(2, -1, 7), m=np.linspace(-0.3, 0.9, 7) ** 3,
             v=np.linspace(0.5, 0.01, 7), t=1200, steps=60, lr=0.02),
    ]  # fmt: skip
    rare = [
        dict(grad=lambda theta: 1e-8 * theta, theta=np.array([2.0, -1.0]), m=np.zeros(2),
             v=np.zeros(2), t=0, steps=4, lr=0.1),
        dict(grad=lambda theta: 1e-4 * theta, theta=np.array([5e-5, -8e-5]),
             m=np.array([3e-9, -1e-9]), v=np.array([1e-17, 4e-18]), t=2, steps=3, lr=1e-5),
        dict(grad=lambda theta: 0 * theta, theta=np.array([0.4, -3.0]), m=np.array([0.2, -0.1]),
             v=np.array([0.3, 0.02]), t=6, steps=5, lr=0.1),
        dict(grad=lambda theta: 800 * theta, theta=np.array([400.0, -250.0]),
             m=np.array([9e3, -50.0]), v=np.array([1e6, 400.0]), t=3, steps=4, lr=15.0),
        dict(grad=lambda theta: 1e-3 * theta, theta=np.array([1.0, -0.5]), m=np.array([5.0, -2.0]),
             v=np.array([1e-3, 1e-3]), t=30, steps=3, lr=0.01),
        dict(grad=np.cos, theta=np.array([0.0, 0.3]), m=np.array([0.7, -0.2]),
             v=np.array([0.5, 0.1]), t=99, steps=1, lr=1.0),
        dict(grad=np.cos, theta=np.array([0.0, 3.0]), m=np.array([0.3, -0.2]),
             v=np.array([0.5, 0.1]), t=15, steps=150, lr=0.02),
        dict(grad=np.cos, theta=np.array([0.0, 3.0]), m=np.array([0.3, -0.2]),
             v=np.array([0.5, 0.1]), t=4990, steps=20, lr=0.02),
    ]  # fmt: skip
    return diagnose.function(
        attempt, _resumed(),
        cases=[dict(grad=grad) | case for grad, case in zip(grads, saved, strict=True)],
        rare=rare,
        mistakes={hint: _resumed(**slip) for hint, slip in _RESUME_SLIPS.items()},
        praise="a saved run is θ, m, v and t. Whoever saves θ alone starts Adam anew, which is "
        "honest; whoever saves some of them gets the corrections of another run.",
        parts=("theta", "m", "v"),
        listing=(
            "it goes where the listing goes: its first step has t = 1, and v = 0 before it.",
            _resumed(first=None, begin="v = np.zeros_like(theta)"),
        ),
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Matrices
# ---------------------------------------------------------------------------


def singular_prediction(guess):
    """Five steps of Newton-Schulz with Muon's coefficients: where are the values? (12)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "with the old coefficients they would get there, after many more steps. These "
            "were chosen to be fast, not exact: 1 itself goes to 3.4445 − 4.775 + 2.0315 = 0.7.",
            "b": "the polynomial does not multiply all by the same number: small values grow by "
            "3.4445 in each step, those near 1 do not grow.",
            "c": "near 1 is good enough: what counts is that no direction of the matrix is left "
            "behind.",
        },
    )


def last_prediction(guess):
    """Muon on a matrix with singular values 8, 4, 2, 1, ½: which is learned last? (12)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "each singular value of Muon's step is about lr. All grow at one speed, and the "
            "largest has the longest way.",
            "b": "that is gradient descent's order: the weak signal in the gradient comes last. "
            "Muon makes weak and strong signals equal.",
            "c": "they grow at one speed, but their ways are not equally long.",
        },
    )


_POLY = "(-4.775 * square + 2.0315 * square @ square) @ x"
_SCHULZ = dict(
    start="x = matrix / np.linalg.norm(matrix)",
    square="square = x @ x.T",
    x=f"x = 3.4445 * x + {_POLY}",
)


@cache
def _schulz(extra=0, only=None, **lines):
    """`even_out` with a slip in it; only: that many steps, whatever is asked for."""
    code = {
        name: compile(line, "<slip>", "exec") for name, line in (_SCHULZ | lines).items() if line
    }

    def rule(matrix, steps):
        given = dict(np=np, matrix=matrix, steps=steps)
        with np.errstate(all="ignore"):
            exec(code["start"], given)
            exec(code["square"], given)
            for _ in range(only or steps + extra):
                exec(code["square"], given)
                exec(code["x"], given)
        return given["x"]

    return rule


_SCHULZ_SLIPS = {
    "the matrix is not divided by its length: a singular value above 1 may run away.": dict(
        start="x = matrix"
    ),
    "it is divided by its largest entry. Its length is np.linalg.norm(matrix).": dict(
        start="x = matrix / np.abs(matrix).max()"
    ),
    "the middle term is missing: −4.775 (x xᵀ) x.": dict(
        x="x = 3.4445 * x + 2.0315 * square @ square @ x"
    ),
    "the last term is missing: 2.0315 (x xᵀ)² x.": dict(x="x = 3.4445 * x - 4.775 * square @ x"),
    "the first term is missing: 3.4445 x.": dict(x=f"x = {_POLY}"),
    "the first term is x as it is. It is 3.4445 x.": dict(x=f"x = x + {_POLY}"),
    "the middle term has a minus: −4.775.": dict(
        x="x = 3.4445 * x + (4.775 * square + 2.0315 * square @ square) @ x"
    ),
    "(x xᵀ)² is a product of matrices, square @ square. With * or **2 each entry is squared.": dict(
        x="x = 3.4445 * x + (-4.775 * square + 2.0315 * square * square) @ x"
    ),
    "x xᵀ is a product of matrices: x @ x.T. This squares each entry, and sums.": dict(
        square="square = np.diag((x * x).sum(axis=1))"
    ),
    "each entry is sent through the polynomial. It is the singular values that it is meant for: "
    "products of matrices, with @.": dict(x="x = 3.4445 * x - 4.775 * x**3 + 2.0315 * x**5"),
    "x xᵀ is that of the matrix at the start. It is a new one in each step.": dict(square=""),
    "the last term has a plus: 2.0315.": dict(
        x="x = 3.4445 * x + (-4.775 * square - 2.0315 * square @ square) @ x"
    ),
    "the old x is added once more: x = ..., not x += ...": dict(x=f"x = x + 3.4445 * x + {_POLY}"),
    "it is divided by its largest singular value. Its length is np.linalg.norm(matrix), without a "
    "2.": dict(start="x = matrix / np.linalg.norm(matrix, 2)"),
    "that is x after one step: each step starts from the x of the last one, and the return stands "
    "after the loop.": dict(only=1),
    "that is five steps, whatever `steps` says.": dict(only=5),
    "it takes one step too many.": dict(extra=1),
    "it takes one step too few.": dict(extra=-1),
    "it is divided by its length again in each step. That belongs before the loop.": dict(
        x=f"x = 3.4445 * x + {_POLY}; x = x / np.linalg.norm(x)"
    ),
    "the coefficients are those of the 1970s, 1.5 and −0.5. Muon's are 3.4445, −4.775, 2.0315.": (
        dict(x="x = 1.5 * x - 0.5 * square @ x")
    ),
    "the two coefficients of the bracket are exchanged.": dict(
        x="x = 3.4445 * x + (2.0315 * square - 4.775 * square @ square) @ x"
    ),
}


def _schulz_slip(slip):
    if slip.get("square") == "":  # once, before the loop
        slip = dict(slip, square="square = (matrix / np.linalg.norm(matrix)) @ "
                    "(matrix / np.linalg.norm(matrix)).T")  # fmt: skip
    return _schulz(**slip)


def evens(attempt):
    """Newton-Schulz: a matrix with all singular values near 1 (12)."""
    return diagnose.function(
        attempt, _schulz(),
        cases=[
            dict(matrix=np.array([[3.0, -1.0], [0.5, 0.2]]), steps=2),
            dict(matrix=np.array([[0.1, 2.0, -0.4], [1.0, 0.3, 0.8]]), steps=3),
            dict(matrix=np.array([[-0.4, 5.0], [7.0, 0.6]]), steps=1),
            dict(matrix=3 * np.cos(np.arange(15.0).reshape(5, 3) ** 2), steps=4),
        ],
        rare=[
            dict(matrix=np.array([[0.3, 0.0], [0.2, 0.5]]), steps=1),
            dict(matrix=1e4 * np.cos(np.arange(12.0).reshape(3, 4) ** 2), steps=12),
            dict(matrix=np.cos(np.arange(63.0).reshape(9, 7) ** 2), steps=2),
        ],
        mistakes={hint: _schulz_slip(slip) for hint, slip in _SCHULZ_SLIPS.items()},
        praise="products of matrices only, which is what graphics processors do best. That is why "
        "Muon computes no decomposition.",
        parts=None,
        listing=("x comes back as it went into the loop.", lambda matrix, steps: (
            matrix / np.linalg.norm(matrix))),
    )  # fmt: skip
