"""Record reference paths of every optimizer from PyTorch and optax into paths.npz.

Run it where torch and optax are installed (CPU builds do), from the root of the repository:

    python tests/data/record_paths.py

The gradients are torch's autograd of the formulas below, in float64: nothing here knows
adam_core, so that its surfaces are checked too. A case is a dict of plain values,

    optimizer   a name in adam_core
    hyper       its hyper-parameters; lr may be a list, the rate at t = 1, 2, 3, ...
    problem     a name in PROBLEMS

paths.npz holds `cases` and `versions` as JSON, the path of case i, (STEPS + 1, d), under
str(i), and what the optimizer remembers after the last step under "i name".
"""

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("paths.npz")
STEPS = 50

# ---------------------------------------------------------------------------
# What to descend
# ---------------------------------------------------------------------------


def sparse_gradients():
    """(STEPS, 4) gradients that ignore theta: nine in ten are zero, the first six all are."""
    rng = np.random.default_rng(1)
    g = rng.normal(size=(STEPS, 4)) * 10.0 ** rng.integers(-3, 3, size=(STEPS, 4))
    g[rng.random(g.shape) < 0.9] = 0
    g[:6] = 0
    return g


PROBLEMS = dict(  # name: (formula, start, rate that suits gradient descent)
    ravine=(lambda x, y: (x**2 / 25 + y**2) / 2, [-9.0, 2.0], 0.3),
    rosenbrock=(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, [-1.2, 1.0], 1e-4),
    three=(lambda x, y, z: (x**2 + 4 * y**2 + 9 * z**2) / 2 + x * y * z, [1.0, -1.0, 0.5], 0.05),
    sparse=(None, [0.0, 1.0, -2.0, 3.0], 0.1),
)
MATRICES = dict(  # three rows map two columns, and the other way round; none is a product
    tall=(lambda a, b: (a**2).sum() + 3 * (b**2).sum() + a[0] * b[1] * a[2],
          [[1.0, -2.0], [0.5, 3.0], [-1.0, 0.2]], 0.05),
    wide=(lambda a, b, c: (a**2).sum() / 5 + 2 * (b * c).sum() + (c**2).sum() + (b**2).sum() * 2,
          [[1.0, -2.0, 0.3], [0.5, 3.0, -1.0]], 0.05),
)  # fmt: skip


def gradient(problem, theta, t):
    import torch

    formula = (PROBLEMS | MATRICES)[problem][0]
    if formula is None:
        return sparse_gradients()[t - 1]
    theta = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    formula(*(theta.T if theta.ndim == 2 else theta)).backward()
    return theta.grad.numpy()


# ---------------------------------------------------------------------------
# With what
# ---------------------------------------------------------------------------

FALLING = [round(0.3 / t**0.5, 6) for t in range(1, STEPS + 1)]
FORGETFUL = dict(lr=0.1, beta1=0.5, beta2=0.9)  # half-lives well within STEPS
STUBBORN = dict(lr=0.02, beta1=0.95, beta2=0.97, eps=0.3)  # eps large enough to matter

_adams = [{}, FORGETFUL, STUBBORN]
_unit = [dict(lr=1.0), dict(lr=0.5, beta=0.5), dict(lr=0.1, beta=0.97)]  # in the problem's rate

HYPER = dict(
    gd=[dict(lr=1.0), dict(lr=0.2), dict(lr=FALLING)],
    heavy_ball=[*_unit, dict(lr=FALLING)],
    momentum=[*_unit, dict(lr=FALLING)],
    nesterov=[*_unit, dict(lr=FALLING)],
    adagrad=[dict(lr=0.01), dict(lr=0.5), dict(lr=0.5, eps=0.3)],
    rmsprop=[
        dict(lr=0.01),
        dict(lr=0.05, beta=0.99),
        dict(lr=0.05, beta=0.7, eps=0.3),
        dict(lr=0.05, beta=0.7, eps=0.3, eps_inside=True),
        dict(lr=0.01, eps_inside=True),
    ],
    adadelta=[{}, dict(lr=0.5, beta=0.7), dict(lr=2.0, beta=0.97, eps=0.03)],
    adam=[
        *_adams,
        dict(lr=0.1, beta1=0.0, beta2=0.0, eps=1e-3),
        dict(FORGETFUL, lr=FALLING),
        dict(FORGETFUL, bias_correction=False),
        dict(STUBBORN, bias_correction=False),
    ],
    adamw=[*_adams, dict(FORGETFUL, weight_decay=0.0), dict(STUBBORN, weight_decay=0.7)],
    amsgrad=_adams,
    adamax=_adams,
    nadam=_adams,
    sign_descent=[dict(lr=0.1), dict(lr=FALLING)],
    lion=[{}, dict(lr=0.1, beta1=0.5, beta2=0.8), dict(lr=0.02, beta1=0.95, weight_decay=0.3)],
    adafactor=[dict(lr=0.02), dict(lr=0.3, decay=0.5, clip_at=0.4), dict(lr=FALLING)],
    muon=[{}, dict(lr=0.05, beta=0.6), dict(lr=FALLING)],
)
# At a constant lr some of these never settle and double every rounding error; not at these.
WHAT = dict(muon=MATRICES, adafactor=MATRICES)

