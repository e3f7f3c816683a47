"""What a student does with every notebook, done in a real browser.

The tests of one notebook share one page. Each leaves the panels as they were at the start.
"""

import io
import re

import pytest
from PIL import Image, ImageStat

import lab

NOTEBOOKS = sorted((lab.REPO / "notebooks").glob("*.ipynb"))
FIRST = NOTEBOOKS[0].name


@pytest.fixture(scope="module")
def server():
    with lab.server(lab.REPO / "notebooks", lab.CONFIG) as running:
        yield running


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def opened(request, browser, server):
    """A notebook in JupyterLab with all cells run: its page and the page's errors."""
    with lab.notebook(browser, server, request.param.name) as (page, errors):
        lab.run_all(page)
        yield page, errors


def look(panel):
    return lab.picture(panel), lab.text(panel)


def assert_changed(before, after):
    assert before[0] != after[0], "the picture stays as it was"
    assert before[1] != after[1], f"the text alternative stays as it was: {before[1]}"


def assert_same(before, after):
    assert before[1] == after[1]
    assert before[0] == after[0], "the picture is another one"


def first_slider(panel):
    """With the two arrow keys, that into the longer part of its track first."""
    slider = panel.locator(".widget-slider").first
    handle = slider.locator(".noUi-handle")
    low, now, high = (float(handle.get_attribute(f"aria-value{x}")) for x in ("min", "now", "max"))
    ways = ["ArrowRight", "ArrowLeft"]
    return slider, ways if now < (low + high) / 2 else ways[::-1]


def drag_away(panel):
    slider, (away, _) = first_slider(panel)
    lab.drag(slider, to=0.9 if away == "ArrowRight" else 0.1)


def test_drag_and_reset(opened):
    """Every panel shows and says something else when a slider is dragged, until Reset."""
    page, _ = opened
    assert lab.panels(page), "a notebook without a live picture"
    for panel in lab.panels(page):
        first = look(panel)
        assert len(first[1]) > 20
        if not panel.locator(".widget-slider").count():  # menus only
            continue
        drag_away(panel)
        assert_changed(first, look(panel))
        lab.click(panel, "Reset")
        assert_same(first, look(panel))


def test_arrow_keys(opened):
    panel = lab.panels(opened[0])[0]
    first = look(panel)
    slider, (away, back) = first_slider(panel)
    lab.press(slider, away, times=2)
    assert_changed(first, look(panel))
    lab.press(slider, back, times=2)
    assert_same(first, look(panel))


def test_no_errors(opened, server):
    page, errors = opened
    assert not errors
    assert not page.locator(".adam-live [role=alert]").all_inner_texts()
    kernel = page.evaluate(f"{lab._KERNEL}.id")
    other = rf".*Uncaught exception GET /api/kernels/(?!{kernel})"  # of a page that was closed
    wrong = rf"(?!{other})\[[EC] |Traceback|.*(websocket_ping_timeout|WebSocket ping timeout)"
    assert not [line for line in server.log.splitlines() if re.match(wrong, line)]


def test_dark_theme(browser, server):
    """The picture is dark in a dark theme, and live."""
    with lab.notebook(browser, server, FIRST, dark=True) as (page, errors):
        lab.run_all(page)
        panel = lab.panels(page)[0]
        first = look(panel)
        shot = Image.open(io.BytesIO(panel.locator(".adam-picture").screenshot()))
        assert ImageStat.Stat(shot.convert("L")).mean[0] < 100
        drag_away(panel)
        assert_changed(first, look(panel))
        assert not errors


def test_two_hands(browser, server):
    """Slider and button at once: JupyterLab sends them to two threads of the kernel."""
    both = """panel => {
        const key = new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true });
        panel.querySelector(".noUi-handle").dispatchEvent(key);
        [...panel.querySelectorAll("button")].find((b) => b.textContent === "Reset").click();
    }"""
    with lab.notebook(browser, server, FIRST) as (page, _):
        lab.run_all(page)
        panel = lab.panels(page)[0]
        pictures = [lab.picture(panel)]
        lab.press(first_slider(panel)[0], "ArrowRight")
        pictures.append(lab.picture(panel))
        for _ in range(6):
            lab.click(panel, "Reset")
            lab.picture(panel)
            panel.evaluate(both)
            assert lab.picture(panel) in pictures, "neither the one nor the other"


def test_notebook_7(browser, server):
    """The same in Jupyter Notebook, but for the arrow keys, which it takes for itself."""
    with lab.notebook(browser, server, FIRST, app="notebook") as (page, errors):
        lab.run_all(page)
        panel = lab.panels(page)[0]
        first = look(panel)
        drag_away(panel)
        assert_changed(first, look(panel))
        assert not errors
