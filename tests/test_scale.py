"""What lesson 12 counts and trains, against counts by hand, PyTorch's numbers and autograd's."""

import struct

import numpy as np
import pytest
from autograd import grad

import adam_core as core
from adam_lab.models import network, scale
from searched import searched

# ---------------------------------------------------------------------------
# Bytes and streams
# ---------------------------------------------------------------------------


def test_bytes_are_those_of_the_paper():
    """Rajbhandari et al. 2020, Figure 1: 7.5e9 parameters, Adam, 64 devices; K = 12."""
    for shared, gigabytes in zip(scale.SHARED, (120, 31.4, 16.6, 1.9), strict=True):
        assert round(7.5 * scale.bytes_each(shared=shared, devices=64).sum(), 1) == gigabytes


@pytest.mark.parametrize(
    "numbers, rule, total",
    [
        ("all in 32 bits", "Adam", 16), ("all in 16 bits", "Adam", 8),
        ("all in 32 bits", "gradient descent", 8),
        ("16 bits, a 32-bit copy", "momentum, Lion, Muon", 12),
        ("16 bits, a 32-bit copy", "Adam, m and v in 8 bits", 10),
    ],
)  # fmt: skip
def test_bytes_by_hand(numbers, rule, total):
    assert scale.bytes_each(numbers, rule).sum() == total


def test_adafactor_keeps_a_row_and_a_column():
    assert scale.bytes_each("all in 32 bits", "Adafactor")[-1] == 4 * (4096 + 4096) / 4096**2


def test_streams_by_hand():
    reads = dict(m=4, v=5, hats=2, theta=7)  # of the five lines of Adam
    writes = dict(m=3, v=4, hats=2, theta=5)
    assert scale.streams("adam") == sum(reads.values()) + sum(writes.values())
    assert scale.streams("in place") == 17 + 13


# ---------------------------------------------------------------------------
# Few bits
# ---------------------------------------------------------------------------


def bfloat16(x):
    """Of one number: the upper half of its float32, the lower half rounded to even."""
    (bits,) = struct.unpack("<I", struct.pack("<f", x))
    bits += 0x7FFF + (bits >> 16 & 1)
    return struct.unpack("<f", struct.pack("<I", bits & 0xFFFF0000))[0]


def samples():
    rng = np.random.default_rng(0)
    x = np.float32(rng.normal(size=2000) * 10.0 ** rng.integers(-6, 4, 2000))
    return np.concatenate([x, np.float32([0, 1, -1, 1.00390625, 1.01171875, 0.5])]).astype(float)


def test_the_nearest_mark_is_the_one_of_the_processor():
    x = samples()
    np.testing.assert_array_equal(scale.nearest(x), [bfloat16(value) for value in x])
    np.testing.assert_array_equal(scale.nearest(x, "float32"), x)
    small = x[(abs(x) > 1e-4) & (abs(x) < 6e4)]
    np.testing.assert_array_equal(scale.nearest(small, "float16"), small.astype(np.float16))


def test_by_chance_is_a_mark_and_on_average_nothing_is_lost():
    x, rng = samples(), np.random.default_rng(1)
    made = np.array([scale.at_random(x, rng) for _ in range(400)])
    np.testing.assert_array_equal(scale.nearest(made), made)
    gap = scale.spacing(x)
    assert (abs(made - x) <= gap).all()
    assert abs((made - x) / gap).mean(axis=0).max() <= 0.62
    assert abs(((made - x) / gap).mean()) < 0.002


def test_a_ladder_keeps_zeros_and_shares():
    v = np.concatenate([[0], np.geomspace(1e-12, 1, 999)])
    made = scale.ladder(v, 1e-10, 1.0)
    assert len(np.unique(made)) == 256 and made[0] == 0
    assert made[-1] == pytest.approx(1)
    on = v >= 1e-10
    assert abs(made[on] / v[on] - 1).max() < 0.05
    np.testing.assert_allclose(made[1:][v[1:] < 1e-10], 1e-10)
    assert len(np.unique(scale.linear(v))) <= 256 and (scale.linear(v)[v < 1e-3] == 0).all()


# ---------------------------------------------------------------------------
# Trained
# ---------------------------------------------------------------------------


def test_slope_is_autograd_s():
    x, y = network.digits(0)[0]
    theta = network.start(network.DIGITS, 3)
    wanted = grad(network.cross_entropy)(theta, x[:50], y[:50])
    np.testing.assert_allclose(scale.slope(theta, x[:50], y[:50]), wanted, atol=1e-14)


