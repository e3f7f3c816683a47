"""The words of lesson 08: the frozen book, gradients, and the learning rates that count as best."""

from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

import adam_core as core
from adam_lab import panels
from adam_lab.models import words
from adam_lab.panels.words import BEST, RULES, TRIED, zipf_best
from searched import searched

BOOK = Path(words.__file__).parent.parent / "data" / "alice.txt"


# ---------------------------------------------------------------------------
# The book
# ---------------------------------------------------------------------------


def test_the_book_is_frozen_and_its_source_is_named():
    text = BOOK.read_bytes()
    assert sha256(text).hexdigest().startswith("99e53cbb0aeb2743")
    assert text.isascii() and b"\r" not in text
    said = BOOK.with_suffix(".md").read_text()
    assert "public domain" in said and "Canterbury Corpus" in said


def test_the_words():
    assert words.book()[:4] == ("alice's", "adventures", "in", "wonderland")
    assert len(words.book()) == 26_683 and len(set(words.book())) == 2636
    assert words.vocabulary()[:3] == ("the", "and", "to")
    assert len(set(words.vocabulary())) == words.WORDS
    assert words.book().count(words.vocabulary()[-1]) == 13


def test_pairs_are_neighbours_in_the_book():
    known, pairs = words.vocabulary(), words.neighbours()
    following = list(zip(words.book(), words.book()[1:], strict=False))
    inside = set(known)
    wanted = [(a, b) for a, b in following if a in inside and b in inside]
    assert [(known[a], known[b]) for a, b in pairs] == wanted
    near = words.neighbours(reach=2)
    there, back = words.table(near), words.table(near[:, ::-1])
    assert np.array_equal(there, back) and there.sum() == len(near)
    book = words.book()
    beside = sum(book[i] == book[i + way] == "the" for way in (1, 2) for i in range(len(book) - 2))
    assert there[0, 0] == 2 * beside


def test_five_groups_of_about_a_fifth():
    often = words.table(words.neighbours()).sum(axis=1)
    group = words.fifths(often)
    assert (np.diff(group) >= 0).all() and set(group) == set(range(5))
    shares = np.bincount(group, weights=often) / often.sum()
    assert np.allclose(shares, 0.2, atol=0.015)


# ---------------------------------------------------------------------------
# Gradients
# ---------------------------------------------------------------------------


def autograds_loss(theta, counts):
    scores = anp.reshape(theta, counts.shape)
    log_p = scores - anp.log(anp.sum(anp.exp(scores), axis=1, keepdims=True))
    return -anp.sum(counts * log_p) / counts.sum()


def test_the_slope_of_the_table_is_autograds():
    rng = np.random.default_rng(0)
    counts, theta = rng.integers(0, 5, (6, 9)) + 1.0, rng.normal(size=54)
    assert np.isclose(words.next_loss(theta, counts), autograds_loss(theta, counts))
    wanted = grad(autograds_loss)(theta, counts)
    assert np.allclose(words.next_slope(theta, counts), wanted, atol=1e-12)


def test_a_batch_has_the_slope_of_its_pairs():
    pairs, rng = words.neighbours(), np.random.default_rng(3)
    theta = rng.normal(size=words.WORDS**2)
    found = words.next_slope_of(pairs, 64, seed=3)(theta)
    drawn = pairs[np.random.default_rng(3).integers(0, len(pairs), 64)]
    counts = words.table(drawn)
    wanted = counts.sum(axis=1, keepdims=True) * words.softmax(theta.reshape(counts.shape)) - counts
    assert np.allclose(found, wanted.ravel() / 64, atol=1e-12)


def softplus(x):
    return anp.log(1 + anp.exp(x))


@pytest.mark.parametrize("limit", [0, 0.003])
def test_the_slope_of_the_points_is_autograds(limit):
    def loss(theta):
        u, w = anp.reshape(theta, (2, words.WORDS, words.POINTS))
        shares = words.pair_shares(limit)
        strangers = words.NEGATIVES * np.outer(shares.sum(axis=1), words._skip_gram()[2])
        score = anp.dot(u, w.T)
        return anp.sum(shares * softplus(-score) + strangers * softplus(score))

    theta = words.points(0) + np.random.default_rng(1).normal(0, 0.3, words.points(0).shape)
    assert np.isclose(words.points_loss(theta, limit), loss(theta))
    assert np.allclose(words.points_slope(theta, limit), grad(loss)(theta), atol=1e-12)


