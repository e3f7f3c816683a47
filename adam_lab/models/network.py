"""The network of 07_train_a_network, its data and its training, as the lesson builds them. NumPy.

theta is one flat vector, so adam_core's optimizers train it as they are; the gradient
comes from HIPS autograd. The lesson shows the same lines; the panels and checks need them too.
"""

import io
import json
import subprocess
import sys
from functools import cache, partial
from importlib.resources import files
from importlib.util import find_spec
from itertools import chain, islice, pairwise
from pathlib import Path

import autograd.numpy as np
from threadpoolctl import threadpool_limits

import adam_core as core

# The matrices are small: a second BLAS thread gains a tenth where the machine is idle, and
# costs many times that where it is busy, or where Binder grants fewer processors than it shows.
threadpool_limits(limits=1, user_api="blas")

CASE = (10, 64, 64, 1)  # the synthetic case: 10 features, two hidden layers, 1 output
DIGITS = (64, 64, 10)  # 8 x 8 pixels, one hidden layer, 10 digits

# The four of the lesson, with the same memories: 0.9 for directions, 0.999 for sizes.
RULES = dict(
    gd=core.gd,
    heavy_ball=core.heavy_ball,
    rmsprop=partial(core.rmsprop, beta=0.999),
    adam=core.adam,
)

# ---------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------

_ASK = """
import json, sys
import numpy, sklearn.datasets
x, y = getattr(sklearn.datasets, sys.argv[1])(**json.loads(sys.argv[2]))
numpy.savez(sys.stdout.buffer, x=x, y=y)
"""


@cache
def dataset(name, **arguments):
    """x, y of a function in sklearn.datasets, such as "make_regression".

    It is called in a process of its own: scikit-learn takes 80 MB, for two arrays.
    """
    if sys.platform == "emscripten":  # Python in the browser cannot start a process
        import sklearn.datasets

        return getattr(sklearn.datasets, name)(**arguments)
    command = [sys.executable, "-c", _ASK, name, json.dumps(arguments)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        raise RuntimeError(f"scikit-learn's {name} failed:\n{made.stderr.decode(errors='replace')}")
    arrays = np.load(io.BytesIO(made.stdout))
    return arrays["x"], arrays["y"]


def split(x, y, seed, *shares):
    """Parts of these shares and the rest, in random order: ((x, y), (x, y), ...)."""
    order = np.random.default_rng(seed).permutation(len(x))
    ends = np.round(np.cumsum(shares) * len(x)).astype(int)
    return tuple((x[part], y[part]) for part in np.split(order, ends))


def standardised(train, test):
    """Both, shifted and scaled by what the training part says."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@cache
def case(seed=0, raw_target=False):
    """The synthetic case, ready to train: (x, y) of both parts, y as a column."""
    x, y = dataset("make_regression", n_samples=2000, n_features=10, noise=0.1, random_state=0)
    (x, y), (x_test, y_test) = split(x, y[:, None], seed, 0.8)
    x, x_test = standardised(x, x_test)
    if not raw_target:
        y, y_test = standardised(y, y_test)
    return (x, y), (x_test, y_test)


@cache
def scans():
    """scikit-learn's scanned digits, from its own file: pixels (1797, 64) from 0 to 1, classes."""
    rows = np.loadtxt(data_file("data/digits.csv.gz"), delimiter=",")
    return rows[:, :-1] / 16, rows[:, -1].astype(int)


def data_file(name):
    """A file that comes with sklearn.datasets, which is not imported for it."""
    return Path(find_spec("sklearn").origin).parent / "datasets" / name


def digits(seed=0):
    """Scanned digits: (x, y) to train, to choose the lr, to test."""
    return split(*scans(), seed, 0.4, 0.2)


# ---------------------------------------------------------------------------
# Network
# ---------------------------------------------------------------------------


def start(sizes, seed):
    """A flat vector of random weights and biases: uniform, +-1 / sqrt(inputs), as in PyTorch."""
    rng = np.random.default_rng(seed)
    parts = [rng.uniform(-1, 1, (n + 1) * k) / np.sqrt(n) for n, k in pairwise(sizes)]
    return np.concatenate(parts)


def predict(theta, x, sizes):
    """The network's outputs, a row per row of x. Layer by layer: weights, then biases."""
    end = 0
    for n, k in pairwise(sizes):
        x = x * (x > 0) if end else x  # ReLU between the layers
        W, end = theta[end : end + n * k].reshape(n, k), end + n * k
        b, end = theta[end : end + k], end + k
        x = x @ W + b
    return x


def squared_error(theta, x, y, sizes=CASE):
    """The mean of the squared errors."""
    error = predict(theta, x, sizes) - y
    return np.mean(error * error)


def cross_entropy(theta, x, y, sizes=DIGITS):
    """The mean of -log p, where p is the softmax the network gives the right class."""
    scores = predict(theta, x, sizes)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - scores[np.arange(len(y)), y])


