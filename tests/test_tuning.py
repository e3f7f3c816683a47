"""The sweeps behind the maps of lesson 05: every square is the run it stands for."""

import re
from contextlib import redirect_stdout
from io import StringIO
from itertools import count

import numpy as np
import pytest

import adam_core as core
from adam_lab import panels
from adam_lab.checks.tuning import Tries, tuned
from adam_lab.panels.tuning import (
    LRS,
    SURFACES,
    best_of,
    ends,
    good_lrs,
    limit_of,
    one_coordinate,
    random_dials,
    seeded,
)


@pytest.mark.parametrize("seed", (0, 2))
def test_a_square_is_the_single_run(seed):
    valley, lrs, betas = SURFACES[0], np.array([0.01, 0.3]), np.array([[0.5], [0.9]])
    heights = ends(core.adam, valley, 50, noise=0.4, seeds=3, scale=7.0, lr=lrs, beta1=betas)
    grad = core.noisy(valley.grad, 0.4, seed)
    trace = core.run(core.adam, lambda x: 7 * grad(x), valley.start, 50, lr=0.3, beta1=0.5)
    alone = valley.f(trace.theta[-1]) / valley.f(valley.start)
    assert heights.shape == (3, 2, 2)
    assert heights[seed, 0, 1] == pytest.approx(alone, rel=1e-12)


def test_lr_may_be_a_schedule():
    lrs, plan = np.array([0.1, 1.0]), core.cosine(1, 60)
    heights = ends(core.adam, SURFACES[0], 60, lr=lambda t: plan(t) * lrs)
    alone = ends(core.adam, SURFACES[0], 60, lr=core.cosine(0.1, 60))
    assert heights[0, 0] == pytest.approx(alone[0], rel=1e-9)


def test_what_diverges_is_infinite():
    assert ends(core.gd, SURFACES[0], 2000, lr=np.array([1.0, 9.0]))[0, 1] == np.inf


def test_the_best_of_k_is_the_median_of_many_draws():
    rng = np.random.default_rng(0)
    heights = rng.random(500)
    drawn = np.median(rng.choice(heights, (20_000, 5)).min(axis=1))
    assert best_of(heights, 5.0) == pytest.approx(drawn, abs=0.01)


def test_tries_count_only_what_ran(capsys):
    tries = Tries()
    tries.gd(lr=...)
    tries.gd(lr=-1)
    tries.adam(rate=0.1)
    tries.adam(lr="big")
    assert tries.made == dict(gd=[], adam=[])
    assert capsys.readouterr().out.count("Not counted") == 3
    assert tuned(tries).verdict == "not started"
    tries.adam(beta1=0.5)
    assert tries.made["adam"][0][0] == 0.001


# ---------------------------------------------------------------------------
# Warm-up
# ---------------------------------------------------------------------------


def with_true_sizes(grad, theta, *, lr):
    """Adam that knows the size of its gradients, the noise's 10, from the first step on."""
    m = 0
    for t in count(1):
        m = 0.9 * m + 0.1 * grad(theta)
        theta = theta - lr(t) * m / (1 - 0.9**t) / 10
        yield dict(theta=theta)


def test_it_is_not_v_hat_that_needs_warm_up():
    """Who leaves the best place of rastrigin at lr = 0.5 leaves it with the true sizes as well."""
    stay = {}
    for rule in (core.adam, with_true_sizes):
        grad = seeded(core.rastrigin.grad, 10, 400, seeds=200)
        run = core.run(rule, grad, np.zeros((2, 200)), 400, lr=core.cosine(0.5, 400))
        stay[rule] = (np.abs(run.theta[-1]) < 0.5).all(axis=0).mean()
    assert stay[with_true_sizes] <= stay[core.adam] < 0.1


# ---------------------------------------------------------------------------
# Twelve thousand steps
# ---------------------------------------------------------------------------

DEFAULTS = dict(lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8)


def test_one_coordinate_is_adam():
    trace = core.run(core.adam, SURFACES[0].grad, SURFACES[0].start, 4900, **DEFAULTS)
    for i, (curvature, start) in enumerate(((1 / 25, -9.0), (1.0, 2.0))):
        path, v_hat = one_coordinate(curvature, start, 4900, **DEFAULTS)
        np.testing.assert_allclose(path, trace.theta[1:, i], rtol=1e-6)
        np.testing.assert_allclose(v_hat, trace.v_hat[1:, i], rtol=1e-6)


@pytest.mark.parametrize("good, said", [
    ([], "none"), ([30], "only 0.1"), ([30, 31, 32], "0.1 to 0.16 (0.3 decades)"),
    ([30, 32], "0.1 to 0.16, with gaps (0.2 decades)"),
    ([59, 60], "79 to 100 (at least 0.2 decades)"),
])  # fmt: skip
def test_good_rates_in_words(good, said):
    heights = np.ones(len(LRS))
    heights[good] = 0
    assert good_lrs(heights) == said


