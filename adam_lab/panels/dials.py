"""The dials: sliders whose scale suits what they move, and all of one size."""

import ipywidgets as widgets
import numpy as np

from adam_lab.figures import number
from adam_lab.touch import Spot


def _look(name):
    """As wide as its place among the dials; labels aligned."""
    return dict(
        description=name, tooltip=name,  # without one, ipywidgets shows the word "null"
        layout={"width": "auto"}, style={"description_width": "124px"},
    )  # fmt: skip


def dial(name, value, low, high, step):
    """Linear; the readout has the decimals of a step."""
    decimals = len(f"{step:g}".partition(".")[2])
    return widgets.FloatSlider(
        value=value, min=low, max=high, step=step, readout_format=f".{decimals}f", **_look(name)
    )


def log_dial(name, value, low, high):
    """Logarithmic: each push multiplies. `low`, `value` and (after a last, shorter push) `high`
    are stops; one may be typed that lies between."""
    form = ".3r" if low > 1e-5 else ".3g"  # 1000, not 1.00e+3
    low, value, high = np.log10([low, value, high])
    part = value - low or high - low
    return widgets.FloatLogSlider(
        value=10**value, min=low, max=high, step=part / max(1, round(part / 0.02)),
        readout_format=form, **_look(name),
    )  # fmt: skip


def lr_dial(value, low=0.001, high=10, name="lr learning rate"):
    return log_dial(name, value, low, high)


# logarithmic in 1 - beta: from 0.9 to 0.99 is as far as from 0 to 0.9
BETAS = sorted({round(1 - float(f"{10 ** (-k / 20):.2g}"), 6) for k in range(61)})


def beta_dial(value, name):
    return widgets.SelectionSlider(
        value=value, options=[(f"{beta:g}", beta) for beta in BETAS], **_look(name)
    )


def stops(name, value, values):
    """Over the values given, and nothing between."""
    return widgets.SelectionSlider(value=value, options=values, **_look(name))


def whole_dial(name, value, low, high, step=1):
    """Linear, whole numbers."""
    return widgets.IntSlider(value=value, min=low, max=high, step=step, **_look(name))


def step_dial(steps, value=None):
    """Where a run of `steps` is looked at; at its end, or where Play shall go on from."""
    return widgets.IntSlider(
        value=steps if value is None else value, min=0, max=steps, description="step t",
        tooltip="step t", layout={"width": "auto"}, style={"description_width": "46px"},
    )  # fmt: skip


def pick(name, options, **value):
    return widgets.Dropdown(options=options, **_look(name), **value)


def switch(name, value=False):
    return widgets.Checkbox(
        value=value, description=name, tooltip=name, indent=False, layout={"width": "auto"}
    )


def start_of(surface):
    """Where a run starts, to be dragged on the map; at first the surface's own place."""
    return Spot(value=tuple(surface.start.tolist()), description="start of the run")


def whence(start, own):
    """' from (4.5, -1)', for a text alternative, if the start is not the surface's own."""
    return "" if np.allclose(start, own) else " from ({}, {})".format(*map(number, start))
