"""What can be touched in a picture and read in it: the kernel's numbers, and what the page does."""

import json
import re

import ipywidgets as widgets
import numpy as np
import pytest
from matplotlib.figure import Figure

import adam_core as core
from adam_lab import panels
from adam_lab.live import Live
from adam_lab.panels.dials import beta_dial, dial, log_dial
from adam_lab.touch import Spot
from javascript import needs_node, touch


def along(beta):
    return -np.log10(1 - beta)


@pytest.fixture
def made():
    """A map over two dials, curves beside it, one of which stays, and a point to drag there."""
    figure = Figure(figsize=(8, 4))
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-3, 1), ylim=(0, 3))
    right.set(xlim=(0, 10), ylim=(1e-4, 100), yscale="log")
    t = np.arange(11)
    (moves,) = right.plot(t, 10.0**-t, label="falls")
    right.plot(t, np.ones(11), label="stays")
    right.plot(t, 2 * np.ones(11))
    controls = dict(
        lr=log_dial("lr", 0.1, 0.001, 10), beta=beta_dial(0.9, "β"), start=Spot(value=(5.0, 1.0))
    )
    touch = {left: dict(lr=np.log10, beta=along), right: "start"}

    def update(lr, beta, start):
        return f"lr {lr:.3g}, beta {beta:g}, start {start[0]:g}, {start[1]:g}"

    return Live(figure, [moves], update, controls, touch=touch)


# ---------------------------------------------------------------------------
# In the kernel
# ---------------------------------------------------------------------------


def test_the_page_knows_where_the_axes_are(made):
    for ax, told in zip(made.figure.axes, made.picture.axes, strict=True):
        for axis, ends in (("x", ax.get_xlim()), ("y", ax.get_ylim())):
            units = np.log10(ends) if told[axis]["log"] else ends
            assert told[axis]["units"] == pytest.approx(units)
        corners = ax.transAxes.transform([[0, 0], [1, 1]])
        assert told["x"]["pixels"] == pytest.approx(corners[:, 0], abs=0.01)
        assert told["y"]["pixels"] == pytest.approx(288 - corners[:, 1], abs=0.01)
    left, right = made.picture.axes
    assert (left["x"]["whole"], right["x"]["whole"], right["y"]["log"]) == (False, True, True)
    falls, stays = right["lines"]  # the third has no name
    assert falls == ["falls", 0] and stays[0] == "stays" and stays[1].startswith("M")


def test_axes_that_change_are_told(made):
    left = made.figure.axes[0]
    left.set_xlim(-2, 0)
    made.controls["lr"].value = 0.2
    assert made.picture.axes[0]["x"]["units"] == [-2, 0]


def test_a_spot_is_a_control(made):
    """From the page as from code; Reset puts it back; it has no place among the dials."""
    spot = made.controls["start"]
    spot.set_state(dict(value=[2, 0.5]))
    assert made.text.endswith("start 2, 0.5")
    spot.value = (3, 10)
    assert made.text.endswith("start 3, 10")
    made.reset()
    assert spot.value == (5, 1) and made.text.endswith("start 5, 1")
    assert spot not in made.children[0].children
    assert spot.model_id in made.picture.dials


def test_another_control_may_follow():
    figure = Figure()
    ax, drawn = figure.subplots(), []
    controls = dict(side=widgets.Dropdown(options=["left", "right"]), at=Spot(value=(-1.0, 0.0)))
    panel = Live(
        figure, [], lambda side, at: drawn.append((side, at)) or side, controls, touch={ax: "at"},
        follow=dict(side=lambda side, at: dict(at=(1.0 if side == "right" else -1.0, at[1]))),
    )  # fmt: skip
    controls["at"].value = (-3, 2)
    controls["side"].value = "right"
    assert drawn[-2:] == [("left", (-3, 2)), ("right", (1, 2))]  # and nothing between
    panel.reset()
    assert drawn[-1] == ("left", (-1, 0)) and len(drawn) == 4


