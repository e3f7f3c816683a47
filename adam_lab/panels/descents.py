"""Optimizers that go down a surface side by side: the pattern of most panels."""

import numpy as np

import adam_core as core
from adam_lab import figures
from adam_lab.live import Live
from adam_lab.panels.dials import pick, start_of, step_dial, whence

SURFACES = [
    core.ravine(25), core.rosenbrock, core.beale, core.himmelblau,
    core.saddle, core.plateau, core.rastrigin, core.booth,
]  # fmt: skip


def heights_of(surface, theta):
    """The surface's height along a path (2, steps + 1); infinite where the run has left."""
    with np.errstate(all="ignore"):
        heights = surface.f(theta)
    return np.where(np.isfinite(heights), heights, np.inf)


def result_of(heights):
    """'1.2e-05', or where it diverged: a million times the height it started from."""
    lost = np.flatnonzero(heights > 1e6 * max(heights[0], 1e-6))
    if len(lost):
        return f"diverged at step {lost[0]}"
    return figures.number(heights[-1], 2, least=1e-30)


def descents(
    runs,
    dials,
    steps,
    *,
    choose_surface=False,
    surfaces=SURFACES,
    note=None,
    rules=None,
    names=None,
):
    """Several optimizers on one surface; `runs(dials' values)` gives name -> hyper.

    `surfaces`: the first of them, or whichever is chosen.
    `names` are all that `runs` may ever give, if it does not give all of them at the start.
    `note` makes a sentence of the paths, name -> theta (2, steps + 1).
    `rules` has those optimizers that are not in adam_core, by name.
    """
    controls = dict(dials)
    if choose_surface:
        controls["surface"] = pick("surface", [(surface.name, surface) for surface in surfaces])
    controls["start"] = start_of(surfaces[0])
    controls["step"] = step_dial(steps)
    names = list(names or runs(**{name: dial.value for name, dial in dials.items()}))
    picture = figures.descent(names, surfaces[0], steps)

    def update(step, start, surface=surfaces[0], **values):
        if choose_surface and surface is not update.surface:
            picture.redraw(surface)
            update.surface = surface
        paths, words, going = {}, [], runs(**values)
        for name in names:
            if name not in going:
                picture.show(name, np.empty((2, 0)), np.empty(0), "")
        for name, hyper in going.items():
            optimizer = (rules or {}).get(name) or getattr(core, name)
            trace = core.run(optimizer, surface.grad, start, steps, record=("theta",), **hyper)
            paths[name] = trace.theta[: step + 1].T
            heights = heights_of(surface, paths[name])
            result = result_of(heights)
            picture.show(name, paths[name], heights, result)
            words.append(f"{figures.LOOKS[name].label} {result}")
        if note:
            said = note(paths)
            picture.note.set_text(said)
            words += [said] if said else []
        place = whence(start, surface.start)
        after = figures.counted(step, "step")
        return f"Height on the {surface.name} after {after}{place}: {'; '.join(words)}."

    update.surface = surfaces[0]
    return Live(
        picture.figure, picture.moving, update, controls, redraw={"surface"}, play="step",
        touch={picture.figure.axes[0]: "start"},
        follow={"surface": lambda surface, **_: dict(start=tuple(surface.start.tolist()))},
    )  # fmt: skip
