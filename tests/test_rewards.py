"""The cart, the values and the tasks of lesson 10, and what the lesson says of them."""

from itertools import islice

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

import adam_core as core
from adam_lab.models import network, rewards
from adam_lab.panels import baird, cart, tasks
from searched import searched

RULES = dict(gd=core.gd, momentum=core.heavy_ball, adam=core.adam)


# ---------------------------------------------------------------------------
# The cart
# ---------------------------------------------------------------------------


def test_a_push_is_gymnasiums():
    """A step of CartPole-v1, in the numbers that Gymnasium's own code gives."""
    state = np.array([0.1, -0.2, 0.05, 0.3])
    total, length = 0.1 + 1.0, 0.05
    for right in (False, True):
        force = 10.0 if right else -10.0
        temp = (force + length * state[3] ** 2 * np.sin(state[2])) / total
        turn = (9.8 * np.sin(state[2]) - np.cos(state[2]) * temp) / (
            0.5 * (4 / 3 - 0.1 * np.cos(state[2]) ** 2 / total)
        )
        move = temp - length * turn * np.cos(state[2]) / total
        wanted = state + 0.02 * np.array([state[1], move, state[3], turn])
        assert rewards.pushed(state, right) == pytest.approx(wanted)


def test_a_push_moves_the_cart_and_leans_the_pole_the_other_way():
    states = np.stack([rewards.pushed(np.zeros(4), right) for right in (False, True)])
    assert (states[:, 1] * [-1, 1] > 0).all() and (states[:, 3] * [1, -1] > 0).all()


def test_a_round_ends_where_the_pole_has_fallen():
    seen, chances, pushes, alive = rewards.tries(
        np.zeros((5, 2)), [np.random.default_rng(s) for s in (0, 1)]
    )
    assert seen.shape == (len(alive), 5, rewards.CARTS, 2) and pushes.shape == alive.shape
    assert chances.shape == alive.shape and (chances == 0.5).all()
    assert (np.diff(alive, axis=0) <= 0).all() and alive[0].all()
    fell = alive[:-1] > alive[1:]
    assert (abs(seen[1:, 3][fell]) >= rewards.LEAN).all()
    assert (abs(seen[:, 3][alive == 1]) < rewards.LEAN).all()


def test_rewards_to_go():
    assert rewards.to_go(np.array([[1.0, 1], [1, 0], [1, 0]])).tolist() == [[3, 1], [2, 0], [1, 0]]


def test_the_policy_gradient_is_autograds():
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(5, 2))
    played = rewards.tries(theta, [np.random.default_rng(s) for s in (3, 4)])
    seen, _, pushes, alive = played
    weights = rewards.minus_mean(rewards.to_go(alive))

    def loss(theta):
        p = 1 / (1 + anp.exp(-anp.einsum("fr,tfcr->tcr", theta, seen)))
        said = pushes * anp.log(p) + (1 - pushes) * anp.log(1 - p)
        return -anp.sum(said * alive * weights) / rewards.CARTS

    assert np.allclose(rewards.policy_slope(*played, weights), grad(loss)(theta))


def test_a_ride_is_a_try_of_one_cart():
    states = rewards.ride(np.zeros((5, 1)), seed=3)
    assert abs(states[-1, 2]) >= rewards.LEAN and (abs(states[:-1, 2]) < rewards.LEAN).all()
    thetas, lengths = rewards.rounds(core.adam, [0], lr=1)
    assert thetas.shape == (61, 5, 1) and lengths.shape == (61, 1)
    assert len(rewards.ride(thetas[-1], seed=3)) == rewards.STEPS + 1


@searched(rewards)
@pytest.mark.parametrize("name, best", [("gd", 0.01), ("momentum", 0.01), ("adam", 1)])
def test_the_carts_best_lr_lies_between_worse_ones(name, best):
    steps = [
        np.median(rewards.rounds(RULES[name], range(20), lr=lr)[1].mean(axis=0))
        for lr in (best * 0.3, best, best * 3)
    ]
    assert steps[1] > max(steps[0], steps[2])


