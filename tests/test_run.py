"""`run`: what it records, and that a sweep is nothing but its single runs."""

import inspect
import pickle
from itertools import islice

import numpy as np
import pytest

import adam_core as core
from adam_core import adam, gd, noisy, run
from test_optimizers import ALL

pytestmark = pytest.mark.filterwarnings("error")

SURFACES = [
    core.ravine(25, angle=30), core.rosenbrock, core.beale, core.himmelblau, core.saddle,
    core.plateau, core.rastrigin, core.booth,
]  # fmt: skip
each_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
each_optimizer = pytest.mark.parametrize("name", ALL)
valley = core.ravine(25)


def members(values):
    """Index and single values of each member of a sweep over named arrays."""
    swept = {name: value for name, value in values.items() if np.ndim(value)}
    each = dict(zip(swept, np.broadcast_arrays(*swept.values()), strict=True))
    for index in np.ndindex(next(iter(each.values())).shape):
        yield index, values | {name: float(value[index]) for name, value in each.items()}


def assert_sweep_equals_single_runs(optimizer, grad, start, steps, **hyper):
    """`grad` makes a gradient function, a new one for each run."""
    sweep = run(optimizer, grad(), start, steps, **hyper)
    for index, single in members(hyper):
        assert_member_equals(sweep, index, run(optimizer, grad(), start, steps, **single))


def assert_member_equals(sweep, index, alone):
    assert sweep.names == alone.names
    for name in alone.names:
        member = getattr(sweep, name)[(slice(None), slice(None), *index)]
        np.testing.assert_array_equal(member, getattr(alone, name), err_msg=f"{name} of {index}")
    assert sweep.diverged_at[index] == alone.diverged_at


def three(theta):
    x, y, z = theta
    return np.stack([x + y * z, 4 * y + x * z, 9 * z + x * y])


SWEEPS = dict(  # of 2, 3, 8 and 9 members, and 3 by 2: SIMD registers full and not
    lr=dict(lr=[0.5, 1e-3]),
    many_lr=dict(lr=[1e-3, 0.01, 0.02, 0.05, 0.1, 0.3, 0.7, 1.1]),
    beta=dict(lr=0.1, beta=[0.9, 0.3, 0.987], beta1=[0.9, 0.3, 0.987]),
    many_beta=dict(lr=0.1, beta=np.linspace(0, 0.99, 9), beta1=np.linspace(0, 0.99, 9)),
    beta2=dict(lr=0.1, beta2=[0.999, 0.5, 0.93]),
    eps=dict(lr=0.1, eps=[1e-8, 0.3, 1e-3]),
    weight_decay=dict(lr=0.1, weight_decay=[0, 0.1, 0.7]),
    grid=dict(lr=[[0.5], [0.1], [1e-3]], beta=[0.9, 0.37], beta1=[0.9, 0.37]),
)


def takes(optimizer, hyper):
    """Those of the hyper-parameters that this optimizer has."""
    known = inspect.signature(optimizer).parameters
    return {name: value for name, value in hyper.items() if name in known}


@each_optimizer
@pytest.mark.parametrize("swept", SWEEPS)
def test_member_of_a_sweep_is_its_single_run_bit_for_bit(name, swept):
    optimizer = getattr(core, name)
    hyper = takes(optimizer, SWEEPS[swept])
    if any(np.ndim(value) for value in hyper.values()):
        for grad, start in [(valley.grad, valley.start), (three, [1.0, -1.0, 0.5])]:
            assert_sweep_equals_single_runs(optimizer, lambda grad=grad: grad, start, 70, **hyper)


@each_surface
@pytest.mark.parametrize("name", ["gd", "heavy_ball", "adam", "amsgrad"])
def test_member_is_its_single_run_on_every_surface(name, surface):
    assert_sweep_equals_single_runs(
        getattr(core, name), lambda: surface.grad, surface.start, 60, lr=[1e-4, 1e-2, 0.3]
    )


@each_optimizer
def test_member_is_its_single_run_under_noise(name):
    assert_sweep_equals_single_runs(
        getattr(core, name), lambda: noisy(valley.grad, 0.5, rng=3), valley.start, 40,
        lr=[1e-3, 0.1, 0.2],
    )  # fmt: skip


