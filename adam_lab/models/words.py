"""The words of 08_sparse_words: a book, a table that guesses the next word, words as points. NumPy.

theta is one flat vector, so adam_core's optimizers train it as they are. The gradients are
written out, and tests compare them with autograd's.
"""

import re
from collections import Counter, deque
from functools import cache
from importlib.resources import files

import numpy as np

import adam_core as core

WORDS = 300  # the most frequent ones; the rarest of them stands 13 times in the book

# ---------------------------------------------------------------------------
# The book
# ---------------------------------------------------------------------------


@cache
def book():
    """Its words in order, in small letters: ("alice's", "adventures", "in", "wonderland", ...)."""
    text = files("adam_lab").joinpath("data/alice.txt").read_text(encoding="ascii")
    return tuple(re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("`", "'")))


@cache
def vocabulary(size=WORDS):
    """The most frequent words, the most frequent first."""
    return tuple(word for word, _ in Counter(book()).most_common(size))


def neighbours(reach=None):
    """(word, other word) by their numbers in the vocabulary, (n, 2), in the order of the book.

    reach   None: the other is the next word. Else it is any word up to `reach` words away, on
            both sides. Pairs with a word that is not in the vocabulary are left out.
    """
    number = {word: i for i, word in enumerate(vocabulary())}
    ids = np.array([number.get(word, -1) for word in book()])
    ways = [1] if reach is None else [d for d in range(-reach, reach + 1) if d]
    places = np.arange(len(ids))
    both = [
        np.stack([ids[at], ids[at + way]], axis=1)
        for way in ways
        for at in [places[max(-way, 0) : len(ids) - max(way, 0)]]
    ]
    found = np.concatenate(both)
    return found[(found >= 0).all(axis=1)]


def table(pairs, size=WORDS):
    """How often each pair occurs: (size, size), a row for each first word."""
    counts = np.zeros((size, size))
    np.add.at(counts, tuple(np.asarray(pairs).T), 1)
    return counts


def fifths(frequency, parts=5):
    """The group 0 to 4 of each word, from frequent to rare: a fifth of all places in each."""
    middle = np.cumsum(frequency) - frequency / 2
    return np.minimum((parts * middle / frequency.sum()).astype(int), parts - 1)


# ---------------------------------------------------------------------------
# Which word comes next: a table of scores
# ---------------------------------------------------------------------------


def softmax(scores):
    """Scores as probabilities, along the last axis."""
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def next_losses(theta, counts):
    """For each word the mean of -log p of the words that come next: (words,)."""
    scores = theta.reshape(counts.shape)
    scores = scores - scores.max(axis=1, keepdims=True)
    wanted = (counts * scores).sum(axis=1) / counts.sum(axis=1)
    return np.log(np.exp(scores).sum(axis=1)) - wanted


def least_losses(counts):
    """The lowest that these losses can be: each p is the share that is seen."""
    share = counts / counts.sum(axis=1, keepdims=True)
    return -(share * np.log(np.where(share > 0, share, 1))).sum(axis=1)


def next_loss(theta, counts):
    """The mean over all places."""
    return np.average(next_losses(theta, counts), weights=counts.sum(axis=1))


def next_slope(theta, counts):
    """The gradient of next_loss."""
    seen = counts.sum(axis=1, keepdims=True)
    slope = seen * softmax(theta.reshape(counts.shape)) - counts
    return (slope / seen.sum()).ravel()


def next_slope_of(pairs, size, seed):
    """A gradient that draws `size` of the pairs anew at each call."""
    rng = np.random.default_rng(seed)

    def slope(theta):
        a, b = pairs[rng.integers(0, len(pairs), size)].T
        rows, at = np.unique(a, return_inverse=True)
        counts = np.zeros((len(rows), WORDS))
        np.add.at(counts, (at, b), 1)
        g = np.zeros((WORDS, WORDS))
        g[rows] = next_slope(theta.reshape(WORDS, WORDS)[rows], counts).reshape(counts.shape)
        return g.ravel()

    return slope


def next_run(rule, slope, steps, **hyper):
    """theta before the first step and after each; all scores start at 0."""
    theta = np.zeros(WORDS * WORDS)
    yield theta
    with np.errstate(all="ignore"):
        walk = rule(slope, theta, **hyper)
    for _ in range(steps):
        with np.errstate(all="ignore"):  # a run that diverges says so in its loss
            theta = next(walk)["theta"]
        yield theta


def next_search(rule, slope, counts, lrs, at=(10, 100), **hyper):
    """The mean loss after so many steps, for each learning rate: (lrs, len(at))."""
    ends = []
    for lr in lrs:
        run = enumerate(next_run(rule, slope, max(at), lr=lr, **hyper))
        with np.errstate(all="ignore"):
            ends.append([next_loss(theta, counts) for t, theta in run if t in at])
    return np.nan_to_num(np.array(ends), nan=np.inf)


