"""The page that needs no Python (lite/front) walks the paths of adam_core."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import adam_core as core
from javascript import needs_node, said

FRONT = Path(__file__).parent.parent / "lite" / "front"
SURFACES = {"long narrow valley": core.ravine(25), "bent valley": core.rosenbrock}
DIALS = {
    "gd": lambda lr, beta1, beta2: dict(lr=lr),
    "heavy_ball": lambda lr, beta1, beta2: dict(lr=lr, beta=beta1),
    "rmsprop": lambda lr, beta1, beta2: dict(lr=lr, beta=beta2),
    "adam": lambda lr, beta1, beta2: dict(lr=lr, beta1=beta1, beta2=beta2),
}
LRS = 0.001, 0.2, 1.9, 10.0
BETAS = 0.0, 0.9, 0.999
STEPS = 100


def said_by_node(program):
    return said("-", (FRONT / "rules.js").read_text(encoding="utf-8") + program)


@needs_node
@pytest.mark.parametrize("rule", DIALS)
@pytest.mark.parametrize("name", SURFACES)
def test_rules(name, rule):
    """On adam_core's own gradients, so that no valley makes more of a last digit."""
    surface, cases, gradients, paths = SURFACES[name], [], [], []
    for start, *dials in product((surface.start, 0.7 * surface.start), LRS, BETAS, BETAS):
        with np.errstate(all="ignore"):
            trace = core.run(getattr(core, rule), surface.grad, start, STEPS, **DIALS[rule](*dials))
        inside = np.abs(trace.theta).max(axis=1) < 1e9  # a run that leaves is drawn no further
        steps = STEPS if inside.all() else inside.argmin() - 1
        cases.append((trace.theta[0].tolist(), *dials, int(steps)))
        gradients.append(trace.g[1 : steps + 1].tolist())
        paths.append(trace.theta[: steps + 1])
    told = said_by_node(f"""
        const gradients = {json.dumps(gradients)};
        console.log(JSON.stringify({json.dumps(cases)}.map(([start, lr, beta1, beta2, steps], i) =>
            run("{rule}", () => gradients[i].shift(), start, steps, {{ lr, beta1, beta2 }}))));
    """)
    for case, path, theta in zip(cases, told, paths, strict=True):
        size = np.maximum.accumulate(np.abs(theta).max(axis=1))[:, None]
        assert (np.abs(path - theta) <= 1e-12 * size).all(), case


@needs_node
@pytest.mark.parametrize("rule", DIALS)
def test_whole_race(rule):
    """As the page opens, and wherever the dials may go; beta2 = 0 makes Adam jump by chance."""
    valley, cases = SURFACES["long narrow valley"], list(product(LRS, BETAS[:2], BETAS[1:]))
    told = said_by_node(f"""
        const {{ grad, start }} = surfaces["long narrow valley"];
        console.log(JSON.stringify({json.dumps(cases)}.map(([lr, beta1, beta2]) =>
            run("{rule}", grad, start, {STEPS}, {{ lr, beta1, beta2 }}))));
    """)
    for dials, path in zip(cases, told, strict=True):
        hyper = DIALS[rule](*dials)
        theta = core.run(getattr(core, rule), valley.grad, valley.start, STEPS, **hyper).theta
        assert np.abs(path - theta).max() <= 1e-12 * np.abs(theta).max(), dials


@needs_node
def test_surfaces():
    told = said_by_node("""
        console.log(JSON.stringify(Object.entries(surfaces).map(([name, s]) =>
            [name, s.f(0.3, -0.7), s.minimum, s.start, s.bounds])));
    """)
    assert [name for name, *_ in told] == list(SURFACES)
    for name, height, *places in told:
        surface = SURFACES[name]
        assert height == pytest.approx(float(surface.f([0.3, -0.7])), rel=1e-12)
        for place, wanted in zip(places, (surface.minimum, surface.start, surface.bounds),
                                 strict=True):  # fmt: skip
            np.testing.assert_array_equal(place, wanted)


def test_page_asks_nobody():
    """Scripts, style and pictures are its own; it works from a USB stick."""
    text = "".join(path.read_text(encoding="utf-8") for path in FRONT.iterdir())
    assert "http://www.w3.org/2000/svg" in text
    assert text.replace("http://www.w3.org/2000/svg", "").count("://") == 0
