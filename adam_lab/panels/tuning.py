"""The panels of 05_tuning_adam: sweeps of thousands of runs, made anew when a dial changes them."""

from functools import lru_cache, partial
from itertools import islice
from math import sqrt

import numpy as np

import adam_core as core
from adam_lab.figures import LOOKS, counted, number
from adam_lab.figures import tuning as figures
from adam_lab.figures.tuning import GOOD, SIGNS
from adam_lab.live import Live
from adam_lab.panels.descents import SURFACES, heights_of, result_of
from adam_lab.panels.dials import (
    beta_dial,
    dial,
    log_dial,
    lr_dial,
    pick,
    step_dial,
    stops,
    whole_dial,
)  # fmt: skip

LRS = np.logspace(-4, 2, 61)  # ten per decade
BETAS, EPSILONS = 1 - np.logspace(0, -3, 49), np.logspace(-10, 2, 49)
GRIDS = dict(beta1=BETAS, beta2=BETAS, eps=EPSILONS)
BY_NAME = {surface.name: surface for surface in SURFACES}


def seeded(grad, noise, steps, seeds):
    """`core.noisy` with the seeds 0, 1, ... at once: axis 1 of theta is the seed."""
    draws = iter(
        np.stack([np.random.default_rng(k).standard_normal((steps, 2)) for k in range(seeds)], -1)
    )

    def noisy_grad(theta):
        draw = next(draws)
        return grad(theta) + noise * draw.reshape(draw.shape + (1,) * (theta.ndim - 2))

    return noisy_grad


def ends(optimizer, surface, steps, noise=0.0, seeds=1, scale=1.0, **hyper):
    """Where a sweep ends: heights relative to the start, shape (seeds, *sweep).

    Only the last step is kept, which is all a map needs. `scale` multiplies the loss; lr may
    be a schedule. The noise of seed k is that of `core.noisy(grad, noise, k)`.
    """
    values = [value(1) if callable(value) else value for value in hyper.values()]
    shape = (seeds, *np.broadcast_shapes(*map(np.shape, values)))
    theta = np.broadcast_to(surface.start.reshape(2, *[1] * len(shape)), (2, *shape)).copy()
    grad = seeded(surface.grad, noise, steps, seeds) if noise else surface.grad
    with np.errstate(all="ignore"):
        stepper = optimizer(lambda theta: scale * grad(theta), theta, **hyper)
        theta = next(islice(stepper, steps - 1, None))["theta"]
    return heights_of(surface, theta) / surface.f(surface.start)


def good_lrs(heights):
    """'0.25 to 1.6 (0.9 decades)': each good learning rate is a tenth of a decade."""
    good = np.flatnonzero(heights < GOOD)
    if not len(good):
        return "none"
    low, high = (f"{float(f'{lr:.2g}'):g}" for lr in LRS[good[[0, -1]]])
    if len(good) == 1:
        return f"only {low}"
    gaps = ", with gaps" if len(good) <= good[-1] - good[0] else ""
    edge = "at least " if good[-1] == len(LRS) - 1 or good[0] == 0 else ""
    return f"{low} to {high}{gaps} ({edge}{len(good) / 10:.1f} decades)"