CASES = [
    dict(optimizer=optimizer, hyper=hyper, problem=problem)
    for optimizer, hypers in HYPER.items()
    for hyper in hypers
    for problem in WHAT.get(optimizer, PROBLEMS)
]
for case in CASES:  # the rates of the first four are multiples of what suits the problem
    if case["optimizer"] in ("gd", "heavy_ball", "momentum", "nesterov"):
        unit, lr = PROBLEMS[case["problem"]][2], case["hyper"]["lr"]
        lr = [unit * rate for rate in lr] if isinstance(lr, list) else unit * lr
        case["hyper"] = dict(case["hyper"], lr=lr)


def from_optax(optimizer, hyper, problem=None):
    """Does optax have to be asked? Where PyTorch lacks the form that adam_core has."""
    scheduled = isinstance(hyper.get("lr"), list)
    return (
        optimizer in ("nadam", "sign_descent", "lion", "adafactor", "muon")
        or hyper.get("eps_inside", False)
        or (scheduled and optimizer in ("heavy_ball", "momentum"))
    )


# ---------------------------------------------------------------------------
# The oracles: (optimizer, hyper, problem) -> path, state
# ---------------------------------------------------------------------------

STATE = dict(  # our name: PyTorch's, where both remember the same
    nesterov=dict(velocity="momentum_buffer"),
    adagrad=dict(s="sum"),
    rmsprop=dict(v="square_avg"),
    adadelta=dict(v="square_avg", u="acc_delta"),
    adam=dict(m="exp_avg", v="exp_avg_sq"),
    adamw=dict(m="exp_avg", v="exp_avg_sq"),
    amsgrad=dict(m="exp_avg", v="exp_avg_sq", v_max="max_exp_avg_sq"),
    adamax=dict(m="exp_avg", u="exp_inf"),
)


def torch_optimizer(name, theta, *, lr=None, beta=0.9, beta1=0.9, beta2=0.999, **rest):
    """PyTorch's optimizer of this name; what is not given is PyTorch's own default."""
    from torch import optim

    if lr is not None:
        rest["lr"] = lr
    if name == "momentum":  # PyTorch's dampening would skip the first step
        return optim.SGD([theta], lr=lr * (1 - beta), momentum=beta)
    if name in ("gd", "heavy_ball", "nesterov"):
        beta = 0 if name == "gd" else beta
        return optim.SGD([theta], lr=lr, momentum=beta, nesterov=name == "nesterov")
    if name == "adagrad":
        return optim.Adagrad([theta], **rest)
    if name == "rmsprop":
        return optim.RMSprop([theta], alpha=beta, **rest)
    if name == "adadelta":
        return optim.Adadelta([theta], rho=beta, **rest)
    kinds = dict(adam=optim.Adam, adamw=optim.AdamW, amsgrad=optim.Adam, adamax=optim.Adamax)
    if name == "amsgrad":
        rest["amsgrad"] = True
    return kinds[name]([theta], betas=(beta1, beta2), **rest)


