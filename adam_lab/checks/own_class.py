"""The check of Adam as a class, in 07_train_a_network."""

import pickle
from collections import deque
from copy import deepcopy
from functools import partial
from operator import mul

import numpy as np

import adam_core as core
from adam_lab.checks import diagnose
from adam_lab.checks.diagnose import Complaint, Feedback
from adam_lab.models import network


class _Adam:
    """Adam as a framework has it, and with what somebody may get wrong in it."""

    up = one_lr = one_beta = usual_lr = swapped = per_parameter = times_t = False
    unsquared = rootless = eps_inside = now = usual_wins = last_only = own_count = False
    m_corrected = v_corrected = own_eps = True

    def __init__(self, groups, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.usual = dict(lr=lr, betas=betas, eps=eps)
        self.groups = [group | self.usual if self.usual_wins else self.usual | group
                       for group in groups]  # fmt: skip
        self.slots = [
            (p, group, dict(m=0 * p.data, v=0 * p.data, t=0))
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
            s["t"] += 1
            t = s["t"] if self.own_count else self.t
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


def _slopes(seed, parameters, loud=1.0):
    rng = np.random.default_rng(seed)
    for p in parameters:
        p.grad = loud * rng.normal(size=p.data.shape) * [[0.3], [2.0]][len(p.data) % 2]


def _walked(cls, lr, betas, eps, seed, loud=1.0, steps=4):
    """All parameters after the first step and after some."""
    groups, parameters = _groups()
    optimizer, seen = cls(groups, lr=lr, betas=betas, eps=eps), []
    for step in range(steps):
        _slopes(seed + step, parameters, loud)
        given = [p.grad.copy() for p in parameters]
        optimizer.step()
        if not all(np.array_equal(p.grad, g) for p, g in zip(parameters, given, strict=True)):
            raise Complaint("step changes p.grad. Read it only; zero_grad is there to forget it.")
        seen.append(np.concatenate([np.ravel(p.data) for p in parameters]))
    return seen[0], seen[-1]


def _nan(cls):
    """Feedback that says where nan comes from; None where there is none."""
    groups, parameters = _groups()
    optimizer, kinds = cls(groups), []
    with np.errstate(divide="call", invalid="call", call=lambda kind, _: kinds.append(kind)):
        _steps(optimizer, parameters, range(4))
    if not np.isnan(_numbers(parameters)).any():
        return None
    if any("divide" in kind for kind in kinds):
        return Feedback(
            "not yet",
            "there is nan, since something is divided by 0. Perhaps t begins at 0, and 1 − β⁰ is "
            "0: count before you use it.",
        )
    return Feedback(
        "not yet",
        "there is nan: is the root of a negative number taken? Look at v and v_hat: v is never "
        "below 0, and 1 − βᵗ stands in brackets.",
    )


def _steps(optimizer, parameters, steps):
    for step in steps:
        _slopes(step, parameters)
        optimizer.step()


def _numbers(parameters):
    return np.concatenate([np.ravel(p.data) for p in parameters])


def _load(optimizer, saved):
    optimizer.load_state_dict(saved)


def _resumed(cls, load=_load, used=False):
    """Three steps, then two in another optimizer with other parameters, of the same values.

    used    the first one goes on and is saved again, the second one has stepped before
    """
    groups, parameters = _groups()
    first = cls(groups)
    _steps(first, parameters, range(3))
    saved = first.state_dict()
    groups, others = _groups([p.data for p in parameters])
    second = cls(groups)
    if used:
        _steps(first, parameters, range(7, 9))
        first.state_dict()
        kept = [p.data.copy() for p in others]
        _steps(second, others, range(7, 11))
        for p, data in zip(others, kept, strict=True):
            p.data = data
    load(second, saved)
    _steps(second, others, range(3, 5))
    if any(p.data.shape != start.shape for p, start in zip(others, _STARTS, strict=True)):
        raise Complaint(
            "step is right, but after load_state_dict a parameter changes its shape: each takes "
            "its own m and v. Does the state keep those of every slot?"
        )
    return _numbers(others)


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
    rare = [
        dict(lr=0.37, betas=(0.3, 0.5), eps=1e-8, seed=3, loud=100.0),
        dict(lr=0.01, betas=(0.99, 0.9999), eps=1e-8, seed=4, loud=1e-6),
    ]
    nothing = _with(step=lambda self: None)
    stepped = diagnose.function(
        partial(_walked, cls),
        right=partial(_walked, _Adam),
        cases=cases,
        rare=rare,
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
                "every group takes the same dials: use those in its own group.": dict(
                    usual_wins=True
                ),
                "t grows once per parameter: it counts steps, so add 1 before the loop.": dict(
                    per_parameter=True
                ),
                "every group takes the same lr: use the one in its own group.": dict(one_lr=True),
                "every group takes the same betas: use those in its own group.": dict(
                    one_beta=True
                ),
                "ε is missing, or every group takes eps 1e-8: use the one in its own group.": (
                    dict(own_eps=False)
                ),
                "the root of v̂ is missing.": dict(rootless=True),
                "v averages the gradient: average its square.": dict(unsquared=True),
            }.items()
        },
        praise="",
        parts=("all parameters after step 1", "after step 4"),
        otherwise=lambda: diagnose.call(_nan, cls),
        listing=(
            "step does nothing yet. Begin with it; the hint says how.",
            partial(_walked, nothing),
        ),
    )  # fmt: skip
    if stepped.verdict == "not started":
        return diagnose.call(_writes_nothing, cls) or stepped
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