def test_the_baseline_quiets_the_gradient_and_keeps_its_mean():
    thetas, _ = rewards.rounds(core.adam, [0], number=20, lr=0.3)
    theta = np.repeat(thetas[20], 600, axis=1)
    played = rewards.tries(theta, [np.random.default_rng(s) for s in range(600)])
    earned = rewards.to_go(played[-1])
    plain, quiet = (rewards.policy_slope(*played, w) for w in (earned, rewards.minus_mean(earned)))
    known = plain.std(axis=1) / np.sqrt(600)
    assert (abs(plain.mean(axis=1) - quiet.mean(axis=1) * 32 / 31) < 4 * known).all()
    assert np.linalg.norm(quiet.std(axis=1)) < np.linalg.norm(plain.std(axis=1)) / 4


# ---------------------------------------------------------------------------
# Baird
# ---------------------------------------------------------------------------


def test_the_update_is_the_slope_with_the_target_held_still():
    theta = np.random.default_rng(0).normal(size=8)
    target = rewards.GAMMA * (rewards.BAIRD @ theta)[6]

    def loss(theta):
        return anp.mean((anp.dot(rewards.BAIRD, theta) - target) ** 2) / 2

    assert np.allclose(rewards.UPDATE @ theta, grad(loss)(theta))
    assert np.linalg.matrix_rank(rewards.BAIRD) == 7  # every value can be reached


def test_two_eigenvalues_are_negative():
    assert (np.linalg.eigvals(rewards.UPDATE).real < -0.01).sum() == 2


@pytest.mark.parametrize("lr", [0.001, 0.1, 1])
def test_gradient_descent_and_momentum_run_away(lr):
    for rule in (core.gd, core.heavy_ball):
        sizes = rewards.chase(rule, np.array([lr]), 10_000)[:, 0]
        assert not sizes[10_000] < 10 * sizes[2000] > 100


def test_adams_swing_is_proportional_to_lr():
    sizes = rewards.chase(core.adam, np.array([0.1, 0.3, 1]), 12_000)
    assert sizes[:, 0].min() < 2e-5 and sizes[:5000, 0].max() < 20
    ends = sizes[10_000:]
    assert ends.max(axis=0) / [0.1, 0.3, 1] == pytest.approx([38.6] * 3, rel=0.02)
    assert 0.3 < ends[:, 0].min() < 0.5
    short = rewards.chase(core.rmsprop, np.array([0.1]), 12_000)[10_000:]
    assert short.max() == pytest.approx(ends[:, 0].max() / 12, rel=0.1)


def test_a_divisor_for_each_number_holds_adam_and_a_bound_alone_does_not():
    def along(grad, theta, lr):
        while True:
            g = grad(theta)
            theta = theta - lr * g / np.linalg.norm(g, axis=0)
            yield dict(theta=theta)

    lrs = np.array([0.01, 0.1, 1])
    walked = rewards.chase(along, lrs, 10_000)
    assert (walked[10_000] > 1.9 * walked[5000]).all() and (walked[5000] > 1000 * lrs).all()
    signs = rewards.chase(core.adam, lrs, 10_000, beta1=0.0, beta2=0.0)
    assert (signs[5000:] < 3 * lrs).all()
    assert rewards.chase(core.amsgrad, lrs[1:2], 10_000)[-1] < 1e-6


def test_the_seventh_state_alone_would_not_run_away():
    alone = np.outer(rewards.BAIRD[6], rewards.BAIRD[6] - rewards.GAMMA * rewards.BAIRD[6])
    assert np.linalg.eigvals(alone).real.min() > -1e-12


def test_theta_and_lr_times_c_is_the_path_times_c(monkeypatch):
    one = rewards.chase(core.adam, np.array([0.1]), 300)
    monkeypatch.setattr(rewards, "BAIRD_START", 3 * rewards.BAIRD_START)
    assert rewards.chase(core.adam, np.array([0.3]), 300) == pytest.approx(3 * one, rel=1e-3)


@searched(rewards)
@pytest.mark.parametrize(
    "rule, frozen, anew, best",
    [
        (core.gd, 3, False, 1), (core.gd, 10, False, 0.1), (core.gd, 30, False, 0.1),
        (core.adam, 3, False, 0.01), (core.adam, 10, False, 0.01), (core.adam, 30, False, 0.3),
        (core.adam, 3, True, 0.003), (core.adam, 10, True, 0.01), (core.adam, 30, True, 0.03),
    ],
)  # fmt: skip
def test_with_a_frozen_target_the_best_lr_lies_inside_the_search(rule, frozen, anew, best):
    lrs = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10])
    sizes = rewards.chase(rule, lrs, 10_000, frozen=frozen, anew=anew)[-1000:].max(axis=0)
    assert lrs[np.nanargmin(sizes)] == best