# ---------------------------------------------------------------------------
# Its gradient, by hand
# ---------------------------------------------------------------------------


def slopes(loss):
    """The gradient of a loss above as a function (theta, x, y), by the chain rule written out.

    It is what grad(loss) finds, to the last digits, in a fifth of the time for small batches.
    """

    def gradient(theta, x, y, sizes=_SIZES[loss]):
        inputs, matrices, end = [], [], 0
        for n, k in pairwise(sizes):  # there: as in predict
            if end:
                x *= x > 0  # in place: large arrays anew cost more than what is done to them
            W, end = theta[end : end + n * k].reshape(n, k), end + n * k
            inputs, matrices = [*inputs, x], [*matrices, W]
            x = x @ W
            x += theta[end : end + k]
            end += k
        error, parts = _ERRORS[loss](x, y), []
        while inputs:  # and back
            x, W = inputs.pop(), matrices.pop()
            parts = [(x.T @ error).ravel(), error.sum(axis=0), *parts]
            if inputs:
                error = error @ W.T
                error *= x > 0
        return np.concatenate(parts)

    return gradient


def _softmax_error(scores, y):
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    return p


_SIZES = {squared_error: CASE, cross_entropy: DIGITS}
_ERRORS = {  # the slope of the loss in the outputs
    squared_error: lambda output, y: 2 * (output - y) / y.size,
    cross_entropy: _softmax_error,
}

# ---------------------------------------------------------------------------
# Training
# ---------------------------------------------------------------------------