def _writes_nothing(cls):
    """Feedback where step counts and averages, and leaves p.data; None where it does nothing."""
    groups, parameters = _groups()
    optimizer = cls(groups)
    _slopes(0, parameters)
    before = _content(getattr(optimizer, "__dict__", {}))
    optimizer.step()
    if _content(getattr(optimizer, "__dict__", {})) == before:
        return None
    return Feedback(
        "not yet",
        "step computes, and p.data stays as it was. p.data = p.data - ... writes the new numbers "
        "into the parameter; it has to be the one in groups, not a copy.",
    )


def _other_methods(cls):
    return _zeroing(cls) or _without_gradient(cls) or _missing_once(cls) or _saving(cls)


def _zeroing(cls):
    groups, parameters = _groups()
    optimizer = cls(groups)
    _slopes(0, parameters)
    optimizer.zero_grad()
    if any(not hasattr(p, "grad") for p in parameters):
        return Feedback(
            "not yet",
            "step is right. zero_grad takes p.grad away altogether, so that nobody can ask for it: "
            "set it to None.",
        )
    left = [p.grad for p in parameters if p.grad is not None]
    if any(np.any(grad) for grad in left):
        return Feedback(
            "not yet", "step is right. zero_grad leaves gradients behind: set each p.grad to None."
        )
    if left:
        return Feedback(
            "not yet",
            "step is right. zero_grad leaves zeros, and a zero is a gradient too: every p.grad "
            "becomes None, which says that nothing has been computed.",
        )
    if not _undisturbed_by("zero_grad", cls):
        return Feedback(
            "not yet",
            "step is right. zero_grad changes more than p.grad: it leaves t, m, v and p.data as "
            "they are.",
        )
    return None


def _undisturbed_by(method, cls):
    """Do four steps lead where they should, with this method called between them?"""

    def end(cls):
        groups, parameters = _groups()
        optimizer = cls(groups)
        for step in range(4):
            if step:
                getattr(optimizer, method)()
            _steps(optimizer, parameters, [step])
        return _numbers(parameters)

    return _same(end(cls), end(_Adam))


def _same(numbers, others):
    """Are they the same, as far as single precision tells?"""
    return np.allclose(numbers, others, rtol=1e-6 if numbers.dtype == float else 2e-5)


def _missing_once(cls):
    """One parameter has a slope of zeros in step 2, another one none in step 3."""

    def walked(cls):
        groups, parameters = _groups()
        optimizer, seen = cls(groups, lr=0.1, betas=(0.8, 0.9), eps=0.01), []
        for step in range(4):
            _slopes(step, parameters)
            if step == 1:
                parameters[1].grad = 0 * parameters[1].data
            if step == 2:
                parameters[0].grad = None
            optimizer.step()
            seen.append([p.data.copy() for p in parameters])
        return seen, _numbers(parameters)

    seen, end = walked(cls)
    if np.array_equal(seen[0][1], seen[1][1]):
        return Feedback(
            "not yet",
            "step leaves a parameter alone whose gradient is 0. That is a gradient too, and m "
            "carries the parameter on: only where p.grad is None it stays.",
        )
    if not np.array_equal(seen[1][0], seen[2][0]):
        return Feedback(
            "not yet",
            "step moves a parameter whose grad is None this time, by what its m still holds: "
            "leave it alone.",
        )
    if not any(_same(end, walked(rule)[1]) for rule in (_Adam, _with(own_count=True))):
        return Feedback(
            "not yet",
            "where one p.grad is None in one step, the steps after it go elsewhere: its m and v "
            "stay as they are, and t counts every step.",
        )
    return None


