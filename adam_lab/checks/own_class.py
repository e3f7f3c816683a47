"""The check of Adam as a class, in 07_train_a_network."""

import pickle
from functools import partial
from operator import mul

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Complaint, Feedback
from adam_lab.models import network


class _Adam:
    """Adam as a framework has it, and with what somebody may get wrong in it."""

    up = one_lr = one_beta = usual_lr = swapped = per_parameter = from_zero = times_t = False
    unsquared = rootless = eps_inside = now = usual_wins = last_only = False
    m_corrected = v_corrected = own_eps = True

    def __init__(self, groups, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.usual = dict(lr=lr, betas=betas, eps=eps)
        self.groups = [group | self.usual if self.usual_wins else self.usual | group
                       for group in groups]  # fmt: skip
        self.slots = [
            (p, group, dict(m=0 * p.data, v=0 * p.data))
            for group in self.groups for p in group["params"]
        ]  # fmt: skip
        self.t = 0

    def step(self):
        self.t += not self.per_parameter
        for p, group, s in self.slots:
            self.t += self.per_parameter
            if p.grad is None:
                continue
            lr = (self.groups[0] if self.one_lr else group)["lr"]
            lr = 0.001 if self.usual_lr else lr
            beta1, beta2 = (self.usual if self.one_beta else group)["betas"]
            beta1, beta2 = (beta2, beta1) if self.swapped else (beta1, beta2)
            eps = group["eps"] if self.own_eps else 1e-8
            t = self.t - self.from_zero
            s["m"] = beta1 * s["m"] + (1 - beta1) * p.grad
            s["v"] = beta2 * s["v"] + (1 - beta2) * (p.grad if self.unsquared else p.grad**2)
            power = mul if self.times_t else pow
            m_hat = s["m"] / (1 - power(beta1, t)) if self.m_corrected else s["m"]
            v_hat = s["v"] / (1 - power(beta2, t)) if self.v_corrected else s["v"]
            root = v_hat if self.rootless else np.sqrt(v_hat)
            root = np.sqrt(v_hat + eps) if self.eps_inside else root + eps
            step = lr * (p.grad if self.now else m_hat) / root
            if not self.last_only or p is self.slots[-1][0]:
                p.data = p.data + step if self.up else p.data - step

    def zero_grad(self):
        for p, *_ in self.slots:
            p.grad = None

    def state_dict(self):
        return dict(t=self.t, averages=[dict(s) for *_, s in self.slots])

    def load_state_dict(self, saved):
        self.t = saved["t"]
        for (*_, s), old in zip(self.slots, saved["averages"], strict=True):
            s.update(old)


def _with(**slip):
    return type("Slip", (_Adam,), slip)


_STARTS = (np.array([1.0, -2.0]), np.array([[0.5], [3.0]]), np.array([-1.5, 0.25]))
_METHODS = ("zero_grad", "step", "state_dict", "load_state_dict")


def _groups(starts=_STARTS):
    """Three parameters, in two groups that have dials of their own."""
    a, b, c = (network.Parameter(start) for start in starts)
    other = dict(lr=0.3, betas=(0.5, 0.7), eps=0.2)
    return [dict(params=[a, b]), dict(params=[c], **other)], (a, b, c)


def _slopes(seed, parameters):
    rng = np.random.default_rng(seed)
    for p in parameters:
        p.grad = rng.normal(size=p.data.shape) * [[0.3], [2.0]][len(p.data) % 2]


def _walked(cls, lr, betas, eps, seed, steps=4):
    """All parameters after the first step and after some."""
    groups, parameters = _groups()
    optimizer, seen = cls(groups, lr=lr, betas=betas, eps=eps), []
    for step in range(steps):
        _slopes(seed + step, parameters)
        given = [p.grad.copy() for p in parameters]
        optimizer.step()
        if not all(np.array_equal(p.grad, g) for p, g in zip(parameters, given, strict=True)):
            raise Complaint("step changes p.grad. Read it only; zero_grad is there to forget it.")
        seen.append(np.concatenate([np.ravel(p.data) for p in parameters]))
    return seen[0], seen[-1]


def _resumed(cls, load=lambda optimizer, saved: optimizer.load_state_dict(saved)):
    """Three steps, then two in another optimizer with other parameters, of the same values."""
    groups, parameters = _groups()
    first = cls(groups)
    for step in range(3):
        _slopes(step, parameters)
        first.step()
    saved = first.state_dict()
    groups, others = _groups([p.data for p in parameters])
    second = cls(groups)
    load(second, saved)
    for step in range(3, 5):
        _slopes(step, others)
        second.step()
    return np.concatenate([np.ravel(p.data) for p in others])


def own_class(cls):
    """Adam as a class: step, zero_grad, groups, a state that is saved and loaded (07)."""
    if cls is ...:
        raise Complaint("replace the ... with your class.", "not started")
    if not isinstance(cls, type):
        raise Complaint(f"keep it a class: it is {diagnose.short(cls)} now.")
    for method in _METHODS:
        if not callable(getattr(cls, method, None)):
            raise Complaint(f"keep the method {method}.")
    cases = [
        dict(lr=0.02, betas=(0.8, 0.99), eps=0.01, seed=1),
        dict(lr=0.1, betas=(0.9, 0.95), eps=0.1, seed=2),
    ]
    nothing = _with(step=lambda self: None)
    stepped = diagnose.function(
        partial(_walked, cls),
        right=partial(_walked, _Adam),
        cases=cases,
        mistakes={
            hint: partial(_walked, _with(**slip))
            for hint, slip in {
                "step goes uphill: subtract from p.data.": dict(up=True),
                "step uses m and v as they are: correct them by 1 − βᵗ first.": dict(
                    m_corrected=False, v_corrected=False
                ),
                "m is used as it is: correct it by 1 − β₁ᵗ, as you do with v.": dict(
                    m_corrected=False
                ),
                "v is used as it is: correct it by 1 − β₂ᵗ, as you do with m.": dict(
                    v_corrected=False
                ),
                "βᵗ is a power: beta ** t. A product is used now.": dict(times_t=True),
                "the step takes the newest gradient: it is the corrected m that belongs there.": (
                    dict(now=True)
                ),
                "β₁ belongs to m and β₂ to v: they are exchanged.": dict(swapped=True),
                "ε is inside the root: take the root first, then add ε.": dict(eps_inside=True),
                "only the last parameter moves: the last line belongs into the loop.": dict(
                    last_only=True
                ),
                "every group takes lr 0.001: use the one in its own group.": dict(usual_lr=True),
                "the usual dials win over those of a group: it is usual | group.": dict(
                    usual_wins=True
                ),
                "t grows once per parameter: it counts steps, so add 1 before the loop.": dict(
                    per_parameter=True
                ),
                "every group takes the lr of the first: use the one in its own group.": dict(
                    one_lr=True
                ),
                "every group takes the same betas: use those in its own group.": dict(
                    one_beta=True
                ),
                "every group takes eps 1e-8: use the one in its own group.": dict(own_eps=False),
                "the root of v̂ is missing.": dict(rootless=True),
                "v averages the gradient: average its square.": dict(unsquared=True),
                "t begins at 0, and 1 − β⁰ is 0: count before you use it.": dict(from_zero=True),
            }.items()
        },
        praise="",
        parts=("all parameters after step 1", "after step 4"),
        listing=(
            "step does nothing yet. Begin with it; the hint says how.",
            partial(_walked, nothing),
        ),
    )  # fmt: skip
    if stepped.verdict != "right":
        return stepped
    diagnose.lasts(partial(_walking, cls))
    return diagnose.call(_other_methods, cls) or _trained(cls)


def _walking(cls, grad, theta, lr, beta1, beta2, eps):
    """The class as a generator of steps."""
    p = network.Parameter(theta)
    optimizer = cls([dict(params=[p])], lr=lr, betas=(beta1, beta2), eps=eps)
    while True:
        p.grad = grad(p.data)
        optimizer.step()
        yield dict(theta=p.data)


def _other_methods(cls):
    groups, parameters = _groups()
    optimizer = cls(groups)
    _slopes(0, parameters)
    optimizer.zero_grad()
    if any(p.grad is not None and np.any(p.grad) for p in parameters):
        return Feedback(
            "not yet", "step is right. zero_grad leaves gradients behind: set each p.grad to None."
        )
    for p in parameters:
        p.grad = None
    before = [p.data.copy() for p in parameters]
    _slopes(0, parameters[1:])
    parameters[1].grad = None
    try:
        optimizer.step()
    except (TypeError, AttributeError):
        return Feedback(
            "not yet",
            "step is right where every parameter has a gradient. One whose grad is None (frozen, "
            "or not used) it should leave alone.",
        )
    moved = [not np.array_equal(p.data, old) for p, old in zip(parameters, before, strict=True)]
    if any(moved[:2]):
        return Feedback("not yet", "step moves a parameter whose grad is None: leave it alone.")
    if not moved[2]:
        return Feedback(
            "not yet",
            "step stops at a parameter whose grad is None: those behind it have to move. continue "
            "goes on with the next one.",
        )
    return _saving(cls)


def _saving(cls):
    groups, parameters = _groups()
    optimizer = cls(groups)
    for step in range(2):
        _slopes(step, parameters)
        optimizer.step()
    saved = optimizer.state_dict()
    if saved is ...:
        return Feedback("not yet", "step and zero_grad are right. Now state_dict: t, and all m, v.")
    if saved is None:
        return Feedback("not yet", "state_dict returns nothing.")
    try:
        pickle.dumps(saved)
    except Exception as error:
        return Feedback("not yet", f"the state cannot be written to a file: {error}.")
    if _changes(saved, optimizer, parameters):
        return Feedback(
            "not yet",
            "the next step changes what state_dict returned: it must be a copy. dict(s) is one as "
            "long as step makes new arrays; where it changes them in place (+=, *=), use "
            "copy.deepcopy.",
        )
    return _loading(cls)


def _changes(saved, optimizer, parameters):
    """Does the optimizer's next step change a state that was saved?"""
    kept = pickle.loads(pickle.dumps(saved))
    _slopes(9, parameters)
    optimizer.step()
    return not _alike(saved, kept)


def _alike(a, b):
    """Are two states the same numbers?"""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_alike(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    return np.array_equal(a, b)


def _loading(cls):
    def through_a_file(optimizer, saved):
        saved = pickle.loads(pickle.dumps(saved))
        optimizer.load_state_dict(saved)
        groups, parameters = _groups()
        other = cls(groups)
        other.load_state_dict(saved)
        if _changes(saved, other, parameters):
            raise Complaint("a step changes the state that was loaded: copy it when you load.")

    def forgetting(*names):
        """Somebody who loads these alone."""

        def load(optimizer, saved):
            optimizer.t = saved["t"] if "t" in names else 0
            for (*_, s), old in zip(optimizer.slots, saved["averages"], strict=True):
                s.update({name: old[name] for name in names if name != "t"})

        return load

    ends = _resumed(cls, through_a_file)
    if np.allclose(ends, _resumed(_Adam), rtol=1e-6):
        return None
    hints = {
        "load_state_dict loads nothing: the averages start at 0 again, and t too.": (),
        "t is not loaded (or not saved): the corrections begin anew.": ("m", "v"),
        "the averages are not loaded (or not saved), t alone is.": ("t",),
        "v is not loaded (or not saved).": ("t", "m"),
        "m is not loaded (or not saved).": ("t", "v"),
    }
    for hint, names in hints.items():
        if np.allclose(ends, _resumed(_Adam, forgetting(*names)), rtol=1e-6):
            return Feedback("not yet", f"step is right, but {hint}")
    return Feedback(
        "not yet", "step is right, but after state_dict and load_state_dict it goes on elsewhere."
    )


def _trained(cls):
    """An epoch of the digits, saved and loaded in the middle."""
    (x, y), _, test = network.digits()
    ours = network.trained(core.adam, 0.01, seed=0, n=1)[-1]
    if not np.allclose(diagnose.call(_after_an_epoch, cls, x, y), ours, rtol=1e-6, atol=1e-9):
        return Feedback("not yet", "on the digits it ends elsewhere than adam of adam_core.")
    share = f"{network.accuracy(ours, *test):.0%}"
    return Feedback(
        "right",
        f"an epoch of the digits, saved and loaded in the middle: {share} right on test, and the "
        "same 4810 weights as adam of adam_core. It takes PyTorch's parameters too.",
    )


def _after_an_epoch(rule, x, y):
    model = network.Layers(network.DIGITS, seed=0)
    optimizer = rule([dict(params=model.parameters)], lr=0.01)
    batch = network.batches(len(x), 64, seed=0)
    steps = -(-len(x) // 64)
    for step in range(steps):
        if step == steps // 2:
            saved, optimizer = (
                optimizer.state_dict(),
                rule([dict(params=model.parameters)], lr=0.01),
            )
            optimizer.load_state_dict(saved)
        optimizer.zero_grad()
        chosen = next(batch)
        model.backward(network.cross_entropy, x[chosen], y[chosen])
        optimizer.step()
    return model.theta()
