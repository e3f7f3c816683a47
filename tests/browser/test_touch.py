"""A hand on the picture: a map sets its dials, a start is dragged, a curve is read."""

import re
from contextlib import contextmanager

import pytest

import lab
import stage
from far import far
from stage import show

PANELS = "race", "rate_map", "dials_map", "turn", "family"
OWN = "mine = panels.race(lambda theta: theta[0]**2 + 3 * theta[1]**2, start=(-2, 2))\nmine"
CELLS = ["from adam_lab import panels", *(f"{name} = panels.{name}()\n{name}" for name in PANELS)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("touch")
    for name in ("touch", "seven", "far", "views"):
        lab.write(folder / f"{name}.ipynb", *CELLS, OWN)
    with lab.server(folder, lab.CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser, server):
    with lab.live(browser, server, "touch.ipynb") as page:
        yield page


def panel_of(page, name):
    panel = lab.panels(page)[[*PANELS, "mine"].index(name)]
    panel.scroll_into_view_if_needed()
    return panel


def handle_of(panel, number=0):
    handle = panel.locator(".adam-handle").nth(number)
    handle.scroll_into_view_if_needed()
    return handle


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, by, moves=12):
    """From a place on the screen, by so many pixels; gives the end."""
    page.mouse.move(*start)
    page.mouse.down()
    for i in range(1, moves + 1):
        page.mouse.move(*(a + b * i / moves for a, b in zip(start, by, strict=True)))
        page.wait_for_timeout(16)
    page.mouse.up()
    return [a + b for a, b in zip(start, by, strict=True)]


def said(handle):
    """The numbers that a screen reader is told."""
    words = handle.get_attribute("aria-valuetext").replace("−", "-")
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", words)]


def value(page, panel, control="start"):
    return eval(lab.ask(page, f"{panel}.controls['{control}'].value"))


def on_curve(page, step):
    """Where the race's curve of gradient descent has this step, on the screen."""
    place = (
        "next((ax.transData.transform(line.get_xydata()[{}]) / race.figure.bbox.size).tolist()"
        " for ax in race.figure.axes if ax.get_yscale() == 'log'"
        " for line in ax.lines if line.get_label() == 'gradient descent')"
    )
    x, y = eval(lab.ask(page, place.format(step)))
    box = panel_of(page, "race").locator(".adam-picture").bounding_box()
    return box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"]


def off_curves(panel):
    """The lower right corner."""
    box = panel.locator(".adam-picture").bounding_box()
    return box["x"] + box["width"] - 5, box["y"] + box["height"] - 5


@contextmanager
def back_after(panel):
    """Reset, and all is as before."""
    start = lab.picture(panel), lab.text(panel), [h.get_attribute("style") for h in handles(panel)]
    try:
        yield
    finally:
        lab.click(panel, "Reset")
    lab.wait(lambda: lab.text(panel) == start[1])
    assert lab.picture(panel) == start[0]
    assert [h.get_attribute("style") for h in handles(panel)] == start[2]


def handles(panel):
    return panel.locator(".adam-handle").all()


# ---------------------------------------------------------------------------
# With the mouse
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["race", "turn", "family", "mine"])
def test_a_start_is_dragged(page, name):
    """The path starts where it was put, to the digit that is said."""
    panel = panel_of(page, name)
    handle = handle_of(panel)
    with back_after(panel):
        before = lab.text(panel)
        end = drag(page, middle(handle), (70, -25))
        assert middle(handle) == pytest.approx(end, abs=1.5)
        lab.wait(lambda: lab.text(panel) != before)
        lab.picture(panel)
        assert said(handle) == pytest.approx(value(page, name), abs=0.006)


def test_another_surface_has_its_own_start(page):
    panel = panel_of(page, "race")
    handle = handle_of(panel)
    with back_after(panel):
        drag(page, middle(handle), (100, 50))
        lab.choose(panel, "surface", "rosenbrock")
        lab.wait(lambda: said(handle) == [-1.2, 1])
        lab.picture(panel)
        drag(page, middle(handle), (60, 30))
        lab.picture(panel)
        assert said(handle) == pytest.approx(value(page, "race"), abs=0.006)
        assert -1.2 < said(handle)[0] < 0


