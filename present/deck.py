"""Prints the slides of lessons as PDF, one page a slide: python present/deck.py FOLDER [LESSON]"""

import sys
import time
from pathlib import Path

import show

sys.path.append(str(show.HERE.parent / "tests" / "browser"))
import lab

# Every panel is live, every formula typeset, every page has found its size.
READY = """async () => {
    const panels = document.querySelectorAll("section[data-panel]").length;
    const live = document.querySelectorAll("section .adam-moving svg").length;
    const sizes = () => [...document.querySelectorAll("section > div")]
        .map((page) => [page.offsetHeight, page.style.zoom]).join();
    const before = sizes();
    await new Promise((wait) => setTimeout(wait, 1000));
    return panels && panels === live && before === sizes();
}"""


def wait_until_ready(page, seconds=300):
    end = time.monotonic() + seconds
    while not page.evaluate(READY):
        if time.monotonic() > end:
            raise RuntimeError("a panel is not live, or the slides do not come to rest")


def printed(page):
    """The slides as PDF."""
    return page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def main(folder, *lessons):
    Path(folder).mkdir(exist_ok=True)
    port = show.free_port()
    with show.served("slides", port), lab.browser() as browser:
        for lesson in lessons or show.LESSONS:
            page = browser.new_page(viewport=dict(width=1280, height=720))
            page.set_default_timeout(300_000)
            page.goto(show.address(port, lesson))
            wait_until_ready(page)
            path = Path(folder, f"{show.LESSONS[lesson].stem}.pdf")
            path.write_bytes(printed(page))
            page.close()
            print(path, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
