"""What 12_adam_at_scale counts and trains: bytes, streams, rounded numbers, singular values."""

from functools import cache
from itertools import islice

import numpy as np

import adam_core as core
from adam_lab.models import network

# ---------------------------------------------------------------------------
# Memory: bytes for each parameter
# ---------------------------------------------------------------------------

PARTS = ("weights", "gradients", "32-bit copy", "m", "v")  # m: or what the rule keeps in its place
NUMBERS = {  # bytes of weights, gradients, the copy, and of a number that the optimizer keeps
    "all in 32 bits": (4, 4, 0, 4),
    "16 bits, a 32-bit copy": (2, 2, 4, 4),
    "all in 16 bits": (2, 2, 0, 2),
}
KEEPS = {  # numbers that the optimizer keeps for each parameter, in the place of m and of v
    "gradient descent": (0, 0),
    "momentum, Lion, Muon": (1, 0),
    "Adam": (1, 1),
    "Adam, m and v in 8 bits": ("8 bits", "8 bits"),
    "Adafactor": (0, 2 / 4096),  # a mean for each row and column of a 4096 x 4096 matrix
}
SHARED = {  # which of PARTS is split among the devices, by stage of ZeRO
    "nothing": (0, 0, 0, 0, 0),
    "copy, m, v": (0, 0, 1, 1, 1),
    "gradients too": (0, 1, 1, 1, 1),
    "weights too": (1, 1, 1, 1, 1),
}


def bytes_each(numbers="16 bits, a 32-bit copy", rule="Adam", shared="nothing", devices=1):
    """Bytes that one device holds for each parameter, one number for each of PARTS.

    >>> print(bytes_each().sum(), bytes_each(shared="weights too", devices=64).sum())
    16.0 0.25
    """
    weights, gradients, copy, kept = NUMBERS[numbers]
    states = [1 if number == "8 bits" else number * kept for number in KEEPS[rule]]
    whole = np.array([weights, gradients, copy, *states], dtype=float)
    return np.where(SHARED[shared], whole / devices, whole)


# ---------------------------------------------------------------------------
# Speed: arrays that are read or written as a whole
# ---------------------------------------------------------------------------


class _Streams(np.ndarray):
    """An array that counts how often an array is read or written from end to end."""

    seen = 0

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **how):
        arrays = {id(x) for x in inputs if np.ndim(x)}
        _Streams.seen += len(arrays) + 1
        plain = [np.asarray(x) if np.ndim(x) else x for x in inputs]
        if out:
            how["out"] = tuple(np.asarray(x) for x in out)
        made = getattr(ufunc, method)(*plain, **how)
        return out[0] if out else made.view(_Streams)


def streams(way):
    """Reads and writes of whole arrays in one step of Adam, the gradient not counted.

    way   "adam", as the papers write it; "in place", the same without new arrays;
          "at once", number by number: theta, g, m and v read, theta, m and v written

    >>> print(streams("adam"), streams("in place"), streams("at once"))
    32 30 7
    """
    if way == "at once":
        return 7
    theta, g, m, v, a, b = (np.ones(8).view(_Streams) for _ in range(6))
    _Streams.seen = 0
    if way == "in place":
        core._adam_block(theta, g, m, v, a, b, 0.1, 0.1, 0.9, 0.1, 0.999, 0.001, 1e-8)
    else:
        next(core.adam.__wrapped__(lambda theta: g, theta, lr=lambda t: 0.1))
    return _Streams.seen


# ---------------------------------------------------------------------------
# Numbers of few bits
# ---------------------------------------------------------------------------

BITS = {"bfloat16": 7, "float16": 10, "float32": 23}  # of the fraction


def spacing(x, kind="bfloat16"):
    """How far apart the numbers are that this kind can store, just above |x|.

    >>> print(spacing(1.0), spacing(0.1), spacing(1.0, "float16"))
    0.0078125 0.00048828125 0.0009765625
    """
    _, exponent = np.frexp(np.maximum(np.abs(x), 1e-37))
    return np.ldexp(1.0, exponent - 1 - BITS[kind])


def nearest(x, kind="bfloat16"):
    """x, rounded to the nearest number that this kind can store."""
    gap = spacing(x, kind)
    return np.round(x / gap) * gap


def at_random(x, rng, kind="bfloat16"):
    """x, rounded up or down by chance, so that on average nothing is lost."""
    gap = spacing(x, kind)
    return np.floor(x / gap + rng.random(np.shape(x))) * gap


def linear(v):
    """v as one of 256 numbers at equal distances from 0 to its largest."""
    gap = np.max(v) / 255 or 1
    return np.round(v / gap) * gap


def ladder(v, low, high):
    """v as zero or one of 255 rungs from low to high, each the same factor above the last."""
    ratio = (high / low) ** (1 / 254)
    with np.errstate(divide="ignore"):
        rung = np.round(np.log(np.clip(v, low, high) / low) / np.log(ratio))
    return np.where(v == 0, 0, low * ratio**rung)


# ---------------------------------------------------------------------------
# The network for digits, with numbers stored as one likes
# ---------------------------------------------------------------------------

STORED = {  # what is kept of the weights after a step, and what the network then computes with
    "32 bits": (lambda x, rng: nearest(x, "float32"), lambda x: x),
    "16 bits": (lambda x, rng: nearest(x), lambda x: x),
    "16 bits, rounded by chance": (at_random, lambda x: x),
    "16 bits, a 32-bit copy": (lambda x, rng: nearest(x, "float32"), nearest),
}
_N, _H, _K = network.DIGITS
_B, _V, _C = np.cumsum([_N * _H, _H, _H * _K])  # where b, V and c begin in theta


