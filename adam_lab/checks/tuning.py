"""Checks of 05_tuning_adam, and the tries that are counted."""

import re
from functools import wraps

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Complaint, Feedback

GOOD = 0.01  # of the height at the start


def dial_prediction(guess):
    """The defaults fail here. Which one dial can repair it? (05)"""
    return diagnose.choice(
        guess,
        "a",
        {
            "a": "with lr = 0.001 each step is about 0.001 long. No average and no ε makes up for "
            "that. Now the numbers.",
            "b": "β₁ decides how long a direction is remembered, and an average of steps is no "
            "longer than the steps. How long is one, if lr = 0.001?",
            "c": "β₂ decides how long sizes are remembered. Adam divides by the size whatever β₂ "
            "is, so a step stays near lr. How far do 200 of them get?",
            "d": "ε is added to the denominator: it can make steps shorter, never longer. Are the "
            "steps too long here?",
        },
    )


def band(answer):
    """Why does the good region of lr × ε lean to the right at the top? (05)"""
    return diagnose.choice(
        answer,
        "b",
        {
            "a": "a larger ε makes the denominator larger, so the steps get smaller, not larger. "
            "What must lr do to make up for it?",
            "b": "√v̂ no longer counts beside ε. What is left is momentum (average form) with the "
            "learning rate lr/ε: ten times the ε needs ten times the lr.",
            "c": "bias correction fades after the first steps and does not know ε. Compare √v̂ with "
            "ε: what happens to their sum when ε is much larger?",
            "d": "with no noise (the slider at 0) it leans just the same, with a sharp edge. Put a "
            "large ε into the step lr m̂ / (√v̂ + ε).",
        },
    )


def scale_prediction(guess):
    """The loss is multiplied by 100: what happens to the good learning rates? (05)"""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "gradient descent's step is lr times g, so a g 100 times as large needs an lr 100 "
            "times as small. But what does Adam divide by?",
            "b": "the gradients are 100 times as large. One of the two divides them by their own "
            "size. Does the other?",
            "c": "just the other way round: which of the two divides g by its own size?",
            "d": "Adam divides the gradient by its own size, so the factor cancels; gradient "
            "descent's lr has to carry it.",
        },
    )


def budget_prediction(guess):
    """One try, or a hundred, of lr alone: who is ahead in the valley? (05)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "with one try, yes: a wide good region is easy to hit. But with a hundred tries "
            "somebody's narrow, deep spot will be hit too. Whose?",
            "b": "its best point is deep, but look how narrow its strip is. How likely is it that "
            "a single try falls into it?",
            "c": "with one try the wider region wins, with a hundred the deeper point. That is "
            "this valley, 200 steps, and lr alone. Now change each of the three in the panel.",
        },
    )


def seeds_prediction(guess):
    """The best of 2401 points under one seed, tried under another. (05)"""
    return diagnose.choice(
        guess,
        "c",
        {
            "a": "it would be, if the noise were the same. The best of 2401 points is also the "
            "luckiest one. Does luck repeat?",
            "b": "worse, yes. But it is no bad place, only a lucky one: look where the numbers "
            "stand in the right-hand map.",
            "c": "the very best was luck; most of a wide region is not. Choose the middle of a "
            "wide region, not the best point of one map.",
        },
    )


def anneal_prediction(guess):
    """Do Adam's steps get smaller on their own within 400 steps, with constant lr? (05)"""
    return diagnose.choice(
        guess,
        "b",
        {
            "a": "without noise they do, because m̂ fades faster than √v̂ forgets. With noise, does "
            "the gradient fade at all?",
            "b": "near the minimum the gradient is all noise. Noise does not fade, so neither m̂ "
            "nor √v̂ does, and their ratio stays. Without noise m̂ fades, and v̂ still remembers.",
            "c": "with noise they soon stop, right. But put the noise slider to 0: m̂ fades, "
            "and v̂ still remembers the large gradients of the start.",
        },
    )


