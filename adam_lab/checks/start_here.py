"""Checks of 00_start_here."""

import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback

NEEDED = {  # what requirements.txt asks for, but for what runs and tests the notebooks
    "numpy": (2, 0),
    "matplotlib": (3, 10),
    "ipywidgets": (8, 1),
    "anywidget": (0, 11),
    "autograd": (1, 8),
    "scikit-learn": (1, 5),
    "threadpoolctl": (3, 5),
}


def environment(installed=version, python=sys.version_info):
    """Is everything here that the lessons need? Says in words what is missing (00)."""
    missing = []
    if python[:2] < (3, 11):
        missing.append(f"Python 3.11 or newer (this is {python[0]}.{python[1]})")
    for name, wanted in NEEDED.items():
        wish = ".".join(map(str, wanted))
        try:
            found = installed(name)
        except PackageNotFoundError:
            missing.append(f"{name} {wish} or newer (not installed)")
        else:
            if tuple(int(part) for part in found.split(".")[:2]) < wanted:
                missing.append(f"{name} {wish} or newer (this is {found})")
    if missing:
        return Feedback(
            "not yet",
            f"missing: {'; '.join(missing)}. In a terminal, in the folder of the README: "
            "pip install -r requirements.txt, then restart the kernel.",
        )
    return Feedback("right", "everything the lessons need is here.")


def winner_prediction(guess):
    """Who is lowest at lr = 1.9? (00)"""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "momentum adds its steps up, so at the same lr it goes further than gradient "
            "descent. That helps while lr is small. Is it small?",
            "b": "RMSprop divides by the size of the slope, so its steps are about lr long, near "
            "the bottom too. Is 1.9 a good length there?",
            "c": "Adam divides by the size of the slope, so where the ground is even its steps are "
            "lr long, steep or not. Is 1.9 a good length?",
            "d": "the one that was last. The same number means something else to each rule: look "
            "at it in the next picture, and at the reason below it.",
        },
    )