# ---------------------------------------------------------------------------
# Tasks
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_the_networks_gradient_is_autograds(leak):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 7, 64)), rng.integers(0, 10, (2, 7))
    theta = np.concatenate([rewards.fresh(rng), rewards.fresh(rng)])

    def loss(theta):
        total, ends = 0, [64 * 32, 65 * 32, 75 * 32]
        for net, xs, ys in zip(theta.reshape(2, -1), x, y, strict=True):
            W, b, V, c = net[: ends[0]], net[ends[0] : ends[1]], net[ends[1] : ends[2]], net[-10:]
            z = xs @ W.reshape(64, 32) + b
            s = anp.where(z > 0, z, leak * z) @ V.reshape(32, 10) + c
            total = total + anp.mean(anp.log(anp.sum(anp.exp(s), axis=1)) - s[anp.arange(7), ys])
        return total

    assert np.allclose(rewards.tasks_slope(theta, x, y, leak), grad(loss)(theta))


def test_a_network_starts_as_lesson_07s_does():
    theta = rewards.fresh(np.random.default_rng(3))
    assert np.array_equal(theta, network.start((64, 32, 10), 3))
    _, scored = rewards.scores(theta, np.ones((1, 4, 64)))
    assert np.allclose(scored[0], network.predict(theta, np.ones((4, 64)), (64, 32, 10)))


def test_the_numbers_of_a_dead_unit():
    dead = np.zeros((2, rewards.UNITS), dtype=bool)
    dead[1, 5] = True
    into, out = rewards.of_dead(dead)
    assert into.sum() == 65 and out.sum() == 10 and not into[: rewards.SIZE].any()
    theta = np.where(into, -1.0, 0.1)
    h, _ = rewards.scores(theta, np.ones((2, 1, 64)))
    assert (h[1, 0] == 0).nonzero()[0].tolist() == [5] and (h[0] > 0).all()
    theta = np.where(out, 1.0, np.where(into, 1.0, 0))
    assert rewards.scores(theta, np.ones((2, 1, 64)))[1].round(6).tolist() == [
        [[0.0] * 10], [[65.0] * 10]
    ]  # fmt: skip


def test_adam_that_mends_is_adam():
    def slope(theta):
        return np.array([1.0, 10.0]) * theta

    start = np.array([3.0, -2.0])
    same = rewards.adam_that_mends(slope, start, lr=0.1, mend=lambda *kept: kept, every=3)
    trace = core.run(core.adam, slope, start, 20, lr=0.1)
    *_, last = islice(same, 20)
    assert np.allclose(last["theta"], trace.theta[-1])


def test_a_redrawn_numbers_first_step_is_lr_long_only_with_its_own_t():
    dead, new = np.array([True, False]), np.array([5.0, 5.0])

    def longest(mend):
        run = rewards.adam_that_mends(lambda theta: theta, np.array([1.0, 1.0]), lr=0.01,
                                      mend=mend, every=1000)  # fmt: skip
        thetas = [state["theta"] for state in islice(run, 1001)]
        return abs(thetas[1000][0] - 5.0) / 0.01

    def hers(*given):
        return *rewards.redrawn(*given, dead, new)[:3], given[3]

    assert longest(lambda *given: rewards.redrawn(*given, dead, new)) == pytest.approx(1)
    assert longest(hers) == pytest.approx(0.1 / np.sqrt(0.001), rel=0.5)


def ends(rule=core.adam, **more):
    """Medians of five seeds: the first task, the last four, dead units in the last four."""
    told = np.array(list(islice(rewards.tasks(rule, **more), rewards.TASKS)))
    right, dead = np.median(told[-4:].mean(axis=0), axis=1)
    return np.median(told[0, 0]), right, dead


@searched(rewards)
@pytest.mark.parametrize("lr", [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1])
def test_no_lr_keeps_a_network_teachable(lr):
    assert ends(lr=lr)[1] < 0.25


