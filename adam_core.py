"""Adam and the optimizers that led to it, written like the papers. NumPy only.

Notation, the same in every function and every lesson
-----------------------------------------------------
theta   the parameters, coordinates first: shape (d,), or (d, *S) for a sweep of S runs
g       the gradient at theta, same shape
t       the step, 1, 2, 3, ... as in the papers
m       first moment: moving average of g            (direction)
v       second raw moment: moving average of g**2    (size; not centred, so no variance)
m_hat   m / (1 - beta1**t), corrected for its start at zero; v_hat likewise
s       sum of g**2, where nothing is forgotten; velocity: sum of g that decays
u       a size that is neither: its function says which
lr      learning rate: a number, or a schedule, that is a function of t
beta    how much an average remembers: about the last 1 / (1 - beta) steps
eps     keeps a division finite

An optimizer is a generator: `next()` takes one step and yields every quantity of
that step by name. `run` drives it and records. Read on: the surfaces, `run`, then the
optimizers in the order of the story. Each repeats the one before it but for the lines
that are new, so that the difference of two functions is the idea.

>>> valley = ravine(kappa=25)
>>> trace = run(adam, valley.grad, valley.start, 100, lr=0.5)
>>> print(f"{valley.f(trace.theta[0]):.3f} -> {valley.f(trace.theta[-1]):.6f}")
3.620 -> 0.000020
"""

import functools
import inspect
import operator
import os
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count

import numpy as np

# ---------------------------------------------------------------------------
# Surfaces: something to descend
# ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Surface:
    """A function of two parameters, with what a picture of it needs. Lowest value: 0.

    f, grad   theta (2, ...) -> height (...), and theta (2, ...) -> slope (2, ...);
              the heights along a path are f(trace.theta.T)
    minimum   (2,) a place where f is 0 (the nearest one to the start, if there are several)
    start     (2,) where the lessons start
    bounds    ((x low, x high), (y low, y high)), the part worth looking at

    >>> print(booth.f([0, 0]), booth.grad([0, 0]))
    74.0 [-34. -38.]
    """

    name: str
    f: Callable
    grad: Callable
    minimum: np.ndarray
    start: np.ndarray
    bounds: tuple


def _surface(name, f, grad, minimum, start, bounds):
    """f and grad are written in x and y. Products, no powers: NumPy rounds the power of a
    number and of an array differently, and a sweep shall equal its single runs."""

    def xy(theta):
        try:
            theta = np.asarray(theta, dtype=float)
        except (TypeError, ValueError):
            raise ValueError(f"theta must be numbers, got {_show(theta)}") from None
        if theta.shape[:1] != (2,):
            raise ValueError(
                f"theta must have its 2 coordinates first, got shape {theta.shape}; "
                f"of a whole path take {name}.f(trace.theta.T)"
            )
        return theta

    minimum, start = np.array(minimum, dtype=float), np.array(start, dtype=float)
    minimum.flags.writeable = start.flags.writeable = False  # theta -= ... would move them
    return Surface(
        name, lambda theta: f(*xy(theta)), lambda theta: np.array(grad(*xy(theta))),
        minimum, start, bounds,
    )  # fmt: skip


def ravine(kappa=25, angle=0):
    """The long narrow valley of the lessons: f = (u**2 / kappa + w**2) / 2.

    Along the valley (u) the curvature is 1 / kappa, across it (w) it is 1, so gradient
    descent is stable for lr < 2 whatever kappa is. `angle` turns the valley, in degrees.

    >>> print(ravine(25).grad([5, 1]), ravine(25, angle=90).f([5, 1]))
    [0.2 1. ] 12.52
    """
    kappa = _numbers("kappa", kappa, "a number, at least 1", lambda x: (x >= 1) & (x < np.inf))
    kappa, turn = _single("kappa", kappa), np.radians(_single("angle", _finite("angle", angle)))
    c, s = float(np.cos(turn)), float(np.sin(turn))

    def f(x, y):
        u, w = c * x + s * y, c * y - s * x
        return (u * u / kappa + w * w) / 2

    def grad(x, y):
        u, w = c * x + s * y, c * y - s * x
        return c * u / kappa - s * w, s * u / kappa + c * w

    u, w = -9.0, 2.0
    return _surface("ravine", f, grad, (0, 0), (c * u - s * w, s * u + c * w), ((-10, 10), (-5, 5)))


