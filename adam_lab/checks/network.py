"""Checks of 07_train_a_network."""

from functools import partial
from operator import index

import numpy as np
from matplotlib.colors import is_color_like

import adam_core as core
from adam_lab import network
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Feedback


def target_prediction(guess):
    """The target is left unscaled; Adam at lr 0.001, 200 epochs (07)."""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "it does not care about gradients, so each step is about lr long, whatever the "
            "target. But how far do the weights have to go now?",
            "b": "each weight moves by about lr per step, and for answers in the hundreds the "
            "weights must become large.",
            "c": "gradient descent would. Adam's steps stay near lr, however large the gradients "
            "are. Too short is the trouble here, not too long.",
        },
    )


def contest_prediction(guess):
    """Who has the lowest loss at its own best lr? (07)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "it is first, but look for the second: with a learning rate of its own, not "
            "Adam's, somebody comes close.",
            "b": "what these two have in common is the average of the direction.",
            "c": "they share the division by the size. But RMSprop has no average of the "
            "direction, and at its default β = 0.9 a short memory for sizes.",
        },
    )


def batch_prediction(guess):
    """6 epochs in batches of 64 against 60 full-batch epochs (07)."""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "the data were seen a tenth as often, but count the steps: 6 × 25 against 60.",
            "b": "150 slightly noisy steps go further than 60 exact ones, for a tenth of the work.",
            "c": "averaging helps, but gradient descent and RMSprop take 150 steps in place of 60 "
            "too. Does that not help them?",
        },
    )


def overfit_prediction(guess):
    """200 noisy rows, 4929 parameters (07)."""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "there are 25 times as many parameters as rows, and the rows are noisy. What will "
            "a network learn after it has learned what there is to learn?",
            "b": "what is learned by heart is decided by the data and the network. The optimizer "
            "decides how soon.",
            "c": "all four learn the noise in the end, and the fast ones sooner.",
        },
    )


def diverging(answer):
    """Gradient descent on the raw target (07)."""
    return diagnose.choice(
        answer,
        "b",
        {
            "a": "it can: Adam at lr = 0.1 brought the same network there. The last layer only "
            "needs large weights.",
            "b": "the error is 200 times as large, and so is the gradient. Large weights make the "
            "loss more curved, so the limit 2/L falls just when the steps grow.",
            "c": "the batch is full, so there is no noise in the gradient; the noise in the target "
            "is 0.1, next to 213.",
            "d": "with dead ReLUs the gradient would be small and the loss would stay where it is. "
            "Look at the loss of epoch 2.",
        },
    )


# ---------------------------------------------------------------------------
# The training loop
# ---------------------------------------------------------------------------


class _Slope:
    """The gradient of the squared distance to the mean of some rows; remembers which they were."""

    rows = np.random.default_rng(7).normal(size=(7, 2))

    def __init__(self):
        self.batches = []

    def __call__(self, theta, batch):
        chosen = self.rows[batch].reshape(-1, 2)
        if not len(chosen):
            raise ValueError("there are no rows in this batch")
        self.batches.append(np.arange(len(self.rows))[batch].ravel())
        return theta - chosen.mean(axis=0)

    def __repr__(self):
        return "slope"


def _loop(slope, theta, rows, size, epochs, lr, seed, *, batch, sign=1):
    """The training loop; batch(order, i, size, rng) are the rows of a step."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(rows)
        for i in range(0, rows, size):
            theta = theta - sign * lr * slope(theta, batch(order, i, size, rng))
    return theta


_ANEW = (
    "every step draws new rows, as lesson 01 did, so some come twice in an epoch and some never: "
    "shuffle once per epoch, then walk through that order."
)


