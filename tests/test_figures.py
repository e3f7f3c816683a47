"""What every panel shows, at the start and after each control, against what was recorded."""

import json
import math
import re
from itertools import combinations

import pytest

from adam_lab import panels
from adam_lab.figures import LOOKS
from adam_lab.live_run import LiveRun
from data.record_figures import FILE, content, record, stops, undrawn

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


def test_it_shows_and_says_what_was_recorded(panel, request):
    """`python tests/data/record_figures.py` records, after a look at the pictures."""
    name = request.node.callspec.params["panel"]
    now = json.loads(json.dumps(record(panel)))
    no_control_is_dead_or_silent(now, silent=only_then(panel))
    assert_alike(now, RECORDED[name], name)


def only_then(panel):
    """Do its dials count for what comes next: a training, or steps from the first one on?"""
    return isinstance(panel, LiveRun) or bool(panel._play and not panel.controls[panel._play].value)


def no_control_is_dead_or_silent(states, silent=False):
    """Each moves what is seen, and where it does, the words say more than where it stands.

    silent   they need not: all that they can say of a dial is where it stands
    """
    moved = {}
    for state, told in list(states.items())[1:]:
        control, value = state.split(" ", 1)
        seen, words = json.dumps(told[1]), without(value, told[0])
        moved.setdefault(control, []).append((seen, told[0], words))
    for control, told in moved.items():
        assert len({seen for seen, _, _ in told}) > 1, f"{control} is dead"
        said = {words for _, _, words in told}
        assert silent or len(said) > 1, f"{control} is silent: {told[0][1]}"
        for (seen, words, _), (other, other_words, _) in combinations(told, 2):
            assert seen == other or words != other_words, f"{control}: {words}"


def without(value, words):
    """The words but for the numbers that repeat a dial's value."""
    if not re.fullmatch(r"-?[\d.]+(e[-+]?\d+)?", value):
        return words
    return re.sub(
        r"-?\d+(\.\d+)?(e[-+]?\d+)?",
        lambda number: (
            "" if math.isclose(float(number[0]), float(value), rel_tol=0.02) else number[0]
        ),
        words,
    )


def pictured(panel):
    """All that is seen; a map that was drawn anew may come after what it came before."""
    found = content(panel.figure).items()
    return sorted((re.sub(r" \d+$", "", name), json.dumps(seen)) for name, seen in found)


def test_reset_shows_the_start_again_and_dials_have_their_symbols(panel):
    with undrawn():
        start, words = pictured(panel), panel.text
        for control in panel.controls.values():
            key, values = stops(control)
            setattr(control, key, values[-1] if getattr(control, key) != values[-1] else values[0])
            assert panel.error is None
        assert pictured(panel) != start
        panel.reset()
        assert pictured(panel) == start
        assert panel.text == words
    for key, control in panel.controls.items():  # a dial is called what it sets
        if key in SYMBOLS:
            called = control.description
            assert {SYMBOLS[key], key} & set(called.split()), (key, called)


def test_optimizers_are_told_apart_without_colour():
    for (name, a), (other, b) in combinations(LOOKS.items(), 2):
        assert a.marker != b.marker, (name, other)
        assert a.label != b.label, (name, other)
        assert (a.color, a.linestyle) != (b.color, b.linestyle), (name, other)
