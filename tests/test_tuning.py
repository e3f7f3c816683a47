"""The sweeps behind the maps of lesson 05: every square is the run it stands for."""

import numpy as np
import pytest

import adam_core as core
from adam_lab.checks.tuning import Tries, tuned
from adam_lab.panels.tuning import SURFACES, best_of, ends


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
