"""What is not allowed is refused at the call, by name and value; what is allowed never fails."""

import inspect
import re
import warnings
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import adam_core as core
from adam_core import adam, adam_inplace, gd, run
from adam_lab import panels
from searched import searched
from test_optimizers import ALL, OF_MATRICES

nan, inf = float("nan"), float("inf")
START = [4.0, -1.0]


def identity(theta):
    return theta


def refuses(name, value):
    """The ValueError that names this argument first, and shows this value."""
    return pytest.raises(ValueError, match=f"^{re.escape(name)}\\b.*{re.escape(str(value))}")


# ---------------------------------------------------------------------------
# Hyper-parameters
# ---------------------------------------------------------------------------

FRACTIONS = [-0.1, 1, 1.5, nan, inf, "0.9", None, True, 1j, [0.9, 1.0], {}, identity]
POSITIVES = [0, -1, nan, inf, -inf, "fast", None, False, [], [[]], 1j, b"1", 10**400]
BAD = dict(
    lr=[*POSITIVES, [0.1, -0.1], [0.1, nan], [[0.1], [0.2, 0.3]], [0.1, "fast"]],
    beta=FRACTIONS,
    beta1=FRACTIONS,
    beta2=FRACTIONS,
    eps=[*POSITIVES, identity],
    weight_decay=[-1, nan, inf, "some", None, True],
    bias_correction=[None, 1, "yes", 0.5, [True, False]],
    eps_inside=[None, 1, "yes", 0.5, [True, False]],
)


def parameters(name):
    return list(inspect.signature(getattr(core, name)).parameters)[2:]


REFUSED = [
    pytest.param(name, argument, value, id=f"{name}-{argument}={str(value)[:20]}")
    for name in ALL
    for argument in parameters(name)
    for value in BAD[argument]
]


@pytest.mark.parametrize("name, argument, value", REFUSED)
def test_bad_hyper_parameter_is_refused(name, argument, value):
    optimizer, hyper = getattr(core, name), ALL[name] | {argument: value}
    listed = isinstance(value, list) and value and not isinstance(value[0], list)
    shown = "" if listed and "fast" not in value else value  # a list: the first bad one is shown
    with refuses(argument, shown):
        run(optimizer, identity, START, 5, **hyper)
    with refuses(argument, "" if isinstance(value, list) else value):
        optimizer(identity, START, **hyper)  # not at the first next


def test_the_bad_one_of_many_is_pointed_out():
    with refuses("lr", "-0.1 at index (1,)"):
        run(adam, identity, START, 5, lr=[0.1, -0.1, nan])
    with refuses("beta1", "1.0 at index (1, 0)"):
        run(adam, identity, START, 5, beta1=[[0.9], [1.0]])


@pytest.mark.parametrize("name", ALL)
def test_unknown_hyper_parameter_is_named(name):
    for call in (run, lambda optimizer, grad, start, _, **h: optimizer(grad, start, **h)):
        with pytest.raises(TypeError, match=rf"^{name}: .*'betta'.*it takes lr"):
            call(getattr(core, name), identity, START, 5, betta=0.1, **ALL[name])


def test_missing_lr_is_named():
    with pytest.raises(TypeError, match=r"gd: .*'lr'"):
        run(gd, identity, START, 5)


@pytest.mark.parametrize(
    "hyper, start",
    [
        (dict(lr=[0.1, 0.2], beta1=[0.1, 0.2, 0.3]), START),
        (dict(lr=[0.1, 0.2, 0.3]), [[1.0, 2.0], [3.0, 4.0]]),
        (dict(lr=lambda t: np.ones(3) / t, eps=[1e-8, 1e-3]), START),
    ],
)
def test_sweeps_that_do_not_broadcast_are_refused(hyper, start):
    with pytest.raises(ValueError, match=r"must broadcast together .* lr \(\d,\)"):
        run(adam, identity, start, 5, **hyper)


@pytest.mark.parametrize("lr", [[0.1, 0.2, 0.3], [[0.1], [0.2]]])
def test_an_optimizer_alone_does_not_lift_theta(lr):
    with refuses("lr", np.shape(lr)):
        adam(identity, START, lr=lr)


# ---------------------------------------------------------------------------
# The other arguments
# ---------------------------------------------------------------------------

STARTS = [
    nan, [inf, 1], [1, -inf], "ab", ["a"], [], [[], []], None, [None, 1], [[1, 2], [3]], [True],
    1j, {}, [np.longdouble("1e4000")],
]  # fmt: skip


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize("name", ALL)
def test_bad_start_is_refused(name, start):
    shown = "" if isinstance(start, list) else start
    with refuses("theta0", shown):
        run(getattr(core, name), identity, start, 5, **ALL[name])
    with refuses("theta", shown):
        getattr(core, name)(identity, start, **ALL[name])