def batches(rows, size, seed):
    """Row numbers for one step after the other: each epoch walks once through a new order."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(rows)
        yield from (order[i : i + size] for i in range(0, rows, size))


def epochs(rule, loss, theta, data, size=None, seed=0, **hyper):
    """Train for ever: theta after each epoch. size rows make a batch; None means all."""
    x, y = data
    rows, slope = len(x), slopes(loss)
    size = min(size or rows, rows)
    batch = batches(rows, size, seed)

    def batch_grad(theta):
        if size == rows:
            return slope(theta, x, y)
        chosen = next(batch)
        return slope(theta, x[chosen], y[chosen])

    with np.errstate(all="ignore"):
        steps = rule(batch_grad, theta, **hyper)
    while True:
        with np.errstate(all="ignore"):  # a run that diverges says so in its loss
            for _ in range(0, rows, size):
                theta = next(steps)["theta"]
        yield theta


def cosine(theta, x, y, rows, draws=50):
    """Of the angle between the gradient of so many rows and that of all; median of some draws."""
    rng, slope = np.random.default_rng(0), slopes(squared_error)
    full, cosines = slope(theta, x, y), []
    for _ in range(draws):
        chosen = rng.choice(len(x), rows, replace=False)
        some = slope(theta, x[chosen], y[chosen])
        cosines.append(some @ full / np.linalg.norm(some) / np.linalg.norm(full))
    return np.median(cosines)


def sharpness(theta, x, y, rounds=30):
    """The largest curvature of the loss at theta: a random direction that is multiplied by all
    curvatures again and again turns into the steepest one."""
    slope, h = slopes(squared_error), 1e-5
    way = np.random.default_rng(0).normal(size=theta.shape)
    for _ in range(rounds):
        way = way / np.linalg.norm(way)
        bent = (slope(theta + h * way, x, y) - slope(theta - h * way, x, y)) / (2 * h)
        way, curvature = bent, way @ bent
    return curvature


def curve(rule, loss, theta, train, test, n, size=None, seed=0, **hyper):
    """Training and test loss before the first of n epochs and after each: (n + 1, 2)."""
    run = epochs(rule, loss, theta, train, size, seed, **hyper)
    with np.errstate(all="ignore"):
        return np.array(
            [(loss(theta, *train), loss(theta, *test)) for theta in chain([theta], islice(run, n))]
        )


def trained(rule, lr, seed, n=20, size=64):
    """The network for digits before the first of n epochs and after each: n + 1 times theta.

    Each seed has its own split, start and order.
    """
    theta = start(DIGITS, seed)
    run = epochs(rule, cross_entropy, theta, digits(seed)[0], size, seed, lr=lr)
    return [theta, *islice(run, n)]


def best_lr(rule, lrs, seeds, n=20, size=64):
    """The learning rate after which digits have the lowest loss on the choosing part.

    The median over the seeds decides, after n epochs.
    """
    ends = [
        [cross_entropy(trained(rule, lr, seed, n, size)[-1], *digits(seed)[1]) for seed in seeds]
        for lr in lrs
    ]
    return lrs[np.nanargmin(np.median(ends, axis=1))]


def accuracy(theta, x, y, sizes=DIGITS):
    """The share of rows whose largest output is the right class."""
    return np.mean(np.argmax(predict(theta, x, sizes), axis=1) == y)


# ---------------------------------------------------------------------------
# As a framework keeps it
# ---------------------------------------------------------------------------


class Parameter:
    """An array and its gradient, side by side. data may be replaced or changed in place."""

    def __init__(self, data):
        self.data, self.grad = np.array(data, dtype=float), None


class Layers:
    """A network whose weights and biases are parameters one by one.

    Same first weights as start(sizes, seed); theta() is all of them as one flat vector.
    """

    def __init__(self, sizes, seed):
        self.sizes, self.parameters, theta = sizes, [], start(sizes, seed)
        for n, k in pairwise(sizes):
            W, b, theta = np.split(theta, [n * k, n * k + k])
            self.parameters += [Parameter(W.reshape(n, k)), Parameter(b)]

    def theta(self):
        return np.concatenate([p.data.ravel() for p in self.parameters])

    def backward(self, loss, x, y):
        """Add the slopes of the loss to the gradients, as PyTorch does; say the loss."""
        theta = self.theta()
        found = slopes(loss)(theta, x, y, self.sizes)
        for p in self.parameters:
            own, found = found[: p.data.size].reshape(p.data.shape), found[p.data.size :]
            p.grad = own if p.grad is None else p.grad + own
        return loss(theta, x, y, self.sizes)


# ---------------------------------------------------------------------------
# PyTorch
# ---------------------------------------------------------------------------


def torch_model(theta):
    """The network of the case as PyTorch builds it, with the weights of theta."""
    import torch

    layers = []
    for n, k in pairwise(CASE):
        W, b, theta = np.split(theta, [n * k, n * k + k])
        linear = torch.nn.Linear(n, k, dtype=torch.float64)
        linear.weight.data = torch.tensor(W.reshape(n, k).T.copy())
        linear.bias.data = torch.tensor(b)
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def recorded():
    """PyTorch's training losses of the case: 200 epochs from start(CASE, seed=0)."""
    return np.array(json.loads(files("adam_lab").joinpath("data/torch.json").read_text())["losses"])
