"""Surfaces, noise, schedules, and the examples in the docstrings."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adam_core as core
from test_run import SURFACES, each_surface

ROUND = [*SURFACES, core.ravine(1), core.ravine(100, angle=-45), core.ravine(7.5, angle=400)]
unit = st.floats(0, 1)


def point_in(bounds, a, b):
    return np.array([low + (high - low) * s for (low, high), s in zip(bounds, (a, b), strict=True)])


@pytest.mark.parametrize("surface", ROUND, ids=lambda surface: surface.name)
@given(unit, unit)
def test_gradient_is_the_slope_of_the_height(surface, a, b):
    theta, h = point_in(surface.bounds, a, b), 1e-5
    steps = h * np.eye(2)
    slope = [(surface.f(theta + e) - surface.f(theta - e)) / (2 * h) for e in steps]
    scale = 1 + abs(surface.grad(theta)).max() + abs(surface.f(theta))
    np.testing.assert_allclose(surface.grad(theta), slope, rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("surface", ROUND, ids=lambda surface: surface.name)
@given(unit, unit)
def test_the_minimum_is_0_and_nothing_is_lower(surface, a, b):
    assert surface.f(surface.minimum) == 0
    np.testing.assert_allclose(surface.grad(surface.minimum), 0, atol=1e-14)
    assert surface.f(point_in(surface.bounds, a, b)) >= 0


@each_surface
def test_start_and_minimum_are_in_the_picture_and_apart(surface):
    for point in (surface.start, surface.minimum):
        assert point.shape == (2,)
        assert all(
            low < value < high for value, (low, high) in zip(point, surface.bounds, strict=True)
        )
    assert surface.f(surface.start) > 0.1
    assert abs(surface.grad(surface.start)).max() > 0.01


@each_surface
def test_one_function_serves_a_point_a_list_and_a_mesh(surface):
    x, y = np.linspace(*surface.bounds[0], 5), np.linspace(*surface.bounds[1], 4)
    mesh = np.array(np.meshgrid(x, y))
    heights, slopes = surface.f(mesh), surface.grad(mesh)
    assert heights.shape == (4, 5) and slopes.shape == (2, 4, 5)
    for i, j in np.ndindex(4, 5):
        assert surface.f([x[j], y[i]]) == heights[i, j]
        np.testing.assert_array_equal(surface.grad((x[j], y[i])), slopes[:, i, j])


def test_integers_do_not_spoil_a_surface():
    assert core.rosenbrock.f([-1, 2]) == core.rosenbrock.f([-1.0, 2.0]) == 104
    assert core.rosenbrock.grad(np.array([-1, 2])).dtype == float


# Every value below is known from the source or worked out by hand.
def test_known_heights():
    assert core.rosenbrock.f([-1.2, 1.0]) == pytest.approx(24.2)
    assert core.beale.f([1.0, 1.0]) == pytest.approx(14.203125)
    assert core.himmelblau.f([0.0, 0.0]) == 170
    for other in [(-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)]:
        assert core.himmelblau.f(other) == pytest.approx(0, abs=1e-9)
    assert core.booth.f([0.0, 0.0]) == 74
    assert core.rastrigin.f([1.0, 1.0]) == pytest.approx(2)
    assert core.saddle.f([0.0, 0.0]) == 0.25 and core.saddle.f([0.0, -1.0]) == 0
    assert core.plateau.f([1.0, 1.0]) == 0.5
    assert core.ravine(10).f([10.0, 1.0]) == 5.5


@given(st.floats(1, 1e4), st.floats(-720, 720))
def test_a_turned_ravine_is_the_ravine_turned(kappa, angle):
    turn = np.radians(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    straight, turned = core.ravine(kappa), core.ravine(kappa, angle)
    point = np.array([3.0, -0.5])
    assert turned.f(matrix @ point) == pytest.approx(straight.f(point))
    np.testing.assert_allclose(
        turned.grad(matrix @ point), matrix @ straight.grad(point), atol=1e-12
    )
    np.testing.assert_allclose(turned.start, matrix @ straight.start, atol=1e-12)


@pytest.mark.parametrize("kappa", [1, 25, 400])
def test_curvatures_of_a_ravine_are_1_over_kappa_and_1(kappa):
    grad = core.ravine(kappa, angle=30).grad
    hessian = np.stack([grad([1, 0]), grad([0, 1])])
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [1 / kappa, 1], atol=1e-14)


# ---------------------------------------------------------------------------
# Noise and drift
# ---------------------------------------------------------------------------


def flat(theta):
    return np.zeros_like(theta)


def test_noise_has_mean_0_and_the_sigma_asked_for():
    grad = core.noisy(flat, 0.5, rng=0)
    draws = np.array([grad(np.zeros(2)) for _ in range(20_000)])
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(draws.std(axis=0), 0.5, rtol=0.02)
    assert abs(np.corrcoef(draws.T)[0, 1]) < 0.03
    assert abs(np.corrcoef(draws[1:, 0], draws[:-1, 0])[0, 1]) < 0.03


def test_members_share_draws_and_may_have_their_own_sigma():
    draws = core.noisy(flat, [1, 2], rng=0)(np.zeros((2, 3, 2)))
    np.testing.assert_array_equal(draws, np.broadcast_to(draws[:, :1], draws.shape))
    np.testing.assert_array_equal(draws[..., 1], 2 * draws[..., 0])


def test_a_seed_gives_the_same_noise_again_and_a_generator_goes_on():
    rng = np.random.default_rng(5)
    first, again, other = (core.noisy(flat, 1, by)(np.zeros(2)) for by in (5, rng, rng))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_without_sigma_there_is_no_noise():
    theta = np.array([0.3, 0.4])
    noiseless = core.noisy(core.rosenbrock.grad, 0, 0)
    np.testing.assert_array_equal(noiseless(theta), core.rosenbrock.grad(theta))


def test_a_moving_target_is_found_where_it_is_at_step_t():
    valley = core.ravine(25)
    grad = core.moving(valley.grad, lambda t: [t, -t])
    for t in (1, 2, 3):
        np.testing.assert_array_equal(grad([t, -t]), [0, 0])
    trace = core.run(core.gd, core.moving(flat_bowl, lambda t: [t]), [0.0], 6, lr=1.0)
    np.testing.assert_array_equal(trace.theta[:, 0], range(7))  # lr 1 jumps onto it


def flat_bowl(theta):
    return theta


@given(st.lists(st.floats(-1e200, 1e200), min_size=1, max_size=9), st.floats(1e-3, 1e3))
def test_a_clipped_gradient_is_no_longer_than_norm_and_points_the_same_way(g, norm):
    g = np.array(g)
    clipped, length = core.clip(flat_bowl, norm)(g), np.hypot.reduce(np.abs(g))
    if length <= norm:
        np.testing.assert_array_equal(clipped, g)
    else:
        assert np.linalg.norm(clipped) == pytest.approx(norm)
        np.testing.assert_allclose(clipped / norm, g / length, rtol=1e-12, atol=1e-300)


def test_each_member_is_clipped_by_its_own_length_and_norm():
    theta = np.array([[3.0, 30.0, 0.3], [4.0, 40.0, 0.4]])
    np.testing.assert_allclose(
        core.clip(flat_bowl, [1, 10, 10])(theta), [[0.6, 6, 0.3], [0.8, 8, 0.4]]
    )
    many = np.random.default_rng(0).standard_normal((300, 4))  # sums of many, bit for bit
    for k in range(4):
        alone = core.clip(flat_bowl, 2.0)(many[:, k])
        np.testing.assert_array_equal(core.clip(flat_bowl, 2.0)(many)[:, k], alone)


def test_clipping_goes_with_noise_in_either_order():
    rough = core.clip(core.noisy(flat, 9, rng=0), 1)(np.zeros(2))
    assert np.linalg.norm(rough) == pytest.approx(1)
    sweep = core.run(core.adam, core.clip(flat_bowl, [0.1, 5]), [3.0, 4.0], 9, lr=[0.1, 0.1])
    for i, norm in enumerate([0.1, 5]):
        alone = core.run(core.adam, core.clip(flat_bowl, norm), [3.0, 4.0], 9, lr=0.1)
        np.testing.assert_array_equal(sweep.theta[..., i], alone.theta)


# ---------------------------------------------------------------------------
# Schedules: values known without the formula
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lr, values",
    [
        (core.constant(0.1), {1: 0.1, 2: 0.1, 10**9: 0.1}),
        (core.exponential_decay(8, 0.5), {1: 8, 2: 4, 3: 2, 4: 1}),
        (core.exponential_decay(8, 0), {1: 8, 2: 0}),
        (core.step_decay(8, 0.25, 3), {1: 8, 3: 8, 4: 2, 6: 2, 7: 0.5}),
        (core.inverse_time_decay(6, 1), {1: 6, 2: 3, 3: 2, 6: 1}),
        (core.inverse_time_decay(6, 0), {1: 6, 99: 6}),
        (core.cosine(8, 5), {1: 8, 2: 4 + 8**0.5, 3: 4, 4: 4 - 8**0.5, 5: 0, 6: 0, 99: 0}),
        (core.cosine(8, 3, final=2), {1: 8, 2: 5, 3: 2, 4: 2}),
        (core.cosine(8, 1), {1: 8}),
        (core.warmup(8, 4), {1: 2, 2: 4, 3: 6, 4: 8, 5: 8}),
        (core.warmup(core.exponential_decay(8, 0.5), 2), {1: 4, 2: 4, 3: 2}),
        (core.warmup(lambda t: 6 / t, 3), {1: 2, 2: 2, 3: 2, 6: 1}),
    ],
)
def test_schedule_values(lr, values):
    for t, value in values.items():
        assert lr(t) == pytest.approx(value, abs=1e-15)


def test_schedules_of_arrays_give_arrays():
    rates = np.array([[0.1], [0.2]])
    for lr in (
        core.constant(rates),
        core.exponential_decay(rates, [0.9, 0.5, 0]),
        core.step_decay(rates, [0.9, 0.5, 0], 2),
        core.inverse_time_decay(rates, [1, 2, 0]),
        core.cosine(rates, 10, final=[0.01, 0.02, 0]),
        core.warmup(core.cosine(rates, 10, final=[0.01, 0.02, 0]), 2),
    ):
        assert {np.shape(lr(t)) for t in range(1, 15)} <= {(2, 1), (2, 3)}


def test_a_schedule_keeps_no_hold_on_the_callers_array():
    rates = np.array([0.1, 0.2])
    lr = core.constant(rates)
    rates[:] = 9
    np.testing.assert_array_equal(lr(1), [0.1, 0.2])


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(core)
    assert result.failed == 0 and result.attempted > 50


def test_every_public_function_has_an_example_or_is_data():
    own = (value for name, value in vars(core).items() if not name.startswith("_"))
    functions = [f for f in own if callable(f) and getattr(f, "__module__", "") == core.__name__]
    without = {f.__name__ for f in functions if ">>>" not in (f.__doc__ or "")}
    assert without <= {"optimizer", "Trace"}