def torch_path(optimizer, hyper, problem):
    import torch

    hyper = dict(hyper)
    rates = hyper.pop("lr") if isinstance(hyper.get("lr"), list) else None
    corrected = hyper.pop("bias_correction", True)
    theta = torch.tensor(PROBLEMS[problem][1], dtype=torch.float64)
    stepper = torch_optimizer(optimizer, theta, **(hyper | dict(lr=rates[0]) if rates else hyper))
    if not corrected:  # make PyTorch believe it is late: 1 - beta**t is 1 then
        zero = torch.zeros_like(theta)
        stepper.state[theta] = dict(
            step=torch.tensor(1e6), exp_avg=zero.clone(), exp_avg_sq=zero.clone()
        )
    path = [theta.numpy().copy()]
    for t in range(1, STEPS + 1):
        if rates:
            stepper.param_groups[0]["lr"] = rates[t - 1]
        theta.grad = torch.from_numpy(gradient(problem, path[-1], t))
        stepper.step()
        path.append(theta.numpy().copy())
    names = STATE.get(optimizer, {})
    state = {ours: stepper.state[theta][theirs].numpy() for ours, theirs in names.items()}
    return np.array(path), state


def successor(optax, name, *, lr=None, **hyper):
    """optax's optimizer of this name, with our defaults."""
    if name == "sign_descent":
        return optax.sign_sgd(lr)
    if name == "lion":
        hyper = dict(beta1=0.9, beta2=0.99, weight_decay=0.0) | hyper
        b1, b2 = hyper.pop("beta1"), hyper.pop("beta2")
        return optax.lion(lr or 1e-4, b1=b1, b2=b2, **hyper)
    if name == "muon":
        return optax.contrib.muon(lr or 0.02, **hyper)
    power = hyper.get("decay", 0.8)
    return optax.chain(  # as optax.adafactor, whose decay has single precision
        optax.scale_by_factored_rms(
            min_dim_size_to_factor=0, decay_rate_fn=lambda i, _: 1 - (i + 1.0) ** -power
        ),
        optax.clip_by_block_rms(hyper.get("clip_at", 1.0)),
        optax.scale_by_learning_rate(lr),
    )


def optax_optimizer(name, *, lr=0.001, beta=0.9, beta1=0.9, beta2=0.999, eps=1e-8, **rest):
    import jax.numpy as jnp
    import optax

    if isinstance(lr, list):
        rates = jnp.array(lr)
        scale = optax.scale_by_learning_rate(lambda t: rates[t])  # optax counts from 0
        if name == "heavy_ball":
            return optax.chain(scale, optax.trace(beta))
        return optax.chain(optax.ema(beta, debias=False), scale)  # momentum
    if name == "rmsprop":
        return optax.rmsprop(lr, decay=beta, eps=eps, eps_in_sqrt=rest["eps_inside"])
    return optax.nadam(lr, b1=beta1, b2=beta2, eps=eps)


def optax_path(optimizer, hyper, problem):
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    if optimizer in ("sign_descent", "lion", "adafactor", "muon"):
        if isinstance(hyper.get("lr"), list):
            rates = jax.numpy.array(hyper["lr"])
            hyper = dict(hyper, lr=lambda t: rates[t])
        stepper = successor(optax, optimizer, **hyper)
    else:
        stepper = optax_optimizer(optimizer, **hyper)
    turn = np.transpose if optimizer == "muon" else np.asarray  # optax maps rows to columns
    theta = jax.numpy.array(turn((PROBLEMS | MATRICES)[problem][1]))
    state, update = stepper.init(theta), jax.jit(stepper.update)
    path = [turn(theta)]
    for t in range(1, STEPS + 1):
        g = jax.numpy.array(turn(gradient(problem, path[-1], t)))
        updates, state = update(g, state, theta)
        theta = optax.apply_updates(theta, updates)
        path.append(turn(theta))
    return np.array(path), {}


def oracle(optimizer, hyper, problem):
    path = optax_path if from_optax(optimizer, hyper) else torch_path
    return path(optimizer, hyper, problem)


def main():
    import jax
    import optax
    import torch

    versions = dict(torch=torch.__version__, optax=optax.__version__, jax=jax.__version__)
    arrays = dict(cases=json.dumps(CASES), versions=json.dumps(versions))
    for i, case in enumerate(CASES):
        arrays[str(i)], state = oracle(**case)
        assert np.isfinite(arrays[str(i)]).all(), case
        arrays |= {f"{i} {name}": value for name, value in state.items()}
    np.savez_compressed(FILE, **arrays)
    print(f"{len(CASES)} paths, {FILE.stat().st_size // 1000} kB, {versions}")


if __name__ == "__main__":
    main()
