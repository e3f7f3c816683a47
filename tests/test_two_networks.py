"""The game and the small GANs of lesson 11, and what the lesson says of them."""

from functools import partial
from itertools import islice, pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

import adam_core as core
from adam_lab.models import two_networks as model
from adam_lab.panels import duel, ring
from searched import searched

SEEDS = range(5)

# ---------------------------------------------------------------------------
# Two players
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0, 0.5, 0.9])
def test_the_optimizers_are_the_cores_where_that_has_them(beta):
    valley = core.ravine(25)
    for ours, theirs, name in (
        (model.adam, core.adam, "beta1"), (model.heavy_ball, core.heavy_ball, "beta"),
    ):  # fmt: skip
        made = islice(ours(valley.grad, valley.start, lr=0.3, **{name: beta}), 40)
        wanted = core.run(theirs, valley.grad, valley.start, 40, lr=0.3, **{name: beta})
        np.testing.assert_allclose([state["theta"] for state in made], wanted.theta[1:])


def test_the_largest_v_hat_is_kept():
    slopes = iter([3.0, 1.0, 0.5])
    run = model.adam(lambda theta: next(slopes), np.float64(0), lr=1, beta1=0, largest=True)
    steps = np.diff([0, *(float(state["theta"]) for state in islice(run, 3))])
    np.testing.assert_allclose(steps, [-1, -1 / 3, -0.5 / 3])


def played(in_turn, lr=0.1, n=3):
    rule = partial(model.heavy_ball, lr=lr, beta=0)
    run = model.rounds(model.XY, [np.ones(1), np.ones(1)], [rule, rule], in_turn)
    return np.array([*islice(run, n)])[..., 0]


def test_rounds_by_hand():
    np.testing.assert_allclose(played(False, n=2), [[0.9, 1.1], [0.79, 1.19]])
    np.testing.assert_allclose(played(True, n=2), [[0.89, 1.1], [0.7711, 1.189]])


def test_at_once_one_adam_does_what_two_do():
    rule = partial(model.adam, lr=0.1, beta1=0.9)
    two = [*islice(model.rounds(model.XY, [np.ones(1), np.ones(1)], [rule, rule]), 50)]
    one = core.run(core.adam, lambda xy: np.array([xy[1], -xy[0]]), [1, 1], 50, lr=0.1)
    np.testing.assert_allclose(np.array(two)[..., 0], one.theta[1:])


def test_in_turn_one_adam_does_what_two_do_if_who_waits_is_held():
    rule = partial(model.adam, lr=0.1, beta1=0.5)
    two = islice(model.rounds(model.XY, [np.ones(1), np.ones(1)], [rule, rule], True), 50)
    two, critic = np.array([*two])[..., 0], np.array([False, True])
    for waits in (True, False):
        one = model.one_adam(
            lambda xy: np.array([xy[1], -xy[0]]), np.ones(2), critic, lr=0.1, beta1=0.5,
            waits=waits,
        )  # fmt: skip
        assert np.allclose([*islice(one, 50)], two) == waits


@pytest.mark.parametrize("lr", [0.1, 0.7])
def test_what_grows_and_what_stays(lr):
    once, turns = played(False, lr, 50), played(True, lr, 50)
    np.testing.assert_allclose((once**2).sum(axis=1), 2 * (1 + lr**2) ** np.arange(1, 51))
    np.testing.assert_allclose((turns**2).sum(axis=1) + lr * turns.prod(axis=1), 2 + lr)


# ---------------------------------------------------------------------------
# Networks
# ---------------------------------------------------------------------------


def by_autograd(theta, x, sizes):
    end = 0
    for i, (n, k) in enumerate(pairwise(sizes)):
        W, end = anp.reshape(theta[end : end + n * k], (n, k)), end + n * k
        b, end = theta[end : end + k], end + k
        x = x @ W + b
        x = x if i == len(sizes) - 2 else anp.maximum(x, model.LEAK * x)
    return x


def soft(x):
    return anp.log(1 + anp.exp(x))


