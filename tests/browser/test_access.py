"""The panels for those who cannot see them, or have no mouse."""

import re
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

import lab

SHOWN = ["race", "decay", "roll", "stepper", "training"]  # among them every kind of control
LESSON = "02_momentum.ipynb"
WORDS = """
from adam_lab.checks.diagnose import MARKS, Feedback

for verdict in MARKS:
    display(Feedback(verdict, "a hint, with <b>"))
"""
BROKEN = """
import ipywidgets
from matplotlib.figure import Figure

from adam_lab.live import Live

def update(x):
    assert x < 1, "the curve is lost"
    return "a panel that will break"

broken = Live(Figure(figsize=(4, 1)), [], update, dict(x=ipywidgets.IntSlider(description="x")))
display(broken)
broken.controls["x"].value = 1
"""
TALL = 1280, 5000  # axe looks at the contrast of what is in sight
OURS = {"include": [[".adam-live"], [".jp-Notebook .jp-OutputArea-output"]]}
FOCUSED = """() => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
    return {
        panel: [...document.querySelectorAll(".adam-live")].findIndex(
            (panel) => panel.contains(document.activeElement)
        ),
        outline: `${outlineStyle} ${outlineWidth}`,
        color: outlineColor,
    };
}"""
BLUE, SKY = "rgb(0, 114, 178)", "rgb(86, 180, 233)"  # 5.2 and 8.2 to 1 on the page behind them
WHITE = "rgb(255, 255, 255)"  # on the blue button


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A lesson; and these panels and all that a check may answer, in one notebook."""
    folder = tmp_path_factory.mktemp("access")
    shutil.copy(lab.REPO / "notebooks" / LESSON, folder)
    sources = [f"from adam_lab import panels\npanels.{name}()" for name in SHOWN]
    lab.write(folder / "access.ipynb", *sources, WORDS, BROKEN)
    with lab.server(folder, lab.CONFIG) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser, server):
    """The panels in JupyterLab."""
    with lab.notebook(browser, server, "access.ipynb", size=TALL) as (page, errors):
        lab.run_all(page)
        assert len(lab.panels(page)) == len(SHOWN) + 1
        yield page
        assert not errors


@pytest.fixture(scope="module")
def page_7(browser, server):
    """The lesson in Notebook 7."""
    with lab.notebook(browser, server, LESSON, app="notebook", size=TALL) as (page, errors):
        lab.run_all(page)
        yield page
        assert not errors


@pytest.fixture(params=["light", "dark"])
def theme(request, page):
    lab.wear(page, request.param)
    yield request.param
    lab.wear(page, "light")


def faults(page):
    """What axe calls serious or critical within our panels and outputs."""
    # JupyterLab's body has no height, so axe takes all text for hidden and skips its contrast
    page.add_style_tag(content="body { overflow: visible !important }")
    found = Axe().run(page, context=OURS, options={"resultTypes": ["violations"]}).response
    return [
        f"{fault['id']}: {node['html'][:300]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def panel_of(page, name):
    return lab.panels(page)[SHOWN.index(name)]


def test_axe_finds_nothing(page, theme):
    assert not faults(page)


def test_axe_finds_nothing_in_notebook_7(page_7):
    assert not faults(page_7)


def test_axe_sees_what_is_planted(page):
    """Were it blind, the tests above would pass too."""
    planted = {
        "button-name": "<button></button>",
        "aria-input-field-name": '<div role="slider" tabindex="0" aria-valuenow="1"></div>',
        "color-contrast": '<p style="color: #999; background: #fff">pale</p>',
        "svg-img-alt": '<svg role="img"></svg>',
    }
    panel = lab.panels(page)[0]
    panel.evaluate(
        "(panel, html) => panel.insertAdjacentHTML('beforeend', `<div id=bad>${html}</div>`)",
        "".join(planted.values()),
    )
    try:
        assert {fault.split(":")[0] for fault in faults(page)} == set(planted)
    finally:
        page.evaluate("document.getElementById('bad').remove()")


def test_every_picture_has_its_words(page):
    for name, panel in zip(SHOWN, lab.panels(page), strict=False):
        picture = panel.get_by_role("img")
        assert picture.count() == 1, name
        assert len(picture.get_attribute("aria-label")) > 60, name
    unnamed = page.locator(".jp-Notebook img:not([alt])")
    assert unnamed.count() == 0


def test_tab_reaches_everything_and_shows_where(page, theme):
    """Forward through each panel: every control, in its order, with a name and an outline."""
    color = dict(light=BLUE, dark=SKY)[theme]
    for number, panel in enumerate(lab.panels(page)):
        controls = panel.locator("[tabindex], [contenteditable=true], button, select, input")
        wanted = controls.locator("visible=true").and_(page.locator(":enabled, div"))
        names = [control.aria_snapshot().strip() for control in wanted.all()]
        wanted.first.focus()
        for name in names:
            focused, now = page.locator(":focus"), page.evaluate(FOCUSED)
            shade = WHITE if "mod-primary" in (focused.get_attribute("class") or "") else color
            assert now == dict(panel=number, outline="solid 3px", color=shade), name
            assert focused.aria_snapshot().strip() == name
            assert re.match(r'- \w+ "\w.*"', name.replace("◀ ", "")), f"no name: {name}"
            page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["panel"] != number, "Tab goes round in the panel"


def test_a_picture_wider_than_the_page_is_scrolled_by_keyboard(page):
    before, picture = page.viewport_size, panel_of(page, "roll").locator(".adam-picture")
    assert not picture.get_attribute("tabindex")
    page.set_viewport_size(dict(width=640, height=before["height"]))
    try:
        lab.wait(lambda: picture.get_attribute("tabindex") == "0")
        assert not faults(page)
        picture.focus()
        page.keyboard.press("ArrowRight")
        lab.wait(lambda: picture.evaluate("picture => picture.scrollLeft") > 0)
        assert picture.evaluate("picture => picture === document.activeElement")
    finally:
        page.set_viewport_size(before)
    lab.wait(lambda: not picture.get_attribute("tabindex"))


def check_slider_keys(page, panel):
    """All keys of a slider; what a screen reader is told follows."""
    slider = panel.get_by_role("slider", name="step t")
    slider.focus()
    assert slider.get_attribute("aria-valuetext") == "150"
    for key, value in (
        ("ArrowLeft", 149), ("ArrowDown", 148), ("ArrowRight", 149), ("ArrowUp", 150),
        ("PageDown", 145), ("PageUp", 150), ("Home", 0), ("End", 150),
    ):  # fmt: skip
        page.keyboard.press(key)
        page.wait_for_function(
            "value => document.activeElement.getAttribute('aria-valuetext') === value",
            arg=f"{value}",
        )
    page.keyboard.press("Home")
    status = panel.locator(".adam-status")
    status.get_by_text("after 0 steps").wait_for(state="attached")
    assert status.text_content() == lab.text(panel)
    page.keyboard.press("End")
    status.get_by_text("after 150 steps").wait_for(state="attached")


def test_the_keys_of_a_slider(page):
    check_slider_keys(page, panel_of(page, "roll"))


def test_the_keys_of_a_slider_in_notebook_7(page_7):
    check_slider_keys(page_7, lab.panels(page_7)[0])


def test_a_screen_reader_hears_values_and_not_places(page):
    """ipywidgets alone says -0.69897 for 0.2, and 20 for 0.9."""
    panel = panel_of(page, "roll")
    for name, value in (("lr learning rate", "0.200"), ("β momentum", "0.9")):
        slider = panel.get_by_role("slider", name=name)
        assert slider.get_attribute("aria-valuetext") == value
    box = panel.get_by_role("textbox", name="lr learning rate")
    box.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    lr = panel.get_by_role("slider", name="lr learning rate")
    page.wait_for_function("lr => lr.ariaValueText === '0.500'", arg=lr.element_handle())
    lab.click(panel, "Reset")
    lab.picture(panel)


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_play_stop_and_reset_by_keyboard(page, key):
    panel = panel_of(page, "roll")
    start = lab.text(panel)
    panel.get_by_role("button", name="Play").focus()
    page.keyboard.press(key)
    panel.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press(key)
    panel.get_by_role("button", name="Play").wait_for()
    panel.get_by_role("button", name="Stop").focus()
    page.keyboard.press(key)
    lab.picture(panel)
    assert "after 0 steps" in lab.text(panel)
    panel.get_by_role("button", name="Reset").focus()
    page.keyboard.press(key)
    lab.picture(panel)
    assert lab.text(panel) == start


def test_only_what_takes_a_text_can_be_typed_in(page):
    """A dial over marks shows its value; the others take one."""
    panel = panel_of(page, "roll")
    for name, editable in (("β momentum", "false"), ("lr learning rate", "true")):
        readout = lab.control(panel, "slider", name).locator(".widget-readout")
        assert readout.get_attribute("contenteditable") == editable


def test_reset_while_it_plays(page):
    """It stops, and everything is as at the start, whatever was under way."""
    panel = panel_of(page, "roll")
    start = lab.text(panel)
    for seconds in (0.3, 0.7, 1.2):
        lab.click(panel, "Play")
        page.wait_for_function(
            "([panel, start]) => panel.querySelector('svg[role=img]').ariaLabel !== start",
            arg=[panel.element_handle(), start],
        )
        page.wait_for_timeout(1000 * seconds)
        lab.click(panel, "Reset")
        lab.picture(panel, rest=1)
        assert lab.text(panel) == start
        assert panel.get_by_role("button", name="Play", exact=True).count() == 1


def test_jupyter_keeps_its_keys(page):
    """Shift and Enter on a slider runs the cell as ever."""
    panel = panel_of(page, "roll")
    panel.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft")
    active = "jupyterapp.shell.currentWidget.content.activeCellIndex"
    page.evaluate(f"{active} = {SHOWN.index('roll')}")
    page.locator(":focus").press("Shift+Enter")
    page.wait_for_function(f"{active} === {SHOWN.index('roll') + 1}")