@searched(rewards)
@pytest.mark.parametrize(
    "more, low, high",
    [
        (dict(anew="rule"), 0.1, 0.2), (dict(beta2=0.9), 0.1, 0.2),
        (dict(rule=lambda *a, **k: core.adamw(*a, weight_decay=1, **k)), 0.2, 0.35),
        (dict(leak=0.3), 0.35, 0.45), (dict(redraw=rewards.redrawn), 0.48, 0.58),
        (dict(anew="network"), 0.52, 0.62), (dict(centred=True), 0.55, 0.7),
    ],
)  # fmt: skip
def test_what_helps(more, low, high):
    assert low < ends(lr=0.01, **more)[1] < high


@searched(rewards)
def test_with_pixels_around_0_units_die_later():
    run = rewards.tasks(core.adam, lr=0.01, centred=True)
    right, dead = np.median(list(islice(run, 24)), axis=2).T
    assert dead[:12].max() < 0.03 and 0.7 < dead[23] < 0.85
    assert right[11] > 0.5 and right[23] < 0.2


# ---------------------------------------------------------------------------
# Panels
# ---------------------------------------------------------------------------


def test_the_unit_of_reward_moves_gradient_descent_and_not_adam():
    panel, told = cart(), {}
    for rule in ("adam", "gd"):
        for reward in (1.0, 100.0):
            for name, value in dict(rule=rule, reward=reward, lr=0.1 if rule == "adam" else 0.001,
                                    at=60).items():  # fmt: skip
                panel.controls[name].value = value
            told[rule, reward] = panel.text.split(": ", 1)[1]
    assert told["adam", 1.0] == told["adam", 100.0] and told["gd", 1.0] != told["gd", 100.0]


def test_the_pole_falls_and_stays_fallen():
    panel = cart()
    panel.controls["time"].value = 100
    assert "over after" in panel.text and "leans" in panel.text


def test_frozen_for_30_an_lr_between_two_of_the_nine_arrives():
    lrs = np.array([0.03, 0.044, 0.1, 0.3, 1, 3])
    sizes = rewards.chase(core.gd, lrs, 10_000, frozen=30)
    assert (sizes[-1000:].max(axis=0) < 1e-4).tolist() == [False, True, *[False] * 4]
    with np.errstate(all="ignore"):  # at 3 it runs away
        renewal = (sizes[9000] / sizes[3000]) ** (30 / 6000)
    assert renewal[2:5] == pytest.approx(rewards.GAMMA, abs=0.005) and renewal[1] < 0.97
    assert not renewal[5] < 1


@searched(rewards)
def test_frozen_for_3_or_10_gradient_descent_stays_and_adam_leaves():
    """By step 40 000, at each of the nine lr."""
    lrs = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10])
    for K in (3, 10):
        for rule, stays in ((core.gd, True), (core.adam, False)):
            with np.errstate(all="ignore"):
                sizes = rewards.chase(rule, lrs, 40_000, frozen=K)
            for at in (10_000, 40_000):
                nearest = np.nanmin(sizes[at - 1000 : at].max(axis=0))
                assert nearest < 1e-4 if stays or at == 10_000 else nearest > 1e-4


def test_a_frozen_target_is_todays_when_it_is_renewed():
    lr, theta, wanted = 0.1, rewards.BAIRD_START, []
    for t in range(4):
        if t % 2 == 0:
            target = rewards.GAMMA * rewards.BAIRD[6] @ theta
        wanted.append(np.sqrt(np.mean((rewards.BAIRD @ theta) ** 2)))
        theta = theta - lr * rewards.BAIRD.T @ (rewards.BAIRD @ theta - target) / 7
    sizes = rewards.chase(core.gd, np.array([lr]), 3, frozen=2)[:, 0]
    np.testing.assert_allclose(sizes, wanted)


def test_values_run_away_and_a_frozen_target_holds_them():
    panel = baird()
    assert "e+104 at step 10000" in panel.text
    panel.controls["frozen"].value = 10
    assert "size below 1e-6" in panel.text


def test_train_and_one_run_back():
    panel = tasks()
    panel.start()
    panel.thread.join()
    assert panel.error is None and "task 12: 13% right, 100% of the units dead" in panel.text
    panel.controls["cure"].value = "dead units redrawn"
    panel.start()
    panel.thread.join()
    assert "task 12: 52% right" in panel.text and "Before: Adam, lr 0.01, as it is" in panel.text
    panel.reset()
    assert "Not trained yet" in panel.text


