"""What needs no browser: contrast, looks that differ without colour, the sentence, the wheel."""

import os
import subprocess
import sys
from itertools import combinations
from unittest.mock import patch

import nbformat
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import rgb_to_hsv, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from nbclient import NotebookClient

from adam_lab import _advice, drawing, figures, night, panels
from adam_lab.checks.diagnose import MARKS
from adam_lab.figures import Look, line, styled
from data.record_figures import FILE, undrawn
from searched import searched

REPO = FILE.parent.parent.parent


# ---------------------------------------------------------------------------
# Contrast
# ---------------------------------------------------------------------------


def luminance(rgb):
    """WCAG 2: of sRGB from 0 to 1."""
    rgb = np.asarray(rgb)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def pixels(paper):
    """The picture as it is seen, (rows, columns, 3), first row below."""
    return np.array(paper.buffer_rgba())[::-1, :, :3]


def ratio(ink, ground):
    """Contrast of the strongest part of what is drawn, pixel by pixel with what was there."""
    other = np.logical_or.reduce([ink[..., k] != ground[..., k] for k in range(3)])
    ink, ground = (picture[other].astype(int) for picture in (ink, ground))
    changed = np.abs(ink - ground).sum(axis=-1)
    if not changed.max(initial=0) > 5:
        return None  # outside of the picture, or hidden
    strong = changed > 0.8 * changed.max()
    ratios = contrasts(ink[strong] / 255, ground[strong] / 255)
    return np.quantile(ratios, 0.8)


def contrasts(one, other):
    low, high = np.sort([luminance(one), luminance(other)], axis=0)
    return (high + 0.05) / (low + 0.05)


def around(artist, paper, picture):
    """The part of the picture that it is drawn on."""
    box = artist.get_window_extent(paper.get_renderer())
    box = np.nan_to_num([box.intervaly, box.intervalx], nan=0)  # an empty line has no place
    box = np.clip(box + np.array([-2, 3]), 0, np.transpose([picture.shape[:2]])).astype(int)
    return picture[slice(*box[0]), slice(*box[1])]


def apart(figure, canvas):
    """The picture but for lines and texts; these."""
    paper, lines, texts = canvas(figure), [], []
    with (
        patch.object(Line2D, "draw", lambda line, renderer: lines.append(line)),
        patch.object(Text, "draw", lambda text, renderer: texts.append(text)),
    ):
        paper.draw()
    return paper, lines, texts


def pale_lines(figure, paper, lines):
    """Lines with less than 3 to 1 on what lies behind them."""
    ground, empty = pixels(paper), paper.copy_from_bbox(figure.bbox)
    ticks = {tick for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)
             for tick in axis.findobj(Line2D)}  # fmt: skip
    for one in lines:
        if one in ticks or one.get_gid() == "frame" or one.get_path_effects():
            continue
        paper.restore_region(empty)
        one.draw(paper.get_renderer())
        found = ratio(*(around(one, paper, picture) for picture in (pixels(paper), ground)))
        if found and found < 3:
            where = one.axes and one.axes.get_title(loc="left")
            yield f"{one.get_label()} {one.get_color()} in {where}: {found:.1f}"
    paper.restore_region(empty)


def pale_texts(paper, lines, texts):
    """Texts with less than 4.5 to 1 on what lies behind them."""
    for one in lines:
        one.draw(paper.get_renderer())
    ground = pixels(paper)
    for text in texts:
        text.draw(paper.get_renderer())
    drawn = pixels(paper)
    for text in texts:
        if text.get_path_effects() or not text.get_text().strip():
            continue  # a halo; nothing
        found = ratio(*(around(text, paper, picture) for picture in (drawn, ground)))
        if found and found < 4.5:
            yield f"{text.get_text()!r}: {found:.1f}"


def tick(panel):
    """Every box, so that all it can draw is there."""
    for control in panel.controls.values():
        if isinstance(control.value, bool):
            control.value = True


def pale(figure, canvas, with_lines=True):
    with drawing:
        figure.set_dpi(100)
        try:
            paper, lines, texts = apart(figure, canvas)
            found = list(pale_lines(figure, paper, lines)) if with_lines else []
            return found + list(pale_texts(paper, lines, texts))
        finally:
            figure.set_dpi(72)


@searched(panels)
@pytest.mark.parametrize("canvas", [FigureCanvasAgg, night.Canvas], ids=["day", "night"])
def test_texts_and_lines_are_not_pale(panel, canvas):
    """As drawn, with every box ticked; texts with every dial at its end, too."""
    with undrawn():
        tick(panel)
    at_start = pale(panel.figure, canvas)
    with undrawn():
        for control in panel.controls.values():
            if hasattr(control, "max"):
                control.value = control.max
    assert at_start + pale(panel.figure, canvas, with_lines=False) == []