def test_members_feel_their_own_sigma():
    sweep = run(adam, noisy(valley.grad, [0.1, 0.9], rng=3), valley.start, 40, lr=[0.1, 0.1])
    for i, sigma in enumerate([0.1, 0.9]):
        alone = run(adam, noisy(valley.grad, sigma, rng=3), valley.start, 40, lr=0.1)
        assert_member_equals(sweep, (i,), alone)


@each_optimizer
def test_member_is_its_single_run_on_a_moving_target(name):
    assert_sweep_equals_single_runs(
        getattr(core, name), lambda: core.moving(valley.grad, lambda t: [t / 9, np.sin(t)]),
        valley.start, 40, lr=[1e-3, 0.1, 0.2],
    )  # fmt: skip


SCHEDULES = dict(
    constant=lambda lr: core.constant(lr),
    exponential_decay=lambda lr: core.exponential_decay(lr, 0.93),
    step_decay=lambda lr: core.step_decay(lr, 0.3, every=7),
    inverse_time_decay=lambda lr: core.inverse_time_decay(lr, 0.1),
    cosine=lambda lr: core.cosine(lr, 50, final=1e-3),
    warmup=lambda lr: core.warmup(lr, 13),
    warmup_cosine=lambda lr: core.warmup(core.cosine(lr, 50), 13),
    own=lambda lr: lambda t: lr / np.sqrt(t),
)


@each_optimizer
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_member_is_its_single_run_with_a_schedule(name, schedule):
    optimizer, make = getattr(core, name), SCHEDULES[schedule]
    rates = np.array([1e-3, 0.03, 0.2])
    sweep = run(optimizer, valley.grad, valley.start, 60, lr=make(rates))
    for i, rate in enumerate(rates):
        alone = run(optimizer, valley.grad, valley.start, 60, lr=make(rate))
        assert_member_equals(sweep, (i,), alone)


@pytest.mark.parametrize("schedule", [core.exponential_decay, core.inverse_time_decay])
def test_a_schedule_s_other_parameters_can_be_swept(schedule):
    rates = np.array([0.1, 0.5, 0.987])
    sweep = run(adam, valley.grad, valley.start, 60, lr=schedule(0.3, rates))
    for i, rate in enumerate(rates):
        alone = run(adam, valley.grad, valley.start, 60, lr=schedule(0.3, rate))
        assert_member_equals(sweep, (i,), alone)


def test_members_may_start_elsewhere():
    starts = np.array([[-9.0, 3, 1], [2.0, 1, 0]])
    sweep = run(adam, valley.grad, starts, 30, lr=[[0.1], [0.2]])
    assert sweep.theta.shape == (31, 2, 2, 3)
    for i, lr in enumerate([0.1, 0.2]):
        for j in range(3):
            assert_member_equals(sweep, (i, j), run(adam, valley.grad, starts[:, j], 30, lr=lr))


def test_a_sweep_of_one_keeps_its_axis():
    assert run(adam, valley.grad, valley.start, 5, lr=[0.1]).theta.shape == (6, 2, 1)


# ---------------------------------------------------------------------------
# What is recorded
# ---------------------------------------------------------------------------

YIELDS = dict(
    gd="theta g", heavy_ball="theta g velocity", momentum="theta g m",
    nesterov="theta g velocity", adagrad="theta g s", rmsprop="theta g v",
    adadelta="theta g v u", adam="theta g m v m_hat v_hat", adamw="theta g m v m_hat v_hat",
    amsgrad="theta g m v v_max m_hat v_hat", adamax="theta g m u m_hat",
    nadam="theta g m v m_hat v_hat", sign_descent="theta g", lion="theta g m",
)  # fmt: skip


@each_optimizer
def test_row_t_of_the_trace_is_step_t(name):
    optimizer = getattr(core, name)
    trace = run(optimizer, valley.grad, valley.start, 12, **ALL[name])
    assert trace.names == tuple(YIELDS[name].split())
    np.testing.assert_array_equal(trace.theta[0], valley.start)
    np.testing.assert_array_equal(trace.g[1:], [valley.grad(theta) for theta in trace.theta[:-1]])
    steps = optimizer(valley.grad, valley.start, **ALL[name])
    for t, state in enumerate(islice(steps, 12), 1):
        for quantity in trace.names:
            np.testing.assert_array_equal(getattr(trace, quantity)[t], state[quantity])
    for quantity in trace.names:
        assert getattr(trace, quantity).shape == (13, 2)
        if quantity != "theta":
            assert np.isnan(getattr(trace, quantity)[0]).all()
            assert np.isfinite(getattr(trace, quantity)[1:]).all()


