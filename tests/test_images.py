"""The photographs and convolutional networks of lesson 09, and what the lesson says of them."""

from functools import partial
from itertools import count, islice, pairwise

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

import adam_core as core
from adam_lab.models import images, network
from adam_lab.panels import denoise, layers
from searched import searched

SEEDS = range(5)


# ---------------------------------------------------------------------------
# Data
# ---------------------------------------------------------------------------


def test_the_photographs_are_scikit_learns():
    from sklearn.datasets import load_sample_image

    for name in ("china", "flower"):
        theirs, ours = load_sample_image(f"{name}.jpg"), images.photograph(name)
        assert ours.shape == (213, 320)
        assert ours[5, 7] == pytest.approx(theirs[10:12, 14:16].mean() / 255)


def test_squares_have_their_clean_middles():
    x, y = next(images.squares(seed=3))
    assert x.shape == (4, 22, 22, 1) and y.shape == (4, 16, 16, 1)
    noise = x[:, 3:-3, 3:-3] - y
    assert abs(noise.mean()) < 0.02 and abs(noise.std() - images.SIGMA) < 0.01
    again, other = next(images.squares(seed=3)), next(images.squares(seed=4))
    assert np.array_equal(x, again[0]) and not np.array_equal(x, other[0])


def test_decibels():
    assert images.decibels(np.full(9, 0.1), 0) == pytest.approx(20)
    noisy, clean = images.test_piece()
    assert images.decibels(noisy[0, 3:-3, 3:-3, 0], clean) == pytest.approx(16.5, abs=0.1)


# ---------------------------------------------------------------------------
# Networks
# ---------------------------------------------------------------------------


def slowly(x, K, b):
    """A convolution, pixel by pixel."""
    _, h, w, _ = x.shape
    return np.stack(
        [
            np.stack(
                [x[:, i : i + 3, j : j + 3].reshape(len(x), -1) @ K + b for j in range(w - 2)],
                axis=1,
            )
            for i in range(h - 2)
        ],
        axis=1,
    )


def test_a_convolution_is_the_sum_over_nine_neighbours():
    rng = np.random.default_rng(0)
    x, K, b = rng.normal(size=(2, 5, 7, 3)), rng.normal(size=(27, 4)), rng.normal(size=4)
    assert np.allclose(images.neighbours(x) @ K + b, slowly(x, K, b))


def by_autograd(theta, x, sizes, straight):
    """The layers once more, in operations that autograd knows."""
    end = 0
    for i, (n, k) in enumerate(pairwise(sizes)):
        K, end = theta[end : end + 9 * n * k].reshape(9 * n, k), end + 9 * n * k
        b, end = theta[end : end + k], end + k
        h, w = x.shape[1] - 2, x.shape[2] - 2
        near = [x[:, r : r + h, s : s + w] for r in range(3) for s in range(3)]
        x = anp.concatenate(near, axis=-1) @ K + b
        x = x if i == straight else anp.maximum(x, 0)
    return x, theta[end:]


def test_the_denoisers_gradient_is_autograds():
    def loss(theta, x, y):
        return anp.mean((by_autograd(theta, x, images.DENOISER, 2)[0] - y) ** 2)

    x, y = next(images.squares(0, number=2, size=5))
    for theta in (images.he_start(0), images.start(images.DENOISER, 1)):
        assert images.squared_error(theta, x, y) == pytest.approx(loss(theta, x, y))
        assert np.allclose(images.squared_error_grad(theta, x, y), grad(loss)(theta, x, y))


def test_the_readers_gradient_is_autograds():
    def loss(theta, x, y):
        out, rest = by_autograd(theta, x.reshape(-1, 8, 8, 1), images.READER, None)
        given = out.reshape(len(x), -1) @ rest[:-10].reshape(images.INPUTS, 10) + rest[-10:]
        return anp.mean(anp.log(anp.sum(anp.exp(given), axis=1)) - given[np.arange(len(y)), y])

    (x, y), _, _ = network.digits(0)
    x, y, theta = x[:20], y[:20], images.reader_start(1)
    assert theta.size == 1954
    assert images.cross_entropy(theta, x, y) == pytest.approx(loss(theta, x, y))
    assert np.allclose(images.cross_entropy_grad(theta, x, y), grad(loss)(theta, x, y))


