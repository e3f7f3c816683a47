"""The interactive panels of the lessons: the core, drawn by figures, moved by live.

One function per panel, in the file of its lesson; `dials` and `descents` hold what they share.
"""

import gc
from functools import wraps

from adam_lab import drawing
from adam_lab.panels.adam import bias, step_bound, stepper, swap
from adam_lab.panels.failures import decay_forms, drift, family, forget, turn
from adam_lab.panels.gradient_descent import decay, noise, parabola, step_size
from adam_lab.panels.images import denoise, kernels, layers
from adam_lab.panels.momentum import average, break_even, look_ahead, rate_map, roll, two_forms
from adam_lab.panels.network import contest, digits, training
from adam_lab.panels.own import mine
from adam_lab.panels.rewards import baird, cart, tasks
from adam_lab.panels.rmsprop import eps_place, normalised, shrink, sparse
from adam_lab.panels.scale import memory, modes, newton_schulz, speed, swallowed
from adam_lab.panels.start_here import one_dial, race
from adam_lab.panels.tuning import budget, dials_map, long_run, schedule, seeds
from adam_lab.panels.two_networks import duel, game, ring
from adam_lab.panels.words import embedding, who_learns, zipf

__all__ = [
    "average",
    "baird",
    "bias",
    "break_even",
    "budget",
    "cart",
    "contest",
    "decay",
    "decay_forms",
    "denoise",
    "dials_map",
    "digits",
    "drift",
    "duel",
    "embedding",
    "eps_place",
    "family",
    "forget",
    "game",
    "kernels",
    "layers",
    "long_run",
    "look_ahead",
    "memory",
    "mine",
    "modes",
    "newton_schulz",
    "noise",
    "normalised",
    "one_dial",
    "parabola",
    "race",
    "rate_map",
    "ring",
    "roll",
    "schedule",
    "seeds",
    "shrink",
    "sparse",
    "speed",
    "step_bound",
    "step_size",
    "stepper",
    "swallowed",
    "swap",
    "tasks",
    "training",
    "turn",
    "two_forms",
    "who_learns",
    "zipf",
]


def _by_defaults(panel):
    @wraps(panel)
    def made(*args, **kwargs):
        with drawing:
            live = panel(*args, **kwargs)
            live.name = panel.__name__
            return live

    return made


globals().update({name: _by_defaults(globals()[name]) for name in __all__})

gc.freeze()  # what is imported stays: no need to look through it after each drawing