@pytest.mark.parametrize("beta", [0, 0.5, 0.9, 0.95])
def test_the_limit_is_that_of_momentum(beta):
    """In its average form: a velocity with lr * (1 - beta)."""
    for factor, stable in ((0.999, True), (1.001, False)):
        lr = factor * limit_of(beta) * (1 - beta)
        assert (core.heavy_ball_rate(lr, beta, 1, 1) < 1) == stable


@pytest.mark.parametrize("lr, passed, out", [(0.1, 8402, 9019), (0.2, 6541, 7064)])
def test_past_the_limit_it_leaves(lr, passed, out):
    panel = panels.long_run()
    panel.controls["eps"].value, panel.controls["lr"].value = 1e-8, lr
    assert f"Across: limit passed at step {passed}, nearest" in panel.text
    assert f"beyond 0.001 at step {out}" in panel.text


def test_what_was_never_near_does_not_leave():
    panel = panels.long_run()
    for name, value in dict(lr=0.05, eps=1e-8, beta2=0).items():
        panel.controls[name].value = value
    assert "never within 0.001" in panel.text and "at step 1659" not in panel.text


@pytest.mark.parametrize("lr", [0.1, 0.5])
def test_an_eps_at_the_limit_holds_it_for_40_000_steps(lr):
    for factor, stays in ((1.0, True), (0.9, False)):
        path, _ = one_coordinate(1.0, 2.0, 40_000, **DEFAULTS | dict(lr=lr, eps=factor * lr / 38))
        assert (np.abs(path[4000:]).max() < 1e-80) == stays


# ---------------------------------------------------------------------------
# The contest
# ---------------------------------------------------------------------------


def test_with_all_dials_adam_contains_momentum_and_gradient_descent():
    valley, drawn = SURFACES[0], random_dials(20)
    for i in range(20):
        rate, beta = min(drawn["lr"][i], 1.5), drawn["beta"][i]
        start, eps = valley.start, 1e12
        adam = core.run(core.adam, valley.grad, start, 50, lr=rate * eps, beta1=beta, eps=eps,
                        bias_correction=False)  # fmt: skip
        average = core.run(core.momentum, valley.grad, start, 50, lr=rate, beta=beta)
        np.testing.assert_allclose(adam.theta, average.theta, rtol=1e-6)


@pytest.mark.parametrize(
    "search, surface, k, leader",
    [
        ("lr", "ravine, κ = 25", 27, "Adam"), ("lr", "ravine, κ = 25", 28, "gradient descent"),
        ("lr", "ravine, κ = 100", 1, "Adam"), ("lr", "ravine, κ = 100", 100, "Adam"),
        ("all", "ravine, κ = 25", 1, "Adam"), ("all", "ravine, κ = 25", 100, "Adam"),
    ],
)  # fmt: skip
def test_who_leads_the_contest(search, surface, k, leader):
    panel = panels.budget()
    for name, value in dict(search=search, surface=surface, k=k).items():
        panel.controls[name].value = value
    order = re.findall(r"(Adam|gradient descent) \S+", panel.text)
    assert order[0] == leader


def test_with_many_more_lr_the_medians_cross_at_26():
    lrs, tries = np.logspace(-4, 2, 4801), np.array([25.0, 26.0])
    gd, adam = (
        best_of(ends(rule, SURFACES[0], 200, 0.0, lr=lrs)[0], tries)
        for rule in (core.gd, core.adam)
    )
    assert (adam < gd).tolist() == [True, False]


# ---------------------------------------------------------------------------
# Ten tries each
# ---------------------------------------------------------------------------


def advised(made, text, finer):
    """The next lr of a student who does what the check says."""
    lrs = [lr for lr, _ in made]
    best = min(made, key=lambda one: one[1])[0]
    if "go on up" in text or "only lr" in text:
        return 10 * max(lrs)
    if "go on down" in text or "Try a tenth" in text:
        return min(lrs) / 10
    low, high = map(float, re.search(r"between (\S+) and (\S+),.*Refine", text).groups())
    above, below = high / best, best / low
    return best * min(finer, above**0.5) if above > below else best / min(finer, below**0.5)


@pytest.mark.parametrize("name", ["gd", "adam"])
@pytest.mark.parametrize("start", [1e-5, 0.001, 0.03, 1, 100])
def test_whoever_does_what_the_check_says_needs_ten_tries_at_most(name, start):
    for finer in (2, 2.5, 3):
        tries = Tries()
        with redirect_stdout(StringIO()):
            for lr in (0.01, 0.1, 1) if name == "gd" else (0.001, 0.01, 0.1, 0.003, 0.006):
                (tries.adam if name == "gd" else tries.gd)(lr)
            getattr(tries, name)(start)
            while (feedback := tuned(tries)).verdict != "right":
                getattr(tries, name)(advised(tries.made[name], feedback.text, finer))
                assert len(tries.made[name]) <= 10


def test_a_height_just_above_good_is_not_shown_as_good(capsys):
    tries = Tries()
    tries.gd(lr=0.01)
    assert "ends at 0.0104\n" in capsys.readouterr().out
