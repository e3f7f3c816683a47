"""Checks of 09_images."""

import re

import numpy as np

from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback

# ---------------------------------------------------------------------------
# Predictions
# ---------------------------------------------------------------------------


def cleaning_prediction(guess):
    """Three rules at their best lr after 200 steps, from He's start (09)."""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "the pixels are all alike, but the network's numbers are not. Look at the dB "
            "in the next cell.",
            "b": "gradient descent is behind by 2.6 dB, momentum by 0.6. The next cell has the "
            "runs; the section after it looks for the reason.",
            "c": "momentum is closer than that: 0.6 dB behind. An average of directions makes most "
            "of the way from gradient descent.",
        },
    )


def rulers_prediction(guess):
    """How many rulers does Adam need on this network? (09)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "one ruler for all only sets the length of the whole step. In the runs below that "
            "does not get past plain momentum.",
            "b": "that is what one would expect if the layers had to be levelled. It does not get "
            "past momentum, so the layers are not the reason.",
            "c": "25 rulers do nearly what 1537 do. Most of what has to be evened out lies between "
            "the channels of a layer.",
            "d": "one for each is what Adam has, but one for each channel ends within half a dB of "
            "it.",
        },
    )


def last_layer_prediction(guess):
    """The last layer's weights a tenth of He's: who gains most? (09)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "2.6 dB for gradient descent, about 1 dB for the others: the start does by hand "
            "a good part of what Adam does.",
            "b": "momentum gains 1 dB. It had less to lose to this start than gradient descent.",
            "c": "Adam gains least, 0.9 dB: it suffered least from the start.",
            "d": "all gain, but far from equally: who was behind gains most.",
        },
    )


def reader_prediction(guess):
    """Adam against momentum on the digits, with a convolutional network (09)."""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "nothing of the kind: ten classes of about the same size, and both learn them.",
            "b": "it leads gradient descent by that much, after 10 epochs. Momentum does not lag.",
            "c": "nor does it fall behind: the medians are 0.1 points apart.",
            "d": "94.0 against 93.9%, and the seeds differ by more. The ten digits are about "
            "equally frequent: no answer is rare.",
        },
    )


# ---------------------------------------------------------------------------
# Convolution
# ---------------------------------------------------------------------------


def _convolution(places=None, kernel=lambda K: K, bias=1, factor=1, after=lambda out: out):
    """A convolution whose nine shifts, kernel, bias or result may be wrong."""
    places = places or [(i, j) for i in range(3) for j in range(3)]

    def made(x, K, b):
        h, w = x.shape[0] - 2, x.shape[1] - 2
        near = np.stack([x[i : i + h, j : j + w] for i, j in places], axis=-1)
        return after(factor * (near @ kernel(K)) + bias * b)

    return made


def convolve(attempt):
    """Nine shifted pictures and one matrix (09)."""
    rng = np.random.default_rng(9)
    cases = [
        dict(x=rng.normal(size=shape), K=rng.normal(size=(9, k)), b=rng.normal(size=k))
        for shape, k in (((4, 6), 2), ((6, 5), 3), ((5, 4), 1), ((12, 9), 7))
    ]
    for case, signs in zip(cases, ((1, -2), (2, -1), (-1, 2), (-2, 1)), strict=True):
        case["x"].flat[:2] = case["K"].flat[:2] = signs
    cases[0]["b"][:] = -0.5, 1.5
    cases[1]["b"][:2] = 2, -1
    large = dict(x=100 * _whole(rng, 4, 5), K=_whole(rng, 9, 20), b=_whole(rng, 20))
    return diagnose.function(
        _with_shape(attempt), _convolution(), cases, rare=[large],
        mistakes={
            "the nine shifts come column by column. The rows of K are in the order of reading: "
            "i, down, is the outer loop.": _convolution(
                [(i, j) for j in range(3) for i in range(3)]
            ),
            "the kernel is turned by half a circle: mathematicians mean that by a convolution. "
            "Networks use the kernel as it is.": _convolution(kernel=lambda K: K[::-1]),
            "the biases are missing: add b.": _convolution(bias=0),
            "b is added, not subtracted.": _convolution(bias=-1),
            "the sum over the nine pixels is asked for, not their mean.": _convolution(
                factor=1 / 9
            ),
            "all is divided by nine. The sum over nine pixels is asked for, plus b.": _convolution(
                factor=1 / 9, bias=1 / 9
            ),
            "b is added to each weight, so that the pixels multiply it. Add it to the sum.": (
                lambda x, K, b: _convolution(bias=0)(x, K + b, b)
            ),
            "each picture has a bias of its own: b, not b[0].": (
                lambda x, K, b: _convolution()(x, K, b[:1])
            ),
            "each picture has a bias of its own: b, not their sum.": (
                lambda x, K, b: _convolution()(x, K, b.sum())
            ),
            "both shifts are i: down by i, to the right by j.": _convolution(
                [(i, i) for i in range(3) for _ in range(3)]
            ),
            "both shifts are j: down by i, to the right by j.": _convolution(
                [(j, j) for _ in range(3) for j in range(3)]
            ),
            "all nine pictures are the same one, not shifted.": _convolution([(0, 0)] * 9),
            "all nine pictures are the same one, the middle: shift them.": _convolution(
                [(1, 1)] * 9
            ),
            "the shift down is missing: rows i to i + h.": _convolution(
                [(0, j) for _ in range(3) for j in range(3)]
            ),
            "the shift to the right is missing: columns j to j + w.": _convolution(
                [(i, 0) for i in range(3) for _ in range(3)]
            ),
            "the shifts go the other way, from 2 down to 0 in each row: j counts up.": _convolution(
                [(i, 2 - j) for i in range(3) for j in range(3)]
            ),
            "the rows come from below: i counts up.": _convolution(
                [(2 - i, j) for i in range(3) for j in range(3)]
            ),
            "no ReLU here: it comes between the layers.": _convolution(
                after=lambda out: np.maximum(out, 0)
            ),
        },
        praise="a layer of lesson 07, with the nine pixels as its features and the same matrix at "
        "every place.",
    )  # fmt: skip