@pytest.mark.parametrize(
    "touch, said",
    [
        (lambda ax, other: {other: "spot"}, "axes of the figure"),
        (lambda ax, other: {ax: "spto"}, "'spto'; the controls are lr, name, spot"),
        (lambda ax, other: {ax: ("lr", "betta")}, "'betta'; the controls are"),
        (lambda ax, other: {ax: "lr"}, "must be a Spot; or name two"),
        (lambda ax, other: {ax: ("lr",)}, "two dials for x and y"),
        (lambda ax, other: {ax: ("spot", "lr")}, "sliders and menus; 'spot' is a Spot"),
        (lambda ax, other: {ax: ("lr", "name")}, "'lr' and the x axis of 'Map' do not go alike"),
    ],
)
def test_what_is_wrong_is_named(touch, said):
    figure = Figure()
    ax, other = figure.subplots(), Figure().subplots()
    ax.set_title("Map", loc="left")
    controls = dict(
        lr=log_dial("lr", 0.1, 0.01, 10), name=widgets.Dropdown(options=[1, 2]),
        spot=Spot(value=(0, 0)),
    )  # fmt: skip
    with pytest.raises(ValueError, match=re.escape(said)):
        Live(figure, [], lambda **_: "", controls, touch=touch(ax, other))


def test_axes_of_another_scale_are_not_touched():
    figure = Figure()
    ax = figure.subplots()
    ax.set_xscale("symlog")
    with pytest.raises(ValueError, match="linear and log axes, got 'symlog'"):
        Live(figure, [], lambda spot: "", dict(spot=Spot(value=(0, 0))), touch={ax: "spot"})
    assert Live(figure, [], lambda x: "", dict(x=widgets.IntSlider())).picture.axes == []


# ---------------------------------------------------------------------------
# In the lessons
# ---------------------------------------------------------------------------


def test_a_start_is_where_it_is_put():
    """The panel runs what core.run runs from there; another surface begins at its own place."""
    panel = panels.race()
    panel.controls["start"].value = (4, -3)
    valley = core.ravine(25)
    end = core.run(core.adam, valley.grad, [4, -3], 100, lr=0.2, beta1=0.9, beta2=0.9).theta[-1]
    assert f"Adam {valley.f(end):.2g}" in panel.text
    panel.controls["surface"].value = core.booth
    assert panel.controls["start"].value == tuple(core.booth.start)
    view = panel.picture.axes[0]["x"]["units"]
    assert view == list(panel.figure.axes[0].get_xlim())


def test_a_start_turns_with_its_valley():
    """Gradient descent and the valley do not know how they are turned, wherever it starts."""
    panel = panels.turn()
    start = panel.controls["start"]
    start.value = (5, 3)
    needed = re.search(r"1.9: (\d+) steps", panel.text)[0]
    panel.controls["angle"].value = 90
    assert start.value == (-3, 5)
    assert needed in panel.text
    panel.controls["angle"].value = 0
    assert start.value == (5, 3)


def test_the_family_starts_anew_where_the_surface_is_another():
    panel = panels.family()
    start, trouble = panel.controls["start"], panel.controls["trouble"]
    start.value = (3, 3)
    trouble.value = "one gradient × 1000"
    assert start.value == (3, 3)
    trouble.value = "minimum far from zero"
    assert start.value == tuple(core.booth.start)


def test_a_surface_of_ones_own_has_its_start():
    panel = panels.race(lambda theta: theta[0] ** 2 + theta[1] ** 2, start=(1, 2))
    assert panel.controls["start"].value == (1, 2)
    assert panel.picture.axes[0]["hand"] == dict(spot=panel.controls["start"].model_id)


# ---------------------------------------------------------------------------
# In the page
# ---------------------------------------------------------------------------


def states(panel):
    return {
        control.model_id: {key: value for key, value in control.get_state().items() if key in KEYS}
        for control in panel.controls.values()
    }


KEYS = ("value", "index", "min", "max", "step", "base", "_options_labels", "description")


def pixels(ax, x, y):
    """In the picture, from the upper left."""
    across, up = ax.transData.transform([x, y])
    return [across, ax.figure.bbox.height - up]


