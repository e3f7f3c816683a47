"""The network of 07_train_a_network, its data and its training, as the lesson builds them. NumPy.

theta is one flat vector, so adam_core's optimizers train it as they are; the gradient
comes from HIPS autograd. The lesson shows the same lines; the panels and checks need them too.
"""

import io
import subprocess
import sys
from functools import cache
from itertools import pairwise

import autograd.numpy as np
from autograd import grad

CASE = (10, 64, 64, 1)  # the synthetic case: 10 features, two hidden layers, 1 output
DIGITS = (64, 64, 10)  # 8 x 8 pixels, one hidden layer, 10 digits

# ---------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------

_ASK = """
import sys
import numpy, sklearn.datasets
made = getattr(sklearn.datasets, sys.argv[1])(**eval(sys.argv[2]))
x, y = made if isinstance(made, tuple) else (made.data, made.target)
numpy.savez(sys.stdout.buffer, x=x, y=y)
"""


@cache
def dataset(name, **arguments):
    """x, y of a function in sklearn.datasets.

    It is called in a process of its own: scikit-learn takes 80 MB, for two arrays.
    """
    made = subprocess.run(
        [sys.executable, "-c", _ASK, name, repr(arguments)], capture_output=True, check=False
    )
    if made.returncode:
        raise RuntimeError(made.stderr.decode())
    arrays = np.load(io.BytesIO(made.stdout))
    return arrays["x"], arrays["y"]


def split(x, y, seed):
    """Training part, 80 %, and test part: ((x, y), (x, y)), in random order."""
    order = np.random.default_rng(seed).permutation(len(x))
    train, test = np.split(order, [len(x) * 4 // 5])
    return (x[train], y[train]), (x[test], y[test])


def standardised(train, test):
    """Both, shifted and scaled by what the training part says."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std


@cache
def case(seed=0, raw_target=False):
    """The synthetic case, ready to train: (x, y) of both parts, y as a column."""
    x, y = dataset("make_regression", n_samples=2000, n_features=10, noise=0.1, random_state=0)
    (x, y), (x_test, y_test) = split(x, y[:, None], seed)
    x, x_test = standardised(x, x_test)
    if not raw_target:
        y, y_test = standardised(y, y_test)
    return (x, y), (x_test, y_test)


@cache
def digits(seed=0):
    """scikit-learn's scanned digits: (x, y) of both parts; pixels 0 to 1, y the digit."""
    x, y = dataset("load_digits")
    return split(x / 16, y, seed)


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
    for i, (n, k) in enumerate(pairwise(sizes)):
        W, b, theta = theta[: n * k].reshape(n, k), theta[n * k : n * k + k], theta[n * k + k :]
        x = x * (x > 0) if i else x  # ReLU between the layers
        x = x @ W + b
    return x


def squared_error(theta, x, y, sizes=CASE):
    """The mean of the squared errors."""
    return np.mean((predict(theta, x, sizes) - y) ** 2)


def cross_entropy(theta, x, y, sizes=DIGITS):
    """The mean of -log p, where p is the softmax the network gives the right class."""
    scores = predict(theta, x, sizes)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - scores[np.arange(len(y)), y])


# ---------------------------------------------------------------------------
# Training
# ---------------------------------------------------------------------------


def batches(rows, size, seed):
    """Row numbers for one step after the other: each epoch walks once through a new order."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(rows)
        yield from (order[i : i + size] for i in range(0, rows, size))


def epochs(rule, loss, theta, data, size, seed=0, **hyper):
    """Train for ever: theta after each epoch. size is the batch size, None for all rows."""
    x, y = data
    slope, rows = grad(loss), len(x)
    size = size or rows
    batch = batches(rows, size, seed)

    def batch_grad(theta):
        if size >= rows:
            return slope(theta, x, y)
        chosen = next(batch)
        return slope(theta, x[chosen], y[chosen])

    steps = rule(batch_grad, theta, **hyper)
    while True:
        with np.errstate(all="ignore"):
            for _ in range(-(-rows // size)):
                theta = next(steps)["theta"]
        yield theta