def test_a_batch_of_points_has_autograds_slope():
    batch = next(words.batches(40, seed=0))

    def loss(theta):
        u, w = anp.reshape(theta, (2, words.WORDS, words.POINTS))
        word, neighbour, strangers = batch
        near = anp.sum(u[word] * w[neighbour], axis=1)
        far = anp.sum(u[word][:, None] * w[strangers], axis=2)
        return anp.sum(softplus(-near)) / 40 + anp.sum(softplus(far)) / 40

    theta = words.points(0) + np.random.default_rng(1).normal(0, 0.3, words.points(0).shape)
    found = words.points_slope_of(iter([batch]))(theta)
    assert np.allclose(found, grad(loss)(theta), atol=1e-12)


def test_lazy_adam_is_adam_for_a_word_that_is_always_met():
    rng = np.random.default_rng(0)
    slopes = rng.normal(size=(20, 8))
    slopes[::2, 4:] = 0  # the second word rests in every other step
    lazy, dense = ([], [])
    for rule, path, given in (
        (partial(words.lazy_adam, width=4), lazy, slopes),
        (core.adam, dense, slopes[1::2]),
    ):
        feed = iter(given)
        steps = rule(lambda theta, feed=feed: next(feed), np.zeros(8), lr=0.1)
        path += [next(steps)["theta"] for _ in given]
    assert np.allclose(lazy[-1][4:], dense[-1][4:])
    rests = np.array([theta[4:] for theta in lazy])
    assert np.array_equal(rests[1::2][:-1], rests[2::2])


# ---------------------------------------------------------------------------
# Best learning rates: half and twice as much are worse
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("rule", BEST)
def test_the_panels_best_rates(rule):
    counts = words.table(words.neighbours())
    lrs = [BEST[rule] * factor for factor in (0.5, 1, 2)]
    found = words.next_search(
        RULES[rule], lambda theta: words.next_slope(theta, counts), counts, lrs, at=(10,)
    )
    assert found.argmin() == 1


@pytest.mark.parametrize("exponent", [0, 0.5, 1, 1.25])
@pytest.mark.parametrize("size", [50, 400])
def test_the_made_up_languages_best_rates_lie_inside(exponent, size):
    for rule, tried in TRIED.items():
        needed, lr, _ = zipf_best(rule, exponent, size)
        unit = 1 if rule == "adam" else words.zipf(exponent, size)[0]
        assert needed <= 200
        assert tried[0] * 1.15 < lr * unit < tried[-1] / 1.15


NEXT = [
    (1024, "gd", 400), (1024, "heavy_ball", 80), (1024, "sign", 0.08), (1024, "adam", 0.12),
    (64, "gd", 90), (64, "heavy_ball", 12), (64, "sign", 0.15), (64, "adam", 0.12),
    (64, "adam β₁=0", 0.12), (16, "adam β₁=0", 0.12),
    (16, "gd", 30), (16, "heavy_ball", 3.5), (16, "sign", 0.3), (16, "adam", 0.12),
]  # fmt: skip


@searched(words)
@pytest.mark.parametrize("size, rule, best", NEXT)
def test_the_lessons_best_rates_in_batches(size, rule, best):
    rules = RULES | {"adam β₁=0": partial(core.adam, beta1=0)}
    pairs = words.neighbours()
    counts, ends = words.table(pairs), []
    for lr in (best / 2, best, best * 2):
        losses = []
        for seed in range(3):
            drawn = words.next_slope_of(pairs, size, seed)
            *_, theta = words.next_run(rules[rule], drawn, 100, lr=lr)
            losses.append(words.next_loss(theta, counts))
        ends.append(np.mean(losses))
    assert np.argmin(np.nan_to_num(ends, nan=np.inf)) == 1


POINTS = [
    (64, 2000, 0, core.gd, 12), (64, 2000, 0, core.adam, 0.025),
    (64, 2000, 0, words.lazy_adam, 0.05), (64, 2000, 0.003, core.gd, 16),
    (64, 2000, 0.003, core.adam, 0.03), (None, 100, 0, core.gd, 60), (None, 100, 0, core.adam, 0.4),
    (None, 100, 0.003, core.gd, 160), (None, 100, 0.003, core.adam, 0.4),
]  # fmt: skip


def test_seeds_draw_pairs_of_their_own():
    tables = words.next_tables(core.gd, words.neighbours(), 64, 1, 1.0, seeds=3)
    assert len(np.unique(tables.reshape(3, -1), axis=0)) == 3


