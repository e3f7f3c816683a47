"""The optimizers against PyTorch and optax, and against what must hold whatever the formula."""

import json
import os
import threading
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import adam_core as core
from adam_core import adam, adam_inplace, adamw, amsgrad, gd, heavy_ball, momentum, nesterov, run
from data import record_paths
from data.record_paths import CASES, FILE, MATRICES, PROBLEMS, STEPS

# ---------------------------------------------------------------------------
# The same paths as PyTorch and optax
# ---------------------------------------------------------------------------


def three(theta):
    x, y, z = theta
    return np.array([x + y * z, 4 * y + x * z, 9 * z + x * y])


def tall(theta):
    a, b = theta.T
    return np.stack([2 * a + [b[1] * a[2], 0, a[0] * b[1]], 6 * b + [0, a[0] * a[2], 0]], axis=1)


def wide(theta):
    a, b, c = theta.T
    return np.stack([2 * a / 5, 2 * c + 4 * b, 2 * b + 2 * c], axis=1)


def replay(gradients):
    """A grad that ignores theta and returns one row after the other."""
    rows = iter(gradients)
    return lambda theta: next(rows)


def our_trace(optimizer, hyper, problem):
    grad = dict(
        ravine=core.ravine(25).grad,
        rosenbrock=core.rosenbrock.grad,
        three=three,
        tall=tall,
        wide=wide,
        sparse=replay(record_paths.sparse_gradients()),
    )[problem]
    if isinstance(hyper.get("lr"), list):
        rates = hyper["lr"]
        hyper = dict(hyper, lr=lambda t: rates[t - 1])
    return run(getattr(core, optimizer), grad, (PROBLEMS | MATRICES)[problem][1], STEPS, **hyper)


def same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def label(case):
    hyper = dict(case["hyper"])
    if isinstance(hyper.get("lr"), list):
        hyper["lr"] = "falling"
    return "-".join([case["optimizer"], case["problem"], *(f"{k}={v}" for k, v in hyper.items())])


recorded = np.load(FILE)
each_case = pytest.mark.parametrize("i, case", list(enumerate(CASES)), ids=map(label, CASES))


def test_the_recording_is_of_these_cases():
    assert json.loads(str(recorded["cases"])) == CASES
    assert {case["optimizer"] for case in CASES} == {*ALL, *OF_MATRICES} and len(ALL) == 14


@each_case
def test_path_is_the_recorded_one(i, case):
    same(our_trace(**case).theta, recorded[str(i)])


def test_states_are_the_recorded_ones():
    keys = [key.split() for key in recorded if " " in key]
    assert {name for _, name in keys} == {"velocity", "m", "v", "v_max", "s", "u"}
    for i, name in keys:
        same(getattr(our_trace(**CASES[int(i)]), name)[-1], recorded[f"{i} {name}"])


def needs(package):
    """Skips where it is not installed; `make parity` has installed it."""
    return (import_module if "ADAM_PARITY" in os.environ else pytest.importorskip)(package)


@each_case
def test_path_is_the_oracle_s_of_today(i, case):
    needs("torch")  # its autograd serves optax too
    if record_paths.from_optax(**case):
        needs("optax")
    same(our_trace(**case).theta, record_paths.oracle(**case)[0])


# ---------------------------------------------------------------------------
# What must hold between them
# ---------------------------------------------------------------------------

OF_MATRICES = "adafactor", "muon"
# a rate that suits every surface
ALL = {name: dict(lr=0.01) for name in record_paths.HYPER if name not in OF_MATRICES}
ADAMS = [adam, adamw, amsgrad, core.nadam]
valley = core.ravine(25, angle=30)

signed = st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3) | st.just(0.0)
sequences = arrays(float, (30, 3), elements=signed)


def thetas(optimizer, gradients, **hyper):
    gradients = np.asarray(gradients)
    start = np.zeros(gradients.shape[1:])
    return run(optimizer, replay(gradients), start, len(gradients), **hyper).theta


@given(sequences)
def test_momentum_is_heavy_ball_with_lr_over_one_minus_beta(g):
    same(thetas(momentum, g, lr=0.4, beta=0.75), thetas(heavy_ball, g, lr=0.1, beta=0.75))


def test_momentum_and_heavy_ball_part_when_lr_changes():
    paths = [
        run(which, valley.grad, valley.start, 20, lr=core.step_decay(lr, 0.1, 10), beta=0.75).theta
        for which, lr in [(momentum, 0.4), (heavy_ball, 0.1)]
    ]
    same(paths[0][:11], paths[1][:11])
    assert abs(paths[0][11] - paths[1][11]).max() > 0.01


