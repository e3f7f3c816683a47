"""Two players with opposite aims, for 11_two_networks: a game of two numbers, and small GANs.

Each player has a flat vector of its own and an optimizer of its own; `rounds` lets them play.
Several games go side by side: a row of theta for each. The networks' gradients are written
out, which is several times as fast as autograd; a test compares both.
"""

from functools import partial
from itertools import count, pairwise
from statistics import NormalDist

import numpy as np

# ---------------------------------------------------------------------------
# Two players
# ---------------------------------------------------------------------------


def adam(grad, theta, *, lr, beta1=0.9, beta2=0.999, eps=1e-8, largest=False):
    """`adam_core.adam`, which also takes a beta1 between -1 and 0: its average leans forward.

    largest   divide by the root of the largest v_hat so far (AMSGrad as optax has it)
    """
    m, v, v_max = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    for t in count(1):
        g = grad(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        v_max = np.maximum(v_max, v_hat) if largest else v_hat
        theta = theta - lr * m_hat / (np.sqrt(v_max) + eps)
        yield dict(theta=theta)


def heavy_ball(grad, theta, *, lr, beta=0.9):
    """`adam_core.heavy_ball`, for a beta from -1 to 1."""
    velocity = np.zeros_like(theta)
    for _ in count():
        velocity = beta * velocity + lr * grad(theta)
        theta = theta - velocity
        yield dict(theta=theta)


def rounds(slopes, players, rules, in_turn=False):
    """Both players after each round, for ever.

    slopes    one function for each player: (first, second) -> the gradient of its own loss
    players   (first, second), flat vectors
    rules     one for each player: (grad, theta) -> optimizer; each keeps its own m, v and t
    in_turn   the second player moves first, and the first one sees where it has moved to;
              otherwise both see where the other was at the start of the round
    """
    now = list(players)

    def moves(i):
        def slope(own):
            return slopes[i](own, now[1]) if i == 0 else slopes[i](now[0], own)

        # in a generator, so that no gradient is taken before the first move
        yield from rules[i](slope, players[i])

    first, second = moves(0), moves(1)
    while True:
        with np.errstate(all="ignore"):  # a run that diverges says so in what it makes
            if in_turn:
                now[1] = next(second)["theta"]
                now[0] = next(first)["theta"]
            else:
                now[:] = next(first)["theta"], next(second)["theta"]
        yield tuple(now)


def one_adam(grad, theta, critic, *, lr, beta1, beta2=0.999, eps=1e-8, waits=True):
    """One Adam for the numbers of both, in turn, the critic's first; theta after each round.

    critic   (d,) True where a number is the critic's
    waits    False: who waits gets a gradient of 0, and nothing else holds it
    """
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t in count(1):
        for moves in (critic, ~critic):
            g, change = np.where(moves, grad(theta), 0), moves | (not waits)
            m = np.where(change, beta1 * m + (1 - beta1) * g, m)
            v = np.where(change, beta2 * v + (1 - beta2) * g**2, v)
            step = lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
            theta = theta - np.where(change, step, 0)
        yield theta


XY = (lambda x, y: y, lambda x, y: -x)  # f = x y: the first player lowers it, the second raises it


# ---------------------------------------------------------------------------
# Networks
# ---------------------------------------------------------------------------

LEAK = 0.2  # slope of the activation below 0; it is 1 above


def start(sizes, seed):
    """A flat vector of random weights and biases: uniform, +-1 / sqrt(inputs), as in PyTorch."""
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.uniform(-1, 1, (n + 1) * k) / np.sqrt(n) for n, k in pairwise(sizes)]
    )


def _layers(theta, sizes):
    """[(W, b) of each layer], W (inputs, outputs)."""
    layers, end = [], 0
    for n, k in pairwise(sizes):  # np.split would be slow
        W, end = theta[..., end : end + n * k].reshape(*theta.shape[:-1], n, k), end + n * k
        b, end = theta[..., None, end : end + k], end + k
        layers.append((W, b))
    return layers


