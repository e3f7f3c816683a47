"""A lesson as `make present` and `make panels` show it, in the headless browser."""

import re
import sys
from contextlib import contextmanager

import nbformat
import pytest

import lab

sys.path.insert(0, str(lab.REPO / "present"))
import deck
import show

LESSONS = sorted(show.LESSONS)
NEEDED = pytest.mark.skipif(
    not (show.VOILA / "ready").exists(), reason="no Voila here: `make browser` installs it"
)


# JupyterLab's widget manager says this now and then: Voila loads it beside its own, which has the
# model. That every panel is there and live is seen below.
NOT_OURS = "widget model not found"


# Of each slide: how far it or one of its cells sticks out of the stage, and that of the window.
STICKS_OUT = """[...document.querySelectorAll("section")].map((slide, i) => {
    const stage = document.getElementById("stage").getBoundingClientRect();
    const { clientWidth: wide, clientHeight: high } = document.documentElement;
    const cells = [...slide.querySelectorAll(".stage-cell:not([hidden])")];
    const out = cells.map((cell) => cell.getBoundingClientRect()).map((box) => Math.max(
        stage.top - box.top, box.bottom - stage.bottom,
        stage.left - box.left, box.right - stage.right));
    out.push(...[...slide.querySelectorAll("pre")].map((pre) => pre.scrollWidth - pre.clientWidth));
    out.push(-stage.top, -stage.left, stage.bottom - high, stage.right - wide);
    for (const all of [slide, document.documentElement, document.body])
        out.push(all.scrollHeight - all.clientHeight, all.scrollWidth - all.clientWidth);
    return [i + 1, Math.max(...out)];
}).filter(([_, out]) => out > 1)"""


def calls(lesson):
    """How many panels the lesson calls."""
    cells = nbformat.read(show.LESSONS[lesson], as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return len(re.findall(r"^panels\.\w+\(", code, re.M))


@contextmanager
def served(what):
    """Port and process of a server of all lessons, as "slides" or "panels"."""
    port = lab.free_port()
    with show.served(what, port) as process:
        yield port, process


@contextmanager
def opened(browser, url, *, size=(1280, 720), dark=False):
    """The page with its panels live; and what went wrong in it or was asked of other machines."""
    origin = re.match(r"\w+://[^/]+", url)[0]
    context = browser.new_context(
        viewport=dict(width=size[0], height=size[1]), color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(60_000)
    page, errors = context.new_page(), []
    page.on(
        "console",
        lambda m: errors.append(m.text) if m.type == "error" and NOT_OURS not in m.text else None,
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: re.match(f"{origin}/|data:|blob:", r.url) or errors.append(r.url))
    try:
        page.goto(url, timeout=300_000)  # lesson 07 on a busy machine
        page.wait_for_selector("section.now", timeout=300_000)
        deck.wait_until_ready(page)
        yield page, errors
        page.goto("about:blank")  # so that its kernel ends
    finally:
        context.close()


def number(page):
    """Of the page that is shown, from 1, and of how many."""
    return tuple(map(int, page.locator("#page").inner_text().split(" / ")))


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
