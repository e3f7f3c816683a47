"""What every panel shows, at the start and after each control, against what was recorded."""

import json
from itertools import combinations

import pytest

from adam_lab import panels
from adam_lab.figures import LOOKS
from data.record_figures import FILE, content, record, stops

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))

SYMBOLS = {
    "lr": "lr", "beta": "β", "beta1": "β₁", "beta2": "β₂", "eps": "ε", "kappa": "κ", "sigma": "σ",
    "weight_decay": "λ",
}  # fmt: skip


def assert_alike(now, then, where):
    """Equal, numbers to 5 digits; says where not."""
    if isinstance(then, dict):
        assert now.keys() == then.keys(), where
        for key in then:
            assert_alike(now[key], then[key], f"{where}, {key}")
    elif isinstance(then, list):
        assert len(now) == len(then), where
        for i, (a, b) in enumerate(zip(now, then, strict=True)):
            assert_alike(a, b, f"{where}[{i}]")
    elif isinstance(then, float):
        assert now == pytest.approx(then, rel=1e-4, abs=1e-6), where
    else:
        assert now == then, where


def test_every_panel_is_recorded():
    assert sorted(RECORDED) == sorted(panels.__all__)


@pytest.mark.parametrize("name", panels.__all__)
def test_it_shows_and_says_what_was_recorded(name):
    """`python tests/data/record_figures.py` records, after a look at the pictures."""
    assert_alike(json.loads(json.dumps(record(name))), RECORDED[name], name)


@pytest.mark.parametrize("name", panels.__all__)
def test_reset_shows_the_start_again(name):
    panel = getattr(panels, name)()
    start, words = content(panel.figure), panel.text
    for control in panel.controls.values():
        key, values = stops(control)
        setattr(control, key, values[-1] if getattr(control, key) != values[-1] else values[0])
        assert panel.error is None
    assert content(panel.figure) != start
    panel.reset()
    assert content(panel.figure) == start
    assert panel.text == words


@pytest.mark.parametrize("name", panels.__all__)
def test_a_dial_is_called_what_it_sets(name):
    for key, control in getattr(panels, name)().controls.items():
        if key in SYMBOLS:
            assert SYMBOLS[key] in control.description.split(), (key, control.description)


def test_optimizers_are_told_apart_without_colour():
    for (name, a), (other, b) in combinations(LOOKS.items(), 2):
        assert a.marker != b.marker, (name, other)
        assert a.label != b.label, (name, other)
        assert (a.color, a.linestyle) != (b.color, b.linestyle), (name, other)