def _forward(layers, x):
    """What goes into each layer, and last what comes out."""
    kept = [x]
    for i, (W, b) in enumerate(layers):
        x = x @ W
        x += b  # in place: large arrays anew cost more than what is done to them
        if i < len(layers) - 1:
            np.maximum(x, LEAK * x, out=x)
        kept.append(x)
    return kept


def _backward(layers, kept, d):
    """From the gradient at the output to those at what each layer gives, before its activation."""
    found = [d]
    for (W, _), out in zip(layers[:0:-1], kept[-2:0:-1], strict=True):
        d = d @ W.swapaxes(-1, -2)
        d *= LEAK + (1 - LEAK) * (out > 0)
        found.insert(0, d)
    return found


def _slopes(kept, found):
    """The gradient of theta, flat, from what goes into each layer and the gradients behind it."""
    parts = []
    for x, d in zip(kept[:-1], found, strict=True):
        W = x.swapaxes(-1, -2) @ d
        parts += [W.reshape(*W.shape[:-2], -1), d.sum(axis=-2)]
    return np.concatenate(parts, axis=-1)


def network(theta, x, sizes):
    """Rows in, rows out."""
    return _forward(_layers(theta, sizes), x)[-1]


def sigmoid(score):
    return 0.5 + 0.5 * np.tanh(score / 2)  # never overflows


def critic_loss(generator, critic, real, noise, sizes):
    """The mean of -log p(real) and that of -log(1 - p(made)), added; p = sigmoid(score)."""
    made = network(generator, noise, sizes[0])
    good, bad = network(critic, real, sizes[1]), network(critic, made, sizes[1])
    return np.mean(np.logaddexp(0, -good)) + np.mean(np.logaddexp(0, bad))


def generator_loss(generator, critic, noise, sizes):
    """The mean of -log p(made): it wants to be taken for real."""
    made = network(generator, noise, sizes[0])
    return np.mean(np.logaddexp(0, -network(critic, made, sizes[1])))


def critic_grad(generator, critic, real, noise, sizes):
    """Of critic_loss, by the critic's numbers."""
    made, layers = network(generator, noise, sizes[0]), _layers(critic, sizes[1])
    kept = _forward(layers, np.concatenate([real, made], axis=-2))
    p, rows = sigmoid(kept[-1]), real.shape[-2]
    d = np.concatenate([(p[..., :rows, :] - 1) / rows, p[..., rows:, :] / made.shape[-2]], axis=-2)
    return _slopes(kept, _backward(layers, kept, d))


def generator_grad(generator, critic, noise, sizes):
    """Of generator_loss, by the generator's numbers: through the critic, which stays."""
    layers, judge = _layers(generator, sizes[0]), _layers(critic, sizes[1])
    kept = _forward(layers, noise)
    seen = _forward(judge, kept[-1])
    d = (sigmoid(seen[-1]) - 1) / noise.shape[-2]
    d = _backward(judge, seen, d)[0] @ judge[0][0].swapaxes(-1, -2)
    return _slopes(kept, _backward(layers, kept, d))


# ---------------------------------------------------------------------------
# In one dimension: nothing is drawn at random but the start
# ---------------------------------------------------------------------------

LINE = ((1, 16, 1), (1, 16, 1))  # sizes of the generator and of the critic
NOISE = np.linspace(-1, 1, 64)[:, None]  # what the generator is fed, every round the same
WIDTH = 0.2  # of each of the two bumps, which stand at -1 and 1


def _two_bumps():
    """64 numbers that lie as those of two normal bumps should."""
    one = np.array([NormalDist(0, WIDTH).inv_cdf((i + 0.5) / 32) for i in range(32)])
    return np.concatenate([one - 1, one + 1])[:, None]


TARGET = _two_bumps()


def line_rounds(seed, *, lr, ratio=1, in_turn=True, rule=adam, **hyper):
    """Generator and critic after each round; the critic's lr is `ratio` times lr.

    seed   a number, or several: then a game for each, side by side
    """
    target = np.broadcast_to(TARGET, (*np.shape(seed), *TARGET.shape))
    slopes = (
        lambda generator, critic: generator_grad(generator, critic, NOISE, LINE),
        lambda generator, critic: critic_grad(generator, critic, target, NOISE, LINE),
    )
    rules = [partial(rule, lr=rate, **hyper) for rate in (lr, ratio * lr)]
    return rounds(slopes, starts(LINE, seed), rules, in_turn)