def test_the_edge_ends_a_try_too(monkeypatch):
    monkeypatch.setattr(rewards, "EDGE", 0.06)
    theta = np.zeros((5, 1))
    seen, _, _, alive = rewards.tries(theta, [np.random.default_rng(0)])
    inside = (abs(seen[1:, 1]) < 0.06) & (abs(seen[1:, 3]) < rewards.LEAN)
    assert np.array_equal(alive[1:], alive[:-1] * inside)
    rides = [rewards.ride(theta, seed) for seed in range(5)]
    assert all((abs(states[:-1, 0]) < 0.06).all() for states in rides)
    assert len({states[0, 0] for states in rides}) == 5


def test_a_round_is_played_with_the_theta_beside_its_length():
    thetas, lengths = rewards.rounds(core.gd, [4, 7], number=2, lr=0.01)
    rngs = [np.random.default_rng(seed) for seed in (4, 7)]
    assert not thetas[0].any()
    for theta, length in zip(thetas, lengths, strict=True):
        played = rewards.tries(theta, rngs)
        assert np.array_equal(length, played[-1].sum(axis=0).mean(axis=0))


@pytest.mark.parametrize("reward", [1.0, 100.0])
def test_a_round_moves_theta_by_the_slope_of_rewards_less_their_mean(reward):
    thetas, _ = rewards.rounds(core.gd, [4], number=1, reward=reward, lr=0.01)
    *played, alive = rewards.tries(thetas[0], [np.random.default_rng(4)])
    weights = rewards.minus_mean(reward * rewards.to_go(alive))
    assert np.allclose(thetas[1], -0.01 * rewards.policy_slope(*played, alive, weights))


@pytest.mark.parametrize("anew, starts", [(False, 1), (True, 3)])
def test_a_rule_starts_anew_with_each_target_only_if_it_is_told(anew, starts):
    begun = []

    def rule(*given, **hyper):
        begun.append(given)
        return core.gd(*given, **hyper)

    rewards.chase(rule, np.array([0.1]), 6, frozen=2, anew=anew)
    assert len(begun) == starts


def met(monkeypatch, number=3, **more):
    """What the rule is started with, and (x, y, leak) of each slope: tasks of two epochs."""
    thetas, seen = [], []

    def rule(grad, theta, *, lr, **hyper):
        thetas.append((theta, hyper))
        while True:
            yield dict(theta=theta + grad(theta))

    def slope(theta, x, y, leak=0.0):
        seen.append((x, y, leak))
        return 0 * theta

    monkeypatch.setattr(rewards, "TASK_STEPS", 8)
    monkeypatch.setattr(rewards, "tasks_slope", slope)
    told = list(islice(rewards.tasks(rule, range(2), lr=0.01, **more), number))
    return thetas, seen, told


def test_centred_is_each_pixel_less_its_mean(monkeypatch):
    _, seen, _ = met(monkeypatch, number=1, centred=True, leak=0.3)
    x = np.concatenate([x for x, _, _ in seen[:4]], axis=1)
    assert np.allclose(x.mean(axis=1), 0) and x.max() > 0.5
    assert {leak for _, _, leak in seen} == {0.3}


def test_what_starts_anew_with_each_task(monkeypatch):
    for anew, begun, networks in ((None, 1, 1), ("rule", 3, 1), ("network", 3, 3)):
        thetas, _, _ = met(monkeypatch, anew=anew, beta2=0.9)
        assert len(thetas) == begun and len({theta.tobytes() for theta, _ in thetas}) == networks
        assert all(hyper == dict(beta2=0.9) for _, hyper in thetas)


def test_what_is_right_and_what_is_dead(monkeypatch):
    monkeypatch.setattr(rewards, "fresh", lambda rng: rng.normal(-0.05, 0.1, rewards.SIZE))
    [(theta, _)], seen, [(right, dead)] = met(monkeypatch, number=1, leak=0.3)
    x, y = (np.concatenate([step[part] for step in seen[:4]], axis=1) for part in (0, 1))
    h, given = rewards.scores(theta, x, 0.3)
    assert np.allclose(right, np.mean(given.argmax(axis=2) == y, axis=1))
    assert np.allclose(dead, np.mean(h.max(axis=1) <= 0, axis=1)) and (dead > 0).all()
