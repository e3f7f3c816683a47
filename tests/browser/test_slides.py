"""`make present`: every slide of every lesson fits every projector, and the keyboard is enough."""

import re

import pytest

import lab
import stage
from stage import deck, show

pytestmark = stage.NEEDED

SIZES = [(1280, 720), (1366, 768), (1920, 1080), (2560, 1440)]
LEAST = 20  # of 720 pixels, for all that is to be read
FIGURES = 15.6  # the least type in figures for a projector, see adam_lab/figures

# Type that is too small, in pixels of a stage 720 high. Formulas count as a whole: their indices
# are smaller.
TOO_SMALL = """(least, figures) => {
    const stage = document.getElementById("stage");
    const found = [];
    const walk = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT);
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        const inside = text.parentElement;
        if (!text.textContent.trim() || inside.closest(
            "[hidden], script, style, svg, mjx-container, .adam-status, #page")) continue;
        if (!inside.getClientRects().length) continue;
        const { fontSize } = getComputedStyle(inside);
        const size = parseFloat(fontSize) * inside.currentCSSZoom / stage.currentCSSZoom;
        if (size < least) found.push([text.textContent.trim().slice(0, 30), size]);
    }
    for (const math of stage.querySelectorAll("section mjx-container")) {
        if (!math.getClientRects().length) continue;
        const size = parseFloat(getComputedStyle(math).fontSize);
        const shown = size * math.currentCSSZoom / stage.currentCSSZoom;
        if (shown < least) found.push([math.textContent.slice(0, 30), shown]);
    }
    for (const svg of stage.querySelectorAll(".adam-moving svg")) {
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
            / stage.currentCSSZoom;
        if (scale * figures < least) found.push(["a picture", scale * figures]);
        for (const text of svg.querySelectorAll("text")) {
            const size = parseFloat(getComputedStyle(text).fontSize) * scale;
            if (size < least) found.push([text.textContent, size]);
        }
    }
    return found;
}"""

# Dials whose track is too short for a hand, in pixels of a stage 1280 wide.
SHORT = """(least) => [...document.querySelectorAll(".adam-live .noUi-base")]
    .map((track) => [track.closest("section").dataset.panel, track.getBoundingClientRect().width])
    .filter(([_, wide]) => wide < least)"""

# Slides with one line and no heading.
ALONE = """[...document.querySelectorAll("section:not([data-panel])")].filter((page) =>
    page.firstChild.offsetHeight < 60 && !page.querySelector("h1, h2, h3")).map(
    (page) => page.textContent.trim())"""

# Printed lines that could be whole and are not.
BROKEN = """[...document.querySelectorAll("section pre")].filter((pre) =>
    pre.getClientRects().length && !pre.closest("details") && !/.{101}/u.test(pre.textContent)
).filter((pre) => {
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(pre);
    const high = pre.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    const lines = pre.textContent.replace(/\\n$/, "").split("\\n").length;
    return high > (lines + 0.9) * parseFloat(lineHeight);
}).map((pre) => pre.textContent)"""

# Of each slide: where p leads, and where p leads from there.
THERE_AND_BACK = """() => {
    const press = (key) => document.body.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true }));
    const pages = [...document.querySelectorAll("section")];
    const now = () => pages.findIndex((page) => page.matches(".now"));
    press("Home");
    return pages.map((page, i) => {
        const asks = page.textContent.includes("Predict.");
        const begins = Boolean(page.querySelector("h2")), { panel } = page.dataset;
        const told = { i, asks, begins, panel, chapter: page.chapter };
        if (!panel) {
            press("p");
            told.there = now();
            press("p");
            told.back = now();
        }
        press("PageDown");
        if (now() === i && i < pages.length - 1) throw new Error("stuck");
        return told;
    });
}"""


@pytest.fixture(scope="module", params=stage.LESSONS)
def slides(request, browser, projector):
    with stage.opened(browser, show.address(projector[0], request.param)) as shown:
        yield *shown, request.param


