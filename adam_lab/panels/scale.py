"""The panels of 12_adam_at_scale."""

import gc
import sys
from functools import lru_cache, partial
from importlib import import_module
from importlib.util import find_spec
from time import monotonic, perf_counter

import numpy as np

import adam_core as core
from adam_lab.figures import counted, number
from adam_lab.figures import scale as figures
from adam_lab.live import Live
from adam_lab.live_run import LiveRun
from adam_lab.models import scale
from adam_lab.panels.dials import log_dial, lr_dial, pick, step_dial, stops, switch


def memory():
    """MEMORY (12): where the bytes are, and what several devices can share."""
    levels, sizes = list(scale.SHARED), np.geomspace(1e3, 1e12, 2)
    picture = figures.memory(scale.PARTS, levels)

    def update(size, devices, shared, numbers, rule):
        each = np.array([scale.bytes_each(numbers, rule, level, devices) for level in levels])
        level = levels.index(shared)
        total = each[level].sum()
        words = f"{_count(size)} × {total:.3g} bytes = {_gigabytes(size * total)}"
        picture.show(level, each, sizes, sizes * total / 1e9, (size, size * total / 1e9), words)
        parts = zip(scale.PARTS, each[level], strict=True)
        listed = ", ".join(f"{part} {value:.3g}" for part, value in parts if value)
        return (
            f"{rule}, {numbers}, {_count(size)} parameters; devices: {devices}; shared: {shared}. "
            f"Bytes for each parameter on one device: {listed}; together {total:.3g}, that is "
            f"{_gigabytes(size * total)}. Examples and what the layers pass on come on top."
        )

    controls = dict(
        size=stops("parameters", 4810, _SIZES),
        devices=stops("devices", 1, [(str(2**k), 2**k) for k in range(11)]),
        shared=pick("devices share", levels),
        numbers=pick("numbers", list(scale.NUMBERS), value="16 bits, a 32-bit copy"),
        rule=pick("rule", list(scale.KEEPS), value="Adam"),
    )
    return Live(picture.figure, picture.moving, update, controls)


def _count(size):
    for unit, name in ((1e12, " million million"), (1e9, " thousand million"), (1e6, " million")):
        if size >= unit:
            return f"{size / unit:g}{name}"
    return f"{size:g}"


_SIZES = [
    (_count(size).replace(" million million", "e12").replace(" thousand million", "e9"), size)
    for size in (1000, 4810, 100_000, 1e6, 1e7, 1e8, 1e9, 3e9, 7e9, 2e10, 7e10, 2e11, 5e11, 1e12)
]


def _gigabytes(size):
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{number(size / unit)} {name}"
    return f"{size:.0f} bytes"


# ---------------------------------------------------------------------------
# Speed
# ---------------------------------------------------------------------------

WAYS = {  # name -> what it moves
    "as in the papers": "adam",
    "in place": "in place",
    "in place, in blocks": "at once",
    "in blocks, on all cores": "at once",
    "one loop, compiled": "at once",
    "PyTorch, by default": None,
    "PyTorch, fused": "at once",
}
_ABSENT = {  # why a way cannot be measured here
    "in blocks, on all cores": "no second core",
    "one loop, compiled": "no Numba here",
    "PyTorch, by default": "no PyTorch here",
    "PyTorch, fused": "no PyTorch here",
}