rosenbrock = _surface(
    "rosenbrock",  # Rosenbrock 1960: a curved valley, easy to find, slow to follow
    lambda x, y: (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x),
    lambda x, y: (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
    minimum=(1, 1), start=(-1.2, 1), bounds=((-2, 2), (-1, 3)),
)  # fmt: skip


def _beale_parts(x, y):
    return 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y


def _beale(x, y):
    a, b, c = _beale_parts(x, y)
    return a * a + b * b + c * c


def _beale_grad(x, y):
    a, b, c = _beale_parts(x, y)
    return (
        2 * (a * (y - 1) + b * (y * y - 1) + c * (y * y * y - 1)),
        2 * x * (a + 2 * b * y + 3 * c * y * y),
    )


beale = _surface(  # Beale 1958: flat in the middle, steep in the corners
    "beale", _beale, _beale_grad, minimum=(3, 0.5), start=(1, 1.5), bounds=((-1, 4.5), (-1, 2))
)

himmelblau = _surface(
    "himmelblau",  # Himmelblau 1972: four minima, all of height 0
    lambda x, y: (x * x + y - 11) * (x * x + y - 11) + (x + y * y - 7) * (x + y * y - 7),
    lambda x, y: (
        4 * x * (x * x + y - 11) + 2 * (x + y * y - 7),
        2 * (x * x + y - 11) + 4 * y * (x + y * y - 7),
    ),
    minimum=(3, 2), start=(0, 0), bounds=((-5, 5), (-5, 5)),
)  # fmt: skip

saddle = _surface(
    "saddle",  # a pass at the origin between two minima at y = -1 and y = 1
    lambda x, y: x * x / 2 + (y * y - 1) * (y * y - 1) / 4,
    lambda x, y: (x, y * (y * y - 1)),
    minimum=(0, 1), start=(-1.8, 0.01), bounds=((-2, 2), (-1.5, 1.5)),
)  # fmt: skip


def _plateau_grad(x, y):
    q = (x * x + y * y) / 2
    return x / ((1 + q) * (1 + q)), y / ((1 + q) * (1 + q))


plateau = _surface(
    "plateau",  # a bowl in a plain: the further out, the smaller the gradient
    lambda x, y: (x * x + y * y) / (2 + x * x + y * y),
    _plateau_grad,
    minimum=(0, 0), start=(-4, 3), bounds=((-6, 6), (-5, 5)),
)  # fmt: skip

rastrigin = _surface(
    "rastrigin",  # Rastrigin 1974: a bowl full of dents
    lambda x, y: 20 + x * x + y * y - 10 * (np.cos(2 * np.pi * x) + np.cos(2 * np.pi * y)),
    lambda x, y: (
        2 * x + 20 * np.pi * np.sin(2 * np.pi * x),
        2 * y + 20 * np.pi * np.sin(2 * np.pi * y),
    ),
    minimum=(0, 0), start=(-3.4, 2.6), bounds=((-4.5, 4.5), (-4.5, 4.5)),
)  # fmt: skip

booth = _surface(
    "booth",  # a gentle tilted bowl, kappa = 9
    lambda x, y: (x + 2 * y - 7) * (x + 2 * y - 7) + (2 * x + y - 5) * (2 * x + y - 5),
    lambda x, y: (10 * x + 8 * y - 34, 8 * x + 10 * y - 38),
    minimum=(1, 3), start=(-8, -2), bounds=((-10, 10), (-10, 10)),
)  # fmt: skip


def noisy(grad, sigma, rng):
    """`grad` plus normal noise of standard deviation sigma, as a mini-batch adds it.

    sigma   a number, or an array that broadcasts against the members of a sweep
    rng     numpy.random.Generator, or a seed

    All members of a sweep feel the same draws, so that only what is swept differs.

    >>> g = noisy(lambda theta: 0 * theta, sigma=1, rng=0)(np.zeros((2, 3)))
    >>> print(g.round(3).tolist())
    [[0.126, 0.126, 0.126], [-0.132, -0.132, -0.132]]
    """
    _function("grad", grad)
    sigma, rng = _not_negative("sigma", sigma), _generator("rng", rng)

    def noisy_grad(theta):
        theta = np.asarray(theta)
        _to_members("sigma", sigma, theta.shape[1:])
        draw = rng.standard_normal(theta.shape[:1] + (1,) * (theta.ndim - 1))
        return grad(theta) + sigma * draw

    return noisy_grad


def moving(grad, drift):
    """`grad` of a surface that moves while it is descended.

    drift   function of t: by how much (d,) the surface is shifted at the t-th evaluation

    Evaluations are counted from 1, so make a new one for each run.

    >>> grad = moving(lambda theta: theta, drift=lambda t: [t, 0])
    >>> print(grad(np.zeros(2)), grad(np.zeros(2)))
    [-1.  0.] [-2.  0.]
    """
    _function("grad", grad)
    _function("drift", drift)
    evaluations = count(1)

    def moving_grad(theta):
        theta = np.asarray(theta)
        shift = _finite("drift(t)", drift(next(evaluations)))
        return grad(theta - shift.reshape(shift.shape + (1,) * (theta.ndim - shift.ndim)))

    return moving_grad


def clip(grad, norm):
    """`grad`, shortened to length `norm` wherever it is longer; its direction stays.

    norm   a number, or an array that broadcasts against the members of a sweep

    The length is that of a member's whole gradient, over all its coordinates (the "global
    norm"). PyTorch's clip_grad_norm_ adds 1e-6 to it before it divides.
    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, Algorithm 1.

    >>> grad = clip(lambda theta: theta, norm=1)
    >>> print(grad(np.array([3.0, 4.0])), grad(np.array([0.3, 0.4])))
    [0.6 0.8] [0.3 0.4]
    """
    _function("grad", grad)
    norm = _positive("norm", norm)

    def clipped_grad(theta):
        theta = np.asarray(theta, dtype=float)
        g = _slope(grad, theta)
        # hypot: no square overflows, and a member of a sweep is summed in the order of a single run
        length = np.hypot.reduce(g, axis=0, initial=0)
        _to_members("norm", norm, length.shape)
        return g * (norm / np.maximum(length, norm))

    return clipped_grad


# ---------------------------------------------------------------------------
# Run: take the steps, keep everything
# ---------------------------------------------------------------------------


class Trace:
    """What `run` recorded: one array per quantity, row t for step t.

    theta         (steps + 1, *theta.shape), row 0 is the start
    g, m, v, ...  as many rows; row 0 is NaN, there is no step 0
    diverged_at   the first t at which a recorded quantity is not finite, 0 if none is;
                  per member of a sweep, shape S
    names         what was recorded

    It keeps the optimizer it recorded, averages and step count included: `more` goes on.
    """

    def __init__(self, rows, states=None):
        self.__dict__.update(rows)
        self.names, self._states = tuple(rows), states
        finite = True
        for values in rows.values():
            step = np.isfinite(values[1:])
            finite &= step.all(axis=1) if step.ndim > 1 else step
        self.diverged_at = np.where(finite.all(axis=0), 0, finite.argmin(axis=0) + 1)[()]

    def more(self, steps):
        """The same run, `steps` steps longer: a new Trace with the old rows first.

        `run` from theta[-1] would start anew, with empty averages and t = 1. A run goes
        on once, from its newest Trace; elsewhere ValueError.

        >>> trace = run(adam, lambda theta: theta, [1.0], 2, lr=0.1)
        >>> longer, anew = trace.more(1), run(adam, lambda theta: theta, trace.theta[-1], 1, lr=0.1)
        >>> print(f"{longer.theta[3, 0]:.6g}, started anew {anew.theta[1, 0]:.6g}")
        0.701586, started anew 0.700412
        """
        steps = _whole("steps", steps)
        if self._states is None:
            raise ValueError("this run cannot go on from here: take the Trace that `more` returned")
        states, self._states = self._states, None
        rows = {name: getattr(self, name) for name in self.names}
        return _recorded(rows, states, steps)

    def __getstate__(self):
        """A copy, or a file, holds what was recorded; a generator cannot go there."""
        return self.__dict__ | {"_states": None}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{name!r} was not recorded; recorded: {', '.join(self.names)}")

    def __repr__(self):
        name = self.names[0]
        shape = getattr(self, name).shape
        return f"<Trace of {shape[0] - 1} steps, {name} {shape[1:]}: {', '.join(self.names)}>"


def _shape(name, value):
    """The shape of the sweep in a hyper-parameter, which may be a schedule."""
    if name == "lr" and callable(value):
        value = value(1)
    try:
        shape = np.shape(value)
    except ValueError:
        shape = (0,)  # ragged
    if 0 in shape:
        raise ValueError(f"{name} must be a number or an array, got {_show(value)}")
    return shape


def _recorded(rows, states, steps):
    """`rows` and `steps` more of them, taken from `states`, as a Trace."""
    done = len(next(iter(rows.values())))
    rows = {
        name: np.concatenate([values, np.empty((steps, *values.shape[1:]))])
        for name, values in rows.items()
    }
    with np.errstate(all="ignore"):
        for t in range(done, done + steps):
            state = next(states, None)
            if state is None:
                raise ValueError(f"optimizer must yield at every step, it stopped after {t - 1}")
            for name, values in rows.items():
                values[t] = state[name]
    return Trace(rows, states)


def run(optimizer, grad, theta0, steps, *, record=None, **hyper):
    """Take `steps` steps of `optimizer` from theta0 and return a `Trace` of them.

    optimizer   one of this module's, or any generator function (grad, theta, **hyper) that
                yields a dict of arrays with at least "theta" at each step
    grad        function: theta -> gradient, same shape
    theta0      (d,), or (d, *S) to start each member of a sweep elsewhere
    record      names of what to keep, such as ("theta",); everything if None
    hyper       the optimizer's hyper-parameters. Arrays broadcast to a shape S and run the
                whole sweep at once: theta is (d, *S), and each member equals its single
                run bit for bit.

    Each run starts with empty averages and t = 1; `Trace.more` goes on with one.
    A run that overflows neither raises nor warns: see `Trace.diverged_at`.
    Bad input raises ValueError before the first step.

    >>> trace = run(gd, lambda theta: theta, [4.0], 3, lr=0.5)
    >>> print(trace.theta[:, 0])
    [4.  2.  1.  0.5]
    >>> trace = run(gd, lambda theta: theta, [4.0], 3000, lr=[0.5, 2, 2.5])
    >>> print(trace.theta.shape, trace.diverged_at)
    (3001, 1, 3) [   0    0 1746]
    """
    steps = _whole("steps", steps)
    theta = _finite("theta0", theta0)
    if record is not None:
        record = _names("record", record)
    _function("optimizer", optimizer)
    if theta.ndim:
        shapes = {name: _shape(name, value) for name, value in hyper.items()}
        try:
            members = np.broadcast_shapes(theta.shape[1:], *shapes.values())
        except ValueError:
            swept = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
            raise ValueError(
                f"hyper-parameters must broadcast together with the members of theta0 "
                f"{theta.shape[1:]}, got shapes {swept}"
            ) from None
        lifted = theta.shape[:1] + (1,) * (len(members) + 1 - theta.ndim) + theta.shape[1:]
        theta = np.broadcast_to(theta.reshape(lifted), theta.shape[:1] + members).copy()

    with np.errstate(all="ignore"):
        stepper = optimizer(grad, theta, **hyper)
        state = next(stepper) if hasattr(stepper, "__next__") else None
        if not isinstance(state, dict):
            raise ValueError(
                f"optimizer must be a generator function that yields a dict, got {_show(optimizer)}"
            )
        for name in record or ():
            if name not in state:
                raise ValueError(f"record must name some of {', '.join(state)}, got {name!r}")
    rows = {name: np.full((1, *np.shape(state[name])), np.nan) for name in record or state}
    if "theta" in rows:
        rows["theta"][0] = theta
    return _recorded(rows, chain([state], stepper), steps)


def optimizer(algorithm):
    """Decorator: check every argument when the optimizer is called, not at its first step.

    The body of `algorithm` then is the paper's box and nothing else: it may rely on
    theta being a float array, on grad returning theta's shape, and on lr being a
    function of t. The hyper-parameters may be arrays that broadcast to theta.
    """
    signature = inspect.signature(algorithm)

    @functools.wraps(algorithm)
    def checked(grad, theta, **hyper):
        try:
            given = signature.bind(grad, theta, **hyper)
        except TypeError as error:
            takes = ", ".join(p for p in signature.parameters if p not in ("grad", "theta"))
            raise TypeError(f"{algorithm.__name__}: {error}; it takes {takes}") from None
        given.apply_defaults()
        theta = _finite("theta", theta)
        for name, value in given.kwargs.items():
            value = _CHECKS[name](name, value) if name in _CHECKS else value
            shape = np.shape(value(1) if callable(value) else value)
            if not _fits(shape, theta.shape):
                raise ValueError(
                    f"{name} must broadcast to theta's shape {theta.shape}, got shape {shape}"
                )
            hyper[name] = value
        return algorithm(_gradient(grad, theta), theta, **hyper)

    return checked


# ---------------------------------------------------------------------------
# Remember the direction
# ---------------------------------------------------------------------------


@optimizer
def gd(grad, theta, *, lr):
    """Gradient descent: a step against the gradient. Remembers nothing.

    Yields theta, g. Source: Cauchy 1847.

    >>> trace = run(gd, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.81
    """
    for t in count(1):
        g = grad(theta)
        theta = theta - lr(t) * g
        yield dict(theta=theta, g=g)


@optimizer
def heavy_ball(grad, theta, *, lr, beta=0.9):
    """Momentum with a velocity: a ball that keeps the fraction beta of its speed.

    The learning rate is inside the velocity, as in the source. With constant lr this is
    PyTorch's SGD(momentum=beta); PyTorch multiplies by lr outside, which parts from this
    form when lr changes. Yields theta, g, velocity. Source: Polyak 1964.

    >>> trace = run(heavy_ball, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.72
    """
    velocity = np.zeros_like(theta)
    for t in count(1):
        g = grad(theta)
        velocity = beta * velocity + lr(t) * g
        theta = theta - velocity
        yield dict(theta=theta, g=g, velocity=velocity)


def heavy_ball_rate(lr, beta, mu, L):
    """What fraction of the distance one step of `heavy_ball` leaves, in the long run.

    lr, beta   numbers or arrays
    mu, L      smallest and largest curvature of a quadratic, 0 < mu <= L

    A quadratic falls apart into its curvatures. For each, two steps of the ball are linked
    by a 2 x 2 matrix, whose larger eigenvalue is the rate. The slowest curvature decides,
    and it is mu or L: between them the rate is nowhere larger.
    Above 1 the run diverges. beta = 0 is gradient descent. Source: Polyak 1964.

    >>> print(f"{heavy_ball_rate(1.9, 0, 0.04, 1):.6g} {heavy_ball_rate(1, 0.81, 0.04, 1):.6g}")
    0.924 0.9
    """
    lr, beta = _positive("lr", lr), _fraction("beta", beta)
    rates = []
    for curvature in (_positive("mu", mu), _positive("L", L)):
        middle = (1 + beta - lr * curvature) / 2
        root = np.sqrt(middle * middle - beta + 0j)  # complex: the ball swings
        rates.append(np.maximum(np.abs(middle + root), np.abs(middle - root)))
    return np.maximum(*rates)


def heavy_ball_best(mu, L):
    """The (lr, beta) with the smallest `heavy_ball_rate`, which then is sqrt(beta).

    mu, L   smallest and largest curvature of the quadratic. Source: Polyak 1964.

    >>> lr, beta = heavy_ball_best(0.04, 1)
    >>> print(f"{lr:.6g} {beta:.6g}")
    2.77778 0.444444
    """
    low, high = np.sqrt(_positive("mu", mu)), np.sqrt(_positive("L", L))
    return (2 / (high + low)) ** 2, ((high - low) / (high + low)) ** 2


@optimizer
def momentum(grad, theta, *, lr, beta=0.9):
    """Momentum as an average: a step along the moving average of the gradients.

    Same path as `heavy_ball` with lr * (1 - beta), as long as lr is constant. PyTorch's
    SGD(momentum=beta, dampening=beta) is this but for its first step, which it does not
    dampen. Yields theta, g, m. Source: the first moment of Kingma & Ba 2015,
    arXiv:1412.6980, without its correction.

    >>> trace = run(momentum, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.99 0.9711
    """
    m = np.zeros_like(theta)  # first moment
    for t in count(1):
        g = grad(theta)
        m = beta * m + (1 - beta) * g
        theta = theta - lr(t) * m
        yield dict(theta=theta, g=g, m=m)


@optimizer
def nesterov(grad, theta, *, lr, beta=0.9):
    """Nesterov momentum: the step looks ahead to where the velocity leads.

    In the form of PyTorch's SGD(nesterov=True): theta is the point the ball looks at.
    Yields theta, g, velocity. Source: Nesterov 1983; Sutskever et al. 2013.

    >>> trace = run(nesterov, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.81 0.5751
    """
    velocity = np.zeros_like(theta)
    for t in count(1):
        g = grad(theta)
        velocity = beta * velocity + g
        theta = theta - lr(t) * (g + beta * velocity)
        yield dict(theta=theta, g=g, velocity=velocity)


# ---------------------------------------------------------------------------
# Remember the size
# ---------------------------------------------------------------------------


@optimizer
def adagrad(grad, theta, *, lr, eps=1e-10):
    """AdaGrad: each coordinate's step is divided by the root of all its squared gradients.

    s only grows, so the effective rates lr / (sqrt(s) + eps) only fall. A step may still be
    longer than the one before: gradients 1, 1, 1, 10 make steps of 1, 0.71, 0.58, 0.99 lr.
    Yields theta, g, s. Source: Duchi, Hazan & Singer 2011 (JMLR 12).

    >>> trace = run(adagrad, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.833104
    """
    s = np.zeros_like(theta)  # sum of squares
    for t in count(1):
        g = grad(theta)
        s = s + g**2
        theta = theta - lr(t) * g / (np.sqrt(s) + eps)
        yield dict(theta=theta, g=g, s=s)


@optimizer
def rmsprop(grad, theta, *, lr, beta=0.9, eps=1e-8, eps_inside=False):
    """RMSprop: AdaGrad that forgets. The sum of squares becomes a moving average.

    eps is outside the root, as in PyTorch; eps_inside=True puts it inside, as Keras and
    optax do. Without correction for the start of v at zero the first step is
    lr / sqrt(1 - beta) long (eps aside), and while t is much less than 1 / (1 - beta) the
    path is nearly AdaGrad's at lr / sqrt(1 - beta). beta=0 is sign descent.
    Yields theta, g, v. Source: Tieleman & Hinton 2012, lecture 6.5.

    >>> trace = run(rmsprop, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.683772 0.498871
    """
    v = np.zeros_like(theta)  # second raw moment
    for t in count(1):
        g = grad(theta)
        v = beta * v + (1 - beta) * g**2
        root = np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps
        theta = theta - lr(t) * g / root
        yield dict(theta=theta, g=g, v=v)


@optimizer
def adadelta(grad, theta, *, lr=1.0, beta=0.9, eps=1e-6):
    """AdaDelta: RMSprop whose step has the units of theta, so that lr can be 1.

    u is the moving average of the squared steps. It starts at zero, so eps makes the first
    steps: another eps is another speed, and another unit of theta another path.
    Yields theta, g, v, u. Source: Zeiler 2012, arXiv:1212.5701.

    >>> trace = run(adadelta, lambda theta: theta, [1.0], 2)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.996838 0.993598
    """
    v = np.zeros_like(theta)  # second raw moment
    u = np.zeros_like(theta)  # second raw moment of the steps
    for t in count(1):
        g = grad(theta)
        v = beta * v + (1 - beta) * g**2
        step = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u = beta * u + (1 - beta) * step**2
        theta = theta - lr(t) * step
        yield dict(theta=theta, g=g, v=v, u=u)


# ---------------------------------------------------------------------------
# Remember both
# ---------------------------------------------------------------------------


@optimizer
def adam(grad, theta, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, bias_correction=True):
    """Adam: the average gradient, divided by its average size.

    Both averages start at zero and are too small at first; dividing by 1 - beta**t makes
    up for it (bias_correction=False leaves it out). Yields theta, g, m, v, m_hat, v_hat.
    Source: Kingma & Ba 2015, Algorithm 1, arXiv:1412.6980.

    >>> trace = run(adam, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.800412
    """
    m = np.zeros_like(theta)  # first moment
    v = np.zeros_like(theta)  # second raw moment
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t) if bias_correction else m
        v_hat = v / (1 - beta2**t) if bias_correction else v
        theta = theta - lr(t) * m_hat / (np.sqrt(v_hat) + eps)
        yield dict(theta=theta, g=g, m=m, v=v, m_hat=m_hat, v_hat=v_hat)