@pytest.mark.parametrize("sizes", [model.LINE, model.PLANE])
def test_both_gradients_are_autograds(sizes):
    rng = np.random.default_rng(1)
    generator, critic = model.starts(sizes, 3)
    noise, real = rng.normal(size=(9, sizes[0][0])), rng.normal(size=(7, sizes[1][0]))

    def critics(critic):
        good = by_autograd(critic, real, sizes[1])
        bad = by_autograd(critic, by_autograd(generator, noise, sizes[0]), sizes[1])
        return anp.mean(soft(-good)) + anp.mean(soft(bad))

    def generators(generator):
        made = by_autograd(generator, noise, sizes[0])
        return anp.mean(soft(-by_autograd(critic, made, sizes[1])))

    assert model.critic_loss(generator, critic, real, noise, sizes) == pytest.approx(
        critics(critic)
    )
    assert model.generator_loss(generator, critic, noise, sizes) == pytest.approx(
        generators(generator)
    )
    ours = model.critic_grad(generator, critic, real, noise, sizes)
    np.testing.assert_allclose(ours, grad(critics)(critic), atol=1e-14)
    ours = model.generator_grad(generator, critic, noise, sizes)
    np.testing.assert_allclose(ours, grad(generators)(generator), atol=1e-14)


@pytest.mark.parametrize(
    "rounds, dials",
    [
        (model.line_rounds, dict(lr=0.01, beta1=0.5)),
        (partial(model.plane_rounds, points=model.ring()), dict(lr=0.003, beta1=0.5, ratio=4)),
    ],
)
def test_games_side_by_side_are_each_the_game_alone(rounds, dials):
    *_, together = islice(rounds([3, 7], **dials), 20)
    for i, seed in enumerate([3, 7]):
        *_, alone = islice(rounds(seed, **dials), 20)
        for both, one in zip(together, alone, strict=True):
            np.testing.assert_allclose(both[i], one, rtol=1e-12)


def test_targets_and_counts():
    assert model.TARGET.shape == (64, 1) and abs(model.TARGET.mean()) < 1e-12
    assert abs(model.TARGET).mean() == pytest.approx(1)
    target = model.TARGET[:, 0]
    assert model.off(target[::-1]) == 0 and model.off(target + 0.3) == pytest.approx(0.3)
    points = model.ring()
    assert model.judged(np.repeat(points, 125, axis=0), points) == (8, 1.0)
    one = np.repeat(points[:1], 1000, axis=0)
    one[:13] = points[1]
    one[13:25] = points[2]
    one[25:125] = 0
    assert model.judged(one, points) == (2, 0.9)


# ---------------------------------------------------------------------------
# Points of one's own
# ---------------------------------------------------------------------------


def test_points_fill_the_picture():
    placed = model.placed([[100, 50], [140, 50], [120, 90]])
    assert np.hypot(*placed.T).max() == pytest.approx(model.RADIUS)
    np.testing.assert_allclose(placed.min(axis=0), -placed.max(axis=0))


def test_a_point_that_stands_there_twice_is_one():
    np.testing.assert_allclose(
        model.placed([[3, 1], [0, 0], [3, 1]]), model.placed([[3, 1], [0, 0]])
    )


@pytest.mark.parametrize(
    "points, said",
    [
        ("ring", "numbers, a row"), ([[1, 2], [3]], "numbers, a row"), ([1, 2, 3], "shape (3,)"),
        ([[1, 2, 3]], "shape (1, 3)"), ([], "shape (0,)"), ([[1, 2]], "two different"),
        ([[1, 2], [1, 2]], "two different"), ([[1, 2], [np.nan, 0]], "finite"),
        (np.empty((0, 2)), "two different"), ([[None, 1], [2, 3]], "finite"),
        ([[1j, 1], [2, 3]], "numbers, a row"),
    ],
)  # fmt: skip
def test_points_that_are_none_are_told(points, said):
    with pytest.raises(ValueError) as error:
        ring(points=points)
    assert said in str(error.value)


# ---------------------------------------------------------------------------
# What the lesson says
# ---------------------------------------------------------------------------

LRS = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1]


def off(lr, **dials):
    run = islice(model.line_rounds(SEEDS, lr=lr, **dials), 500, 1000)
    ends = np.mean([model.off(model.made_on_line(generator)) for generator, _ in run], axis=0)
    return np.nan_to_num(np.median(ends), nan=np.inf)


