"""Checks of 08_sparse_words."""

from functools import cache

import numpy as np

from adam_lab.checks import diagnose

# ---------------------------------------------------------------------------
# Predictions
# ---------------------------------------------------------------------------


def rarest_prediction(guess):
    """Ten steps of gradient descent: how far are the rarest words? (08)"""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "few examples are quickly learned by heart, that is true of a table that looks "
            "at nothing else. But all words share one loss: how much do a few pairs count in it?",
            "b": "if every row went down by itself, yes. But the loss is a mean over all pairs. "
            "How large is the slope of a row that has 20 of the 15 361?",
            "c": "between the first and the last group there is more than a factor of two: 6 words "
            "share a fifth of the pairs in one, 181 words in the other.",
            "d": "a row's slope is multiplied by its share of the pairs. For the "
            "rarest words that is so small that ten steps hardly move them.",
        },
    )


def even_prediction(guess):
    """All words equally frequent: which rule needs the fewest steps? (08)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "where all clocks run alike one lr suits all rows, and gradient descent can take "
            "it so large that a single step does it. One step of Adam can come there, too, but its "
            "next steps are long as well, and it does not stay.",
            "b": "momentum helps where one direction is flatter than another. Are there flat "
            "directions when every word is as frequent as any other?",
            "c": "what did Adam's lead come from? Ask what is left of it when every word has the "
            "same clock.",
            "d": "what did Adam's lead come from? With equal frequencies gradient descent's clocks "
            "run alike too.",
        },
    )


def sign_prediction(guess):
    """Only the sign of each slope is kept: what is lost? (08)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "the sizes are exactly what made the rare rows slow. Without them a rare row "
            "moves as fast as a frequent one.",
            "b": "the sign makes all clocks run alike, and with all pairs in every step there is "
            "no noise that an average would have to take out.",
            "c": "steps of constant length do end in a bounce, yes. But at its best lr the bounce "
            "is small: look at what it costs after 50 steps.",
        },
    )


def smaller_batches_prediction(guess):
    """16 pairs a step in place of all: Adam's lead over gradient descent? (08)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "rare words are met even less often, true. But can a rule learn a word that it "
            "has not met? And does dividing by a size take the noise out of a slope?",
            "b": "the words are as uneven as before, but now every slope is mostly noise, and for "
            "that Adam's division is no help.",
            "c": "with 16 pairs each slope is mostly noise. What the noise allows is now the limit "
            "for both rules.",
        },
    )


def lazy_prediction(guess):
    """Adam that leaves alone the rows of words that were not met: better? (08)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "that is what it was made for. But what is an average that fades without being "
            "used good for? Compare both at their own best lr.",
            "b": "it does no harm worth speaking of, and no good: what Adam does between two "
            "visits, going on along m while it fades, is a part of the step it owes to the last "
            "visit.",
            "c": "nothing diverges, not even with corrections that count all steps.",
        },
    )


# ---------------------------------------------------------------------------
# The slope of one word's scores
# ---------------------------------------------------------------------------


def _softmax(scores):
    return np.exp(scores) / np.exp(scores).sum()