@pytest.mark.parametrize("steps", [0, -1, 2.5, 3.0, "10", True, None, [3], nan])
def test_bad_number_of_steps_is_refused(steps):
    with refuses("steps", steps):
        run(adam, identity, START, steps)


GRADIENTS = dict(
    none=lambda theta: None, short=lambda theta: theta[:1], long=lambda theta: [1.0, 2.0, 3.0],
    column=lambda theta: theta[:, None], number=lambda theta: 1.0, text=lambda theta: "steep",
    ragged=lambda theta: [[1.0], [2.0, 3.0]], nones=lambda theta: [None, 1.0],
    complex=lambda theta: theta + 1j, a_dict=lambda theta: {},
)  # fmt: skip


@pytest.mark.parametrize("grad", GRADIENTS)
@pytest.mark.parametrize("name", ALL)
def test_gradient_of_another_shape_is_refused(name, grad):
    for call in (lambda *args, **hyper: run(*args, 5, **hyper), lambda f, *a, **h: f(*a, **h)):
        with refuses("grad", "(2,)"):
            call(getattr(core, name), GRADIENTS[grad], START, **ALL[name])


@pytest.mark.parametrize("grad", ["none", "text", "ragged", "long"])
def test_gradient_of_a_single_number_is_one(grad):
    with refuses("grad", "()"):
        run(adam, GRADIENTS[grad], 4.0, 5)


def test_gradient_that_changes_its_shape_is_refused_when_it_does():
    answers = iter([[1.0, 2.0], [1.0]])
    with refuses("grad", "(2,)"):
        run(adam, lambda theta: next(answers), START, 5)


@pytest.mark.parametrize("value", [None, 3, "adam"])
def test_what_is_not_a_function_is_refused(value):
    with refuses("grad", value):
        run(adam, value, START, 5)
    with refuses("optimizer", value):
        run(value, identity, START, 5)


@pytest.mark.parametrize("wrong", [lambda grad, theta: theta, lambda grad, theta: iter([theta])])
def test_an_optimizer_that_yields_no_dict_is_refused(wrong):
    with refuses("optimizer", wrong):
        run(wrong, identity, START, 5)


@pytest.mark.parametrize("record", ["theta", "m", (), [], 5, [["theta"]], {"theta": 1}, [None]])
def test_bad_record_is_refused(record):
    with refuses("record", record):
        run(adam, identity, START, 5, record=record)


def test_unknown_record_is_refused_and_the_known_are_listed():
    with refuses("record", "'velocity'"):
        run(adam, identity, START, 5, record=("theta", "velocity"))
    with pytest.raises(ValueError, match="theta, g, m, v, m_hat, v_hat"):
        run(adam, identity, START, 5, record=("velocity",))


# ---------------------------------------------------------------------------
# Surfaces, schedules, adam_inplace
# ---------------------------------------------------------------------------

CALLS = [  # function, argument, what it refuses
    (lambda x: core.ravine(x), "kappa", [0.5, -1, nan, inf, "x", None, True, []]),
    (lambda x: core.ravine(25, x), "angle", [nan, inf, "x", None, True]),
    (lambda x: core.noisy(identity, x, 0), "sigma", [-1, nan, "x", None, True]),
    (lambda x: core.noisy(x, 1, 0), "grad", [None, 3]),
    (lambda x: core.moving(x, lambda t: [0, 0]), "grad", [None, 3]),
    (lambda x: core.moving(identity, x), "drift", [None, [1, 0]]),
    (lambda x: core.moving(identity, lambda t: [x, 0.0])(np.zeros(2)), "drift(t)", [nan, inf]),
    (lambda x: core.clip(identity, x), "norm", [0, -1, nan, inf, "x", None, True, []]),
    (lambda x: core.clip(x, 1), "grad", [None, 3]),
    (lambda x: core.clip(lambda theta: x, 1)(np.zeros(2)), "grad", [None, "x", 1.0]),
    (core.constant, "lr", POSITIVES),
    (lambda x: core.exponential_decay(x, 0.5), "lr", POSITIVES),
    (lambda x: core.step_decay(x, 0.5, 3), "lr", POSITIVES),
    (lambda x: core.inverse_time_decay(x, 0.5), "lr", POSITIVES),
    (lambda x: core.cosine(x, 10), "lr", POSITIVES),
    (lambda x: core.warmup(x, 10), "lr", POSITIVES),
    (lambda x: core.exponential_decay(0.1, x), "rate", FRACTIONS),
    (lambda x: core.step_decay(0.1, x, 3), "factor", FRACTIONS),
    (lambda x: core.step_decay(0.1, 0.5, x), "every", [0, -1, 2.5, "x", None, True]),
    (lambda x: core.inverse_time_decay(0.1, x), "rate", [-1, nan, inf, "x", None, True]),
    (lambda x: core.cosine(0.1, x), "steps", [0, -1, 2.5, "x", None, True]),
    (lambda x: core.cosine(0.1, 10, x), "final", [-1, nan, inf, "x", None, True]),
    (lambda x: core.warmup(0.1, x), "steps", [0, -1, 2.5, "x", None, True]),
    (lambda x: core.warmup(lambda t: x, 5), "lr(1)", [-1, nan, inf, "x", None]),
    (lambda x: run(adam, identity, START, 5, lr=lambda t: x), "lr(1)", [-1, nan, inf, "x", None]),
]