# ---------------------------------------------------------------------------
# What people changed
# ---------------------------------------------------------------------------


@optimizer
def adamw(grad, theta, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    """AdamW: Adam, and theta shrinks on its own, outside the averages.

    The shrinking is lr * weight_decay per step, as in PyTorch, so that its time scale is
    1 / (lr * weight_decay) steps; the paper multiplies it by the schedule alone.
    Yields theta, g, m, v, m_hat, v_hat.
    Source: Loshchilov & Hutter 2019, arXiv:1711.05101.

    >>> trace = run(adamw, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.899 0.798519
    """
    m = np.zeros_like(theta)  # first moment
    v = np.zeros_like(theta)  # second raw moment
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr(t) * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta)
        yield dict(theta=theta, g=g, m=m, v=v, m_hat=m_hat, v_hat=v_hat)


@optimizer
def amsgrad(grad, theta, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """AMSGrad: Adam that divides by its largest v so far.

    The maximum is taken of the uncorrected v and corrected when used, as in PyTorch; the
    paper corrects neither moment. So the divisor may still fall while 1 - beta2**t grows:
    after a gradient of 1000 at t = 1 from 1000 towards 32 (defaults). optax takes the
    maximum of v_hat, which never falls. Yields theta, g, m, v, v_max, m_hat, v_hat.
    Source: Reddi, Kale & Kumar 2018, arXiv:1904.09237.

    >>> trace = run(amsgrad, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.800412
    """
    m = np.zeros_like(theta)  # first moment
    v = np.zeros_like(theta)  # second raw moment
    v_max = np.zeros_like(theta)  # the largest so far
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_max = np.maximum(v_max, v)
        m_hat = m / (1 - beta1**t)
        v_hat = v_max / (1 - beta2**t)
        theta = theta - lr(t) * m_hat / (np.sqrt(v_hat) + eps)
        yield dict(theta=theta, g=g, m=m, v=v, v_max=v_max, m_hat=m_hat, v_hat=v_hat)


@optimizer
def adamax(grad, theta, *, lr=0.002, beta1=0.9, beta2=0.999, eps=1e-8):
    """AdaMax: the size is a decaying maximum of |g| in place of a root mean square.

    eps is inside the maximum, as in PyTorch; the paper has none. u needs no correction.
    Yields theta, g, m, u, m_hat. Source: Kingma & Ba 2015, Algorithm 2, arXiv:1412.6980.

    >>> trace = run(adamax, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.805168
    """
    m = np.zeros_like(theta)  # first moment
    u = np.zeros_like(theta)  # decaying maximum
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g) + eps)
        m_hat = m / (1 - beta1**t)
        theta = theta - lr(t) * m_hat / u
        yield dict(theta=theta, g=g, m=m, u=u, m_hat=m_hat)


