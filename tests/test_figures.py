"""The data in the axes of every panel, at the start, against what was recorded."""

import json
from itertools import combinations

import pytest

from adam_lab import panels
from adam_lab.figures import LOOKS
from data.record_figures import FILE, content

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))


def assert_alike(now, then, where):
    """Equal, numbers to 6 digits; says where not."""
    if isinstance(then, dict):
        assert now.keys() == then.keys(), where
        for key in then:
            assert_alike(now[key], then[key], f"{where}.{key}")
    elif isinstance(then, list):
        assert len(now) == len(then), where
        for i, (a, b) in enumerate(zip(now, then, strict=True)):
            assert_alike(a, b, f"{where}[{i}]")
    elif isinstance(then, float):
        assert now == pytest.approx(then, rel=1e-5, abs=1e-9), where
    else:
        assert now == then, where


def test_every_panel_is_recorded():
    assert sorted(RECORDED) == sorted(panels.__all__)


@pytest.mark.parametrize("name", panels.__all__)
def test_the_figure_shows_what_was_recorded(name):
    assert_alike(content(getattr(panels, name)().figure), RECORDED[name], name)


@pytest.mark.parametrize("name", panels.__all__)
def test_reset_shows_the_start_again(name):
    panel = getattr(panels, name)()
    start = content(panel.figure)
    for control in panel.controls.values():
        options = getattr(control, "options", None)
        if options:
            control.index = len(options) - 1
        elif isinstance(control.value, bool):
            control.value = not control.value
        else:
            control.value = type(control.value)(control.max)
    assert content(panel.figure) != start
    panel.reset()
    assert_alike(content(panel.figure), start, name)


def test_optimizers_are_told_apart_without_colour():
    for (name, a), (other, b) in combinations(LOOKS.items(), 2):
        assert a.marker != b.marker, (name, other)
        assert a.label != b.label, (name, other)
        assert (a.color, a.linestyle) != (b.color, b.linestyle), (name, other)