@searched(words)
def test_a_larger_lr_would_help_sign_descent_with_rare_words_and_harms_the_frequent():
    """64 pairs, 100 steps: the loss of the most frequent fifth and of the rarest, at two rates."""
    pairs = words.neighbours()
    counts = words.table(pairs)
    often = counts.sum(axis=1)
    group = words.fifths(often)

    def losses(lr):
        tables = words.next_tables(words.sign_descent, pairs, 64, 100, lr, seeds=5)
        each = np.mean([words.next_losses(scores, counts) for scores in tables], axis=0)
        return [np.average(each[group == g], weights=often[group == g]) for g in (0, 4)]

    (frequent, rare), (frequent_long, rare_long) = losses(0.15), losses(0.6)
    assert frequent_long > 1.5 * frequent and rare_long < rare - 0.5


@searched(words)
@pytest.mark.parametrize("size, steps, limit, rule, best", POINTS)
def test_the_lessons_best_rates_of_the_points(size, steps, limit, rule, best):
    ends = []
    for lr in (best / 2, best, best * 2):
        falling = words.to_zero(lr, steps)
        *_, last = words.points_run(rule, 0, steps, size, limit, lr=falling)
        ends.append(words.points_loss(last["theta"], limit))
    assert np.argmin(np.nan_to_num(ends, nan=np.inf)) == 1


def test_the_lesson_uses_these_rates():
    lesson = (BOOK.parent.parent.parent / "notebooks" / "08_sparse_words.ipynb").read_text()
    for size, _, best in NEXT:
        row = lesson.split(f"{size}: dict(")[1].split(")")[0]
        assert f"={best}" in row
    for _, _, _, _, best in POINTS:
        assert f": {best}" in lesson


# ---------------------------------------------------------------------------
# The panel that trains
# ---------------------------------------------------------------------------


def test_the_embedding_trains_and_stops():
    panel = panels.embedding()
    panel.start()
    panel.thread.join()
    assert panel.error is None and "step 2000" in panel.text
    assert "eyes" in panel.text  # beside head
    panel.controls["rule"].value = "gd"
    panel.start()
    panel.stop()
    panel.thread.join()
    panel.controls["word"].value = "hare"
    assert panel.error is None and "Hare is marked" in panel.text
    panel.reset()
    assert "Not trained yet" in panel.text


def test_a_word_is_in_the_fifth_of_its_middle_place():
    assert words.fifths(np.array([4.0, 3, 3]), parts=2).tolist() == [0, 1, 1]
    assert words.fifths(np.array([3.0, 1, 1]), parts=2).tolist() == [0, 1, 1]


def test_the_least_losses_are_those_of_shares_of_a_half_and_a_quarter():
    counts = np.array([[0.0, 5, 5], [2, 2, 4]])
    assert np.allclose(words.least_losses(counts), np.log(2) * np.array([1, 1.5]))


def test_each_step_draws_other_pairs():
    slope = words.next_slope_of(words.neighbours(), 64, seed=0)
    one, two = (slope(np.zeros(words.WORDS**2)) for _ in range(2))
    assert not np.array_equal(one, two)


def test_ends_are_mean_losses_of_all_pairs(monkeypatch):
    pairs, scores = words.neighbours(), np.random.default_rng(0).normal(size=(2, 300, 300))
    monkeypatch.setattr(words, "next_tables", lambda *given: scores)
    first, after = pairs.T
    wanted = -np.log(words.softmax(scores)[:, first, after]).mean(axis=1)
    assert np.allclose(words.next_ends(core.gd, pairs, 64, 1, 1.0, seeds=2), wanted)


def test_the_cosine_of_one_pair_of_two():
    """Rows of two words are at right angles: a pair is at 45° to the mean of both."""
    assert words.next_cosine(np.array([[0, 1], [2, 3]]), 1) == pytest.approx(np.sqrt(0.5))
    one, both = (words.next_cosine(words.neighbours(), 16, draws) for draws in (1, 2))
    assert one != both  # each draw has pairs of its own