def training_loop(attempt):
    """Shuffle, walk through in batches, step (07)."""

    def seeded(seed, **rest):
        return attempt(**rest, rng=np.random.default_rng(seed))

    def unshuffled(slope, theta, rows, size, epochs, lr, seed):
        for i in [*range(0, rows, size)] * epochs:
            theta = theta - lr * slope(theta, np.arange(i, min(i + size, rows)))
        return theta

    def same_order(slope, theta, rows, size, epochs, lr, seed):
        order = np.random.default_rng(seed).permutation(rows)
        for i in [*range(0, rows, size)] * epochs:
            theta = theta - lr * slope(theta, order[i : i + size])
        return theta

    def new_order(slope, theta, rows, size, epochs, lr, seed):
        rng = np.random.default_rng(seed)
        for i in [*range(0, rows, size)] * epochs:
            theta = theta - lr * slope(theta, rng.permutation(rows)[i : i + size])
        return theta

    def dropping(slope, theta, rows, size, epochs, lr, seed):
        rng = np.random.default_rng(seed)
        for _ in range(epochs):
            order = rng.permutation(rows)
            for i in range(0, rows - size + 1, size):
                theta = theta - lr * slope(theta, order[i : i + size])
        return theta

    def one_epoch(epochs, **rest):
        return right(epochs=1, **rest)

    def no_lr(lr, **rest):
        return right(lr=1, **rest)

    def shared(lr, size, **rest):
        return right(lr=lr / size, size=size, **rest)

    def one_batch(slope, theta, rows, size, epochs, lr, seed):
        return theta - lr * slope(theta, np.random.default_rng(seed).permutation(rows)[:size])

    def from_each_row(slope, theta, rows, size, epochs, lr, seed):
        rng = np.random.default_rng(seed)
        for _ in range(epochs):
            order = rng.permutation(rows)
            for i in range(rows):
                theta = theta - lr * slope(theta, order[i : i + size])
        return theta

    def taking(batch, sign=1):
        return partial(_loop, batch=batch, sign=sign)

    def walked():
        """What the attempt does with the rows, whatever it draws them by."""
        runs = []
        for _ in range(2):
            slope = _Slope()
            result = seeded(**case | dict(slope=slope, theta=case["theta"].copy(), seed=1))
            runs.append((result, slope.batches))
        (result, batches), (_, again) = runs
        each = -(-case["rows"] // case["size"])
        epochs = [batches[i : i + each] for i in range(0, len(batches), each)]
        everything = list(range(case["rows"]))
        if len(epochs) != case["epochs"] or len(batches) % each:
            return None
        if any(sorted(np.concatenate(epoch)) != everything for epoch in epochs):
            if all(len(batch) <= case["size"] for batch in batches):
                return Feedback("not yet", _ANEW)
            return None
        if not all(map(np.array_equal, batches, again)):
            return Feedback(
                "not yet",
                "each row comes once per epoch, as it should, but in another order at each run: "
                "shuffle with the rng that is given, and a run can be repeated.",
            )
        theta = case["theta"]
        for batch in batches:
            theta = theta - case["lr"] * _Slope()(theta, batch)
        shuffled = not np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[1]))
        sizes = [len(batch) for batch in batches[:each]]
        if shuffled and max(sizes) == case["size"] and np.allclose(result, theta):
            return Feedback("right", praise)
        return None

    right = taking(lambda order, i, size, rng: order[i : i + size])

    case = dict(slope=_Slope(), theta=np.array([1.0, -2.0]), rows=7, size=3, epochs=2, lr=0.1)
    praise = (
        "that is all there is to it. With a step of Adam in place of the last line it is what "
        "adam_lab.network.epochs does."
    )
    return diagnose.function(
        seeded, right,
        cases=[case | dict(seed=1), case | dict(seed=2, epochs=3)],
        mistakes={
            "that goes uphill: the gradient points up, so subtract it.": taking(
                lambda order, i, size, rng: order[i : i + size], sign=-1
            ),
            "every step takes all rows, a full batch. Take a slice of the order.": taking(
                lambda order, i, size, rng: order
            ),
            "every step takes the first rows of the order: the slice must begin at i.": taking(
                lambda order, i, size, rng: order[:size]
            ),
            "each step takes a single row. A slice runs from i to i + size.": taking(
                lambda order, i, size, rng: order[i]
            ),
            "each batch runs from i to the end, not to i + size.": taking(
                lambda order, i, size, rng: order[i:]
            ),
            "each batch is one row too short: a slice ends before i + size by itself.": taking(
                lambda order, i, size, rng: order[i : i + size - 1]
            ),
            "i is one row's number, in the order of the file. A batch is a slice of the shuffled "
            "order, from i to i + size.": taking(lambda order, i, size, rng: i),
            "each batch is one row too long: a slice to i + size ends before it.": taking(
                lambda order, i, size, rng: order[i : i + size + 1]
            ),
            "each batch begins at the first row: a slice must begin at i.": taking(
                lambda order, i, size, rng: order[: i + size]
            ),
            _ANEW: taking(
                lambda order, i, size, rng: (rng.permutation(len(order)) if i else order)[:size]
            ),
            "the last batch is left out: it is shorter, and it counts too.": dropping,
            "it stops after one epoch: the return belongs after both loops.": one_epoch,
            "it stops after the first batch: the return belongs after both loops.": one_batch,
            "i goes from row to row, so that batches overlap: range(0, rows, size) goes from batch "
            "to batch.": from_each_row,
            "lr is missing: the step is lr times the gradient.": no_lr,
            "the slope is a mean over the rows already: do not divide by size.": shared,
            "the rows come in the order of the file: shuffle them with rng.permutation(rows), "
            "once per epoch.": unshuffled,
            "every epoch has the same order: shuffle inside the loop over epochs.": same_order,
            "every step has a new order, so some rows come twice in an epoch and some never: "
            "shuffle once per epoch, before the inner loop.": new_order,
        },
        praise=praise,
        otherwise=walked,
    )  # fmt: skip