def long_run_prediction(guess):
    """12 000 steps without noise at a constant lr (05)."""
    return diagnose.choice(
        guess,
        "d",
        {
            "a": "so it looks for thousands of steps. But v forgets the slopes of the start, and "
            "nothing as large follows: what becomes of lr/√v̂?",
            "b": "what should hold it there? No noise, and no rounding: numbers near zero have "
            "as many digits as others. Ask what v forgets meanwhile.",
            "c": "that is what noise does, or a short memory. Here v is full of the large slopes "
            "of the start, for about 1/(1 − β₂) = 1000 steps and more.",
            "d": "v forgets, lr/√v̂ grows without end, and no learning rate may do that. Move ε "
            "in the panel and read the two pictures together.",
        },
    )


def crossing(attempt):
    """The step at which lr / sqrt(v) passes 38 (05)."""

    def right(v, t, lr, beta2):
        return t + np.log((lr / 38) ** 2 / v) / np.log(beta2)

    cases = [
        dict(v=0.0116, t=200, lr=0.5, beta2=0.999),
        dict(v=0.0171, t=130, lr=0.2, beta2=0.995),
        dict(v=0.9, t=50, lr=3.0, beta2=0.99),
        dict(v=0.02, t=40_000, lr=1.0, beta2=0.9998),
    ]
    mistakes = {
        "that is how many steps it takes from step t on. Asked is the step: add t.": (
            lambda v, t, lr, beta2: np.log((lr / 38) ** 2 / v) / np.log(beta2)
        ),
        "that lies before t: v shrinks, and the logarithm of β₂ is negative. Is a fraction upside "
        "down, or a minus wrong?": (
            lambda v, t, lr, beta2: t - np.log((lr / 38) ** 2 / v) / np.log(beta2)
        ),
        "v stands under a root: where √v is lr/38, v is the square of that.": (
            lambda v, t, lr, beta2: t + np.log(lr / 38 / v) / np.log(beta2)
        ),
        "half-way: you took the root of v, which shrinks only by √β₂ at each step; or β₂ counts "
        "twice.": (lambda v, t, lr, beta2: t + np.log(lr / 38 / np.sqrt(v)) / np.log(beta2)),
        "half-way, and backwards: √v shrinks by √β₂ at each step, and log β₂ is negative.": (
            lambda v, t, lr, beta2: t - np.log(lr / 38 / np.sqrt(v)) / np.log(beta2)
        ),
        "t and the number of steps after it are added, not multiplied.": (
            lambda v, t, lr, beta2: t * np.log((lr / 38) ** 2 / v) / np.log(beta2)
        ),
        "the root of v is not needed once lr/38 is squared: compare v with v.": (
            lambda v, t, lr, beta2: t + np.log((lr / 38) ** 2 / np.sqrt(v)) / np.log(beta2)
        ),
        "lr / √v = 38 means √v = lr / 38. You multiplied by 38.": (
            lambda v, t, lr, beta2: t + np.log((lr * 38) ** 2 / v) / np.log(beta2)
        ),
        "the 38 is missing: √v has to come down to lr / 38.": (
            lambda v, t, lr, beta2: t + np.log(lr**2 / v) / np.log(beta2)
        ),
        "lr is missing: √v has to come down to lr / 38.": (
            lambda v, t, lr, beta2: t + np.log((1 / 38) ** 2 / v) / np.log(beta2)
        ),
        "v is missing: from v at step t it has to come down to (lr/38)².": (
            lambda v, t, lr, beta2: t + np.log((lr / 38) ** 2) / np.log(beta2)
        ),
        "almost: 1 − β₂ is close to −log β₂ where β₂ is close to 1, but it is not the same.": (
            lambda v, t, lr, beta2: t - np.log((lr / 38) ** 2 / v) / (1 - beta2)
        ),
        "what is multiplied n times by β₂ is multiplied by the n-th power: divide by log β₂, "
        "not by β₂.": lambda v, t, lr, beta2: t + np.log((lr / 38) ** 2 / v) / beta2,
        "how many times by β₂? That takes logarithms: β₂ⁿ is a power.": (
            lambda v, t, lr, beta2: t + (lr / 38) ** 2 / v / beta2
        ),
        "one logarithm is np.log and the other np.log10. Use the same for both.": (
            lambda v, t, lr, beta2: t + np.log10((lr / 38) ** 2 / v) / np.log(beta2)
        ),
        "one logarithm is np.log10 and the other np.log. Use the same for both.": (
            lambda v, t, lr, beta2: t + np.log((lr / 38) ** 2 / v) / np.log10(beta2)
        ),
    }
    mistakes |= diagnose.slips("v, t, lr, beta2", {
        "one step only is counted: is the return inside the loop, or the counting outside it, or "
        "is v multiplied by less than β₂?": "t + 1",
        "t comes back as it was: no step is counted. Does the loop run, and add 1 to t?": "t",
        "the 38 has to be squared as well: (lr / 38)**2.":
            "t + np.log(lr**2 / 38 / v) / np.log(beta2)",
        "lr and 38 have changed places: √v has to come down to lr / 38.":
            "t + np.log((38 / lr) ** 2 / v) / np.log(beta2)",
        "lr and 38 have changed places, and √v shrinks by √β₂ only: v comes down to (lr/38)².":
            "t + np.log(38 / lr / np.sqrt(v)) / np.log(beta2)",
        "the logarithm of β₂ is divided by, not multiplied.":
            "t + np.log((lr / 38) ** 2 / v) * np.log(beta2)",
        "β₂ is missing: divide by its logarithm.": "t + np.log((lr / 38) ** 2 / v)",
        "brackets: both logarithms of the difference are divided by log β₂.":
            "t + np.log((lr / 38) ** 2) - np.log(v) / np.log(beta2)",
        "brackets: only the steps after t are divided by log β₂, and t is added then.":
            "(np.log((lr / 38) ** 2 / v) + t) / np.log(beta2)",
        "the logarithm is of β₂, not of 1 − β₂.":
            "t + np.log((lr / 38) ** 2 / v) / np.log(1 - beta2)",
        "1 − β₂ is no logarithm, and log β₂ is negative.":
            "t + np.log((lr / 38) ** 2 / v) / (1 - beta2)",
        "that is twice as long: v is multiplied by β₂ in each step, and t goes up by 1.":
            "t + 2 * np.log((lr / 38) ** 2 / v) / np.log(beta2)",
        "upside down: the logarithm of β₂ stands below the line.":
            "t + np.log(beta2) / np.log((lr / 38) ** 2 / v)",
        "no root is left to take: n is the quotient of the two logarithms.":
            "t + np.sqrt(np.log((lr / 38) ** 2 / v) / np.log(beta2))",
        "lr/38 is missing: v has to come down to (lr/38)², not to 1.":
            "t - np.log(v) / np.log(beta2)",
        "lr/38 is missing, and log β₂ is negative: v has to come down to (lr/38)².":
            "t + np.log(v) / np.log(beta2)",
        "v is corrected there. The task leaves the correction out.":
            "t + np.log((lr / 38) ** 2 * (1 - beta2**t) / v) / np.log(beta2)",
        "that is lr/√v at step t. Asked is the step at which it passes 38.": "lr / np.sqrt(v)",
    })  # fmt: skip

    for name, first in cases[0].items():
        hint = f"it takes {name} = {first:g}, whatever the caller gives. Write {name}, and keep "
        mistakes[hint + "nothing from one call for the next."] = (
            lambda name=name, first=first, **case: right(**case | {name: first})
        )

    def counted(*args, **kwargs):
        """The exact value, where it is rounded, or a loop counts the whole step beside it."""
        result = attempt(*args, **kwargs)
        try:
            if np.ndim(result) or np.asarray(result).dtype.kind not in "iufO":
                return result
            exact, value = float(right(*args, **kwargs)), float(result)
        except Exception:
            return result
        return exact if abs(value - exact) <= (1 if value.is_integer() else 0.0501) else result

    def made():
        """What it gives in all cases; a Complaint names the first that is no number."""
        results = [diagnose.asked(attempt, **case) for case in cases]
        for case, result in zip(cases, results, strict=True):
            if not np.isfinite(np.asarray(result, dtype=float)).all():
                given = ", ".join(f"{name} = {value:g}" for name, value in case.items())
                raise Complaint(f"for {given} it gives {result}.{_NO_LOGARITHM}")
        return [diagnose.real(result) for result in results]

    def miscounted():
        """A hint for whole numbers that a loop has counted with one of the mistakes."""
        results = made()
        for hint, wrong in mistakes.items():
            if all(abs(n - wrong(**case)) <= 1 for n, case in zip(results, cases, strict=True)):
                whole = all(n == round(n) for n in results)
                return Feedback("not yet", hint) if whole else None
        return None

    if callable(attempt):
        counted = wraps(attempt)(counted)
    try:
        return diagnose.function(
            counted if callable(attempt) else attempt, right,
            cases,
            mistakes=mistakes,
            otherwise=miscounted,
            praise="from the v of step 200 it gives 4403 for lr 0.5, 6539 for 0.2, 8402 for 0.1. "
            "Set them in the panel: 4415, 6541 and 8402. The 12 steps are the correction of v. The "
            "leap is seen 400 to 620 steps later: the distance has to grow back from 1e-100 or "
            "less.",
        )  # fmt: skip
    except Complaint as complaint:
        if re.search("math domain|positive input|cannot convert float|ZeroDiv", str(complaint)):
            complaint.feedback.text += _NO_LOGARITHM
        raise