@optimizer
def nadam(grad, theta, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """Nadam: Adam whose average looks one step ahead, as Nesterov's velocity does.

    Its first step is lr * (1 + beta1 / (1 + beta1)), 1.47 lr at the default,
    where Adam's is lr. Without the paper's momentum schedule, as in optax; PyTorch has it.
    Yields theta, g, m, v, m_hat, v_hat. Source: Dozat 2016 (ICLR workshop).

    >>> trace = run(nadam, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.852632 0.741697
    """
    m = np.zeros_like(theta)  # first moment
    v = np.zeros_like(theta)  # second raw moment
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr(t) * m_hat / (np.sqrt(v_hat) + eps)
        yield dict(theta=theta, g=g, m=m, v=v, m_hat=m_hat, v_hat=v_hat)


# ---------------------------------------------------------------------------
# What followed
# ---------------------------------------------------------------------------


@optimizer
def sign_descent(grad, theta, *, lr):
    """Sign descent: every coordinate steps by lr, downhill. Adam without memory, eps = 0.

    Yields theta, g. Source: Riedmiller & Braun 1993 (as Rprop's core); Bernstein et al.
    2018, arXiv:1802.04434.

    >>> trace = run(sign_descent, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.8
    """
    for t in count(1):
        g = grad(theta)
        theta = theta - lr(t) * np.sign(g)
        yield dict(theta=theta, g=g)


@optimizer
def lion(grad, theta, *, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
    """Lion: the sign of an average, so that one average is all it keeps.

    The step uses beta1, what is kept uses beta2: the newest gradient counts more in the
    step. All steps are of size lr; the paper takes lr 3 to 10 times smaller than Adam's.
    Yields theta, g, m. Source: Chen et al. 2023, Algorithm 2, arXiv:2302.06675.

    >>> trace = run(lion, lambda theta: theta, [1.0], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0]:.6g} {trace.theta[2, 0]:.6g}")
    0.9 0.8
    """
    m = np.zeros_like(theta)  # first moment
    for t in count(1):
        g = grad(theta)
        c = beta1 * m + (1 - beta1) * g
        theta = theta - lr(t) * (np.sign(c) + weight_decay * theta)
        m = beta2 * m + (1 - beta2) * g
        yield dict(theta=theta, g=g, m=m)


@optimizer
def adafactor(grad, theta, *, lr, decay=0.8, clip_at=1.0, eps=1e-30):
    """Adafactor: of a matrix v only the means of its rows and columns are kept.

    theta    (rows, columns)
    decay    the memory of v grows: beta2 at step t is 1 - t**-decay, so v needs no correction
    clip_at  an update whose root mean square is larger is shortened to it

    v_row[i] * v_col[j] / mean(v_row) stands for v[i, j]: exact, where v is a product of a row
    and a column. Without momentum, and lr absolute: the paper's relative lr multiplies it by
    the root mean square of theta. No sweeps. Yields theta, g, v_row (rows, 1),
    v_col (1, columns). Source: Shazeer & Stern 2018, Algorithm 4, arXiv:1804.04235.

    >>> trace = run(adafactor, lambda theta: theta, [[1.0, 3.0], [2.0, 6.0]], 2, lr=0.1)
    >>> print(f"{trace.theta[1, 0, 0]:.6g} {trace.theta[1, 1, 1]:.6g}")
    0.9 5.9
    """
    _matrix(theta, lr=lr(1), decay=decay, clip_at=clip_at, eps=eps)
    v_row = v_col = 0.0  # means of v along rows and columns
    for t in count(1):
        g = grad(theta)
        beta2 = 1 - t**-decay
        v_row = beta2 * v_row + (1 - beta2) * np.mean(g**2 + eps, axis=1, keepdims=True)
        v_col = beta2 * v_col + (1 - beta2) * np.mean(g**2 + eps, axis=0, keepdims=True)
        update = g / np.sqrt(v_row * v_col / np.mean(v_row))
        update = update / np.maximum(1, np.sqrt(np.mean(update**2)) / clip_at)
        theta = theta - lr(t) * update
        yield dict(theta=theta, g=g, v_row=v_row, v_col=v_col)


def newton_schulz(matrix, steps=5):
    """Nearly U @ V.T of a matrix U @ diag(s) @ V.T: its singular values are pushed towards 1.

    matrix   (rows, columns)
    steps    each sends a singular value s to 3.4445 s - 4.775 s**3 + 2.0315 s**5

    First the matrix is divided by its Frobenius norm, so that no s is above 1. The
    coefficients were chosen to lift small s fast; s then wanders between about 0.7 and 1.2
    and does not converge to 1. Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon.

    >>> print(newton_schulz(np.diag([3.0, 0.3])).round(3).tolist())
    [[0.702, 0.0], [0.0, 0.709]]
    """
    given = matrix
    matrix = _numbers("matrix", given, "a matrix of numbers", lambda x: np.full(x.shape, True))
    if matrix.ndim != 2:
        got = f"shape {matrix.shape}" if matrix.ndim else _show(given)
        raise ValueError(f"matrix must be (rows, columns), got {got}")
    steps = _whole("steps", steps)
    x = matrix / (np.linalg.norm(matrix) + 1e-8)
    wide = x if x.shape[0] <= x.shape[1] else x.T  # the smaller product
    for _ in range(steps):
        square = wide @ wide.T
        wide = 3.4445 * wide + (-4.7750 * square + 2.0315 * square @ square) @ wide
    return wide if x.shape[0] <= x.shape[1] else wide.T


@optimizer
def muon(grad, theta, *, lr=0.02, beta=0.95):
    """Muon: the average gradient of a matrix, with all its singular values made nearly equal.

    theta   (rows, columns), a matrix that maps columns to rows

    The average looks one step ahead, as Nadam's. Both averages are corrected, as in optax;
    the source corrects neither. No sweeps. Yields theta, g, m.
    Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon.

    >>> trace = run(muon, lambda theta: theta, [[3.0, 0.0], [0.0, 0.3]], 1, lr=0.1)
    >>> print(f"{trace.theta[1, 0, 0]:.6g} {trace.theta[1, 1, 1]:.6g}")
    2.9298 0.229131
    """
    _matrix(theta, lr=lr(1), beta=beta)
    m = np.zeros_like(theta)  # first moment
    stretch = np.sqrt(max(1, theta.shape[0] / theta.shape[1]))
    for t in count(1):
        g = grad(theta)
        m = beta * m + (1 - beta) * g
        m_hat = beta * m / (1 - beta ** (t + 1)) + (1 - beta) * g / (1 - beta**t)
        theta = theta - lr(t) * stretch * newton_schulz(m_hat)
        yield dict(theta=theta, g=g, m=m)


# ---------------------------------------------------------------------------
# Schedules: learning rates that change. Each returns a function of t = 1, 2, 3, ...
# ---------------------------------------------------------------------------


def constant(lr):
    """The same rate at every step; what a plain number stands for.

    >>> print(constant(0.1)(1), constant(0.1)(1000))
    0.1 0.1
    """
    lr = _positive("lr", lr)
    return lambda t: lr


def exponential_decay(lr, rate):
    """lr * rate**(t - 1): the same fraction at every step, 0 <= rate < 1.

    >>> lr = exponential_decay(0.1, 0.5)
    >>> print(lr(1), lr(3))
    0.1 0.025
    """
    lr, rate = _positive("lr", lr), _fraction("rate", rate)
    return lambda t: lr * rate ** (t - 1)


def step_decay(lr, factor, every):
    """lr, times `factor` after each `every` steps (piecewise constant), 0 <= factor < 1.

    >>> lr = step_decay(0.1, 0.5, every=10)
    >>> print(lr(10), lr(11))
    0.1 0.05
    """
    lr, factor = _positive("lr", lr), _fraction("factor", factor)
    every = _whole("every", every)
    return lambda t: lr * factor ** ((t - 1) // every)


def inverse_time_decay(lr, rate):
    """lr / (1 + rate * (t - 1)). Source: Robbins & Monro 1951.

    >>> lr = inverse_time_decay(0.1, 1)
    >>> print(lr(1), lr(2))
    0.1 0.05
    """
    lr, rate = _positive("lr", lr), _not_negative("rate", rate)
    return lambda t: lr / (1 + rate * (t - 1))


def cosine(lr, steps, final=0.0):
    """From lr at t = 1 to `final` at t = steps along half a cosine, then constant.

    Source: Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts.

    >>> lr = cosine(0.1, steps=101)
    >>> print(lr(1), lr(51))
    0.1 0.05
    """
    lr, final = _positive("lr", lr), _not_negative("final", final)
    span = max(_whole("steps", steps) - 1, 1)
    return lambda t: final + (lr - final) * (1 + np.cos(np.pi * min((t - 1) / span, 1))) / 2


def warmup(lr, steps):
    """lr(t) * min(t / steps, 1): rise in a straight line to a constant lr.

    lr   a number, or another schedule, which goes on meanwhile

    >>> lr = warmup(0.1, steps=4)
    >>> print(lr(1), lr(50))
    0.025 0.1
    """
    lr, steps = _schedule("lr", lr), _whole("steps", steps)
    return lambda t: lr(t) * min(t / steps, 1)


# ---------------------------------------------------------------------------
# At scale
# ---------------------------------------------------------------------------

_BLOCK = 524_288  # bytes: threads seldom wait for Python's lock, a thread's six fit most caches
_SPAN = 1_048_576  # bytes: less is not worth a thread


def adam_inplace(
    theta, g, m, v, t, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, threads=None, compiled=None
):
    """Step t of `adam` on large arrays: theta, m and v are changed in place.

    theta, g, m, v   arrays of one shape and dtype, C-contiguous, not overlapping; m and v start
                     at zero. No float16: there v of small gradients rounds to zero
    t                1, 2, 3, ...; the caller counts
    threads          how many share the work; as many as there are cores if None
    compiled         by Numba: each number is read once, and all but g are written once. False:
                     by NumPy, in blocks that stay in the cache. None: by Numba where it is
                     installed, and the first call then takes a second longer

    Compiled, it allocates no array; by NumPy, at most two blocks of 512 kB for each thread.
    Kingma & Ba 2015, Algorithm 1.

    >>> theta, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    >>> adam_inplace(theta, theta.copy(), m, v, t=1, lr=0.1)
    >>> print(f"{theta[0]:.6g} {m[0]:.6g}")
    0.9 0.1
    """
    arrays = dict(theta=theta, g=g, m=m, v=v)
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
            raise ValueError(f"{name} must be an array of float32 or float64, got {_show(array)}")
    for name, array in arrays.items():
        if array.shape != theta.shape or array.dtype != theta.dtype:
            raise ValueError(
                f"{name} must have theta's shape {theta.shape} and dtype {theta.dtype}, "
                f"got {array.shape} and {array.dtype}"
            )
        if not array.flags.c_contiguous:
            raise ValueError(f"{name} must be C-contiguous, got strides {array.strides}")
        if not array.flags.writeable and name != "g":
            raise ValueError(f"{name} must be writeable, got a read-only array")
        for other, second in arrays.items():
            if other != name and np.may_share_memory(array, second):
                raise ValueError(f"{name} must not share memory with {other}, got one array")
    t = _whole("t", t)
    lr, eps = _single("lr", _positive("lr", lr)), _single("eps", _positive("eps", eps))
    beta1 = _single("beta1", _fraction("beta1", beta1))
    beta2 = _single("beta2", _fraction("beta2", beta2))
    if theta.dtype.type(eps) == 0:
        raise ValueError(f"eps must not vanish in theta's dtype {theta.dtype}, got {eps}")
    threads = _cores() if threads is None else _whole("threads", threads)
    loop = None if compiled is not None and not _switch("compiled", compiled) else _adam_loop()
    if compiled and loop is None:
        raise ValueError("compiled must be False or None where Numba is not installed, got True")
    step = lr / (1 - beta1**t)
    correction = 1 / (1 - beta2**t)
    numbers = [step, correction, beta1, 1 - beta1, beta2, 1 - beta2, eps]
    numbers = [theta.dtype.type(number) for number in numbers]

    flat = [array.reshape(-1) for array in arrays.values()]
    spans = max(1, min(theta.nbytes // _SPAN, 4 * threads))  # 4: a core may be busy
    threads, size = min(threads, spans), max(1, -(-theta.size // spans))
    parts = [None] * threads + [*range(0, theta.size, size)]

    def work():
        for i in iter(parts.pop, None):  # each thread takes the next part, until there is none
            (loop or _adam_blocks)(*(array[i : i + size] for array in flat), *numbers)

    with ThreadPoolExecutor(threads) as pool:  # NumPy and the loop let go of Python's lock
        others = [pool.submit(work) for _ in range(threads - 1)]
        work()  # this thread need not be woken
        for other in others:
            other.result()


def _adam_blocks(theta, g, m, v, step, correction, beta1, rest1, beta2, rest2, eps):
    size = _BLOCK // theta.itemsize
    scratch = np.empty((2, min(size, theta.size)), dtype=theta.dtype)
    with np.errstate(all="ignore"):  # here, as each thread has its own
        for i in range(0, theta.size, size):
            blocks = [array[i : i + size] for array in (theta, g, m, v)]
            scratched = scratch[:, : len(blocks[0])]
            _adam_block(*blocks, *scratched, step, correction, beta1, rest1, beta2, rest2, eps)


def _adam_block(theta, g, m, v, a, b, step, correction, beta1, rest1, beta2, rest2, eps):
    np.multiply(g, rest1, out=a)
    m *= beta1
    m += a  # m = beta1 * m + (1 - beta1) * g
    np.multiply(g, g, out=a)
    a *= rest2
    v *= beta2
    v += a  # v = beta2 * v + (1 - beta2) * g**2
    np.multiply(v, correction, out=a)
    np.sqrt(a, out=a)
    a += eps  # a = sqrt(v_hat) + eps
    np.multiply(m, step, out=b)
    b /= a
    theta -= b  # theta = theta - lr * m_hat / (sqrt(v_hat) + eps)


@functools.cache
def _adam_loop():
    """`_adam_blocks` as one compiled loop, or None where Numba is not installed.

    No Numba threads: its usual ones end the process if two of Python's threads start them.
    """
    try:
        from numba import njit
    except ImportError:
        return None

    def loop(theta, g, m, v, step, correction, beta1, rest1, beta2, rest2, eps):
        for i in range(theta.size):
            g_i = g[i]  # each number is read once: the compiler cannot know that the four differ
            m_i = beta1 * m[i] + rest1 * g_i
            v_i = beta2 * v[i] + rest2 * (g_i * g_i)
            theta[i] -= step * m_i / (np.sqrt(correction * v_i) + eps)
            m[i], v[i] = m_i, v_i

    return njit(loop, nogil=True, error_model="numpy")


def _cores():
    """How many cores this process may use; Python in a browser has no threads."""
    if sys.platform == "emscripten":
        return 1
    mine = getattr(os, "sched_getaffinity", None)
    return len(mine(0)) if mine else os.cpu_count() or 1


# ---------------------------------------------------------------------------
# What is allowed
# ---------------------------------------------------------------------------


def _show(value):
    """A value as one would type it: 10.0 and not np.float64(10.0), in a list neither."""
    try:
        said = repr(value.item() if isinstance(value, np.generic) else value)
    except Exception:  # of a whole number with 5000 digits, or of what has a repr of its own
        return f"a value of type {type(value).__name__}"
    return re.sub(r"\bnp\.(?:float|u?int)\d+\(([^()]*)\)", r"\1", said)


def _numbers(name, value, allowed, ok):
    """`value` as a float array in which `ok` holds everywhere; ValueError otherwise."""
    try:
        given = np.asarray(value)
        # a 0-d array, not a float: NumPy's power rounds arrays and scalars differently,
        # and a member of a sweep must equal its single run to the last bit
        with np.errstate(over="ignore"):
            array = given.astype(float) if given.dtype.kind in "iufO" and given.size else None
    except (TypeError, ValueError, OverflowError):
        array = None
    if array is None:
        raise ValueError(f"{name} must be {allowed}, got {_show(value)}")
    bad = np.argwhere(~ok(array))
    if len(bad):
        where = f" at index {tuple(bad[0].tolist())}" if array.ndim else ""
        raise ValueError(f"{name} must be {allowed}, got {given[tuple(bad[0])]}{where}")
    return array


def _positive(name, value):
    return _numbers(name, value, "a positive number", lambda x: (x > 0) & (x < np.inf))


def _not_negative(name, value):
    return _numbers(name, value, "zero or a positive number", lambda x: (x >= 0) & (x < np.inf))


def _finite(name, value):
    return _numbers(name, value, "finite numbers", np.isfinite)


def _fraction(name, value):
    return _numbers(name, value, "in [0, 1)", lambda x: (x >= 0) & (x < 1))


def _single(name, array):
    if array.ndim:
        raise ValueError(f"{name} must be a single number, got {array.tolist()}")
    return float(array)


def _matrix(theta, **hyper):
    """For optimizers of a matrix: it is no sweep, neither in theta nor in a hyper-parameter."""
    if theta.ndim != 2:
        raise ValueError(f"theta must be a matrix, (rows, columns), got shape {theta.shape}")
    for name, value in hyper.items():
        _single(name, np.asarray(value))


def _switch(name, value):
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {_show(value)}")
    return bool(value)


def _whole(name, value):
    try:
        whole = 0 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        whole = 0
    if not 1 <= whole <= sys.maxsize:
        most = "" if whole < 1 else f" up to {sys.maxsize}"
        raise ValueError(f"{name} must be a positive whole number{most}, got {_show(value)}")
    return whole


def _generator(name, value):
    try:
        return np.random.default_rng(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} must be a numpy.random.Generator or a seed, got {_show(value)}"
        ) from None


def _names(name, value):
    names = [*value] if isinstance(value, list | tuple | set | frozenset) else []
    if not names or not all(isinstance(item, str) for item in names):
        raise ValueError(f"{name} must be names of quantities, like ('theta',), got {_show(value)}")
    return names


def _function(name, value):
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {_show(value)}")
    return value


def _schedule(name, value):
    """A number becomes the constant schedule; a schedule must give a rate at t = 1."""
    if not callable(value):
        return constant(value)
    _not_negative(f"{name}(1)", value(1))
    return value


_CHECKS = dict(
    decay=_positive, clip_at=_positive,
    lr=_schedule, beta=_fraction, beta1=_fraction, beta2=_fraction, eps=_positive,
    weight_decay=_not_negative, bias_correction=_switch, eps_inside=_switch,
)  # fmt: skip


def _slope(grad, theta):
    """grad(theta) as an array of floats, which must have theta's shape."""
    value = grad(theta)
    try:  # same_kind: no None, no text, no complex numbers
        g = np.asarray(value).astype(float, casting="same_kind", copy=False)
    except (TypeError, ValueError):
        g = None
    if g is None or g.shape != theta.shape:
        got = _show(value) if g is None or g.size < 2 else f"shape {g.shape}"
        raise ValueError(f"grad must return an array of theta's shape {theta.shape}, got {got}")
    return g


def _gradient(grad, start):
    """`grad` that must return theta's shape, tried at once; no evaluation is wasted."""
    _function("grad", grad)
    with np.errstate(all="ignore"):
        first = [_slope(grad, start)]
    return lambda theta: first.pop() if first and theta is start else _slope(grad, theta)


def _to_members(name, array, members):
    if not _fits(array.shape, members):
        raise ValueError(f"{name} must broadcast to the members {members}, got shape {array.shape}")


def _fits(shape, wanted):
    """Does an array of this shape broadcast to the wanted one?"""
    sizes = zip(reversed(shape), reversed(wanted), strict=False)
    return len(shape) <= len(wanted) and all(size in (1, most) for size, most in sizes)