# ---------------------------------------------------------------------------
# A target
# ---------------------------------------------------------------------------

TARGET, _EPOCHS, _SMALLEST = 5e-4, 60, 8
_RULES = (core.gd, core.heavy_ball, core.rmsprop, core.adam)


def beat_the_target(rule, lr, batch):
    """A test loss below 0.0005 within 60 epochs, on the case with seed 0 (07)."""
    if any(diagnose.not_started(part) for part in (rule, lr, batch)):
        return Feedback("not started", "replace every ... and run the cell again.")
    if rule not in _RULES:
        return Feedback("not yet", "rule must be gd, heavy_ball, rmsprop or adam, without quotes.")
    try:
        size = index(batch)
    except TypeError:
        return Feedback("not yet", f"batch must be a whole number, not {batch!r}.")
    try:
        train, test = network.case()
        if not _SMALLEST <= size <= len(train[0]):
            return Feedback("not yet", f"batch must be from {_SMALLEST} to {len(train[0])} rows.")
        theta = network.start(network.CASE, seed=0)
        losses = network.curve(
            rule, network.squared_error, theta, train, test, _EPOCHS, size, lr=lr
        )
    except (TypeError, ValueError) as error:
        return Feedback("not yet", f"that does not run: {error}.")
    said = f"test loss {losses[-1, 1]:.2g}"
    if (losses[:, 1] < TARGET).any():
        first = np.argmax(losses[:, 1] < TARGET)
        return Feedback(
            "right",
            f"below {TARGET:g} first in epoch {first}, lowest {np.nanmin(losses[:, 1]):.1g}; "
            f"{said} after {_EPOCHS} epochs. How low can you get, and stay?",
        )
    if not np.isfinite(losses[-1]).all() or losses[-1, 1] > 2:
        return Feedback("not yet", "that diverges: try a learning rate ten times smaller.")
    steps = -(-len(train[0]) // size)
    if losses[-1, 0] > 0.5:
        return Feedback(
            "not yet", f"{said}: hardly better than the mean. Ten times the learning rate."
        )
    if steps < 5:
        return Feedback(
            "not yet",
            f"{said}. An epoch has {steps} step{'s' * (steps > 1)} here; a smaller batch makes "
            "it more.",
        )
    averages = rule in (core.adam, core.heavy_ball)
    half = _EPOCHS // 2  # medians, since single epochs jump
    if np.median(losses[-5:, 1]) < 0.7 * np.median(losses[half - 2 : half + 3, 1]):
        sooner = "a larger learning rate" if averages else "a rule that averages"
        return Feedback("not yet", f"{said}, and still falling fast: {sooner} gets there sooner.")
    other = "a smaller batch, for more steps" if averages else "a rule that averages"
    return Feedback(
        "not yet", f"{said}, and the loss has stopped falling. Another learning rate, or {other}."
    )


# ---------------------------------------------------------------------------
# A published script
# ---------------------------------------------------------------------------


def script(attempt):
    """Unseeded data, a scaler fitted again, an empty colour name (07)."""
    try:
        once, again, other = (_parts(attempt(seed)) for seed in (1, 1, 2))
    except Exception as error:
        return Feedback("not yet", diagnose.stopped(error))
    if once is None:
        return Feedback("not yet", "return train, test and the look, as the listing does.")
    train, test, look = once
    x = np.random.default_rng(1).normal(5, 2, size=(1000, 3))
    faults = [_seeding(once, again, other, x), _scaling(train, test), _colour(look)]
    found = [fault for fault in faults if fault]
    if not found:
        return Feedback(
            "right",
            "same data at every run, scaled by what the training part says, and a curve that can "
            "be seen.",
        )
    if len(found) == 3 and abs(test.mean() - 5) < 0.3:
        return Feedback("not started", "all three faults are still there. Repair one and run it.")
    return Feedback("not yet", f"{3 - len(found)} of 3 repaired. {found[0]}")


def _parts(returned):
    """train, test, look; None if it is something else."""
    try:
        train, test, look = returned
        train, test = np.asarray(train, dtype=float), np.asarray(test, dtype=float)
    except (TypeError, ValueError):
        return None
    good = train.shape == (800, 3) and test.shape == (200, 3) and isinstance(look, dict)
    return (train, test, look) if good else None


def _seeding(once, again, other, x):
    if again is None or not np.array_equal(once[0], again[0]):
        return "Two runs with the same seed give different data: the generator has no seed."
    if np.array_equal(once[0], other[0]):
        return "Every seed gives the same data: hand on the seed that the script is given."
    correlation = np.corrcoef(once[0][:, 0], x[:800, 0])[0, 1]
    if correlation > 0.99:
        return ""
    return "The data are not those of the seed: keep default_rng, and leave x as it was."


def _scaling(train, test):
    if np.abs(train.mean(axis=0)).max() > 0.01 or np.abs(train.std(axis=0) - 1).max() > 0.01:
        if np.abs(np.concatenate([train, test]).mean(axis=0)).max() < 1e-9:
            return "The scaler saw all rows, those of the test too: use the training part only."
        return "The training part is not standardised: its mean should be 0, its deviation 1."
    if np.abs(test.mean(axis=0) - 5).max() < 1:
        return (
            "The test part still has a mean near 5: the second mean and std are those of the "
            "converted training part, 0 and 1. Use the first ones."
        )
    if np.abs(test.mean(axis=0)).max() < 1e-9:
        return (
            "The test part was scaled by its own mean: the scaler looked at data that should be "
            "unknown. Use the training part's."
        )
    if np.abs(test.mean(axis=0)).max() > 0.5 or np.abs(test.std(axis=0) - 1).max() > 0.3:
        return "The test part is on another scale than the training part: use the same two lines."
    return ""


def _colour(look):
    color = look.get("color", "black")
    if not color and isinstance(color, str):
        return "matplotlib refuses an empty string as a colour: name one, or leave color out."
    if isinstance(color, str) and color.lower() == "none":
        return "With the colour none matplotlib draws nothing: name one, or leave color out."
    return "" if color is None or is_color_like(color) else f"matplotlib knows no colour {color!r}."
