"""Photographs, noise, and the small convolutional networks of 09_images. NumPy.

theta is one flat vector, so adam_core's optimizers train it as they are. Pictures stand in
an array (pictures, height, width, channels). A layer looks at three by three pixels at a time
and keeps no edge: what it gives is two pixels smaller each way. The gradients are written
out, which is several times as fast as autograd; a test compares both.
"""

from functools import cache
from itertools import islice, pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image  # comes with matplotlib

from adam_lab.models import network

DENOISER = (1, 12, 12, 1)  # channels: a noisy picture, two hidden layers, a clean one
READER = (1, 8, 8)  # two hidden layers on 8 x 8 pixels; then ten scores, as in lesson 07
INPUTS = 4 * 4 * 8  # of the layer that gives the scores
SIGMA = 0.15  # of the noise; black is 0, white is 1
EDGE = 3  # pixels that the denoiser's three layers lose at each side

# ---------------------------------------------------------------------------
# Photographs
# ---------------------------------------------------------------------------


@cache
def photograph(name):
    """The "china" or the "flower" of scikit-learn: grey, at half the size, from 0 to 1."""
    with Image.open(network.data_file(f"images/{name}.jpg")) as picture:
        grey = np.asarray(picture, dtype=float).mean(axis=2) / 255
    h, w = grey.shape[0] // 2, grey.shape[1] // 2
    return grey[: 2 * h, : 2 * w].reshape(h, 2, w, 2).mean(axis=(1, 3))


def with_noise(picture, seed):
    """The picture, and normal noise on every pixel."""
    return picture + SIGMA * np.random.default_rng(seed).normal(size=picture.shape)


def squares(seed, number=4, size=16):
    """Batch after batch of the temple: noisy squares with a margin, their clean middles."""
    clean = photograph("china")
    noisy, rng, outer = with_noise(clean, seed=0), np.random.default_rng(seed), size + 2 * EDGE
    while True:
        tops = rng.integers(clean.shape[0] - outer + 1, size=number)
        lefts = rng.integers(clean.shape[1] - outer + 1, size=number)
        corners = list(zip(tops, lefts, strict=True))
        x, y = (
            np.stack([picture[i : i + outer, j : j + outer] for i, j in corners])
            for picture in (noisy, clean)
        )
        yield x[..., None], y[:, EDGE:-EDGE, EDGE:-EDGE, None]


@cache
def test_piece():
    """A piece of the flower, which no training sees: noisy with a margin, and clean."""
    rows, columns = slice(47, 181), slice(97, 231)
    clean = photograph("flower")[rows, columns]
    return with_noise(clean, seed=1)[None, ..., None], clean[EDGE:-EDGE, EDGE:-EDGE]


def decibels(picture, clean):
    """How clean it is: 10 dB more is a tenth of the mean squared error."""
    return -10 * np.log10(np.mean((picture - clean) ** 2))


# ---------------------------------------------------------------------------
# Convolution
# ---------------------------------------------------------------------------


def neighbours(x):
    """(pictures, h, w, c) -> (pictures, h - 2, w - 2, 9 c): row by row from the upper left."""
    seen = sliding_window_view(x, (3, 3), axis=(1, 2))  # (pictures, h - 2, w - 2, c, 3, 3)
    return np.moveaxis(seen, 3, -1).reshape(*seen.shape[:3], -1)


def _to_input(d, K):
    """From the gradient at a layer's output to that at its input: a convolution too.

    A pixel gave to nine outputs, by the same nine numbers in the opposite order.
    """
    pictures, h, w, k = d.shape
    turned = K.reshape(9, -1, k)[::-1].transpose(0, 2, 1).reshape(9 * k, -1)
    framed = np.zeros((pictures, h + 4, w + 4, k))
    framed[:, 2:-2, 2:-2] = d
    return neighbours(framed) @ turned


def cut(theta, sizes):
    """[(K, b) of each layer], K (9 * channels in, channels out); and what is left of theta."""
    layers = []
    for n, k in pairwise(sizes):
        K, b, theta = np.split(theta, [9 * n * k, (9 * n + 1) * k])
        layers.append((K.reshape(9 * n, k), b))
    return layers, theta


