"""A lesson as `make present` and `make panels` show it, in the headless browser."""

import re
import socket
import sys
import time
from contextlib import contextmanager

import nbformat

import lab

sys.path.insert(0, str(lab.REPO / "present"))
import deck
import show

LESSONS = sorted(show.LESSONS)
MISSING = not (show.VOILA / "ready").exists() and "no Voila here: `make browser` installs it"


# JupyterLab's widget manager says this now and then: Voila loads it beside its own, which has the
# model. That every panel is there and live is seen below.
NOT_OURS = "widget model not found"


def calls(lesson):
    """How many panels the lesson calls."""
    cells = nbformat.read(show.LESSONS[lesson], as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return len(re.findall(r"^panels\.\w+\(", code, re.M))


@contextmanager
def served(what, lesson):
    """Address of a lesson, served as "slides" or "panels"."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with show.served(what, port):
        yield show.address(port, lesson)


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
    finally:
        context.close()


def wait(ready, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def number(page):
    """Of the page that is shown, from 1, and of how many."""
    return tuple(map(int, page.locator("#page").inner_text().split(" / ")))


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