@needs_node
@pytest.mark.parametrize(
    "asked, lr, beta",
    [
        ((-1.003, 1.0), 0.1, 0.9),
        ((-0.5, 2.02), 10**-0.5, 0.99),
        ((0, -1), 1, 0),  # below the map
        ((-9, 9), 0.001, 0.999),
        ((5, 2.5), 10, 0.9968),
    ],
)
def test_a_press_on_a_map_sets_the_nearest_stops(made, asked, lr, beta):
    now, told = states(made), made.picture.axes[0]
    (found,) = touch(["drag", told, now, pixels(made.figure.axes[0], *asked)])
    dials = made.controls["lr"], made.controls["beta"]
    for control in dials:
        state = found["states"][control.model_id]
        key = "index" if "index" in state else "value"
        control.set_state({key: state[key]})
    assert dials[0].value == pytest.approx(lr)
    assert dials[1].value == pytest.approx(beta, abs=2e-4)
    assert found["before"] == pytest.approx(pixels(made.figure.axes[0], -1, 1), abs=0.1)


@needs_node
def test_every_stop_is_found_again():
    """Pressed where a dial stands, it stays; nothing is sent."""
    figure = Figure(figsize=(8, 8))
    ax = figure.subplots()
    ax.set(xscale="log", xlim=(0.01, 4), ylim=(-1, 1))
    lr, y = log_dial("lr", 0.2, 0.01, 4), dial("y", 0, -1, 1, 0.3)
    panel = Live(figure, [], lambda **_: "", dict(lr=lr, y=y), touch={ax: ("lr", "y")})
    logs = np.append(np.arange(lr.min, lr.max - 1e-9, lr.step), lr.max)
    ys = [-1, -0.7, -0.4, -0.1, 0.2, 0.5, 0.8, 1]
    asked = []
    for log, value in zip(np.resize(logs, 200), np.resize(ys, 200), strict=True):
        now = states(panel)
        now[lr.model_id]["value"], now[y.model_id]["value"] = 10**log, value
        asked.append(["drag", panel.picture.axes[0], now, pixels(ax, 10**log, value)])
    for (*_, now, _), found in zip(asked, touch(*asked), strict=True):
        for control in (lr, y):
            before, after = now[control.model_id], found["states"][control.model_id]
            assert after["value"] == pytest.approx(before["value"], rel=1e-9, abs=1e-12)


@needs_node
def test_a_point_is_dragged_within_its_axes(made):
    ax, told = made.figure.axes[1], made.picture.axes[1]
    spot = made.controls["start"].model_id
    asked = [["drag", told, states(made), pixels(ax, *to)] for to in ((7, 0.01), (99, 1e9))]
    inside, outside = touch(*asked)
    assert inside["states"][spot]["value"] == pytest.approx([7, 0.01], rel=1e-2)
    assert inside["sent"] == [spot]
    assert inside["before"] == pytest.approx(pixels(ax, 5, 1), abs=0.1)
    assert outside["states"][spot]["value"] == pytest.approx([10, 100])


@needs_node
def test_arrow_keys(made):
    left, right = made.picture.axes
    lr, beta, spot = (made.controls[name].model_id for name in ("lr", "beta", "start"))
    keys = [
        ("ArrowRight", False), ("ArrowRight", True), ("ArrowUp", True), ("ArrowDown", True),
        ("ArrowLeft", False), ("Enter", False),
    ]  # fmt: skip
    of_map = touch(*(["key", left, states(made), *key] for key in keys))
    index = made.controls["beta"].index
    values = [(found["states"][lr]["value"], found["states"][beta]["index"]) for found in of_map]
    assert 0.1 < values[1][0] < values[0][0] and values[4][0] < 0.1
    assert values[1][0] == pytest.approx(10 ** (-1 + made.controls["lr"].step))  # a stop
    assert [value[1] - index for value in values[:5]] == [0, 0, 1, -1, 0]
    assert [found["taken"] for found in of_map] == [True] * 5 + [False]
    of_spot = [found["states"][spot]["value"] for found in
               touch(*(["key", right, states(made), *key] for key in keys))]  # fmt: skip
    assert of_spot[0][0] > of_spot[1][0] > 5 and of_spot[4][0] < 5
    assert of_spot[2][1] > 1 > of_spot[3][1]
    assert of_spot[5] == [5, 1]


