"""The panels of 11_two_networks."""

from functools import cache, lru_cache, partial
from itertools import islice

import numpy as np

from adam_lab.figures import LOOKS, number
from adam_lab.figures import two_networks as figures
from adam_lab.live import Live
from adam_lab.live_run import Training
from adam_lab.models import two_networks as model
from adam_lab.panels.dials import dial, lr_dial, pick, step_dial, stops

_TIMES = [("1", 1), ("2", 2), ("4", 4)]


def game():
    """GAME (11): one player lowers f = x y, the other raises it."""
    steps, start = 500, (1.0, 1.0)
    picture = figures.game(start, 3, steps)

    @cache
    def path(rule, lr, beta1, in_turn):
        made = dict(
            adam=partial(model.adam, lr=lr, beta1=beta1),
            heavy_ball=partial(model.heavy_ball, lr=lr, beta=beta1),
        )[rule]
        players = [np.array([x]) for x in start]
        run = model.rounds(model.XY, players, [made, made], in_turn)
        return np.array([players, *islice(run, steps)])[..., 0].T

    def update(t, rule, lr, beta1, in_turn):
        points = path(rule, lr, beta1, in_turn)[:, : t + 1]
        with np.errstate(all="ignore"):
            distances = np.hypot(*points)
        least = distances.argmin()
        words = (
            f"{LOOKS[rule].label}, lr {lr:.3g}, β₁ {number(beta1)}, "
            f"{'in turn' if in_turn else 'at once'}: distance {distances[0]:.2f} at the start, "
            f"{number(distances[-1])} after step {t}; smallest {number(distances[least])}, "
            f"at step {least}"
        )
        picture.show(rule, points, distances, words)
        return f"{words}."

    controls = dict(
        t=step_dial(steps),
        lr=lr_dial(0.1, 0.01, 1),
        beta1=dial("β₁ momentum", 0, -0.9, 0.9, 0.1),
        rule=pick("optimizer", [(LOOKS[n].label, n) for n in ("adam", "heavy_ball")]),
        in_turn=pick("moves", [("at once", False), ("in turn", True)]),
    )
    return Live(picture.figure, picture.moving, update, controls, play="t")


def _density(numbers, at, width):
    """A smooth curve of how densely the numbers lie."""
    away = (at[:, None] - numbers) / width
    return np.exp(-(away**2) / 2).mean(axis=1) / (width * np.sqrt(2 * np.pi))


def duel():
    """DUEL (11): a generator and a critic in one dimension."""
    rounds, at = 1000, np.linspace(-2.5, 2.5, 201)
    density = partial(_density, at=at, width=0.08)
    picture = figures.duel(density(model.TARGET.ravel()), at, rounds)

    @lru_cache(maxsize=8)  # 2 MB each
    def trained(lr, beta1, ratio):
        """Both players after each round, and how far off what is made is."""
        run = model.line_rounds(0, lr=lr, beta1=beta1, ratio=ratio)
        players = [model.starts(model.LINE, 0), *islice(run, rounds)]
        return players, np.array([model.off(model.made_on_line(g)) for g, _ in players])

    def update(t, lr, beta1, ratio):
        players, off = trained(lr, beta1, ratio)
        generator, critic = players[t]
        made = model.made_on_line(generator)
        words = (
            f"lr {lr:.3g}, critic's × {ratio}, β₁ {beta1:g}, round {t}: off by {off[t]:.2f} on "
            f"average; {np.mean(made < 0):.0%} made left of 0, {np.mean(made > 0):.0%} right"
        )
        share = model.real_share(critic, at[:, None], model.LINE)
        picture.show(density(made), made, share, off[: t + 1], words)
        return f"Two bumps are real, at −1 and at 1; {words}."

    controls = dict(
        t=step_dial(rounds, value=0),
        lr=lr_dial(0.01, 0.001, 0.1),
        beta1=dial("β₁ momentum", 0.9, 0, 0.9, 0.1),
        ratio=stops("critic's lr ×", 1, _TIMES),
    )
    controls["t"].description = "round"
    return Live(picture.figure, picture.moving, update, controls, play="t")


def ring(points=None):
    """RING (11): a generator learns to hit eight points, or yours, while you watch.

    points   (n, 2), numbers; they are moved and scaled to fill the picture
    """
    goals = model.ring() if points is None else model.placed(points)
    reach, rounds = 2.8, 2000
    at = np.linspace(-reach, reach, 71)
    grid = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
    picture = figures.ring(goals, 3 * model.SPREAD, reach, rounds)
    number = len(goals)

    def said(lr, beta1, ratio):
        return f"Adam, lr {lr:.3g}, critic's × {ratio}, β₁ {beta1:g}"

    def seen(players, t, curve):
        generator, critic = players
        made = model.made_in_plane(generator)
        kept, good = model.judged(made, goals)
        share = model.real_share(critic, grid, model.PLANE).reshape(71, 71)
        return dict(share=share, made=made[:400], curve=[*curve, (t, kept / number, good)])

    start = seen(model.starts(model.PLANE, 0), 0, [])

    def work(lr, beta1, ratio):
        report = start
        yield 0, report
        run = model.plane_rounds(0, goals, lr=lr, beta1=beta1, ratio=ratio)
        for t, players in enumerate(islice(run, rounds), 1):
            if t % 25 == 0:
                report = seen(players, t, report["curve"])
                yield t / rounds, report

    def reached(report):
        t, kept, good = report["curve"][-1]
        return f"after round {t}: {kept * number:.0f} of {number} points kept, {good:.0%} good"

    def update(report, before, lines, **dials):
        old = np.array(before["curve"]).T if before else np.empty((3, 0))
        curve = np.array(report["curve"]).T
        picture.show(report["share"], report["made"], curve, old, lines)
        return f"{number} points to hit, and the samples of a generator. {'. '.join(lines)}."

    controls = dict(
        lr=lr_dial(0.003, 1e-4, 0.1),
        beta1=dial("β₁ momentum", 0.9, 0, 0.9, 0.1),
        ratio=stops("critic's lr ×", 1, _TIMES),
    )
    return Training(
        picture.figure, picture.moving, update, controls, work,
        untrained=lambda **_: start, said=said, reached=reached,
    )  # fmt: skip
