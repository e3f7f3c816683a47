"""Checks of the exercises that say what is wrong, and questions to answer before looking.

    checks.ema(my_ema)

One function per exercise, in the file of its lesson; `diagnose` holds what they share.
"""

from adam_lab.checks.momentum import (
    average_prediction,
    converted_lr,
    ema,
    fast_enough,
    forms_prediction,
    mended,
    momentum_step,
    roll_prediction,
)
from adam_lab.checks.start_here import downhill, environment, race_prediction

__all__ = [
    "average_prediction",
    "converted_lr",
    "downhill",
    "ema",
    "environment",
    "fast_enough",
    "forms_prediction",
    "mended",
    "momentum_step",
    "race_prediction",
    "roll_prediction",
]