def speed():
    """SPEED (12): what a step of Adam moves, and on a click, how long it takes here."""
    picture = figures.speed(list(WAYS))
    needed = [scale.streams(way) if way else np.nan for way in WAYS.values()]

    def work(last, size, kind):
        """Each way in turn, again and again; the fastest of each counts."""
        ways, fastest = _ways(size, np.dtype(kind)), {}
        end, rounds = monotonic() + 8, 20
        report = dict(size=size, kind=kind, taken=fastest)
        for turn in range(rounds):
            for i, (name, take) in enumerate(ways.items()):
                start = perf_counter()
                take()
                took = perf_counter() - start
                if turn:  # the first is for compiling, and for new memory
                    fastest[name] = min(fastest.get(name, np.inf), took)
                yield (turn + i / len(ways)) / rounds, report
            if monotonic() > end:
                break
        yield 1, report
        del ways
        gc.collect()

    def update(report, size, kind):
        width = np.dtype(kind).itemsize
        moved = [
            f"{streams} streams, {number(streams * width * size / 1e6, 4)} MB"
            if np.isfinite(streams) else "not counted"
            for streams in needed
        ]  # fmt: skip
        times = (
            report["taken"] if report and (report["size"], report["kind"]) == (size, kind) else {}
        )
        taken, words = [], []
        for name in WAYS:
            ratio = times[name] / (3.5 * times["copy"]) if {name, "copy"} <= {*times} else np.nan
            taken.append(ratio)
            absent = _ABSENT.get(name, "") if "copy" in times else "not measured yet"
            words.append(f"{number(times[name] * 1e3)} ms" if np.isfinite(ratio) else absent)
        picture.show(needed, moved, taken, words)
        said = "; ".join(
            f"{name} {much}" + (f", {'measured ' if name in times else ''}{word}" if times else "")
            for name, much, word in zip(WAYS, moved, words, strict=True)
        )
        return f"A step of Adam on {size:,} {kind}: {said}."

    controls = dict(
        size=stops(
            "parameters", 1_000_000, [(f"{n:,}", n) for n in (100_000, 1_000_000, 3_000_000)]
        ),
        kind=pick("numbers", ["float32", "float64"]),
    )
    return LiveRun(picture.figure, picture.moving, update, controls, work, name="Measure")


def _ways(size, kind):
    """The copy, and every way that works here: name -> function that takes one step."""
    rng = np.random.default_rng(0)
    theta, g = (rng.standard_normal(size).astype(kind) for _ in range(2))
    m, v, a, b = (np.zeros_like(theta) for _ in range(4))
    arrays, in_place = (theta, g, m, v), partial(core.adam_inplace, theta, g, m, v, 10)
    numbers = [kind.type(x) for x in (1e-3, 1.0, 0.9, 0.1, 0.999, 0.001, 1e-8)]
    papers = core.adam.__wrapped__(lambda theta: g, theta, lr=lambda t: 0.001)
    ways = {
        "copy": lambda: np.copyto(a, g),
        "as in the papers": lambda: next(papers),
        "in place": lambda: core._adam_block(*arrays, a, b, *numbers),
        "in place, in blocks": partial(in_place, threads=1, compiled=False),
    }
    if core._cores() > 1:
        ways["in blocks, on all cores"] = partial(in_place, compiled=False)
    if core._adam_loop():
        ways["one loop, compiled"] = partial(in_place, compiled=True)
    if sys.platform != "emscripten" and find_spec("torch"):
        for name, hyper in (("PyTorch, by default", {}), ("PyTorch, fused", dict(fused=True))):
            ways[name] = _torch_step(theta, g, **hyper)
    return ways


def _torch_step(theta, g, **hyper):
    torch = import_module("torch")
    tensor = torch.tensor(theta, requires_grad=True)
    tensor.grad = torch.tensor(g)
    return torch.optim.Adam([tensor], **hyper).step


# ---------------------------------------------------------------------------
# Few bits
# ---------------------------------------------------------------------------


