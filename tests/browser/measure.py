"""How live is the live picture? Our race panel beside the same picture made with interact.

    python tests/browser/measure.py [--changes 2000]

Both are open in one JupyterLab in headless Chromium; three rounds, in turn; medians.
latency     from an arrow key on the slider lr to painted new pixels, 16 times a round
dragging    the slider to and fro for 4 s, 60 mouse moves a second: distinct pictures, frames
            without a picture, frames in which the height of the panel changes
memory      growth of the page's JavaScript and of the kernel over so many arrow keys on the
            slider, 25 a second; interact leaves some out, because it cannot keep up
"""

import argparse
import shutil
import time
from collections import defaultdict
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import baseline
import lab

MB = 1e6


def memory(page):
    return lab.js_heap(page) / MB, lab.kernel_memory(page) / MB


def growth(slider, area, changes, per_second=25):
    """Megabytes that page and kernel grow by over so many arrow keys, and pictures shown."""
    before = memory(slider.page)
    area.evaluate("watch.film")
    start = time.monotonic()
    for i in range(changes):
        lab.press(slider, "ArrowRight" if i // 20 % 2 else "ArrowLeft")
        time.sleep(max(0, start + (i + 1) / per_second - time.monotonic()))
    lab.picture(area)
    shown = slider.page.evaluate("watch.stop()")["pictures"]
    after = memory(slider.page)
    return {"page": after[0] - before[0], "kernel": after[1] - before[1], "shown": shown}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=2000, help="arrow keys for the memory")
    changes = parser.parse_args().changes

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        shutil.copy(lab.REPO / "notebooks" / "00_start_here.ipynb", folder / "ours.ipynb")
        baseline.write(folder / "interact.ipynb")
        server = stack.enter_context(lab.server(folder, lab.CONFIG))
        browser = stack.enter_context(lab.browser())

        areas = {}
        for name, selector in ("interact", ".widget-interact"), ("ours", ".adam-live"):
            page, _ = stack.enter_context(lab.notebook(browser, server, f"{name}.ipynb"))
            lab.run_all(page)
            areas[name] = page.locator(selector).first
        sliders = {name: lab.control(area, "slider", "lr") for name, area in areas.items()}
        for name, area in areas.items():  # warm up
            growth(sliders[name], area, 100)

        seen = {name: defaultdict(list) for name in areas}
        for _, name in product(range(3), areas):
            film = lab.film(sliders[name], areas[name])
            for key, value in (film | {"latency": lab.latency(sliders[name], areas[name])}).items():
                seen[name][key].append(value)
        found = {name: {k: median(v) for k, v in seen[name].items()} for name in areas}
        for name, area in areas.items():
            found[name] |= growth(sliders[name], area, changes)

    rows = {
        "latency": "arrow key to pixels, ms",
        "pictures": "dragging: pictures a second",
        "blank": "dragging: blank frames",
        "jumps": "dragging: jumps in height",
        "moves": "dragging: mouse moves a second",
        "frames": "dragging: frames a second",
        "page": f"{changes} keys: page grows by, MB",
        "kernel": f"{changes} keys: kernel grows by, MB",
        "shown": f"{changes} keys: pictures shown",
    }
    theirs, ours = found["interact"], found["ours"]
    print(f"{'':36}{'interact':>10}{'ours':>10}{'ratio':>8}")
    for key, what in rows.items():
        ratio = f"{ours[key] / theirs[key]:8.2f}" if key in ("latency", "pictures") else ""
        print(f"{what:36}{theirs[key]:10.1f}{ours[key]:10.1f}{ratio}")


if __name__ == "__main__":
    main()