def row_slope(slope):
    """p - y, weighted by how often the word stands in the book (08)."""

    def right(scores, seen, total):
        return (seen.sum() * _softmax(scores) - seen) / total

    def of(p):
        return lambda scores, seen, total: (seen.sum() * p(scores) - seen) / total

    return diagnose.function(
        slope, right,
        cases=[
            dict(scores=np.array([1.0, -0.5, 0.3]), seen=np.array([4, 1, 2]), total=40),
            dict(scores=np.array([-0.2, 0.9, -1.1]), seen=np.array([0, 3, 9]), total=100),
            dict(scores=np.array([0.4, 2.0, 1.2]), seen=np.array([5, 2, 6]), total=26),
            dict(scores=np.array([0.3, -0.8, 1.1, 0.6, -0.2, 0.9, -1.4]),
                 seen=np.array([0, 2, 5, 1, 0, 7, 3]), total=900),
        ],
        rare=[
            dict(scores=np.zeros(5), seen=np.array([3, 0, 2, 2, 0]), total=9),
            dict(scores=np.array([14.0, -12.0, 0.0]), seen=np.array([2, 310, 88]), total=450),
            dict(scores=4 * np.cos(np.arange(40.0) ** 2), seen=np.arange(40) * 7 % 31, total=15361),
        ],
        mistakes={
            "how many pairs the word has is missing: this is the slope of the row's own mean. Each "
            "pair counts once in the mean of the book: times * (p - seen / times) / total.": (
                lambda scores, seen, total: _softmax(scores) - seen / seen.sum()
            ),
            "that is the slope of the sum over all pairs. Of the mean it is 1 / total of it.": (
                lambda scores, seen, total: seen.sum() * _softmax(scores) - seen
            ),
            "p is a share and seen are counts: multiply p by the number of pairs, times, before "
            "you subtract.": lambda scores, seen, total: (_softmax(scores) - seen) / total,
            "that is a row's own mean, divided by all pairs. The row counts with its pairs: "
            "times * (p - y) / total.": lambda scores, seen, total: (
                (_softmax(scores) - seen / seen.sum()) / total
            ),
            "the other way round: where p is larger than what was seen, the score must go down, "
            "so the slope is positive.": (
                lambda scores, seen, total: (seen - seen.sum() * _softmax(scores)) / total
            ),
            "the other way round, and without the number of pairs.": (
                lambda scores, seen, total: seen / seen.sum() - _softmax(scores)
            ),
            "these are the scores, not yet probabilities: p is exp of the scores, divided by its "
            "sum.": of(lambda scores: scores),
            "exp alone gives no probabilities: divide by the sum, so that they add up to 1.": of(
                np.exp
            ),
            "the scores are divided by their sum, without exp. Probabilities must not be "
            "negative.": of(lambda scores: scores / scores.sum()),
            "p must add up to 1: divide by the sum of exp, not by the sum of the scores.": of(
                lambda scores: np.exp(scores) / scores.sum()
            ),
            "p must add up to 1: first exp, then the sum, not exp of the sum.": of(
                lambda scores: np.exp(scores) / np.exp(scores.sum())
            ),
            "p must add up to 1: divide by the sum of exp, not by its mean.": of(
                lambda scores: np.exp(scores) / np.exp(scores).mean()
            ),
            "p must add up to 1: the division by the sum of exp is missing.": of(
                lambda scores: np.exp(scores - scores.max())
            ),
            "that is log p. Subtract the shares that were seen from p itself.": of(
                lambda scores: np.log(_softmax(scores))
            ),
            "exp of the negative scores: a high score means a high probability.": of(
                lambda scores: _softmax(-scores)
            ),
            "what was seen is missing: the slope is p minus the share that was seen.": (
                lambda scores, seen, total: seen.sum() * _softmax(scores) / total
            ),
            "the whole difference is divided by total: brackets around times * p - seen.": (
                lambda scores, seen, total: seen.sum() * _softmax(scores) - seen / total
            ),
            "a word that never came next has a slope, too: its p has to go down.": (
                lambda scores, seen, total: np.where(seen > 0, right(scores, seen, total), 0)
            ),
            "p is missing: the slope is p minus the share that was seen.": (
                lambda scores, seen, total: -seen / total
            ),
            "the frequency counts twice: times * (p - seen / times) / total has it once.": (
                lambda scores, seen, total: seen.sum() * right(scores, seen, total)
            ),
            "upside down: the row is weighted by total / times. A rare word counts little in the "
            "mean.": lambda scores, seen, total: (
                (_softmax(scores) - seen / seen.sum()) * total / seen.sum()
            ),
            "total is the number of pairs in the whole book; the row has seen.sum() of them.": (
                lambda scores, seen, total: (total * _softmax(scores) - seen) / total
            ),
        },
        praise="p minus the share seen, times the share of the pairs: the last factor is the clock "
        "of the row.",
        tolerance=1e-5,  # p in single precision, less what was seen
    )  # fmt: skip