def dials_map():
    """DIALS (05): Adam's last height over all its dials, gradient descent's strip below."""
    picture = figures.dials(LRS, GRIDS, most_steps=400)
    columns = {name: values[:, None] for name, values in GRIDS.items()}

    @lru_cache(4)  # a map does not change when its own dial moves
    def swept(name, surface, others, **where):
        return ends(core.adam, BY_NAME[surface], lr=LRS, **{name: columns[name]},
                    **dict(others), **where)[0]  # fmt: skip

    @lru_cache(1)
    def strip(surface, **where):
        return ends(core.gd, BY_NAME[surface], lr=LRS, **where)[0]

    def update(lr, beta1, beta2, eps, noise, scale, steps, surface):
        valley, where = BY_NAME[surface], dict(noise=noise, scale=scale, steps=steps)
        if surface != update.surface:
            picture.to(valley)
            update.surface = surface
        hyper = dict(beta1=beta1, beta2=beta2, eps=eps)
        maps = {}
        for name in hyper:
            others = tuple((other, hyper[other]) for other in hyper if other != name)
            maps[name] = swept(name, surface, others, **where)
        gd = strip(surface, **where)
        paths, heights = {}, {}
        for name, more in (("gd", {}), ("adam", hyper)):
            grad = core.noisy(valley.grad, noise, 0)
            trace = core.run(getattr(core, name), lambda theta, grad=grad: scale * grad(theta),
                             valley.start, steps, record=("theta",), lr=lr, **more)  # fmt: skip
            paths[name] = trace.theta.T
            heights[name] = heights_of(valley, paths[name]) / valley.f(valley.start)
        mine = ends(core.adam, valley, lr=LRS, **hyper, **where)[0]
        results = ", ".join(f"{LOOKS[name].label} {result_of(heights[name])}" for name in paths)
        words = (
            f"Height at your dials, start = 1: {results}.\nGood part of the maps: "
            + ", ".join(f"{SIGNS[name]} {(maps[name] < GOOD).mean():.0%}" for name in maps)
            + f".\nGood lr: gradient descent {good_lrs(gd)}, Adam {good_lrs(mine)}."
        )
        point = dict(lr=lr, **hyper)
        picture.show(maps, gd, point, paths, heights, words)
        at = ", ".join(f"{SIGNS[name]} {value:.3g}" for name, value in point.items())
        return (
            f"The {surface} with noise {noise:g}, loss times {number(scale)}, {steps} steps, "
            f"at {at}. {words}"
        ).replace("\n", " ")

    update.surface = None
    controls = dict(
        lr=lr_dial(0.1, 1e-4, 100),
        beta1=beta_dial(0.9, "β₁ momentum"),
        beta2=beta_dial(0.999, "β₂ size memory"),
        eps=log_dial("ε", 1e-8, 1e-10, 100),
        noise=dial("noise σ", 0.0, 0, 2, 0.05),
        steps=whole_dial("steps", 200, 20, 400, 10),
        scale=log_dial("loss times", 1, 1e-4, 1e4),
        surface=pick("surface", list(BY_NAME)),
    )
    touch = {
        ax: {dial: partial(figures.along, dial) for dial in ("lr", name)}
        for name, ax in picture.maps.items()
    }
    return Live(picture.figure, picture.moving, update, controls, touch=touch)


SEEDS, FRESH = 5, 60


def seeds():
    """SEEDS (05): the same map under other noise; its best point is luck, its region is not."""
    lrs = np.logspace(-3, 1, 49)
    picture = figures.seed_maps(lrs, GRIDS, SEEDS)

    @lru_cache(1)
    def swept(name, noise, steps, surface):
        return ends(core.adam, BY_NAME[surface], steps, noise, SEEDS, lr=lrs,
                    **{name: GRIDS[name][:, None]})  # fmt: skip

    @lru_cache(1)
    def fresh(name, lr, value, noise, steps, surface):
        """The median height under seeds that no map has seen."""
        heights = ends(core.adam, BY_NAME[surface], steps, noise, SEEDS + FRESH, lr=lr,
                       **{name: value})  # fmt: skip
        return np.median(heights[SEEDS:])

    def update(seed, noise, steps, name, surface):
        if name != update.name:
            picture.redraw(name)
            update.name = name
        maps = swept(name, noise, steps, surface)
        where = [np.unravel_index(one.argmin(), one.shape) for one in maps]
        best = [(lrs[column], GRIDS[name][row]) for row, column in where]
        here, median = maps[:, *where[seed - 1]], np.median(maps, axis=0)
        others = np.median(np.delete(here, seed - 1))
        row, column = np.unravel_index(median.argmin(), median.shape)
        words = (
            f"Seed {seed} is best at lr {best[seed - 1][0]:.2g}, {SIGNS[name]} "
            f"{best[seed - 1][1]:.3g}: height {number(here[seed - 1], 2)} of the start. The same "
            f"dials under the other seeds: {number(others, 2)}.\n"
            f"Good in the median of {SEEDS} seeds: {(median < GOOD).mean():.0%} of the map. "
            f"Best median anywhere: {number(median.min(), 2)}; under {FRESH} fresh seeds "
            f"{fresh(name, lrs[column], GRIDS[name][row], noise, steps, surface):.2g}."
        )
        picture.show(name, maps[seed - 1], median, best, seed - 1, words)
        return f"The {surface} with noise {noise:g}, {steps} steps. {words}".replace("\n", " ")

    update.name = next(iter(GRIDS))
    controls = dict(
        noise=dial("noise σ", 0.0, 0, 2, 0.05),
        seed=whole_dial("seed", 1, 1, SEEDS),
        steps=whole_dial("steps", 200, 20, 300, 10),
        name=pick("dial", [("β₁", "beta1"), ("β₂", "beta2"), ("ε", "eps")]),
        surface=pick("surface", list(BY_NAME)),
    )
    return Live(picture.figure, picture.moving, update, controls, redraw={"name"})