_NO_LOGARITHM = (
    " Do you take the logarithm of something that is not positive, or divide by log 1, which is 0?"
)


FALL = "(1 + cos(pi * (t - warm) / (steps - warm))) / 2"


def warm_cosine(schedule):
    """A warm-up, then half a cosine; or both from the first step on, multiplied (05)."""

    def half(part):
        return (1 + np.cos(np.pi * part)) / 2

    def right(t, lr, warm, steps):
        return lr * (t / warm if t <= warm else half((t - warm) / (steps - warm)))

    def product(t, lr, warm, steps):
        return lr * min(t / warm, 1) * half((t - 1) / (steps - 1))

    cases = [
        dict(t=t, lr=lr, warm=warm, steps=steps)
        for lr, warm, steps, ts in (
            (0.3, 10, 101, (1, 4, 9, 10, 11, 51, 90, 101)), (0.02, 7, 60, (1, 6, 7, 8, 33, 60)),
            (1.5, 40, 400, (1, 39, 41, 200, 399)), (0.7, 3000, 50_000, (2000, 20_000, 45_000)),
        )
        for t in ts
    ]  # fmt: skip
    mistakes = {
        "the rise never stops: after the warm-up it must stay at 1.": (
            lambda t, lr, warm, steps: lr * t / warm * half((t - 1) / (steps - 1))
        ),
        "the first step has lr 0 and is wasted: t starts at 1, and the rise is t / warm.": (
            lambda t, lr, warm, steps:
            lr * min((t - 1) / warm, 1) * half((t - 1) / (steps - 1))
        ),
        "its first step has lr 0 and is wasted: t starts at 1, and the rise is t / warm.": (
            lambda t, lr, warm, steps:
            lr * ((t - 1) / warm if t <= warm else half((t - warm) / (steps - warm)))
        ),
        "the first step has lr 0 and is wasted: your t starts at 0, and here it starts at 1.": (
            lambda t, lr, warm, steps:
            lr * ((t - 1) / warm if t - 1 < warm else half((t - 1 - warm) / (steps - warm)))
        ),
        "that rises, and never falls: after the warm-up comes the cosine.": (
            lambda t, lr, warm, steps: lr * min(t / warm, 1)
        ),
        "that falls, and never rises: the warm-up is missing.": (
            lambda t, lr, warm, steps: lr * half((t - 1) / (steps - 1))
        ),
        "the warm-up is missing: up to t = warm it is lr * t / warm.": (
            lambda t, lr, warm, steps: lr * half((t - warm) / (steps - warm))
        ),
        "a cosine runs from 1 to −1, and a negative lr walks uphill. Add 1 and halve it.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else np.cos(np.pi * (t - warm) / (steps - warm)))
        ),
        "a cosine falls from 1 to −1, and a negative lr walks uphill. Add 1 and halve it.": (
            lambda t, lr, warm, steps:
            lr * min(t / warm, 1) * np.cos(np.pi * (t - 1) / (steps - 1))
        ),
        "the cosine part runs from 2 to 0: halve it.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else 2 * half((t - warm) / (steps - warm)))
        ),
        "1 + cos runs from 2 to 0: halve it.": (
            lambda t, lr, warm, steps: 2 * product(t, lr, warm, steps)
        ),
        "rise and fall are multiplied, not added.": (
            lambda t, lr, warm, steps: lr * (min(t / warm, 1) + half((t - 1) / (steps - 1)))
        ),
        "the shape is right, and lr is missing.": (
            lambda t, lr, warm, steps: right(t, 1.0, warm, steps)
        ),
        "the shape is right, but lr is missing.": (
            lambda t, lr, warm, steps: product(t, 1.0, warm, steps)
        ),
        "after the warm-up lr is missing: the fall starts from lr, not from 1.": (
            lambda t, lr, warm, steps:
            lr * t / warm if t <= warm else half((t - warm) / (steps - warm))
        ),
        "during the warm-up lr is missing: it rises to lr, not to 1.": (
            lambda t, lr, warm, steps:
            t / warm if t <= warm else lr * half((t - warm) / (steps - warm))
        ),
        "your cosine counts from step 1, so lr drops when the warm-up ends. Let it count from "
        "warm: (t - warm) / (steps - warm).": (
            lambda t, lr, warm, steps: lr * (t / warm if t <= warm else half((t - 1) / (steps - 1)))
        ),
        "your cosine counts from step 0, so lr drops when the warm-up ends. Let it count from "
        "warm: (t - warm) / (steps - warm).": (
            lambda t, lr, warm, steps: lr * (t / warm if t <= warm else half(t / steps))
        ),
        "your cosine counts from step 0, so lr never reaches its peak. Let it count from warm: "
        "(t - warm) / (steps - warm).": (
            lambda t, lr, warm, steps: lr * (t / warm if t < warm else half(t / steps))
        ),
        "at the last step lr is not 0 yet: the fall has only steps - warm steps, so divide by "
        "that.": (
            lambda t, lr, warm, steps: lr * (t / warm if t <= warm else half((t - warm) / steps))
        ),
        "your cosine is finished too early: its angle starts at 0 where t is warm.": (
            lambda t, lr, warm, steps: lr * (t / warm if t <= warm else half(t / (steps - warm)))
        ),
        "almost: the fall starts at t = warm, so its part is (t - warm) / (steps - warm).": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else half((t - warm - 1) / (steps - warm - 1)))
        ),
        "almost: count the cosine from t = 1 to t = steps, so (t - 1) / (steps - 1).": (
            lambda t, lr, warm, steps: lr * min(t / warm, 1) * half(t / steps)
        ),
        "you fall in a straight line. Asked is half a cosine, which is flat at both ends.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else (steps - t) / (steps - warm))
        ),
        "that is the sine. The cosine of 0 is 1, so the fall starts at lr.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm
                  else (1 + np.sin(np.pi * (t - warm) / (steps - warm))) / 2)
        ),
        "1 − cos rises from 0 to 2. To fall from 2 to 0 it is 1 + cos.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else half(1 - (t - warm) / (steps - warm)))
        ),
        "π is missing: half a cosine is an angle from 0 to π.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm
                  else (1 + np.cos((t - warm) / (steps - warm))) / 2)
        ),
        "you end at lr/10, as most large models do. Asked here is a fall to 0.": (
            lambda t, lr, warm, steps:
            right(t, lr, warm, steps) if t <= warm else lr / 10 + 0.9 * right(t, lr, warm, steps)
        ),
        "that is a quarter of a cosine, steep at its end. Half of one: (1 + cos) / 2, up to π.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else np.cos(np.pi / 2 * (t - warm) / (steps - warm)))
        ),
        "almost: from t = 1 to t = steps there are steps - 1 steps, so (t - 1) / (steps - 1).": (
            lambda t, lr, warm, steps: lr * min(t / warm, 1) * half((t - 1) / steps)
        ),
        "a straight line falls in place of half a cosine, which is flat at both ends.": (
            lambda t, lr, warm, steps: lr * min(t / warm, 1) * (1 - (t - 1) / (steps - 1))
        ),
        "1 − cos rises: to fall it is 1 + cos.": (
            lambda t, lr, warm, steps: lr * min(t / warm, 1) * half(1 - (t - 1) / (steps - 1))
        ),
        "np.cos takes radians: half a cosine is an angle up to π, not 180.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm
                  else (1 + np.cos(180 * (t - warm) / (steps - warm))) / 2)
        ),
        **diagnose.slips("t, lr, warm, steps, pi=np.pi, cos=np.cos", {
            hint: f"lr * ({rise} if t <= warm else {fall})" for hint, rise, fall in (
                ("during the warm-up lr is whole at once: it rises, lr * t / warm.", "1", FALL),
                ("during the warm-up lr stays the same: it is lr * t / warm.", "1 / warm", FALL),
                ("the rise goes to step `warm`, so divide t by warm, not by steps.",
                 "t / steps", FALL),
                ("the rise is one step ahead: it is t / warm.", "(t + 1) / warm", FALL),
                ("your warm-up falls: it is t / warm, and 1 at its end.", "(1 - t / warm)", FALL),
                ("the rise is a straight line: no root.", "(t / warm) ** 0.5", FALL),
                ("the rise is a straight line: no square.", "(t / warm) ** 2", FALL),
                ("the rise is divided by warm.", "t * warm", FALL),
                ("// cuts the rise down to 0 and 1: divide with /.", "(lr * t // warm) / lr", FALL),
                ("the first part is right, but after the warm-up lr is 0 at once.",
                 "t / warm", "0"),
                ("rise and fall have changed places: up to t = warm it is t / warm.", FALL,
                 "t / warm"),
                ("the rise never stops: after t = warm comes the cosine.", "t / warm", "t / warm"),
                ("the rise goes on during the fall: after the warm-up it is the cosine alone.",
                 "t / warm", f"t / warm * {FALL}"),
                ("the cosine has no 1 + before it, so it walks from 1/2 to −1/2.", "t / warm",
                 "cos(pi * (t - warm) / (steps - warm)) / 2"),
                ("brackets: halve the whole of 1 + cos.", "t / warm",
                 "(1 + cos(pi * (t - warm) / (steps - warm)) / 2)"),
                ("half of 1 + cos is asked for: divide by 2.", "t / warm", f"4 * {FALL}"),
                ("the fall is upside down: lr is multiplied by it, not divided.", "t / warm",
                 f"1 / {FALL}"),
                ("the sign is wrong after the warm-up: a learning rate is positive.", "t / warm",
                 f"-{FALL}"),
                ("that is half of the way down: the angle goes to π, not to π/2.", "t / warm",
                 "(1 + cos(pi / 2 * (t - warm) / (steps - warm))) / 2"),
                ("3.14 is not exact enough: np.pi has all the digits.", "t / warm",
                 "(1 + cos(3.14 * (t - warm) / (steps - warm))) / 2"),
                ("π is not 3: np.pi has all the digits.", "t / warm",
                 "(1 + cos(3 * (t - warm) / (steps - warm))) / 2"),
                ("the fall has steps - warm steps, not one less.", "t / warm",
                 "(1 + cos(pi * (t - warm) / (steps - warm - 1))) / 2"),
                ("the fall has steps - warm steps, not steps + warm.", "t / warm",
                 "(1 + cos(pi * (t - warm) / (steps + warm))) / 2"),
                ("brackets: divide by all of steps - warm.", "t / warm",
                 "(1 + cos(pi * (t - warm) / steps - warm)) / 2"),
                ("brackets: t - warm is multiplied by π as a whole.", "t / warm",
                 "(1 + cos(pi * t - warm / (steps - warm))) / 2"),
                ("the angle goes on from 0 at t = warm to π at t = steps.", "t / warm",
                 "(1 + cos(pi * t / warm)) / 2"),
                ("that falls like 1/t: half a cosine is asked for.", "t / warm", "1 / t"),
                ("that falls like a power of e: half a cosine is asked for.", "t / warm",
                 "np.exp(-(t - warm) / (steps - warm))"),
            )
        }),
        "it is 0 at every step: is there a loop over t in it? t is given.": (
            lambda t, lr, warm, steps: 0.0
        ),
        "the warm-up ends one step too late: at t = warm it is over.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm + 1 else half((t - warm) / (steps - warm)))
        ),
        "the larger of t / warm and 1 is what you take: min is the smaller.": (
            lambda t, lr, warm, steps: lr * max(t / warm, 1) * half((t - 1) / (steps - 1))
        ),
        "your warm-up falls: it is t / warm, not warm / t.": (
            lambda t, lr, warm, steps:
            lr * (warm / t if t <= warm else half((t - warm) / (steps - warm)))
        ),
        "that is a whole cosine, down and up again: from 0 to π, not to 2π.": (
            lambda t, lr, warm, steps:
            lr * (t / warm if t <= warm else half(2 * (t - warm) / (steps - warm)))
        ),
    }  # fmt: skip
    rare = [
        dict(t=t, lr=0.5, warm=warm, steps=steps)
        for warm, steps, ts in ((60, 101, (8, 15, 40, 60, 61, 80)), (3, 200, (2, 3, 4, 12, 100)))
        for t in ts
    ]
    feedback = diagnose.function(
        schedule, right, cases, mistakes=mistakes, rare=rare, tolerance=2e-4,  # π may be 3.1416
        praise="that is the schedule of many large models; most of them end at lr/10, not at 0.",
    )  # fmt: skip
    if feedback.verdict == "not yet":
        other = diagnose.function(
            schedule, product, cases, mistakes={}, rare=rare, tolerance=2e-4,
            praise="that is warmup(cosine(lr, steps), warm) of adam_core, a form in use too. In "
            "the formula above the cosine begins only after the warm-up, and lr reaches its peak.",
        )  # fmt: skip
        feedback = other if other.verdict == "right" else feedback
    return feedback