def _without_gradient(cls):
    groups, parameters = _groups()
    optimizer = cls(groups)
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
    return None


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
        kept = _through_a_file(saved)
    except Exception as error:
        return Feedback("not yet", f"the state cannot be written to a file: {error}.")
    if found := _iterator(saved):
        return Feedback(
            "not yet",
            f"the state cannot be written to a file as it is: it holds a {found}, which gives its "
            "contents once. list( ) around it keeps them.",
        )
    _slopes(9, parameters)
    optimizer.step()
    if _content(saved) != _content(kept):
        return Feedback(
            "not yet",
            "the next step changes what state_dict returned: it must be a copy. dict(s) is one as "
            "long as step makes new arrays; where it changes them in place (+=, *=), use "
            "copy.deepcopy.",
        )
    if not _undisturbed_by("state_dict", cls):
        return Feedback(
            "not yet",
            "state_dict changes the optimizer, which goes elsewhere when it goes on: it only reads "
            "t, m and v.",
        )
    return _loading(cls)


def _through_a_file(saved):
    """What a file gives back; a student's own class is one of the notebook, which has a name."""
    try:
        return pickle.loads(pickle.dumps(saved))
    except Exception as error:
        if "Can't pickle <class" in str(error):
            return deepcopy(saved)
        raise


def _parts(x):
    """What something holds, by name or place; None if it is one thing."""
    if isinstance(x, dict):
        return x
    if isinstance(x, np.ndarray) and x.dtype == object:
        return dict(enumerate(x.flat))
    if isinstance(x, (list, tuple, deque)):
        return dict(enumerate(x))
    if isinstance(x, type) or callable(x) or not hasattr(x, "__dict__"):
        return None
    return vars(x)


def _content(x, around=()):
    """The numbers and words in something, to be compared, however they are packed."""
    if id(x) in around or len(around) > 20:
        return None
    if (parts := _parts(x)) is not None:
        around = (*around, id(x))
        return [(repr(name), _content(part, around)) for name, part in parts.items()]
    if isinstance(x, (np.ndarray, np.generic)):
        return np.shape(x), np.asarray(x).tobytes()
    return x if isinstance(x, (int, float, str, bytes)) else None


def _iterator(x, around=()):
    """The name of an iterator in a state, such as map; or None."""
    if hasattr(x, "__next__"):
        return type(x).__name__
    if id(x) in around or len(around) > 20:
        return None
    parts = (_parts(x) or {}).values()
    return next(filter(None, (_iterator(part, (*around, id(x))) for part in parts)), None)


def _loading(cls):
    def through_a_file(optimizer, saved):
        saved = _through_a_file(saved)
        optimizer.load_state_dict(saved)
        groups, parameters = _groups()
        other = cls(groups)
        other.load_state_dict(saved)
        kept, before = _content(saved), _numbers(parameters)
        _steps(other, parameters, [9])
        if np.array_equal(_numbers(parameters), before):
            raise Complaint(
                "step is right, but after load_state_dict it moves no parameter any more, or a "
                "copy that came with the state: keep the optimizer's own p, and take t, m and v "
                "alone."
            )
        if _content(saved) != kept:
            raise Complaint("a step changes the state that was loaded: copy it when you load.")

    def forgetting(*names):
        """Somebody who loads these alone."""

        def load(optimizer, saved):
            optimizer.t = saved["t"] if "t" in names else 0
            for (*_, s), old in zip(optimizer.slots, saved["averages"], strict=True):
                s.update({name: old[name] for name in names if name != "t"})

        return load

    ends = _resumed(cls, through_a_file)
    if _same(ends, _resumed(_Adam)):
        if _same(_resumed(cls, used=True), _resumed(_Adam)):
            return None
        return Feedback(
            "not yet",
            "step is right, but load_state_dict goes wrong where the optimizer has stepped before, "
            "or a later state was saved since: put what saved holds in place of what is there.",
        )
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
    end = diagnose.call(_after_an_epoch, cls, x, y)
    if not np.allclose(end, ours, rtol=1e-6, atol=3e-7):  # single precision is near enough
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