def test_a_sample_that_is_not_good_keeps_no_point():
    points = model.ring()
    made = np.repeat(points[:1], 1000, axis=0)
    made[:100] = 1.5 * points[3]
    assert model.judged(made, points) == (1, 0.9)


def test_good_is_within_three_spreads():
    points = model.ring()
    for spreads, share in ((2.9, 1), (3.1, 0)):
        made = np.repeat(points, 125, axis=0) + np.array([spreads * model.SPREAD, 0])
        assert model.judged(made, points)[1] == share


@pytest.mark.parametrize(
    "rounds, sizes",
    [
        (model.line_rounds, model.LINE),
        (partial(model.plane_rounds, points=model.ring()), model.PLANE),
    ],
)
def test_the_critic_moves_first_and_ratio_is_its(rounds, sizes):
    moved = []

    def rule(grad, theta, *, lr):
        moved.append((lr, theta))
        while True:
            grad(theta)
            yield dict(theta=theta)

    next(rounds(5, lr=0.01, ratio=4, rule=rule))
    generator, critic = model.starts(sizes, 5)
    (first, one), (second, two) = moved
    assert (first, second) == (0.04, 0.01)
    assert np.array_equal(one, critic) and np.array_equal(two, generator)


def test_what_the_critic_takes_for_real_it_scores_higher():
    _, critic = model.starts(model.PLANE, 0)
    x = np.random.default_rng(0).normal(size=(9, 2))
    score = model.network(critic, x, model.PLANE[1])[:, 0]
    np.testing.assert_allclose(model.real_share(critic, x, model.PLANE), 1 / (1 + np.exp(-score)))


@searched(model)
@pytest.mark.parametrize(
    "best, dials",
    [
        (3e-3, dict(beta1=-0.5)), (1e-2, dict(beta1=0)), (1e-2, dict(beta1=0.5)),
        (1e-3, dict(beta1=0.9)), (0.1, dict(rule=model.heavy_ball, beta=0)),
    ],
)  # fmt: skip
def test_each_best_lr_lies_between_worse_ones_in_one_dimension(best, dials):
    i = LRS.index(best)
    below, at, above = (off(lr, **dials) for lr in LRS[i - 1 : i + 2])
    assert at < min(below, above)


def good(lr, **dials):
    points = model.ring()
    run = enumerate(islice(model.plane_rounds(range(20), points, lr=lr, **dials), 2000), 1)
    made = [model.made_in_plane(g) for t, (g, _) in run if t in range(1200, 2001, 200)]
    return np.mean([model.judged(samples, points)[1] for samples in np.concatenate(made)])


@searched(model)
@pytest.mark.parametrize(
    "best, dials",
    [
        (0.0017, dict(beta1=0)), (0.003, dict(beta1=0.5)), (0.003, dict(beta1=0.9)),
        (0.06, dict(rule=model.heavy_ball, beta=0)), (0.003, dict(beta1=0.5, ratio=4)),
        (0.001, dict(beta1=0.9, ratio=4)),
    ],
)  # fmt: skip
def test_each_best_lr_lies_between_worse_ones_on_the_ring(best, dials):
    below, at, above = (good(lr, **dials) for lr in (best / 1.7, best, best * 1.7))
    assert at > max(below, above)


# ---------------------------------------------------------------------------
# Panels
# ---------------------------------------------------------------------------


def test_train_reaches_the_points_and_remembers_the_run_before():
    panel = ring()
    panel.start()
    panel.thread.join()
    assert panel.error is None and "after round 2000" in panel.text
    panel.controls["beta1"].value = 0.5
    panel.start()
    panel.thread.join()
    assert panel.error is None
    assert "β₁ 0.5; after round 2000: 8 of 8 points kept" in panel.text
    assert "Before: Adam, lr 0.003, critic's × 1, β₁ 0.9; after round 2000" in panel.text
    panel.reset()
    assert "Not trained yet" in panel.text


def test_a_run_that_diverges_is_shown():
    for panel in (ring(), duel()):
        panel.controls["lr"].value, panel.controls["ratio"].value = 0.1, 4
        if hasattr(panel, "start"):
            panel.start()
            panel.thread.join()
        else:
            panel.controls["t"].value = 1000
        assert panel.error is None