def defence(answer):
    """Which defence of the defaults holds? (05)"""
    return diagnose.choice(
        answer,
        "c",
        {
            "a": "0.001 went 0.2 in 200 steps, and the minimum was 9 away. One lr served seven "
            "surfaces because they are all about as large.",
            "b": "Adam ignores the size of the loss, so lr does not follow it. But lr still is a "
            "length: how far is the minimum, and how many steps do you have?",
            "c": "the maps show wide calm bands for β₁, β₂ and ε around the defaults, and none for "
            "lr. So search lr, in a few tries on a logarithmic axis.",
            "d": "the best of 2401 points under one seed was mostly luck. A grid of four dials "
            "costs thousands of runs, and finds the seed.",
        },
    )


# ---------------------------------------------------------------------------
# Ten tries each
# ---------------------------------------------------------------------------

_BUDGET, _STEPS, _SCALE, _NOISE, _SEEDS = 10, 200, 60, 0.3, 16
_LABELS = dict(gd="gradient descent", adam="Adam")


class Tries:
    """Tune gradient descent and Adam on a noisy valley, and every try counts (05).

    tries.gd(lr=...) and tries.adam(lr=..., beta1=..., ...) run 200 steps under 16 seeds and
    print the median height they end at, where the start is 1. A `...` is no try.
    """

    def __init__(self):
        self.made, self.refused = dict(gd=[], adam=[]), 0
        self.calls = []  # as they were asked for, so that somebody else can repeat them

    def gd(self, lr=None, *others, **hyper):
        self._count("gd", dict(lr=lr) | hyper, others)

    def adam(self, lr=0.001, *others, **hyper):
        self._count("adam", dict(lr=lr) | hyper, others)

    def _count(self, name, hyper, others):
        self.calls.append((name, hyper))
        if any(diagnose.not_started(value) for value in hyper.values()):
            return
        try:
            if diagnose.with_a_comma((hyper["lr"], *others)):
                diagnose.real((hyper["lr"], *others))
            if others or hyper["lr"] is None:
                raise ValueError(f"write names, as in tries.{name}(lr=0.1)")
            hyper = {dial: _dial(dial, value) for dial, value in hyper.items()}
            height = self._height(getattr(core, name), hyper)
        except (Complaint, TypeError, ValueError, OverflowError) as error:
            self.refused += 1
            print(f"{_LABELS[name]}: {str(error).rstrip('.')}. Not counted.")
            return
        self.made[name].append((hyper["lr"], height))
        dials = ", ".join(f"{dial} = {_written(value)}" for dial, value in hyper.items())
        end = f"ends at {_shown(height)}" if height < 1e6 else "diverges"
        verdict = ", good" if height < GOOD else ", above the start" if 1 < height < 1e6 else ""
        print(f"{_LABELS[name]}, try {len(self.made[name])} of {_BUDGET}: {dials} {end}{verdict}")

    def _height(self, optimizer, hyper):
        """Median over the seeds, relative to the start."""
        valley, rng = core.ravine(25), np.random.default_rng(5)
        theta = np.repeat(valley.start[:, None], _SEEDS, axis=1)

        def grad(theta):
            return _SCALE * (valley.grad(theta) + _NOISE * rng.standard_normal(theta.shape))

        theta = core.run(optimizer, grad, theta, _STEPS, record=("theta",), **hyper).theta[-1]
        with np.errstate(all="ignore"):
            heights = valley.f(theta) / valley.f(valley.start)
        return float(np.median(np.where(np.isfinite(heights), heights, np.inf)))