def next_tables(rule, pairs, size, steps, lr, seeds):
    """The scores after so many steps of `size` pairs each: (seeds, words, words)."""
    ends = []
    for seed in range(seeds):
        run = next_run(rule, next_slope_of(pairs, size, seed), steps, lr=lr)
        ends += deque(run, maxlen=1)
    return np.array(ends).reshape(seeds, WORDS, WORDS)


def next_ends(rule, pairs, size, steps, lr, seeds):
    """The mean loss of all pairs after as many steps, for each seed."""
    counts, tables = table(pairs), next_tables(rule, pairs, size, steps, lr, seeds)
    return np.array([next_loss(scores, counts) for scores in tables])


def next_cosine(pairs, size, draws=20):
    """Of the angle between a batch's slope and that of all pairs, at the start: median of draws."""
    theta = np.zeros(WORDS * WORDS)
    exact = next_slope(theta, table(pairs))
    some = [next_slope_of(pairs, size, seed)(theta) for seed in range(draws)]
    return np.median([g @ exact / np.linalg.norm(g) / np.linalg.norm(exact) for g in some])


def sign_descent(grad, theta, lr):
    """A step of lr in each coordinate, against the sign of the gradient."""
    lr = lr if callable(lr) else (lambda t, lr=lr: lr)
    t = 0
    while True:
        t += 1
        g = grad(theta)
        theta = theta - lr(t) * np.sign(g)
        yield dict(theta=theta, g=g)


# ---------------------------------------------------------------------------
# A made-up language: how even are its words?
# ---------------------------------------------------------------------------


def zipf(exponent, words):
    """Frequencies that fall as rank to the power -exponent; their sum is 1."""
    frequency = np.arange(1.0, words + 1) ** -exponent
    return frequency / frequency.sum()


def zipf_losses(rule, exponent, words, lrs, steps, **hyper):
    """Loss over the best possible as a share of that at the start: (steps + 1, lrs).

    Each word is followed by a word of its own with a probability between 0.1 and 0.9, and by
    any other with the same small one. Scores that start alike and have the same gradient stay
    alike, so two numbers stand for a row: the score of its own word and that of all others.
    """
    frequency = zipf(exponent, words)[:, None]
    own = np.linspace(0.1, 0.9, words)[np.random.default_rng(0).permutation(words), None]
    others = words - 1

    def probability(theta):
        score = theta.reshape(2, words, -1)
        with np.errstate(over="ignore"):
            return 1 / (1 + others * np.exp(score[1] - score[0]))

    def slope(theta):
        g = frequency * (probability(theta) - own)
        return np.concatenate([g, -g / others])

    def loss(p):
        with np.errstate(divide="ignore", invalid="ignore"):
            each = own * np.log(p) + (1 - own) * np.log((1 - p) / others)
        return -(frequency * each).sum(axis=0)

    trace = core.run(
        rule, slope, np.zeros((2 * words, len(lrs))), steps, record=("theta",), lr=np.array(lrs),
        **hyper,
    )  # fmt: skip
    least = loss(own)
    seen = np.array([loss(probability(theta)) for theta in trace.theta])
    return (np.nan_to_num(seen, nan=np.inf) - least) / (np.log(words) - least)


# ---------------------------------------------------------------------------
# Words as points: skip-gram
# ---------------------------------------------------------------------------

POINTS = 16  # numbers per word, twice: once as a word, once as a neighbour
NEGATIVES = 4
REACH = 2


def points(seed):
    """theta: two tables (words, 16); the words' is random, the neighbours' is 0."""
    theta = np.zeros((2, WORDS, POINTS))
    theta[0] = np.random.default_rng(seed).uniform(-0.5, 0.5, (WORDS, POINTS)) / np.sqrt(POINTS)
    return theta.ravel()


@cache
def _skip_gram():
    """Pairs, frequencies of the words, shares in which strangers are drawn."""
    pairs = neighbours(REACH)
    frequency = np.bincount(pairs[:, 0], minlength=WORDS) / len(pairs)
    strangers = frequency**0.75
    return pairs, frequency, strangers / strangers.sum()


def kept(limit):
    """Thinning: the share of its places a word keeps, sqrt(limit / frequency), 1 at most."""
    frequency = _skip_gram()[1]
    return np.minimum(1, np.sqrt(limit / frequency)) if limit else np.ones(WORDS)


@cache
def pair_shares(limit=0):
    """How often each pair is drawn: (words, words), of sum 1."""
    keep = kept(limit)
    counts = table(_skip_gram()[0]) * keep[:, None] * keep
    return counts / counts.sum()


@cache
def _stranger_shares(limit):
    """How often each pair of a word and a stranger is drawn: (words, words), of sum NEGATIVES."""
    return NEGATIVES * np.outer(pair_shares(limit).sum(axis=1), _skip_gram()[2])


def _softplus(x):
    return np.logaddexp(0, x)