def _whole(rng, *shape):
    """Whole numbers, which single precision adds up without an error."""
    return rng.integers(-9, 10, size=shape).astype(float)


def _with_shape(attempt):
    """The attempt; where only the shape is wrong it says what that means."""
    if not callable(attempt):
        return attempt

    def called(x, K, b):
        try:
            out = diagnose.asked(attempt, x=x, K=K, b=b)
        except diagnose.Complaint as complaint:
            said = complaint.feedback.text
            if re.search(r"is different from 9\)|: 9 \(dim", said):  # the last axis has nine
                raise diagnose.Complaint(
                    "with the nine pictures on the last axis (axis=-1) it is near @ K: near stands "
                    "first, and K needs no .T, for its rows belong to the nine pictures."
                ) from None
            if "core dimension" in said:
                raise diagnose.Complaint(
                    "near @ K multiplies along near's last axis: the nine pictures stand there "
                    "after np.stack(list_of_pictures, axis=-1), and near stands before the @."
                ) from None
            if "same shape" in said:
                raise diagnose.Complaint(
                    "the nine pictures are not of one size: rows i to i + h, columns j to j + w, "
                    "where h is x.shape[0] - 2 and w is x.shape[1] - 2."
                ) from None
            raise
        try:
            shape = np.shape(out)
        except ValueError:
            return out
        h, w = x.shape
        if shape == (h, w, len(b)):
            raise diagnose.Complaint(
                "the edge is kept: a pixel at the edge has no nine neighbours, so the pictures "
                "are two smaller each way. No padding here."
            )
        if shape == (w - 2, h - 2, len(b)) and h != w:
            raise diagnose.Complaint(
                "the picture is turned: rows and columns have changed places. Stack with axis=-1, "
                "and no .T is needed."
            )
        if shape == (len(b), h - 2, w - 2):
            raise diagnose.Complaint("the channels stand first; they belong last: axis=-1.")
        if shape == (h - 2, w - 2, 9):
            raise diagnose.Complaint("those are the nine pictures: the matrix K is missing, @ K.")
        if shape == (h - 2, w - 2) and len(b) > 1:
            raise diagnose.Complaint(
                "that is one picture. K has a column for each picture: use all of them."
            )
        return out

    return called


# ---------------------------------------------------------------------------
# A bug that Adam hides
# ---------------------------------------------------------------------------


