"""What a reader brings along: a surface or an optimizer of her own, in the race."""

import inspect

import numpy as np

import adam_core as core
from adam_lab.panels.descents import SURFACES, descents
from adam_lab.panels.dials import BETAS, beta_dial, log_dial, lr_dial, switch

ZOOMS, GRID = 8, 161


def mine(optimizer=core.momentum, f=None, grad=None, *, start=None, bounds=((-3, 3), (-3, 3))):
    """MINE: an optimizer of your own beside gradient descent and Adam, on any surface.

    optimizer      generator function (grad, theta, lr, ...) that yields dict(theta=...) at each
                   step; every other number it takes needs a usual value and gets a dial
    f, grad, ...   a surface of your own, as in `race`
    """
    own_dials = dials(optimizer)
    surfaces = [surface(f, grad, start, bounds)] if f else SURFACES

    def runs(lr, **hyper):
        return dict(gd=dict(lr=lr), adam=dict(lr=lr), mine=dict(lr=lr, **hyper))

    return descents(
        runs, own_dials, steps=100, choose_surface=not f, surfaces=surfaces,
        rules=dict(mine=optimizer),
    )  # fmt: skip


def surface(f, grad=None, start=None, bounds=((-3, 3), (-3, 3))):
    """A `core.Surface` of a function of two parameters.

    f       theta -> height, where x, y = theta; must take arrays too (np.sin, not math.sin)
    grad    theta -> the two slopes; measured from f, if it is not given
    start   (2,) where the runs start; two thirds to the upper left, if it is not given
    bounds  ((x low, x high), (y low, y high)): what is shown, and where the lowest point is sought

    Heights are counted from the lowest point found in the picture, which is its minimum.
    ValueError says what is wrong with f, grad, start or bounds.
    """
    if not callable(f):
        raise ValueError(f"f must be a function of theta, got {f!r}")
    (x0, x1), (y0, y1) = bounds = _bounds(bounds)
    if start is None:
        start = (x0 + (x1 - x0) / 6, y0 + 5 * (y1 - y0) / 6)
    start = np.array(start, dtype=float)
    if start.shape != (2,) or not np.isfinite(start).all():
        raise ValueError(f"start must be two numbers, got {start.tolist()}")

    def height(theta):
        theta = np.asarray(theta, dtype=float)
        with np.errstate(all="ignore"):
            try:
                found = np.asarray(f(theta), dtype=float)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"f must take arrays: x, y = theta, and NumPy's functions (np.sin, not "
                    f"math.sin). It stopped with {type(error).__name__}: {error}"
                ) from error
        if found.shape not in ((), theta.shape[1:]):
            raise ValueError(
                f"f must return one height for each point: shape {theta.shape[1:]} for theta of "
                f"shape {theta.shape}, got {found.shape}"
            )
        return np.broadcast_to(found, theta.shape[1:])

    minimum, lowest = _lowest(height, bounds)
    slope = grad or _measured(height)
    if grad:
        _agree(slope, height, start)
    return core.Surface(
        getattr(f, "__name__", "f").replace("<lambda>", "yours"),
        lambda theta: height(theta) - lowest,
        lambda theta: np.asarray(slope(np.asarray(theta, dtype=float)), dtype=float),
        minimum, start, bounds,
    )  # fmt: skip


def _bounds(bounds):
    try:
        (x0, x1), (y0, y1) = np.array(bounds, dtype=float)
        fine = np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise ValueError(
            f"bounds must be ((x low, x high), (y low, y high)), like ((-3, 3), (-2, 2)), "
            f"got {bounds!r}"
        )
    return (float(x0), float(x1)), (float(y0), float(y1))


def _lowest(height, bounds):
    """The lowest point of the picture and its height: a grid, then finer ones around its best."""
    window = np.array(bounds)
    for _ in range(ZOOMS):
        mesh = np.stack(np.meshgrid(*(np.linspace(*axis, GRID) for axis in window)))
        heights = np.array(height(mesh))
        if not np.isfinite(heights).any():
            raise ValueError(f"f must be finite somewhere within bounds {bounds}")
        heights[~np.isfinite(heights)] = np.inf
        best = mesh[(slice(None), *np.unravel_index(heights.argmin(), heights.shape))]
        half = (window[:, 1] - window[:, 0])[:, None] / GRID
        window = np.clip(best[:, None] + half * [-1, 1], *np.array(bounds).T[:, :, None])
    return best, float(height(best))


def _measured(height):
    """Slopes by heights a little to each side, as in lesson 00."""

    def slope(theta):
        theta = np.asarray(theta, dtype=float)
        h = 1e-6 * np.maximum(1, np.abs(theta))
        steps = np.eye(2).reshape(2, 2, *(1,) * (theta.ndim - 1)) * h
        with np.errstate(all="ignore"):
            return np.stack([
                (height(theta + step) - height(theta - step)) / (2 * h[i])
                for i, step in enumerate(steps)
            ])  # fmt: skip

    return slope


def _agree(grad, height, start):
    """The reader's gradient must be the slope of her function, where the run starts."""
    got = np.asarray(grad(start.copy()), dtype=float)
    if got.shape != (2,):
        raise ValueError(f"grad must return two slopes, got shape {got.shape}")
    wanted = _measured(height)(start)
    if not np.allclose(got, wanted, rtol=1e-3, atol=1e-3 * (1 + np.abs(wanted).max())):
        raise ValueError(
            f"grad must be the slope of f. At the start {start.tolist()} it gives "
            f"({got[0]:.4g}, {got[1]:.4g}); measured from f: ({wanted[0]:.4g}, {wanted[1]:.4g})"
        )


def dials(rule):
    """A control for each hyper-parameter of an optimizer that has a usual value, and for lr."""
    if not callable(rule):
        raise ValueError(f"the optimizer must be a function (grad, theta, lr, ...), got {rule!r}")
    _, _, *hyper = inspect.signature(inspect.unwrap(rule)).parameters.values()
    found = {}
    for parameter in hyper:
        name, usual = parameter.name, parameter.default
        missing = usual is inspect.Parameter.empty
        if name == "lr":
            found[name] = lr_dial(0.1)
        elif missing:
            raise ValueError(f"{name} must have a usual value, like {name}=0.9 in the def line")
        elif isinstance(usual, bool):
            found[name] = switch(name, usual)
        elif name.startswith("beta"):
            found[name] = beta_dial(min(BETAS, key=lambda beta: abs(beta - usual)), name)
        elif isinstance(usual, int | float) and usual > 0:
            found[name] = log_dial(name, usual, usual / 1000, usual * 1000)
    if "lr" not in found:
        raise ValueError("the optimizer must take lr: def mine(grad, theta, lr)")
    return found