def readable(panel):
    """The axes as the page has them, with the path in SVG of every curve that moves."""
    told = json.loads(json.dumps(panel.picture.axes))
    for curve in (curve for axes in told for curve in axes["lines"]):
        if isinstance(curve[1], int):
            layer = getattr(panel.picture, f"layer{curve[1]}")
            found = re.match(r'\s*<g>\s*<path d="([^"]*)"', layer)
            curve[1] = found[1] if found else ""
    return told


@needs_node
def test_a_curve_is_read(made):
    """The nearest of them, at whole steps, in digits that a pixel can tell."""
    ax, told = made.figure.axes[1], readable(made)
    points = [(2, 0.012), (1.7, 0.02), (6, 1.1), (9.9, 1.1), (5, 0.01)]
    assert touch(*(["read", told, pixels(ax, *point)] for point in points)) == [
        "falls (2, 0.01)", "falls (2, 0.01)", "stays (6, 1)", "stays (10, 1)", None,
    ]  # fmt: skip


@needs_node
def test_keys_walk_along_a_curve(made):
    """Step by step over whole numbers, from curve to curve, to the ends and not beyond."""
    keys = ["ArrowRight", "+ArrowRight", "ArrowDown", "End", "ArrowRight", "ArrowUp", "ArrowUp"]
    (said,) = touch(["walk", readable(made), [*keys, "+ArrowLeft", "Home", "ArrowLeft"]])
    assert said == [
        "falls (0, 1)", "falls (1, 0.1)", "falls (2, 0.01)", "stays (2, 1)", "stays (10, 1)",
        "stays (10, 1)", "falls (4, 1.0e−4)", "falls (4, 1.0e−4)", "falls (3, 1.0e−3)",
        "falls (0, 1)", "falls (0, 1)",
    ]  # fmt: skip


@needs_node
def test_keys_walk_along_a_path_that_turns():
    """There is no way but its own: every reading lies on it, and all of it is passed."""
    figure = Figure(figsize=(8, 4))
    ax = figure.subplots()
    ax.set(xlim=(-2, 2), ylim=(-2, 2))
    angle = np.linspace(0, 2 * np.pi, 100)
    ax.plot(np.cos(angle), np.sin(angle), label="round")
    panel = Live(figure, [], lambda x: "", dict(x=widgets.IntSlider()))
    (said,) = touch(["walk", panel.picture.axes, ["ArrowRight"] * 150])
    read = np.array([re.findall(r"-?[\d.]+", text.replace("−", "-")) for text in said], float)
    assert np.hypot(*read.T) == pytest.approx(1, abs=0.02)
    assert {*map(tuple, np.sign(read.round(1)).astype(int))} >= {(1, 1), (-1, 1), (-1, -1), (1, -1)}
    assert read[-1] == pytest.approx([1, 0], abs=0.02)


@needs_node
@pytest.mark.parametrize("name", ["race", "step_size", "break_even", "long_run", "average"])
def test_what_is_read_is_what_is_drawn(name):
    """At points of every curve of a panel its value is as it is in the data."""
    panel = getattr(panels, name)()
    asked, wanted = [], []
    named = [[line for line in ax.lines if line.get_label()[0] != "_"] for ax in panel.figure.axes]
    for lines, axes in zip(filter(None, named), readable(panel), strict=True):
        for line, curve in zip(lines, axes["lines"], strict=True):
            ax, points = line.axes, line.get_xydata()
            (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
            for x, y in points[:: max(1, len(points) // 9)] if curve[1] else ():
                if left < x < right and low < y < high:
                    asked.append(["read", [axes | dict(lines=[curve])], pixels(ax, x, y)])
                    wanted.append((ax, x, y))
    assert len(wanted) > 15
    for (ax, *point), said in zip(wanted, touch(*asked), strict=True):
        read = [float(n.replace("−", "-")) for n in re.search(r"\((\S+), (\S+)\)$", said).groups()]
        assert pixels(ax, *read) == pytest.approx(pixels(ax, *point), abs=2), said
