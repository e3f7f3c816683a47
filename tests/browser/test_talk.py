"""`make present` as a talk: keys from everywhere, the overview, what is folded, other lessons."""

import sys
from pathlib import Path

import pytest

import lab
import stage
from stage import deck, show

pytestmark = stage.NEEDED


@pytest.fixture(scope="module")
def page(browser, projector):
    """A short lesson."""
    with stage.opened(browser, show.address(projector[0], "01")) as (shown, _):
        yield shown


def test_a_clicker_turns_the_page_from_every_control(page):
    """Also after a button was pressed; and the slide is there, not half of the one before."""
    button = "button:not(.adam-save *)"  # those are not on slides
    kinds = ".noUi-handle", button, "select", "input[type=checkbox]", "[contenteditable=true]"
    for kind in kinds:
        stage.press(page, "Escape", "Home")
        slides = page.locator("section").filter(has=page.locator(f".adam-live {kind}"))
        name = slides.first.get_attribute("data-panel")
        while page.locator("section.now").get_attribute("data-panel") != name:
            stage.press(page, "PageDown")
        at = stage.number(page)[0]
        control = page.locator(f"section.now .adam-live {kind}").last
        control.click() if kind == button else control.focus()
        stage.press(page, "PageDown")
        assert stage.number(page)[0] == at + 1, kind
        assert page.evaluate(stage.STICKS_OUT) == [], kind
        stage.press(page, "PageUp")
        assert stage.number(page)[0] == at, kind
        page.locator(f"section.now .adam-live {kind}").last.focus()
        stage.press(page, "ArrowRight")
        free = kind in (button, "input[type=checkbox]")
        assert stage.number(page)[0] == at + free, kind
        if free:  # Space presses it
            stage.press(page, "ArrowLeft")
            page.locator(f"section.now .adam-live {kind}").last.focus()
            stage.press(page, "Space")
            assert stage.number(page)[0] == at, kind


def test_an_unfolded_solution_leaves_all_reachable(page):
    """Also one that is higher than the stage."""
    slide = page.locator("section").filter(has=page.locator("details")).first
    stage.press(page, "Escape", "Home")
    while not page.locator("section.now details").count():
        stage.press(page, "PageDown")
    number = stage.number(page)
    for summary in slide.locator("summary").all():
        summary.focus()
        stage.press(page, "Enter")
    assert slide.locator("details[open]").count() == slide.locator("details").count()
    slide.locator("details").last.evaluate("folded => { folded.style.minHeight = '1500px' }")
    lab.wait(lambda: slide.evaluate("slide => slide.scrollHeight > slide.clientHeight + 100"))
    slide.evaluate("slide => { slide.scrollTop = 0 }")
    box = slide.locator("h3").bounding_box()
    assert box["y"] >= 0
    end = """slide => { slide.scrollTop = 1e6;
        return slide.lastChild.getBoundingClientRect().bottom <= innerHeight }"""
    assert slide.evaluate(end)
    assert stage.number(page) == number


def test_what_is_unfolded_is_seen(page):
    """Where it ends below the edge, the slide scrolls by itself."""
    stage.press(page, "Escape", "Home")
    while not page.locator("section.now details").count():
        stage.press(page, "PageDown")
    page.locator("section.now").evaluate(
        """slide => {
            for (const folded of slide.querySelectorAll("details")) {
                folded.open = false;
                folded.style.minHeight = "";
                folded.lastElementChild.style.height = "850px";
            }
            slide.scrollTop = 0;
        }"""
    )
    folded = page.locator("section.now details").last
    folded.locator("summary").focus()
    stage.press(page, "Enter")
    seen = "e => e.open && e.getBoundingClientRect().bottom < innerHeight + 1"
    lab.wait(lambda: folded.evaluate(seen))
    assert page.locator("section.now").evaluate("slide => slide.scrollTop") > 0


def test_overview_and_keys(page):
    stage.press(page, "Escape", "Home", "o")
    entries = page.locator("dialog[open] li button")
    assert entries.count() == stage.number(page)[1]
    stage.press(page, "ArrowDown", "ArrowDown", "Enter")
    assert stage.number(page)[0] == 3
    stage.press(page, "o")
    page.locator("dialog[open] li button").nth(5).click()
    assert stage.number(page)[0] == 6
    stage.press(page, "o", "Escape", "ArrowLeft")
    assert stage.number(page)[0] == 5
    stage.press(page, "?")
    assert "PageDown" in page.locator("dialog[open]").inner_text()
    stage.press(page, "Escape")
    assert not page.locator("dialog[open]").count()


def test_code_that_computes_is_not_shown(page):
    assert page.locator(".plumbing pre").count() > 0
    inputs = page.locator(".plumbing .jp-Cell-inputWrapper")  # of slides that are not shown, too
    assert inputs.count() and not any(
        inputs.evaluate_all("found => found.map((each) => each.getClientRects().length)")
    )


def test_handles_are_seen(page):
    colours = page.evaluate(
        "[...document.querySelectorAll('.noUi-handle')]"
        ".map((handle) => getComputedStyle(handle).backgroundColor)"
    )
    assert set(colours) == {"rgb(85, 85, 85)"}


@pytest.mark.skipif(sys.platform != "linux", reason="counts processes in /proc")
def test_reload_leaves_no_kernel_behind(page, projector):
    def kernels():
        found = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                found += f"PPid:\t{projector[1].pid}\n" in status.read_text()
            except OSError:  # it has ended meanwhile
                continue
        return found

    before = kernels()
    assert before
    stage.press(page, "Escape", "Home", "PageDown", "PageDown")
    page.reload(timeout=300_000)
    page.wait_for_selector("section.now")
    deck.wait_until_ready(page)
    assert stage.number(page)[0] == 3
    lab.wait(lambda: kernels() <= before)


def test_a_link_opens_the_other_lesson(page):
    stage.press(page, "End")
    with page.context.expect_page() as opened:
        page.locator("section.now a[href*=ipynb]").last.click()
    opened.value.wait_for_selector("section.now", timeout=300_000)
    assert "02" in opened.value.locator("section.now h1").inner_text()
    assert stage.number(page)[0] == stage.number(page)[1]