def layer_gradient(attempt):
    """The gradient of a layer: summed over the pixels, not averaged (09)."""
    rng = np.random.default_rng(5)
    cases = [
        dict(near=rng.normal(size=(n, 9)), d=rng.normal(size=(n, k)))
        for n, k in ((7, 2), (5, 3), (30, 8))
    ]
    for case, signs in zip(cases, ((1, -2), (2, -1), (-1, 2)), strict=True):
        case["near"].flat[:2] = case["d"].flat[:2] = signs

    large = dict(near=_whole(rng, 150, 9), d=10 * _whole(rng, 150, 12))

    def right(near, d):
        return near.T @ d, d.sum(axis=0)

    return diagnose.function(
        attempt, right, cases, rare=[large],
        mistakes={
            "now both are averaged. d is the gradient of a loss that is a mean already: sum.": (
                lambda near, d: (near.T @ d / len(d), d.mean(axis=0))
            ),
            "K is right now, but you have changed b, which was right: a sum over the pixels.": (
                lambda near, d: (near.T @ d, d.mean(axis=0))
            ),
            "K is right now, but you have changed b, which was right: the plain sum.": (
                lambda near, d: (near.T @ d, d.sum(axis=0) * len(d))
            ),
            "now both are multiplied by the number of pixels. The plain sums are enough.": (
                lambda near, d: (near.T @ d * len(d), d.sum(axis=0) * len(d))
            ),
            "it is divided by all entries of near now. Nothing is to be divided.": (
                lambda near, d: (near.T @ d / near.size, d.sum(axis=0))
            ),
            "it is divided by the nine neighbours now. Nothing is to be divided.": (
                lambda near, d: (near.T @ d / near.shape[1], d.sum(axis=0))
            ),
            "it is divided by the number of channels now. Nothing is to be divided.": (
                lambda near, d: (near.T @ d / d.shape[1], d.sum(axis=0))
            ),
            "it is divided by all entries of d now. Nothing is to be divided.": (
                lambda near, d: (near.T @ d / d.size, d.sum(axis=0))
            ),
            "it is multiplied by the number of pixels now. The plain sum is enough.": (
                lambda near, d: (near.T @ d * len(d), d.sum(axis=0))
            ),
            "the sign was right: the gradient points uphill.": (
                lambda near, d: (-near.T @ d, -d.sum(axis=0))
            ),
            "the two values have changed places, or one of them is missing.": (
                lambda near, d: (near.T @ d, near.T @ d)
            ),
            "it is divided by the root of the number of pixels now: another wrong factor.": (
                lambda near, d: (near.T @ d / np.sqrt(len(d)), d.sum(axis=0))
            ),
        },
        praise="a sum over all pixels, like that of b: the kernel was used at each of them. "
        "With this, small steps and the gradient agree.",
        parts=("K_grad", "b_grad"),
        listing=(
            "it gives what the listing gives. Which of its two lines is a mean, and which a sum?",
            lambda near, d: (near.T @ d / len(d), d.sum(axis=0)),
        ),
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Starts and scales
# ---------------------------------------------------------------------------


def he_factor(attempt):
    """By which factor He's weights exceed PyTorch's (09)."""
    right, value = 6**0.5, diagnose.real(attempt)
    return diagnose.number(
        right if value == round(right, 1) else value,
        right,
        {
            "that is the ratio of the mean squares. The weights themselves differ by its root.": 6,
            "the square of PyTorch's largest weight is 1/n; its mean square is a third of that. "
            "And then the root.": 2,
            "you took 1/n for the mean square of PyTorch's weights. A number that is uniform "
            "between −a and a has a mean square of a²/3.": 2**0.5,
            "that makes the mean square 1/n, as without a ReLU. He wants 2/n.": 3**0.5,
            "that makes a mean square of 3/n: He wants 2/n, and yours are 1/(3n) now.": 3,
            "the other way round: He's are the larger ones.": 6**-0.5,
            "the other way round, and without the root.": 1 / 6,
            "take the root, not the square.": 36,
            "the mean square of a number that is uniform between −a and a is a²/3, not a²/12: "
            "its whole width is 2a.": 24**0.5,
        },
        praise="√6 = 2.449: the mean square grows from 1/(3n) to 2/n. `he_start` does this.",
    )


def stretch_powers(gd_power, adam_power):
    """Layer 1's ratio over layer 2's, as a power of c (09)."""
    gd = diagnose.real(gd_power, "a power for gradient descent")
    adam = diagnose.real(adam_power, "a power for Adam")
    found = _power(gd), _power(adam)
    hints = {
        (4, 2): "the sign: c makes layer 1's weights longer, and its own ratio smaller.",
        (-2, -1): "that is layer 1 alone. Layer 2's ratio grows by as much, and you divide by it.",
        (2, 1): "that is layer 2 alone. Layer 1's ratio falls by as much.",
        (-2, -4): "the two have changed places: Adam's step ignores the size of the gradient.",
        (-4, -4): "right for gradient descent. Adam's step does not get shorter with the "
        "gradient: only the weights change.",
        (-2, -2): "right for Adam. For gradient descent the step changes too: layer 1's gradient "
        "falls by c.",
        (-2, 0): "the weights count too: divide each step by the size of its layer.",
        (-4, 0): "right for gradient descent. Adam's steps stay, but the weights they are "
        "compared with do not.",
        (-4, -1): "right for gradient descent. For Adam: layer 1's weights are c times, layer "
        "2's 1/c times as long, so two powers.",
        (-1, -2): "right for Adam. For gradient descent count four: two weights, two gradients.",
        (1e-4, 1e-2): "those are the factors at c = 10. Which powers of 10 are they?",
        (0, 0): "the function stays, but the panel shows that the ratios do not.",
    }
    if found == (-4, -2):
        return Feedback(
            "right",
            "gradient descent: each layer's gradient changes by 1/c or c, its weights by c or "
            "1/c, which makes c⁻⁴. Adam: only the weights count, c⁻².",
        )
    if found in hints:
        return Feedback("not yet", hints[found])
    name, mine = ("Adam", adam) if found[0] == -4 else ("gradient descent", gd)
    way = "falls" if mine >= 0 else "falls by another power"
    return Feedback(
        "not yet",
        f"{name}: with c ten times as large the quotient {way}. Read both ratios off the panel at "
        "c = 1 and at c = 10.",
    )


def _power(value):
    """The whole power that a measured one is near to, but 0, or the value itself."""
    whole = round(value)
    return whole if whole and abs(value - whole) <= 0.02 else round(value, 6)