@pytest.mark.parametrize("canvas", [FigureCanvasAgg, night.Canvas], ids=["day", "night"])
def test_what_is_pale_is_found(canvas):
    figure = Figure(facecolor="white")
    ax = figure.subplots()
    figure.text(0.1, 0.95, "grey", color="#a0a0a0")
    figure.text(0.5, 0.95, "black")
    ax.plot([0, 1], [0, 1], color="#c8c8c8", label="pale")
    ax.plot([0, 1], [1, 0], color="#000000", label="black")
    assert [found.split()[0] for found in pale(figure, canvas)] == ["pale", "'grey':"]
    assert contrast((0, 0, 0), (1, 1, 1)) == 21


def test_a_colour_keeps_its_name_by_night():
    for name in ("BLUE", "ORANGE", "GREEN", "RED"):
        day = getattr(figures, name).lower()
        assert abs(rgb_to_hsv(to_rgb(night.shade(day)))[0] - rgb_to_hsv(to_rgb(day))[0]) < 0.05


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_the_marks_of_a_check_stand_out(page):
    """Its words have the colour of the page's; the bar beside them needs 3 to 1."""
    for _, color in MARKS.values():
        assert contrast(to_rgb(color), to_rgb(page)) > 3


# ---------------------------------------------------------------------------
# Without colour
# ---------------------------------------------------------------------------


def alike(lines):
    """Pairs of lines of two colours that differ neither in dashes, marker nor clearly in width."""
    for a, b in combinations(lines, 2):
        (one, thin), (other, thick) = (
            ((line._unscaled_dash_pattern, line.get_marker()), line.get_linewidth())
            for line in (a, b)
        )
        same_color = to_hex(a.get_color()) == to_hex(b.get_color())
        if one == other and not same_color and 0.5 < thin / thick < 2:
            yield a.get_label(), b.get_label()


def test_lines_are_told_apart_without_colour(panel):
    with undrawn():
        tick(panel)
    for ax in panel.figure.axes:
        named = [line for line in ax.lines if not line.get_label().startswith("_")]
        assert not list(alike(named)), ax.get_title(loc="left")
    samples = [artist for artist in panel.figure.artists if isinstance(artist, Line2D)]
    assert not list(alike(samples))  # beside the results


@styled
def test_lines_told_apart_by_colour_alone_are_found():
    looks = dict(a=Look("a", "#000000", "-", "o"), b=Look("b", "#0072B2", "-", "o"))
    figure = Figure()
    ax = figure.subplots()
    lines = [line(ax, name, looks) for name in looks]
    assert list(alike(lines)) == [("a", "b")]
    lines[1].set_marker("s")
    assert not list(alike(lines))


# ---------------------------------------------------------------------------
# Without the packages; without the repository
# ---------------------------------------------------------------------------

WITHOUT = """
import importlib.util as util

def find_spec(name, *package, find=util.find_spec):
    return None if name in ("autograd", "sklearn") else find(name, *package)

util.find_spec = find_spec
"""


def test_who_lacks_packages_sees_one_sentence_and_no_traceback():
    manager, client = start_new_kernel()
    try:
        client.execute_interactive(WITHOUT, timeout=60)
        said = []
        client.execute_interactive("from adam_lab import panels", output_hook=said.append)
        (error,) = (message["content"] for message in said if message["msg_type"] == "error")
        (sentence,) = error["traceback"]
        assert sentence == error["evalue"]
        assert "%pip install autograd scikit-learn in a cell" in sentence
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_in_the_browser_the_network_is_named():
    """There %pip would print nothing and change nothing."""
    said = _advice(["numpy", "sklearn"], platform="emscripten")
    assert "numpy scikit-learn" in said and "network" in said and "%pip" not in said


@pytest.mark.skipif(
    not os.environ.get("CI"), reason="asks the network for setuptools; CI=1 runs it"
)
def test_a_lesson_runs_from_a_wheel_far_from_here(tmp_path, monkeypatch):
    """As in Colab, where the notebook comes alone and pip brings the rest."""
    source, site = tmp_path / "source", tmp_path / "site"
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=REPO, text=True).split("\0")
    for name in filter(None, names):
        if (REPO / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((REPO / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, source]
    subprocess.check_call(pip)

    monkeypatch.setenv("PYTHONPATH", str(site))
    (tmp_path / "alone").mkdir()
    notebook = nbformat.read(source / "notebooks" / "00_start_here.ipynb", as_version=4)
    more = (
        "import adam_core, adam_lab.models.network\nadam_core, adam_lab",
        "len(adam_lab.models.network.recorded())",
    )
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in more]
    resources = dict(metadata=dict(path=str(tmp_path / "alone")))
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    where, data = (cell.outputs[0].data["text/plain"] for cell in notebook.cells[-2:])
    assert where.count(f"from '{site}") == 2
    assert int(data) > 1
