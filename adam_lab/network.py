"""The network of 07_train_a_network, its data and its training, as the lesson builds them. NumPy.

theta is one flat vector, so adam_core's optimizers train it as they are; the gradient
comes from HIPS autograd. The lesson shows the same lines; the panels and checks need them too.
"""

import io
import json
import subprocess
import sys
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, islice, pairwise

import autograd.numpy as np
from autograd import grad
from threadpoolctl import threadpool_limits

# The matrices are small: a second BLAS thread gains a tenth where the machine is idle, and
# costs many times that where it is busy, or where Binder grants fewer processors than it shows.
threadpool_limits(limits=1, user_api="blas")

CASE = (10, 64, 64, 1)  # the synthetic case: 10 features, two hidden layers, 1 output
DIGITS = (64, 64, 10)  # 8 x 8 pixels, one hidden layer, 10 digits

# ---------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------

_ASK = """
import json, sys
import numpy, sklearn.datasets
made = getattr(sklearn.datasets, sys.argv[1])(**json.loads(sys.argv[2]))
x, y = made if isinstance(made, tuple) else (made.data, made.target)
numpy.savez(sys.stdout.buffer, x=x, y=y)
"""


@cache
def dataset(name, **arguments):
    """x, y of a function in sklearn.datasets, such as "make_regression".

    It is called in a process of its own: scikit-learn takes 80 MB, for two arrays.
    """
    command = [sys.executable, "-c", _ASK, name, json.dumps(arguments)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        raise RuntimeError(f"scikit-learn's {name} failed:\n{made.stderr.decode()}")
    arrays = np.load(io.BytesIO(made.stdout))
    return arrays["x"], arrays["y"]


def split(x, y, seed, share=0.8):
    """Training part and test part: ((x, y), (x, y)), in random order."""
    order = np.random.default_rng(seed).permutation(len(x))
    train, test = np.split(order, [round(share * len(x))])
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


def digits(seed=0):
    """scikit-learn's scanned digits, half and half: (x, y); pixels 0 to 1, y the digit."""
    x, y = dataset("load_digits")
    return split(x / 16, y, seed, share=0.5)


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


def epochs(rule, loss, theta, data, size=None, seed=0, **hyper):
    """Train for ever: theta after each epoch. size rows make a batch; None means all."""
    x, y = data
    rows, slope = len(x), grad(loss)
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


def curve(rule, loss, theta, train, test, n, size=None, seed=0, **hyper):
    """Training and test loss before the first of n epochs and after each: (n + 1, 2)."""
    run = epochs(rule, loss, theta, train, size, seed, **hyper)
    with np.errstate(all="ignore"):
        return np.array(
            [(loss(theta, *train), loss(theta, *test)) for theta in chain([theta], islice(run, n))]
        )


@lru_cache(maxsize=16)
def trained(rule, lr, seed, n=20, size=64):
    """The network for digits after n epochs; each seed has its own split, start and order."""
    run = epochs(rule, cross_entropy, start(DIGITS, seed), digits(seed)[0], size, seed, lr=lr)
    return next(islice(run, n - 1, None))


def accuracy(theta, x, y, sizes=DIGITS):
    """The share of rows whose largest output is the right class."""
    return np.mean(np.argmax(predict(theta, x, sizes), axis=1) == y)


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
