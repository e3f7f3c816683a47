"""The stepper of lesson 04: the table, the arrows and the path say what `run` says."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.quiver import Quiver
from matplotlib.text import Text

import adam_core as core
from adam_lab import panels
from adam_lab.figures.adam import CELLS, DECIDES, FULL, HALF, LINES, ROOM
from adam_lab.panels.adam import RULES
from data.record_figures import undrawn

VALLEY, STEPS = core.ravine(25), 50
DIALS = [
    {},
    dict(correct=False),
    dict(correct=False, beta2=0.9, everything=True),
    dict(eps=1.0),
    dict(lr=0.03, beta1=0.0, beta2=0.0, everything=True),
    dict(rule="RMSprop"),
    dict(rule="RMSprop", beta2=0.9, eps=1.0, everything=True),
    dict(rule="momentum", everything=True),
]


def labelled(figure, kind):
    return {artist.get_label(): artist for artist in figure.findobj(kind)}


def number(text):
    """What a cell of the table says; NaN for the dot of what is not there yet."""
    return np.nan if text.get_text() == "·" else float(text.get_text().replace("−", "-"))


def run_of(dials, **changed):
    """Name of a line -> its values by the rule, row t for step t; only the lines it has."""
    name, takes = RULES[dials["rule"]]
    hyper = {parameter: dials[dial] for parameter, dial in takes.items()} | changed
    trace = core.run(getattr(core, name), VALLEY.grad, VALLEY.start, STEPS, **hyper)
    rows = {name: getattr(trace, name).copy() for name in trace.names}
    for moment in {"m", "v"} & set(rows):
        rows[moment][0] = 0  # before the first step
    return rows | dict(step=np.diff(trace.theta, axis=0, prepend=np.full((1, 2), np.nan)))


def turned(panel, dials):
    for name, value in dials.items():
        panel.controls[name].value = value
    return {name: control.value for name, control in panel.controls.items()}


def is_size(name):
    return name in ("v", "v_hat")


@pytest.mark.parametrize("dials", DIALS, ids=str)
def test_the_picture_and_the_table_never_disagree(dials):
    panel = panels.stepper()
    with undrawn():
        look(panel, turned(panel, dials))


def look(panel, dials):
    """At every step: what the artists hold is what the run says."""
    rows = run_of(dials)
    rule = RULES[dials["rule"]][0]
    both = [rows["g"]]
    if rule == "adam":  # so that the switch of the correction changes no scale
        both += [run_of(dials, bias_correction=on)["g"] for on in (True, False)]
    steepest = np.nanmax(np.abs(both), axis=(0, 1))
    shown = [
        name for name in ("g", "m", "m_hat", "v", "v_hat")
        if name in rows and (dials["everything"] or name in DECIDES[rule])
    ]  # fmt: skip
    texts, arrows = labelled(panel.figure, Text), labelled(panel.figure, Quiver)
    axes = {ax.get_label(): ax for ax in panel.figure.axes}
    way, lens = axes["map"], axes["lens"]
    box_v, box_v_hat = [p for p in lens.patches if isinstance(p, Rectangle)]
    cells = [(name, k) for name in LINES if name != "theta" for k in (0, 1)]
    for k, coordinate in enumerate("xy"):
        assert texts[f"cells of {coordinate}"].get_text() == f"cell: ±{steepest[k]:.2g}"

    for t in (*range(STEPS + 1), *range(STEPS, -1, -7)):  # there and back again
        panel.controls["step"].value = t
        assert panel.error is None
        now = {name: row[t] for name, row in rows.items()}
        start = rows["theta"][max(t - 1, 0)]
        assert texts["t"].get_text() == (f"step t = {t}" if t else "before step 1")
        for name in LINES:
            seen = [number(texts[f"{name} {coordinate}"]) for coordinate in "xy"]
            wanted = now.get(name, [np.nan, np.nan])
            np.testing.assert_allclose(seen, wanted, rtol=6e-4, err_msg=f"{name} at t = {t}")

        length = {name: np.nan_to_num(np.sqrt(value) if is_size(name) else value)
                  for name, value in now.items()}  # fmt: skip
        (note,) = [text.get_text() for text in panel.figure.texts]
        zoom, k = [float(part.split(" × ")[1]) for part in note.split(",")]
        for name in ("g", "m", "m_hat", "step"):
            arrow = arrows[f"{name} enlarged"]
            seen = name == "step" or name in shown
            assert arrow.get_visible() == (seen and bool(length[name].any()))
            if seen:
                times = zoom if name == "step" else -k
                np.testing.assert_allclose(
                    [arrow.U[0], arrow.V[0]], times * length[name], rtol=1e-5
                )
                assert np.all(np.abs(times * length[name]) <= ROOM * (1 + 1e-5))
        for box, name in ((box_v, "v"), (box_v_hat, "v_hat")):
            assert box.get_visible() == (name in shown)
            if name in shown:
                half = k * length[name]
                np.testing.assert_allclose(box.get_xy(), -half, rtol=1e-5)
                np.testing.assert_allclose([box.get_width(), box.get_height()], 2 * half, rtol=1e-5)
        if t:  # the step and what made it are large enough to see
            assert np.max(np.abs(zoom * length["step"]) / ROOM) > 0.49
            assert max(np.max(k * np.abs(length[name]) / ROOM) for name in shown) > 0.49

        in_table = arrows["in the table"]
        np.testing.assert_array_equal(in_table.get_offsets()[:, 0], [CELLS[k] for _, k in cells])
        for (name, k), seen in zip(cells, in_table.U, strict=True):
            if name not in now or np.isnan(now[name][k]):
                continue
            full = FULL * dials["lr"] if name == "step" else steepest[k]
            wanted = np.clip(length[name][k] / full, -1, 1)
            assert seen / HALF == pytest.approx(wanted, abs=1e-9), (name, t)

        lines = {line.get_label(): line for line in way.lines}
        np.testing.assert_array_equal(lines["path"].get_xydata(), rows["theta"][: max(t, 1)])
        np.testing.assert_array_equal(lines["start of the step"].get_xydata()[0], start)
        low, high = np.array([way.get_xlim(), way.get_ylim()]).T
        end = np.clip(now["theta"], low, high)
        np.testing.assert_allclose(lines["end of the step"].get_xydata()[0], end, rtol=1e-12)
        told = [name for name in now if np.isfinite(now[name]).all()]
        for word in (f"Step {t} of {dials['rule']}", *(f"{name} " for name in told)):
            assert word in panel.text


def gauge(panel, name):
    """The arrows (x, y) of a line of the table, as shares of their cells."""
    names = [line for line in LINES if line != "theta"]
    at = 2 * names.index(name)
    return labelled(panel.figure, Quiver)["in the table"].U[at : at + 2] / HALF


def test_a_step_that_grows_has_an_arrow_that_grows():
    panel = panels.stepper()
    x, y = gauge(panel, "step")
    assert x == pytest.approx(-y) == pytest.approx(0.5)  # lr in a cell of two lr
    slopes = gauge(panel, "g").copy()
    panel.controls["correct"].value = False  # 3.16 times as long: it fills the cell
    np.testing.assert_allclose(gauge(panel, "step"), [1, -1])
    np.testing.assert_array_equal(gauge(panel, "g"), slopes)
    said = [text.get_text() for text in panel.figure.findobj(Text)]
    assert "longer than its cell, 2 lr" in said


def test_what_a_parent_does_not_have_turns_pale():
    panel = panels.stepper()
    (table,) = [ax for ax in panel.figure.axes if ax.get_label() == "table"]
    for rule, missing in (("momentum", 3), ("RMSprop", 3), ("Adam", 0)):
        panel.controls["rule"].value = rule
        formulas = [text for text in table.texts if text.get_text()[:1] == "$"]
        assert len(formulas) == len(LINES)
        assert sum(text.get_alpha() == 0.25 for text in formulas) == missing
        assert rule.lower() in table.get_title(loc="left").lower()


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


@pytest.mark.parametrize(
    "beta1, beta2, limit",
    [(0.9, 0.999, "7.27 is the longest"), (0, 0, "1 is the longest"), (0.9, 0, "no limit")],
)
def test_the_limit_of_all_steps(beta1, beta2, limit):
    panel = panels.step_bound()
    for name, value in dict(beta1=beta1, beta2=beta2, limits=True).items():
        panel.controls[name].value = value
    assert limit in panel.text