@pytest.mark.parametrize("name, number, dials, down", [
    ("rate_map", 0, ("lr", "beta"), 15), ("dials_map", 0, ("lr", "beta1"), 15),
    ("dials_map", 1, ("lr", "beta2"), 15), ("dials_map", 2, ("lr", "eps"), -60),
])  # fmt: skip
def test_a_map_sets_its_dials(page, name, number, dials, down):
    """A press, then a drag: the dials stand where the hand is, on their stops."""
    panel = panel_of(page, name)
    handle = handle_of(panel, number)
    with back_after(panel):
        x, y = middle(handle)
        page.mouse.click(x + 20, y + down)
        for by in ((0, 0), (-9, 22)):
            place = drag(page, (x + 20, y + down), by)
            assert middle(handle) == pytest.approx(place, abs=5)  # the next stop
            lab.picture(panel)
            held = [value(page, name, dial) for dial in dials]
            assert said(handle) == pytest.approx(held, rel=0.01)
            shown = panel.locator(".widget-readout").all_inner_texts()
            read = [float(text.replace("−", "-")) for text in shown]
            assert all(any(r == pytest.approx(h, rel=0.01) for r in read) for h in held)


def test_a_map_ends_where_its_dials_end(page):
    panel = panel_of(page, "rate_map")
    with back_after(panel):
        drag(page, middle(handle_of(panel)), (-300, 400))
        lab.picture(panel)
        assert [value(page, "rate_map", dial) for dial in ("lr", "beta")] == [0.01, 0]


def test_a_curve_is_read(page):
    """Near a curve its name and its value, which follow a dial; far from all nothing."""
    panel = panel_of(page, "race")
    reading = panel.locator(".adam-reading")
    with back_after(panel):
        page.mouse.move(*on_curve(page, step=43))
        lab.wait(reading.is_visible)
        read = re.fullmatch(r"gradient descent \((\d+), ([\d.]+)\)", reading.inner_text())
        assert int(read[1]) == pytest.approx(43, abs=1)
        lab.press(lab.control(panel, "slider", "lr"), "ArrowRight", 3)
        lab.wait(lambda: reading.inner_text() != read[0])
        page.mouse.move(*off_curves(panel))
        lab.wait(lambda: not reading.is_visible())


def test_two_views_and_play(browser, server):
    """Dragged in one view while it plays in the other: both show the start."""
    with lab.live(browser, server, "views.ipynb") as page:
        notebook = page.evaluate(f"{lab._NOTEBOOK}.id")
        handles = page.locator(".adam-handle")
        count = handles.count()
        page.evaluate(
            f"{lab._NOTEBOOK}.content.activeCellIndex = 1;"
            "jupyterapp.commands.execute('notebook:create-output-view')"
        )
        lab.wait(lambda: handles.count() == count + 1)
        one, other = lab.panels(page)[0], lab.panels(page)[-1]
        lab.click(one, "Play")
        lab.wait(lambda: "after 100 steps" not in lab.text(one))
        drag(page, middle(handle_of(other)), (40, -30), moves=60)
        lab.wait(lambda: "after 100 steps" in lab.text(other))
        page.evaluate(f"jupyterapp.shell.activateById('{notebook}')")
        lab.picture(one, rest=1)
        start = value(page, "race")
        for panel in (one, other):
            assert said(handle_of(panel)) == pytest.approx(start, abs=0.006)
            assert lab.text(panel) == lab.text(one)
        lab.click(one, "Reset")
        lab.wait(lambda: said(handle_of(other)) == [-9, 2])


@pytest.mark.parametrize("size", [(640, 450), (1920, 1080)])  # 200 % on a laptop, a projector
def test_at_any_size(page, size):
    before = page.viewport_size
    page.set_viewport_size(dict(width=size[0], height=size[1]))
    try:
        panel = panel_of(page, "race")
        handle = handle_of(panel)
        handle.scroll_into_view_if_needed()
        with back_after(panel):
            end = drag(page, middle(handle), (15, -10))
            assert middle(handle) == pytest.approx(end, abs=1.5)
    finally:
        page.set_viewport_size(before)