def race_prediction(guess):
    """Who leaves the valley at lr = 2.2? (00)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "gradient descent is stable in this valley only below lr = 2. Momentum, with "
            "β₁ = 0.9, stands lr up to 3.8, and the other two divide by the usual size of their "
            "slopes. Now move the slider and see.",
            "b": "momentum is slower to break than you think: with β₁ = 0.9 it stands lr up to 3.8 "
            "here. Who breaks before that? Move the slider and see.",
            "c": "RMSprop and Adam divide each step by the usual size of their slopes, so a "
            "steeper slope throws them no further. Which of the other two breaks first? Move the "
            "slider and see.",
            "d": "three of them stay. Lesson 01 shows where gradient descent's limit is, and "
            "lesson 02 why momentum's is further out. Move the slider and see.",
        },
    )


_SLIPS = diagnose.slips("theta, g, lr", {
    "the step is subtracted from theta, not multiplied by it.": "theta * lr * g",
    "lr and g make a product, lr * g, and all of it is subtracted.": "theta - lr + g",
    "the step is lr times g, not lr divided by g.": "theta - lr / g",
    "** makes a power: the product of lr and g is lr * g.": "theta - lr**g",
    "** makes a power: lr times g is lr * g.": "theta - g**lr",
    "the step is taken twice: once is asked for.": "theta - 2 * lr * g",
    "each coordinate has a slope of its own: no sum.": "theta - lr * np.sum(g)",
    "each coordinate has a slope of its own: no mean.": "theta - lr * np.mean(g)",
    "each coordinate has a slope of its own: no norm, which is one number for all.":
        "theta - lr * np.sqrt(np.sum(g * g))",
    "only the direction of g is left: the step is lr times g itself.":
        "theta - lr * g / np.sqrt(np.sum(g * g))",
    "theta and g have changed places.": "g - lr * theta",
    "theta is 1 in there: start from theta.": "1 - lr * g",
    "where g is negative the step is to be taken too: no maximum.":
        "theta - lr * np.maximum(g, 0)",
})  # fmt: skip


def downhill(step):
    """One step of gradient descent (00)."""
    return diagnose.function(
        step,
        right=lambda theta, g, lr: theta - lr * g,
        cases=[
            dict(theta=np.array([3.0, -1.0]), g=np.array([2.0, -0.7]), lr=0.1),
            dict(theta=np.array([-1.25, 2.0]), g=np.array([4.0, 0.513]), lr=0.37),
            dict(theta=np.array([5.0, 0.3]), g=np.array([-0.217, 3.0]), lr=2.0),
        ],
        rare=[
            dict(theta=np.array([0.0, 40.0]), g=np.array([-150.0, 0.0]), lr=1.5),
            dict(theta=np.array([-1e-3, 2e-4]), g=np.array([3e-5, -120.0]), lr=1e-4),
            dict(theta=np.array([1e-6, -3e-6]), g=np.array([2e-7, -1e-7]), lr=2.0),
            dict(theta=np.array([2.5, -1.5]), g=np.zeros(2), lr=0.1),
        ],
        mistakes={
            "that goes uphill: the gradient points up, so subtract it.": (
                lambda theta, g, lr: theta + lr * g
            ),
            "that ignores lr: the step is lr times the gradient.": lambda theta, g, lr: theta - g,
            "that is the step alone: start from theta.": lambda theta, g, lr: -lr * g,
            "that is the step alone, and uphill: start from theta, and subtract.": (
                lambda theta, g, lr: lr * g
            ),
            "the step does not use the gradient: it is lr * g, not lr alone.": (
                lambda theta, g, lr: theta - lr
            ),
            "turned round: theta minus the step, not the step minus theta.": (
                lambda theta, g, lr: lr * g - theta
            ),
            "lr says how much of the gradient to step: multiply by it, do not divide.": (
                lambda theta, g, lr: theta - g / lr
            ),
            "brackets: only g is multiplied by lr, and theta is not.": (
                lambda theta, g, lr: (theta - g) * lr
            ),
            "brackets: multiply lr by g first, then subtract.": (
                lambda theta, g, lr: (theta - lr) * g
            ),
            "the step is lr times g: multiply the two, do not add them.": (
                lambda theta, g, lr: theta - lr - g
            ),
            "lr belongs to the gradient, not to theta: the step is lr * g.": (
                lambda theta, g, lr: theta - lr * theta
            ),
            "here lr multiplies theta and g stands alone: it is the other way round.": (
                lambda theta, g, lr: lr * theta - g
            ),
            "the sign of g is lost: then every step goes to the same side.": (
                lambda theta, g, lr: theta - lr * np.abs(g)
            ),
            "the size of g is lost: the step is lr times g itself, not its sign.": (
                lambda theta, g, lr: theta - lr * np.sign(g)
            ),
            "the step is lr times g itself, not g squared.": lambda theta, g, lr: (
                theta - lr * g * g
            ),
            "that is where you stood: no step is taken.": lambda theta, g, lr: theta,
            **_SLIPS,
        },
        praise="that is gradient descent. Everything that follows changes this one line.",
    )


def _walk(h, whole=False, nearest=False, wide=2):
    """Gradient descent with measured slopes, with or without the mistakes of the listing."""

    def walk(f, start, lr, steps):
        theta = np.array(start) if whole else np.array(start, dtype=float)
        for _ in range(steps):
            g = [(f(theta + e) - f(theta - e)) / (wide * h) for e in h * np.eye(len(theta))]
            theta[:] = theta - lr * np.array(g)
            if nearest:
                theta = np.round(theta)
        return theta

    return walk


def _stale(f, start, lr, steps):
    """As many steps, all with the slopes of the start."""
    start = np.array(start, dtype=float)
    return start + steps * (_walk(1e-5)(f, start, lr, 1) - start)


def _in_turn(f, start, lr, steps):
    """A coordinate moves before the slope of the next is measured."""
    theta = np.array(start, dtype=float)
    for _ in range(steps):
        for e in 1e-5 * np.eye(len(theta)):
            theta = theta - lr * (f(theta + e) - f(theta - e)) / 2e-5 * (e > 0)
    return theta


def _crossed(f, start, lr, steps):
    theta = np.array(start, dtype=float)
    for _ in range(steps):
        theta = theta + (_walk(1e-5)(f, theta, lr, 1) - theta)[::-1]
    return theta


def _turned(change):
    """The right walk, but for one argument: `change` turns what is given into what is used."""
    return lambda **case: _walk(1e-5)(**(case | change(**case)))


_LIFT = 1e5
_SMALL = (
    "the slopes are measured with h = {h:g}, where the two heights agree in almost every digit, "
    "and only rounding is left."
)
_LARGE = (
    "the slopes are measured with h = {h:g}. That is exact on a parabola, but here the slope "
    "changes at another pace on the two sides: take a smaller h."
)
_ONE_SIDE = (
    "the slopes are measured to one side only, with h = {h:g}, so they are those of a place h / 2 "
    "further on. Step to both sides."
)
_WHOLE = (
    "from a start of whole numbers NumPy makes an array of whole numbers, and it cuts off the "
    "fractions of every step."
)


def _lifted(surface):
    return lambda theta: _LIFT + surface.f(theta)


def _looked_at(attempt):
    """What `measured` does wrong, by the places at which it measures and by what it returns."""
    places = []

    def f(theta):
        places.append(np.array(theta, dtype=float))
        return _LIFT + core.himmelblau.f(theta)

    try:
        end = diagnose.call(attempt, f=f, start=[0, 0], lr=0.01, steps=4)  # no h is rounded at 0
        if not places:
            return Feedback("not yet", "no slope is measured: f is to be called at each step.")
        moved = [
            place for place in places[:3] if np.any(place)
        ]  # it starts at 0, and may look there
        both_sides = len(moved) > 1 and not np.any(moved[0] + moved[1])
        h = float(f"{np.abs(moved[0]).max():.2g}") if moved else 0
        once = np.array_equal(places[0], places[1])
        whole = isinstance(end, np.ndarray) and end.dtype.kind in "iu"
    except Exception:
        return None
    said = [_WHOLE] if whole else []
    if once:
        said.insert(
            0, "the two heights are measured at the same place: is h 0, or a minus missing?"
        )
    elif 0 < h < 1e-9:
        said.insert(0, _SMALL.format(h=h))
    elif not both_sides and h > 1e-3:
        said.insert(0, _ONE_SIDE.format(h=h))
    elif h > 0.13:
        said.insert(0, _LARGE.format(h=h))
    elif not said and np.abs(end).max() < 1e-6:
        said.append(
            "it hardly leaves its start: are there brackets around 2 * h, and is theta kept?"
        )
    return Feedback("not yet", " And ".join(said)) if said else None


def measured(attempt):
    """Find the bugs: whole numbers, and an h that is too small (00)."""
    one = "one of two is repaired: "
    return diagnose.function(
        attempt,
        right=_walk(1e-5),
        cases=[
            dict(f=_lifted(core.himmelblau), start=[0, 0], lr=0.01, steps=100),
            dict(f=_lifted(core.booth), start=np.array([4.0, -1.5]), lr=0.03, steps=7),
            dict(f=_lifted(core.himmelblau), start=np.array([1.5, 3.5]), lr=0.008, steps=3),
            dict(f=_lifted(core.booth), start=[-2, 5], lr=0.04, steps=5),
        ],
        rare=[
            dict(f=_lifted(core.booth), start=[90, -40], lr=0.02, steps=2),
            dict(f=_lifted(core.booth), start=[-2, 5], lr=0.1, steps=40),
            dict(f=_lifted(core.booth), start=[1.0003, 2.9996], lr=0.05, steps=5),
        ],
        mistakes={
            one + "theta may hold fractions now. But " + _SMALL.format(h=1e-12): _walk(1e-12),
            one + "the slopes are right now. But " + _WHOLE: _walk(1e-5, whole=True),
            "rounding to the nearest whole number is no better than cutting: keep the "
            "fractions.": _walk(1e-5, nearest=True),
            "the two heights are 2h apart, so divide by 2h, not by h.": _walk(1e-5, wide=1),
            "the slopes come out halved: is one side missing, or 2h there twice?": _walk(
                1e-5, wide=4
            ),
            "that goes uphill: the slope points up, so subtract it.": _turned(
                lambda lr, **case: dict(lr=-lr)
            ),
            "it takes one step too few.": _turned(lambda steps, **case: dict(steps=steps - 1)),
            "it takes one step too many.": _turned(lambda steps, **case: dict(steps=steps + 1)),
            "it takes one step only. Is the return inside the loop, or the new theta not kept for "
            "the next step?": _turned(lambda **case: dict(steps=1)),
            "lr has no effect: the step is lr times g.": _turned(lambda **case: dict(lr=1.0)),
            "the slopes are measured once, at the start: measure them at each step.": _stale,
            "the second slope is measured after x has moved: both come first, then the step.": (
                _in_turn
            ),
            "the two slopes have changed places.": _crossed,
            "it always starts at (0, 0): start from `start`.": _turned(
                lambda **case: dict(start=[0, 0])
            ),
        },
        otherwise=lambda: _looked_at(attempt),
        tolerance=1.5e-3,
        praise="a theta that holds fractions, and an h that is neither too small nor too large.",
        listing=(
            "it does what the listing does: from [0, 0] it never leaves its start, and the "
            "minimum is at (3, 2). There are two bugs.",
            _walk(1e-12, whole=True),
        ),
    )