def swallowed():
    """SWALLOWED (12): a step of lr falls between two marks of the ruler."""
    steps = 400
    picture = figures.swallowed(steps)

    @lru_cache(maxsize=32)
    def walk(weight, lr, kind):
        """The weight as it is kept, by name, (steps + 1,) each; every step adds lr."""
        start = scale.nearest(weight, kind)
        exact = start + lr * np.arange(steps + 1)
        near, chance, rng = [start], [start], np.random.default_rng(0)
        for _ in range(steps):
            near.append(scale.nearest(near[-1] + lr, kind))
            chance.append(scale.at_random(chance[-1] + lr, rng, kind))
        kept = (exact, near, chance, scale.nearest(exact, kind))
        return dict(zip(figures.ROUNDED, map(np.array, kept), strict=True))

    def update(weight, lr, kind, step):
        paths = walk(weight, lr, kind)
        start, here = paths["exact"][0], paths["to the nearest mark"][step]
        gap = scale.spacing(here, kind)
        after = scale.nearest(here + lr, kind)
        marks = [scale.nearest(here + i * gap, kind) for i in range(-2, 4)]
        moved = "the step is swallowed" if after == here else "it moves"
        words = (
            f"weight {here:.5g}, marks {gap:.2g} apart\n"
            f"a step of {lr:.2g}, {number(lr / gap, 2)} times as long: {moved}"
        )
        parts = {name: (path[: step + 1] - start) / (lr * steps) for name, path in paths.items()}
        labels = [f"{mark:.4g}" if i % 2 else "" for i, mark in enumerate(marks)]
        picture.show(labels, lr / gap, (after - here) / gap, parts, words)
        ends = ", ".join(f"{name} {path[step]:.5g}" for name, path in paths.items())
        return (
            f"{kind}, weight {start:.5g}, after {counted(step, 'step')} of lr {lr:.3g}: {ends}. "
            f"At the nearest mark: marks {gap:.2g} apart, {moved}."
        )

    controls = dict(
        weight=log_dial("weight at the start", 0.01, 0.001, 10),
        lr=lr_dial(0.001, 1e-5, 0.1),
        kind=pick("kept as", ["bfloat16", "float16"]),
        step=step_dial(steps, value=0),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")


# ---------------------------------------------------------------------------
# Matrices
# ---------------------------------------------------------------------------

MATRICES = {  # singular values, divided so that the matrix has length 1
    "16 × 16, random": np.linalg.svd(
        np.random.default_rng(0).normal(size=(16, 16)), compute_uv=False
    ),
    "8, 4, 2, 1, ½": np.array([8, 4, 2, 1, 0.5]),
    "one of 1, fifteen of 0.01": np.array([1.0, *[0.01] * 15]),
}
POLYNOMIALS = {"Muon's": (3.4445, -4.775, 2.0315), "of the 1970s": (1.5, -0.5, 0.0)}


def newton_schulz():
    """NEWTON_SCHULZ (12): singular values on their way to 1, some faster than others."""
    most = 8
    picture = figures.newton_schulz(16, most)
    grid = np.linspace(0, 1, 300)

    def after(s, polynomial, step):
        a, b, c = POLYNOMIALS[polynomial]
        for _ in range(step):
            s = a * s + b * s**3 + c * s**5
        return s

    def update(matrix, polynomial, step):
        before = MATRICES[matrix] / np.linalg.norm(MATRICES[matrix])
        values = after(before, polynomial, step)
        a, b, c = POLYNOMIALS[polynomial]
        words = f"step: {a:g} s − {-b:g} s³" + (f" + {c:g} s⁵" if c else "")
        picture.show(grid, after(grid, polynomial, step), (before, values), words)
        return (
            f"{matrix}, coefficients {polynomial}, after {counted(step, 'step')}: singular "
            f"values from {values.min():.3g} to {values.max():.3g}; at the start from "
            f"{before.min():.3g} to {before.max():.3g}."
        )

    controls = dict(
        matrix=pick("matrix", list(MATRICES)),
        polynomial=pick("coefficients", list(POLYNOMIALS)),
        step=step_dial(most, value=0),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step", by_hand=True)


MODES = {"gradient descent": "gd", "momentum": "heavy_ball", "Adam": "adam", "Muon": "muon"}


def modes():
    """MODES (12): which part of a matrix is learned first, by rule."""
    steps = 250
    picture = figures.modes(scale.TARGETS, steps)
    learned = lru_cache(maxsize=64)(scale.learned)

    def update(rule, lr, layers, falling, step):
        shares = learned(MODES[rule], lr, steps, layers=layers, falling=falling)[: step + 1]
        with np.errstate(invalid="ignore"):
            there = shares >= 0.9
        came = ", ".join(
            f"{target:g} at step {row.argmax()}" if row.any() else f"{target:g} not yet"
            for target, row in zip(scale.TARGETS, there.T, strict=True)
        )
        errors = np.nan_to_num(np.abs(shares - 1).max(axis=1), nan=np.inf)
        lost = np.flatnonzero(errors > 1e6)
        words = (
            f"Diverged at step {lost[0]}" if len(lost)
            else f"Nine tenths learned: {came}; largest error now {number(errors[-1], 2)}"
        )  # fmt: skip
        picture.show(shares, words)
        return (
            f"{rule}, lr {lr:.3g}{', falling to 0' if falling else ''}, "
            f"{counted(layers, 'layer')}, after {counted(step, 'step')}. {words}."
        )

    controls = dict(
        rule=pick("rule", list(MODES)),
        lr=lr_dial(0.1, 0.005, 3),
        layers=pick("layers", [("two", 2), ("one", 1)]),
        falling=switch("lr falls to 0"),
        step=step_dial(steps),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")