def test_hes_start_keeps_the_mean_square():
    (K, b), *_ = images.cut(images.he_start(0, sizes=(100, 200, 1)), (100, 200, 1))[0]
    assert np.mean(K * K) * 900 == pytest.approx(2, rel=0.01) and not b.any()
    small, full = images.he_start(0, last=0.1), images.he_start(0)
    assert np.allclose(small[:-109], full[:-109]) and np.allclose(small[-109:], 0.1 * full[-109:])


@pytest.mark.parametrize("c", [0.1, 30])
def test_a_stretched_network_is_the_same_function(c):
    x = network.digits(0)[0][0][:50]
    one, other = (images.scores(images.reader_start(2, scale), x) for scale in (1, c))
    assert np.allclose(one, other, atol=1e-12)


def test_the_bug_divides_each_kernel_by_its_pixels():
    g = np.ones(1537)
    kernels = [K[0, 0] for K, _ in images.cut(images.averaged(g), images.DENOISER)[0]]
    assert kernels == pytest.approx([1 / (4 * side**2) for side in (20, 18, 16)])
    assert all((b == 1).all() for _, b in images.cut(images.averaged(g), images.DENOISER)[0])


def test_rulers():
    for name, number in (("all", 1), ("layer", 3), ("channel", 25), ("number", 1537)):
        assert len(set(images.rulers(name))) == number
    for K, b in images.cut(images.rulers("channel"), images.DENOISER)[0]:
        assert all((column == bias).all() for column, bias in zip(K.T, b, strict=True))


# ---------------------------------------------------------------------------
# What the lesson says
# ---------------------------------------------------------------------------


def shared(grad, theta, *, lr, ruler):
    """The lesson's Adam with few rulers."""
    members, m, v = np.bincount(ruler), 0 * theta, 0
    for t in count(1):
        g = grad(theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * np.bincount(ruler, g**2) / members
        size = np.sqrt(v / (1 - 0.999**t))[ruler] + 1e-8
        theta = theta - lr * m / (1 - 0.9**t) / size
        yield dict(theta=theta)


RULES = dict(
    gd=core.gd, momentum=core.heavy_ball, adam=core.adam,
    **{name: partial(shared, ruler=images.rulers(name)) for name in ("all", "layer", "channel")},
)  # fmt: skip
LRS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]


def end(name, lr, seed, last=1.0, centre=0.0, start=images.he_start, **more):
    """dB after 200 steps; -99 of a run that is lost."""
    run = images.steps(RULES[name], start(seed, last), seed, centre=centre, lr=lr, **more)
    for theta in islice(run, 200):
        if not np.isfinite(theta).all():
            return -99
    return np.nan_to_num(images.cleaned(theta, centre)[1], nan=-99)


def chosen(name, lr, seed, c):
    """Minus the error on the choosing part after ten epochs."""
    run = images.epochs(RULES[name], images.reader_start(seed, c), seed, lr=lr)
    *_, theta = islice(run, 10)
    with np.errstate(all="ignore"):
        return np.nan_to_num(-images.cross_entropy(theta, *network.digits(seed)[1]), nan=-99)


def is_highest(result, name, best, **more):
    """Has the best lr a higher median over the seeds than its neighbours?

    A median of five lies between any three of them: where those are apart, two need not run.
    """
    i = LRS.index(best)
    below, at, above = (
        [result(name, lr, seed, **more) for seed in SEEDS[:3]] for lr in LRS[i - 1 : i + 2]
    )
    for lr, others in ((LRS[i - 1], below), (LRS[i + 1], above)):
        if min(at) <= max(others):
            rest = [[result(name, x, seed, **more) for seed in SEEDS[3:]] for x in (best, lr)]
            if np.median(at + rest[0]) <= np.median(others + rest[1]):
                return False
    return True


