"""The notebook to compare ours with: the same picture, redrawn by ipywidgets.interact.

Written as a user would write it, from the ipywidgets and matplotlib manuals.
"""

import nbformat

SETUP = """\
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatLogSlider, FloatSlider, interact

from adam_core import adam, gd, heavy_ball, ravine, rmsprop, run

valley = ravine(kappa=25)
x, y = np.meshgrid(np.linspace(-10, 10, 240), np.linspace(-5, 5, 240))
z = valley.f(np.stack([x, y]))
levels = np.geomspace(z.max() * 1e-4, z.max(), 13)"""

RACE = """\
def race(lr, beta1, beta2):
    traces = {
        "gradient descent": run(gd, valley.grad, valley.start, 100, lr=lr),
        "momentum": run(heavy_ball, valley.grad, valley.start, 100, lr=lr, beta=beta1),
        "RMSprop": run(rmsprop, valley.grad, valley.start, 100, lr=lr, beta=beta2),
        "Adam": run(adam, valley.grad, valley.start, 100, lr=lr, beta1=beta1, beta2=beta2),
    }
    fig, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    left.contourf(x, y, z, levels=levels, cmap="Blues_r")
    left.contour(x, y, z, levels=levels, colors="gray", linewidths=0.7)
    for name, trace in traces.items():
        left.plot(*trace.theta.T, label=name)
        right.semilogy(valley.f(trace.theta.T), label=name)
    left.plot(*valley.minimum, "k+")
    left.set(xlim=(-10, 10), ylim=(-5, 5), title="The way down")
    right.set(xlabel="step t", ylim=(1e-9, 1e3), title="Height by step")
    right.legend()
    plt.show()


interact(
    race,
    lr=FloatLogSlider(value=0.2, base=10, min=-3, max=1, step=0.02, description="lr"),
    beta1=FloatSlider(value=0.9, min=0, max=0.99, step=0.01, description="beta1"),
    beta2=FloatSlider(value=0.9, min=0, max=0.999, step=0.001, description="beta2"),
);"""


def write(path):
    """Write the notebook."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, RACE)]
    kernel = dict(name="python3", display_name="Python 3 (ipykernel)", language="python")
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=dict(kernelspec=kernel)), path)
