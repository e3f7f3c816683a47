"""The notebook to compare ours with: the same picture, redrawn by ipywidgets.interact.

The figure is drawn by the same functions, at the size in pixels of its 72 dpi (ours has a
background of twice that), and redrawn the way the ipywidgets manual shows.
"""

import lab

SETUP = """\
%matplotlib inline
import numpy as np
from IPython.display import display
from ipywidgets import FloatLogSlider, FloatSlider, interact

from adam_core import adam, gd, heavy_ball, ravine, rmsprop, run
from adam_lab import figures

valley = ravine(kappa=25)"""

RACE = """\
def race(lr, beta1, beta2):
    traces = {
        "gd": run(gd, valley.grad, valley.start, 100, lr=lr),
        "heavy_ball": run(heavy_ball, valley.grad, valley.start, 100, lr=lr, beta=beta1),
        "rmsprop": run(rmsprop, valley.grad, valley.start, 100, lr=lr, beta=beta2),
        "adam": run(adam, valley.grad, valley.start, 100, lr=lr, beta1=beta1, beta2=beta2),
    }
    picture = figures.descent(list(traces), valley, 100)
    for name, trace in traces.items():
        heights = valley.f(trace.theta.T)
        picture.show(name, trace.theta.T, heights, f"{heights[-1]:.2g}")
    display(picture.figure)


interact(
    race,
    lr=FloatLogSlider(value=0.2, base=10, min=-3, max=1, step=0.02, description="lr"),
    beta1=FloatSlider(value=0.9, min=0, max=0.99, step=0.01, description="beta1"),
    beta2=FloatSlider(value=0.9, min=0, max=0.999, step=0.001, description="beta2"),
);"""


def write(path):
    """Write the notebook."""
    lab.write(path, SETUP, RACE)