# ---------------------------------------------------------------------------
# Without a mouse
# ---------------------------------------------------------------------------


def keys_on_handle(page, panel, name):
    handle = handle_of(panel)
    with back_after(panel):
        x, y = said(handle)
        handle.focus()
        steps = []
        for key in ("ArrowRight", "ArrowUp", "Shift+ArrowRight", "ArrowLeft", "ArrowDown"):
            page.keyboard.press(key)
            now = said(handle)
            steps.append((now[0] - x, now[1] - y))
            x, y = now
        right, up, fine, left, down = steps
        assert 0 < fine[0] < right[0] / 5 and left[0] < 0 < right[0]
        assert down[1] < 0 < up[1]
        assert right[1] == up[0] == 0
        lab.picture(panel)
        assert said(handle) == pytest.approx(value(page, name), abs=0.006)


def test_arrow_keys_on_a_start(page):
    panel = panel_of(page, "race")
    active = f"{lab._NOTEBOOK}.content.activeCellIndex"
    before = page.evaluate(active)
    keys_on_handle(page, panel, "race")
    assert page.evaluate(active) == before


def test_arrow_keys_in_notebook_7(browser, server):
    with lab.live(browser, server, "seven.ipynb", app="notebook") as page:
        keys_on_handle(page, panel_of(page, "race"), "race")
        keys_on_a_curve(page)


def keys_on_a_curve(page):
    """What is read by keys is shown and spoken, follows a dial, and goes with the focus."""
    panel = panel_of(page, "race")
    cursor, reading = panel.locator(".adam-cursor"), panel.locator(".adam-reading")
    page.mouse.move(1, 1)
    with back_after(panel):
        cursor.focus()
        lab.wait(lambda: reading.inner_text() == "gradient descent (−9.00, 2.00)")
        for key in ("ArrowUp", "End", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):
            page.keyboard.press(key)
        page.keyboard.press("ArrowDown")  # in the other plot
        lab.wait(lambda: cursor.get_attribute("aria-valuetext").startswith("Height by step: "))
        page.keyboard.press("Home")
        assert reading.inner_text() == "gradient descent (0, 3.6)"
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        read = reading.inner_text()
        steps = re.fullmatch(r"gradient descent \((\d+), [\d.]+\)", read)
        assert 3 <= int(steps[1]) <= 9
        assert cursor.get_attribute("aria-valuetext") == f"Height by step: {read}"
        assert middle(cursor) == pytest.approx(middle(panel.locator("circle").last), abs=1)
        lab.ask(page, "setattr(race.controls['lr'], 'value', 0.3)")
        lab.wait(lambda: reading.inner_text() != read)
        page.keyboard.press("Tab")
        lab.wait(lambda: not reading.is_visible())


def test_arrow_keys_on_a_curve(page):
    keys_on_a_curve(page)


def test_arrow_keys_on_a_map(page):
    """From stop to stop, here of a dial over marks."""
    panel = panel_of(page, "dials_map")
    handle = handle_of(panel, 1)
    with back_after(panel):
        handle.focus()
        page.keyboard.press("Shift+ArrowDown")
        lab.wait(lambda: value(page, "dials_map", "beta2") == 0.9989)
        page.keyboard.press("Shift+ArrowUp")
        lab.wait(lambda: value(page, "dials_map", "beta2") == 0.999)


def test_what_a_screen_reader_is_told(page):
    panel = panel_of(page, "race")
    slider = panel.get_by_role("slider", name="start of the run")
    assert slider.get_attribute("aria-valuetext") == "x −9.00, y 2.00"
    assert 0 <= int(slider.get_attribute("aria-valuenow")) <= 100
    with back_after(panel):
        slider.focus()
        page.keyboard.press("ArrowUp")
        status = panel.locator(".adam-status")
        lab.wait(lambda: status.text_content() == lab.text(panel))


