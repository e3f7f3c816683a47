"""What a reader brings along: her own surface in the race, her own optimizer beside Adam."""

import math
import re

import numpy as np
import pytest

import adam_core as core
from adam_lab import panels
from adam_lab.panels.own import dials, surface
from test_rooms import ROOT


def bowl(theta):
    x, y = theta
    return (x - 1) ** 2 + 3 * (y + 0.5) ** 2 - 7


def bowl_grad(theta):
    x, y = theta
    return np.stack([2 * (x - 1), 6 * (y + 0.5)])


def test_heights_count_from_the_lowest_point():
    mine = surface(bowl, bowl_grad)
    np.testing.assert_allclose(mine.minimum, [1, -0.5], atol=1e-6)
    assert mine.f(mine.minimum) == pytest.approx(0, abs=1e-9)
    assert mine.f(mine.start) == pytest.approx(bowl(mine.start) + 7)
    assert mine.f(np.zeros((2, 4, 5))).shape == (4, 5)


def test_without_a_gradient_it_is_measured():
    mine = surface(bowl)
    for theta in ([0.3, 2.0], np.ones((2, 3))):
        np.testing.assert_allclose(mine.grad(theta), bowl_grad(np.asarray(theta)), rtol=1e-6)


def test_a_lowest_point_at_the_edge_is_the_edge():
    mine = surface(lambda theta: theta[0] + 0 * theta[1], bounds=((-2, 2), (0, 1)))
    assert mine.minimum[0] == pytest.approx(-2)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (dict(f=3), "f must be a function"),
        (dict(f=lambda theta: math.sin(theta[0])), "np.sin, not math.sin"),
        (dict(f=lambda theta: theta), "one height for each point"),
        (dict(f=lambda theta: np.nan * theta[0]), "finite somewhere"),
        (dict(f=lambda x, y: x), "f must take arrays"),
        (dict(f=bowl, grad=lambda theta: -bowl_grad(theta)), "measured from f"),
        (dict(f=bowl, grad=lambda theta: theta[0]), "two slopes"),
        (dict(f=bowl, start=(1, 2, 3)), "start must be two numbers"),
        (dict(f=bowl, bounds=(0, 1)), "bounds must be"),
        (dict(f=bowl, bounds=((1, 0), (0, 1))), "bounds must be"),
    ],
)
def test_what_is_wrong_is_named(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        surface(**arguments)


def test_the_race_runs_on_a_surface_of_ones_own():
    panel = panels.race(bowl, bowl_grad, start=(-2, 2))
    assert panel.text.startswith("Height on the bowl after 100 steps: gradient descent")
    assert "surface" not in panel.controls
    panel.controls["lr"].value = panel.controls["lr"].max
    assert panel.error is None
    assert "diverged" in panel.text


def half(grad, theta, lr, keep=0.5, beta=0.42, shout=False):
    m = 0
    while True:
        m = keep * m + (1 - keep) * grad(theta)
        theta = theta - lr * m
        yield dict(theta=theta)


def test_an_optimizer_of_ones_own_gets_its_dials():
    panel = panels.mine(half)
    assert list(panel.controls) == ["lr", "keep", "beta", "shout", "surface", "start", "step"]
    assert panel.controls["keep"].value == pytest.approx(0.5)
    before = panel.text
    panel.controls["keep"].value = panel.controls["keep"].max
    assert panel.text != before
    theta = core.run(half, core.ravine(25).grad, core.ravine(25).start, 100, lr=0.1).theta[-1]
    panel.reset()
    assert f"yours {core.ravine(25).f(theta):.2g}" in panel.text


@pytest.mark.parametrize(
    "optimizer, said",
    [
        (3, "must be a function"),
        (lambda grad, theta: None, "must take lr"),
        (lambda grad, theta, lr, beta: None, "beta must have a usual value"),
    ],
)
def test_what_is_wrong_with_an_optimizer_is_named(optimizer, said):
    with pytest.raises(ValueError, match=said):
        dials(optimizer)


def test_an_optimizer_that_stops_says_so_in_the_panel():
    def weak(grad, theta, lr, beta=0.5):
        if beta > 0.9:
            raise ZeroDivisionError("too much")
        while True:
            theta = theta - lr * grad(theta)
            yield dict(theta=theta)

    panel = panels.mine(weak)
    panel.controls["beta"].index = len(panel.controls["beta"].options) - 1
    assert isinstance(panel.error, ZeroDivisionError)
    panel.reset()
    assert panel.error is None


def test_the_lines_of_the_readme_run():
    """As they stand there, with an optimizer of one's own."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(lines, dict(my_optimizer=half))