def slope(theta, x, y):
    """The gradient of `network.cross_entropy`, written out: a quarter of the time."""
    W, V = theta[:_B].reshape(_N, _H), theta[_V:_C].reshape(_H, _K)
    hidden = np.maximum(x @ W + theta[_B:_V], 0)
    scores = hidden @ V + theta[_C:]
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    back = (p @ V.T) * (hidden > 0)
    return np.concatenate(
        [(x.T @ back).ravel(), back.sum(axis=0), (hidden.T @ p).ravel(), p.sum(axis=0)]
    )


@cache
def _data(seed):
    return network.digits(seed)[0]


def loss(theta, seed):
    """On the training part of a seed."""
    return network.cross_entropy(theta, *_data(seed))


def train(seed, lr, steps=400, weights="32 bits", second=None, saved=None, seen=0):
    """Adam on the digits, batches of 64: theta, m, v, t after `steps` steps.

    weights   a name in STORED
    second    function: v -> v as it is kept for the next step, layer by layer
    saved     theta, m, v, t to go on from; a new start if None
    seen      how many batches were taken before
    """
    x, y = _data(seed)
    keep, use = STORED[weights]
    rng = np.random.default_rng(seed)
    theta, m, v, done = saved or (network.start(network.DIGITS, seed), 0.0, 0.0, 0)
    theta, batch = keep(theta, rng), islice(network.batches(len(x), 64, seed), seen, None)
    for t in range(done + 1, done + steps + 1):
        rows = next(batch)
        with np.errstate(all="ignore"):
            g = slope(use(theta), x[rows], y[rows])
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g**2
            ratio = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            theta = keep(theta - lr * ratio, rng)
            if second:
                v = np.concatenate([second(part) for part in np.split(v, [_V])])
    return use(theta), m, v, done + steps


# ---------------------------------------------------------------------------
# A matrix to learn, by its singular values
# ---------------------------------------------------------------------------

TARGETS = np.array([8.0, 4.0, 2.0, 1.0, 0.5])
RULES = ("gd", "heavy_ball", "adam", "muon", "sign_descent", "lion", "adafactor")
BEST = {  # steps, memories -> rule -> the dials with the least `worst` error
    (30, "usual"): dict(
        gd=dict(lr=0.25), heavy_ball=dict(lr=0.075), adam=dict(lr=0.8), muon=dict(lr=0.5),
        sign_descent=dict(lr=0.8), lion=dict(lr=0.3), adafactor=dict(lr=0.56),
    ),
    (30, "searched"): dict(
        gd=dict(lr=0.25), heavy_ball=dict(lr=0.12, beta=0.8),
        adam=dict(lr=0.5, beta1=0.4, beta2=0.8), muon=dict(lr=0.27, beta=0.2),
        sign_descent=dict(lr=0.8), lion=dict(lr=0.25, beta1=0.5, beta2=0.6),
        adafactor=dict(lr=0.65, decay=0.4),
    ),
    (250, "usual"): dict(
        gd=dict(lr=0.19), heavy_ball=dict(lr=0.075), adam=dict(lr=0.5), muon=dict(lr=0.055),
        sign_descent=dict(lr=0.012), lion=dict(lr=0.11), adafactor=dict(lr=0.5),
    ),
    (250, "searched"): dict(
        gd=dict(lr=0.19), heavy_ball=dict(lr=0.13, beta=0.5),
        adam=dict(lr=0.17, beta1=0.5, beta2=0.99), muon=dict(lr=0.034, beta=0.0),
        sign_descent=dict(lr=0.012), lion=dict(lr=0.018, beta1=0.5, beta2=0.5),
        adafactor=dict(lr=0.5),
    ),
}  # fmt: skip


@cache
def _turned(seed):
    """Two bases and a rng: the matrix to learn is left @ diag(TARGETS) @ right.T."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(5, 5)))[0] for _ in range(2))
    factors = [0.3 / np.sqrt(5) * rng.normal(size=(5, 5)) for _ in range(2)]
    return left, right, factors


def learned(rule, lr, steps, seed=0, layers=2, falling=False, **memory):
    """How much of each singular value is learned, from 0 to 1, by step: (steps + 1, 5).

    Two layers: f = |W2 W1 - A|**2 / 2 from a small random start. One: f = |W - A|**2 / 2 from 0.
    falling   lr falls in a straight line to 0
    memory    the rule's betas, if not its usual ones

    Gradients have 32 bits: what the last bits of 64 do differs from machine to machine, and
    Muon makes much of it.
    """
    left, right, factors = _turned(seed)
    A = left * TARGETS @ right.T
    W = list(factors) if layers == 2 else [np.zeros((5, 5))]

    def slope_of(i):
        def grad(_):
            if layers == 1:
                return nearest(W[0] - A, "float32")
            error = W[1] @ W[0] - A
            return nearest(error @ W[0].T if i else W[1].T @ error, "float32")

        return grad

    rate = (lambda t: lr * (1 - (t - 1) / steps)) if falling else lr
    with np.errstate(all="ignore"):
        runs = [getattr(core, rule)(slope_of(i), W[i], lr=rate, **memory) for i in range(layers)]
        products = []
        for t in range(steps + 1):
            if t:
                W[:] = [next(run)["theta"] for run in runs]
            products.append(W[1] @ W[0] if layers == 2 else W[0])
        return np.einsum("ij,tik,kj->tj", left, products, right) / TARGETS


def worst(rule, steps, seeds=range(20), **dials):
    """The largest error of a singular value at the end, in parts of it; median of the seeds."""
    runs = [learned(rule, steps=steps, seed=seed, falling=True, **dials) for seed in seeds]
    return np.median([np.abs(shares[-1] - 1).max() for shares in runs])