def best_of(heights, tries):
    """The median of the best of k random draws from `heights`, for every k in `tries`."""
    return np.quantile(heights, 1 - 0.5 ** (1 / tries), method="inverted_cdf")


VALLEYS = {f"ravine, κ = {kappa}": core.ravine(kappa) for kappa in (10, 25, 100, 400)}
CONTEST = VALLEYS | {name: surface for name, surface in BY_NAME.items() if name != "ravine"}


def random_dials(tries, seed=0):
    """Dials drawn at random: lr, ε and 1 - β, each evenly on its logarithmic axis."""
    draws = np.random.default_rng(seed).random((3, tries))
    lr, eps, rest = 10 ** (np.array([[-4], [-8], [-3]]) + np.array([[6], [10], [3]]) * draws)
    return dict(lr=lr, eps=eps, beta=1 - rest)


def budget():
    """BUDGET (05): who wins depends on how many settings you may try, and of which dials."""
    lrs, tries = np.logspace(-4, 2, 241), np.unique(np.geomspace(1, 100, 40).round())
    names = ["gd", "heavy_ball", "rmsprop", "adam"]
    picture = figures.budget(names, lrs, tries)
    drawn = random_dials(2000)
    more = dict(
        gd={}, heavy_ball=dict(beta=drawn["beta"]), rmsprop=dict(eps=drawn["eps"]),
        adam=dict(beta1=drawn["beta"], eps=drawn["eps"]),
    )  # fmt: skip

    @lru_cache(2)
    def swept(search, noise, steps, surface):
        return {
            name: ends(getattr(core, name), CONTEST[surface], steps, noise,
                       **(dict(lr=lrs) if search == "lr" else dict(lr=drawn["lr"]) | more[name]))[0]
            for name in names
        }  # fmt: skip

    def update(k, search, noise, steps, surface):
        heights = swept(search, noise, steps, surface)
        upto = tries[tries <= k]  # what k has not reached is not shown yet
        by_tries = {name: best_of(heights[name], upto) for name in names}
        mine = {name: float(best_of(heights[name], float(k))) for name in names}
        results = {
            name: number(height, 2) if height < 1e6 else "diverged" for name, height in mine.items()
        }
        tried = {name: (drawn["lr"][::8], heights[name][::8]) for name in names}
        picture.show(heights, upto, by_tries, k, results, None if search == "lr" else tried)
        order = sorted(mine, key=mine.get)
        ranks = ", ".join(f"{LOOKS[name].label} {results[name]}" for name in order)
        what = counted(k, "random learning rate" if search == "lr" else "random setting")
        dials = "" if search == "lr" else " of lr, β₁ (β) and ε"
        return (
            f"Best of {what}{dials} on the {surface}, noise {noise:g}, {steps} steps; "
            f"median height, start = 1: {ranks}."
        )

    controls = dict(
        k=whole_dial("k tries", 1, 1, 100),
        steps=whole_dial("steps", 200, 20, 400, 10),
        noise=dial("noise σ", 0.0, 0, 2, 0.05),
        search=pick("search", [("lr only", "lr"), ("lr, β₁ and ε", "all")]),
        surface=pick("surface", list(CONTEST), value="ravine, κ = 25"),
    )
    return Live(picture.figure, picture.moving, update, controls)