@searched(images)
@pytest.mark.parametrize(
    "name, best, more",
    [
        ("gd", 0.03, {}), ("momentum", 0.03, {}), ("adam", 0.01, {}),
        ("all", 0.01, {}), ("layer", 0.003, {}), ("channel", 0.01, {}),
        ("gd", 0.1, dict(centre=0.5)), ("momentum", 0.03, dict(centre=0.5)),
        ("adam", 0.01, dict(centre=0.5)), ("all", 0.01, dict(centre=0.5)),
        ("gd", 0.03, dict(last=0.1)), ("momentum", 0.03, dict(last=0.1)),
        ("adam", 0.01, dict(last=0.1)),
    ],
)  # fmt: skip
def test_each_best_lr_lies_between_worse_ones(name, best, more):
    assert is_highest(end, name, best, **more)


@searched(images)
@pytest.mark.parametrize(
    "name, lr, centre, found, worst",
    [("adam", 0.015, 0, 23.1, 21.7), ("momentum", 0.013, 0, 22.4, 18.9),
     ("channel", 0.01, 0, 22.8, 18.0), ("momentum", 0.0675, 0.5, 23.0, 17.6),
     ("momentum", 0.0225, 0, 22.6, 11.6)],
)  # fmt: skip
def test_the_finer_search_over_twenty_seeds(name, lr, centre, found, worst):
    ends = over_twenty_seeds(name, lr, centre=centre)
    assert np.median(ends) == pytest.approx(found, abs=0.06)
    assert min(ends) == pytest.approx(worst, abs=0.06)


def over_twenty_seeds(name, lr, **more):
    return np.array([end(name, lr, seed, **more) for seed in range(20)])


def of_frequent(seed):
    """A change of the gradient: channels that are rarely on at the start do not learn."""
    theta = images.he_start(seed)
    on = np.concatenate([images.share_on(theta, seed, layer) for layer in (0, 1)])
    learns = np.append(on >= 0.15, True)[images.rulers("channel")]
    return lambda g: learns * g


@searched(images)
def test_sleeping_channels_are_not_the_whole_reason_for_adams_lead():
    """Over one ruler, twenty seeds, best of three lr, with and without their learning."""
    best = {}
    for name, lrs in dict(adam=(0.007, 0.01, 0.015), all=(0.003, 0.0045, 0.007)).items():
        for rested in (False, True):
            best[name, rested] = max(
                np.median([
                    end(name, lr, seed, **(dict(change=of_frequent(seed)) if rested else {}))
                    for seed in range(20)
                ])
                for lr in lrs
            )  # fmt: skip
    assert best["adam", False] - best["adam", True] == pytest.approx(0.3, abs=0.05)
    assert best["adam", True] - best["all", True] == pytest.approx(0.9, abs=0.06)
    assert best["adam", False] - best["all", False] == pytest.approx(1.1, abs=0.06)
    five = np.median([end("adam", 0.01, seed, change=of_frequent(seed)) for seed in SEEDS])
    assert five > np.median([end("adam", 0.01, seed) for seed in SEEDS])
    assert np.median([end("all", 0.0045, seed) for seed in SEEDS]) == pytest.approx(22.5, abs=0.05)


@searched(images)
def test_five_seeds_at_an_lr_between_do_not_tell_momentum_from_adam():
    ends = [
        np.median([end(*run, seed) for seed in SEEDS])
        for run in (("momentum", 0.0225), ("adam", 0.015))
    ]
    assert ends == pytest.approx([22.9, 22.9], abs=0.05)


def woken(seed, last):
    """The network that centred pixels would meet, moved into its biases."""
    theta = images.he_start(seed, last)
    (K, b), *_ = images.cut(theta, images.DENOISER)[0]
    b -= 0.5 * K.sum(axis=0)
    theta[-1] += 0.5
    return theta


@searched(images)
def test_woken_channels_need_one_ruler_only_with_centred_pixels_or_without():
    for more in (dict(centre=0.5), dict(start=woken)):
        best = max(np.median(over_twenty_seeds("all", lr, **more)) for lr in (0.007, 0.01))
        assert 22.7 < best < 23.1


@searched(images)
def test_momentum_is_unsteady_at_the_largest_lr_with_either_start():
    for last in (1, 0.1):
        ends = over_twenty_seeds("momentum", 0.03, last=last)
        assert np.sum(ends < 21.5) >= 7
    steadier = over_twenty_seeds("momentum", 0.01, last=0.1)
    assert np.median(steadier) > np.median(ends) + 1


