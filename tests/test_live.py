"""The live picture, without any optimizer."""

import re
import threading
import time

import ipywidgets as widgets
import numpy as np
import pytest
from matplotlib.figure import Figure

from adam_lab.live import Live


@pytest.fixture
def panel():
    figure = Figure(figsize=(4, 3), layout="constrained")
    ax = figure.subplots()
    x = np.linspace(0, 1, 20)
    (line,) = ax.plot(x, x)
    label = ax.text(0.5, 0.5, "")

    def update(power, name):
        if power == 3:
            raise ZeroDivisionError("three is <not> allowed")
        line.set_ydata(x**power)
        label.set_text(name)
        ax.set_title(name)
        return f"the power {power:g} of {name}"

    controls = dict(
        power=widgets.FloatSlider(value=1, max=4), name=widgets.Dropdown(options=["x", "y"])
    )
    return Live(figure, [line, label], update, controls, redraw=["name"])


def shown(panel):
    still, over = panel.children[1].children
    return still.value, over.value


def test_a_change_moves_the_moving_part_only(panel):
    still, over = shown(panel)
    panel.controls["power"].value = 2
    assert shown(panel)[0] == still
    assert shown(panel)[1] != over


def test_a_control_named_in_redraw_moves_the_background_too(panel):
    still, _ = shown(panel)
    panel.controls["name"].value = "y"
    assert shown(panel)[0] != still


def test_the_picture_says_what_it_shows(panel):
    panel.controls["power"].value = 2
    assert panel.text == "the power 2 of x"
    assert 'role="img" aria-label="the power 2 of x"' in shown(panel)[1]


def test_what_moves_is_not_in_the_background(panel):
    line = panel.figure.axes[0].lines[0]
    before = shown(panel)[0]
    line.set_linewidth(20)
    panel.controls["name"].value = "y"
    panel.controls["name"].value = "x"
    assert shown(panel)[0] == before
    assert line.get_visible()


def test_an_error_is_shown_and_the_next_change_clears_it(panel):
    _, over = shown(panel)
    panel.controls["power"].value = 3
    alert = panel.children[2]
    assert 'role="alert"' in alert.value
    assert "three is &lt;not&gt; allowed" in alert.value
    assert isinstance(panel.error, ZeroDivisionError)
    assert shown(panel)[1] == over
    panel.controls["power"].value = 2
    assert (alert.value, panel.error) == ("", None)


def test_an_error_at_the_start_is_raised():
    def update(power):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Live(Figure(), [], update, dict(power=widgets.FloatSlider()))


def test_reset_brings_the_start_back_in_one_redraw(panel):
    start = shown(panel)
    panel.controls["power"].value, panel.controls["name"].value = 4, "y"
    changes = []
    panel.children[1].children[1].observe(changes.append, "value")
    panel.reset()
    assert shown(panel) == start
    assert len(changes) == 1


def test_two_hands_take_turns():
    """JupyterLab calls from one thread for sliders and from another for buttons."""
    inside, most = [], []

    def update(x):
        inside.append(x)
        time.sleep(0.005)
        most.append(len(inside))
        inside.pop()
        return f"x is {x}"

    panel = Live(Figure(), [], update, dict(x=widgets.IntSlider(max=20)))
    button = threading.Thread(target=lambda: [panel.reset() for _ in range(20)])
    button.start()
    for x in range(20):
        panel.controls["x"].value = x
    button.join()
    assert set(most) == {1}


def test_a_reset_button_is_there_and_play_moves_its_slider(panel):
    reset = panel.children[0].children[-1]
    assert reset.description == "Reset"
    panel.controls["power"].value = 2
    reset.click()
    assert panel.controls["power"].value == 1

    step = widgets.IntSlider(value=5, max=10)
    playing = Live(Figure(), [], lambda step: f"step {step}", dict(step=step), play="step")
    player = playing.children[0].children[0].children[0]
    assert (player.value, player.min, player.max) == (5, 0, 10)


def test_any_artist_can_move():
    figure = Figure(figsize=(4, 3))
    ax = figure.subplots()
    moving = [
        ax.imshow(np.eye(3)),
        ax.quiver([0], [0], [1], [1]),
        ax.scatter([0, 1], [0, 1]),
        ax.fill_between([0, 1], [0, 1]),
        ax.annotate("here", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"}),
    ]
    panel = Live(figure, moving, lambda x: f"x is {x}", dict(x=widgets.IntSlider()))
    for tag in ("<image", "<path", "<text"):
        assert tag in shown(panel)[1]


def test_two_panels_share_no_element_ids(panel):
    figure = Figure(figsize=(4, 3))
    line = figure.subplots().plot([0, 1])[0]
    other = Live(figure, [line], lambda x: "a line", dict(x=widgets.IntSlider()))
    clips = [set(re.findall(r'clipPath id="(\w+)"', shown(p)[1])) for p in (panel, other)]
    assert clips[0] and clips[1] and not clips[0] & clips[1]


def test_the_stored_bundle_has_a_picture_and_short_text(panel):
    bundle, metadata = panel._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == panel.text  # nbconvert and nbviewer show it
    assert bundle["text/plain"] == panel.text
    assert bundle["image/png"].startswith("iVBOR")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["image/png"] == panel._repr_mimebundle_()[0]["image/png"]