def schedule(steps=400):
    """SCHEDULE (05): does Adam need a decaying lr? Four schedules, with and without noise."""
    valley, seeds = SURFACES[0], 32
    picture = figures.schedules(steps, seeds)
    start = np.broadcast_to(valley.start[:, None, None], (2, 4, seeds))

    @lru_cache(1)
    def swept(lr, noise, beta2):
        plans = [
            core.constant(lr), core.cosine(lr, steps), core.inverse_time_decay(lr, 10 / steps),
            core.warmup(lr, steps // 10),
        ]  # fmt: skip
        draws = seeded(lambda theta: 0, noise, steps, seeds)

        def grad(theta):  # every plan feels the same draws
            return valley.grad(theta) + draws(theta[:, 0])[:, None]

        theta = core.run(
            core.adam, grad, start, steps, record=("theta",), beta2=beta2,
            lr=lambda t: np.array([[plan(t)] for plan in plans]),
        ).theta  # fmt: skip
        lengths = np.median(np.hypot(*np.moveaxis(np.diff(theta, axis=0), 1, 0)), axis=-1)
        lengths = np.vstack([lengths[:1], lengths])  # row t for step t, row 0 as row 1
        heights = heights_of(valley, np.moveaxis(theta, 1, 0))
        return np.quantile(heights, [0.1, 0.5, 0.9], axis=-1), lengths

    def update(lr, noise, beta2, step):
        (low, median, high), lengths = swept(lr, noise, beta2)
        t, results = np.arange(step, -1, -2)[::-1], {}
        for i, name in enumerate(figures.SCHEDULE_LOOKS):
            picture.show(name, t, median[t, i], (low[t, i], high[t, i]), lengths[t, i])
            spread = f"{number(low[step, i], 2)} to {number(high[step, i], 2)}"
            results[name] = f"{name} {number(median[step, i], 2)} ({spread})"
        words = f"Median height after {counted(step, 'step')}: {', '.join(results.values())}"
        picture.words.set_text(words.replace(", 1/t", ",\n1/t"))
        return f"Adam at lr {lr:.3g}, noise {noise:g}, β₂ {beta2:g}. {words}."

    controls = dict(
        lr=lr_dial(0.5, 0.01, 10),
        noise=dial("noise σ", 1.0, 0, 3, 0.05),
        beta2=beta_dial(0.999, "β₂ size memory"),
        step=step_dial(steps, value=steps // 10),
    )
    return Live(picture.figure, picture.moving, update, controls, play="step")


def limit_of(beta1):
    """The largest lr · curvature / (sqrt(v_hat) + eps) at which Adam does not run away.

    That of momentum in its average form, on a parabola: Cohen et al. 2022, arXiv:2207.14484.
    """
    return 2 * (1 + beta1) / (1 - beta1)


def one_coordinate(curvature, x, steps, lr, beta1, beta2, eps):
    """`core.adam` on curvature * x**2 / 2 in plain floats, ten times as fast: x and v_hat."""
    m = v = 0.0
    path, sizes = np.empty((2, steps))
    for t in range(1, steps + 1):
        g = curvature * x
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        x = x - lr * m_hat / (sqrt(v_hat) + eps)
        path[t - 1], sizes[t - 1] = x, v_hat
    return path, sizes


def long_run(steps=12_000, block=20):
    """LONG RUN (05): v forgets, lr / sqrt(v_hat) passes its limit, and Adam is thrown out."""
    valley, curvatures = SURFACES[0], dict(across=1.0, along=1 / 25)
    starts = dict(zip(("along", "across"), valley.start.tolist(), strict=True))
    picture = figures.long_run(steps)
    t = np.arange(block, steps + 1, block)

    def update(lr, beta1, beta2, eps):
        hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        limit, said = limit_of(beta1), []
        picture.to(limit)
        for name, curvature in curvatures.items():
            path, v_hat = one_coordinate(curvature, starts[name], steps, **hyper)
            distance, ratio = np.abs(path), lr * curvature / (np.sqrt(v_hat) + eps)
            crossing = int((ratio > limit).argmax()) + 1 if (ratio > limit).any() else None
            picture.show(name, t, *(x.reshape(-1, block).max(axis=1) for x in (distance, ratio)),
                         crossing)  # fmt: skip
            said.append(f"{name.capitalize()}: {_story(distance, crossing)}")
        words = ".\n".join(said)
        picture.words.set_text(words)
        at = ", ".join(f"{SIGNS[name]} {value:.3g}" for name, value in hyper.items())
        return f"Adam without noise at {at}; limit {limit:.3g}. {words}.".replace("\n", " ")

    controls = dict(
        lr=stops("lr learning rate", 0.5, [0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2]),
        eps=stops("ε", 0.1, [1e-8, 1e-6, 1e-5, 1e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]),
        beta2=beta_dial(0.999, "β₂ size memory"),
        beta1=stops("β₁ momentum", 0.9, [0, 0.5, 0.7, 0.8, 0.9, 0.95]),
    )
    return Live(picture.figure, picture.moving, update, controls)


def _story(distance, crossing, out=0.001):
    """Where a coordinate passes the limit, how near it was, and when it is out again."""
    near = distance[: crossing and crossing + 200].argmin()
    nearest = number(distance[near], 2, least=1e-300)
    if crossing is None:
        return f"never past the limit, nearest {nearest}"
    if distance[near] > out:
        return f"limit passed at step {crossing}, never within {out:g}, nearest {nearest}"
    back = np.flatnonzero(distance[near:] > out)
    end = f"beyond {out:g} at step {near + back[0] + 1}" if len(back) else "not out yet"
    return f"limit passed at step {crossing}, nearest {nearest}, {end}"