# ---------------------------------------------------------------------------
# With a finger
# ---------------------------------------------------------------------------


@pytest.fixture
def finger(page):
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", dict(enabled=True))

    def touch(kind, *place):
        points = [dict(x=place[0], y=place[1])] if place else []
        devtools.send("Input.dispatchTouchEvent", dict(type=f"touch{kind}", touchPoints=points))

    yield touch
    devtools.send("Emulation.setTouchEmulationEnabled", dict(enabled=False))
    devtools.detach()


def test_a_finger_drags_a_start_and_the_page_stays(page, finger):
    panel = panel_of(page, "race")
    handle = handle_of(panel)
    with back_after(panel):
        x, y = middle(handle)
        finger("Start", x + 14, y)  # beside it, a finger is broad
        for i in range(1, 11):
            finger("Move", x + 14 + 6 * i, y - 3 * i)
        finger("End")
        assert middle(handle) == pytest.approx((x + 60, y - 30), abs=1.5)
        lab.picture(panel)
        assert said(handle) == pytest.approx(value(page, "race"), abs=0.006)


def test_a_finger_on_a_map_sets_or_scrolls(page, finger):
    panel = panel_of(page, "rate_map")
    handle = handle_of(panel)
    with back_after(panel):
        x, y = middle(handle)
        start = lab.text(panel)
        finger("Start", x + 50, y - 50)
        finger("End")
        assert middle(handle) == pytest.approx((x + 50, y - 50), abs=5)
        lab.wait(lambda: lab.text(panel) != start)
        lab.picture(panel)
        set_to = lab.text(panel)
        finger("Start", x, y)
        for i in range(1, 11):
            finger("Move", x, y - 12 * i)
        finger("End")
        lab.picture(panel)
        assert lab.text(panel) == set_to
    panel.scroll_into_view_if_needed()


def test_a_finger_reads_a_curve(page, finger):
    panel = panel_of(page, "race")
    finger("Start", *on_curve(page, step=43))
    finger("End")
    reading = panel.locator(".adam-reading")
    lab.wait(reading.is_visible)
    assert reading.inner_text().startswith("gradient descent (4")
    finger("Start", *off_curves(panel))
    finger("End")
    lab.wait(lambda: not reading.is_visible())


# ---------------------------------------------------------------------------
# Elsewhere
# ---------------------------------------------------------------------------


def test_far_away(browser, server):
    """80 ms: the handle is under the hand at once, the picture a little later."""
    with far(server.port, delay=0.08) as line, lab.live(browser, line, "far.ipynb") as page:
        panel = panel_of(page, "race")
        handle = handle_of(panel)
        with back_after(panel):
            panel.evaluate("panel => watch.film(panel)")
            end = drag(page, middle(handle), (160, -60), moves=60)
            assert middle(handle) == pytest.approx(end, abs=1.5)
            lab.picture(panel)
            seen = page.evaluate("watch.stop()")
            assert seen["pictures"] > 10 and not seen["blank"] and not seen["jumps"]
            assert said(handle) == pytest.approx(value(page, "race"), abs=0.006)


@stage.NEEDED
def test_on_a_slide(browser, projector):
    """Arrows move the start while its handle has the focus, and never the slide."""
    url = show.address(projector[0], "00")
    with stage.opened(browser, url) as (page, errors):
        while not page.locator("section.now .adam-live").count():
            stage.press(page, "Space")
        at = stage.number(page)
        panel = page.locator("section.now .adam-live")
        handle = handle_of(panel)
        start, place = lab.text(panel), middle(handle)
        end = drag(page, place, (90, -40))
        assert middle(handle) == pytest.approx(end, abs=2)
        lab.wait(lambda: lab.text(panel) != start)
        before = said(handle)
        stage.press(page, "ArrowRight", "ArrowDown", "Shift+ArrowRight")
        assert said(handle)[0] > before[0] and said(handle)[1] < before[1]
        assert stage.number(page) == at
        stage.press(page, "Escape", "ArrowRight")
        assert stage.number(page)[0] == at[0] + 1
        assert not errors
