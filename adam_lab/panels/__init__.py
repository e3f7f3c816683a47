"""The interactive panels of the lessons: the core, drawn by figures, moved by live.

One function per panel, in the file of its lesson; `dials` and `descents` hold what they share.
"""

from adam_lab.panels.gradient_descent import decay, noise, parabola, step_size
from adam_lab.panels.momentum import average, look_ahead, rate_map, roll, two_forms
from adam_lab.panels.rmsprop import eps_place, normalised, shrink, sparse
from adam_lab.panels.start_here import one_dial, race

__all__ = [
    "average",
    "decay",
    "eps_place",
    "look_ahead",
    "noise",
    "normalised",
    "one_dial",
    "parabola",
    "race",
    "rate_map",
    "roll",
    "shrink",
    "sparse",
    "step_size",
    "two_forms",
]
