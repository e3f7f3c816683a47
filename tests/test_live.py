"""The live picture, without any optimizer."""

import gc
import re
import threading
import time
import tracemalloc
from base64 import b64decode
from io import BytesIO, StringIO

import ipywidgets as widgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from PIL import Image

from adam_lab import live, page, stored
from adam_lab.live import VIEW, Live
from javascript import flow, needs_node


def made():
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


@pytest.fixture
def panel():
    return made()


def shown(panel):
    """What the page has: the background, and what moves over it."""
    picture = panel.picture
    return picture.still, [getattr(picture, f"layer{i}") for i in range(picture.count)]


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
    assert panel.picture.words == "the power 2 of x"


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
    panel.picture.observe(changes.append, "words")
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
    reset = panel.children[0].children[-1].children[0]
    assert reset.description == "Reset"
    panel.controls["power"].value = 2
    reset.click()
    assert panel.controls["power"].value == 1

    step = widgets.IntSlider(value=5, max=10)
    playing = Live(Figure(), [], lambda step: f"step {step}", dict(step=step), play="step")
    player = playing.children[0].children[0].children[0].children[0]
    assert player.slider == step.model_id


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
        assert any(tag in layer for layer in shown(panel)[1])


def test_two_panels_share_no_element_ids(panel):
    """Not even two that look the same."""
    clips = [set(re.findall(r'clipPath id="(\w+)"', shown(p)[1][-1])) for p in (panel, made())]
    assert clips[0] and clips[1] and not clips[0] & clips[1]


def from_page(control, **state):
    """As a message of the page sets it."""
    control.set_state(state)


def test_only_layers_that_changed_are_sent(panel, monkeypatch):
    sent = []
    # where another test has brought ipykernel, it would send nothing without a kernel
    monkeypatch.setattr(type(panel.picture.comm), "kernel", True, raising=False)
    monkeypatch.setattr(panel.picture, "send_state", lambda key=None: sent.append(set(key)))
    panel.controls["power"].value = 2
    assert sent == [{"layer0", "words"}]  # and neither the text nor what clips


def test_a_layer_holds_all_that_it_refers_to():
    """The first of two lines with one marker may change alone."""
    figure = Figure(figsize=(4, 3))
    lines = figure.subplots().plot([0, 1], [[0, 1], [1, 0]], marker="o", clip_on=False)
    panel = Live(figure, lines, lambda x: f"x is {x}", dict(x=widgets.IntSlider()))
    for layer in shown(panel)[1][:-1]:
        used = set(re.findall(r'href="#(\w+)"', layer))
        assert used and used <= set(re.findall(r' id="(\w+)"', layer))


def test_svg_is_where_matplotlib_draws_it():
    """In fewer letters, to a hundredth of a pixel."""
    figure = Figure(figsize=(4, 3), dpi=72)
    x = np.linspace(0, 7, 50)
    line = figure.subplots().plot(x, np.sin(x), marker="o", markevery=7)[0]
    figure.draw_without_rendering()

    def places(renderer):
        out = StringIO()
        line.draw(renderer(288, 216, out))
        svg = out.getvalue()
        path = re.search(r'<path d="([^"]*)"', svg)[1]
        marks = re.findall(r'x="(.*?)" y="(.*?)"', svg)
        return [float(n) for n in [*re.findall(r"-?[\d.]+", path), *sum(marks, ())]]

    assert places(page._Renderer) == pytest.approx(places(RendererSVG), abs=0.0051)


def test_a_message_is_drawn_once(panel):
    """ipywidgets may send a value that is there already."""
    words = []
    panel.picture.observe(words.append, "words")
    for value in (2, 2.5, 2.5):
        from_page(panel.controls["power"], value=value)
    assert len(words) == 2


def test_nearly_round_numbers_are_round():
    """A logarithmic slider computes its values."""
    seen = []
    dial = widgets.FloatLogSlider(value=0.19999999999999996, min=-3, max=1)
    Live(Figure(), [], lambda lr: seen.append(lr) or str(lr), dict(lr=dial))
    assert seen == [0.2]


def test_the_stored_bundle_has_a_picture_and_short_text(panel):
    bundle, metadata = panel._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == panel.text  # nbconvert and nbviewer show it
    assert bundle["text/plain"] == panel.text
    assert bundle["image/png"].startswith("iVBOR")
    assert VIEW in bundle
    assert bundle["image/png"] == panel._repr_mimebundle_()[0]["image/png"]


def test_the_stored_picture_says_how_it_becomes_live(panel):
    bundle, metadata = panel._repr_mimebundle_()
    png, foot = b64decode(bundle["image/png"]), metadata["image/png"]["caption"]
    with Image.open(BytesIO(png)) as whole:
        assert whole.crop((0, whole.height - foot, *whole.size)).convert("L").getextrema()[0] < 110
    plain = stored.uncaptioned(png, foot)
    with Image.open(BytesIO(plain)) as rest, Image.open(BytesIO(panel._drawn(96))) as bare:
        assert rest.convert("RGB").tobytes() == bare.convert("RGB").tobytes()