def rare_steps(steps):
    """How many steps of gradient descent a rare row needs for one of a frequent row (08)."""
    value = diagnose.real(steps)
    if value == 918 - 3:
        raise diagnose.Complaint(
            "not the difference: slopes are multiplied by the frequencies, so take the quotient."
        )
    return diagnose.number(
        value, 918 / 3, tolerance=0.03,
        mistakes={
            "upside down: the rare row is the slower one.": 3 / 918,
            "those are the pairs of “the”. How many times as many as those of the rare word?": 918,
            "those are the pairs of “their”. How many times as many has “the”?": 3,
            "not the product: the slopes are multiplied by the frequencies, so take the quotient.":
                918 * 3,
            "no root: the slope itself is multiplied by the frequency.": np.sqrt(306),
            "that is the share of “the” in all pairs, as one over it. Compare the two words.":
                15361 / 918,
            "that is the share of the rare word in all pairs, as one over it. Compare the two "
            "words.": 15361 / 3,
        },
        praise="918 / 3. While “the” takes one step, the rare word takes a 306th of it.",
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Sign descent
# ---------------------------------------------------------------------------


def sign_step(step):
    """A step of lr against the sign of each slope (08)."""

    def against(direction):
        return lambda theta, g, lr: theta - lr * direction(g)

    return diagnose.function(
        step, against(np.sign),
        cases=[
            dict(theta=np.array([1.0, -0.5, 0.3]), g=np.array([0.2, -3.0, 0]), lr=0.1),
            dict(theta=np.array([-0.2, 0.9, 2.0]), g=np.array([-5.0, -0.1, 0.4]), lr=0.5),
            dict(theta=np.array([0.7, 0.4, -1.0]), g=np.array([1e-3, 2.5, -2.0]), lr=3.2174),
            dict(theta=np.linspace(-1, 2, 8), g=np.linspace(2.2, -3, 8) ** 3, lr=0.02),
        ],
        rare=[
            dict(theta=np.array([1.5, -2.0]), g=np.zeros(2), lr=0.3),
            dict(theta=np.array([2e-5, -3e-4]), g=np.array([0.4, -2.0]), lr=1e-5),
            dict(theta=np.array([3.0, -6e3, 8.0]), g=np.array([900.0, 4e5, -150.0]), lr=250.0),
            dict(theta=np.array([210.0, -340.0, 0.0]), g=np.array([5e-7, -8e-7, -2.0]), lr=0.5),
        ],
        mistakes={
            "that is gradient descent: the size is still in it. np.sign(g) is 1, 0 or -1.": against(
                lambda g: g
            ),
            "uphill: go against the sign.": against(lambda g: -np.sign(g)),
            "uphill, and with the sizes.": against(lambda g: -g),
            "lr is missing: each step is as long as lr.": (
                lambda theta, g, lr: theta - np.sign(g)
            ),
            "np.abs keeps the size and loses the sign: the other way round.": against(np.abs),
            "the sign is lost: every coordinate goes down by lr.": against(np.ones_like),
            "a slope of 0 has no sign, so that coordinate should rest. g / |g| is 0 / 0 there.": (
                against(lambda g: g / np.abs(g))
            ),
            "a slope of exactly 0 should not move its coordinate: np.sign(0) is 0.": against(
                lambda g: np.where(g > 0, 1.0, -1.0)
            ),
            "a slope of exactly 0 should not move its coordinate: np.sign(0) is 0, and your line "
            "takes it as positive.": against(lambda g: np.where(g < 0, -1.0, 1.0)),
            "an ε below the line leaves a bit of the size in: a small slope makes a shorter step. "
            "np.sign needs none.": against(lambda g: g / np.sqrt(g**2 + 1e-8)),
            "the largest slope makes a step of lr, the others shorter ones. Each moves by lr.": (
                against(lambda g: g / np.abs(g).max())
            ),
            "one length for the whole vector: that is the direction of g, not the sign of each "
            "coordinate.": against(lambda g: g / np.linalg.norm(g)),
            "the sign of theta pulls everything to 0. The sign of the slope is meant.": (
                lambda theta, g, lr: theta - lr * np.sign(theta)
            ),
            "one sign for all, that of the sum. Each coordinate has its own.": against(
                lambda g: np.full_like(g, np.sign(g.sum()))
            ),
            "lr counts twice: each coordinate moves by lr, not by lr².": (
                lambda theta, g, lr: theta - lr**2 * np.sign(g)
            ),
            "theta is missing: return the new place, not the step.": (
                lambda theta, g, lr: -lr * np.sign(g)
            ),
            "theta is missing, and the sign: return theta minus the step.": (
                lambda theta, g, lr: lr * np.sign(g)
            ),
        },
        praise="every coordinate moves by lr, however rare its word is.",
        tolerance=1e-4,
    )  # fmt: skip


# ---------------------------------------------------------------------------
# A word twice in one batch
# ---------------------------------------------------------------------------


def _add(theta, met, change):
    theta = theta.copy()
    np.add.at(theta, met, change)
    return theta


def _once(theta, met, change):
    theta = theta.copy()
    theta[met] += change
    return theta


def _merged(theta, met, g, lr, merge):
    theta = theta.copy()
    for word in np.unique(met):
        theta[word] -= lr * merge(g[met == word])
    return theta


def twice_met(update):
    """Find the bug: a word that stands twice in a batch (08)."""

    def right(theta, met, g, lr):
        return _add(theta, met, -lr * g)

    def merging(merge):
        return lambda theta, met, g, lr: _merged(theta, met, g, lr, merge)

    def shared(theta, met, g, lr):
        counts = np.bincount(met, minlength=len(theta))
        theta = theta.copy()
        theta[met] -= lr * g * counts[met]
        return theta

    def whole(theta, met, g, lr):
        return theta - lr * np.bincount(met, minlength=len(theta))

    def lost(theta, met, g, lr):
        theta = theta.copy()
        theta[met] = np.nan
        return theta

    return diagnose.function(
        update, right,
        cases=[
            dict(theta=np.array([1.0, -2.0, 0.5, 3.0]), met=np.array([3, 0, 3, 2]),
                 g=np.array([2.0, 1.5, -0.5, 0.7]), lr=0.1),
            dict(theta=np.array([1.4, 1.0, -1.0, 0.2]), met=np.array([1, 2, 1, 1]),
                 g=np.array([-1.0, 3.0, 2.5, 0.3]), lr=0.5),
            dict(theta=np.array([-0.3, 0.8, 0.9, 1.4]), met=np.array([0, 1, 0, 1]),
                 g=np.array([0.6, 0.9, 1.1, -2.0]), lr=2.0173),
            dict(theta=np.linspace(2, -1, 9), met=np.array([7, 8, 1, 7, 0, 8, 7, 3, 5]),
                 g=np.array([0.4, -1.2, 0.3, 0.8, -0.7, 1.9, -0.1, 0.5, -0.6]), lr=0.03),
        ],
        rare=[  # more visits than words, and fewer
            dict(theta=np.linspace(-1, 2, 6), met=np.arange(25) ** 2 % 6,
                 g=np.linspace(-3, 2, 25) ** 3, lr=0.07),
            dict(theta=np.array([2e-5, -3e-4, 0.0]), met=np.array([0, 2, 0]),
                 g=np.array([3e-5, -2e-5, 5e-5]), lr=0.004),
            dict(theta=np.array([30.0, -4.0, 9000.0, 7.0, -0.2]), met=np.array([1, 4, 1]),
                 g=np.array([2500.0, -6000.0, 70.0]), lr=15.0),
        ],
        mistakes={
            "one visit wins, the first one. All of them count: np.add.at adds each.": merging(
                lambda g: g[0]
            ),
            "the mean of its visits moves the word. Each visit has its slope in the batch: take "
            "the sum.": merging(np.mean),
            "the largest slope of its visits moves the word. Take the sum.": merging(
                lambda g: g[np.abs(g).argmax()]
            ),
            "the last slope is taken as often as the word stands in the batch. Each visit has a "
            "slope of its own: add them.": shared,
            "it adds up right, but uphill: add -lr * g, or subtract.": (
                lambda theta, met, g, lr: _add(theta, met, lr * g)
            ),
            "still one visit per word, and uphill.": (
                lambda theta, met, g, lr: _once(theta, met, lr * g)
            ),
            "it adds up right, but lr is missing.": (
                lambda theta, met, g, lr: _add(theta, met, -g)
            ),
            "lr is missing, and a minus: add -lr * g.": (
                lambda theta, met, g, lr: _add(theta, met, g)
            ),
            "g[i] belongs to met[i]: in your loop i is the number of a word, not of a visit.": (
                lambda theta, met, g, lr: _add(theta, met, -lr * g[met])
            ),
            "in your loop i is the number of a word, and each word comes once. Go through the "
            "visits: for word, slope in zip(met, g).": (
                lambda theta, met, g, lr: _add(theta, np.unique(met), -lr * g[np.unique(met)])
            ),
            "np.add.at changes the array that it is given and returns None: write nothing before "
            "it.": lost,
            "places and words are exchanged: visit i moves theta[met[i]] by its own g[i].": (
                lambda theta, met, g, lr: _add(theta, np.arange(len(met)), -lr * g[met])
            ),
            "g is the mean over the batch already: do not divide once more.": (
                lambda theta, met, g, lr: _add(theta, met, -lr * g / len(met))
            ),
            "lr is missing, and of several visits only the last counts.": (
                lambda theta, met, g, lr: _once(theta, met, -g)
            ),
            "the visits are counted, but their slopes g are missing.": whole,
            "each visit moves its word by lr, and g is missing: add -lr * g. (Uphill, too.)": (
                lambda theta, met, g, lr: _add(theta, met, np.full_like(g, lr))
            ),
            "the whole slope of the batch goes to each word. Each visit has its own entry of g.": (
                lambda theta, met, g, lr: _once(theta, met, -lr * g.sum())
            ),
            "g is added to all words: met says which.": (
                lambda theta, met, g, lr: theta - lr * g
            ),
            "the batch is sorted, the slopes are not: g[i] belongs to met[i].": (
                lambda theta, met, g, lr: _add(theta, np.sort(met), -lr * g)
            ),
            "nothing moves: np.add.at changes the array it is given. Is it the copy that changes, "
            "and the copy that you return?": lambda theta, met, g, lr: theta,
            "that is the step alone. Add it to theta.": (
                lambda theta, met, g, lr: _add(np.zeros_like(theta), met, -lr * g)
            ),
        },
        praise="np.add.at adds every visit. In a batch of words the frequent ones are there "
        "several times, so it was they who were cheated.",
        listing=(
            "it goes where the listing goes: theta[met] -= ... reads theta once for all visits, "
            "so of several visits to one word only the last counts.",
            lambda theta, met, g, lr: _once(theta, met, -lr * g),
        ),
    )  # fmt: skip


# ---------------------------------------------------------------------------
# Lazy Adam
# ---------------------------------------------------------------------------

_LAZY = dict(
    visits="visits[met] + 1",
    m="0.9 * m[met] + 0.1 * g",
    v="0.999 * v[met] + 0.001 * g**2",
    m_hat="m[met] / (1 - 0.9 ** visits[met])",
    v_hat="v[met] / (1 - 0.999 ** visits[met])",
    step="lr * m_hat / (np.sqrt(v_hat) + 1e-8)",
)


@cache
def _lazy(**slip):
    """Lazy Adam with slips; a name with _all changes the whole array in its place."""
    code = {name: compile(line, "<slip>", "eval") for name, line in (_LAZY | slip).items()}

    def rule(theta, m, v, visits, met, g, lr):
        whole = np.zeros_like(theta)
        whole[met] = g
        arrays = dict(theta=theta.copy(), m=m.copy(), v=v.copy(), visits=visits.copy())
        names = arrays | dict(np=np, met=met, g=g, lr=lr, whole=whole)
        for name in ("visits", "m", "v"):
            if f"{name}_all" in slip:
                names[name][:] = eval(code[f"{name}_all"], names)
            else:
                names[name][met] = eval(code[name], names)
        names["m_hat"] = eval(code["m_hat"], names)
        names["v_hat"] = eval(code["v_hat"], names)
        step = eval(code["step"], names)
        if "theta_all" in slip:
            names["theta"][:] = eval(code["theta_all"], names)
        else:
            names["theta"][met] -= step
        return tuple(names[name] for name in arrays)

    return rule


_DENSE = dict(
    visits_all="visits + 1", m_all="0.9 * m + 0.1 * whole", v_all="0.999 * v + 0.001 * whole**2",
    m_hat="m / (1 - 0.9**visits)", v_hat="v / (1 - 0.999**visits)",
    theta_all="theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8)",
)  # fmt: skip


def lazy_adam(step):
    """Adam for the words that were met, the others rest (08)."""
    return diagnose.function(
        step, _lazy(),
        cases=[
            dict(theta=np.array([1.0, -2.0, 0.5, 3.0]), m=np.array([0.3, -0.1, 0.2, -0.4]),
                 v=np.array([0.5, 0.2, 0.1, 0.4]), visits=np.array([7, 2, 4, 1]),
                 met=np.array([3, 0]), g=np.array([2.0, -0.5]), lr=0.1),
            dict(theta=np.array([1.4, 1.0, -1.0, 0.2]), m=np.array([-0.1, 0.6, 0.3, 0.1]),
                 v=np.array([0.02, 0.3, 0.2, 0.6]), visits=np.array([1, 3, 9, 2]),
                 met=np.array([1, 2]), g=np.array([0.0, 3.0]), lr=0.5),
            dict(theta=np.array([-0.3, 0.8, 0.0, 1.4]), m=np.array([0.2, 0.1, -0.2, 3e-5]),
                 v=np.array([0.3, 0.1, 0.5, 1e-9]), visits=np.array([0, 5, 2, 6]),
                 met=np.array([2, 3, 0]), g=np.array([0.7, -1e-4, 1.2]), lr=0.001),
            dict(theta=np.linspace(2, -1, 8), m=np.linspace(-0.3, 0.5, 8),
                 v=np.linspace(0.5, 0.02, 8), visits=np.array([0, 3, 900, 40, 1, 2500, 7, 12]),
                 met=np.array([6, 2, 7, 0, 5, 3, 1]),
                 g=np.array([0.3, 1.1, -0.4, 0.9, -2.0, 0.6, 1.3]), lr=0.02),
        ],
        rare=[
            dict(theta=np.array([0.0, 0.0, 0.3, 1.0]), m=np.array([0.0, 1e-9, 0.0, 0.2]),
                 v=np.array([0.0, 2e-15, 0.0, 0.1]), visits=np.array([0, 3, 0, 5]),
                 met=np.array([1, 0, 2]), g=np.array([-5e-8, 2e-8, 0.0]), lr=2.5),
            dict(theta=np.array([5.0, -800.0, 0.2, 0.0]), m=np.array([400.0, -7.0, 3.0, 0.1]),
                 v=np.array([1e-2, 9e4, 0.3, 0.02]), visits=np.array([6000, 90, 2, 130]),
                 met=np.array([3, 0, 1]), g=np.array([0.3, -0.5, 2e3]), lr=15.0),
        ],
        mistakes={
            "a slope of 0 does not tell who rests: a word that is met may have one, and its m "
            "carries it on. Ask met.": lambda met, g, **rest: _lazy()(
                met=met[g != 0], g=g[g != 0], **rest
            ),
            "every word's visits are counted, met or not: add 1 to visits[met] only.": _lazy(
                visits_all="visits + 1"
            ),
            "the visits are not counted: each word met has one more.": _lazy(visits="visits[met]"),
            "m still fades for the words that were not met. Let them rest.": _lazy(
                m_all="0.9 * m + 0.1 * whole"
            ),
            "v still fades for the words that were not met. Let them rest.": _lazy(
                v_all="0.999 * v + 0.001 * whole**2"
            ),
            "m and v still fade for the words that were not met. Let them rest.": _lazy(
                m_all="0.9 * m + 0.1 * whole", v_all="0.999 * v + 0.001 * whole**2"
            ),
            "visits is right now. Next m: it still fades for the words that were not met.": _lazy(
                **{k: v for k, v in _DENSE.items() if k != "visits_all"}
            ),
            "visits and m are right now. Next v: it still fades for the words that were not met.": (
                _lazy(**{k: v for k, v in _DENSE.items() if k not in ("visits_all", "m_all")})
            ),
            "m, v and visits are right now. Next theta: it still moves for every word, as m is not "
            "0 for those that were not met.": _lazy(
                **{k: _DENSE[k] for k in ("m_hat", "v_hat", "theta_all")}
            ),
            "theta rests for the words that were not met, but m, v and visits go on.": _lazy(
                visits_all="visits + 1", m_all="0.9 * m + 0.1 * whole",
                v_all="0.999 * v + 0.001 * whole**2",
            ),
            "m and v rest, but the correction counts all steps: visits grows for every word, and "
            "theta moves for every word.": _lazy(
                visits_all="visits + 1", m_hat="m / (1 - 0.9**visits)",
                v_hat="v / (1 - 0.999**visits)", theta_all=_DENSE["theta_all"],
            ),
            "the correction still has the number of visits before this one: count first.": _lazy(
                m_hat="m[met] / (1 - 0.9 ** (visits[met] - 1))",
                v_hat="v[met] / (1 - 0.999 ** (visits[met] - 1))",
            ),
            "m forgets: the old m of a word, times 0.9, is missing.": _lazy(m="0.1 * g"),
            "v forgets: the old v of a word, times 0.999, is missing.": _lazy(v="0.001 * g**2"),
            "v is an average of squares: g**2.": _lazy(v="0.999 * v[met] + 0.001 * g"),
            "the corrections are gone: divide m and v by 1 - β to the power of the visits.": _lazy(
                m_hat="m[met]", v_hat="v[met]"
            ),
            "m is not corrected any more.": _lazy(m_hat="m[met]"),
            "brackets: m is divided by (1 - 0.9 ** visits) as a whole, v by its own.": _lazy(
                m_hat="m[met] / 1 - 0.9 ** visits[met]"
            ),
            "the powers are exchanged: 0.9 belongs to m, 0.999 to v.": _lazy(
                m_hat="m[met] / (1 - 0.999 ** visits[met])",
                v_hat="v[met] / (1 - 0.9 ** visits[met])",
            ),
            "the step is made of the old m: renew m first.": _lazy(
                m_hat="(m[met] - 0.1 * g) / 0.9 / (1 - 0.9 ** visits[met])"
            ),
            "all is right but the order of what is returned: theta, m, v, visits.": (
                lambda **given: tuple(_lazy()(**given)[i] for i in (0, 2, 1, 3))
            ),
            "v is not corrected any more.": _lazy(v_hat="v[met]"),
            "the root under the step is gone.": _lazy(step="lr * m_hat / (v_hat + 1e-8)"),
            "ε stands outside the root, as before.": _lazy(
                step="lr * m_hat / np.sqrt(v_hat + 1e-8)"
            ),
            "ε belongs to the root, below the line: brackets around both.": _lazy(
                step="lr * m_hat / np.sqrt(v_hat) - 1e-8"
            ),
            "lr is missing in the step.": _lazy(step="m_hat / (np.sqrt(v_hat) + 1e-8)"),
            "theta goes uphill: subtract the step.": _lazy(
                step="-lr * m_hat / (np.sqrt(v_hat) + 1e-8)"
            ),
            "theta rests altogether: the words met have to move.": _lazy(step="0 * m_hat"),
            "that is the step of the slope alone, without m.": _lazy(
                step="lr * g / (np.sqrt(v_hat) + 1e-8)"
            ),
            "the slopes are mixed up: g[i] belongs to met[i], in this order.": (
                lambda theta, m, v, visits, met, g, lr: _lazy()(
                    theta, m, v, visits, np.sort(met), g, lr
                )
            ),
            "in your loop i is the number of a visit: the word that it moves is met[i].": (
                lambda met, **given: _lazy()(met=np.arange(len(met)), **given)
            ),
        },
        praise="only the rows that are met are read and written. For a vocabulary of millions "
        "that is why lazy Adam exists.",
        parts=("theta", "m", "v", "visits"),
        listing=(
            "it goes where the listing goes: all words move, and all averages fade.",
            _lazy(**_DENSE),
        ),
    )  # fmt: skip