@pytest.mark.parametrize(
    "call, argument, value",
    [
        pytest.param(call, argument, value, id=f"{i}-{argument}={str(value)[:20]}")
        for i, (call, argument, values) in enumerate(CALLS)
        for value in values
    ],
)
def test_bad_argument_is_refused(call, argument, value):
    shown = "" if isinstance(value, list) and argument != "drift" else value
    with pytest.raises(ValueError, match=f"^{re.escape(argument)} .*{re.escape(str(shown))}"):
        call(value)


def test_a_norm_or_a_sigma_for_each_coordinate_is_refused():
    for name, make in (("norm", core.clip), ("sigma", partial(core.noisy, rng=0))):
        with refuses(name, "(2,)"):
            make(identity, [1.0, 2.0])(np.ones(2))


def four(change=None, make=lambda: np.ones(4)):
    given = dict(theta=make(), g=make(), m=make(), v=make())
    return given | (change or {})


def read_only():
    array = np.ones(4)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("name", ["theta", "g", "m", "v"])
@pytest.mark.parametrize(
    "array",
    [
        np.ones(4, dtype=int),
        np.ones(4, dtype=bool),
        np.ones(4, dtype=np.float16),
        np.ones(4, dtype=np.longdouble if np.longdouble(1).nbytes > 8 else complex),
        np.ones(4).astype(np.dtype(float).newbyteorder()),
        [1.0] * 4,
        1.0,
        None,
        np.ones((4, 4))[:, 0],
    ],
    ids=["int", "bool", "float16", "long", "byte order", "list", "number", "none", "strided"],
)
def test_adam_inplace_refuses_what_it_cannot_change_in_place(name, array):
    with refuses(name, ""):
        adam_inplace(**four({name: array}), t=1)


@pytest.mark.parametrize("name", ["g", "m", "v"])
@pytest.mark.parametrize("array", [np.ones(3), np.ones((4, 1)), np.ones(4, dtype=np.float32)])
def test_adam_inplace_refuses_another_shape_or_dtype(name, array):
    with refuses(name, array.shape):
        adam_inplace(**four({name: array}), t=1)


@pytest.mark.parametrize("name", ["theta", "m", "v"])
def test_adam_inplace_refuses_what_is_read_only(name):
    with refuses(name, "writeable"):
        adam_inplace(**four({name: read_only()}), t=1)
    adam_inplace(**four(dict(g=read_only())), t=1)


def test_adam_inplace_refuses_arrays_that_overlap():
    both = np.ones(8)
    for first, second in [("theta", "g"), ("m", "v"), ("theta", "v")]:
        with pytest.raises(ValueError, match=f"({first}|{second}) must not share memory"):
            adam_inplace(**four({first: both[:4], second: both[2:6]}), t=1)
    adam_inplace(**four(dict(theta=both[:4], g=both[4:])), t=1)


@pytest.mark.parametrize(
    "argument, value",
    [
        *[("t", value) for value in (0, -1, 1.5, "1", None, True)],
        *[("lr", value) for value in (*POSITIVES, [0.1, 0.2], [0.1], identity)],
        *[("eps", value) for value in POSITIVES],
        *[(beta, value) for beta in ("beta1", "beta2") for value in (*FRACTIONS, [0.1, 0.2])],
        *[("threads", value) for value in (0, -1, 1.5, "2", True)],
        *[("compiled", value) for value in (1, "yes", [True])],
    ],
    ids=lambda value: str(value)[:20],
)
def test_adam_inplace_refuses_bad_numbers_and_changes_nothing(argument, value):
    given = four()
    with refuses(argument, "" if isinstance(value, list) else value):
        adam_inplace(**given, **(dict(t=1) | {argument: value}))
    for array in given.values():
        np.testing.assert_array_equal(array, 1)