def _forward(x, layers, straight):
    """What comes out; of each layer its neighbours and its output. No ReLU at layer `straight`."""
    kept = []
    for i, (K, b) in enumerate(layers):
        near = neighbours(x)
        x = near @ K
        x += b  # in place: large arrays anew cost more than what is done to them
        if i != straight:
            np.maximum(x, 0, out=x)
        kept.append((near, x))
    return x, kept


def _backward(d, layers, kept, straight):
    """From the gradient at the output, which is used up, to that of every K and b, flat."""
    parts = []
    for i in reversed(range(len(layers))):
        (K, b), (near, out) = layers[i], kept[i]
        if i != straight:
            d *= out > 0
        flat = d.reshape(-1, len(b))
        parts[:0] = [(near.reshape(len(flat), -1).T @ flat).ravel(), flat.sum(axis=0)]
        if i:
            d = _to_input(d, K)
    return np.concatenate(parts)


# ---------------------------------------------------------------------------
# The denoiser
# ---------------------------------------------------------------------------


def start(sizes, seed, scores_from=0):
    """A flat vector of random weights and biases: uniform, +-1 / sqrt(inputs), as in PyTorch.

    scores_from   inputs of a last layer with ten outputs; 0: there is none
    """
    rng = np.random.default_rng(seed)
    shapes = [(9 * n, k) for n, k in pairwise(sizes)] + [(scores_from, 10)] * bool(scores_from)
    return np.concatenate([rng.uniform(-1, 1, (n + 1) * k) / np.sqrt(n) for n, k in shapes])


def he_start(seed, last=1.0, sizes=DENOISER):
    """He's: weights of mean square 2 / inputs, no biases. The last layer's times `last`."""
    layers, _ = cut(start(sizes, seed), sizes)
    factors = [6**0.5] * (len(layers) - 1) + [6**0.5 * last]
    parts = [(K.ravel() * f, 0 * b) for (K, b), f in zip(layers, factors, strict=True)]
    return np.concatenate([part for pair in parts for part in pair])


def denoise(theta, x, sizes=DENOISER):
    """Clean pictures, smaller by EDGE pixels at each side."""
    layers, _ = cut(theta, sizes)
    return _forward(x, layers, len(layers) - 1)[0]


def squared_error(theta, x, y, sizes=DENOISER):
    """The mean over all pixels."""
    error = denoise(theta, x, sizes) - y
    return np.mean(error * error)


def squared_error_grad(theta, x, y, sizes=DENOISER):
    layers, _ = cut(theta, sizes)
    last = len(layers) - 1
    out, kept = _forward(x, layers, last)
    return _backward(2 * (out - y) / y.size, layers, kept, last)


def steps(rule, theta, seed, centre=0.0, change=lambda g: g, **hyper):
    """Train a denoiser for ever: theta after each step, on four squares of the temple.

    centre   is subtracted from every pixel
    change   what is done to each gradient before the rule gets it
    """
    batch = squares(seed)

    def slope(theta):
        x, y = next(batch)
        return change(squared_error_grad(theta, x - centre, y - centre))

    yield from _thetas(rule, slope, theta, hyper)


def _thetas(rule, slope, theta, hyper):
    with np.errstate(all="ignore"):
        run = rule(slope, theta, **hyper)
    while True:
        with np.errstate(all="ignore"):  # a run that diverges says so in its loss
            theta = next(run)["theta"]
        yield theta


def averaged(g):
    """A gradient as a bug has it: each kernel's is a mean over the pixels, and not a sum."""
    parts = []
    for i, (K, b) in enumerate(cut(g, DENOISER)[0]):
        side = 16 + 2 * (EDGE - 1 - i)  # of what this layer makes of a square
        parts += [K.ravel() / (4 * side**2), b]
    return np.concatenate(parts)


def share_on(theta, seed, layer, centre=0.0):
    """For each channel of a hidden layer (0, 1) the share of pixels where it is above 0."""
    x, _ = next(squares(seed, number=64))
    _, kept = _forward(x - centre, cut(theta, DENOISER)[0], len(DENOISER) - 2)
    return (kept[layer][1] > 0).mean(axis=(0, 1, 2))