def _dial(name, value):
    """A dial of one try as a plain number, or as True or False."""
    if name in _NO_DIALS:
        raise Complaint(_NO_DIALS[name])
    if isinstance(value, (bool, np.bool_)) and name != "lr":
        return bool(value)
    if callable(value):
        raise Complaint(f"{name} is a plain number here, not a schedule")
    if np.ndim(value) and np.size(value) > 1 and not diagnose.with_a_comma(value):
        raise Complaint(f"one {name} for each try: write a line for each, or a loop")
    return diagnose.real(value)


_NO_DIALS = dict(
    steps=f"every try has {_STEPS} steps: leave steps out",
    betas="write beta1 and beta2, as in beta1=0.9, beta2=0.99, in place of betas",
)


def _written(value):
    return str(value) if isinstance(value, bool) else f"{value:g}"


def _shown(height):
    """Two digits, or as many as tell it from what is just good."""
    return next(text for d in range(2, 18) if float(text := f"{height:.{d}g}") != GOOD or d == 17)


def tuned(tries):
    """Ten tries each: both good, and the best try between two worse ones (05)."""
    if not isinstance(tries, Tries):
        return Feedback("not yet", "keep the line tries = checks.Tries(): it counts for you.")
    if not any(tries.made.values()) and tries.refused:
        return Feedback("not started", "no try counts yet: what is printed above says why.")
    if not any(tries.made.values()):
        return Feedback("not started", "replace a ... with a learning rate and run the cell again.")
    for name, made in tries.made.items():
        complaint = _search_complaint(made)
        if complaint:
            return Feedback("not yet", f"{_LABELS[name]}: {complaint}")
    best = {name: min(height for _, height in made) for name, made in tries.made.items()}
    return Feedback(
        "right",
        "; ".join(
            f"{_LABELS[name]} {best[name]:.2g} after {len(made)} tries"
            for name, made in tries.made.items()
        )
        + ". Both are good. Adam's lr stands for a length, gradient descent's also had to find out "
        "how steep the valley is.",
    )


def _search_complaint(made):
    """What is wrong with a search for lr: a list of (lr, height)."""
    if not made:
        return "no try yet. Add lines with other learning rates, one line per try."
    if len(made) > _BUDGET:
        return (
            f"{len(made)} tries, and the budget is {_BUDGET}. Take some lines out: step by factors "
            "of ten first, and refine only around the best."
        )
    lrs, heights = np.array(made).T
    best = lrs[heights.argmin()]
    if heights.min() > 1:
        return f"every try ends above the start. Try a tenth of {lrs.min():g}."
    if len(set(lrs)) == 1:
        return f"only lr = {lrs[0]:g} so far. Try ten times as much and a tenth of it."
    if best == lrs.max():
        return f"your best lr, {best:g}, is the largest you tried. It may get better: go on up."
    if best == lrs.min():
        return f"your best lr, {best:g}, is the smallest you tried. It may get better: go on down."
    if heights.min() >= GOOD:
        low, high = max(lrs[lrs < best]), min(lrs[lrs > best])
        return (
            f"the best is between {low:g} and {high:g}, and {_shown(heights.min())} is not below "
            f"{GOOD:g} yet. Refine in there: factors of two or three."
        )