def test_adam_inplace_says_that_numba_is_missing(monkeypatch):
    monkeypatch.setattr(core, "_adam_loop", lambda: None)
    with refuses("compiled", "True"):
        adam_inplace(**four(), t=1, compiled=True)
    adam_inplace(**four(), t=1)
    adam_inplace(**four(), t=1, compiled=False)


def test_the_callers_arrays_are_as_before_when_refused():
    start, lr = np.array([4.0, nan]), np.array([0.1, -0.1])
    for bad in (dict(theta0=start), dict(theta0=np.array(START), lr=lr)):
        with pytest.raises(ValueError):
            run(adam, identity, steps=5, **bad)
    np.testing.assert_array_equal(start, [4, nan])
    np.testing.assert_array_equal(lr, [0.1, -0.1])


# ---------------------------------------------------------------------------
# Every argument of every public function
# ---------------------------------------------------------------------------

NO_NUMBERS = {  # name -> value; those whose words a message must show are shown
    "nan": nan, "infinity": -inf, "text": "abc", "None": None, "complex": 1j, "True": True,
    "bytes": b"1", "an object": object(), "a dict": {"a": 1}, "of 400 digits": 10**400,
    "NumPy's": np.float64(-inf), "a list": [], "ragged": [[1.0], [2.0, 3.0]], "0-d": np.array(nan),
    "mixed": [np.float64(-2.5), "x"], "of 5000 digits": 10**5000,
}  # fmt: skip
WELCOME = dict(  # what is more than a number's argument
    rng=("None", "True", "a list", "ragged", "of 400 digits", "of 5000 digits"), record=("None",),
    threads=("None",), compiled=("None", "True"), bias_correction=("True",), eps_inside=("True",),
)  # fmt: skip
BESIDE = dict(  # what else has to be given
    ravine=dict(kappa=25, angle=10), noisy=dict(grad=identity, sigma=1, rng=0),
    moving=dict(grad=identity, drift=lambda t: [0, 0]), clip=dict(grad=identity, norm=1),
    run=dict(optimizer=adam, grad=identity, theta0=START, steps=2, record=None),
    heavy_ball_rate=dict(lr=1, beta=0.5, mu=0.1, L=1), heavy_ball_best=dict(mu=0.1, L=1),
    newton_schulz=dict(matrix=np.eye(2), steps=5), constant=dict(lr=0.1),
    exponential_decay=dict(lr=0.1, rate=0.5), step_decay=dict(lr=0.1, factor=0.5, every=3),
    inverse_time_decay=dict(lr=0.1, rate=1), cosine=dict(lr=0.1, steps=10, final=0),
    warmup=dict(lr=0.1, steps=4),
    adam_inplace=dict(theta=None, g=None, m=None, v=None, t=1, lr=0.1, beta1=0.9, beta2=0.999,
                      eps=1e-8, threads=1, compiled=False),
    **{name: dict(grad=identity, theta=np.eye(2), lr=0.1, **{
        key: inspect.signature(getattr(core, name)).parameters[key].default
        for key in parameters(name) if key != "lr"
    }) for name in (*ALL, *OF_MATRICES)},
)  # fmt: skip


def public():
    own = (value for name, value in vars(core).items() if not name.startswith("_"))
    return {f.__name__ for f in own if inspect.isfunction(f) and f.__module__ == core.__name__}


def test_no_public_function_is_left_out():
    assert public() - {"optimizer"} == set(BESIDE)
    for name, beside in BESIDE.items():
        takes = set(inspect.signature(getattr(core, name)).parameters) - {"hyper"}
        assert set(beside) == takes, name


def used(name, arguments):
    """Call it, and what it returns: a gradient, a schedule, or steps."""
    made = getattr(core, name)(**arguments)
    if hasattr(made, "__next__"):
        next(made)
    elif callable(made):
        made(np.ones(2) if name in ("noisy", "moving", "clip") else 1)


@pytest.mark.parametrize(
    "name, argument", [(name, argument) for name, beside in BESIDE.items() for argument in beside]
)
def test_what_an_argument_cannot_be_is_said(name, argument):
    """The message begins with its name, says what it must be, and shows what it is."""
    for kind, value in NO_NUMBERS.items():
        usual = BESIDE[name] | (four() if name == "adam_inplace" else {})
        try:
            used(name, usual | {argument: value})
        except ValueError as error:
            begins = rf"{argument} must |g must have theta's shape \(\)"
            assert re.match(begins, str(error)), f"{kind}: {error}"
            assert "np." not in str(error), kind
            if kind in ("text", "None", "complex", "of 400 digits", "NumPy's"):
                assert str(value) in str(error), kind
        else:
            assert kind in WELCOME.get(argument, ()), kind


