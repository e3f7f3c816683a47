"""How live is the live picture? Beside the same picture made with interact, and far away.

    python tests/browser/measure.py [--changes 2000] [--code FOLDER]

The race panel in JupyterLab in headless Chromium: on this machine, beside interact; then 80 ms
away, and 80 ms away on a line of 5 Mbit/s, through far.py; one page open at a time. Three rounds,
in turn; medians.
latency     from an arrow key on the slider lr to painted new pixels, 16 times a round
dragging    the slider to and fro for 4 s, 60 moves a second: distinct pictures; how long
            after a move its picture comes; how long after the hand lets go the last one; frames
            without a picture, or in which the height of the panel changes
on the line bytes that come for a picture, everything counted
memory      growth of the page's JavaScript and of the kernel over so many arrow keys on the
            slider, 25 a second; interact leaves some out, because it cannot keep up
"""

import argparse
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import baseline
import lab
from far import far

MB = 1e6
RACE = """\
from adam_lab import panels

panel = panels.race()


def told(update=panel._update, **values):
    return f"{update(**values)} lr={values['lr']!r}"


panel._update = told
panel.controls["lr"].value *= 1.0001
panel"""
PLACES = dict(interact={}, here={}, far=dict(delay=0.08), slow=dict(delay=0.08, rate=5e6))


def memory(page):
    return lab.js_heap(page) / MB, lab.kernel_memory(page) / MB


def growth(slider, area, changes, per_second=25):
    """Megabytes that page and kernel grow by over so many arrow keys, and pictures shown."""
    before = memory(slider.page)
    area.evaluate("area => { watch.film(area) }")
    start = time.monotonic()
    for i in range(changes):
        lab.press(slider, "ArrowRight" if i // 20 % 2 else "ArrowLeft")
        time.sleep(max(0, start + (i + 1) / per_second - time.monotonic()))
    lab.picture(area)
    shown = slider.page.evaluate("watch.stop()")["pictures"]
    after = memory(slider.page)
    return {"page": after[0] - before[0], "kernel": after[1] - before[1], "shown": shown}


def one_round(slider, area, line):
    before = line.down
    film = lab.film(slider, area)
    lags = film.pop("lags")
    if len(lags) > 1:
        film["lag"], film["lag95"] = median(lags), quantiles(lags, n=20)[-1]
    film["kB"] = (line.down - before) / 1e3 / max(1, film["pictures"] * 4)
    return film | dict(latency=lab.latency(slider, area))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=2000, help="arrow keys for the memory")
    parser.add_argument("--code", type=Path, default=lab.REPO, help="another copy of our code")
    asked = parser.parse_args()

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        baseline.write(folder / "interact.ipynb")
        for place in list(PLACES)[1:]:
            lab.write(folder / f"{place}.ipynb", RACE)
        config = asked.code / "binder" / "jupyter_server_config.py"
        server = stack.enter_context(lab.server(folder, config, asked.code))
        browser = stack.enter_context(lab.browser())

        @contextmanager
        def opened(place):
            """The only page, warm: its slider, what is looked at, and the line."""
            with far(server.port, **PLACES[place]) as line:
                with lab.notebook(browser, line, f"{place}.ipynb") as (page, _):
                    lab.run_all(page)
                    area = page.locator(".widget-interact, .adam-live").first
                    slider = lab.control(area, "slider", "lr")
                    growth(slider, area, 100)
                    yield slider, area, line

        seen = {place: defaultdict(list) for place in PLACES}
        for number, place in product(range(1, 4), PLACES):
            with opened(place) as its:
                measured = one_round(*its)
            print(f"round {number}, {place}:", flush=True)
            for key, value in measured.items():
                print(f"    {key} {value:.1f}", flush=True)
                seen[place][key].append(value)
        found = {place: {k: median(v) for k, v in seen[place].items()} for place in PLACES}
        for place in ("interact", "here") if asked.changes else ():
            with opened(place) as (slider, area, _):
                found[place] |= growth(slider, area, asked.changes)

    rows = {
        "latency": "arrow key to pixels, ms",
        "pictures": "dragging: pictures a second",
        "lag": "dragging: behind the hand, ms",
        "lag95": "dragging: 95 % within, ms",
        "last": "last picture after letting go, ms",
        "kB": "on the line: kB a picture",
        "blank": "dragging: blank frames",
        "jumps": "dragging: jumps in height",
        "moves": "dragging: moves of the hand a second",
        "frames": "dragging: frames a second",
        "page": f"{asked.changes} keys: page grows by, MB",
        "kernel": f"{asked.changes} keys: kernel grows by, MB",
        "shown": f"{asked.changes} keys: pictures shown",
    }
    heads = ("interact", "ours", "ours / i.", "80 ms", "80 ms, 5 Mbit/s")
    print(f"{'':36}" + "".join(f"{head:>{max(10, len(head) + 2)}}" for head in heads))
    for key, what in rows.items():
        values = {place: found[place].get(key) for place in PLACES}
        ratio = None
        if key in ("latency", "pictures"):
            ratio = values["here"] / values["interact"]
        line = [values["interact"], values["here"], ratio, values["far"], values["slow"]]
        cells = ["" if x is None else f"{x:.2f}" if x is ratio else f"{x:.1f}" for x in line]
        print(f"{what:36}" + "".join(f"{cell:>{max(10, len(head) + 2)}}"
                                     for cell, head in zip(cells, heads, strict=True)))  # fmt: skip


if __name__ == "__main__":
    main()