@pytest.mark.parametrize("which", [heavy_ball, momentum, nesterov])
def test_without_memory_every_momentum_is_gradient_descent(which):
    path, plain = (
        run(optimizer, valley.grad, valley.start, 30, lr=0.5, **hyper).theta
        for optimizer, hyper in [(which, dict(beta=0)), (gd, {})]
    )
    same(path, plain)


@given(sequences)
def test_adamw_without_decay_is_adam(g):
    same(thetas(adamw, g, weight_decay=0), thetas(adam, g))  # lr multiplies last: other rounding


@given(sequences)
def test_adamw_without_gradient_only_shrinks(g):
    trace = run(adamw, lambda theta: 0 * theta, g[0], 9, lr=0.1, weight_decay=0.5)
    same(trace.theta[-1], g[0] * 0.95**9)


@given(sequences)
def test_adam_without_first_moment_or_correction_is_rmsprop(g):
    plain = thetas(adam, g, lr=0.1, beta1=0, beta2=0.9, bias_correction=False)
    same(plain, thetas(core.rmsprop, g, lr=0.1, beta=0.9))


@given(sequences)
def test_amsgrad_is_adam_while_v_grows(g):
    growing = np.cumsum(abs(g), axis=0)
    same(thetas(amsgrad, growing), thetas(adam, growing))


@given(sequences)
def test_amsgrad_never_forgets_its_largest_v(g):
    trace = run(amsgrad, replay(g), np.zeros(3), len(g))
    assert (np.diff(trace.v_max[1:], axis=0) >= 0).all()
    np.testing.assert_array_equal(trace.v_max[-1], trace.v[1:].max(axis=0))


@given(arrays(float, 4, elements=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)))
def test_first_step_is_lr_against_the_sign(g):
    for optimizer in (adam, amsgrad, core.adamax, core.adagrad):
        np.testing.assert_allclose(thetas(optimizer, [g], lr=0.1)[1], -0.1 * np.sign(g), rtol=1e-4)


@pytest.mark.parametrize("optimizer", [*ADAMS, core.adamax])
def test_corrected_averages_of_a_constant_are_the_constant(optimizer):
    trace = run(optimizer, lambda theta: theta * 0 + [3, -0.2], [1.0, 1], 40, lr=0.1)
    if optimizer is not core.nadam:
        np.testing.assert_allclose(trace.m_hat[1:], np.tile([3, -0.2], (40, 1)), rtol=1e-12)
    if optimizer is not core.adamax:
        np.testing.assert_allclose(trace.v_hat[1:], np.tile([9, 0.04], (40, 1)), rtol=1e-12)


LARGEST = (1 - 0.9) / np.sqrt((1 - 0.999) * (1 - 0.9**2 / 0.999))  # facts.md 3: 7.27 lr


@given(arrays(float, (40, 2), elements=st.floats(-1e6, 1e6)))
def test_adam_never_steps_further_than_7_27_lr(g):
    steps = np.diff(thetas(adam, g, lr=1.0), axis=0)
    assert abs(steps).max() <= LARGEST


def test_adam_steps_almost_7_27_lr_where_gradients_grow_after_a_quiet_start():
    t = np.arange(20_000)
    growing = np.where(t < 19_900, 0, 1e-6 * (0.999 / 0.9) ** (t - 19_900))
    step = abs(np.diff(thetas(adam, growing[:, None], lr=1.0, eps=1e-300), axis=0)).max()
    assert 0.99 * LARGEST < step <= LARGEST
    assert f"{LARGEST:.2f}" == "7.27"