def test_a_resumed_run_is_the_same_run():
    whole = scale.train(0, 0.01, 60)
    part = scale.train(0, 0.01, 25)
    rest = scale.train(0, 0.01, 35, saved=part, seen=25)
    for ours, wanted in zip(rest, whole, strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_training_in_32_bits_is_adam():
    x, y = network.digits(1)[0]
    batch = network.batches(len(x), 64, 1)

    def slope(theta):
        rows = next(batch)
        return scale.slope(theta, x[rows], y[rows])

    wanted = core.run(core.adam, slope, network.start(network.DIGITS, 1), 30, lr=0.01)
    np.testing.assert_allclose(scale.train(1, 0.01, 30)[0], wanted.theta[-1], atol=1e-4)


def test_v_is_kept_layer_by_layer():
    seen = []
    scale.train(0, 0.01, 1, second=lambda v: seen.append(v.size) or v)
    n, h, k = network.DIGITS
    assert seen == [(n + 1) * h, (h + 1) * k]


def test_what_is_stored_and_what_is_computed_with():
    x = samples()
    wanted = {
        "32 bits": (x, x), "16 bits": (scale.nearest(x), x),
        "16 bits, rounded by chance": (scale.at_random(x, np.random.default_rng(0)), x),
        "16 bits, a 32-bit copy": (x, scale.nearest(x)),
    }  # fmt: skip
    assert wanted.keys() == scale.STORED.keys()
    for name, (keep, use) in scale.STORED.items():
        kept = keep(x, np.random.default_rng(0)), use(x)
        for ours, theirs in zip(kept, wanted[name], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_256_equal_steps():
    v = np.linspace(0, 3, 100_001)
    made = scale.linear(v)
    assert len(np.unique(made)) == 256 and made[-1] == 3
    assert abs(made - v).max() <= 3 / 510 + 1e-12


def test_which_part_each_byte_is_in():
    assert scale.bytes_each("all in 32 bits", "momentum, Lion, Muon").tolist() == [4, 4, 0, 4, 0]
    assert scale.bytes_each("16 bits, a 32-bit copy", "Adam").tolist() == [2, 2, 4, 4, 4]


@pytest.mark.parametrize("seed", range(3))
def test_learned_is_about_the_singular_values(seed):
    left, right, _ = scale._turned(seed)
    A = left * scale.TARGETS @ right.T
    np.testing.assert_allclose(np.linalg.svd(A, compute_uv=False), scale.TARGETS)
    shares = scale.learned("gd", 0.1, 300, seed)
    np.testing.assert_allclose(shares[-1], 1, atol=1e-6)
    assert abs(shares[0]).max() < 0.3
    one = scale.learned("gd", 1.0, 1, seed, layers=1)
    np.testing.assert_allclose(one, [[0] * 5, [1] * 5], atol=1e-6)


@searched(scale)
@pytest.mark.parametrize("steps, memories", scale.BEST)
@pytest.mark.parametrize("rule", scale.RULES)
def test_the_best_lr_is_best(rule, steps, memories):
    """Far enough to either side the error is larger, or the run is lost."""
    dials = scale.BEST[steps, memories][rule]
    best = scale.worst(rule, steps, **dials)
    for factor in (0.5, 2):
        error = scale.worst(rule, steps, **dials | dict(lr=factor * dials["lr"]))
        assert not error < best or best < 1e-12  # nothing but rounding is left


@searched(scale)
@pytest.mark.parametrize(
    "rule, beta",
    [
        ("heavy_ball", "beta"),
        ("adam", "beta1"),
        ("adam", "beta2"),
        ("muon", "beta"),
        ("adafactor", "decay"),
        ("lion", "beta1"),
        ("lion", "beta2"),
    ],
)
def test_the_best_memory_is_best(rule, beta):
    """Of 30 steps: neither a longer nor a shorter memory is better, at the best of three lrs."""
    dials = scale.BEST[30, "searched"][rule]
    best = scale.worst(rule, 30, **dials)
    for other in (max(dials[beta] - 0.2, 0), min(dials[beta] + 0.2, 0.95)):
        ends = [
            scale.worst(rule, 30, **dials | {beta: other, "lr": factor * dials["lr"]})
            for factor in (0.6, 1, 1.7)
        ]
        assert min(ends) > 0.9 * best  # Muon's hardly counts below 0.5


@searched(scale)
def test_who_is_ahead():
    """As the lesson says: with usual memories and few steps Muon, with the best ones Adam."""
    few, best, many, exact = (
        {rule: scale.worst(rule, steps, **dials) for rule, dials in rules.items()}
        for (steps, _), rules in scale.BEST.items()
    )
    assert max(few["muon"], few["adafactor"]) < 0.1 < few["lion"] < 0.2
    assert 0.2 < few["sign_descent"] < 0.4 < min(few[rule] for rule in ("gd", "heavy_ball", "adam"))
    assert best["adam"] < 0.002 and best["adafactor"] < 0.005 < best["muon"] < 0.02
    assert (
        0.02 < min(best["heavy_ball"], best["lion"]) < max(best["heavy_ball"], best["lion"]) < 0.2
    )
    assert max(many["gd"], many["adafactor"]) < 1e-8
    assert 1e-8 < max(many["adam"], many["heavy_ball"]) < 2e-5 < many["muon"] < 2e-3
    assert 2e-3 < min(many["lion"], many["sign_descent"])
    assert all(exact[rule] < 1e-8 for rule in ("gd", "heavy_ball", "adam", "adafactor"))
    assert 2e-5 < exact["muon"] < 2e-4 < exact["lion"] < 2e-3


@searched(scale)
def test_with_other_seeds_the_same_are_ahead():
    few, best = (
        {rule: scale.worst(rule, 30, range(20, 120), **dials) for rule, dials in rules.items()}
        for rules in (scale.BEST[30, "usual"], scale.BEST[30, "searched"])
    )
    assert few["adafactor"] < few["muon"] < 0.12 < 0.2 < few["lion"] < 0.3
    assert min(few[rule] for rule in ("gd", "heavy_ball", "adam", "sign_descent")) > 0.4
    assert best["adam"] < 0.002 and best["adafactor"] < 0.005
    assert 0.005 < best["muon"] < 0.02 < best["lion"] < 0.1