def starts(sizes, seed):
    """Both players before the first round."""
    if np.ndim(seed):
        return tuple(np.stack(rows) for rows in zip(*(starts(sizes, s) for s in seed), strict=True))
    return tuple(start(part, [seed, i]) for i, part in enumerate(sizes))


def made_on_line(generator):
    """The 64 numbers that it makes: (..., 64)."""
    return network(generator, NOISE, LINE[0])[..., 0]


def off(made):
    """How far each number (..., 64) has to be moved, on average, to turn them into the target."""
    return np.mean(np.abs(np.sort(made) - TARGET[:, 0]), axis=-1)


# ---------------------------------------------------------------------------
# In the plane
# ---------------------------------------------------------------------------

PLANE = ((2, 32, 32, 2), (2, 32, 32, 1))
RADIUS, SPREAD = 2.0, 0.1  # of the farthest point, and of the samples around each
BATCH = 64
LOOKED_AT = 1000  # samples that are judged


def ring():
    """Eight points on a circle, (8, 2)."""
    angles = np.arange(8) * np.pi / 4
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def placed(points):
    """Anybody's points (n, 2), moved and scaled so that they fill the picture; or ValueError."""
    try:
        points = np.array(points, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("points must be numbers, a row [x, y] for each point") from None
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"points must be a row [x, y] for each point, shape (n, 2), got shape {points.shape}"
        )
    if not np.isfinite(points).all():
        raise ValueError("points must be finite numbers, got inf or nan")
    _, first = np.unique(points, axis=0, return_index=True)
    if len(first) < 2:
        raise ValueError("points must be at least two different ones")
    points = points[np.sort(first)]  # one that stands there twice is one
    low, high = points.min(axis=0), points.max(axis=0)
    points = points - (low + high) / 2
    return RADIUS * points / np.hypot(*points.T).max()


def plane_rounds(seed, points, *, lr, ratio=1, rule=adam, **hyper):
    """Generator and critic after each round, in turn; target: `points`, each a small cloud.

    seed   a number, or several: then a game for each, side by side
    """
    games, rngs = np.shape(seed), [np.random.default_rng(s) for s in np.ravel(seed)]

    def noise():
        return np.reshape([rng.normal(size=(BATCH, 2)) for rng in rngs], (*games, BATCH, 2))

    def real():
        chosen = [rng.integers(len(points), size=BATCH) for rng in rngs]
        return points[np.reshape(chosen, (*games, BATCH))] + SPREAD * noise()

    slopes = (
        lambda generator, critic: generator_grad(generator, critic, noise(), PLANE),
        lambda generator, critic: critic_grad(generator, critic, real(), noise(), PLANE),
    )
    rules = [partial(rule, lr=rate, **hyper) for rate in (lr, ratio * lr)]
    return rounds(slopes, starts(PLANE, seed), rules, in_turn=True)


_FIXED = np.random.default_rng(0).normal(size=(LOOKED_AT, 2))


def made_in_plane(generator):
    """(..., 1000, 2), of noise that is always the same."""
    return network(generator, _FIXED, PLANE[0])


def judged(made, points):
    """How many points are kept, and which share of the samples is good.

    good   within 3 spreads of a point
    kept   a point to which at least a tenth of its fair share of good samples is nearest
    """
    distances = np.linalg.norm(made[:, None] - points, axis=2)
    good = distances.min(axis=1) < 3 * SPREAD
    visits = np.bincount(distances.argmin(axis=1)[good], minlength=len(points))
    return int(np.sum(visits >= 0.1 * len(made) / len(points))), np.mean(good)


def real_share(critic, x, sizes):
    """What the critic takes for the probability that x is real."""
    return sigmoid(network(critic, x, sizes[1]))[:, 0]