def test_every_slide_fits(slides):
    page, errors, lesson = slides
    assert page.locator(".adam-live .adam-moving svg").count() == stage.calls(lesson)
    assert page.evaluate(f"({TOO_SMALL})({LEAST}, {FIGURES})") == []
    assert page.evaluate(f"({SHORT})(40)") == []
    for wide, high in SIZES:
        page.set_viewport_size(dict(width=wide, height=high))
        deck.wait_until_ready(page)
        assert page.evaluate(stage.STICKS_OUT) == [], (wide, high)
        zoom = page.locator("#stage").evaluate("stage => Number(stage.style.zoom)")
        assert zoom == pytest.approx(min(wide / 1280, high / 720), abs=1e-4), (wide, high)
    assert stage.number(page)[1] > 5
    assert page.evaluate(ALONE) == [] and page.evaluate(BROKEN) == []
    assert page.locator("section[data-head*='$']").count() == 0
    assert not page.locator(".jp-RenderedText[data-mime-type*=stderr]").all_inner_texts()
    assert not errors


def test_slides_speak_of_a_panel(slides):
    """p leads from a question to the panel after it, from a comment to the one before; and back.

    From a question whose section has only a panel before it, to that one.
    """
    page, _, _ = slides
    told = page.evaluate(THERE_AND_BACK)
    panels = {slide["i"]: slide["chapter"] for slide in told if slide["panel"]}
    for slide in told:
        if slide["i"] in panels:
            continue
        assert slide["there"] in panels
        assert slide["back"] == slide["i"]
        near = [i for i, chapter in panels.items() if chapter == slide["chapter"]]
        if slide["asks"] and near:
            assert slide["there"] == next((i for i in near if i > slide["i"]), near[-1])
        if slide["asks"] and slide["i"] + 1 in panels:
            assert slide["there"] == slide["i"] + 1
        elif not slide["asks"] and not slide["begins"] and slide["i"] - 1 in panels:
            assert slide["there"] == slide["i"] - 1


def test_links_lead_to_lessons(slides):
    page, _, lesson = slides
    links = page.evaluate(
        "[...document.querySelectorAll('section a[href]')].map((a) => [a.href, a.target])"
    )
    assert {target for _, target in links} <= {"_blank"}
    leads = [url for url, _ in links if ".ipynb" in url]
    assert leads or lesson == stage.LESSONS[-1]
    for url in leads:
        assert re.search(r"/voila/render/([^/#?]+)", url)[1] in {
            path.name for path in show.LESSONS.values()
        }


def test_printed_one_page_a_slide(slides):
    page, _, _ = slides
    pdf = deck.printed(page)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == stage.number(page)[1]
    assert b"1280" not in re.findall(rb"/MediaBox \[([^]]*)\]", pdf)[0]  # points, not pixels
    assert set(re.findall(rb"/MediaBox \[([^]]*)\]", pdf)) == {b"0 0 960 540"}


def test_keyboard_only(slides):
    """Tab goes through the panel, arrows move its dials and never the slide, Escape leads back."""
    page, _, _ = slides
    stage.press(page, "Home")
    while not page.locator("section.now .adam-live .noUi-handle").count():
        stage.press(page, "PageDown")
    at = stage.number(page)
    panel = page.locator("section.now .adam-live")

    said = lab.text(panel)
    inside, stops = "panel => panel.contains(document.activeElement)", 0
    dial = "document.activeElement.matches('.noUi-handle')"
    stage.press(page, "Tab")
    while panel.evaluate(inside):
        stops += 1
        if page.evaluate(dial):
            stage.press(page, "ArrowRight", "ArrowRight", "ArrowRight")
        assert stage.number(page) == at
        stage.press(page, "Tab")
    assert stops >= panel.locator(".noUi-handle").count() > 0
    lab.wait(lambda: lab.text(panel) != said)
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