def test_two_numbers_stand_for_a_row_of_the_made_up_language():
    """Its losses are those of the whole table of scores."""
    n, lrs = 5, (1.0, 3.0)
    own = np.linspace(0.1, 0.9, n)[np.random.default_rng(0).permutation(n), None]
    assert np.allclose(words.zipf(1, 3), np.array([6, 3, 2]) / 11)
    counts = words.zipf(1, n)[:, None] * np.where(np.eye(n), own, (1 - own) / (n - 1))
    least = np.average(words.least_losses(counts), weights=counts.sum(axis=1))
    left = words.zipf_losses(core.heavy_ball, 1, n, lrs, 6)
    for lr, ours in zip(lrs, left.T, strict=True):
        trace = core.run(core.heavy_ball, lambda theta: words.next_slope(theta, counts),
                         np.zeros(n * n), 6, record=("theta",), lr=lr)  # fmt: skip
        losses = np.array([words.next_loss(theta, counts) for theta in trace.theta])
        assert np.allclose(ours, (losses - least) / (np.log(n) - least))


def test_points_start_small_and_each_seed_elsewhere():
    one, other = (words.points(seed).reshape(2, words.WORDS, -1) for seed in (0, 1))
    assert 0.12 < abs(one[0]).max() < 0.125 and not one[1].any()
    assert not np.array_equal(one, other)


def test_a_word_four_times_as_frequent_as_the_limit_keeps_half():
    pairs, frequency, _ = words._skip_gram()
    assert frequency[0] == np.mean(pairs[:, 0] == 0)
    limit = frequency[0] / 4
    keep = words.kept(limit)
    assert keep[0] == pytest.approx(0.5)
    assert (keep[frequency > limit] < 1).all() and (keep[frequency <= limit] == 1).all()
    assert (words.kept(0) == 1).all()


def test_a_stranger_sixteen_times_as_frequent_is_drawn_eight_times_as_often():
    _, frequency, shares = words._skip_gram()
    assert shares.sum() == pytest.approx(1)
    assert np.allclose((shares / shares[0]) ** 4, (frequency / frequency[0]) ** 3)


@pytest.mark.parametrize("limit", [0, 0.003])
def test_batches_are_drawn_as_the_loss_says(limit):
    drawn, seen, met = words.batches(20_000, seed=0, limit=limit), 0, 0
    for _, (word, other, strangers) in zip(range(5), drawn, strict=False):
        seen = seen + words.table(np.stack([word, other], axis=1))
        met = met + np.bincount(strangers.ravel(), minlength=words.WORDS)
    shares = words.pair_shares(limit)
    assert np.abs(seen.sum(axis=1) / seen.sum() - shares.sum(axis=1)).max() < 0.003
    assert np.abs(seen / seen.sum() - shares).max() < 0.001
    assert np.abs(met / met.sum() - words._skip_gram()[2]).max() < 0.001


@pytest.mark.parametrize("size", [64, None])
def test_a_run_has_the_start_the_pairs_and_the_thinning_it_is_told(size):
    theta = words.points(3)
    drawn = words.points_slope_of(words.batches(64, 3, 0.003))
    wanted = drawn(theta) if size else words.points_slope(theta, 0.003)
    state = next(words.points_run(core.gd, 3, 1, size, 0.003, lr=1.0))
    assert np.allclose(theta - state["theta"], wanted)


def test_to_zero_after_the_last_step():
    falling = words.to_zero(2.0, 4)
    assert [falling(t) for t in range(1, 6)] == [2, 1.5, 1, 0.5, 0]


def test_lazy_adam_is_adam_where_every_word_is_met_and_lr_falls():
    def slope(theta):
        return theta * np.arange(1, 9)

    rules, lr = (core.adam, partial(words.lazy_adam, width=4)), words.to_zero(0.1, 5)
    plain, lazy = ([*islice(rule(slope, np.ones(8), lr=lr), 5)][-1]["theta"] for rule in rules)
    assert np.allclose(lazy, plain)


def test_nearest_is_by_the_angle_alone():
    u = np.zeros((2, words.WORDS, words.POINTS))
    u[0, 0, 0], u[0, 1, :2], u[0, 2, 0], u[1, 3, 0] = 1, 9, 0.1, 9
    (one, equal), (two, half) = words.nearest(u.ravel(), 0, count=2)
    assert (one, two) == (2, 1) and (equal, half) == pytest.approx((1, np.sqrt(0.5)))


def test_the_plane_has_the_two_widest_spreads():
    u = np.random.default_rng(0).normal(size=(2, words.WORDS, words.POINTS))
    u[0] *= 1e-6
    i = np.arange(words.WORDS)
    u[0, :, 3], u[0, :, 5] = 7 + 2.0 * (-1) ** i, (-1.0) ** (i // 2)
    assert np.allclose(words.plane(u.ravel()), u[0][:, [3, 5]] - [7, 0], atol=1e-4)