def test_only_what_is_asked_is_recorded():
    trace = run(adam, valley.grad, valley.start, 5, record=("v_hat", "theta"))
    assert trace.names == ("v_hat", "theta")
    assert repr(trace) == "<Trace of 5 steps, v_hat (2,): v_hat, theta>"
    with pytest.raises(AttributeError, match="'m' was not recorded; recorded: v_hat, theta"):
        trace.m  # noqa: B018
    whole = run(adam, valley.grad, valley.start, 5)
    np.testing.assert_array_equal(trace.v_hat, whole.v_hat)
    assert run(adam, valley.grad, valley.start, 5, record=["g"]).names == ("g",)


def test_a_schedule_is_asked_for_the_papers_t():
    asked = []
    run(gd, valley.grad, valley.start, 4, lr=lambda t: asked.append(t) or 0.1)
    assert asked[-4:] == [1, 2, 3, 4]
    assert set(asked[:-4]) <= {1}  # the checks try it at t = 1


def test_each_gradient_is_evaluated_once():
    calls = []
    trace = run(adam, lambda theta: calls.append(theta.copy()) or theta, [3.0], 7)
    np.testing.assert_array_equal(calls, trace.theta[:-1])


# ---------------------------------------------------------------------------
# Overflow
# ---------------------------------------------------------------------------


def test_divergence_is_reported_per_member():
    lr = np.array([0.5, 5.0, 50.0, 1e200])
    sweep = run(gd, lambda theta: theta, [4.0], 600, lr=lr)
    singles = [run(gd, lambda theta: theta, [4.0], 600, lr=rate).diverged_at for rate in lr]
    assert sweep.diverged_at.tolist() == singles
    assert singles[0] == 0 and singles[1] > singles[2] > singles[3] > 0


def test_diverged_at_is_the_first_step_that_is_not_finite():
    trace = run(gd, lambda theta: theta, [4.0], 3000, lr=2.5)
    assert np.isfinite(trace.theta[: trace.diverged_at]).all()
    assert not np.isfinite(trace.theta[trace.diverged_at]).all()


def test_diverged_at_sees_only_what_is_recorded():
    def huge_then_fine(theta):
        return theta * 0 + 1e200  # g**2 overflows, theta does not

    assert run(adam, huge_then_fine, [1.0], 3).diverged_at == 1
    assert run(adam, huge_then_fine, [1.0], 3, record=("theta",)).diverged_at == 0


def test_overflow_in_grad_is_silent_and_leaves_the_callers_settings_alone():
    before = np.geterr()
    trace = run(gd, core.rosenbrock.grad, core.rosenbrock.start, 20, lr=1.0)
    assert trace.diverged_at > 0
    assert np.geterr() == before


# ---------------------------------------------------------------------------
# What callers do
# ---------------------------------------------------------------------------


@each_optimizer
def test_integers_are_as_good_as_floats(name):
    optimizer, hyper = getattr(core, name), ALL[name]
    for start in ([3, -2], np.array([3, -2]), (3, -2.0), np.array([3, -2], dtype=np.int8)):
        trace = run(optimizer, valley.grad, start, 9, **hyper)
        wanted = run(optimizer, valley.grad, [3.0, -2.0], 9, **hyper)
        np.testing.assert_array_equal(trace.theta, wanted.theta)
    ints = run(optimizer, lambda theta: np.array([1, -2]), [3, -2], 9, **hyper)
    floats = run(optimizer, lambda theta: np.array([1.0, -2]), [3, -2], 9, **hyper)
    np.testing.assert_array_equal(ints.theta, floats.theta)


@each_optimizer
def test_theta0_stays_as_it_was(name):
    start, lr = np.array([3.0, -2.0]), np.array([0.1, 0.2])
    run(getattr(core, name), valley.grad, start, 9, lr=lr)
    list(islice(getattr(core, name)(valley.grad, start, lr=lr), 9))
    np.testing.assert_array_equal(start, [3, -2])
    np.testing.assert_array_equal(lr, [0.1, 0.2])


