"""`make present`: every slide of every lesson fits a projector, and the keyboard is enough."""

import os

import pytest

import lab
import stage

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("ADAM_SKIP_BROWSER")), reason="asked to"),
    pytest.mark.skipif(bool(stage.MISSING), reason=str(stage.MISSING)),
]

# Of each slide: its scale (stage.js sets no type smaller than 18 of 720 pixels), and how far
# it or one of its cells sticks out, in pixels.
MEASURE = """[...document.querySelectorAll("section")].map((slide, i) => {
    const stage = slide.getBoundingClientRect();
    const cells = [...slide.querySelectorAll(".stage-cell:not([hidden])")];
    const out = cells.map((cell) => cell.getBoundingClientRect()).map((box) => Math.max(
        stage.top - box.top, box.bottom - stage.bottom,
        stage.left - box.left, box.right - stage.right));
    out.push(...[...slide.querySelectorAll("pre")].map((pre) => pre.scrollWidth - pre.clientWidth));
    return [i + 1, Number(slide.firstChild.style.zoom), Math.max(...out,
        slide.scrollHeight - slide.clientHeight, slide.scrollWidth - slide.clientWidth)];
})"""


@pytest.fixture(scope="module")
def browser():
    with lab.browser() as running:
        yield running


@pytest.fixture(scope="module", params=stage.LESSONS)
def slides(request, browser):
    with stage.served("slides", request.param) as url, stage.opened(browser, url) as shown:
        yield *shown, request.param


def test_every_slide_fits(slides):
    page, errors, lesson = slides
    assert page.locator(".adam-live .adam-moving svg").count() == stage.calls(lesson)
    measured = page.evaluate(MEASURE)
    assert len(measured) == stage.number(page)[1] > 5
    assert not [slide for slide in measured if slide[2] > 1]
    assert not page.locator(".jp-RenderedText[data-mime-type*=stderr]").all_inner_texts()
    assert not errors


def test_keyboard_only(slides):
    """Tab goes through the panel, arrows move its dials and never the slide, Escape leads back."""
    page, _, _ = slides
    stage.press(page, "Home")
    while not page.locator("section.now .adam-live").count():
        stage.press(page, "Space")
    at = stage.number(page)
    panel = page.locator("section").nth(at[0] - 1).locator(".adam-live")

    said = lab.text(panel)
    inside, stops = "panel => panel.contains(document.activeElement)", 0
    stage.press(page, "Tab")
    while panel.evaluate(inside):
        stops += 1
        stage.press(page, "ArrowRight", "ArrowRight", "ArrowRight")
        assert stage.number(page) == at
        stage.press(page, "Tab")
    assert stops >= panel.locator(".noUi-handle").count() > 0
    stage.wait(lambda: lab.text(panel) != said)
    stage.press(page, "Shift+Tab")
    assert panel.evaluate(inside)

    stage.press(page, "Escape", "ArrowRight")
    assert stage.number(page)[0] == at[0] + 1
    stage.press(page, "ArrowLeft")
    assert stage.number(page) == at
    stage.press(page, "End", "Space")
    assert stage.number(page)[0] == at[1]
    stage.press(page, "Shift+Space")
    assert stage.number(page)[0] == at[1] - 1