@searched(images)
@pytest.mark.parametrize(
    "name, c, best",
    [("gd", 1, 0.3), ("momentum", 1, 0.03), ("adam", 1, 0.03),
     ("gd", 30, 0.003), ("momentum", 30, 0.003), ("adam", 30, 0.003)],
)  # fmt: skip
def test_the_readers_lr_was_chosen_on_the_choosing_part(name, c, best):
    assert is_highest(chosen, name, best, c=c)


def test_some_channels_of_the_reader_are_rarely_on():
    on = []
    for seed in range(40):
        x = network.digits(seed)[0][0].reshape(-1, 8, 8, 1)
        (K, b), _ = images.cut(images.reader_start(seed), images.READER)[0]
        on += [*(images.neighbours(x) @ K + b > 0).mean(axis=(0, 1, 2))]
    assert 0.2 < np.mean(np.array(on) < 0.15) < 0.3


def test_an_epoch_meets_each_row_once_in_batches_of_64(monkeypatch):
    met = []
    monkeypatch.setattr(
        images, "cross_entropy_grad", lambda theta, x, y: met.append(x) or 0 * theta
    )
    next(images.epochs(core.gd, images.reader_start(0), 2, lr=1))
    rows = network.digits(2)[0][0]
    assert len(met[0]) == 64 and len(met) == -(-len(rows) // 64)
    assert np.array_equal(np.sort(np.concatenate(met), axis=0), np.sort(rows, axis=0))


@pytest.mark.parametrize("centre", [0, 0.5])
def test_what_is_counted_of_a_channel(centre):
    theta, (x, _) = images.he_start(3), next(images.squares(5, number=64))
    (K, b), (L, c), _ = images.cut(theta, images.DENOISER)[0]
    one = images.neighbours(x - centre) @ K + b
    two = images.neighbours(np.maximum(one, 0)) @ L + c
    drawn = islice(images.squares(5), 3)
    grads = [images.squared_error_grad(theta, x - centre, y - centre) for x, y in drawn]
    parts, _ = images.cut(np.mean(np.square(grads), axis=0), images.DENOISER)
    for layer, given in enumerate((one, two)):
        on = images.share_on(theta, 5, layer, centre)
        np.testing.assert_allclose(on, (given > 0).mean(axis=(0, 1, 2)))
        sizes = images.gradient_sizes(theta, 5, layer, centre, batches=3)
        np.testing.assert_allclose(sizes**2, np.vstack(parts[layer]).mean(axis=0))


@searched(images)
def test_most_kernels_of_the_reader_keep_the_look_of_their_start():
    alike = []
    for seed in SEEDS:
        start = images.reader_start(seed)
        *_, theta = islice(images.epochs(core.adam, start, seed, lr=0.03), 10)
        (before, _), (after, _) = (images.cut(t, images.READER)[0][0] for t in (start, theta))
        alike += [np.corrcoef(a, b)[0, 1] for a, b in zip(before.T, after.T, strict=True)]
    assert np.mean(np.array(alike) > 0.5) > 0.9


# ---------------------------------------------------------------------------
# Panels
# ---------------------------------------------------------------------------


def test_train_cleans_and_a_run_that_is_lost_says_so(monkeypatch):
    panel = denoise()
    assert "Not trained yet" in panel.text
    panel.start()
    panel.thread.join()
    assert panel.error is None and "after step 200: 22.9 dB. Before: no run" in panel.text
    monkeypatch.setattr(images, "cleaned", lambda theta: (np.zeros((128, 128)), -99.0))
    panel.controls["rule"].value = "gd"
    panel.start()
    panel.thread.join()
    assert panel.error is None and "lost by step 1. Before: Adam, lr 0.01" in panel.text
    panel.reset()
    assert "Not trained yet" in panel.text


@pytest.mark.parametrize("rule, power", [("gd", -4), ("adam", -2)])
def test_the_ratios_change_by_the_powers_of_the_exercise(rule, power):
    panel, quotients = layers(), []
    panel.controls["rule"].value = rule
    for c in (1, 10):
        panel.controls["c"].value = c
        quotients.append(float(panel.text.split("layer 2's ")[1].split(";")[0]))
    assert quotients[1] / quotients[0] == pytest.approx(10.0**power, rel=0.05)