@each_optimizer
def test_grad_may_reuse_its_buffer(name):
    buffer = np.empty(2)

    def reusing(theta):
        buffer[:] = valley.grad(theta)
        return buffer

    trace, wanted = (
        run(getattr(core, name), grad, valley.start, 20, **ALL[name])
        for grad in (reusing, valley.grad)
    )
    for quantity in wanted.names:
        np.testing.assert_array_equal(getattr(trace, quantity), getattr(wanted, quantity))


@each_optimizer
def test_grad_may_return_theta_itself_or_a_list(name):
    paths = [
        run(getattr(core, name), grad, [4.0, -1.0], 20, **ALL[name]).theta
        for grad in (lambda theta: theta.copy(), lambda theta: theta, lambda theta: theta.tolist())
    ]
    np.testing.assert_array_equal(paths[1], paths[0])
    np.testing.assert_array_equal(paths[2], paths[0])


@each_optimizer
def test_a_single_number_is_a_start_too(name):
    optimizer, hyper = getattr(core, name), ALL[name]
    trace = run(optimizer, lambda theta: theta, 4.0, 30, **hyper)
    wanted = run(optimizer, lambda theta: theta, [4.0], 30, **hyper)
    assert trace.theta.shape == (31,)
    np.testing.assert_allclose(trace.theta, wanted.theta[:, 0], rtol=1e-14)
    assert trace.diverged_at == 0


def test_the_generator_alone_takes_steps_without_end():
    steps = adam(valley.grad, valley.start, lr=0.1)
    path = [next(steps)["theta"] for _ in range(300)]
    np.testing.assert_array_equal(path, run(adam, valley.grad, valley.start, 300, lr=0.1).theta[1:])
    lifted = np.repeat(valley.start[:, None], 2, axis=1)  # who sweeps without run lifts theta
    state = next(adam(valley.grad, lifted, lr=[0.1, 0.2]))
    assert state["theta"].shape == (2, 2)


def test_an_optimizer_of_ones_own_can_be_run():
    def sign_descent(grad, theta, *, lr):
        while True:
            g = grad(theta)
            theta = theta - lr * np.sign(g)
            yield dict(theta=theta, g=g, direction=np.sign(g))

    trace = run(sign_descent, valley.grad, valley.start, 10, lr=0.25)
    assert trace.names == ("theta", "g", "direction")
    np.testing.assert_array_equal(trace.theta[10], [-6.5, 0])


# ---------------------------------------------------------------------------
# Going on
# ---------------------------------------------------------------------------


@each_optimizer
def test_a_run_in_two_parts_is_the_run_in_one(name):
    optimizer = getattr(core, name)
    grad = lambda: noisy(valley.grad, 0.1, rng=3)  # noqa: E731
    dials = dict(lr=core.cosine(0.1, steps=30))
    whole = run(optimizer, grad(), valley.start, 30, **dials)
    parts = run(optimizer, grad(), valley.start, 7, **dials).more(1).more(22)
    assert parts.names == whole.names
    for quantity in whole.names:
        np.testing.assert_array_equal(getattr(parts, quantity), getattr(whole, quantity))


def test_going_on_keeps_the_older_trace_as_it_was():
    first = run(adam, valley.grad, valley.start, 5, record=("theta",), lr=[0.1, 3.0])
    before = first.theta.copy()
    longer = first.more(5)
    np.testing.assert_array_equal(first.theta, before)
    np.testing.assert_array_equal(longer.theta[:6], before)
    assert longer.names == ("theta",)
    with pytest.raises(ValueError, match="take the Trace that `more` returned"):
        first.more(1)


def test_where_it_diverges_counts_from_the_first_step():
    run_up = run(gd, lambda theta: theta, [4.0], 1700, lr=2.5)
    assert run_up.diverged_at == 0
    assert run_up.more(100).diverged_at == 1746


@pytest.mark.parametrize("steps", [0, -1, 2.5, "ten"])
def test_bad_steps_lose_nothing(steps):
    trace = run(gd, valley.grad, valley.start, 3, lr=0.1)
    with pytest.raises(ValueError, match="steps must be a positive whole number"):
        trace.more(steps)
    assert trace.more(1).theta.shape == (5, 2)


def test_a_trace_can_be_copied_and_sent():
    trace = run(gd, valley.grad, valley.start, 3, lr=0.1)
    sent = pickle.loads(pickle.dumps(trace))
    np.testing.assert_array_equal(sent.theta, trace.theta)
    with pytest.raises(ValueError, match="cannot go on"):
        sent.more(1)
    assert trace.more(1).theta.shape == (5, 2)