@pytest.mark.parametrize("surface", [core.ravine(25), core.rosenbrock], ids=lambda s: s.name)
@pytest.mark.parametrize("theta", ["abc", None, 1j, [1.0], 3.0, [[1.0], [2.0, 3.0]], {}], ids=str)
def test_a_surface_says_what_theta_must_be(surface, theta):
    for function in (surface.f, surface.grad):
        with pytest.raises(ValueError, match=r"^theta must (?!.*np\.)"):
            function(theta)


@pytest.mark.parametrize("steps", [10**30, 2**63])
def test_more_steps_than_memory_has_places_are_refused(steps):
    for call in (lambda: run(adam, identity, START, steps), lambda: core.warmup(0.1, steps)):
        with refuses("steps", steps):
            call()


@pytest.mark.parametrize("yours", [[nan], "abc", 3.0, [], [[1.0, 2.0]], [1j], [None], {}], ids=str)
def test_gradients_of_ones_own_are_checked(yours):
    with refuses("yours", yours):
        panels.step_bound(yours)


# ---------------------------------------------------------------------------
# Whatever is allowed
# ---------------------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
fraction = st.floats(min_value=0, max_value=1, exclude_max=True)
ALLOWED = dict(
    lr=positive, beta=fraction, beta1=fraction, beta2=fraction, eps=positive,
    weight_decay=st.floats(min_value=0, allow_infinity=False), bias_correction=st.booleans(),
    eps_inside=st.booleans(),
)  # fmt: skip


def first_not_finite(trace):
    recorded = np.stack([getattr(trace, name)[1:] for name in trace.names])
    bad = ~np.isfinite(recorded).all(axis=(0, 2))
    return bad.argmax() + 1 if bad.any() else 0


@pytest.mark.parametrize("name", ALL)
@given(st.data())
def test_no_finite_input_raises_or_warns(name, data):
    start = data.draw(arrays(float, st.integers(1, 3), elements=finite))
    gradients = data.draw(arrays(float, (8, len(start)), elements=finite))
    hyper = {argument: data.draw(ALLOWED[argument]) for argument in parameters(name)}
    rows = iter(gradients)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = run(getattr(core, name), lambda theta: next(rows), start, 8, **hyper)
    assert trace.diverged_at == first_not_finite(trace)
    np.testing.assert_array_equal(trace.theta[0], start)


@pytest.mark.parametrize("name", ALL)
@given(arrays(float, 2, elements=finite), st.data())
def test_no_finite_start_raises_or_warns_on_a_surface(name, start, data):
    surface = data.draw(st.sampled_from([core.rosenbrock, core.beale, core.plateau, core.booth]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = run(getattr(core, name), surface.grad, start, 8, **ALL[name])
    assert trace.diverged_at == first_not_finite(trace)


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
plain |= st.binary() | st.fractions() | st.decimals() | st.dates()
junk = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@searched(core)
@settings(max_examples=300)
@given(st.data())
def test_junk_is_refused_or_works(data):
    name = data.draw(st.sampled_from([*ALL]))
    argument = data.draw(st.sampled_from(parameters(name)))
    value = data.draw(junk)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for call in (
            lambda hyper: run(getattr(core, name), identity, START, 2, **hyper),
            lambda hyper: getattr(core, name)(identity, START, **hyper),
        ):
            try:
                call(ALL[name] | {argument: value})
            except ValueError as error:
                assert argument in str(error)


@given(junk, junk)
def test_junk_for_theta0_and_steps_is_refused_or_works(start, steps):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for given_start, given_steps in [(start, 2), (START, steps)]:
            if isinstance(given_steps, int) and given_steps > 1000:
                continue
            try:
                run(gd, identity, given_start, given_steps, lr=0.1)
            except ValueError as error:
                assert "theta0" in str(error) or "steps" in str(error)


def test_numbers_of_every_kind_are_welcome():
    for lr in (1, np.float32(0.5), np.int64(1), Fraction(1, 2), np.array(0.5), (0.5, 0.25)):
        assert run(gd, identity, START, 3, lr=lr).theta.shape[0] == 4
    assert run(gd, identity, START, np.int64(3), lr=1).theta.shape == (4, 2)


def test_a_message_shows_a_number_as_one_types_it():
    with pytest.raises(ValueError, match=r"got 2\.5$"):
        core.run(core.gd, identity, [1.0], np.float64(2.5), lr=0.1)