def test_reset_while_a_page_plays(panel):
    """Steps that were under way come later, and are put back; what follows counts."""
    step = widgets.IntSlider(value=5, max=10)
    playing = Live(Figure(), [], lambda step: f"step {step}", dict(step=step), play="step")
    player = playing._player
    from_page(player, playing=True)
    from_page(step, value=6)
    playing.reset()
    assert not player.playing
    from_page(step, value=7)
    assert (step.value, playing.text) == (5, "step 5")
    step.value = 9  # code
    assert playing.text == "step 9"
    player._handle_custom_msg("stopped", [])
    from_page(step, value=7)
    assert playing.text == "step 7"


def test_closed_it_holds_nothing(panel):
    before = len(_instances)
    other = Live(Figure(), [], lambda x: "x", dict(x=widgets.IntSlider()), play="x", by_hand=True)
    assert len(_instances) > before
    other.close()
    assert len(_instances) == before
    other.close()


def test_it_keeps_no_frame():
    """Twenty moves, each of 15 kB or more, leave next to nothing."""
    figure, y = Figure(figsize=(4, 3)), np.random.default_rng(0).normal(size=1500)
    line, still = figure.subplots().plot(np.transpose([y, y]))

    def update(x, under):
        line.set_ydata(x * y)
        still.set_ydata(under * y)
        return f"{x} over {under}"

    dials = dict(x=widgets.IntSlider(max=99), under=widgets.IntSlider(max=99))
    panel = Live(figure, [line], update, dials, redraw=["under"])
    tracemalloc.start()
    try:
        for i in range(1, 30):
            panel.controls["under" if i % 2 else "x"].value = i
            if i == 9:
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        assert grown < 100_000
    finally:
        tracemalloc.stop()


class Shell:
    """IPython's, as it runs cells of a notebook."""

    cell = run = None

    def get_parent(self):
        return dict(metadata=dict(cellId=self.cell), header=dict(msg_id=self.run))


def test_a_cell_run_again_closes_what_it_showed(monkeypatch):
    shell = Shell()
    monkeypatch.setattr(live, "get_ipython", lambda: shell)

    def show(cell, run, panel=None):
        shell.cell, shell.run = cell, run
        panel = panel or Live(Figure(), [], lambda x: "x", dict(x=widgets.IntSlider()))
        panel._repr_mimebundle_()
        return panel

    first, beside = show("a", 1), show("a", 1)
    other = show("b", 2)
    show("b", 3, first)  # shown in two cells
    assert other.comm is None
    again = show("a", 4)
    assert [p.comm is None for p in (first, beside, again)] == [False, True, False]
    show("a", 5, again)  # a panel that is kept, and shown once more
    assert again.comm is not None
    show("b", 6)
    assert first.comm is None


# ---------------------------------------------------------------------------
# Messages under way, in made-up time
# ---------------------------------------------------------------------------


@needs_node
@pytest.mark.parametrize(
    "way, work", [(0, 12), (0, 30), (0, 100), (80, 5), (80, 12), (80, 30), (200, 12)]
)
def test_the_picture_follows_the_hand(way, work):
    """Several times the pictures of one message at a time, where the way is long; never a queue."""
    ours, plain = flow(dict(way=way, work=work), dict(way=way, work=work, ours=False))
    fewest = min(60, 1000 / work, 1000 * 6 / way if way else 60)
    assert ours["pictures"] > 0.8 * fewest
    assert ours["pictures"] >= 0.95 * plain["pictures"]
    assert ours["lag"] < way + 60 + work
    assert ours["rest"] < way + 3 * work + 60  # after the hand lets go
    assert ours["most"] <= 16


@needs_node
@pytest.mark.parametrize("way", [0, 80, 200])
def test_a_kernel_that_was_slow(way):
    """Two seconds after it is fast again, there are more than two messages under way on average."""
    (again,) = flow(dict(way=way, work=12, slow=4, seconds=7, **{"from": 6}))
    assert again["pictures"] > min(50, 2 * 1000 / (way + 12))
    assert again["lag"] < way + 60


@needs_node
@pytest.mark.parametrize("way, work", [(0, 40), (80, 12), (200, 40)])
def test_what_was_moved_before_comes_before(way, work):
    """A start that is dragged, then another surface: no late value undoes that one."""
    case = dict(way=way, work=work, second=True)
    ours, plain = flow(case, case | dict(ours=False))
    assert ours["heard"] == "second" != plain["heard"]


@needs_node
def test_a_thin_line_makes_no_queue():
    (thin,) = flow(dict(way=80, work=12, line=48))  # 30 kB at 5 Mbit/s
    assert thin["pictures"] > 0.8 * 1000 / 48
    assert thin["lag95"] < 80 + 12 + 4 * 48