def points_loss(theta, limit=0):
    """The mean loss over all pairs and all strangers they may be given."""
    u, w = theta.reshape(2, WORDS, POINTS)
    shares, strangers = pair_shares(limit), _stranger_shares(limit)
    score = u @ w.T
    with np.errstate(all="ignore"):
        return (shares * _softplus(-score) + strangers * _softplus(score)).sum()


def points_slope(theta, limit=0):
    """The gradient of points_loss: every pair and stranger in every step."""
    u, w = theta.reshape(2, WORDS, POINTS)
    shares, strangers = pair_shares(limit), _stranger_shares(limit)
    error = (shares + strangers) * _sigmoid(u @ w.T) - shares
    return np.concatenate([error @ w, error.T @ u]).ravel()


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def batches(size, seed, limit=0):
    """(words, neighbours, strangers) for one step after the other: (size,), (size,), (size, 4)."""
    pairs, _, strangers = _skip_gram()
    rng, keep = np.random.default_rng(seed), kept(limit)
    of_pair, of_word = _up_to_1(keep[pairs[:, 0]] * keep[pairs[:, 1]]), _up_to_1(strangers)
    while True:
        pair = pairs[np.searchsorted(of_pair, rng.random(size))]
        other = np.searchsorted(of_word, rng.random((size, NEGATIVES)))
        yield pair[:, 0], pair[:, 1], other


def _up_to_1(shares):
    total = np.cumsum(shares)
    return total / total[-1]


def _sums(words, parts):
    """The parts (..., POINTS) of each word added up, flat: np.add.at, in a fraction of its time."""
    places = POINTS * words[..., None] + np.arange(POINTS)
    return np.bincount(places.ravel(), parts.ravel(), WORDS * POINTS)


def points_slope_of(drawn):
    """A gradient that takes the next batch at each call."""

    def slope(theta):
        word, neighbour, strangers = next(drawn)
        u, w = theta.reshape(2, WORDS, POINTS)
        others = np.concatenate([neighbour[:, None], strangers], axis=1)
        near, far = u[word], w[others]
        error = _sigmoid(np.einsum("bd,bkd->bk", near, far))
        error[:, 0] -= 1
        error /= len(word)
        of_words = _sums(word, np.einsum("bk,bkd->bd", error, far))
        return np.concatenate([of_words, _sums(others, error[:, :, None] * near[:, None])])

    return slope


def points_run(rule, seed, steps, size=64, limit=0, **hyper):
    """What `rule` yields at each step; size None means all pairs at once."""
    if size is None:

        def slope(theta):
            return points_slope(theta, limit)
    else:
        slope = points_slope_of(batches(size, seed, limit))  # fmt: skip
    with np.errstate(all="ignore"):
        walk = rule(slope, points(seed), **hyper)
    for _ in range(steps):
        with np.errstate(all="ignore"):
            state = next(walk)
        yield state


def to_zero(lr, steps):
    """A schedule: lr falls in a straight line, to 0 after the last step."""
    return lambda t: lr * (1 - (t - 1) / steps)


def lazy_adam(grad, theta, lr, beta1=0.9, beta2=0.999, eps=1e-8, width=POINTS):
    """Adam that touches a row only where it has a gradient; each row counts its own steps."""
    lr = lr if callable(lr) else (lambda t, lr=lr: lr)
    rows = len(theta) // width
    m, v, t = np.zeros((rows, width)), np.zeros((rows, width)), np.zeros((rows, 1))
    step = 0
    while True:
        step += 1
        g = grad(theta).reshape(rows, width)
        met = np.flatnonzero(g.any(axis=1))
        t[met] += 1
        m[met] = m_met = beta1 * m[met] + (1 - beta1) * g[met]
        v[met] = v_met = beta2 * v[met] + (1 - beta2) * g[met] ** 2
        m_hat, v_hat = m_met / (1 - beta1 ** t[met]), v_met / (1 - beta2 ** t[met])
        theta = theta.reshape(rows, width).copy()
        theta[met] -= lr(step) * m_hat / (np.sqrt(v_hat) + eps)
        theta = theta.ravel()
        yield dict(theta=theta, g=g.ravel(), m=m.ravel(), v=v.ravel())


def nearest(theta, word, count=8):
    """The words that point most in the same direction: [(word, cosine), ...]."""
    u = theta.reshape(2, WORDS, POINTS)[0]
    length = np.linalg.norm(u, axis=1)
    cosine = u @ u[word] / np.maximum(length * length[word], 1e-12)
    best = np.argsort(-cosine, kind="stable")
    return [(int(i), float(cosine[i])) for i in best if i != word][:count]


def plane(theta):
    """The words' points as seen from the side on which they spread most: (words, 2)."""
    u = theta.reshape(2, WORDS, POINTS)[0]
    u = u - u.mean(axis=0)
    _, _, axes = np.linalg.svd(u, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2].sum(axis=1, keepdims=True))
    return u @ axes.T