@pytest.mark.parametrize("optimizer", [adam, amsgrad, core.nadam, core.adamax, core.adagrad])
@given(sequences, arrays(float, 3, elements=st.floats(1e-3, 1e3)))
def test_scale_of_a_coordinate_does_not_matter(optimizer, g, scale):
    hyper = dict(lr=0.1, eps=1e-300)
    np.testing.assert_allclose(
        thetas(optimizer, g * scale, **hyper), thetas(optimizer, g, **hyper), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("name", ALL)
@given(sequences)
def test_mirrored_gradients_give_the_mirrored_path(name, g):
    optimizer = getattr(core, name)
    np.testing.assert_array_equal(
        thetas(optimizer, -g, **ALL[name]), -thetas(optimizer, g, **ALL[name])
    )


@pytest.mark.parametrize("name", ALL)
def test_coordinates_do_not_feel_each_other(name):
    g, optimizer = record_paths.sparse_gradients(), getattr(core, name)
    together = thetas(optimizer, g, **ALL[name])
    for i in range(g.shape[1]):
        np.testing.assert_array_equal(together[:, [i]], thetas(optimizer, g[:, [i]], **ALL[name]))


@pytest.mark.parametrize("name", OF_MATRICES)
def test_what_is_no_matrix_is_refused(name):
    optimizer = getattr(core, name)
    with pytest.raises(ValueError, match="theta must be a matrix"):
        run(optimizer, valley.grad, valley.start, 2, lr=0.1)
    with pytest.raises(ValueError, match="lr must be a single number"):
        run(optimizer, lambda theta: theta, np.ones((2, 3)), 2, lr=[0.1, 0.2, 0.3])


@given(arrays(float, (3, 5), elements=st.floats(-10, 10)))
def test_newton_schulz_turns_with_its_matrix_and_lifts_singular_values(matrix):
    np.testing.assert_allclose(core.newton_schulz(matrix.T), core.newton_schulz(matrix).T)
    before = np.linalg.svd(matrix, compute_uv=False)
    after = np.linalg.svd(core.newton_schulz(matrix), compute_uv=False)
    norm = np.linalg.norm(matrix)
    large = np.sort(before) > 0.01 * norm if norm > 1e-3 else []
    assert ((np.sort(after)[large] > 0.3) & (np.sort(after)[large] < 1.3)).all()


# ---------------------------------------------------------------------------
# In place
# ---------------------------------------------------------------------------


def numba():
    (import_module if "ADAM_FAST" in os.environ else pytest.importorskip)("numba")
    return True


KINDS = {  # how the same step is taken
    "NumPy": lambda: dict(threads=1, compiled=False),
    "NumPy, 3 threads": lambda: dict(threads=3, compiled=False),
    "Numba": lambda: dict(threads=1, compiled=numba()),
    "Numba, 3 threads": lambda: dict(threads=3, compiled=numba()),
    "as it comes": dict,
}
each_kind = pytest.mark.parametrize("how", KINDS.values(), ids=KINDS)
SIZES = [0, 1, 5, 16_383, 16_384, 16_385, 50_000]  # of blocks, and none of them


@each_kind
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("size", [*SIZES, 1_000_003])  # a prime: no number of spans divides it
def test_adam_inplace_is_adam(size, dtype, tolerance, how):
    how, steps = how(), 5 if size < 1e6 else 2
    rng = np.random.default_rng(size)
    gradients = rng.standard_normal((steps, size)).astype(dtype)
    theta = rng.standard_normal(size).astype(dtype)
    hyper = dict(lr=0.03, beta1=0.8, beta2=0.95, eps=0.01)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    if size:
        trace = run(adam, replay(gradients), theta, steps, **hyper)
    for t, g in enumerate(gradients, 1):
        before = g.copy()
        assert adam_inplace(theta, g, m, v, t, **hyper, **how) is None
        np.testing.assert_array_equal(g, before)
        if size:
            for ours, wanted in [(theta, trace.theta), (m, trace.m), (v, trace.v)]:
                np.testing.assert_allclose(ours, wanted[t], rtol=tolerance, atol=tolerance)


@each_kind
def test_adam_inplace_is_silent_where_numbers_end(how):
    """As `run` is: what is not finite stays visible, and nothing warns or raises."""
    g = np.array([0.0, np.inf, np.nan, 1e200, 1e-300])
    theta, m, v = np.ones(5), np.zeros(5), np.zeros(5)
    adam_inplace(theta, g, m, v, 1, **how())
    np.testing.assert_array_equal(np.isfinite(theta), [True, False, False, True, True])
    np.testing.assert_array_equal(np.isfinite(v), [True, False, False, False, True])


@each_kind
def test_adam_inplace_makes_the_same_bits_with_any_number_of_threads(how):
    how, made = how(), []
    for threads in (1, 2, 5):
        theta, g = np.random.default_rng(0).standard_normal((2, 700_001))
        m, v = np.zeros_like(theta), np.zeros_like(theta)
        for t in (1, 2):
            adam_inplace(theta, g, m, v, t, **how | dict(threads=threads))
        made.append(theta)
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[0], made[2])


def test_what_another_thread_meets_is_raised(monkeypatch):
    here, met = threading.get_ident(), threading.Event()

    def blocks(*_):
        if threading.get_ident() == here:
            assert met.wait(10), "no other thread took part"
        else:
            met.set()
            raise MemoryError

    monkeypatch.setattr(core, "_adam_blocks", blocks)
    with pytest.raises(MemoryError):
        adam_inplace(*np.zeros((4, 700_001)), 1, threads=2, compiled=False)


def test_adam_inplace_has_adam_s_defaults_and_takes_any_shape():
    g = np.random.default_rng(0).standard_normal((3, 4, 5))
    theta, m, v = np.ones((3, 4, 5)), np.zeros((3, 4, 5)), np.zeros((3, 4, 5))
    for t in (1, 2, 3):  # at the first step no beta counts
        adam_inplace(theta, g / t, m, v, t)
    same(theta, run(adam, replay([g, g / 2, g / 3]), np.ones((3, 4, 5)), 3).theta[3])
