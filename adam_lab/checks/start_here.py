"""Checks of 00_start_here."""

import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback

NEEDED = {
    "numpy": (2, 0),
    "matplotlib": (3, 10),
    "ipywidgets": (8, 1),
    "autograd": (1, 8),
    "scikit-learn": (1, 5),
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
            "lr long, however flat it is. Is 1.9 a good length?",
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
            "here. Who has no memory at all? Move the slider and see.",
            "c": "RMSprop and Adam divide each step by the usual size of their slopes, so a steep "
            "slope cannot throw them far. Who takes the bare slope? Move the slider and see.",
            "d": "three of them stay. Lesson 01 shows where gradient descent's limit is, and "
            "lesson 02 why momentum's is further out. Move the slider and see.",
        },
    )


def downhill(step):
    """One step of gradient descent (00)."""
    return diagnose.function(
        step,
        right=lambda theta, g, lr: theta - lr * g,
        cases=[
            dict(theta=3.0, g=2.0, lr=0.1),
            dict(theta=np.array([-1.0, 2.0]), g=np.array([4.0, 0.5]), lr=0.5),
        ],
        mistakes={
            "that goes uphill: the gradient points up, so subtract it.": (
                lambda theta, g, lr: theta + lr * g
            ),
            "that ignores lr: the step is lr times the gradient.": lambda theta, g, lr: theta - g,
            "that is the step alone: start from theta.": lambda theta, g, lr: -lr * g,
            "the step does not use the gradient: it is lr * g, not lr alone.": (
                lambda theta, g, lr: theta - lr
            ),
        },
        praise="that is gradient descent. Everything that follows changes this one line.",
    )
