"""The stepper of lesson 04: the table, the arrows and the path say what `run` says."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.quiver import Quiver
from matplotlib.text import Text

import adam_core as core
from adam_lab import panels
from adam_lab.figures.adam import CELLS, HALF, LINES

VALLEY, STEPS = core.ravine(25), 50
DIALS = [
    {},
    dict(correct=False),
    dict(correct=False, beta2=0.9),
    dict(eps=1.0),
    dict(lr=0.03, beta1=0.0, beta2=0.0),
]


def labelled(figure, kind):
    return {artist.get_label(): artist for artist in figure.findobj(kind)}


def number(text):
    """What a cell of the table says; NaN for the dot of what is not there yet."""
    return np.nan if text.get_text() == "·" else float(text.get_text())


def expected(dials):
    """Name of a line of Algorithm 1 -> its values, row t for step t."""
    hyper = {name: value for name, value in dials.items() if name not in ("correct", "step")}
    trace = core.run(
        core.adam, VALLEY.grad, VALLEY.start, STEPS,
        bias_correction=dials["correct"], **hyper,
    )  # fmt: skip
    rows = {name: getattr(trace, name).copy() for name in trace.names}
    rows["m"][0] = rows["v"][0] = 0  # before the first step
    return rows | dict(step=np.diff(trace.theta, axis=0, prepend=np.full((1, 2), np.nan)))


def turned(panel, dials):
    for name, value in dials.items():
        panel.controls[name].value = value
    return expected({name: control.value for name, control in panel.controls.items()})


@pytest.mark.parametrize("dials", DIALS, ids=str)
def test_the_picture_and_the_table_never_disagree(dials):
    panel = panels.stepper()
    rows = turned(panel, dials)
    texts, arrows = labelled(panel.figure, Text), labelled(panel.figure, Quiver)
    box_v, box_v_hat = [p for p in panel.figure.axes[0].patches if isinstance(p, Rectangle)]
    cells = [(name, k) for name in LINES if name != "theta" for k in (0, 1)]
    fullest = {name: np.nanmax(np.abs(rows["step" if name == "step" else "g"]), axis=0)
               for name in LINES}  # fmt: skip

    for t in (*range(STEPS + 1), *range(STEPS, -1, -7)):  # there and back again
        panel.controls["step"].value = t
        assert panel.error is None
        now = {name: row[t] for name, row in rows.items()}
        start = rows["theta"][max(t - 1, 0)]
        assert texts["t"].get_text() == (f"step t = {t}" if t else "before step 1")
        for name in LINES:
            seen = [number(texts[f"{name} {coordinate}"]) for coordinate in "xy"]
            np.testing.assert_allclose(seen, now[name], rtol=6e-4, err_msg=f"{name} at t = {t}")

        arrow = {name: np.nan_to_num(now[name]) for name in LINES}
        (k,) = [float(text.get_text().split()[2].rstrip(",")) for text in panel.figure.texts]
        for name in ("g", "m", "m_hat", "step"):
            on_map = arrows[f"{name} on the map"]
            drawn = 1 if name == "step" else -k
            np.testing.assert_array_equal(np.ravel(on_map.get_offsets()), start)
            np.testing.assert_allclose([on_map.U[0], on_map.V[0]], drawn * arrow[name], rtol=1e-12)
        for box, name in ((box_v, "v"), (box_v_hat, "v_hat")):
            half = k * np.sqrt(arrow[name])
            np.testing.assert_allclose(box.get_xy(), start - half, rtol=1e-12)
            np.testing.assert_allclose([box.get_width(), box.get_height()], 2 * half, rtol=1e-12)
        in_table = arrows["in the table"]
        np.testing.assert_array_equal(in_table.get_offsets()[:, 0], [CELLS[k] for _, k in cells])
        for (name, k), length in zip(cells, in_table.U, strict=True):
            value = np.sqrt(arrow[name]) if name in ("v", "v_hat") else arrow[name]
            assert length / HALF == pytest.approx(value[k] / fullest[name][k], abs=1e-9)
            assert abs(length) <= HALF * (1 + 1e-9), f"{name} leaves its cell at t = {t}"

        lines = {line.get_label(): line for line in panel.figure.axes[0].lines}
        np.testing.assert_array_equal(lines["path"].get_xydata(), rows["theta"][: max(t, 1)])
        np.testing.assert_array_equal(lines["start of the step"].get_xydata()[0], start)
        low, high = np.array([panel.figure.axes[0].get_xlim(), panel.figure.axes[0].get_ylim()]).T
        end = np.clip(now["theta"], low, high)
        np.testing.assert_array_equal(lines["end of the step"].get_xydata()[0], end)
        for word in (f"Step {t} ", *(f"{name} " for name in LINES if np.isfinite(now[name]).all())):
            assert word in panel.text


def test_back_and_forward_are_one_step_and_stop_at_the_ends():
    panel = panels.stepper()
    slider = panel.controls["step"]
    buttons = {}

    def collect(widget):
        for child in getattr(widget, "children", ()):
            collect(child)
        if hasattr(widget, "click"):
            buttons[widget.description] = widget

    collect(panel)
    buttons["forward ▶"].click()
    assert slider.value == 2 and "Step 2 " in panel.text
    for _ in range(3):
        buttons["◀ back"].click()
    assert slider.value == 0 and "Step 0 " in panel.text
    slider.value = STEPS
    buttons["forward ▶"].click()
    assert slider.value == STEPS


def test_the_correction_is_what_its_note_says():
    panel = panels.stepper()
    notes = [text.get_text() for text in panel.figure.findobj(Text)]
    assert "= m / 0.1" in notes and "= v / 0.001" in notes
    panel.controls["correct"].value = False
    notes = [text.get_text() for text in panel.figure.findobj(Text)]
    assert "correction off: m as it is" in notes


def test_the_long_runs_of_step_bound_are_adams():
    """They go round `run` for speed; the steps are the same."""
    from adam_lab.panels.adam import steps_of

    gradients = np.random.default_rng(1).normal(size=300)
    each = iter(gradients)
    trace = core.run(core.adam, lambda theta: np.array([next(each)]), [0.0], 300, lr=1)
    np.testing.assert_allclose(
        steps_of(gradients.tolist(), 0.9, 0.999), np.abs(np.diff(trace.theta[:, 0])), rtol=1e-9
    )