def gradient_sizes(theta, seed, layer, centre=0.0, batches=20):
    """For each channel of a layer the root of its mean squared gradient, over some batches."""
    owner, squared = rulers("channel"), 0
    for x, y in islice(squares(seed), batches):
        squared = squared + squared_error_grad(theta, x - centre, y - centre) ** 2
    first = sum(DENOISER[1 : layer + 1])
    by_channel = np.bincount(owner, squared / batches) / np.bincount(owner)
    return np.sqrt(by_channel[first : first + DENOISER[layer + 1]])


def cleaned(theta, centre=0.0):
    """The test piece as the network cleans it, and its dB."""
    noisy, clean = test_piece()
    with np.errstate(all="ignore"):
        picture = denoise(theta, noisy - centre)[0, ..., 0] + centre
        return picture, decibels(picture, clean)


def rulers(shared_by, sizes=DENOISER):
    """For each number of theta which ruler it has, 0, 1, 2, ...: one by "all", "layer", "channel"
    or "number". A channel's weights and bias are in one."""
    owner = []
    for i, (n, k) in enumerate(pairwise(sizes)):
        channels = np.arange(k) + sum(sizes[1 : i + 1])
        owner += [*np.tile(channels, 9 * n), *channels]
    owner = np.array(owner)
    layer = np.repeat(range(len(sizes) - 1), sizes[1:])[owner]
    return dict(all=0 * owner, layer=layer, channel=owner, number=np.arange(owner.size))[shared_by]


# ---------------------------------------------------------------------------
# The reader of digits
# ---------------------------------------------------------------------------


def reader_start(seed, c=1.0):
    """PyTorch's start; its first layer times c, its second divided by c: the same function."""
    return stretched(start(READER, seed, INPUTS), c, READER)


def stretched(theta, c, sizes):
    """Layer 1 times c, the kernel of layer 2 divided by c. ReLU lets c pass: the same function."""
    (n, k, after), theta = sizes[:3], theta.copy()
    theta[: (9 * n + 1) * k] *= c
    theta[(9 * n + 1) * k :][: 9 * k * after] /= c
    return theta


def _scores(theta, x):
    layers, rest = cut(theta, READER)
    out, kept = _forward(x.reshape(-1, 8, 8, 1), layers, None)
    W, b = rest[:-10].reshape(INPUTS, 10), rest[-10:]
    flat = out.reshape(len(x), INPUTS)
    return flat @ W + b, flat, W, layers, kept


def scores(theta, x):
    """Ten scores for each row of x, which has 64 pixels."""
    return _scores(theta, x)[0]


def cross_entropy(theta, x, y):
    """The mean of -log p of the right digit."""
    given = scores(theta, x)
    given = given - given.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(given).sum(axis=1)) - given[np.arange(len(y)), y])


def cross_entropy_grad(theta, x, y):
    given, flat, W, layers, kept = _scores(theta, x)
    p = np.exp(given - given.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    below = _backward((p @ W.T).reshape(kept[-1][1].shape), layers, kept, None)
    return np.concatenate([below, (flat.T @ p).ravel(), p.sum(axis=0)])


def epochs(rule, theta, seed, **hyper):
    """Train a reader of digits for ever: theta after each epoch, in batches of 64."""
    (x, y), _, _ = network.digits(seed)
    batch = network.batches(len(x), 64, seed)

    def slope(theta):
        rows = next(batch)
        return cross_entropy_grad(theta, x[rows], y[rows])

    for t, reached in enumerate(_thetas(rule, slope, theta, hyper), 1):
        if t % -(-len(x) // 64) == 0:
            yield reached


def accuracy(theta, x, y):
    """The share of rows whose largest score is the right digit's."""
    with np.errstate(all="ignore"):
        return np.mean(scores(theta, x).argmax(axis=1) == y)


# ---------------------------------------------------------------------------
# Rulers
# ---------------------------------------------------------------------------


def ratios(update, theta, sizes):
    """Of each layer's kernel: the length of its update over its own."""
    return np.array([
        np.linalg.norm(u) / np.linalg.norm(K)
        for (u, _), (K, _) in zip(cut(update, sizes)[0], cut(theta, sizes)[0], strict=True)
    ])  # fmt: skip
